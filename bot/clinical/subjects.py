"""Who did it: whether what strikes, burns or hurts somebody in a text is a thing, an animal or a part of the body. Pure.

"My shoe hurts me" and "the sun burned me" are what a skin chat is full of; "my husband burned me" is a hand-over. A thing counts
only as the subject: next before the verb, or behind it as "by bees", "el sol". Named with "with" it is what somebody used, and a
person who is named before it, or right behind the verb, did it.
"""

from __future__ import annotations

from bot.clinical import listed, tongues
from bot.clinical.matching import Matcher, Span
from bot.clinical.phrases import Word
from bot.clinical.scripts import script_of
from bot.clinical.spelling import plain, squeezed

__all__ = ["Subjects"]

# So many words may stand between a thing and its verb: "the soap really burns", "गाय ने मुझे लात"; between the verb and who did it.
_BEFORE, _BEHIND = 2, 2
# Parts of the body and what is wrong with them: they hurt somebody, and are what somebody is hit on and gets of it.
_OF_BODY = (
    "foot",
    "digit",
    "mouth",
    "limb",
    "torso",
    "neck",
    "eye",
    "skin",
    "sore",
    "spots",
    "blisters",
    "pain",
)
_WITH = "words.part_with"


class Subjects:
    """What does what in one text. told: the packs that it is said in (`tongues.spoken`)."""

    def __init__(self, matcher: Matcher, told: tuple[str, ...]) -> None:
        self._matcher = matcher
        self._told = told
        self._clause = matcher.typed.clause
        self._strikes = self._single("strikes")
        if self._strikes:
            self._aches = self._single("aches")
            self._people = self._single("hurter", exactly=True)
            self._with = self._single("with")
            self._by = self._single("by")
            self._used = tuple(
                plain(p.rstrip("-")) for code in told for p in listed.own(_WITH, code) if "-" in p
            )
            # "Sun" is they in Hausa: what takes back is read in one language alone.
            alone = tongues.language_of(matcher.typed.words, told)
            self._in = (alone,) if alone else told
            self._things = self._named("thing") - self._people
            body = (self._named(name) for name in _OF_BODY)
            self._body = frozenset[int]().union(*body) - self._people

    def only_things(self) -> bool:
        """True where something strikes, burns or hurts in the text, and nothing but things do."""
        return bool(self._strikes) and all(self.is_thing(Span((n,))) for n in self._strikes)

    def is_thing(self, span: Span) -> bool:
        """True where what is said at these places was done by a thing."""
        verb = next((n for n in span.at if n in self._strikes), None)
        if verb is None:
            return False
        # "inaniuma": of some languages the verb tells it by itself.
        if verb in self._things:
            return True
        clause = self._clause[verb]
        start = next(n for n, c in enumerate(self._clause) if c == clause)
        behind = range(span.last + 1, min(span.last + 1 + _BEHIND, len(self._clause)))
        near = {*range(start, span.last + 1), *(n for n in behind if self._clause[n] == clause)}
        return self._people.isdisjoint(near) and (self._before(verb, start) or self._after(span.last))

    def _before(self, verb: int, start: int) -> bool:
        between = 0
        for n in range(verb - 1, start - 1, -1):
            if n in self._things or (n in self._body and verb in self._aches):
                return not self._instrument(n, start)
            between += n not in self._strikes
            if between > _BEFORE:
                break
        return False

    def _instrument(self, n: int, start: int) -> bool:
        """'with his shoe', 'जूते से', 'በጫማ', 'በሙቅ ውሃ': what somebody used."""
        for m in range(max(start, n - 1), n + 1):
            word = squeezed(self._matcher.typed.words[m])
            if word.startswith(self._used) and not self._bare(m, word):
                return True
        return n + 1 in self._with or not self._with.isdisjoint(range(max(start, n - 2), n))

    def _bare(self, n: int, word: str) -> bool:
        """True where a word begins as a thing does, with nothing written before it."""
        things = (listed.single_of(name, self._in) for name in ("thing", *_OF_BODY))
        return any(word.startswith(w.stem) for w in self._exact(n).intersection(frozenset().union(*things)))

    def _after(self, last: int) -> bool:
        n = last + 1
        while n in self._by and n <= last + _BEHIND and self._clause[n] == self._clause[last]:
            n += 1
        if n not in self._things or self._clause[n] != self._clause[last] or self._instrument(n, n):
            return False
        # An Arabic verb stands before who did it.
        return n > last + 1 or script_of(self._matcher.typed.words[n]) == "ARABIC"

    def _single(self, name: str, *, exactly: bool = False) -> frozenset[int]:
        words = listed.single_of(name, self._told)
        places = self._matcher.places(words)
        return frozenset(n for n in places if not (exactly and words.isdisjoint(self._exact(n))))

    def _named(self, name: str) -> frozenset[int]:
        """Where words of a list stand as they are written: what is misspelt must not take a disclosure back."""
        places: set[int] = set()
        for phrase in listed.phrases_of(name, self._in):
            if self._matcher.may_hold(phrase):
                spans = (span for part in phrase.parts for span in self._matcher.spans(part))
                places.update(n for span in spans if all(self._exact(m) for m in span.at) for n in span.at)
        return frozenset(places)

    def _exact(self, n: int) -> frozenset[Word]:
        return tongues.exactly(self._matcher.typed.words[n], self._told)
