"""The models of a process: findings first, words when their language model is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings
from model.speak import QUESTION
from tests.model.conftest import Small, small  # noqa: F401  (a fixture)
from tests.model.test_words import photos, with_words  # noqa: F401  (fixtures)
from worker import model_loading
from worker.engine import Engine
from worker.loaded import Loaded
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


def test_an_engine_listens_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    engine = Engine(object.__new__(Parts), lambda: Loaded(None, later=lambda: asked.append(1)))
    engine.warm()
    assert asked == []
    assert not engine.listen()
    assert not engine.listen()
    assert asked == [1]
