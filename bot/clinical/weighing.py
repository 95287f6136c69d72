"""What answers make of the community rules: how much speaks for each condition, and what the person is told.

Nobody has measured these rules in the hands of lay people (clinical.md, gaps 9 and 10), so every number here is Design, in one
table. They are made to be read: a strong sign alone makes a condition possible, a strong and a weaker one make it likely.

| word | worth |
| --- | --- |
| background `rare`, `seldom`, `often` | 3 %, 15 %, 50 % of people who have something else say yes |
| `some`, `strong` | the odds of the answer are 3, 12 times those of the background (raise), or a 3rd, a 12th (lower) |
| an age, a place or a look that is not typical of it | as `some` that lowers |
| a place that is typical of it | 90 % of it against the share of places it takes, at most as `some` |
| POSSIBLE, LIKELY | 4, 10 times as well explained by the condition as by none of the list |

So for a question that is seldom yes: a strong yes counts 4.5, its no 0.38; some yes 2.3. That a weaker sign is missing counts
nothing, nor does a strong one that the row lets pass (`uncleared`: leprosy needs one of its signs, not all), nor the other answer
to a question that lowers. All conditions begin equal: how often each is seen in a place is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot.clinical import conditions, iacs, questions
from bot.clinical.community import Clue, Rule, rules
from bot.clinical.danger_signs import kind_of
from bot.messages import Condition, Urgency, worst

__all__ = [
    "LIKELY",
    "POSSIBLE",
    "Case",
    "Sheet",
    "Verdict",
    "Weight",
    "by_conditions",
    "by_itself",
    "case_of",
    "reasons",
    "sheet",
    "spoken_for",
    "verdict",
    "weighed",
]

BACKGROUND = {"rare": 0.03, "seldom": 0.15, "often": 0.5}
ODDS = {"some": 3.0, "strong": 12.0}
POSSIBLE = math.log(4.0)
LIKELY = math.log(10.0)
# The first is called likely only where it is so much better explained than the second. Design.
AHEAD = math.log(3.0)
# Scabies is suspected only "if other diagnoses are less likely" (IACS): no other may be so much more likely. Design.
BEHIND = math.log(3.0)
NAMED_AT_MOST = 2
# Places of the body that are told apart (without 'many').
PLACES = 12
# Where nothing stands out, and where something harmless is only possible. Source: clinical.md 7.4, 2.12 (most rashes: week).
UNSURE = Urgency.WEEK


@dataclass(frozen=True, slots=True)
class Weight:
    """What an answer to a question adds to a condition. yes, no: natural logarithms of likelihood ratios; chance: P(yes | it)."""

    rule: int
    yes: float
    no: float
    chance: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one kind of problem, ready to be added up. weights: question or look -> what it does to which rule."""

    rules: tuple[Rule, ...]
    weights: Mapping[str, tuple[Weight, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules look at. kind: of `danger_signs.KINDS`. health: the answer about health. said: from `questions.known`."""

    kind: str
    age: str
    site: str
    health: str
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the person is told. named: at most two, the likeliest first; () where nothing stands out.

    urgency: the most pressing of all that is possible, named or not, and of answers that are pressing by themselves.
    """

    named: tuple[Condition, ...]
    urgency: Urgency


def case_of(answers: Mapping[str, str]) -> Case:
    """The case that the answers of a chat tell of."""
    return Case(
        kind_of(answers),
        answers.get("age", ""),
        answers.get("site", ""),
        answers.get("health", ""),
        questions.known(answers),
    )


@cache
def sheet(kind: str) -> Sheet:
    """The rules of a kind of problem."""
    fitting = tuple(r for r in rules().values() if kind in r.kinds)
    weights: dict[str, list[Weight]] = {}
    for n, rule in enumerate(fitting):
        for clues, raises in ((rule.raises, True), (rule.lowers, False)):
            for clue in clues:
                must = clue.strength == "strong" and clue.ask not in questions.looks()
                cleared = raises and must and clue.ask not in rule.uncleared
                weights.setdefault(clue.ask, []).append(_weight(n, clue, raises=raises, cleared=cleared))
    return Sheet(fitting, {key: tuple(found) for key, found in weights.items()})


def background(key: str) -> float:
    """How often people who have something else say yes to a question, or choose a look."""
    asked = questions.questions().get(key)
    return BACKGROUND[asked.background if asked else "seldom"]


def _weight(rule: int, clue: Clue, *, raises: bool, cleared: bool) -> Weight:
    """cleared: whether the other answer speaks against the condition."""
    base = background(clue.ask) if clue.says == "yes" else 1.0 - background(clue.ask)
    odds = base / (1.0 - base) * (ODDS[clue.strength] if raises else 1.0 / ODDS[clue.strength])
    chance = odds / (1.0 + odds)
    said = math.log(chance / base)
    other = math.log((1.0 - chance) / (1.0 - base)) if cleared else 0.0
    if clue.says == "yes":
        return Weight(rule, said, other, chance)
    return Weight(rule, other, said, 1.0 - chance)


def weighed(case: Case) -> list[float]:
    """How much speaks for each rule of the sheet of the case's kind: the logarithm of how much better it explains the answers."""
    table = sheet(case.kind)
    lowered = _weight(0, Clue("", "yes", "some"), raises=False, cleared=False).yes
    sums = [
        lowered * (_unusual_age(r, case.age) + _unlike(r, case.said)) + _place(r, case.site, lowered)
        for r in table.rules
    ]
    for key, answer in case.said.items():
        for weight in table.weights.get(key, ()):
            sums[weight.rule] += weight.yes if answer == "yes" else weight.no
    return sums


def _unlike(rule: Rule, said: Mapping[str, str]) -> bool:
    """True where a look was chosen that is none of those the rule knows of the condition."""
    chosen = next((key for key in questions.looks() if said.get(key) == "yes"), "")
    known = {c.ask for c in (*rule.raises, *rule.lowers) if c.ask in questions.looks()}
    raising = any(c.ask in known for c in rule.raises)
    return bool(chosen) and raising and chosen not in known and questions.LOOK not in rule.uncleared


def _unusual_age(rule: Rule, age: str) -> bool:
    return bool(rule.ages) and bool(age) and age not in rule.ages


def _place(rule: Rule, site: str, lowered: float) -> float:
    if not rule.sites or site in ("", "many", "unasked"):
        return 0.0
    if site not in rule.sites:
        return lowered
    raised = _weight(0, Clue("", "yes", "some"), raises=True, cleared=False).yes
    return max(0.0, min(raised, math.log(0.9 * PLACES / len(rule.sites))))


def verdict(case: Case, sums: Sequence[float] | None = None) -> Verdict:
    """What the person is told. sums: as `weighed` gives them, where they were added up already."""
    found = by_conditions(case, sums)
    return replace(found, urgency=worst(found.urgency, by_itself(case)) or found.urgency)


def by_itself(case: Case) -> Urgency | None:
    """The urgency of the answers that are pressing whatever they are a sign of; None where there is none."""
    asked = questions.questions().items()
    return worst(
        *(one.urgency for key, one in asked if case.said.get(key) == "yes" and case.kind in one.kinds)
    )


def by_conditions(case: Case, sums: Sequence[float] | None = None) -> Verdict:
    """What the conditions alone come to, without what an answer says by itself. sums: as for `verdict`."""
    table = sheet(case.kind)
    sums = weighed(case) if sums is None else sums
    possible = [
        n for n, r in enumerate(table.rules) if sums[n] >= POSSIBLE and _may_name(r, sums, n, case.said)
    ]
    if not possible:
        return Verdict((), UNSURE)
    possible.sort(key=lambda n: -sums[n])
    first, rest = possible[0], possible[1:]
    likely = sums[first] >= LIKELY and (not rest or sums[first] - sums[rest[0]] >= AHEAD)
    urgency = worst(*(_urgency(table.rules[n], case) for n in possible)) or UNSURE
    if urgency is Urgency.ROUTINE and not likely:
        urgency = UNSURE
    named = [Condition(table.rules[first].code, "likely" if likely else "possible")]
    if rest:
        # Of several possible ones, the likeliest and the likeliest of those that must not be missed are told.
        costly = [n for n in rest if _costly(table.rules[n].code)]
        second = costly[0] if costly and not _costly(table.rules[first].code) else rest[0]
        named.append(Condition(table.rules[second].code, "possible"))
    return Verdict(tuple(named[:NAMED_AT_MOST]), urgency)


def reasons(case: Case, codes: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """Message ids of the answers that speak for these conditions, the strongest first, at most `most`."""
    found: dict[str, bool] = {}
    # What another answer says too is not told twice: "it itches" beside "it itches more at night".
    within = {questions.implies(key) for key, said in case.said.items() if said == "yes"}
    for code in codes:
        for clue in rules()[code].raises:
            said = case.said.get(clue.ask) == clue.says and clue.ask not in within
            text = _because(clue) if said else ""
            if text:
                found[text] = found.get(text, False) or clue.strength == "strong"
    return tuple(sorted(found, key=lambda text: not found[text])[:most])


def spoken_for(answers: Mapping[str, str], named: Sequence[str]) -> tuple[str, ...]:
    """As `questions.spoken_for`, without the answers that are a sign of what is named itself: its own crust is no second sore.

    Where the same answer makes one of the named more pressing it is pus on top of that one, and counts. named: codes.
    """
    said = questions.known(answers)
    found = []
    for key, code in questions.speaking(answers):
        signs = {key} | {other for other in said if said[other] == "yes" and questions.implies(other) == key}
        of_rules = [rules()[one] for one in named if one in rules()]
        own = any(clue.says == "yes" and clue.ask in signs for rule in of_rules for clue in rule.raises)
        on_top = any(s.by == "ask" and s.value == key for rule in of_rules for s in rule.sooner)
        if on_top or not own:
            found.append(code)
    return tuple(found)


def _because(clue: Clue) -> str:
    look = questions.looks().get(clue.ask)
    if look is not None:
        return look.because.id
    asked = questions.questions()[clue.ask]
    said = asked.because if clue.says == "yes" else asked.because_no
    return said.id if said is not None else ""


def _costly(code: str) -> bool:
    entry = conditions.community()[code]
    return entry.cancer or entry.report or entry.urgency.rank <= Urgency.TODAY.rank


def _may_name(rule: Rule, sums: Sequence[float], n: int, said: Mapping[str, str]) -> bool:
    if rule.needs and said.get(rule.needs) != "yes":
        return False
    if rule.code == "SCABIES":
        return iacs.by_answers(said) == "suspected" and sums[n] >= max(sums) - BEHIND
    return True


def _urgency(rule: Rule, case: Case) -> Urgency:
    holds = {"health": case.health, "age": case.age, "site": case.site}
    sooner = (
        s.urgency
        for s in rule.sooner
        if (case.said.get(s.value) == "yes" if s.by == "ask" else holds[s.by] == s.value)
    )
    return worst(conditions.community()[rule.code].urgency, *sooner) or UNSURE
