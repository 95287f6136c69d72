"""What a report holds beside its figures: what abstaining buys, skin types, failures in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model import coverage, data, evaluate, failures, groups
from model.answers import Answers
from tests.model.conftest import Small

CODES = ("BCC", "NEV")


def two(first: Sequence[float]) -> torch.Tensor:
    """Probabilities of two conditions from those of the first."""
    p = torch.tensor(list(first))
    return torch.stack([p, 1 - p], dim=1)


def test_the_least_sure_go_without_an_answer_and_their_cancers_are_counted() -> None:
    # Sure and right twelve times, torn and wrong eight times: all eight are cancers taken for a mole.
    p = two([0.95] * 6 + [0.05] * 6 + [0.45] * 8)
    y = torch.tensor([0] * 6 + [1] * 6 + [0] * 8)
    patients = [f"P{n}" for n in range(20)]
    found = coverage.rows(p, y, y == 0, patients, torch.tensor([False] * 19 + [True]), rounds=20)
    at = {row["answered"]: row for row in found}
    assert at["100%"]["accuracy"]["value"] == pytest.approx(0.6)
    assert (at["100%"]["abstained"], at["100%"]["cancers_abstained"]) == (0, 0)
    assert at["60%"]["accuracy"]["value"] == 1.0
    assert (at["60%"]["abstained"], at["60%"]["cancers_abstained"], at["60%"]["cancers"]) == (8, 8, 14)
    assert at["by the model's own rule"]["photographs"] == 19
    assert "accuracy" not in at["30%"]
    assert "too few" in coverage.lines(found, "alone")[-2 - 1] + "".join(coverage.lines(found, "alone"))


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(0, 1)), min_size=10, max_size=60))
def test_a_curve_ends_where_all_are_answered(seen: list[tuple[float, int]]) -> None:
    p, y = two([s for s, _ in seen]), torch.tensor([c for _, c in seen])
    found = coverage.curve(p, y, y == 0)
    assert found.answered[-1] == 1.0
    assert found.cancers[-1] == 0.0
    assert found.accuracy[-1] == pytest.approx(float((p.argmax(1) == y).float().mean()))
    assert found.cancers == sorted(found.cancers, reverse=True)
    assert (
        len({len(values) for values in (found.answered, found.accuracy, found.balanced, found.cancers)}) == 1
    )


def test_a_skin_type_with_fewer_than_ten_photographs_has_no_figure() -> None:
    p = two([0.9] * 10 + [0.2] * 10 + [0.9] * 3)
    y = torch.tensor([0] * 10 + [1] * 10 + [0] * 3)
    types = [2] * 20 + [6] * 3
    patients = [f"P{n}" for n in range(23)]
    found = {row["type"]: row for row in groups.rows(p, y, p[:, 0], y == 0, patients, types, rounds=20)}
    assert list(found) == ["I", "II", "III", "IV", "V", "VI", "not recorded"]
    assert found["II"]["cancer_auc"]["value"] == 1.0
    assert (found["VI"]["photographs"], found["VI"]["cancers"]) == (3, 3)
    assert "accuracy" not in found["VI"]
    assert found["V"]["photographs"] == 0
    assert "| VI | 3 | 3 | 3 | too few | too few | too few |" in groups.lines(list(found.values()), "alone")


def test_missed_cancers_come_first_then_the_surest_and_a_patient_once() -> None:
    p = two([0.40, 0.05, 0.99, 0.30, 0.02, 0.97])
    y = torch.tensor(
        [0, 0, 1, 0, 1, 1]
    )  # rows 0, 1, 3: cancers named a mole; 2, 5: moles named a cancer; 4: right
    patients = ["A", "B", "C", "B", "D", "E"]
    assert failures.choose(p, y, CODES, ("BCC",), patients) == [1, 0, 2, 5]
    assert failures.choose(p, y, CODES, ("BCC",), patients, 2) == [1, 0]


def test_a_failure_is_described_by_decade_and_answers_and_by_no_picture() -> None:
    photo = data.Photo(
        Path("images/PAT_7_1.png"),
        "BCC",
        "PAT_7",
        "1",
        "val",
        Answers(age_years=67.0, site="nose", symptoms={"itch": True, "bleed": False}),
    )
    one = failures.described(
        photo, torch.tensor([0.2, 0.8]), {"colour": "red", "raised": "yes"}, CODES, ("BCC",), "; urgency week"
    )
    (said,) = failures.lines([one], "alone")[4:-1]
    assert said == (
        "1. **BCC**, named NEV at 0.80 (BCC itself 0.20, any cancer 0.20); urgency week. Seen: red, raised. "
        "Answers: itch yes, bleed no. Age: 60s. Site: nose."
    )


def test_the_report_holds_all_of_it_and_the_skin_type_is_read_for_it_alone(
    small: Small, tmp_path: Path
) -> None:
    photos = [p for p in data.photographs(small.data) if p.split == "val"]
    types = data.skin_types(small.data)
    y = torch.tensor([data.CODES.index(p.label) for p in photos])
    p = torch.full((len(photos), 6), 0.1)
    p[:, 5] = 0.5
    way = evaluate.Judged("alone", p, y, tuple(photo.patient_id for photo in photos))
    wrong = evaluate.wrong_in_words(way, photos, data.CODES, data.CANCERS, 0.25)
    assert [one["named"] for one in wrong] == ["NEV"] * len(wrong)
    assert wrong[0]["true"] in data.CANCERS
    evaluate.report(
        {"split val": [way]}, data.CODES, data.CANCERS, {}, tmp_path, rounds=10,
        types={"split val": [types.get(photo.path) for photo in photos]}, wrong={"split val": [wrong]},
    )  # fmt: skip
    text = (tmp_path / "report.md").read_text()
    for part in ("abstention against accuracy", "by skin type", "failures in words"):
        assert f"### alone, {part}" in text.replace(f"{len(wrong)} failures", "failures")
    for name in ("confusion", "coverage", "reliability", "roc"):
        assert f"({name}_split_val.png)" in text
        with Image.open(tmp_path / f"{name}_split_val.png") as plot:
            assert plot.size[0] > 300
    assert not any("fitzpatrick" in vars(photo) for photo in photos)


def test_skin_types_are_those_recorded(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,fitzpatrick\nimages/a.png,2.0\nimages/b.png,\nimages/c.png,6\nimages/d.png,7\n"
    )
    assert data.skin_types(tmp_path) == {tmp_path / "images/a.png": 2, tmp_path / "images/c.png": 6}
