"""The ablation of the compact model's words: three arms over one look, taken up where it stopped; real networks at tiny size."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model import data, notes, presets, words_ablation, words_fit
from model.eyes_fit import EyesRecipe
from model.fit import Recipe
from model.language import add_lora
from model.network import Eyes
from model.words_ablation import Looked, ablate, judged, of_fold
from tests.model.conftest import Small
from tests.model.test_teach import language_model
from tests.model.test_words import LORA, SIZES, photos  # noqa: F401  (a fixture)
from tests.model.tokenizers_made import of_bytes


def quiet(*told: Any) -> None:
    pass


def plan() -> words_fit.Plan:
    torch.manual_seed(1)
    lm = add_lora(language_model("gemma3", lora=False), LORA)
    config = replace(
        words_fit.CONFIG, device="cpu", batch=2, accumulate=1, prompt="published", follow_up_share=0.0, save_every=1, check_every=9
    )  # fmt: skip
    return words_fit.Plan(lm, of_bytes(), {}, "", {1: 2, 2: 3}, config, words_ablation.BLANK)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "COMPACT", replace(presets.COMPACT, sizes=SIZES))
    monkeypatch.setattr(words_ablation, "MOST_TOKENS", 6)


def seen_by_hand(taught: list[data.Photo], held: list[data.Photo]) -> Looked:
    """What eyes of random weights saw of photographs that need not be looked at."""
    torch.manual_seed(4)
    blank = torch.zeros(len(data.CODES))
    lessons = [
        words_fit.Lessons(p.path, p.patient_id, p.label, ("red", "raised"), blank, blank) for p in taught
    ]
    known = [{"colour": "red", "raised": "yes"}] * len(held)
    looks = torch.randn(2, len(taught), 3, 32)
    return Looked(Eyes(SIZES).eval(), looks, lessons, held, known, torch.randn(len(held), 3, 32))


def _trained(folder: Path) -> list[str]:
    return list(tomllib.loads((folder / "config.toml").read_text())["parts"])


def test_the_arms_are_taught_asked_and_taken_up(
    photos: list[data.Photo],
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = seen_by_hand(photos, [p for p in data.photographs(small.data) if p.split == "val"])
    rows = ablate(found, plan(), tmp_path, quiet, most=4, rounds=20)
    assert [(row["arm"], row["steps"]) for row in rows] == [
        ("step 1 only", {"step1": 2}),
        ("step 2 only", {"step2": 3}),
        ("both", {"step1": 2, "both": 3}),
        ("both, without LoRA", {"step1_projection": 2, "both_projection": 3}),
    ]
    assert _trained(tmp_path / "both") == ["projection", "findings", "lora"]
    assert _trained(tmp_path / "both_projection") == ["projection", "findings"]
    assert all(row["photographs"] == 4 and 0 <= row["names"]["value"] <= 1 for row in rows)
    losses = [(tmp_path / name / "losses.csv").read_text() for name in ("step2", "both")]
    assert losses[0] != losses[1]  # step 2 alone began where step 1 began, not where it ended
    assert json.loads((tmp_path / "ablation.json").read_text()) == rows
    assert "| both | 2 + 3 |" in (tmp_path / "ablation.md").read_text()

    def never(*given: Any, **more: Any) -> None:
        raise AssertionError("what was said is kept")

    monkeypatch.setattr(words_ablation, "Generator", never)
    assert ablate(found, plan(), tmp_path, quiet, most=4, rounds=20) == rows


def test_a_fold_is_looked_at_by_networks_that_have_not_seen_it(
    photos: list[data.Photo], tmp_path: Path
) -> None:
    found = of_fold(
        photos, tmp_path, quiet, folds=2, seed=3, recipes=[Recipe(epochs=1, batch=9, side_px=64)],
        eyes_recipe=EyesRecipe(epochs=1, batch=8, views=2),
    )  # fmt: skip
    taught = {one.patient for one in found.lessons}
    assert taught.isdisjoint(photo.patient_id for photo in found.held)
    assert len(found.lessons) + len(found.held) == len(photos)
    assert (tmp_path / "fold0" / "state0.pt").is_file()


def test_what_is_said_is_counted_against_what_is_known(photos: list[data.Photo]) -> None:
    held = [p for p in photos if p.label in ("BCC", "NEV")][:2]
    named = {p.label: notes.DIAGNOSIS_START + words_fit.PAD_NAMES[p.label] for p in held}
    seen = [{"colour": "red", "raised": "yes", "colours": "one"}] * 2
    found = Looked(None, torch.zeros(1), [], held, seen, torch.zeros(2))  # type: ignore[arg-type]
    said = {
        "concepts": [notes.CONCEPT_START + "red, flat.", "Nothing."],
        "diagnosis": [named[held[0].label] + ".", "I cannot tell."],
    }
    row = judged(found, [0, 1], said, rounds=20)
    assert (row["names"]["value"], row["right"]["value"]) == (0.5, 0.5)
    # Four could be said (that it is of one colour has no word), one was; of two said one is true.
    assert row["concepts_found"]["value"] == 0.25
    assert row["concepts_true"]["value"] == 0.5
