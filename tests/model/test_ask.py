"""The questions that matter: few, none that cannot change what is told, and no answer clears a melanoma."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping
from functools import cache

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model import ask, data, evidence, fuse
from model.analysis import CatalogueEntry, Node
from model.answers import SITES, SYMPTOMS, Answers
from model.decide import Limits, Seen
from tests.model import drawn
from tests.model.conftest import Small

MEL = data.CODES.index("MEL")
COST = ask.costs(data.CODES, data.CANCERS)
CATALOGUE = {
    c: CatalogueEntry(c, "week" if c in data.CANCERS else "routine", c in data.CANCERS) for c in data.CODES
}
LIMITS = Limits(data.CODES, frozenset(data.CANCERS), unsure_below=0.35, cancer_above=0.3)
VALUES = {True: 1, False: -1, None: 0}


def told(p: Tensor, said: Mapping[str, bool]) -> Hashable:
    """As the chat would: urgency, what is likely or possible, why nothing is named; a yes to bleeding raises by itself."""
    found = LIMITS.analysis(p, Seen(), CATALOGUE)
    named = frozenset((s.code, s.probability > 0.6) for s in found.conditions if s.probability > 0.2)
    return "week" if said.get("bleed") else found.urgency, named, found.reason


@st.composite
def fusions(draw: st.DrawFn) -> fuse.Fusion:
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**20)))
    spread = draw(st.sampled_from([0.1, 0.5, 1.0]))
    weights = evidence.AnswerModel(
        torch.randn(6, evidence.WIDTH, generator=rng) * spread, torch.zeros(6), torch.full((6,), 1 / 6).log()
    )
    return fuse.Fusion(weights, (1.0, 0.8), 1.0, torch.randn(2, 6, generator=rng) * 0.2, (MEL,))


@st.composite
def cases(
    draw: st.DrawFn, known: bool = True
) -> tuple[fuse.Fusion, Tensor, Answers, Tensor, tuple[str, ...]]:
    """A fusion, a photograph, what is known, rates, and what was asked in vain."""
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**20)))
    photo = (torch.randn(1, 6, generator=rng) * draw(st.sampled_from([0.3, 1.5, 4.0]))).log_softmax(1)
    given_ = draw(st.dictionaries(st.sampled_from(SYMPTOMS), st.booleans(), max_size=3)) if known else {}
    vain = draw(st.lists(st.sampled_from(SYMPTOMS), unique=True, max_size=2)) if known else []
    answers = Answers(
        draw(st.none() | st.floats(0, 100)), 0.0, draw(st.none() | st.sampled_from(SITES)), None, given_
    )
    rates = torch.rand(6, 6, generator=rng) * 0.98 + 0.01
    return draw(fusions()), photo, answers, rates, tuple(n for n in vain if n not in given_)


Drawn = tuple[fuse.Fusion, Tensor, Answers, Tensor, tuple[str, ...]]


def planned(case: Drawn, most: int = ask.MOST, skip: tuple[str, ...] = ()) -> Node | None:
    fusion, photo, known, rates, vain = case
    return ask.plan(ask.AnswerTree(fusion, photo, known, rates, COST, (*vain, *skip), most), told)


def ways(
    node: Node | None, before: Mapping[str, bool | None] | None = None
) -> Iterator[dict[str, bool | None]]:
    """The answers of every way through a tree."""
    done = dict(before or {})
    if node is None:
        yield done
        return
    for after, answer in ((node.yes, True), (node.no, False), (node.unknown, None)):
        yield from ways(after, {**done, node.question: answer})


def p_after(case: Drawn, said: Mapping[str, bool | None]) -> Tensor:
    fusion, photo, known, *_ = case
    symptoms = {**known.symptoms, **{k: v for k, v in said.items() if v is not None}}
    form = Answers(known.age_years, known.age_spread_years, known.site, None, symptoms)
    return fusion.probabilities(photo, [form])[0]


@settings(deadline=None, max_examples=25)
@given(cases())
def test_no_way_asks_more_than_four_or_twice_or_what_was_asked_before(case: Drawn) -> None:
    for way in ways(planned(case)):
        assert len(way) <= ask.MOST
        assert not set(way) & {*case[2].symptoms, *case[4]}


@settings(deadline=None, max_examples=12)
@given(cases())
def test_a_branch_ends_only_where_no_further_answer_changes_what_is_told(case: Drawn) -> None:
    """And every question that is asked could change it."""
    _, _, known, _, vain = case

    @cache
    def said_of(said: tuple[tuple[str, bool], ...]) -> Hashable:
        everything = {**known.symptoms, **dict(said)}
        return told(p_after(case, dict(said)), everything)

    def key(said: Mapping[str, bool | None]) -> tuple[tuple[str, bool], ...]:
        return tuple(sorted((k, v) for k, v in said.items() if v is not None))

    for way in ways(planned(case)):
        left = [n for n in SYMPTOMS if n not in way and n not in known.symptoms and n not in vain]
        room = ask.MOST - len(way)
        now = said_of(key(way))
        for chosen in itertools.combinations(left, min(room, len(left))):
            for values in itertools.product((True, False, None), repeat=len(chosen)):
                assert said_of(key({**way, **dict(zip(chosen, values, strict=True))})) == now


@settings(deadline=None, max_examples=25)
@given(cases())
def test_no_way_through_a_plan_makes_a_melanoma_less_probable_than_no_answer(case: Drawn) -> None:
    fusion, photo, known, *_ = case
    silent = float(
        fusion.probabilities(photo, [Answers(known.age_years, known.age_spread_years, known.site)])[0, MEL]
    )
    for way in ways(planned(case)):
        assert float(p_after(case, way)[MEL]) >= silent - 1e-5


@settings(deadline=None, max_examples=25)
@given(cases())
def test_dont_know_leaves_everything_but_the_question_itself(case: Drawn) -> None:
    node = planned(case)
    if node is not None:
        assert node.unknown == planned(case, ask.MOST - 1, (node.question,))


@settings(deadline=None, max_examples=15)
@given(cases())
def test_the_same_case_gives_the_same_plan(case: Drawn) -> None:
    assert planned(case) == planned(case)


def test_where_nothing_can_change_nothing_is_asked() -> None:
    fusion = fuse.Fusion(
        evidence.AnswerModel(torch.zeros(6, evidence.WIDTH), torch.zeros(6), torch.zeros(6)),
        (1.0, 1.0), 1.0, torch.zeros(2, 6),
    )  # fmt: skip
    photo = torch.tensor([[0.9, 0.02, 0.02, 0.02, 0.02, 0.02]]).log()
    case = ask.AnswerTree(fusion, photo, Answers(), torch.full((6, 6), 0.5), COST)
    assert ask.plan(case, lambda p, said: int(p.argmax())) is None
    assert ask.plan(case, told) is None  # a basal cell carcinoma is seen within a week, bleeding or not


def test_the_question_that_splits_what_is_unsure_is_asked_first() -> None:
    """Two conditions are left, and one question tells them apart."""
    weight = torch.zeros(6, evidence.WIDTH)
    row = SYMPTOMS.index("changed")
    weight[MEL, row], weight[data.CODES.index("NEV"), row] = 2.0, -2.0
    fusion = fuse.Fusion(
        evidence.AnswerModel(weight, torch.zeros(6), torch.zeros(6)),
        (1.0, 1.0),
        1.0,
        torch.zeros(2, 6),
        (MEL,),
    )
    photo = torch.tensor([[0.01, 0.01, 0.48, 0.01, 0.01, 0.48]]).log()
    rates = torch.full((6, 6), 0.3)
    rates[row, MEL], rates[row, data.CODES.index("NEV")] = 0.9, 0.1
    node = ask.plan(ask.AnswerTree(fusion, photo, Answers(), rates, COST), told)
    assert node is not None
    assert node.question == "changed"


def test_rates_are_counted_of_what_was_answered_and_smoothed() -> None:
    known = [Answers(symptoms={"itch": True}), Answers(symptoms={"itch": False}), Answers(), Answers()]
    rates = ask.answer_rates(known, torch.tensor([0, 0, 0, 1]), 2)
    itch = SYMPTOMS.index("itch")
    assert rates[itch].tolist() == [0.5, 0.5]
    known = [Answers(symptoms={"itch": True})] * 3 + [Answers()]
    rates = ask.answer_rates(known, torch.tensor([0, 0, 0, 1]), 2)
    assert rates[itch].tolist() == [3.5 / 4, 0.5]
    assert torch.equal(ask.rates_from_json(ask.rates_to_json(rates), 2), rates)


def test_a_missed_cancer_costs_more_than_anything_else() -> None:
    cost = dict(zip(data.CODES, COST.tolist(), strict=True))
    assert min(cost[c] for c in data.CANCERS) > max(v for c, v in cost.items() if c not in data.CANCERS)
    assert cost["MEL"] == max(cost.values())
    assert ask.costs(("XYZ", "NEV"), {"XYZ"}).tolist() == [ask.CANCER_COST, 1.0]


def test_a_loaded_model_plans_with_the_judgement_it_is_given(small: Small) -> None:
    """What is asked depends on what could change; what was asked counts among the four, don't know included."""
    case = ([drawn.spot(1, 5)], {"age": "61", "site": "face"})

    def first(p: object, said: Mapping[str, bool]) -> Hashable:
        return said.get("itch")

    (node,) = small.diagnoser.plans([case], CATALOGUE, [first])
    assert node == Node("itch")
    (none,) = small.diagnoser.plans([case], CATALOGUE, [lambda analysis, said: analysis.model])
    assert none is None
    asked = {**case[1], "itch": "unknown", "grew": "no", "hurt": "no"}
    (last,) = small.diagnoser.plans(
        [(case[0], asked)], CATALOGUE, [lambda analysis, said: tuple(sorted(said.items()))]
    )
    assert last is not None
    assert {last.yes, last.no, last.unknown} == {None}
    assert last.question not in asked
    full = {**asked, "bleed": "unknown"}
    assert small.diagnoser.plans([(case[0], full)], CATALOGUE, [lambda a, said: tuple(said)]) == [None]


def test_a_picture_that_is_not_known_is_not_asked_about(small: Small) -> None:
    """Out of scope nothing is named, and somebody looks within a week whatever is answered."""
    from PIL import Image

    (node,) = small.diagnoser.plans(
        [([Image.new("RGB", (256, 256), (0, 0, 255))], {})],
        CATALOGUE,
        [lambda analysis, said: (analysis.urgency, analysis.reason)],
    )
    assert node is None
