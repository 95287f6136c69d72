"""Figures against the number of questions: every order ends where all answers are, and the rule asks at most four."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping
from pathlib import Path

import pytest
import torch

from model import ask, ask_curve, ask_report, data, metrics, train
from model.analysis import Analysis, CatalogueEntry
from model.answers import SYMPTOMS, Answers

CATALOGUE = {
    c: CatalogueEntry(c, "week" if c in data.CANCERS else "routine", c in data.CANCERS) for c in data.CODES
}
YES = {
    "BCC": "itch bleed elevation",
    "SCC": "itch hurt",
    "MEL": "changed grew",
    "ACK": "itch",
    "SEK": "elevation",
    "NEV": "",
}


def told(analysis: Analysis, said: Mapping[str, bool]) -> tuple[Hashable, ...]:
    top = max(analysis.conditions, key=lambda s: s.probability)
    return ("week" if said.get("bleed") else analysis.urgency, top.code, analysis.reason)


def held(per_condition: int = 8) -> tuple[train.OutOfFold, list[str]]:
    """Made-up photographs that say a little, and answers that say more; one answer in eight is missing."""
    chance = random.Random(5)
    labels, answers = [], []
    for c, code in enumerate(data.CODES):
        for _ in range(per_condition):
            labels.append(c)
            said = {
                n: (n in YES[code].split()) != (chance.random() < 0.1)
                for n in SYMPTOMS
                if chance.random() > 0.12
            }
            answers.append(
                Answers(float(chance.randint(20, 80)), 0.0, chance.choice(["face", "back"]), None, said)
            )
    y = torch.tensor(labels)
    photo = torch.randn(len(y), 6, generator=torch.Generator().manual_seed(1))
    photo[torch.arange(len(y)), y] += 0.8
    patients = [f"P{n // 2}" for n in range(len(y))]
    fold = torch.tensor([n // 2 % 3 for n in range(len(y))])
    return train.OutOfFold(y, fold, photo.log_softmax(1), tuple(answers)), patients


@pytest.fixture(scope="module")
def made() -> ask_curve.Curve:
    out_of_fold, patients = held()
    return ask_curve.curve(out_of_fold, patients, 1, told, CATALOGUE)


def test_all_orders_begin_and_end_alike(made: ask_curve.Curve) -> None:
    for arm in ask_curve.ARMS:
        for orders in made.after[arm]:
            assert torch.allclose(orders.sum(-1), torch.ones(7, len(made.labels)), atol=1e-4)
            assert torch.equal(orders[0], made.after[ask_curve.ARMS[0]][0, 0])
            assert torch.equal(orders[6], made.after[ask_curve.ARMS[0]][0, 6])


def test_answers_that_say_more_than_the_photograph_help(made: ask_curve.Curve) -> None:
    active = made.after[ask_curve.ARMS[0]][0]
    loss = [ask_curve.log_loss(p, made.labels) for p in active]
    assert loss[6] < loss[2] < loss[0]


def test_an_answer_that_is_missing_counts_as_asked_and_changes_nothing() -> None:
    out_of_fold, patients = held()
    silent = tuple(Answers(a.age_years, 0.0, a.site) for a in out_of_fold.answers[:8])
    mixed = train.OutOfFold(
        out_of_fold.labels, out_of_fold.fold, out_of_fold.photo, silent + out_of_fold.answers[8:]
    )
    curve = ask_curve.curve(mixed, patients, 1, told, CATALOGUE)
    for arm in ask_curve.ARMS:
        for count in range(1, 7):
            assert torch.equal(curve.after[arm][0, count, :8], curve.after[arm][0, 0, :8])
    assert curve.stopped.told[:8] == curve.stopped.told_by_none[:8]
    assert int(curve.stopped.asked[:8].sum()) > 0


def test_the_rule_asks_at_most_four_and_says_what_its_last_answer_leads_to(made: ask_curve.Curve) -> None:
    rule = made.stopped
    assert 0 < int(rule.asked.max()) <= ask.MOST
    assert set(rule.asked.tolist()) <= set(range(ask.MOST + 1))
    for row in (rule.asked == 0).nonzero()[:, 0].tolist():
        assert rule.told[row] == rule.told_by_none[row]


def test_nothing_of_a_fold_is_learned_from_it() -> None:
    """Labels of one fold exchanged: what is said of that fold's photographs stays to the last bit."""
    out_of_fold, patients = held(4)
    curve = ask_curve.curve(out_of_fold, patients, 1, told, CATALOGUE)
    labels = out_of_fold.labels.clone()
    mine = out_of_fold.fold == 0
    labels[mine] = labels[mine].flip(0)
    other = train.OutOfFold(labels, out_of_fold.fold, out_of_fold.photo, out_of_fold.answers)
    again = ask_curve.curve(other, patients, 1, told, CATALOGUE)
    for arm in ask_curve.ARMS:
        assert torch.equal(curve.after[arm][:, :, mine], again.after[arm][:, :, mine])
    assert torch.equal(curve.stopped.p[mine], again.stopped.p[mine])
    assert curve.orders[0] == again.orders[0]


def test_the_report_holds_what_the_curve_says(made: ask_curve.Curve, tmp_path: Path) -> None:
    found = ask_report.write(made, {"photograph": "made up"}, tmp_path, rounds=20)
    active = found["arms"][ask_curve.ARMS[0]]
    expected = metrics.balanced_accuracy(made.after[ask_curve.ARMS[0]][0, 2], made.labels)
    assert active["balanced_accuracy"][2]["value"] == pytest.approx(expected)
    share = found["share_of_gain"][ask_curve.ARMS[0]]["log_loss"][1]["value"]
    loss = [active["log_loss"][count]["value"] for count in (0, 2, 6)]
    assert share == pytest.approx((loss[1] - loss[0]) / (loss[2] - loss[0]))
    assert found["stopped"]["asked_mean"]["value"] == pytest.approx(float(made.stopped.asked.float().mean()))
    text = (tmp_path / "questions.md").read_text()
    assert "Two questions in active order reach 90% of the gain" in text
    fixed = found["share_of_gain"][ask_curve.ARMS[1]]["log_loss"][1]["value"]
    assert found["two_in_hindsight"]["log_loss"]["share"] > fixed
    assert "Two questions chosen in hindsight" in text
    assert (tmp_path / "questions.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "questions.json").read_text().startswith("{")
