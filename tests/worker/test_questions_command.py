"""`ngozi model questions`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner, Result

from model import ask, ask_report, data, train
from model.fit import Recipe
from tests.model import drawn
from tests.model.test_ask_curve import held
from worker import model_commands, model_shell, questions_command


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model_commands.app, ["questions", *map(str, arguments)])


@pytest.mark.parametrize(("begun", "networks"), [((), 2), ((0,), 1), ((0, 1), 2)])
def test_the_networks_that_every_fold_has_are_asked_and_the_report_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: tuple[int, ...], networks: int
) -> None:
    out_of_fold, patients = held(4)
    asked: dict[str, Any] = {}

    def cross_validate(
        photos: Any, work: Path, folds: int, seed: int, recipes: Any, tell: Any, **more: Any
    ) -> Any:
        asked.update(recipes=tuple(recipes), folds=folds, seed=seed, **more)
        return out_of_fold

    photos = [
        data.Photo(Path("x"), data.CODES[y], patient, "", "train", a)
        for y, patient, a in zip(out_of_fold.labels.tolist(), patients, out_of_fold.answers, strict=True)
    ]
    monkeypatch.setattr(train, "cross_validate", cross_validate)
    monkeypatch.setattr(ask_report, "ROUNDS", 5)
    monkeypatch.setattr(model_shell, "photographs", lambda *_: photos)
    for k in range(3):
        for n in begun:
            (tmp_path / f"fold{k}").mkdir(exist_ok=True)
            (tmp_path / f"fold{k}" / f"state{n}.pt").touch()
    done = run("--data", "x", "--work", tmp_path, "--folds", "3")
    assert done.exit_code == 0, done.output
    assert asked == {
        "recipes": train.RECIPES[:networks], "folds": 3, "seed": train.SEED, "head": networks == 2,
    }  # fmt: skip
    found = json.loads((tmp_path / "questions" / "questions.json").read_text())
    assert ("Q-Former" in found["photograph"]) == (networks == 2) or "alone" in found["photograph"]
    assert found["photographs"] == len(photos)
    assert sum(found["stopped"]["asked"]) == len(photos)
    assert len(found["stopped"]["asked"]) == ask.MOST + 1


def test_one_network_that_a_fold_lacks_is_not_counted(tmp_path: Path) -> None:
    for k, n in ((0, 0), (1, 0), (2, 0), (0, 1), (2, 1)):
        (tmp_path / f"fold{k}").mkdir(exist_ok=True)
        (tmp_path / f"fold{k}" / f"state{n}.pt").touch()
    assert questions_command._trained(tmp_path, 3, 2) == 1
    assert questions_command._trained(tmp_path, 4, 2) == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--data", "/nowhere", "--work", "w"], "/nowhere"),
        (["--data", "/nowhere", "--work", "w", "--folds", "2"], "--folds is 2"),
        (["--data", "/nowhere", "--work", "w", "--networks", "9"], "--networks is 9"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], named: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert "expected" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_towers_alone_need_no_q_former(tmp_path: Path) -> None:
    photos = [p for p in data.photographs(drawn.folder(tmp_path / "data")) if p.split == "train"]
    recipe = Recipe(epochs=1, side_px=64)
    torch.set_num_threads(1)
    found = train.cross_validate(photos, tmp_path / "work", 2, 1, [recipe], lambda *_: None, head=False)
    assert found.head_share == 0.0
    assert found.towers is not None
    assert torch.equal(found.photo, found.towers)
    assert not (tmp_path / "work" / "fold0" / "eyes.pt").exists()
