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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bot.clinical.spelling import forms, plain, squeezed

__all__ = ["BadPhrase", "Group", "Part", "Phrase", "Sequence", "Slot", "Word", "parse", "single_words"]


_SHORTEST_BARE = 3


class BadPhrase(ValueError):
    """A phrase that is not in the language of this module."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase. before, after: there may be more letters. end: what a word that begins with the stem ends with."""

    stem: str
    before: bool = False
    after: bool = False
    end: str = ""

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


@dataclass(frozen=True, slots=True)
class Slot:
    """Alternatives for one place. glued: stands directly after the one before. refused: must not stand there."""

    words: frozenset[Word] = frozenset()
    glued: bool = False
    refused: bool = False


Sequence = tuple[Slot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Alternatives for words that stand together, and the words that any of them begins with."""

    sequences: tuple[Sequence, ...]
    begins: frozenset[Word]


Part = tuple[Group, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """parts: all are needed, anywhere; each is groups that stand near one another. without: parts that must not be there.

    begins: of each group of each part the words that it may begin with, to leave most phrases alone at once.
    """

    parts: tuple[Part, ...]
    without: tuple[Part, ...] = ()

    @property
    def begins(self) -> tuple[frozenset[Word], ...]:
        """Of each group the words of which one must be there."""
        return tuple(group.begins for part in self.parts for group in part)


def parse(phrase: str, part: Callable[[str], tuple[str, ...]]) -> Phrase:
    """A phrase of a pack. part: the phrases of a list of parts by name. Raises BadPhrase."""
    parts: list[Part] = []
    without: list[Part] = []
    for piece in phrase.split("+"):
        said = piece.strip()
        groups = tuple(_group(group.strip(), part) for group in said.removeprefix("-").split("~"))
        (without if said.startswith("-") else parts).append(groups)
    return Phrase(tuple(parts), tuple(without))


def single_words(phrase: str) -> frozenset[Word]:
    """Every word that stands in a phrase itself; parts of other lists are not followed. Raises BadPhrase."""
    said = re.sub(r"(?:^|(?<=\+))\s*-", " ", phrase)
    pieces = re.split(r"[\s+~_/.]+", re.sub(r"@\w+", " ", said))
    return frozenset(w for piece in pieces if piece.strip("!*") for w in _words(piece.removeprefix("!")))


@cache
def _group(text: str, part: Callable[[str], tuple[str, ...]]) -> Group:
    """One group, made once: a part of a list is the same in every phrase."""
    if not text:
        raise BadPhrase("expected words on both sides of + and ~")
    if re.fullmatch(r"@\w+", text):
        # A part by itself: any of its phrases. Parts are made of words only.
        made = tuple(sequence for one in part(text[1:]) for sequence in _sequences(one, part))
    else:
        made = _sequences(text, part)
    first = (next(slot for slot in sequence if not slot.refused) for sequence in made)
    return Group(made, frozenset(w for slot in first for w in slot.words))


def _sequences(text: str, part: Callable[[str], tuple[str, ...]]) -> tuple[Sequence, ...]:
    """Every way in which a group of words may stand: alternatives of several words make several sequences."""
    ways: list[Sequence] = [()]
    for piece in text.split():
        refused = piece.startswith("!")
        for n, place in enumerate(piece.removeprefix("!").split("_")):
            choices = _choices(place.split("/"), part, glued=n > 0, refused=refused)
            ways = [(*way, *choice) for way in ways for choice in choices]
    if any(not way or all(s.refused for s in way) for way in ways):
        raise BadPhrase(f"{text!r} has no word")
    return tuple(ways)


def _choices(
    alternatives: list[str], part: Callable[[str], tuple[str, ...]], *, glued: bool, refused: bool
) -> list[Sequence]:
    """What may stand in one place: one slot of single words, and one sequence for each alternative of several."""
    words: list[Word] = []
    several: list[Sequence] = []
    for alternative in alternatives:
        if alternative.startswith("@"):
            single = [p for p in part(alternative[1:]) if not set(p) & set(" _.@")]
            words += [w for p in single for one in p.split("/") for w in _words(one)]
        elif "." in alternative:
            slots = [
                Slot(frozenset(_words(w)), glued or n > 0, refused)
                for n, w in enumerate(alternative.split("."))
            ]
            several.append(tuple(slots))
        else:
            words += _words(alternative)
    return ([(Slot(frozenset(words), glued, refused),)] if words else []) + several


@cache
def _words(text: str) -> tuple[Word, ...]:
    if "*" in text[1:-1]:
        begin, _, end = (squeezed(plain(piece)) for piece in text.partition("*"))
        if not begin or not end or "*" in text.replace("*", "", 1) or " " in begin + end:
            raise BadPhrase(f"{text!r} has a star where none can be")
        return (Word(begin, end=end),)
    stem = plain(text.strip("*"))
    if not stem or " " in stem:
        raise BadPhrase(f"{text!r} is no single word")
    open_before, open_after = text.startswith("*"), text.endswith("*")
    # Without what is attached only where enough is left: "وعي*" is no "عي*".
    bare = [form for form in forms(stem)[1:] if len(form) >= _SHORTEST_BARE and not open_before]
    stems = (squeezed(stem), *bare)
    return tuple(Word(s, open_before, open_after) for s in stems)
