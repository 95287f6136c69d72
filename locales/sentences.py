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
from locales.reasons import why

__all__ = ["LONGEST", "faults"]

Fault = tuple[str, str]

# Characters of one sentence, without its arguments. The shortest channel takes 1,600 (WhatsApp), the
# findings are held to 1,000, and a list of choices has to fit after it.
LONGEST = 700

# Of what a name on the net is made, in whatever letters: marks stand on letters, and are none for \w.
_PART = r"[^\s.,;:!?()/@\"'«»…]"
# Messengers make links of bare names. 'p.ex' and 'k.m.' are abbreviations: of one letter only names that there are.
# Every repetition is bounded: of a hostile sentence a search stays as long as the sentence.
_LINK = re.compile(
    r"\w{1,20}://\S+|\bwww\.\S+|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]+|(?<!\w)@\w{3,}"
    rf"|{_PART}{{2,63}}(?:\.{_PART}{{1,63}}){{0,6}}\.(?!\d){_PART}{{2,63}}(?:/\S*)?"
    rf"|(?<!{_PART})\w\.(?:{_PART}{{1,63}}\.){{0,6}}(?:co|com|gd|gg|gl|io|link|ly|me|net|org|to)\b(?:/\S*)?"
    r"|\S{1,64}\s?[(\[{](?:at|dot)[)\]}]\s?\S+",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?\d(?:[\s()./·•\u2010-\u2015\u2212-]{0,2}\d){5,}")
# Between Latin letters it is read as a point by some.
_WIDE_POINT = re.compile(r"(?<=[A-Za-z0-9])[\u3002\uff61](?=[A-Za-z0-9])")
# What joins or shows letters and is not seen: nothing that a name or a number is made of.
_UNSEEN = re.compile("[\u200c\u200d\u20e3\ufe0e\ufe0f]")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]+|#\d+);|[*`~<>\[\]_]+")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Of two letters and more: one alone is an I, a V of a list or the D of a vitamin.
_ROMAN = re.compile(r"\b(?=[IVXLCDM]{2,}\b)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")
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
        yield (
            "too-long",
            why(
                "console.gate.too_long_message",
                "{length} characters; expected at most {most} in one message",
                length=len(translation),
                most=LONGEST,
            ),
        )
    if negation and _NOT.search(original) and not re.search(negation, translation, re.IGNORECASE):
        yield (
            "negation",
            why(
                "console.gate.negation",
                "the original says 'not', 'no' or 'never'; no such word is in the translation",
            ),
        )
    if direction == "rtl":
        yield from _latin_first(translation)


def _placeholders(original: str, translation: str, may_omit: frozenset[str]) -> Iterator[Fault]:
    stray = placeholders.stray_braces(translation)
    if stray:
        yield (
            "brace",
            why(
                "console.gate.brace",
                "{found} is no placeholder; expected {example} in small Latin letters",
                found=repr(stray),
                example="{name}",
            ),
        )
    wanted, found = set(placeholders.names(original)), set(placeholders.names(translation))
    for name in sorted(wanted - found - may_omit):
        yield "placeholder", _missing(f"{{{name}}}")
    for name in sorted(found - wanted):
        yield "placeholder", _added(f"{{{name}}}")


def _characters(translation: str) -> Iterator[Fault]:
    for c in sorted(set(_DIRECTION.findall(translation))):
        yield (
            "bidi",
            why(
                "console.gate.bidi",
                "{character} steers direction; isolation is done when the sentence is filled",
                character=f"U+{ord(c):04X}",
            ),
        )
    for c in sorted(set(translation)):
        category = unicodedata.category(c)
        allowed = c in "\n\u200c\u200d" or _DIRECTION.match(c)
        if c == "\ufffd" or (category[0] == "C" and not allowed):
            yield (
                "character",
                why(
                    "console.gate.character",
                    "{character} does not belong in a sentence",
                    character=f"U+{ord(c):04X}",
                ),
            )


def _markup(translation: str) -> Iterator[Fault]:
    for mark in sorted(set(_MARKUP.findall(_bare(translation)))):
        yield (
            "markup",
            why(
                "console.gate.markup",
                "{mark}: chats show plain text, each channel reads marks in its own way",
                mark=repr(mark),
            ),
        )


def _links(original: str, translation: str) -> Iterator[Fault]:
    for kind, pattern in (("link", _LINK), ("phone", _PHONE)):
        mine, theirs = (
            {found.rstrip(".") for found in pattern.findall(_plain(text))} for text in (translation, original)
        )
        for found in sorted(mine - theirs):
            yield kind, _added(repr(found))
        for lost in sorted(theirs - mine):
            yield kind, _missing(repr(lost))


def _numbers(original: str, translation: str) -> Iterator[Fault]:
    wanted, found = (Counter(_numbers_in(_bare(text))) for text in (original, translation))
    for number in sorted(wanted - found):
        yield "number", _missing(number)
    for number in sorted(found - wanted):
        yield "number", _added(number)


def _numbers_in(text: str) -> Iterator[str]:
    """Numbers in digits of any script, in Roman numerals, and in signs that no digits are made of (Ⅴ, ፲)."""
    plain = _plain(text)
    yield from map(_point, _NUMBER.findall(plain))
    yield from _ROMAN.findall(plain)
    for sign in text:
        if unicodedata.category(sign) in ("Nl", "No") and not _NUMBER.search(_plain(sign)):
            yield sign


def _point(number: str) -> str:
    """The number with a point where some languages write a decimal comma."""
    return re.sub(r"(?<=\d),(?=\d)", ".", number)


def _missing(what: str) -> str:
    return why("console.gate.missing_part", "{what} of the original is missing", what=what)


def _added(what: str) -> str:
    return why("console.gate.added_part", "{what} is not in the original", what=what)


def _edges(original: str, translation: str) -> Iterator[Fault]:
    mine, theirs = (len(text) - len(text.lstrip()) for text in (translation, original))
    if mine != theirs:
        yield (
            "space",
            why(
                "console.gate.space_before",
                "begins with {mine} white space characters; the original with {theirs}",
                mine=mine,
                theirs=theirs,
            ),
        )
    mine, theirs = (len(text) - len(text.rstrip()) for text in (translation, original))
    if mine != theirs:
        yield (
            "space",
            why(
                "console.gate.space_after",
                "ends with {mine} white space characters; the original with {theirs}",
                mine=mine,
                theirs=theirs,
            ),
        )
    mine, theirs = (len(_NEWLINES.findall(text)) for text in (translation, original))
    if mine != theirs:
        yield (
            "lines",
            why(
                "console.gate.lines",
                "has {mine} line breaks; the original has {theirs}",
                mine=mine,
                theirs=theirs,
            ),
        )


def _latin_first(translation: str) -> Iterator[Fault]:
    for line in translation.split("\n"):
        strong = [c for c in _bare(line) if unicodedata.bidirectional(c) in ("L", "R", "AL")]
        foreign = strong and unicodedata.bidirectional(strong[0]) == "L"
        if foreign and any(unicodedata.bidirectional(c) in ("R", "AL") for c in strong):
            yield (
                "latin-first",
                why(
                    "console.gate.latin_first",
                    "{line} begins with Latin letters and is laid out left to right",
                    line=repr(line[:20]),
                ),
            )


def _bare(text: str) -> str:
    return re.sub(r"\{\w+\}", " ", text)


def _plain(text: str) -> str:
    """As it would be typed on a plain keyboard: without wide, circled or joined signs, with ASCII digits."""
    digits = "".join(str(unicodedata.digit(c, c)) for c in text)
    return _UNSEEN.sub("", _WIDE_POINT.sub(".", unicodedata.normalize("NFKC", digits)))
