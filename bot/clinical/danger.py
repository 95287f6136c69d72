"""The combining rules of danger signs: answers in, urgency and next question out.

Facts: clinical.md section 1, "Rules for combining" 1 to 7 (Design, except where they name a source).
Pure and without a model: it works with the graphics card down and the broker gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.clinical import modifiers as health
from bot.clinical.danger_signs import FIT_GROUP, GROUPS, DangerSign, all_signs, fitting, kind_of, signs_for
from bot.messages import Urgency, worst

__all__ = ["Answer", "Assessment", "Next", "assess", "group_signs", "open_signs"]

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be asked next.

    kind: 'group' the grouped message number `group`; 'sign' one sign of an opened group, or one that free text spoke of
    (group 0); 'again' the same sign once more after "don't know", where its group was not answered so already; 'also' the second
    question of a sign.
    """

    kind: Literal["group", "sign", "again", "also"]
    group: int
    sign: DangerSign | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the answers so far mean.

    urgency: None while no sign was found. found: the signs that gave `now`. next: None when everything was asked that can be
    asked yet, and at once where the urgency is now (rule 1: stop).
    """

    urgency: Urgency | None
    found: tuple[DangerSign, ...]
    next: Next | None


def assess(
    age: str,
    answers: Mapping[str, str],
    modifiers: frozenset[str] = frozenset(),
    open_again: frozenset[str] = frozenset(),
    *,
    known: bool = True,
) -> Assessment:
    """What the answers mean, and what to ask next.

    age: an age group of `danger_signs.AGES`, '' where not told. answers: 'group1' -> 'none', 'yes' or 'unknown';
    'D04' -> 'yes', 'no', 'unknown' (the first answer); 'D04.again' the answer to the same question asked once more;
    'D18.also' the answer to the second question of a sign; 'D04.own' -> 'yes' where the person's own words stated it,
    'ask' where they spoke of it; 'health', 'shape', 'wound_kind' and 'site' as asked. A yes counts, asked or not.
    modifiers: keys of modifiers beside what age and health say.  open_again: signs of which the question stands open for a
    second time, as it was asked inside an unsure group until 2026-11-26: its answer is waited for.  known: a sign that asks
    about a modifier is a yes where that holds (`DangerSign.known`).
    """
    infant = age == "infant"
    modifiers = modifiers | health.held(age, answers.get("health", ""))
    unsure = {
        s.id
        for group in GROUPS
        if answers.get(f"group{group}") == "unknown"
        for s in group_signs(age, group, answers)
    } - open_again
    kind = kind_of(answers)
    outcomes = {
        # A burned baby: what its question asks about is known already.
        s.id: _Outcome(s, s.urgency)
        if known and s.known & modifiers and kind in s.kinds
        else _sign(s, answers, infant, twice=s.id in unsure)
        for s in all_signs()
    }
    reached: Urgency | None = None
    found: list[DangerSign] = []
    for outcome in outcomes.values():
        urgency = outcome.urgency
        if urgency is not None and outcome.certain:
            # Rule 3's `today` is a way to be seen, not a sign that was found: modifiers do not raise it.
            if any(outcomes[other].found for other in outcome.sign.now_with):
                urgency = Urgency.NOW
            # A modifier that the sign itself speaks of was counted already.
            urgency = health.raised(urgency, modifiers - outcome.sign.counts)
        reached = worst(reached, urgency)
        if urgency is Urgency.NOW:
            found.append(outcome.sign)
    sure = worst(*(o.urgency for o in outcomes.values() if o.certain))
    opened = {
        s.id
        for group in GROUPS
        if answers.get(f"group{group}") in ("yes", "unknown")
        for s in group_signs(age, group, answers)
    }
    # "Don't know" to a sign that the rules asked by itself is repeated like any other (rule 3).
    alone = {
        o.sign.id
        for o in outcomes.values()
        if o.ask == "again" and o.sign.id not in opened and _could_raise(o.sign, reached, sure)
    }
    following = next(
        (
            _ask(o, 0)
            for o in outcomes.values()
            if o.ask and (_spoken_of(o.sign, answers) or o.sign.id in alone)
        ),
        None,
    )
    for group in GROUPS:
        inside = [outcomes[s.id] for s in group_signs(age, group, answers)]
        said = answers.get(f"group{group}")
        if said is None and any(_open(o, answers) for o in inside):
            following = following or Next("group", group)
        if said not in ("yes", "unknown") or not inside:
            continue
        # "Yes, one of them" is worth a day by itself: short of that each is asked.
        whole = said == "yes" and reached is not Urgency.TODAY
        likely = sorted(inside, key=lambda o: (o.sign.urgency.rank, not o.sign.often))
        open_ones = (o for o in likely if o.ask and (whole or _could_raise(o.sign, reached, sure)))
        following = following or next((_ask(o, group) for o in open_ones), None)
        if said == "yes" and all(o.denied for o in inside):
            # "Yes, one of them", then no to each: nobody knows, so it counts as "don't know" (rules 2 and 3).
            reached = worst(reached, Urgency.NOW if infant else Urgency.TODAY)
    following = following or next(
        (
            _ask(o, 0)
            for o in outcomes.values()
            if o.ask == "sign"
            and _follows(o.sign, age, answers, outcomes)
            and _could_raise(o.sign, reached, sure)
        ),
        None,
    )
    return Assessment(reached, tuple(found), None if reached is Urgency.NOW else following)


def group_signs(age: str, group: int, answers: Mapping[str, str]) -> tuple[DangerSign, ...]:
    """The signs of a grouped message, in order; () for group 4 while what it must fit is not known.

    A group that is not asked any more has its signs where it was answered; they are then in no other.
    """
    if group != FIT_GROUP:
        return tuple(
            s for s in signs_for(age) if (s.once if f"group{s.once}" in answers else s.group) == group
        )
    kind = kind_of(answers)
    whole = age == "infant" or "site" in answers or kind in ("bite", "burn")
    return fitting(age, kind, answers.get("site", "")) if kind and whole else ()


def open_signs(age: str, group: int, answers: Mapping[str, str]) -> tuple[DangerSign, ...]:
    """The signs that a grouped message asks about: without those that were answered when their words had them asked."""
    outcomes = (_sign(s, answers, age == "infant", twice=False) for s in group_signs(age, group, answers))
    return tuple(o.sign for o in outcomes if _open(o, answers))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """certain: False where "don't know" gave the urgency. denied: the last answer was a plain no."""

    sign: DangerSign
    urgency: Urgency | None = None
    certain: bool = True
    ask: Literal["sign", "again", "also"] | None = None
    denied: bool = False

    @property
    def found(self) -> bool:
        return self.urgency is not None and self.certain


def _follows(one: DangerSign, age: str, answers: Mapping[str, str], outcomes: Mapping[str, _Outcome]) -> bool:
    """True where a sign that had no line in the message of what fits is asked after a yes to another one."""
    # Asked of every sign at every step: what is cheap to know and rarely so comes first.
    if f"group{FIT_GROUP}" not in answers or not any(outcomes[other].found for other in one.after):
        return False
    if age not in one.ages or kind_of(answers) not in (one.fills | one.kinds):
        return False
    lines = group_signs(age, FIT_GROUP, answers)
    return bool(lines) and one not in lines


def _could_raise(one: DangerSign, reached: Urgency | None, sure: Urgency | None) -> bool:
    """True where a yes to a sign could still make the case more pressing, by itself, with another sign or with a modifier.

    reached: so far; sure: so far by signs that were found, before any modifier. Design: inside an opened group a question whose
    answer changes nothing costs a message and a little patience.
    """
    most = Urgency.NOW if one.now_with else one.urgency
    if most is Urgency.NOW:
        return True
    if sure is not None and sure.rank <= most.rank:
        # What raises one of them raises the other.
        return False
    # A modifier raises by one step, and raises no "don't know".
    return reached is None or reached.rank > most.rank - 1


def _ask(outcome: _Outcome, group: int) -> Next:
    assert outcome.ask is not None
    return Next(outcome.ask, group, outcome.sign)


def _open(outcome: _Outcome, answers: Mapping[str, str]) -> bool:
    return outcome.ask is not None or not _spoken_of(outcome.sign, answers)


def _spoken_of(one: DangerSign, answers: Mapping[str, str]) -> bool:
    return answers.get(f"{one.id}.own") == "ask"


def _sign(one: DangerSign, answers: Mapping[str, str], infant: bool, *, twice: bool) -> _Outcome:
    """What one sign gives, or what must still be asked of it once its group is open.

    twice: its group was answered with "don't know": the question by itself is the one repetition of rule 3.
    """
    said = answers.get(one.id)
    last = answers.get(f"{one.id}.again") if said == "unknown" else said
    if answers.get(f"{one.id}.own") == "yes":
        return _Outcome(one, one.urgency, denied=last == "no")
    if said is None:
        return _Outcome(one, ask="sign")
    if said == "unknown":
        if infant and one.urgency is Urgency.NOW:
            return _Outcome(one, Urgency.NOW)
        if last is None and not twice:
            return _Outcome(one, ask="again")
        if last in (None, "unknown"):
            return _Outcome(one, Urgency.TODAY, certain=False)
    if last != "yes":
        return _Outcome(one, denied=last == "no")
    if one.also is None:
        return _Outcome(one, one.urgency)
    also = answers.get(f"{one.id}.also")
    if also is None:
        return _Outcome(one, ask="also")
    return _Outcome(one, one.alone if also == "no" else one.urgency)
