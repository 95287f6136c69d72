"""Danger words in free text: which signs a text states, which it only speaks of, and what a negation takes back.

The words are in the packs; several are tried, because people mix languages (`tongues`). Rather a false alarm than a miss:
what a negation takes back is decided by `denial`. A second listener, that was taught (`ear`), hears what no list holds: what it
is sure of is stated, what it may have heard is asked about. What the lists hear it never takes back. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from bot.clinical import beside, danger_signs, ear, listed, tongues
from bot.clinical.danger_signs import DangerSign, all_signs
from bot.clinical.denial import Denial
from bot.clinical.matching import Matcher, Span, Typed, read
from bot.clinical.phrases import Phrase
from bot.clinical.subjects import Subjects
from bot.messages import Urgency

__all__ = ["Heard", "Reading", "by_urgency", "hear", "joined", "language_of", "reading"]

# Signs of the very young: not heard of somebody who is known to be older.
_OF_BABIES = ("D21", "D22", "D23", "D24")

# Of what the second listener may have heard so many signs are asked about at most.
_MOST_LEARNED = 2
_OF_SIGNS, _OF_HARM = "words.sign_", "words.sign_d45"
_HARM = {"die": "words.sign_d45_die", "hurt": "words.sign_d45_hurt"}

# Lists of parts that are a sign by themselves where the baby is known: nobody need name it again.
_OF_INFANTS = (("fever", "D21"), ("limp", "D24"))

# A toe that is black, cold or numb, and sores in the mouth, the eyes or on private parts: of these `beside` makes less or more.
_ON_DIGITS, _SORES = "words.sign_d31", "words.sign_d18"
# Of these people ask whether they are dangerous: "snake bites are dangerous?".
_BITES = ("words.sign_d25", "words.sign_d26")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says of danger. stated: ids of signs, most pressing first. hinted: signs to ask about, not stated.

    harm: 'die' where the person wants to die or hurts themself, 'hurt' where somebody hurts them, else ''. other: a danger
    that is no sign of the table. also: signs of which the text holds the yes to their second question ("mouth sores and fever").
    """

    stated: tuple[str, ...] = ()
    hinted: tuple[str, ...] = ()
    harm: str = ""
    other: bool = False
    also: frozenset[str] = frozenset()

    @property
    def pressing(self) -> tuple[str, ...]:
        """What is stated and means now: not what does so only with the yes to a second question."""
        rows = (danger_signs.sign(s) for s in self.stated)
        return tuple(r.id for r in rows if r.urgency is Urgency.NOW and (r.also is None or r.id in self.also))

    def __bool__(self) -> bool:
        return bool(self.stated or self.hinted or self.harm or self.other)


@dataclass(frozen=True, slots=True)
class Reading:
    """What each listener makes of a text. heard: the lists alone. denied: signs, 'die' and 'hurt' that it speaks of and denies.

    unsure: a negation, a question or an old story stands anywhere in it. scores: of the second listener, for each sign.
    """

    heard: Heard = field(default_factory=Heard)
    denied: frozenset[str] = frozenset()
    unsure: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)


def hear(text: str, age: str = "", language: str = "") -> Heard:
    """What of danger a text states. age: the age group, '' where not told. language: of the chat, '' where not known."""
    return joined(reading(text, age, language), age)


def reading(text: str, age: str = "", language: str = "") -> Reading:
    """What the lists and the second listener hear in a text, each by itself."""
    typed = read(text)
    if not typed.words:
        return Reading()
    codes = tongues.tongues(typed.words, language)
    listening = _Listening(typed, codes, tongues.spoken(typed.words, language, codes))
    names, doubted, denied = listening.lists()
    found = {name.removeprefix("words.sign_") for name in names if name.startswith("words.sign_")}
    asked = {name.removeprefix("words.sign_") for name in doubted}
    harm = next((kind for kind, name in _HARM.items() if name in names), "")
    young = age in ("", "infant")
    signs = by_urgency()
    stated = tuple(s.id for s in signs if s.id.lower() in found and (young or s.id not in _OF_BABIES))
    hints = {name.removeprefix("words.hint_") for name in names if name.startswith("words.hint_")}
    hinted = tuple(
        s.id
        for s in signs
        if s.id not in stated
        and (s.id.lower() in hints or (s.id.lower() in asked and (young or s.id not in _OF_BABIES)))
    )
    if age == "infant":
        more = (sign for part, sign in _OF_INFANTS if sign not in stated and listening.states_part(part))
        stated = (*more, *stated)
    told = dict.fromkeys(code for code in (language, tongues.language_of(typed.words, codes)) if code)
    # Several answers of ours in one message, "itches, bleeds", are ours too.
    ours = any(
        typed.words in own or all(clause in own for clause in typed.clauses)
        for own in map(listed.own_texts, codes)
    )
    scores = {} if ours else ear.scores(typed, told or ("en",))
    sores = "D18" in stated or scores.get("D18", ear.ASKED) >= ear.STATED
    also = frozenset({"D18"} if sores and listening.sores_with_more() else ())
    return Reading(
        Heard(stated, hinted, harm, "other" in hints, also),
        frozenset(s.id for s in signs if f"words.sign_{s.id.lower()}" in denied)
        | {kind for kind, name in _HARM.items() if name in denied},
        listening.unsure(),
        scores,
    )


def joined(said: Reading, age: str = "") -> Heard:
    """What both listeners make of a text together.

    What the second is sure of is stated, unless anything in the text looks like a denial or a question, which it cannot read, or
    the lists state another sign: it was not taught those of today and this week, and takes "hot and swollen" for its nearest of
    now. Then it is asked about. Only its first choice is stated or handed over. What it may have heard is asked about where the
    lists hear nothing and the sign is not denied.
    """
    heard = said.heard
    stated: list[str] = []
    hinted: list[str] = []
    first = True
    for sign, score in sorted(said.scores.items(), key=lambda scored: (-scored[1], scored[0])):
        if score < ear.ASKED:
            break
        sure = score >= ear.STATED
        certain = first and sure and not (said.unsure or sign in said.denied or said.heard.stated)
        first = False
        if sign in _HARM:
            heard = replace(heard, harm=heard.harm or sign) if certain else heard
        elif sign in heard.stated or (sign in _OF_BABIES and age not in ("", "infant")):
            continue
        elif certain:
            stated.append(sign)
        elif (sure or (sign not in said.denied and not said.heard)) and sign not in heard.hinted:
            hinted.append(sign)
    rank = {s.id: s.urgency.rank for s in by_urgency()}
    return replace(
        heard,
        stated=tuple(sorted((*heard.stated, *stated), key=rank.__getitem__)),
        hinted=(*(s for s in heard.hinted if s not in stated), *hinted[:_MOST_LEARNED]),
    )


@cache
def by_urgency() -> tuple[DangerSign, ...]:
    """The signs that can be heard, the most pressing first."""
    return tuple(sorted((s for s in all_signs() if s.id != "D45"), key=lambda s: s.urgency.rank))


def language_of(text: str) -> str:
    """The pack that knows most of the words of a text, '' where two know as many."""
    return tongues.language_of(read(text).words)


class _Listening:
    """One text, heard with the words of some packs."""

    def __init__(self, typed: Typed, codes: tuple[str, ...], told: tuple[str, ...]) -> None:
        self._codes = codes
        self._matcher = Matcher(typed, lambda word: tongues.reading(word, codes))
        self._denial = Denial(self._matcher, codes, told)
        self._subjects = Subjects(self._matcher, told)
        # Phrases of which a word that they begin with is there, under their list.
        self._fitting: dict[str, dict[Phrase, None]] = {}

    def lists(self) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
        """Ids of the lists of which a phrase is stated, of signs that only an old story states, and of what is denied.

        What is denied: phrases are said, but none is stated.
        """
        fitting = self._fitting
        for code in self._codes:
            beginning = listed.by_beginning(code)
            for word in self._matcher.here & beginning.keys():
                for name, phrase in beginning[word]:
                    if self._matcher.may_hold(phrase):
                        fitting.setdefault(name, {})[phrase] = None
        stated: list[str] = []
        doubted: list[str] = []
        well = beside.well_digits(self._matcher, self._stated_parts)
        denied: list[str] = [_ON_DIGITS] if well else []
        for name in listed.names():
            if name not in fitting:
                continue
            harm = name.startswith(_OF_HARM)
            said, so, sure = self._state(
                tuple(fitting[name]),
                in_list=not harm,
                by_people=name == _HARM["hurt"],
                of_bite=name in _BITES,
            )
            causes = beside.explained(name, self._matcher, self._stated_parts)
            if so and causes and not self._state(tuple(fitting[name]), but=causes)[1]:
                # The second listener does not state it either.
                sure = False
                denied.append(name)
            if name == _ON_DIGITS and so and well:
                so = self._state(tuple(fitting[name]), but=well)[1]
                if not so and not well <= beside.black_moles(self._matcher):
                    doubted.append(name)
            if so and not any(self._without(phrase) for phrase in listed.unless(name)):
                # Who was hurt long ago is handed over too.
                aside = doubted if name.startswith(_OF_SIGNS) and not (sure or harm) else stated
                aside.append(name)
            elif said:
                denied.append(name)
        if _HARM["hurt"] not in {*stated, *denied} and self._subjects.only_things():
            denied.append(_HARM["hurt"])
        return tuple(stated), tuple(doubted), frozenset(denied)

    def unsure(self) -> bool:
        """True where a negation, a question or an old story stands anywhere in the text."""
        return self._denial.anywhere()

    def states_part(self, name: str) -> bool:
        """True where a list of parts is stated by itself."""
        return bool(self._stated_parts(name))

    def sores_with_more(self) -> bool:
        """True where sores in the mouth, the eyes or on private parts are stated with more than them in one place."""
        return beside.sores_with_more(self._places_of(_SORES), self._stated_parts)

    def _places_of(self, name: str) -> frozenset[int]:
        """Where words of the phrases of a list stand, denied or not, of each phrase its first part."""
        parts = (phrase.parts[0] for phrase in self._fitting.get(name, ()))
        return frozenset(n for part in parts for span in self._matcher.spans(part) for n in span.at)

    def _stated_parts(self, name: str) -> tuple[Span, ...]:
        """Where a list of parts stands and is not denied."""
        spans = (span for part in listed.alone(name).parts for span in self._matcher.spans(part))
        return tuple(span for span in dict.fromkeys(spans) if not self._denial.denies(span))

    def _state(
        self,
        phrases: tuple[Phrase, ...],
        *,
        in_list: bool = True,
        by_people: bool = False,
        of_bite: bool = False,
        but: frozenset[int] = frozenset(),
    ) -> tuple[bool, bool, bool]:
        """Whether every part of one of the phrases of a list is in the text, whether one is not denied, and one not doubted.

        by_people: what a thing or an animal does counts as denied. but: clauses that do not count.
        """
        found = [[tuple(self._matcher.spans(part)) for part in phrase.parts] for phrase in phrases]
        spans = dict.fromkeys(span for parts in found for part in parts for span in part)
        if but:
            spans = dict.fromkeys(span for span in spans if self._matcher.typed.clause[span.first] not in but)
        if by_people:
            spans = dict.fromkeys(span for span in spans if not self._subjects.is_thing(span))
        open_ = {span for span in spans if not self._denial.denies(span, in_list=in_list)}
        # What is denied in more words is denied in fewer: "no black skin around the wound".
        wide = [set(span.at) for span in spans if span not in open_ and self._denial.around(span)]
        stated = {
            span for span in open_ if self._denial.own(span) or not any(at.issuperset(span.at) for at in wide)
        }
        certain = {span for span in stated if not self._denial.doubts(span, of_bite=of_bite)}
        said = any(all(parts) for parts in found)
        so, sure = (
            said
            and any(
                all(any(span in spans for span in part) for part in parts) and not self._without(phrase)
                for phrase, parts in zip(phrases, found, strict=True)
            )
            for spans in (stated, certain)
        )
        return said, so, sure

    def _without(self, phrase: Phrase) -> bool:
        return any(True for part in phrase.without for _ in self._matcher.spans(part))
