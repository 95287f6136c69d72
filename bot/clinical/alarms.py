"""Danger words in free text: which signs a text states, which it only speaks of, and what a negation takes back.

The words are in the packs; all packs are always tried, because people mix languages. Rather a false alarm than a miss:
a negation counts only where nothing but small words stands between it and the sign ("no sign of fever"), and a phrase
that holds its own negation ("cannot breathe") is not taken back by another. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import locales
from bot.clinical.danger_signs import all_signs
from bot.clinical.matching import Lexicon, Matcher, Span, Typed, read
from bot.clinical.phrases import Phrase, Word, parse
from bot.clinical.spelling import forms as forms_of
from bot.clinical.spelling import plain, squeezed

__all__ = ["Heard", "hear", "language_of"]

# Signs of the very young: not heard of somebody who is known to be older.
_OF_BABIES = ("D21", "D22", "D23", "D24")
# How far back an "or" of a list carries its negation: "no fever, cough or fits".
_OR_REACH = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says of danger. stated: ids of signs, most pressing first. hinted: signs to ask about, not stated.

    harm: 'die' where the person wants to die or hurts themself, 'hurt' where somebody hurts them, else ''. other: a danger
    that is no sign of the table.
    """

    stated: tuple[str, ...] = ()
    hinted: tuple[str, ...] = ()
    harm: str = ""
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.stated or self.hinted or self.harm or self.other)


def hear(text: str, age: str = "") -> Heard:
    """What of danger a text states. age: the age group, '' where not told."""
    typed = read(text)
    if not typed.words:
        return Heard()
    listening = _Listening(typed)
    names = listening.lists()
    found = {name.removeprefix("words.sign_") for name in names if name.startswith("words.sign_")}
    harm = "die" if "d45_die" in found else "hurt" if "d45_hurt" in found else ""
    young = age in ("", "infant")
    signs = sorted((s for s in all_signs() if s.id != "D45"), key=lambda s: s.urgency.rank)
    stated = tuple(s.id for s in signs if s.id.lower() in found and (young or s.id not in _OF_BABIES))
    hints = {name.removeprefix("words.hint_") for name in names if name.startswith("words.hint_")}
    hinted = tuple(s.id for s in signs if s.id.lower() in hints and s.id not in stated)
    if age == "infant" and listening.states_part("fever") and "D21" not in stated:
        stated = ("D21", *stated)
    return Heard(stated, hinted, harm, "other" in hints)


def language_of(text: str) -> str:
    """The pack that knows most of the words of a text, '' where two know as many."""
    words = read(text).words
    counts = sorted(
        (sum(not _vocabulary(code).isdisjoint(forms_of(w)) for w in words), code) for code in _codes()
    )
    return counts[-1][1] if len(counts) < 2 or counts[-1][0] > counts[-2][0] else ""


class _Listening:
    """One text, and what is denied in it."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed
        self._matcher = Matcher(self._typed, _lexicon())
        idle = {n for part in _alone("idle").parts for span in self._matcher.spans(part) for n in span.at}
        self._negation = self._all("negation") - idle
        self._denying = self._all("negation") | self._all("unable")
        self._light = self._all("light")
        self._or = self._all("or")
        self._someone = self._all("someone")
        answers = {squeezed(w) for code in locales.languages() for w in locales.words("words.no", code)}
        self._answers = {n for n, w in enumerate(self._typed.words) if squeezed(w) in answers}

    def _all(self, name: str) -> frozenset[int]:
        return self._matcher.places(_single_words(name))

    def lists(self) -> tuple[str, ...]:
        """Ids of the lists of which a phrase is stated."""
        beginning = _by_beginning()
        found: set[str] = set()
        for word in self._matcher.here:
            for name, phrase in beginning.get(word, ()):
                if name not in found and self.states(phrase):
                    found.add(name)
        return tuple(name for name in _phrases() if name in found)

    def states(self, phrase: Phrase) -> bool:
        """True where every part of the phrase is in the text and not denied."""
        if not self._matcher.may_hold(phrase):
            return False
        return all(any(not self._denied(span) for span in self._matcher.spans(part)) for part in phrase.parts)

    def states_part(self, name: str) -> bool:
        """True where a list of parts is stated by itself."""
        return self.states(_alone(name))

    def _denied(self, span: Span) -> bool:
        inside = range(span.first, span.last)
        if any(n in self._negation and n not in span.at and not self._is_answer(n) for n in inside):
            return True
        if span.first in self._denying:
            return False
        return self._before(span.first) or self._after(span.last)

    def _is_answer(self, n: int) -> bool:
        """A 'no' that answers a question and denies nothing: 'no he is confused'."""
        return n in self._answers and n + 1 in self._someone

    def _before(self, first: int) -> bool:
        clause = self._typed.clause
        n = first - 1
        while n >= 0 and clause[n] == clause[first]:
            if n in self._negation:
                return not self._is_answer(n)
            if n in self._or:
                reach = range(max(0, n - _OR_REACH), n)
                return any(m in self._negation and clause[m] == clause[first] for m in reach)
            if n not in self._light:
                return False
            n -= 1
        return False

    def _after(self, last: int) -> bool:
        """'fever: no', 'homa hana': a negation that ends the clause, or is alone after a question mark."""
        clause = self._typed.clause
        n = last + 1
        if n < len(clause) and n in self._negation:
            end = n + 1 == len(clause) or clause[n + 1] != clause[n]
            same = clause[n] == clause[last]
            return end and (same or clause[last] in self._typed.asked)
        return False


def _codes() -> tuple[str, ...]:
    return locales.languages()


@cache
def _part(name: str) -> tuple[str, ...]:
    """The phrases of a list of parts, of every pack."""
    listed = [p for code in _codes() for p in locales.phrases(f"words.part_{name}", code)]
    return tuple(dict.fromkeys(p for p in listed if not p.endswith("-")))


@cache
def _single_words(name: str) -> frozenset[Word]:
    """The words of a list of parts whose phrases are single words."""
    sequences = [s for group in _alone(name).parts[0] for s in group]
    return frozenset(w for sequence in sequences if len(sequence) == 1 for w in sequence[0].words)


@cache
def _denied_forms() -> tuple[str, ...]:
    """Prefixes by which a verb says that it is not so ('ha-', 'si-')."""
    listed = [p for code in _codes() for p in locales.phrases("words.part_negation", code)]
    return tuple(dict.fromkeys(plain(p.rstrip("-")) for p in listed if p.endswith("-")))


def _denied_form(word: str, stem: str) -> bool:
    return len(word) > len(stem) and word.startswith(_denied_forms())


@cache
def _phrases() -> dict[str, tuple[Phrase, ...]]:
    """Every list of phrases by its id, of all packs."""
    names = [n for n in locales.library().template if n.startswith(("words.sign_", "words.hint_"))]
    found = {}
    for name in names:
        listed = dict.fromkeys(p for code in _codes() for p in locales.phrases(name, code))
        found[name] = tuple(parse(p, _part) for p in listed)
    return found


@cache
def _by_beginning() -> dict[Word, list[tuple[str, Phrase]]]:
    """Each phrase, with its list, under the words of which one must be there: a text has few of the phrases' thousands."""
    found: dict[Word, list[tuple[str, Phrase]]] = {}
    for name, phrases in _phrases().items():
        for phrase in phrases:
            for word in min(phrase.begins, key=len):
                found.setdefault(word, []).append((name, phrase))
    return found


@cache
def _alone(name: str) -> Phrase:
    return parse(f"@{name}", _part)


@cache
def _lexicon() -> Lexicon:
    parts = [_alone(name) for name in ("negation", "idle", "unable", "light", "or", "someone", "fever")]
    return Lexicon((*parts, *(p for phrases in _phrases().values() for p in phrases)), _known(), _denied_form)


@cache
def _known() -> frozenset[str]:
    """Words that are what they are: those of all sentences and lists of the packs."""
    return frozenset().union(*(_vocabulary(code) for code in _codes()))


@cache
def _vocabulary(code: str) -> frozenset[str]:
    words: set[str] = set()
    for entry in locales.library().template.values():
        for sentence in locales.library().translations(code).of(entry):
            for word in plain(_bare(sentence)).split():
                words.update(forms_of(word))
    return frozenset(words)


def _bare(sentence: str) -> str:
    return " ".join(_tokens(sentence))


def _tokens(sentence: str) -> Iterator[str]:
    """Words of a sentence or list, without stems that stand for many words."""
    for piece in sentence.replace("|", " ").replace("_", " ").replace("/", " ").replace(".", " ").split():
        if "*" not in piece and not piece.startswith(("@", "{")):
            yield piece
