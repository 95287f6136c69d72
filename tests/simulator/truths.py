"""What is true of a patient, drawn from the rule tables or from the data set."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clinical import conditions, danger_signs, symptoms
from bot.conversation import questions
from bot.messages import Urgency
from tests.simulator.labels import Row

__all__ = ["Truth", "age_group", "askable", "draw"]

_AGES = ("infant", "child", "adult", "middle", "older")
_AGE_WEIGHTS = (8, 22, 32, 24, 14)
_KINDS = ("spot", "rash", "wound")
_KIND_WEIGHTS = (45, 35, 20)
# Signs that are asked only of a kind of problem; the facts, section 1, rule 5.
_KIND_OF_SIGN = {
    **dict.fromkeys(("D25", "D26", "D28", "D29", "D30", "D33"), "wound"),
    **dict.fromkeys(("D20",), "rash"),
}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so, whatever is said. signs: ids of danger signs that are there. source: 'rules' or 'data'.

    answers: yes / no / unknown by question; what is not in it is drawn when it is asked.
    """

    age: str
    kind: str
    site: str
    skin: str
    condition: str
    answers: Mapping[str, str]
    signs: frozenset[str]
    source: str


def age_group(years: int) -> str:
    """The age group as the chat asks it."""
    if years < 1:
        return "infant"
    return "child" if years < 18 else "adult" if years < 40 else "middle" if years < 65 else "older"


def askable(age: str) -> tuple[str, ...]:
    """Ids of the signs of urgency `now` that the product knows for an age; not those that end in a hand-over."""
    return tuple(
        s.id for s in danger_signs.signs_for(age) if s.urgency is Urgency.NOW and s.id not in ("D45",)
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
        source = "rules"
    signs: frozenset[str] = frozenset()
    if with_sign:
        sign = rng.choice(askable(age))
        signs = frozenset({sign})
        kind = _KIND_OF_SIGN.get(sign, kind)
    elif rng.random() < 0.10:
        milder = [s.id for s in danger_signs.signs_for(age) if s.urgency is not Urgency.NOW]
        signs = frozenset(rng.sample(milder, min(1, len(milder))))
    return Truth(age, kind, site, skin, condition, answers, signs, source)


def _conditions(kind: str) -> list[str]:
    """Codes to draw a condition from, by kind of problem."""
    return list(conditions.catalogue()) if kind == "spot" else [""]
