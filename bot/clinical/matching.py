"""Phrases looked for in a text: its words by clause, the words of phrases that they are, and where phrases stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from bot.clinical.phrases import Group, Part, Phrase, Sequence, Word
from bot.clinical.spelling import FUZZY_ANY_FIRST, FUZZY_FROM, forms, plain, same_word, typed_forms

__all__ = ["GAP", "NEAR", "Lexicon", "Matcher", "Span", "Typed", "read"]

# So many other words may stand between two of a phrase, and within what stands near; longer texts are cut.
GAP = 3
NEAR = 4
MOST_WORDS = 400

_CLAUSE = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[!?;:\n()…¡¿،؛؟।॥።፣፤፥፦፧፨]|፡፡|\s[-–—]+\s")


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
    """A text in words. clause: of each word; asked: clauses that end in a question mark or a colon; listed: in a comma."""

    words: tuple[str, ...]
    clause: tuple[int, ...]
    asked: frozenset[int] = field(default=frozenset())
    listed: frozenset[int] = field(default=frozenset())

    @property
    def clauses(self) -> tuple[tuple[str, ...], ...]:
        """The words of each clause that has any."""
        said: dict[int, list[str]] = {}
        for word, clause in zip(self.words, self.clause, strict=True):
            said.setdefault(clause, []).append(word)
        return tuple(map(tuple, said.values()))


def read(text: str) -> Typed:
    """The words of a text, by clause. What is longer than `MOST_WORDS` words is cut; `windows` hears such a text in pieces."""
    words: list[str] = []
    clauses: list[int] = []
    asked: set[int] = set()
    listed: set[int] = set()
    start, number = 0, 0
    for mark in [*_CLAUSE.finditer(text.replace("’", "'")), None]:
        piece = text[start : mark.start() if mark else len(text)]
        inside = plain(piece).split()
        words += inside
        clauses += [number] * len(inside)
        if mark:
            if mark[0] in "?؟:፧":
                asked.add(number)
            elif mark[0] in ",،፣፥":
                listed.add(number)
            start = mark.end()
            number += bool(inside)
    return Typed(tuple(words[:MOST_WORDS]), tuple(clauses[:MOST_WORDS]), frozenset(asked), frozenset(listed))


class Lexicon:
    """The words of one pack's phrases, looked up by what is typed.

    denied: true for a word which is the negative form of a verb, given its stem ('hajazimia' of 'zimia').
    """

    def __init__(self, words: Iterable[Word], denied: Callable[[str, str], bool]) -> None:
        kept = sorted(set(words), key=lambda w: (w.stem, w.before, w.after, w.end, w.pack))
        self._denied = denied
        self._by_stem: dict[str, list[Word]] = {}
        for word in kept:
            self._by_stem.setdefault(word.stem, []).append(word)
        self._inside = [w for w in kept if w.before and w.after]
        self._long = [
            (w, _letters(w.stem))
            for w in kept
            if len(w.stem) >= FUZZY_FROM and not w.end and not (w.before and w.after)
        ]
        # The same words come again and again; single words tell of nobody.
        self.near = lru_cache(maxsize=5_000)(self._near)
        self.of = lru_cache(maxsize=5_000)(self._of)

    def begins(self, typed: str) -> bool:
        """True where a typed word is a word of the phrases or begins with a long enough one: hardly a misspelling of another."""
        return any(len(w.stem) >= FUZZY_FROM and not w.before for w in self.of(typed))

    def _of(self, typed: str) -> frozenset[Word]:
        """The words of phrases that a typed word is."""
        found: set[Word] = set()
        for form in typed_forms(typed):
            size = len(form)
            stems = {form, *(form[:n] for n in range(1, size)), *(form[n:] for n in range(1, size))}
            near = [w for stem in stems for w in self._by_stem.get(stem, ())] + self._inside
            found.update(w for w in near if w.fits(form))
        return self._stated(typed, found)

    def _near(self, typed: str) -> frozenset[Word]:
        """The words of phrases that a typed word is with a small mistake; with one letter where it begins with another."""
        found: set[Word] = set()
        most = 1 if self.begins(typed) else 2
        for form in forms(typed):
            have = ~_letters(form)
            found.update(
                w
                for w, letters in self._long
                if (letters & have).bit_count() <= most and _nearly(w, form, most)
            )
        return self._stated(typed, found)

    def _stated(self, typed: str, words: set[Word]) -> frozenset[Word]:
        return frozenset(w for w in words if not (w.before and self._denied(typed, w.stem)))


def _letters(word: str) -> int:
    """The letters of a word as bits: two words with a small mistake between them differ in few."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 61)
    return bits


def _nearly(word: Word, form: str, mistakes: int) -> bool:
    """True where a form is the word with a small mistake."""
    size = len(word.stem)
    if len(form) < size - 2:
        return False
    if not word.before and not word.after:
        return same_word(word.stem, form, mistakes)
    if word.after and size < FUZZY_ANY_FIRST:
        # So short a beginning is that of too many other words.
        return False
    cut = (size - 1, size, size + 1)
    return any(same_word(word.stem, form[-n:] if word.before else form[:n], mistakes) for n in cut)


class Matcher:
    """Finds phrases in one text. reading: the words of phrases that a typed word is."""

    def __init__(self, typed: Typed, reading: Callable[[str], Iterable[Word]]) -> None:
        self.typed = typed
        self._places: dict[Word, set[int]] = {}
        self._spans: dict[Group, tuple[Span, ...]] = {}
        for n, word in enumerate(typed.words):
            for found in reading(word):
                self._places.setdefault(found, set()).add(n)
        self.here = frozenset(self._places)

    def places(self, words: frozenset[Word]) -> frozenset[int]:
        """Where any of these words stands."""
        return frozenset().union(*(self._places[w] for w in self.here & words))

    def may_hold(self, phrase: Phrase) -> bool:
        """False where the text lacks what the phrase must begin with."""
        return not any(self.here.isdisjoint(group.begins) for part in phrase.parts for group in part)

    def spans(self, groups: Part) -> Iterator[Span]:
        """Every way in which the groups of one part stand near one another in one clause."""
        found: list[tuple[Span, ...]] = []
        for group in groups:
            inside = self._group(group)
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

    def _group(self, group: Group) -> tuple[Span, ...]:
        if group not in self._spans:
            here = (
                (word for word in group.begins if word in self.here)
                if len(group.begins) < len(self.here)
                else (word for word in self.here if word in group.by_first)
            )
            sequences = dict.fromkeys(s for word in here for s in group.by_first[word])
            spans = (span for sequence in sequences for span in self._sequence(sequence))
            self._spans[group] = tuple(dict.fromkeys(spans))
        return self._spans[group]

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
                follows = bool(at) and at[-1] + 1 in sets[n]
                # "he has fits. the dog ...": what begins the next clause follows nothing.
                if not follows or clause[at[-1] + 1] != clause[at[0]]:
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
