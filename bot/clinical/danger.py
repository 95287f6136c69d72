"""The combining rules of danger signs: answers in, urgency and next question out.

Facts: clinical.md section 1, "Rules for combining" 1 to 7 (Design, except where they name a source).
Pure and without a model: it works with the graphics card down and the broker gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.clinical.danger_signs import GROUPS, DangerSign, signs_for
from bot.messages import Urgency, worst

__all__ = ["Answer", "Assessment", "Next", "assess", "raised"]

Answer = Literal["yes", "no", "unknown"]

# Rule 4: what makes a reached urgency one step more pressing. Only age is asked so far; issue 4 asks the others.
# Sources: NHS cellulitis for immunity, diabetes, young child, elderly [S7]; pregnancy S17, S20, S21; malnutrition memory.
MODIFIERS = frozenset(
    {
        "infant",
        "older",
        "pregnant",
        "weak_immunity",
        "cancer_treatment",
        "steroids",
        "diabetes",
        "frail",
        "malnutrition",
    }
)


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be asked next.

    kind: 'group' the grouped message number `group`; 'sign' one sign of an opened group; 'again' the same sign once
    more after "don't know"; 'also' the second question of a sign.
    """

    kind: Literal["group", "sign", "again", "also"]
    group: int
    sign: DangerSign | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the answers so far mean.

    urgency: None while no sign was found. found: ids of the signs that gave `urgency` now. next: None when everything was
    asked, and at once where the urgency is now (rule 1: stop).
    """

    urgency: Urgency | None
    found: tuple[DangerSign, ...]
    next: Next | None


def raised(urgency: Urgency | None, modifiers: frozenset[str]) -> Urgency | None:
    """One step more pressing where a modifier holds (rule 4); what was not reached is not raised."""
    if urgency is None or not modifiers & MODIFIERS:
        return urgency
    return list(Urgency)[max(0, urgency.rank - 1)]


def assess(age: str, answers: Mapping[str, str], modifiers: frozenset[str] = frozenset()) -> Assessment:
    """What the answers mean, and what to ask next.

    age: an age group of `danger_signs.AGES`, '' where not told. answers: 'group1' -> 'none', 'yes' or 'unknown';
    'D04' -> 'yes', 'no', 'unknown' (the first answer); 'D04.again' the answer to the same question asked once more;
    'D18.also' the answer to the second question of a sign. Answers to what is not asked at this age count nothing.
    modifiers: names of `MODIFIERS` beside what the age says.
    """
    infant = age == "infant"
    modifiers = modifiers | ({age} & MODIFIERS)
    reached: Urgency | None = None
    found: list[DangerSign] = []
    following: Next | None = None
    for group in GROUPS:
        said = answers.get(f"group{group}")
        if said is None:
            following = following or Next("group", group)
        if said not in ("yes", "unknown"):
            continue
        outcomes = [_sign(s, answers, infant) for s in signs_for(age) if s.group == group]
        for outcome in outcomes:
            if outcome.ask is not None:
                following = following or Next(outcome.ask, group, outcome.sign)
            # Rule 3's `today` is a way to be seen, not a sign that was found: modifiers do not raise it.
            urgency = raised(outcome.urgency, modifiers) if outcome.certain else outcome.urgency
            reached = worst(reached, urgency)
            if urgency is Urgency.NOW:
                found.append(outcome.sign)
        told = all(o.ask is None for o in outcomes)
        if said == "yes" and told and not any(o.urgency for o in outcomes):
            # "Yes, one of them", then no to each: nobody knows, so it counts as "don't know" (rules 2 and 3).
            reached = worst(reached, Urgency.NOW if infant else Urgency.TODAY)
    return Assessment(reached, tuple(found), None if reached is Urgency.NOW else following)


@dataclass(frozen=True, slots=True)
class _Outcome:
    sign: DangerSign
    urgency: Urgency | None = None
    certain: bool = True
    ask: Literal["sign", "again", "also"] | None = None


def _sign(one: DangerSign, answers: Mapping[str, str], infant: bool) -> _Outcome:
    """What one sign of an opened group gives, or what must still be asked of it."""
    said = answers.get(one.id)
    if said is None:
        return _Outcome(one, ask="sign")
    if said == "unknown":
        if infant and one.urgency is Urgency.NOW:
            return _Outcome(one, Urgency.NOW)
        said = answers.get(f"{one.id}.again")
        if said is None:
            return _Outcome(one, ask="again")
        if said == "unknown":
            return _Outcome(one, Urgency.TODAY, certain=False)
    if said != "yes":
        return _Outcome(one)
    if one.also is None:
        return _Outcome(one, one.urgency)
    also = answers.get(f"{one.id}.also")
    if also is None:
        return _Outcome(one, ask="also")
    return _Outcome(one, one.alone if also == "no" else one.urgency)
