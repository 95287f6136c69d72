"""A small model of drawn pictures, made once: real networks and tables, no training of the networks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from model import bundle, data, language, train
from model.analysis import CatalogueEntry
from model.diagnose import Diagnoser
from model.fit import Recipe
from model.vision import LesionNet, load_imagenet
from tests.model import drawn


@dataclass(frozen=True)
class Small:
    data: Path
    model: Path
    diagnoser: Diagnoser


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Urgency of the six conditions as the chat's catalogue has it."""
    return {
        code: CatalogueEntry(code, "week" if code in data.CANCERS else "routine", code in data.CANCERS)
        for code in data.CODES
    }


@pytest.fixture(scope="session")
def language_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packaged language model lies converted: once a run, for all processes; NGOZI_TEST_CACHE keeps it for the next."""
    kept = os.environ.get("NGOZI_TEST_CACHE")
    base = tmp_path_factory.getbasetemp()
    # Each of pytest-xdist's processes has a folder of its own below the run's.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    cache = Path(kept) if kept else shared / "language"
    cache.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{cache}.lock"):
        language.converted("gemma3-270m", cache)
    return cache


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A folder of data and a model of it whose head was never trained."""
    torch.set_num_threads(2)
    where = tmp_path_factory.mktemp("small")
    photos = [p for p in data.photographs(drawn.folder(where / "data")) if p.split == "train"]
    torch.manual_seed(7)
    net = LesionNet(len(data.CODES))
    load_imagenet(net.tower)
    labels = torch.tensor([data.CODES.index(p.label) for p in photos])
    said = torch.randn(len(photos), len(data.CODES))
    said[torch.arange(len(photos)), labels] += 2.0
    held = train.OutOfFold(
        labels,
        torch.tensor(data.folds(photos, 3, 1)),
        said.log_softmax(1),
        tuple(p.answers for p in photos),
    )
    model = where / "model"
    bundle.write(model, [net.state_dict()], train.manifest_of(photos, held, 1, [Recipe()]))
    return Small(where / "data", model, Diagnoser.load(model))
