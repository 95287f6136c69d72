"""Phrases that are found in what people type: their small language, and how they are matched.

A phrase of a pack is one of
  hard breath*      these words in this order, at most `GAP` others between two of them
  can't/not_breathe nothing between; of what is before it, either word
  all.over/whole    either "all over" or "whole"
  breath*, *pumua, *breath*    words that begin with, end with, hold it
  @swollen          any phrase of the list words.part_swollen, of every pack (several languages in one text)
  @lips ~ @swollen  both within a few words of one clause, whichever comes first
  @fever + @baby    both anywhere in the text
  not_move* !much   but not before that word
Typed words are compared without case, accents, doubled letters, attached Arabic articles and prepositions; a longer word
may have one wrong letter (two where it is long), unless what was typed is itself a word of the packs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from locales import normalise

__all__ = ["GAP", "BadPhrase", "Lexicon", "Matcher", "Phrase", "Span", "Typed", "parse", "read", "same_word"]

GAP = 3
NEAR = 4
MOST_WORDS = 400
_FUZZY_FROM, _FUZZY_ANY_FIRST, _FUZZY_TWO_FROM = 5, 6, 9

_CLAUSE = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[!?;:\n()…،؛؟।]|\s[-–—]+\s")
_ARABIC = re.compile(r"[\u0621-\u064a]")
# The article and what is written on to a word, longest first, with the fewest letters that must remain.
_ATTACHED = (
    ("وال", 2),
    ("فال", 2),
    ("بال", 2),
    ("كال", 2),
    ("لل", 2),
    ("ال", 2),
    ("و", 2),
    ("ف", 3),
    ("ب", 3),
    ("ل", 3),
    ("ك", 3),
)
_PRONOUNS = ("ها", "هم", "ني", "نا", "ه", "ي", "ك")
# English is tried in every text, and writes one meaning in two ways.
_NOT = re.compile(r"\b(can|could|do|does|did|is|are|was|were|has|have|had|will|would|should)\s+not\b")
_SPELT = {
    "cnt": "cant",
    "kant": "cant",
    "carnt": "cant",
    "dnt": "dont",
    "dosnt": "doesnt",
    "dosent": "doesnt",
    "wnt": "wont",
}
_IN_SHORT = re.compile(rf"\b({'|'.join(_SPELT)})\b")
_CANNOT = re.compile(r"\bc+a+n+o+t+\b")
_SHORT = {"can": "cant", "will": "wont"}


class BadPhrase(ValueError):
    """A phrase that is not in the language of this module."""


def plain(text: str) -> str:
    """Normalised, with 'cannot' and 'does not' as 'cant' and 'doesnt'."""
    said = _IN_SHORT.sub(lambda m: _SPELT[m[1]], normalise(text))
    said = _NOT.sub(lambda m: _SHORT.get(m[1], f"{m[1]}nt"), said)
    return _CANNOT.sub("cant", said)


@lru_cache(maxsize=20_000)
def squeezed(word: str) -> str:
    """Without doubled letters: 'swolen' and 'swollen' are one."""
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(maxsize=20_000)
def typed_forms(word: str) -> tuple[str, ...]:
    """The forms of a typed word; in Arabic script also without the pronoun that is written on behind."""
    found = list(forms(word))
    if _ARABIC.search(word):
        for form in tuple(found):
            found += [f for p in _PRONOUNS if (f := form.removesuffix(p)) != form and len(f) >= 3]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def forms(word: str) -> tuple[str, ...]:
    """The word, and in Arabic script the word without what is attached before it."""
    found = [squeezed(word)]
    if _ARABIC.search(word):
        for form in found:
            for attached, least in _ATTACHED:
                rest = form.removeprefix(attached)
                if rest != form and len(rest) >= least and rest not in found:
                    found.append(rest)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase. open: 'any' of before and after may be more letters."""

    stem: str
    before: bool = False
    after: bool = False

    def fits(self, form: str) -> bool:
        """True where a typed form is this word."""
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


@dataclass(frozen=True, slots=True)
class Phrase:
    """parts: all are needed, anywhere; each is a tuple of groups that stand near one another; a group is its alternatives.

    begins: of each group of each part the words that it may begin with, to leave most phrases alone at once.
    """

    parts: tuple[tuple[tuple[Sequence, ...], ...], ...]
    begins: tuple[frozenset[Word], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Places of the words that a part of a phrase was found in."""

    at: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.at[0]

    @property
    def last(self) -> int:
        return self.at[-1]


@dataclass(frozen=True, slots=True)
class Typed:
    """A text in words. clause: of each word; asked: clauses that end in a question mark or a colon."""

    words: tuple[str, ...]
    clause: tuple[int, ...]
    asked: frozenset[int] = field(default=frozenset())


def read(text: str) -> Typed:
    """The words of a text, by clause. What is longer than `MOST_WORDS` words is cut: nobody types that in a chat."""
    words: list[str] = []
    clauses: list[int] = []
    asked: set[int] = set()
    start, number = 0, 0
    for mark in [*_CLAUSE.finditer(text.replace("’", "'")), None]:
        piece = text[start : mark.start() if mark else len(text)]
        inside = plain(piece).split()
        words += inside
        clauses += [number] * len(inside)
        if mark:
            if mark[0] in "?؟:":
                asked.add(number)
            start = mark.end()
            number += bool(inside)
    return Typed(tuple(words[:MOST_WORDS]), tuple(clauses[:MOST_WORDS]), frozenset(asked))


def parse(phrase: str, part: Callable[[str], tuple[str, ...]]) -> Phrase:
    """A phrase of a pack. part: the phrases of a list of parts by name. Raises BadPhrase."""
    parts = []
    for piece in phrase.split("+"):
        parts.append(tuple(_group(group.strip(), part) for group in piece.split("~")))
    begins = (frozenset(w for sequence in group for w in sequence[0].words) for one in parts for group in one)
    return Phrase(tuple(parts), tuple(begins))


def _group(text: str, part: Callable[[str], tuple[str, ...]]) -> tuple[Sequence, ...]:
    if not text:
        raise BadPhrase("expected words on both sides of + and ~")
    if re.fullmatch(r"@\w+", text):
        # A part by itself: any of its phrases. Parts are made of words only.
        return tuple(sequence for one in part(text[1:]) for sequence in _sequences(one, part))
    return _sequences(text, part)


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
    stem = plain(text.strip("*"))
    if not stem or " " in stem:
        raise BadPhrase(f"{text!r} is no single word")
    open_before, open_after = text.startswith("*"), text.endswith("*")
    stems = forms(stem) if not open_before else (squeezed(stem),)
    return tuple(Word(s, open_before, open_after) for s in stems)


def same_word(stem: str, typed: str) -> bool:
    """True where a typed word is the stem with a small mistake: a letter more, less, other, or two changed about."""
    if len(stem) < _FUZZY_FROM or abs(len(stem) - len(typed)) > 2:
        return False
    if len(stem) < _FUZZY_ANY_FIRST and stem[0] != typed[:1]:
        return False
    most = 2 if len(stem) >= _FUZZY_TWO_FROM and stem[0] == typed[:1] else 1
    return _distance(stem, typed, most) <= most


def _distance(a: str, b: str, most: int) -> int:
    """Letters added, left out, changed or swapped; more than `most` is not counted on."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


class Lexicon:
    """The words of many phrases, looked up by what is typed.

    known: forms that are never taken for a misspelling. denied: true for a word which is the negative form of a verb, given its
    stem ('hajazimia' of 'zimia').
    """

    def __init__(
        self, phrases: Iterable[Phrase], known: frozenset[str], denied: Callable[[str, str], bool]
    ) -> None:
        slots = (
            s for p in phrases for part in p.parts for group in part for sequence in group for s in sequence
        )
        words = sorted({w for slot in slots for w in slot.words}, key=lambda w: (w.stem, w.before, w.after))
        self._known, self._denied = known, denied
        self._by_stem: dict[str, list[Word]] = {}
        for word in words:
            self._by_stem.setdefault(word.stem, []).append(word)
        self._inside = [w for w in words if w.before and w.after]
        self._long = [w for w in words if len(w.stem) >= _FUZZY_FROM and not (w.before and w.after)]

    def of(self, typed: str) -> frozenset[Word]:
        """The words of phrases that a typed word is."""
        found: set[Word] = set()
        for form in typed_forms(typed):
            size = len(form)
            stems = {form, *(form[:n] for n in range(1, size)), *(form[n:] for n in range(1, size))}
            near = [w for stem in stems for w in self._by_stem.get(stem, ())] + self._inside
            found.update(w for w in near if w.fits(form))
        if not any(form in self._known for form in typed_forms(typed)):
            found.update(w for w in self._long for form in forms(typed) if _nearly(w, form))
        return frozenset(w for w in found if not (w.before and self._denied(typed, w.stem)))


def _nearly(word: Word, form: str) -> bool:
    """True where a form is the word with a small mistake."""
    size = len(word.stem)
    if len(form) < size - 2:
        return False
    if not word.before and not word.after:
        return same_word(word.stem, form)
    if word.after and size < _FUZZY_ANY_FIRST:
        # So short a beginning is that of too many other words.
        return False
    cut = (size - 1, size, size + 1)
    return any(same_word(word.stem, form[-n:] if word.before else form[:n]) for n in cut)


class Matcher:
    """Finds phrases in one text."""

    def __init__(self, typed: Typed, lexicon: Lexicon) -> None:
        self.typed = typed
        self._places: dict[Word, set[int]] = {}
        for n, word in enumerate(typed.words):
            for found in lexicon.of(word):
                self._places.setdefault(found, set()).add(n)
        self.here = frozenset(self._places)

    def places(self, words: frozenset[Word]) -> frozenset[int]:
        """Where any of these words stands."""
        return frozenset().union(*(self._places[w] for w in self.here & words))

    def may_hold(self, phrase: Phrase) -> bool:
        """False where the text lacks what the phrase must begin with."""
        return not any(self.here.isdisjoint(words) for words in phrase.begins)

    def spans(self, groups: tuple[tuple[Sequence, ...], ...]) -> Iterator[Span]:
        """Every way in which the groups of one part stand near one another in one clause."""
        found: list[list[Span]] = []
        for group in groups:
            inside = [span for sequence in group for span in self._sequence(sequence)]
            if not inside:
                return
            found.append(inside)
        waiting = [Span(())]
        for inside in found:
            waiting = [
                joined
                for one in waiting
                for other in inside
                if (joined := self._near(one, other)) is not None
            ]
        yield from dict.fromkeys(waiting)

    def _near(self, one: Span, other: Span) -> Span | None:
        if not one.at:
            return other
        at = tuple(sorted({*one.at, *other.at}))
        clause = self.typed.clause
        if len(at) < len(one.at) + len(other.at) or clause[at[0]] != clause[at[-1]]:
            return None
        return Span(at) if at[-1] - at[0] + 1 - len(at) <= NEAR else None

    def _sequence(self, sequence: Sequence) -> Iterator[Span]:
        if any(self.here.isdisjoint(slot.words) for slot in sequence if not slot.refused):
            return
        sets = [self.places(slot.words) for slot in sequence]
        clause = self.typed.clause

        def go(n: int, at: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
            if n == len(sequence):
                yield at
                return
            if sequence[n].refused:
                if not at or at[-1] + 1 not in sets[n]:
                    yield from go(n + 1, at)
                return
            if not at:
                for place in sorted(sets[n]):
                    yield from go(n + 1, (place,))
                return
            reach = 1 if sequence[n].glued else GAP + 1
            for place in range(at[-1] + 1, min(at[-1] + reach + 1, len(clause))):
                if place in sets[n] and clause[place] == clause[at[0]]:
                    yield from go(n + 1, (*at, place))

        for at in go(0, ()):
            yield Span(at)
