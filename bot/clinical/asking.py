"""Which question the community rules ask next: the one that would change most, at most four, none that could change nothing.

Pure. From the answers so far each condition has a weight (`bot.clinical.weighing`). Of the questions that are left, the one with
the largest expected drop in entropy over the conditions is asked, each condition weighted by what missing it costs. It ends as
soon as no answer could change what the person is told to do (`bot.clinical.doing`): how soon, what is done at home, who examines
what, whether others can catch it, and whether a programme wants to know. One further question is looked ahead, because some
conditions need two answers together (scabies by its criteria). A sign of danger that fits the look and was not asked in a group
comes before all of these; where one condition is likely, what would make it more pressing is asked next. "Don't know" carries
no information, but the question is not asked again.

Costs, looking ahead and the order are Design; the entropy is the weighted one (each term -w p ln p, Guiasu 1971, remembered),
whose expected drop is never negative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, partial

from bot.clinical import conditions, danger, danger_signs, doing, questions, weighing
from bot.clinical.community import rules
from bot.clinical.weighing import Case, Sheet
from bot.messages import Urgency, worst

__all__ = [
    "KINDS",
    "MOST",
    "MOST_LISTED",
    "asked",
    "following",
    "grouped",
    "owed",
    "told_to_do",
    "worth",
]

MOST = 4
# Symptoms in one list, where several are asked about together. Design: with its other rows a list of ten at most.
MOST_LISTED = 6
# Kinds of problem that the rules ask about; of a single spot they only read what is known.
KINDS = ("rash", "other")
# What missing a condition costs, against missing a harmless one. Design: today, reportable and cancer weigh most.
COST_MOST, COST_WEEK, COST_ROUTINE = 3.0, 2.0, 1.0


def asked(answers: Mapping[str, str]) -> int:
    """How many questions of the rules were answered in this case, with don't know too."""
    return sum(key in answers for key in (questions.LOOK, *questions.questions()))


def following(answers: Mapping[str, str]) -> str:
    """The key of the next question, `questions.LOOK` for what a rash looks like; '' where none is to be asked."""
    case = weighing.case_of(answers)
    left = MOST - asked(answers)
    if case.kind not in KINDS:
        return ""
    if left <= 0:
        return owed(answers)
    if case.kind == "rash" and questions.LOOK not in answers:
        # It tells more than any yes or no: ten ways a rash can look, in one answer.
        return questions.LOOK
    open_ones = _open(case, answers)
    if not open_ones:
        return ""
    if pressing := _of_danger(answers, open_ones):
        return pressing
    sums = weighing.weighed(case)
    table = weighing.sheet(case.kind)
    drops = {key: worth(table, sums, key) for key in open_ones}
    sooner = _makes_sooner(case, sums)
    for key in sorted(open_ones, key=lambda k: (k not in sooner, -drops[k])):
        if _matters(case, sums, key, open_ones if left > 1 else ()):
            return key
    return ""


def owed(answers: Mapping[str, str]) -> str:
    """The key of what is asked even where no question is left, for a condition that the person will be told of; '' for none.

    One that is asked of few: what would send somebody who may lose their sight on the same day.
    """
    case = weighing.case_of(answers)
    if case.kind not in KINDS or questions.LOOK not in answers:
        return ""
    verdict = weighing.verdict(case)
    open_ones = _open(case, answers)
    wanted = (
        s.value
        for code in (c.code for c in verdict.named)
        for s in rules()[code].sooner
        if s.owed and s.value in open_ones and s.urgency.rank < verdict.urgency.rank
    )
    return next(wanted, "")


def grouped(answers: Mapping[str, str]) -> tuple[str, ...]:
    """The questions for one list, in the order of the file: those that would tell most.

    () where no question is left that could change anything, and while one comes before it that is asked by itself: what a rash
    looks like, and whatever is a sign of danger, of which none is in the list.
    """
    first = following(answers)
    if not first or first == questions.LOOK or questions.questions()[first].sign:
        return ()
    case = weighing.case_of(answers)
    table, sums = weighing.sheet(case.kind), weighing.weighed(case)
    open_ones = [key for key in _open(case, answers) if not questions.questions()[key].sign]
    drops = {key: worth(table, sums, key) for key in open_ones}
    others = sorted((key for key in open_ones if key != first and drops[key] > 0), key=lambda k: -drops[k])
    chosen = {first, *others[: MOST_LISTED - 1]}
    return tuple(key for key in open_ones if key in chosen)


def worth(table: Sheet, sums: Sequence[float], key: str) -> float:
    """The expected drop in weighted entropy over the conditions, and none of them, by an answer to a question."""
    base = weighing.background(key)
    # The last is none of the conditions: it answers like the background.
    chances = [base] * (len(sums) + 1)
    for weight in table.weights.get(key, ()):
        chances[weight.rule] = weight.chance
    costs = _costs(table)
    shares = _shares(sums)
    of_yes = sum(s * c for s, c in zip(shares, chances, strict=True))
    # By plain probabilities, also where the verdict lets a missing sign pass: how much one would learn, not what one is told.
    yes = [s + math.log(c / base) for s, c in zip(sums, chances, strict=False)]
    no = [s + math.log((1.0 - c) / (1.0 - base)) for s, c in zip(sums, chances, strict=False)]
    after = of_yes * _entropy(_shares(yes), costs) + (1.0 - of_yes) * _entropy(_shares(no), costs)
    return _entropy(shares, costs) - after


def _of_danger(answers: Mapping[str, str], open_ones: Sequence[str]) -> str:
    """The sign of danger that fits what the rash looks like and that no grouped message had room for, '' for none."""
    reached = danger.assess(answers.get("age", ""), answers).urgency
    for key in questions.asked_of(answers.get(questions.LOOK, "")):
        most = danger_signs.sign(questions.questions()[key].sign).urgency
        if key in open_ones and (reached is None or reached.rank > most.rank):
            return key
    return ""


def _makes_sooner(case: Case, sums: Sequence[float]) -> frozenset[str]:
    """The questions of which a yes makes more pressing what is likely already: what is left to know first is how soon."""
    named = weighing.verdict(case, sums).named
    likely = [rules()[c.code] for c in named if c.certainty == "likely"]
    return frozenset(s.value for rule in likely for s in rule.sooner if s.by == "ask")


def _open(case: Case, answers: Mapping[str, str]) -> tuple[str, ...]:
    """The questions that fit the case and were not answered."""
    gone = questions.spent(answers)
    return tuple(
        one.key
        for one in questions.questions().values()
        if one.key not in gone
        and case.kind in one.kinds
        and (not one.ages or not case.age or case.age in one.ages)
        and (not one.sites or case.site in ("", *one.sites))
    )


def _matters(case: Case, sums: list[float], key: str, others: Sequence[str]) -> bool:
    """True where an answer could change what the person is told to do, alone or with the answer to one of `others`.

    What a yes means by itself (a fever, a new weakness) does not count: asked of everybody for that it would be a message
    more for most, and nothing for almost all of them. Design.
    """
    table = weighing.sheet(case.kind)
    told = partial(told_to_do, so_far=case)
    before = told(case, sums)
    branches = [_with(case, sums, key, answer) for answer in ("yes", "no")]
    if any(told(*branch) != before for branch in branches):
        return True
    touched = {w.rule for w in table.weights.get(key, ())}
    for other in others:
        if other == key or not touched & {w.rule for w in table.weights.get(other, ())}:
            continue
        for answer in ("yes", "no"):
            alone = told(*_with(case, sums, other, answer))
            if any(told(*_with(*branch, other, answer)) != alone for branch in branches):
                return True
    return False


def told_to_do(case: Case, sums: Sequence[float] | None = None, so_far: Case | None = None) -> doing.Done:
    """What the verdict on a case makes the person do. sums: as `weighing.weighed` gives them, where they were added up before.

    so_far: the case whose answers alone count for what they mean by themselves; this one where it is None.
    """
    found = weighing.by_conditions(case, sums)
    urgency = worst(found.urgency, weighing.by_itself(so_far or case)) or found.urgency
    return doing.done_for(urgency, (c.code for c in found.named))


def _with(case: Case, sums: list[float], key: str, answer: str) -> tuple[Case, list[float]]:
    """The case and its weights with one answer more."""
    added = list(sums)
    said = {**case.said, key: answer}
    implied = questions.implies(key) if answer == "yes" else ""
    keys = [key] + ([implied] if implied and implied not in case.said else [])
    for one in keys:
        said[one] = answer
        for weight in weighing.sheet(case.kind).weights.get(one, ()):
            added[weight.rule] += weight.yes if answer == "yes" else weight.no
    return Case(case.kind, case.age, case.site, case.health, said), added


def _shares(sums: Sequence[float]) -> list[float]:
    """What share each condition has, and last that of none of them, which weighs as much as a condition that is just possible."""
    most = max(*sums, weighing.POSSIBLE)
    grown = [math.exp(s - most) for s in (*sums, weighing.POSSIBLE)]
    whole = sum(grown)
    return [g / whole for g in grown]


def _entropy(shares: Sequence[float], costs: Sequence[float]) -> float:
    return -sum(c * s * math.log(s) for s, c in zip(shares, costs, strict=True) if s > 0.0)


@cache
def _cost(code: str) -> float:
    entry = conditions.community()[code]
    if entry.cancer or entry.report or entry.urgency.rank <= Urgency.TODAY.rank:
        return COST_MOST
    return COST_WEEK if entry.urgency is Urgency.WEEK else COST_ROUTINE


def _costs(table: Sheet) -> tuple[float, ...]:
    return (*(_cost(rule.code) for rule in table.rules), COST_ROUTINE)
