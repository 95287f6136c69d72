"""What questions are worth: figures against the number asked, in the order of model/ask.py, a fixed order and a random one.

5 folds over patients; fusion, regression, answer rates, thresholds and the fixed order are learned on the other folds, the
regressions by folds inside them.  Age and site are known from the start.  An answer that is missing in the data counts as asked
and not known.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model import ask, data, evidence, fuse, metrics, train
from model.analysis import CatalogueEntry, Judge, Node, Verdict
from model.answers import SYMPTOMS, Answers
from model.decide import Limits, Seen
from model.progress import Progress, unwatched

__all__ = ["ALL", "ARMS", "COUNTS", "Curve", "Stopped", "curve", "log_loss"]

ARMS = ("active order", "fixed order", "random order")
RANDOM_ORDERS = 8
"""Orders of each photograph over whose figures the third arm's are the mean."""
COUNTS = range(len(SYMPTOMS) + 1)
"""So many questions can have been asked: none, to all of them."""
ALL = tuple(range(len(SYMPTOMS)))
"""Every question, by its place in SYMPTOMS."""
SUBSETS = tuple(tuple(c) for count in COUNTS for c in itertools.combinations(ALL, count))


@dataclass(frozen=True)
class Stopped:
    """The rule of model/ask.py: at most four, none that cannot change what is told."""

    p: Tensor
    """(N, C) after the last question"""
    asked: Tensor
    """(N,) int64"""
    told: tuple[Verdict, ...]
    told_by_none: tuple[Verdict, ...]
    """without a question"""
    told_by_all: tuple[Verdict, ...]
    """after all six"""


@dataclass(frozen=True)
class Curve:
    """What was said of each photograph after none to all of the questions."""

    labels: Tensor
    """(N,) int64"""
    patients: tuple[str, ...]
    after: Mapping[str, Tensor]
    """arm -> (orders, COUNTS, N, C)"""
    orders: tuple[tuple[str, ...], ...]
    """the fixed order of each fold"""
    first: Mapping[str, int]
    """how often the active order began with each question"""
    stopped: Stopped
    by_set: Mapping[frozenset[int], Tensor]
    """(N, C) after the answers, where known, to each set of questions"""
    values: Tensor
    """(N, 6) int64: what each said to each question, 1 yes, -1 no, 0 not known"""


@dataclass(frozen=True)
class _Learned:
    """Of one fold, on the others."""

    fusion: fuse.Fusion
    rates: Tensor
    order: tuple[int, ...]
    limits: Limits


def curve(
    held: train.OutOfFold,
    patients: Sequence[str],
    seed: int,
    judge: Judge,
    catalogue: Mapping[str, CatalogueEntry],
    tell: Progress = unwatched,
    cost: Tensor | None = None,
) -> Curve:
    """held: what networks said of photographs of folds they had not seen."""
    n, classes = held.photo.shape
    cost = ask.costs(data.CODES, data.CANCERS) if cost is None else cost
    after = {
        arm: torch.zeros(RANDOM_ORDERS if arm == ARMS[2] else 1, len(COUNTS), n, classes) for arm in ARMS
    }
    stopped, asked = torch.zeros(n, classes), torch.zeros(n, dtype=torch.int64)
    told: dict[str, list[Verdict]] = {name: [()] * n for name in ("stopped", "none", "all")}
    orders, first = [], dict.fromkeys(SYMPTOMS, 0)
    sets = {frozenset(subset): torch.zeros(n, classes) for subset in SUBSETS}
    chance = random.Random(seed)
    done = 0
    for k in sorted(set(held.fold.tolist())):
        learned = _learn(held, held.fold != k, seed + k)
        orders.append(tuple(SYMPTOMS[q] for q in learned.order))
        for row in (held.fold == k).nonzero()[:, 0].tolist():
            known, photo = held.answers[row], held.photo[row : row + 1]
            by_set = learned.fusion.probabilities(
                photo.expand(len(SUBSETS), -1), [_only(known, subset) for subset in SUBSETS]
            )
            lookup = {frozenset(subset): by_set[i] for i, subset in enumerate(SUBSETS)}
            for asked_of, p in lookup.items():
                sets[asked_of][row] = p
            tree = ask.AnswerTree(
                learned.fusion, photo, _only(known, ()), learned.rates, cost, most=len(SYMPTOMS)
            )
            active = _active_order(tree, known)
            first[SYMPTOMS[active[0]]] += 1
            ways: dict[str, list[Sequence[int]]] = {
                ARMS[0]: [active],
                ARMS[1]: [learned.order],
                ARMS[2]: [chance.sample(ALL, len(ALL)) for _ in range(RANDOM_ORDERS)],
            }
            for arm, taken in ways.items():
                for r, order in enumerate(taken):
                    after[arm][r, :, row] = torch.stack([lookup[frozenset(order[:c])] for c in COUNTS])

            def says(p: Tensor, said: Mapping[str, bool], limits: Limits = learned.limits) -> Verdict:
                return judge(limits.analysis(p, Seen(), catalogue), said)

            taken_path = _walk(ask.plan(tree, says), known)
            stopped[row], asked[row] = lookup[frozenset(taken_path)], len(taken_path)
            for name, path in (("stopped", taken_path), ("none", ()), ("all", ALL)):
                told[name][row] = says(lookup[frozenset(path)], _only(known, path).symptoms)
            done += 1
            tell("questions", done, n, None)
    return Curve(
        held.labels,
        tuple(patients),
        after,
        tuple(orders),
        first,
        Stopped(stopped, asked, tuple(told["stopped"]), tuple(told["none"]), tuple(told["all"])),
        sets,
        torch.tensor([[_value(known, q) for q in ALL] for known in held.answers]),
    )


def _only(known: Answers, subset: Sequence[int]) -> Answers:
    """Age, site and these symptoms, where they are known."""
    names = {SYMPTOMS[q] for q in subset}
    return replace(known, symptoms={name: said for name, said in known.symptoms.items() if name in names})


def _value(known: Answers, question: int) -> int:
    name = SYMPTOMS[question]
    return (1 if known.symptoms[name] else -1) if name in known.symptoms else 0


def _active_order(tree: ask.AnswerTree, known: Answers) -> list[int]:
    said, left, order = tree.start, list(tree.open), []
    while left:
        question = tree.best(said, left)
        left.remove(question)
        order.append(question)
        said = ask.with_answer(said, question, _value(known, question))
    return order


def _walk(node: Node | None, known: Answers) -> tuple[int, ...]:
    """The questions that this person is asked."""
    path: list[int] = []
    while node is not None:
        path.append(SYMPTOMS.index(node.question))
        value = _value(known, path[-1])
        node = node.yes if value > 0 else node.no if value < 0 else node.unknown
    return tuple(path)


def _learn(held: train.OutOfFold, inside: Tensor, seed: int) -> _Learned:
    """Everything that the photographs of a fold are judged by, from the other folds.  inside: (N,) bool, the others."""
    rows = inside.nonzero()[:, 0]
    answers = [held.answers[row] for row in rows.tolist()]
    labels, photo, fold = held.labels[rows], held.photo[rows], held.fold[rows]
    classes = photo.shape[1]
    guarded = tuple(data.CODES.index(c) for c in train.GUARDED)
    said = torch.zeros(fuse.COPIES, len(rows), classes)
    known = torch.zeros(fuse.COPIES, len(rows), 1)
    inner = {}
    for j in sorted(set(fold.tolist())):
        others, own = fold != j, (fold == j).nonzero()[:, 0].tolist()
        inner[j] = evidence.fit(
            [a for a, other in zip(answers, others.tolist(), strict=True) if other],
            labels[others],
            classes,
            seed,
        )
        copies = fuse.evidence_copies(inner[j], [answers[i] for i in own], seed + j)
        said[:, own], known[:, own] = copies
    whole = evidence.fit(answers, labels, classes, seed)
    fusion = fuse.learn(photo, said, known, labels, whole, train.POWER, guarded)
    by_set = torch.zeros(len(SUBSETS), len(rows), classes)
    alone = torch.zeros(len(rows), classes)
    for j, model in inner.items():
        own = (fold == j).nonzero()[:, 0].tolist()
        seen = replace(fusion, answers=model)
        for i, subset in enumerate(SUBSETS):
            by_set[i, own] = seen.probabilities(photo[own], [_only(answers[row], subset) for row in own])
        alone[own] = seen.probabilities(photo[own], [Answers()] * len(own))
    losses = {frozenset(subset): log_loss(by_set[i], labels) for i, subset in enumerate(SUBSETS)}
    order = min(
        itertools.permutations(ALL),
        key=lambda o: sum(losses[frozenset(o[:count])] for count in range(1, len(o))),
    )
    fused, positive = by_set[-1], train.is_cancer(labels)
    limits = Limits(
        data.CODES,
        frozenset(data.CANCERS),
        float(fused.max(dim=1).values.quantile(train.UNSURE_SHARE)),
        min(metrics.threshold_at(train.cancer_score(p), positive) for p in (alone, fused)),
    )
    return _Learned(fusion, ask.answer_rates(answers, labels, classes), order, limits)


def log_loss(p: Tensor, y: Tensor) -> float:
    """Mean -log p of the photographs' own conditions, each condition weighing alike.  p: (N, C); y: (N,)."""
    loss = -p[torch.arange(len(y)), y].clamp(min=1e-6).log()
    return float(torch.stack([loss[y == c].mean() for c in y.unique()]).mean())
