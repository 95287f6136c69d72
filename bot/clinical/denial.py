"""What a text denies: how far a negation reaches, and what takes it back. Rather a false alarm than a miss. Pure.

A negation counts only where nothing but small words stands between it and the sign ("no sign of fever"); in languages that put it
behind ("बुखार नहीं है"), directly behind. A phrase that holds its own negation ("cannot breathe") is not denied by another. A
part of the body that is said to be well ("the face is fine") is no part of a sign, and a general question ("is a snake bite
dangerous?") states nothing. An old story, a supposition and what happens to runners denies nothing, but is asked about.
"""

from __future__ import annotations

import locales
from bot.clinical import listed, tongues
from bot.clinical.matching import NEAR, Matcher, Span
from bot.clinical.spelling import squeezed

__all__ = ["Denial"]

# How far back an "or" of a list carries its negation: "no fever, cough or fits".
_OR_REACH = 5
# So many words an item of a list may have: "no fever, trouble breathing or fits".
_ITEM = 4
# So many words a verb has behind its negation: "नहीं बह रहा".
_VERB = 2
# What a denied list begins with is itself a sign: "no fever, cough or fits". "No energy, fits or shaking" tells of fits.
_SYMPTOMS = (
    *("fever", "vomit", "swollen", "pain", "bleed", "fits", "faint", "confused", "blisters", "hot", "stiff"),
    *("sore", "spots", "bit", "burn", "breathe", "blue", "peels"),
)
# Parts of the body and what is measured of it: of these "normal" says that the sign is not there.
_OF_BODY = ("mouth", "digit", "foot", "private", "limb", "torso", "skin")


class Denial:
    """What is denied in one text."""

    def __init__(self, matcher: Matcher, codes: tuple[str, ...], told: tuple[str, ...]) -> None:
        """codes: the packs tried. told: those that it is said in (`tongues.spoken`): their words deny nothing of another."""
        self._matcher = matcher
        self._told = told
        self._known = {n for n, w in enumerate(matcher.typed.words) if tongues.known(w, told)}
        self._clause = matcher.typed.clause
        self._asked = matcher.typed.asked
        self._listed = matcher.typed.listed
        idle = {n for part in listed.alone("idle").parts for span in matcher.spans(part) for n in span.at}
        said = self._all("negation") | self._all("behind")
        self._behind = self._all("behind") - idle
        self._negation = said - self._behind - idle
        # Some stand on either side: "jamais de fièvre", "de fièvre jamais".
        self._before = self._negation | (self._all("negation") - idle)
        self._denying = said | self._all("unable")
        self._light = self._all("light")
        # Of somebody who wants to die more stands between: "i do not think about it".
        self._meaning = self._light | self._all("meaning")
        self._or = self._all("or")
        self._someone = self._all("someone")
        # "عالية" is high and no misspelling of "عادية": what takes back must be typed as it is.
        fine = listed.single("fine")
        words = enumerate(matcher.typed.words)
        self._fine = self._all("fine") & {
            n for n, w in words if not fine.isdisjoint(tongues.exactly(w, codes))
        }
        self._body = frozenset[int]().union(*(self._all(name) for name in _OF_BODY))
        fever = (span for part in listed.alone("fever").parts for span in matcher.spans(part))
        self._fever = {n for span in fever for n in span.at}
        self._openers = [span for part in listed.alone("general").parts for span in matcher.spans(part)]
        # Places of an old story or a supposition, and of what says that it is so now.
        self._doubtful = {
            n for part in listed.alone("doubt").parts for span in matcher.spans(part) for n in span.at
        }
        self._present = self._all("present") - self._doubtful
        self._dangerous = [s for part in listed.alone("dangerous").parts for s in matcher.spans(part)]
        self._span_of: dict[int, range] = {}
        for n, clause in enumerate(self._clause):
            begun = self._span_of.get(clause)
            self._span_of[clause] = range(begun.start if begun else n, n + 1)
        self._present = frozenset(n for n in self._present if not self._over(n))
        self._lists: dict[int, bool] = {}
        self._signs: frozenset[int] | None = None
        answers = {squeezed(w) for code in codes for w in locales.words("words.no", code)}
        self._answers = {n for n, w in enumerate(matcher.typed.words) if squeezed(w) in answers}

    def _all(self, name: str) -> frozenset[int]:
        ours = self._matcher.places(listed.single_of(name, self._told))
        return ours | (self._matcher.places(listed.single(name)) - self._known)

    def denies(self, span: Span, *, in_list: bool = True) -> bool:
        """True where the text says that what stands at these places is not so.

        in_list: a "no" before an earlier item of a list counts too. Not of somebody who wants to die or is hurt: there a list
        is rather a heap of troubles.
        """
        inside = range(span.first, span.last)
        if any(n in self._negation and n not in span.at and not self._is_answer(n) for n in inside):
            return True
        if self._general(span.first) or self._before_last(span):
            return True
        light = self._light if in_list else self._meaning
        named = self._named(span, light, in_list=in_list)
        return not self.own(span) and (named or self._after(span.last, light) or self._well(span))

    def own(self, span: Span) -> bool:
        """True where the words hold their own negation ('cannot breathe')."""
        return span.first in self._denying or any(n in self._behind or n in self._negation for n in span.at)

    def anywhere(self) -> bool:
        """True where the text holds any negation, general question or question mark, or a thing that has gone, whatever it is."""
        gone = self._matcher.may_hold(listed.alone("gone")) and any(
            True for part in listed.alone("gone").parts for _ in self._matcher.spans(part)
        )
        return gone or bool(self._negation or self._behind or self._openers or self._asked or self._doubtful)

    def hedges(self) -> bool:
        """As `anywhere`, but for what begins a general question in the midst of a clause: "it is a burn"."""
        opens = any(span.first == self._start(self._clause[span.first]) for span in self._openers)
        return bool(self._negation or self._behind or self._asked or self._doubtful) or opens

    def doubts(self, span: Span, *, of_bite: bool = False) -> bool:
        """True where the words are of an old story or only supposed: "ten years ago", "i read that", "if he gets fits".

        The doubt stands near in the same clause with nobody named between ("he cannot breathe, as he had it as a child" tells of
        now), or is all of the next clause: "my neighbour is swollen, not me". Whatever is said to be so now leaves no doubt.
        of_bite: the words are of a bite, of which people ask whether it is dangerous.
        """
        clause = self._clause[span.first]
        if of_bite and self._wonders(clause):
            return True
        if not self._doubtful or self._present:
            return False
        for n in self._doubtful.intersection(self._words(clause)) - {*span.at}:
            between = range(n + 1, span.first) if n < span.first else range(span.last + 1, n)
            said = {*between} - self._doubtful
            if len(said) <= NEAR and self._someone.isdisjoint(said):
                return True
        behind = {*self._words(clause + 1)}
        more = behind - self._doubtful
        return more != behind and more <= self._light | self._or and self._someone.isdisjoint(more)

    def _wonders(self, clause: int) -> bool:
        """'snake bites are dangerous?': a clause asks of a bite as a thing, and names nobody and no part of a body.

        Never of a verb: in "hapumui ni hatari?" it holds who does not breathe, and nobody else is named.
        """
        inside = self._words(clause)
        asked = clause in self._asked and any(s.first in inside for s in self._dangerous)
        return asked and (self._someone | self._body).isdisjoint(inside)

    def _over(self, n: int) -> bool:
        """'blisters three years ago, now nothing': a "now" with nothing but a "no" behind it in its clause."""
        behind = [m for m in self._words(self._clause[n]) if m > n]
        no = self._negation | self._behind
        return any(m in no for m in behind) and all(m in no or m in self._light for m in behind)

    def around(self, span: Span) -> bool:
        """True where a negation denies all of the words, from before or behind."""
        return not self.own(span) and (self._named(span, self._light) or self._after(span.last, self._light))

    def _named(self, span: Span, light: frozenset[int], *, in_list: bool = True) -> bool:
        """True where a negation stands before the words, with nothing but small words between."""
        n = span.first - 1
        while n >= 0 and self._clause[n] == self._clause[span.first]:
            if n in self._before:
                return not self._is_answer(n)
            if n in self._or:
                return self._carried(n) or (in_list and self._in_list(span.first))
            if n not in light or n in self._behind:
                return False
            n -= 1
        return in_list and n + 1 == self._start(self._clause[span.first]) and self._in_list(span.first)

    def _carried(self, n: int) -> bool:
        """True where the "or" at n carries a negation on: "no fever or cough or fits"."""
        for m in range(n - 1, max(-1, n - _OR_REACH - 1), -1):
            if self._clause[m] != self._clause[n]:
                return False
            if m in self._negation:
                return True
            if m in self._or:
                return self._carried(m)
        return False

    def _in_list(self, n: int) -> bool:
        """True where a word stands in a list behind a negation: "no fever, vomiting or fits".

        Only an "or" in its last item tells it from "no fever, fits since morning", and only a sign behind the "no" from "no
        energy, fits or shaking"; who is named, and every other verb that denies, ends it.
        """
        clause = self._clause[n]
        if clause not in self._lists:
            first, last, denied = self._list_of(clause)
            # What is so of one item is so of all behind the first.
            self._lists |= dict.fromkeys((clause, *range(first + 1, last + 1)), denied)
        return self._lists[clause]

    def _list_of(self, clause: int) -> tuple[int, int, bool]:
        """The first and the last clause of a list, and whether what stands behind its first item is denied by it."""
        last = clause
        while last in self._listed and self._item(last):
            last += 1
        first = clause - 1
        if not self._item(last) or self._or.isdisjoint(self._words(last)):
            return first, last, False
        while first in self._listed and self._item(first):
            first -= 1
        inside = self._words(first) if first in self._listed else range(0)
        begun = [m for m in inside if m in self._negation and not self._is_answer(m)]
        if not begun or inside[-1] - begun[-1] > _ITEM:
            return first, last, False
        denied = not self._symptoms().isdisjoint(range(begun[-1] + 1, inside[-1] + 1))
        return first, last, denied

    def _symptoms(self) -> frozenset[int]:
        """The places of words that are a sign of something by themselves."""
        if self._signs is None:
            parts = (part for name in _SYMPTOMS for part in listed.alone(name).parts)
            self._signs = frozenset(
                n for part in parts for span in self._matcher.spans(part) for n in span.at
            )
        return self._signs

    def _item(self, clause: int) -> bool:
        """True where a clause is no more than an item of a list, or two with "or" between."""
        inside = self._words(clause)
        most = _ITEM if self._or.isdisjoint(inside) else 2 * _ITEM
        return 0 < len(inside) <= most and (self._denying - self._or | self._someone).isdisjoint(inside)

    def _words(self, clause: int) -> range:
        """The places of the words of a clause."""
        return self._span_of.get(clause, range(0))

    def _start(self, clause: int) -> int:
        return self._words(clause).start

    def _before_last(self, span: Span) -> bool:
        """'होंठ नहीं सूजे', 'खून नहीं बह रहा': a negation that stands behind what it denies still stands before the verb."""
        for n in range(span.last - 1, max(span.first, span.last - 1 - _VERB), -1):
            if n not in span.at:
                return n in self._behind
        return False

    def _is_answer(self, n: int) -> bool:
        """A 'no' that answers a question and denies nothing: 'no he is confused'."""
        return n in self._answers and n + 1 in self._someone

    def _after(self, last: int, light: frozenset[int]) -> bool:
        """'fever: no', 'homa hana': a negation that ends the clause, or is alone after a question mark; 'बुखार नहीं है'."""
        n = last + 1
        same = n < len(self._clause) and self._clause[n] == self._clause[last]
        if n in self._negation:
            end = n + 1 == len(self._clause) or self._clause[n + 1] != self._clause[n]
            return end and (same or self._clause[last] in self._asked)
        while n in light and n not in self._behind and n < len(self._clause) and self._same(n, last):
            n += 1
        return n in self._behind and (self._same(n, last) or self._clause[last] in self._asked)

    def _well(self, span: Span) -> bool:
        """'the face is fine', 'normal temperature'."""
        of = self._body | self._fever
        if span.first in of and span.first - 1 in self._fine and self._same(span.first - 1, span.first):
            return span.first - 2 not in self._denying
        n = span.last + 1
        while n in self._light and self._same(n, span.last):
            n += 1
        return span.last in of and n in self._fine and self._same(n, span.last)

    def _general(self, first: int) -> bool:
        """'is a snake bite dangerous?': a general question opens the clause, and nobody is named before the sign."""
        start = self._start(self._clause[first])
        ends = (opener.last for opener in self._openers if opener.first == start and opener.last < first)
        return any(self._someone.isdisjoint(range(end, first)) for end in ends)

    def _same(self, n: int, other: int) -> bool:
        return 0 <= n < len(self._clause) and self._clause[n] == self._clause[other]
