"""`ngozi model`: the commands a researcher and the evaluation use."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from model import fit, notes, train
from model.analysis import Analysis, Score
from model.data import CODES
from model.eyes_fit import EyesRecipe
from tests.model import drawn
from tests.model.conftest import Small, catalogue, small  # noqa: F401  (fixtures)
from worker import findings_command, model_commands, model_shell

FIELDS = {
    "file",
    "usable",
    "quality",
    "in_scope",
    "scope_score",
    "conditions",
    "cancer_probability",
    "urgency",
    "abstained",
    "reason",
    "model",
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model_commands.app, [str(a) for a in arguments])


def whole(found: dict[str, Any]) -> bool:
    """Whether a line holds everything the contract names."""
    conditions = {c["code"]: c["probability"] for c in found["conditions"]}
    return (
        set(found) >= FIELDS
        and set(conditions) == set(CODES)
        and math.isclose(sum(conditions.values()), 1.0, abs_tol=1e-5)
        and 0.0 <= found["scope_score"] <= 1.0
        and isinstance(found["usable"], bool)
        and found["abstained"] == (found["reason"] is not None)
    )


class Says:
    """A speaker of one sentence."""

    def __init__(self, text: str) -> None:
        self.text = text

    def answers(self, soft: list[bytes]) -> list[str]:
        return [self.text] * len(soft)

    def concepts(self, text: str) -> tuple[str, ...]:
        return ("brown",) if "brown" in text else ()


@pytest.mark.parametrize(("name", "agrees"), [("melanoma", True), ("basal cell carcinoma", False)])
def test_words_that_name_another_condition_than_the_numbers_are_not_printed(name: str, agrees: bool) -> None:
    scores = tuple(Score(code, 0.9 if code == "MEL" else 0.02) for code in CODES)
    seen = Analysis(True, 1.0, scores, 0.9, "week", False, "", False, "m", b"soft")
    text = f"{notes.CONCEPT_START}brown. {notes.DIAGNOSIS_START}{name}."
    (said,) = findings_command._described(Says(text), [seen])  # type: ignore[arg-type]
    assert said == (text if agrees else notes.CANNOT_TELL, ("brown",))


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Path]:
    drawn.spot(0, 1).save(tmp_path / "a.png")
    drawn.spot(2, 2, 1200, 900).save(tmp_path / "b.jpg", exif=b"")
    drawn.spot(4, 3, 90, 90).save(tmp_path / "tiny.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 nothing")
    rows: list[dict[str, object]] = [
        {"file": "a.png", "age": "61", "region": "FACE", "itch": "True", "bleed": "UNK", "label": "BCC"},
        {"file": str(tmp_path / "b.jpg"), "age": "", "region": "", "itch": "maybe"},
        {"file": "tiny.png", "elevation": "no"},
        {"file": "broken.jpg"},
        {"file": "absent.jpg"},
    ]
    file = tmp_path / "photos.csv"
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["label", "file", "age", "region", "itch", "bleed", "elevation"])
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_a_table_gives_one_line_a_photograph_in_its_order(small: Small, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out.jsonl"
    done = run("findings", "--csv", table, "--out", out, "--model", small.model)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["file"] for line in lines] == [
        "a.png",
        str(tmp_path / "b.jpg"),
        "tiny.png",
        "broken.jpg",
        "absent.jpg",
    ]
    assert all(whole(line) for line in lines[:3])
    assert not lines[2]["usable"]
    assert lines[2]["quality"] == "small"
    assert "maybe" in lines[1]["notes"][0]
    for line in lines[3:]:
        assert set(line) == {"file", "error"}
        assert "expected" in line["error"]


def test_without_answers_the_photograph_stands_alone(small: Small, table: Path, tmp_path: Path) -> None:
    asked, alone = tmp_path / "asked.jsonl", tmp_path / "alone.jsonl"
    run("findings", "--csv", table, "--out", asked, "--model", small.model)
    run("findings", "--csv", table, "--out", alone, "--no-answers", "--model", small.model)
    first, second = (json.loads(f.read_text().splitlines()[0]) for f in (asked, alone))
    assert first["conditions"] != second["conditions"]
    bare = run("findings", table.parent / "a.png", "--json", "--model", small.model)
    for one, other in zip(json.loads(bare.stdout)["conditions"], second["conditions"], strict=True):
        assert one["code"] == other["code"]
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)


def test_one_photograph_with_answers_prints_one_object(small: Small, table: Path) -> None:
    answers = "itch=yes,bleed=no,age=61,site=face"
    done = run("findings", table.parent / "a.png", "--answers", answers, "--json", "--model", small.model)
    assert done.exit_code == 0, done.output
    assert whole(json.loads(done.stdout))


def test_a_person_at_a_terminal_gets_a_table(small: Small, table: Path) -> None:
    done = run("findings", table.parent / "a.png", "--model", small.model)
    assert done.exit_code == 0
    assert "any cancer" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["findings"], "no photograph"),
        (["findings", "x.png", "--answers", "itch=perhaps"], "'perhaps'"),
        (["findings", "x.png", "--answers", "teeth=yes"], "'teeth=yes'"),
        (["findings", "x.png", "--answers", "site=mars"], "'mars'"),
        (["findings", "x.png", "--answers", "age=200"], "'200'"),
        (["findings", "--csv", "absent.csv", "--out", "o.jsonl"], "absent.csv"),
        (["findings", "--csv", "absent.csv"], "absent.csv"),
        (["findings", "x.png", "--out", "o.jsonl"], "o.jsonl"),
        (["findings", "x.png", "--model", "/nowhere"], "/nowhere"),
        (["evaluate", "--data", "/nowhere", "--out", "o"], "/nowhere"),
        (["evaluate", "--data", "/nowhere", "--out", "o", "--folds", "1"], "--folds is 1"),
        (["train", "--data", "/nowhere", "--out", "o"], "/nowhere"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(
    arguments: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert "expected" in done.stderr
    assert "Traceback" not in done.output
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_of_foreign_pictures_is_looked_for_before_anything_is_computed(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(folder: object) -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(model_shell, "load", never)
    done = run("evaluate", "--data", small.data, "--out", tmp_path / "o", "--foreign", tmp_path / "absent")
    assert done.exit_code == 2, done.output
    assert "absent" in done.stderr
    assert "expected" in done.stderr


def test_an_unreadable_photograph_is_said_and_the_others_are_still_examined(
    small: Small, table: Path
) -> None:
    done = run(
        "findings", table.parent / "broken.jpg", table.parent / "a.png", "--json", "--model", small.model
    )
    assert done.exit_code == 2
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert "error" in first
    assert whole(second)


def test_train_then_evaluate_on_a_small_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = drawn.folder(tmp_path / "data")
    recipe = fit.Recipe(epochs=1, batch=9, side_px=64)
    quick = EyesRecipe(epochs=1, views=2)
    monkeypatch.setattr(train, "FOLDS", 2)
    monkeypatch.setattr(
        train.train,
        "__kwdefaults__",
        {"seed": train.SEED, "folds": 2, "recipes": None, "eyes_recipe": quick, "words": None},
    )
    monkeypatch.setattr(train, "RECIPES", (recipe,))
    work = tmp_path / "work"
    done = run("train", "--data", where, "--out", work, "--no-words")
    assert done.exit_code == 0, done.output
    done = run(
        "evaluate",
        "--data",
        where,
        "--out",
        tmp_path / "report",
        "--folds",
        "2",
        "--model",
        work / "model",
        "--work",
        work,
    )
    assert done.exit_code == 0, done.output
    held = json.loads((tmp_path / "report" / "report.json").read_text())
    assert set(held["sections"]) == {"split val", "2 folds over patients"}
    for ways in held["sections"].values():
        for way in ways:
            assert {
                "balanced_accuracy",
                "cancer_auc",
                "specificity_at_95_sensitivity",
                "ece",
                "top_2",
            } <= set(way["figures"])
            figure = way["figures"]["balanced_accuracy"]
            assert figure["low"] <= figure["value"] <= figure["high"]
            assert set(way["classes"]) == set(CODES)
    text = (tmp_path / "report" / "report.md").read_text()
    assert "balanced_accuracy" in text
    assert "Pacheco" in text
    pictures = sorted(p.name for p in (tmp_path / "report").glob("*.png"))
    assert len(pictures) == 8
    assert all(way["coverage"] and way["skin_types"] for ways in held["sections"].values() for way in ways)
    assert all((tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG") for name in pictures)


def test_a_split_that_does_not_exist_is_refused(small: Small, tmp_path: Path) -> None:
    done = run("evaluate", "--data", small.data, "--split", "test", "--out", tmp_path)
    assert done.exit_code == 2
    assert "--split is 'test'; expected one of train, val" in done.stderr
