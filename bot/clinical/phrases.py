"""Phrases that are found in what people type: their small language, read into data that `matching` looks for.

A phrase of a pack is one of
  hard breath*      these words in this order, at most `matching.GAP` others between two of them
  can't/not_breathe nothing between; of what is before it, either word
  all.over/whole    either "all over" or "whole"
  breath*, *pumua, *breath*    words that begin with, end with, hold it
  haku*uma          a word that begins and ends so
  @swollen          any phrase of the list words.part_swollen, of every pack (several languages in one text)
  @lips ~ @swollen  both within a few words of one clause, whichever comes first
  @fever + @baby    both anywhere in the text
  snake + -not_bit* but not where that is said anywhere in the text
  -@dyed            no phrase of the list counts where that is said
  not_move* !much   but not before that word
Typed words are compared without case, accents, doubled letters, attached Arabic articles and prepositions; a longer word
may have one wrong letter (two where it is long), unless what was typed is itself a word of the packs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache

from bot.clinical.scripts import script_of
from bot.clinical.spelling import forms, plain, squeezed
from locales import kept

__all__ = [
    "BadPhrase",
    "Group",
    "Part",
    "Parts",
    "Phrase",
    "Sequence",
    "Slot",
    "Word",
    "parse",
    "pieces",
    "single_words",
    "words_of",
]


_WITHOUT = re.compile(r"(?:^|(?<=\+))\s*-")
_PART = re.compile(r"@\w+")
_BETWEEN = re.compile(r"[\s+~_/.]+")
_SHORTEST_BARE = 3
# Ethiopic is taken apart into consonants and vowels: without its "ከ" "ከበደ*" would begin every "በደ".
_SHORTEST_BARE_ETHIOPIC = 6
# Alternatives of several words multiply; somebody's phrase must not fill the memory.
_MOST_WAYS = 500


class BadPhrase(ValueError):
    """A phrase that is not in the language of this module."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word of a phrase. before, after: there may be more letters. end: what a word that begins with the stem ends with.

    pack: whose word it is; the same letters are another word in another language. Made by `_word` only, once for each: they are
    looked up thousands of times.
    """

    stem: str
    before: bool = False
    after: bool = False
    end: str = ""
    pack: str = ""

    def fits(self, form: str) -> bool:
        """True where a typed form is this word."""
        if self.end:
            return (
                len(form) >= len(self.stem) + len(self.end)
                and form.startswith(self.stem)
                and form.endswith(self.end)
            )
        if self.before and self.after:
            return self.stem in form
        if self.before:
            return form.endswith(self.stem)
        return form.startswith(self.stem) if self.after else form == self.stem


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """Alternatives for one place. glued: stands directly after the one before. refused: must not stand there."""

    words: frozenset[Word] = frozenset()
    glued: bool = False
    refused: bool = False


Sequence = tuple[Slot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Alternatives for words that stand together, under the words that each begins with: a text has few of them."""

    by_first: Mapping[Word, tuple[Sequence, ...]]

    @property
    def begins(self) -> Set[Word]:
        """The words of which one must be there."""
        return self.by_first.keys()

    @property
    def sequences(self) -> tuple[Sequence, ...]:
        """Every alternative once."""
        return tuple(dict.fromkeys(s for several in self.by_first.values() for s in several))


Part = tuple[Group, ...]
# The phrases of a list of parts by its name, each with the pack it stands in.
Parts = Callable[[str], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """parts: all are needed, anywhere; each is groups that stand near one another. without: parts that must not be there.

    begins: of each group of each part the words that it may begin with, to leave most phrases alone at once.
    """

    parts: tuple[Part, ...]
    without: tuple[Part, ...] = ()

    @property
    def begins(self) -> tuple[Set[Word], ...]:
        """Of each group the words of which one must be there."""
        return tuple(group.begins for part in self.parts for group in part)


def parse(phrase: str, part: Parts, pack: str = "") -> Phrase:
    """A phrase of a pack. part: the phrases of a list of parts by name, with their packs. Raises BadPhrase."""
    parts: list[Part] = []
    without: list[Part] = []
    for piece in phrase.split("+"):
        said = piece.strip()
        groups = tuple(_group(group.strip(), part, pack) for group in said.removeprefix("-").split("~"))
        (without if said.startswith("-") else parts).append(groups)
    return Phrase(tuple(parts), tuple(without))


def single_words(phrase: str, pack: str = "") -> frozenset[Word]:
    """Every word that stands in a phrase itself; parts of other lists are not followed. Raises BadPhrase."""
    return frozenset(w for piece in pieces(phrase) for w in _words(piece, pack))


def pieces(phrase: str) -> set[str]:
    """The words of a phrase as they are written there, stars included; parts of other lists are not followed."""
    said = _PART.sub(" ", _WITHOUT.sub(" ", phrase))
    return {p.removeprefix("!") for p in _BETWEEN.split(said) if p.strip("!*")}


def words_of(written: Iterable[str], pack: str) -> frozenset[Word]:
    """The words for several pieces, each once. Raises BadPhrase."""
    return frozenset(w for piece in written for w in _words(piece, pack))


@kept()
def _group(text: str, part: Parts, pack: str) -> Group:
    """One group, made once: a part of a list is the same in every phrase."""
    if not text:
        raise BadPhrase("expected words on both sides of + and ~")
    if re.fullmatch(r"@\w+", text) and pack:
        return _group(text, part, "")
    if re.fullmatch(r"@\w+", text):
        # A part by itself: any of its phrases. Parts are made of words only.
        made = tuple(sequence for of, one in part(text[1:]) for sequence in _sequences(one, part, of))
    else:
        made = _sequences(text, part, pack)
    by_first: dict[Word, list[Sequence]] = {}
    for sequence in made:
        for word in next(slot for slot in sequence if not slot.refused).words:
            by_first.setdefault(word, []).append(sequence)
    return Group({word: tuple(several) for word, several in by_first.items()})


def _sequences(text: str, part: Parts, pack: str) -> tuple[Sequence, ...]:
    """Every way in which a group of words may stand: alternatives of several words make several sequences."""
    ways: list[Sequence] = [()]
    for piece in text.split():
        refused = piece.startswith("!")
        for n, place in enumerate(piece.removeprefix("!").split("_")):
            choices = _choices(place.split("/"), part, pack, glued=n > 0, refused=refused)
            if len(ways) * len(choices) > _MOST_WAYS:
                raise BadPhrase(f"{text[:60]!r} may stand in more than {_MOST_WAYS} ways")
            ways = [(*way, *choice) for way in ways for choice in choices]
    if any(not way or all(s.refused for s in way) for way in ways):
        raise BadPhrase(f"{text!r} has no word")
    return tuple(ways)


def _choices(
    alternatives: list[str], part: Parts, pack: str, *, glued: bool, refused: bool
) -> list[Sequence]:
    """What may stand in one place: one slot of single words, and one sequence for each alternative of several."""
    words: list[Word] = []
    several: list[Sequence] = []
    for alternative in alternatives:
        if alternative.startswith("@"):
            single = [(of, p) for of, p in part(alternative[1:]) if not set(p) & set(" _.@")]
            words += [w for of, p in single for one in p.split("/") for w in _words(one, of)]
        elif "." in alternative:
            slots = [
                Slot(frozenset(_words(w, pack)), glued or n > 0, refused)
                for n, w in enumerate(alternative.split("."))
            ]
            several.append(tuple(slots))
        else:
            words += _words(alternative, pack)
    return ([(Slot(frozenset(words), glued, refused),)] if words else []) + several


@cache
def _words(text: str, pack: str) -> tuple[Word, ...]:
    if "*" in text[1:-1]:
        begin, _, end = (squeezed(plain(piece)) for piece in text.partition("*"))
        if not begin or not end or "*" in text.replace("*", "", 1) or " " in begin + end:
            raise BadPhrase(f"{text!r} has a star where none can be")
        return (_word(begin, False, False, end, pack),)
    stem = plain(text.strip("*"))
    if not stem or " " in stem:
        raise BadPhrase(f"{text!r} is no single word")
    open_before, open_after = text.startswith("*"), text.endswith("*")
    # Without what is attached only where enough is left: "وعي*" is no "عي*".
    least = _SHORTEST_BARE_ETHIOPIC if script_of(stem) == "ETHIOPIC" else _SHORTEST_BARE
    bare = [form for form in forms(stem)[1:] if len(form) >= least and not open_before]
    stems = (squeezed(stem), *bare)
    return tuple(_word(s, open_before, open_after, "", pack) for s in stems)


@cache
def _word(stem: str, before: bool, after: bool, end: str, pack: str) -> Word:
    return Word(stem, before, after, end, pack)
