"""The question that matters: which answer would most reduce what is unsure of a case, weighted by what a mistake costs.

One table holds the case under every set of further answers, each by the real fusion (model/fuse.py), melanoma guard included; the
rest is looking up. A question's worth is the expected drop of sum_c cost_c * (-p_c log p_c) (weighted entropy: Guiasu 1971). Only
questions are asked that can change what the person is told, and a branch ends where none can.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from model.analysis import Node, Verdict
from model.answers import SYMPTOMS, Answers
from model.fuse import Fusion

__all__ = [
    "CANCER_COST",
    "COSTS",
    "MOST",
    "AnswerTree",
    "VerdictOf",
    "answer_rates",
    "costs",
    "plan",
    "rates_from_json",
    "rates_to_json",
    "said_after",
    "with_answer",
]

MOST = 4
"""Questions of one case, at most."""
COSTS: Mapping[str, float] = {"MEL": 8.0, "SCC": 4.0, "BCC": 2.0}
"""What it costs to be wrong about a condition, beside 1 for one that is no cancer. Design, no source gives numbers: a missed
melanoma can kill, a missed squamous carcinoma can spread, a missed basal cell carcinoma grows slowly where it is."""
CANCER_COST = 4.0
"""Of a cancer without a row of its own."""

VerdictOf = Callable[[Tensor, Mapping[str, bool]], Verdict]
"""Of probabilities (C,) and symptom answers."""
Signs = tuple[int, ...]
"""Of each of SYMPTOMS: 1 yes, -1 no, 0 not known."""


def answer_rates(known: Sequence[Answers], labels: Tensor, classes: int) -> Tensor:
    """Share of yes among the known answers of each condition, Jeffreys-smoothed.  -> (6, C), in the order of SYMPTOMS.

    What was not asked is not counted: in the data it is missing mostly for some conditions and must say nothing.
    """
    rates = torch.zeros(len(SYMPTOMS), classes)
    for row, name in enumerate(SYMPTOMS):
        for c in range(classes):
            said = [
                one.symptoms[name]
                for one, y in zip(known, labels.tolist(), strict=True)
                if y == c and name in one.symptoms
            ]
            rates[row, c] = (sum(said) + 0.5) / (len(said) + 1.0)
    return rates


def rates_to_json(rates: Tensor) -> dict[str, list[float]]:
    """The rates as a manifest keeps them: symptom -> share of yes by condition."""
    return {name: [round(float(v), 5) for v in row] for name, row in zip(SYMPTOMS, rates, strict=True)}


def rates_from_json(held: Mapping[str, Sequence[float]] | None, classes: int) -> Tensor:
    """The inverse of `rates_to_json`.  (6, C).  None, of an older manifest: as if nothing had been counted."""
    if held is None:
        return torch.full((len(SYMPTOMS), classes), 0.5)
    return torch.tensor([list(held[name]) for name in SYMPTOMS])


def costs(codes: Sequence[str], cancers: Collection[str]) -> Tensor:
    """What a mistake costs, by condition.  (C,)"""
    return torch.tensor([COSTS.get(code, CANCER_COST if code in cancers else 1.0) for code in codes])


class AnswerTree:
    """One case under every set of at most `most` further answers to the questions that were not asked."""

    def __init__(
        self,
        fusion: Fusion,
        photo: Tensor,
        known: Answers,
        rates: Tensor,
        cost: Tensor,
        asked: Collection[str] = (),
        most: int = MOST,
    ) -> None:
        """photo: (1, C) log probabilities of the photograph.  asked: also those that were answered with don't know."""
        self.start: Signs = tuple(
            (1 if known.symptoms[name] else -1) if name in known.symptoms else 0 for name in SYMPTOMS
        )
        self.open = tuple(
            n for n, name in enumerate(SYMPTOMS) if name not in asked and name not in known.symptoms
        )
        self.most = min(most, len(self.open))
        self._rates = rates
        sets = list(_extensions(self.start, self.open, self.most))
        forms = [said_after(known, said) for said in sets]
        self._p = fusion.probabilities(photo.expand(len(sets), -1), forms)
        self._row = {said: row for row, said in enumerate(sets)}
        plain = self._p.clamp(min=1e-12)
        self._unsure: list[float] = (-(plain * plain.log()) * cost).sum(dim=1).tolist()
        self._yes: list[list[float]] = (self._p @ rates.T).tolist()

    def p(self, said: Signs) -> Tensor:
        """The probabilities under these answers.  (C,)"""
        return self._p[self._row[said]]

    def drop(self, said: Signs, question: int) -> float:
        """By how much an answer to the question is expected to reduce the weighted entropy."""
        row = self._row[said]
        yes = self._yes[row][question]
        after = [self._unsure[self._row[with_answer(said, question, value)]] for value in (1, -1)]
        return self._unsure[row] - (yes * after[0] + (1.0 - yes) * after[1])

    def best(self, said: Signs, among: Sequence[int]) -> int:
        """The question with the largest expected drop; the first of SYMPTOMS where two are alike."""
        return max(among, key=lambda question: (self.drop(said, question), -question))


def plan(tree: AnswerTree, verdict_of: VerdictOf, most: int = MOST) -> Node | None:
    """The questions worth asking, `most` at most, None where there are none."""
    return _Planner(tree, verdict_of).node(tree.start, tree.open, min(most, tree.most))


class _Planner:
    def __init__(self, tree: AnswerTree, verdict_of: VerdictOf) -> None:
        self._tree = tree
        self._verdict_of = verdict_of
        self._known: dict[Signs, Verdict] = {}

    def _verdict(self, said: Signs) -> Verdict:
        if said not in self._known:
            symptoms = {SYMPTOMS[n]: value > 0 for n, value in enumerate(said) if value}
            self._known[said] = self._verdict_of(self._tree.p(said), symptoms)
        return self._known[said]

    def node(self, said: Signs, left: tuple[int, ...], most: int) -> Node | None:
        among = [question for question in left if most and self._matters(said, left, question, most)]
        if not among:
            return None
        question = self._tree.best(said, among)
        rest = tuple(other for other in left if other != question)
        yes, no, unknown = (
            self.node(with_answer(said, question, value), rest, most - 1) for value in (1, -1, 0)
        )
        return Node(SYMPTOMS[question], yes, no, unknown)

    def _matters(self, said: Signs, left: tuple[int, ...], question: int, most: int) -> bool:
        """Whether an answer to it can change what is told, now or after other questions that could come before it."""
        others = tuple(other for other in left if other != question)
        return any(
            len({self._verdict(with_answer(before, question, value)) for value in (1, -1, 0)}) > 1
            for before in _extensions(said, others, most - 1)
        )


def said_after(known: Answers, said: Signs) -> Answers:
    """What is known with these symptom answers in place of the earlier ones."""
    symptoms = {SYMPTOMS[n]: value > 0 for n, value in enumerate(said) if value}
    return Answers(known.age_years, known.age_spread_years, known.site, known.skin_type, symptoms)


def with_answer(said: Signs, question: int, value: int) -> Signs:
    """The answers with one more.  value: 1 yes, -1 no, 0 don't know."""
    return (*said[:question], value, *said[question + 1 :])


def _extensions(said: Signs, left: Sequence[int], most: int) -> Iterator[Signs]:
    """The answers as they are, and with yes or no to up to `most` of `left`."""
    for count in range(min(most, len(left)) + 1):
        for chosen in itertools.combinations(left, count):
            for values in itertools.product((1, -1), repeat=count):
                found = list(said)
                for question, value in zip(chosen, values, strict=True):
                    found[question] = value
                yield tuple(found)
