"""The shipped model on real photographs; needs the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from model import data, evaluate, metrics, scope
from model.analysis import CatalogueEntry
from model.bundle import SHIPPED, read_manifest
from model.diagnose import Diagnoser

pytestmark = pytest.mark.data


def test_the_shipped_model_is_as_good_as_its_card_says(
    data_folder: Path, catalogue: Mapping[str, CatalogueEntry]
) -> None:
    photos = [p for p in data.photographs(data_folder / "pad_ufes_20") if p.split == "val"]
    alone, fused = evaluate.judge(Diagnoser.load(), photos, catalogue)
    positive = torch.isin(fused.y, torch.tensor([data.CODES.index(c) for c in data.CANCERS]))
    score = evaluate.cancer_score(fused.p, data.CODES, data.CANCERS)
    assert metrics.balanced_accuracy(alone.p, alone.y) == pytest.approx(0.672, abs=0.02)
    assert metrics.balanced_accuracy(fused.p, fused.y) == pytest.approx(0.731, abs=0.02)
    assert metrics.auc(score, positive) == pytest.approx(0.966, abs=0.01)


def test_dermoscopic_pictures_are_noticed_more_often_than_phone_photographs(data_folder: Path) -> None:
    held = scope.from_json(read_manifest(SHIPPED)["scope"])
    dermoscopy = [
        data.Photo(file, "", "", "", "", evaluate.Answers())
        for file in sorted((data_folder / "isic_dermoscopy_nc" / "images").iterdir())
    ]
    phone = [p for p in data.photographs(data_folder / "pad_ufes_20") if p.split == "val"]
    foreign, usual = (
        float((held.score(scope.features(data.stack(s))) < 0.5).float().mean()) for s in (dermoscopy, phone)
    )
    assert foreign > 0.4
    assert usual < 0.1
