"""What can be wrong with one translated sentence, seen beside its original.

Babel's own checks do nothing for `{named}` placeholders and accept a missing one, so these are ours. All
functions are pure; a fault is a pair (kind, reason).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from locales import placeholders

__all__ = ["LONGEST", "faults"]

Fault = tuple[str, str]

# Characters of one sentence, without its arguments. The shortest channel takes 1,600 (WhatsApp), the
# findings are held to 1,000, and a list of choices has to fit after it.
LONGEST = 700

_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.]+|\b(?:t|wa)\.me/\S+", re.IGNORECASE)
_PHONE = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){5,}")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]+|#\d+);|[*`~<>\[\]_]+")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NOT = re.compile(r"\b(?:not|no|never|none|nobody|nothing|cannot|unable)\b|n't\b", re.IGNORECASE)
_NEWLINES = re.compile(r"\n")


def faults(
    original: str,
    translation: str,
    *,
    direction: Literal["ltr", "rtl"],
    may_omit: frozenset[str] = frozenset(),
    negation: str = "",
) -> Iterator[Fault]:
    """What is wrong with `translation`; give the original twice to look at an original itself.

    negation: finds the language's words for 'not'; '' looks for none.
    may_omit: placeholders that this plural form may leave out (`count` where the form is for one number).
    """
    yield from _placeholders(original, translation, may_omit)
    yield from _characters(translation)
    yield from _markup(translation)
    yield from _links(original, translation)
    yield from _numbers(original, translation)
    yield from _edges(original, translation)
    if len(re.sub(r"\{\w+\}", "", translation)) > LONGEST:
        yield "too-long", f"{len(translation)} characters; expected at most {LONGEST} in one message"
    if negation and _NOT.search(original) and not re.search(negation, translation, re.IGNORECASE):
        yield "negation", "the original says 'not', 'no' or 'never'; no such word is in the translation"
    if direction == "rtl":
        yield from _latin_first(translation)


def _placeholders(original: str, translation: str, may_omit: frozenset[str]) -> Iterator[Fault]:
    stray = placeholders.stray_braces(translation)
    if stray:
        yield "brace", f"{stray!r} is no placeholder; expected {{name}} in small Latin letters"
    wanted, found = set(placeholders.names(original)), set(placeholders.names(translation))
    for name in sorted(wanted - found - may_omit):
        yield "placeholder", f"{{{name}}} of the original is missing"
    for name in sorted(found - wanted):
        yield "placeholder", f"{{{name}}} is not in the original"


def _characters(translation: str) -> Iterator[Fault]:
    for c in sorted(set(_DIRECTION.findall(translation))):
        yield "bidi", f"U+{ord(c):04X} steers direction; isolation is done when the sentence is filled"
    for c in sorted(set(translation)):
        category = unicodedata.category(c)
        allowed = c in "\n\u200c\u200d" or _DIRECTION.match(c)
        if c == "\ufffd" or (category[0] == "C" and not allowed):
            yield "character", f"U+{ord(c):04X} does not belong in a sentence"


def _markup(translation: str) -> Iterator[Fault]:
    for mark in sorted(set(_MARKUP.findall(_bare(translation)))):
        yield "markup", f"{mark!r}: chats show plain text, each channel reads marks in its own way"


def _links(original: str, translation: str) -> Iterator[Fault]:
    for kind, pattern in (("link", _LINK), ("phone", _PHONE)):
        mine, theirs = (set(pattern.findall(_ascii_digits(text))) for text in (translation, original))
        for found in sorted(mine - theirs):
            yield kind, f"{found!r} is not in the original"
        for lost in sorted(theirs - mine):
            yield kind, f"{lost!r} of the original is missing"


def _numbers(original: str, translation: str) -> Iterator[Fault]:
    wanted, found = (Counter(_NUMBER.findall(_ascii_digits(_bare(text)))) for text in (original, translation))
    for number in sorted(wanted - found):
        yield "number", f"{number} of the original is missing"
    for number in sorted(found - wanted):
        yield "number", f"{number} is not in the original"


def _edges(original: str, translation: str) -> Iterator[Fault]:
    for side, strip in (("begins", str.lstrip), ("ends", str.rstrip)):
        mine, theirs = (len(text) - len(strip(text)) for text in (translation, original))
        if mine != theirs:
            yield "space", f"{side} with {mine} white space characters; the original with {theirs}"
    mine, theirs = (len(_NEWLINES.findall(text)) for text in (translation, original))
    if mine != theirs:
        yield "lines", f"has {mine} line breaks; the original has {theirs}"


def _latin_first(translation: str) -> Iterator[Fault]:
    for line in translation.split("\n"):
        strong = [c for c in _bare(line) if unicodedata.bidirectional(c) in ("L", "R", "AL")]
        foreign = strong and unicodedata.bidirectional(strong[0]) == "L"
        if foreign and any(unicodedata.bidirectional(c) in ("R", "AL") for c in strong):
            yield "latin-first", f"{line[:20]!r} begins with Latin letters and is laid out left to right"


def _bare(text: str) -> str:
    return re.sub(r"\{\w+\}", " ", text)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
