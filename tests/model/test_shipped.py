"""The shipped model on real photographs; needs the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from model import data, evaluate, metrics, scope, scope_report
from model.analysis import CatalogueEntry
from model.bundle import SHIPPED, read_manifest
from model.diagnose import Diagnoser
from model.speak import Speaker

pytestmark = pytest.mark.data


@pytest.mark.timeout(1800)
def test_the_shipped_model_is_as_good_as_its_card_says(
    data_folder: Path, catalogue: Mapping[str, CatalogueEntry]
) -> None:
    photos = [p for p in data.photographs(data_folder / "pad_ufes_20") if p.split == "val"]
    alone, fused = evaluate.judge(Diagnoser.load(), photos, catalogue)
    positive = torch.isin(fused.y, torch.tensor([data.CODES.index(c) for c in data.CANCERS]))
    score = evaluate.cancer_score(fused.p, data.CODES, data.CANCERS)
    assert metrics.balanced_accuracy(alone.p, alone.y) == pytest.approx(0.678, abs=0.02)
    assert metrics.balanced_accuracy(fused.p, fused.y) == pytest.approx(0.739, abs=0.02)
    assert metrics.auc(score, positive) == pytest.approx(0.966, abs=0.01)


@pytest.mark.timeout(1800)
def test_dermoscopic_pictures_are_noticed_as_often_as_the_card_says(data_folder: Path) -> None:
    held = scope.from_json(read_manifest(SHIPPED)["scope"])
    phone = [p.path for p in data.photographs(data_folder / "pad_ufes_20") if p.split == "val"]
    dermoscopy = scope_report.pictures(data_folder / "isic_dermoscopy_nc" / "images")
    foreign, usual = (scope_report.judge("", held, paths) for paths in (dermoscopy, phone))
    assert foreign.equal / foreign.count == pytest.approx(0.863, abs=0.02)
    assert usual.equal / usual.count == pytest.approx(0.038, abs=0.02)


@pytest.mark.timeout(1800)
def test_the_same_photograph_gives_the_same_findings_and_text_alone_and_among_eight(
    data_folder: Path, catalogue: Mapping[str, CatalogueEntry], language_cache: Path
) -> None:
    """NGOZI_TEST_TIMES: how often it is looked at and described alone; each description takes some 15 s on a small machine."""
    times = int(os.environ.get("NGOZI_TEST_TIMES", "1"))
    photos = [p for p in data.photographs(data_folder / "pad_ufes_20") if p.split == "val"][:8]
    images = [data.open_photo(p.path) for p in photos]
    diagnoser = Diagnoser.load()
    speaker = Speaker.load(cache=language_cache)
    assert speaker is not None
    together = diagnoser.analyse_batch([([image], {}) for image in images], catalogue)
    alone = [diagnoser.analyse(images[:1], {}, catalogue) for _ in range(max(2, times))]
    assert all(one == together[0] and one.soft == together[0].soft for one in alone)
    text, *others = speaker.answers([one.soft for one in together])
    assert text
    assert len({text, *others}) > 1
    assert all(speaker.answers([alone[0].soft]) == [text] for _ in range(times))
