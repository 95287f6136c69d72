"""What is true of a patient, drawn from the rule tables or from the data set."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clinical import community, danger_signs, symptoms
from bot.clinical import questions as rule_questions
from bot.clinical.danger_signs import DangerSign
from bot.conversation import questions
from bot.messages import Urgency
from tests.simulator.labels import Row

__all__ = ["Truth", "age_group", "askable", "draw"]

_AGES = ("infant", "child", "adult", "middle", "older")
_AGE_WEIGHTS = (8, 22, 32, 24, 14)
_KINDS = ("spot", "rash", "wound")
_KIND_WEIGHTS = (45, 35, 20)
# What the rows call a wound's kind.
_WOUNDS = ("bite", "burn", "other")
# What the model names.
_SPOTS = ("BCC", "SCC", "MEL", "ACK", "SEK", "NEV")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so, whatever is said. signs: ids of danger signs that are there. source: 'rules' or 'data'. wound: its kind, ''.

    answers: yes / no / unknown by question, and the look of a rash; what is not in it is drawn when it is asked.
    """

    age: str
    kind: str
    site: str
    skin: str
    condition: str
    answers: Mapping[str, str]
    signs: frozenset[str]
    source: str
    wound: str = ""


def age_group(years: int) -> str:
    """The age group as the chat asks it."""
    if years < 1:
        return "infant"
    return "child" if years < 18 else "adult" if years < 40 else "middle" if years < 65 else "older"


def askable(age: str) -> tuple[DangerSign, ...]:
    """The signs of urgency `now` that somebody of an age is asked about, where kind and place fit."""
    return tuple(
        s
        for s in danger_signs.all_signs()
        if s.urgency is Urgency.NOW and s.when in ("always", "fit") and age in s.ages
    )


def draw(rng: random.Random, rows: Sequence[Row], *, with_sign: bool) -> Truth:
    """A patient. rows: of the data set; where there are none, all come from the rule tables.

    with_sign: one sign of urgency `now` is there, and will be answered yes where it is asked.
    """
    skin = rng.choice([*questions.SKINS, "5", "5", "6", "unknown"])
    row = rng.choice(rows) if rows and rng.random() < 0.4 else None
    if row is not None:
        age, kind, site, condition = age_group(row.age), "spot", row.site, row.label
        answers, source = dict(row.answers), "data"
    else:
        age = rng.choices(_AGES, _AGE_WEIGHTS)[0]
        kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        site = rng.choice(list(questions.SITE_REGION))
        condition = rng.choice(_conditions(kind))
        answers = {key: rng.choice(("yes", "no", "no", "unknown")) for key in symptoms.symptoms()}
        rule = community.rules().get(condition)
        if rule is not None:
            age = rng.choice(sorted(rule.ages)) if rule.ages and rng.random() < 0.9 else age
            site = rng.choice(sorted(rule.sites)) if rule.sites and rng.random() < 0.9 else site
            answers |= _as_ruled(rng, rule)
        source = "rules"
    wound = ("other" if condition else rng.choice(("bite", "burn"))) if kind == "wound" else ""
    signs: frozenset[str] = frozenset()
    if with_sign:
        sign = rng.choice(askable(age))
        signs = frozenset({sign.id})
        if sign.kinds:
            named = rng.choice(sorted(sign.kinds))
            kind, wound = ("wound", named) if named in _WOUNDS else (named, "")
        # A place of the table where one is needed; private parts end in a result before what fits is asked.
        site = rng.choice(sorted(sign.sites)) if sign.sites else site
    elif rng.random() < 0.10:
        milder = [s.id for s in danger_signs.all_signs() if s.urgency is not Urgency.NOW and age in s.ages]
        signs = frozenset(rng.sample(milder, 1))
    return Truth(age, kind, site, skin, condition, answers, signs, source, wound)


def _conditions(kind: str) -> list[str]:
    """Codes to draw a condition from, by kind of problem; '' stands for a bite or a burn."""
    if kind == "spot":
        return sorted({*_SPOTS, *(c for c, rule in community.rules().items() if "spot" in rule.kinds)})
    named = "other" if kind == "wound" else kind
    found = [code for code, rule in community.rules().items() if named in rule.kinds]
    return [*found, *([""] * len(found) if kind == "wound" else [])]


def _as_ruled(rng: random.Random, rule: community.Rule) -> dict[str, str]:
    """Answers of somebody who has it: most of what raises it is so, and most of what lowers it is not."""
    said: dict[str, str] = {}
    for clue in (*rule.raises, *rule.lowers):
        speaks_for = clue in rule.raises
        often = 0.85 if clue.strength == "strong" else 0.6
        holds = rng.random() < (often if speaks_for else 0.1)
        if clue.ask.startswith("look_"):
            if holds:
                said[rule_questions.LOOK] = clue.ask.removeprefix("look_")
            continue
        other = "no" if clue.says == "yes" else "yes"
        said[clue.ask] = clue.says if holds else other
    return said
