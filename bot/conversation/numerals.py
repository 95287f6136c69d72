"""Numbers in words: places of a list, and how many days, weeks, months or years ("three weeks", "شهرين")."""

from __future__ import annotations

import re
from collections.abc import Mapping

import locales
from bot.conversation.tens import with_tens

__all__ = ["DIGITS", "NO_BABY_FROM", "UNITS", "is_more", "number", "with_digits"]

DIGITS = re.compile("[0-9]+")
# How many of them are counted: `words.days` and so on say how.
UNITS = ("days", "weeks", "months", "years")
# From how many of each nobody is a baby under 3 months any more, however long its months were.
NO_BABY_FROM = {"days": 92, "weeks": 14, "months": 3, "years": 1}
# Places of a list that have words (words.number_1 ...).
_NUMBERS = (
    "words.number_1",
    "words.number_2",
    "words.number_3",
    "words.number_4",
    "words.number_5",
    "words.number_6",
    "words.number_7",
    "words.number_8",
    "words.number_9",
)


def number(text: str, language: str) -> int:
    """The number that the whole text is in words ("two", "the second"), 0 for none: in the chat's language and English only.

    "Dos" is two in Spanish and the back in French. For lists that are shown with numbers (`ages.is_numbered`).
    """
    said = locales.normalise(text)
    named = enumerate(_NUMBERS, 1)
    return next((n for n, name in named if said in locales.words(name, language or "en")), 0)


def with_digits(said: str, language: str, beside: frozenset[str]) -> str:
    """A normalised text with digits for numbers in words, of the chat's language and English; below ten as it is where it has
    digits.

    beside: words that may stand before a number. Before another word it may be a part of a greater one ("twenty two").
    """
    codes = tuple(dict.fromkeys((language or "en", "en")))
    worded = _worded(codes)
    said = with_tens(said, codes, {word: int(n) for word, n in worded.items()})
    if DIGITS.search(said):
        return said
    words = said.split()
    units = {
        word
        for unit in UNITS
        for code in codes
        for phrase in locales.words(f"words.{unit}", code)
        for word in phrase.split()
    } - {"2"}

    def counts(n: int) -> bool:
        # "Une fille de deux ans": an article is a number beside a unit only.
        near = {*words[max(0, n - 1) : n], *words[n + 1 : n + 2]}
        return words[n] in worded and (words[n] not in beside or bool(near & units))

    if sum(map(counts, range(len(words)))) > 1:
        return said
    before = beside | units
    begins = [n for n in range(len(words)) if n == 0 or words[n - 1] in before]
    pairs = _pairs(codes)
    told: list[str] = []
    n = 0
    while n < len(words):
        # "أسبوعين" is two weeks in one word.
        pair = next((p for p in pairs if n in begins and tuple(words[n : n + len(p)]) == p), ())
        if pair:
            told += ["2", pairs[pair]]
        else:
            told.append(worded[words[n]] if n in begins and counts(n) else words[n])
        n += len(pair) or 1
    return " ".join(told)


def is_more(said: str, language: str) -> bool:
    """True where a number below ten, or two of a unit, still stands in words of the chat's language or English."""
    codes = tuple(dict.fromkeys((language or "en", "en")))
    words = set(said.split())
    return bool(words & _worded(codes).keys()) or any(set(pair) <= words for pair in _pairs(codes))


def _worded(codes: tuple[str, ...]) -> Mapping[str, str]:
    """The digit that each single word is; the first language's comes first."""
    return {
        word: str(n)
        for code in reversed(codes)
        for n, name in enumerate(_NUMBERS, 1)
        for word in locales.words(name, code)
        if " " not in word
    }


def _pairs(codes: tuple[str, ...]) -> Mapping[tuple[str, ...], str]:
    """The words of two of a unit ("two weeks", "a fortnight"), the longest first, and the unit."""
    found = {
        tuple(pair.split()): unit
        for unit in UNITS
        for code in codes
        for pair in locales.words(f"words.pair_{unit}", code)
    }
    return {pair: found[pair] for pair in sorted(found, key=lambda pair: (-len(pair), pair))}
