"""The models of a process: findings first, words when their language model is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import migrations
from bot.database import transaction
from bot.settings import Settings
from bot.tables import Heartbeat
from model.speak import QUESTION
from tests.model.conftest import Small, small  # noqa: F401  (a fixture)
from tests.model.test_words import photos, with_words  # noqa: F401  (fixtures)
from worker import model_loading
from worker.engine import Engine
from worker.loaded import Loaded
from worker.opened import database
from worker.parts import Parts


def settings(home: Path, model: Path | str, words: str = "1") -> Settings:
    return Settings.read({"NGOZI_HOME": str(home), "NGOZI_MODEL": str(model), "NGOZI_WORDS": words})


def test_words_come_later_than_findings(with_words: tuple[Path, Path], tmp_path: Path) -> None:
    found = model_loading.load(settings(tmp_path, with_words[0]))
    assert found.diagnoser is not None
    assert found.speech is None
    assert found.later is not None
    speech = found.later()
    assert speech is not None
    assert speech.question == QUESTION
    assert speech.speaker.languages == ("en",)


def test_without_words_or_without_their_language_model_findings_are_made(
    with_words: tuple[Path, Path],
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert model_loading.load(settings(tmp_path, with_words[0], "0")).later is None
    plain = model_loading.load(settings(tmp_path, small.model)).later
    assert plain is not None
    assert plain() is None
    with_words[1].rename(with_words[1].with_name("gone"))
    try:
        gone = model_loading.load(settings(tmp_path, with_words[0]))
        assert gone.diagnoser is not None
        assert gone.later is not None
        assert gone.later() is None
    finally:
        with_words[1].with_name("gone").rename(with_words[1])
    assert model_loading.load(settings(tmp_path, "off")) == Loaded(None)


@pytest.mark.parametrize("fault", ["truncated", "no digest", "no torch"])
def test_a_model_that_cannot_be_loaded_is_one_sentence(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small.model, folder)
    if fault == "truncated":
        weights = folder / "weights.safetensors"
        weights.write_bytes(weights.read_bytes()[:-8])
        said = r"weights\.safetensors has SHA-256 .* expected"
    elif fault == "no digest":
        manifest = folder / "manifest.json"
        held = json.loads(manifest.read_text("utf-8"))
        del held["weights_sha256"]
        manifest.write_text(json.dumps(held), "utf-8")
        said = "lacks weights_sha256"
    else:
        monkeypatch.setitem(sys.modules, "model.diagnose", None)
        said = r"model\.diagnose is not installed; expected .*\[model\]"
    with pytest.raises(model_loading.ModelNotLoaded, match=said):
        model_loading.load(settings(tmp_path, folder, "0"))


def test_an_engine_process_without_its_model_says_why_and_ends(tmp_path: Path) -> None:
    settings_ = settings(tmp_path, "shipped")
    with database(settings_) as engine:
        migrations.upgrade(engine)
    code = (
        "from worker.engine_process import main; from worker.model_loading import ModelNotLoaded\n"
        "def load(_): raise ModelNotLoaded('the weights are damaged')\n"
        "main(load)"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NGOZI_")}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean, "NGOZI_HOME": str(tmp_path)},
    ) as child:
        assert child.wait(120) == 70
        assert child.stderr is not None
        said = child.stderr.read()
    assert "model_not_loaded" in said
    assert "the weights are damaged" in said
    assert "Traceback" not in said
    with database(settings_) as engine, transaction(engine) as connection:
        (details,) = connection.execute(select(Heartbeat.details)).scalars()
    assert (details["loaded"], details["last_error"]) == (False, "ModelNotLoaded")


def test_an_engine_listens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    engine = Engine(object.__new__(Parts), lambda: Loaded(None, later=lambda: asked.append(1)))
    engine.warm()
    assert asked == []
    assert not engine.listen()
    assert not engine.listen()
    assert asked == [1]
