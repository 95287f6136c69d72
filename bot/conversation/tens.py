"""Numbers from ten up in words: "seventy", "soixante-douze", "setenta y dos", "sabini na mbili", "اثنين وسبعين", "बहत्तर"."""

from __future__ import annotations

from collections.abc import Mapping

import locales

__all__ = ["with_tens"]

# "Soixante-douze", "quatre-vingt-dix": tens that are counted on beyond nine.
_COUNTED_ON = (60, 80)


def with_tens(said: str, codes: tuple[str, ...], units: Mapping[str, int]) -> str:
    """A normalised text with digits for numbers from ten up in words, of these languages.

    units: the words for one to nine. What stands before a hundred or behind it is put together where it is a ten: more is left as
    it is, so that a text has two numbers and is asked again.
    """
    tens = _tens(codes)
    joins = frozenset().union(*(locales.words("words.number_joins", code) for code in codes))
    words = said.split()
    told: list[str] = []
    n = 0
    while n < len(words):
        value, size = _number(words, n, tens, units, joins)
        told.append(str(value) if size else words[n])
        n += size or 1
    return " ".join(told)


def _number(
    words: list[str],
    n: int,
    tens: Mapping[tuple[str, ...], int],
    units: Mapping[str, int],
    joins: frozenset[str],
) -> tuple[int, int]:
    """The number that begins at a word, and how many words it has; (0, 0) where none does."""
    value, size = _listed(words, n, tens)
    if not size:
        return _turned(words, n, tens, units, joins)
    if value % 10 or value >= 100:
        return value, size
    after = n + size
    if after < len(words) and words[after] in joins:
        after += 1
    if after < len(words) and words[after] in units:
        return value + units[words[after]], after + 1 - n
    more, length = _listed(words, after, tens)
    if value in _COUNTED_ON and length and 10 <= more < 20:
        return value + more, after + length - n
    return value, size


def _turned(
    words: list[str],
    n: int,
    tens: Mapping[tuple[str, ...], int],
    units: Mapping[str, int],
    joins: frozenset[str],
) -> tuple[int, int]:
    """A number below ten before its ten, with the word for "and" between or written on: "اثنين وسبعين"."""
    if words[n] not in units:
        return 0, 0
    rest = words[n + 1 : n + 3]
    for join in joins:
        if rest[:1] == [join]:
            value, size = _listed(words, n + 2, tens)
            length = 2 + size
        else:
            attached = [rest[0].removeprefix(join)] if rest and rest[0].startswith(join) else []
            value, size = _listed(attached, 0, tens)
            length = 1 + size
        if size and value % 10 == 0 and value < 100:
            return value + units[words[n]], length
    return 0, 0


def _listed(words: list[str], n: int, tens: Mapping[tuple[str, ...], int]) -> tuple[int, int]:
    """The number of the longest phrase of the lists that begins at a word, and its length; (0, 0) for none."""
    most = max(map(len, tens), default=0)
    for size in range(min(most, len(words) - n), 0, -1):
        phrase = tuple(words[n : n + size])
        if phrase in tens:
            return tens[phrase], size
    return 0, 0


def _tens(codes: tuple[str, ...]) -> Mapping[tuple[str, ...], int]:
    """The number that each phrase is; the first language's comes first. An entry without its number says nothing."""
    found: dict[tuple[str, ...], int] = {}
    for code in reversed(codes):
        for phrase in locales.words("words.number_tens", code):
            number, *words = phrase.split()
            if number.isascii() and number.isdigit() and words:
                found[tuple(words)] = int(number)
    return found
