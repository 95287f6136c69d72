"""What a machine wrote, held to what may be said to a patient: passed on whole, or refused with the reason.

No doses and no numbers, no medicines, no certainty and no comfort, no condition that the findings do not name, no advice that
is slower than the findings, the right language, no marks of a prompt, not too long. Where in doubt it refuses: the person then
reads the catalogue's sentence. A sentence that stands in the catalogue for a condition that is named is never a fault.

Pure. The rules are written for English; `bot.reading.LANGUAGES` can be told apart, but only `SPOKEN` is held to all rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import locales
from bot import forbidden, reading
from bot.clinical import names as clinical_names
from bot.messages import Urgency

__all__ = ["SPOKEN", "Known", "Passed", "Reason", "Refused", "guard", "named"]

SPOKEN = ("en",)
"""Languages in which a machine's own words may be shown."""

Reason = Literal[
    "empty", "language", "contact", "residue", "markup", "number", "dose", "medicine", "harm", "certainty",
    "other_condition", "slower", "pretends", "repeats", "too_long",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """One condition of the catalogue. names: as people call it. sentences: what the catalogue says of it, word for word."""

    code: str
    names: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """May be shown. text: without an unfinished last sentence, in plain writing."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """May not be shown."""

    reason: Reason


def guard(
    text: str,
    *,
    language: str,
    allowed: Collection[str],
    known: Iterable[Known],
    max_words: int = 90,
    soon: Urgency = Urgency.WEEK,
) -> Passed | Refused:
    """The text as it may be shown, or why it may not.

    allowed: codes of the conditions that the findings name. known: every condition of the catalogue. soon: how soon the person
    was told to be seen; nothing slower passes.
    """
    known = tuple(known)
    ours = _ours(known, frozenset(allowed))
    bare = reading.plain(text)
    whole = " ".join(_finished(reading.sentences(bare)))
    reason = (
        _foreign(text, bare, ours)
        or _shape(whole, language, max_words, ours)
        or _said(whole, frozenset(allowed), known, soon, ours)
    )
    return Refused(reason) if reason else Passed(whole)


def _ours(known: tuple[Known, ...], allowed: frozenset[str]) -> frozenset[str]:
    """The catalogue's sentences of the conditions that are named, normalised."""
    return frozenset(
        locales.normalise(s)
        for k in known
        if k.code in allowed
        for t in k.sentences
        for s in reading.sentences(reading.plain(t))
    )


def _not_ours(text: str, ours: frozenset[str]) -> str:
    """The sentences of a plain text that do not stand in the catalogue."""
    return " ".join(s for s in reading.sentences(text) if locales.normalise(s) not in ours)


def named(text: str, known: Iterable[Known]) -> tuple[frozenset[str], ...]:
    """For each name of a condition in the text, in order: the codes that it fits; none for one outside the catalogue."""
    listed = _names(tuple(known))
    pattern = _any_of(tuple(sorted(listed, key=len, reverse=True)))
    return tuple(listed[_key(match)] for match in pattern.findall(reading.plain(text).lower()))


# Faults of the writing


_CONTACT = re.compile(
    r"https?:|www\.|\S@\S|\b[\w-]+\.(?:com|org|net|info|io|gov|edu|uk|tz|ke|co|me|ly)\b", re.I
)
_RESIDUE = re.compile(
    r"#{2,}|</?\s*\w+\s*/?>|<\||\[/?inst|\[\w+\]|\bimagehere\b|\bsystem prompt\b|\blanguage model\b|\bas an ai\b|"
    r"\b(?:human|assistant|user|patient|doctor|system|bot|ngozi|question|answer|input|output|instruction|response|q|a)\s*:|"
    r"\bprevious instructions\b|\bskin disease image\b|\bclinical concepts\b",
    re.I,
)
_STRANGE = re.compile(r"[^\w\s.,;:!?'\"()،؛؟-]|_")
_LETTER_BY_LETTER = re.compile(r"(?:\b[^\W\d_]\b[\s.,'*-]*){4,}")


def _foreign(raw: str, bare: str, ours: frozenset[str]) -> Reason | None:
    """What has no place in any answer; looked for also in what would be cut off."""
    if _CONTACT.search(bare):
        return "contact"
    if _RESIDUE.search(bare) or _RESIDUE.search(raw):
        return "residue"
    # Numbers that become letters are seen before they do: a Roman numeral in compatibility form.
    if any(unicodedata.category(c) in ("Nl", "No") for c in raw):
        return "number"
    if any(unicodedata.category(c)[0] == "N" for c in _not_ours(bare, ours)):
        return "number"
    if any(unicodedata.category(c)[0] != "M" for c in _STRANGE.findall(bare)) or _LETTER_BY_LETTER.search(
        bare
    ):
        return "markup"
    return None


def _finished(said: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences without a last one that breaks off."""
    if said and (not re.search(r"""[.!?؟۔]["')]*$""", said[-1]) or said[-1].endswith("..")):
        return said[:-1]
    return said


def _shape(whole: str, language: str, max_words: int, ours: frozenset[str]) -> Reason | None:
    words = reading.tokens(whole)
    if len(words) < 3:
        return "empty"
    strange = _not_ours(whole, ours)
    if language not in SPOKEN or (strange and not reading.is_of(whole, language)):
        return "language"
    if not all(reading.is_of(s, language) for s in reading.sentences(strange) if len(reading.tokens(s)) > 6):
        return "language"
    if len(words) > max_words or max(map(len, words)) > 30:
        return "too_long"
    return "repeats" if _repeats(whole, words) else None


def _repeats(whole: str, words: tuple[str, ...]) -> bool:
    said = [locales.normalise(s) for s in reading.sentences(whole)]
    if len(set(said)) < len(said) or re.search(r"(\w)\1{3}", whole):
        return True
    if any(words[n] == words[n + 1] == words[n + 2] for n in range(len(words) - 2)):
        return True
    runs = [words[n : n + 4] for n in range(len(words) - 3)]
    return any(runs.count(run) > 2 for run in runs) or (
        len(words) > 15 and len(set(words)) * 5 < len(words) * 2
    )


# Faults of what is said


def _said(
    whole: str, allowed: frozenset[str], known: tuple[Known, ...], soon: Urgency, ours: frozenset[str]
) -> Reason | None:
    for sentence in reading.sentences(whole):
        low = sentence.lower()
        if locales.normalise(sentence) in ours:
            continue
        reason = _medical(low) or _tone(low, known) or _pace(low, soon)
        if reason:
            return reason
        if any(not codes & allowed for codes in named(low, known)):
            return "other_condition"
    return None


def _medical(low: str) -> Reason | None:
    if forbidden.DOSE.search(low):
        return "dose"
    if _medicine(low):
        return "medicine"
    for pattern, reason in ((forbidden.USE_OF_IT, "medicine"), (forbidden.HARM, "harm")):
        for match in pattern.finditer(low):
            if not forbidden.NOT.search(low, 0, match.start()):
                return "medicine" if reason == "medicine" else "harm"
    return None


def _medicine(low: str) -> bool:
    """True where a word is a medicine or a household remedy, also one that is torn in two or tied with a hyphen."""
    medicines = clinical_names.medicines()
    words = [w.replace("'", "") for w in reading.tokens(low)]
    torn = {a + b for a, b in pairwise(words)}
    tied = {w.replace("-", "") for w in re.findall(r"[a-z-]{4,}", low)}
    if (set(words) | torn | tied) & medicines.words or (set(words) | tied) & medicines.remedies:
        return True
    if any(f" {one} " in f" {' '.join(words)} " for one in medicines.remedies if " " in one):
        return True
    return any(
        len(w) > 5
        and w not in medicines.not_these
        and (w.endswith(medicines.endings) or w.startswith(medicines.beginnings))
        for w in (*words, *tied)
    )


def _tone(low: str, known: tuple[Known, ...]) -> Reason | None:
    if forbidden.PRETENDS.search(low):
        return "pretends"
    unsure = forbidden.DOUBT.sub(" ", low)
    if forbidden.CERTAIN.search(unsure) or forbidden.COMFORT.search(low):
        return "certainty"
    for match in forbidden.TIED.finditer(low):
        if not forbidden.UNTIED.search(low, 0, match.start()):
            return "certainty"
    listed = _any_of(tuple(sorted(_names(known), key=len, reverse=True)))
    if any(forbidden.IS_A.search(_before(low, match.start())) for match in listed.finditer(low)):
        return "certainty"
    return None


def _before(low: str, at: int) -> str:
    return low[:at] if low[:at].endswith(" ") else low[:at] + " "


def _pace(low: str, soon: Urgency) -> Reason | None:
    if not forbidden.ABOUT_GOING.search(low):
        return None
    slow = [pattern for urgency, pattern in forbidden.SLOWER if urgency.rank > soon.rank]
    return "slower" if any(pattern.search(low) for pattern in (forbidden.YEARS, *slow)) else None


def _names(known: tuple[Known, ...]) -> dict[str, frozenset[str]]:
    """Every name of a condition in small letters -> the codes that it fits."""
    listed = {_key(name): frozenset(codes) for name, codes in clinical_names.names().by_name.items()}
    for one in known:
        for name in one.names:
            bare = _key(re.sub(r"^(?:a|an|the)\s+", "", reading.plain(name).lower()))
            listed[bare] = listed.get(bare, frozenset()) | {one.code}
    return listed


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name)


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in names) + r")(?!\w)"
    )
