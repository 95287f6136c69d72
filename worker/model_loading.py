"""Loads the model that the settings name; torch is imported here and nowhere else in `worker`, and only when needed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bot.errors import SettingError
from bot.settings import Settings
from worker.loaded import Loaded, Speech

__all__ = ["language_cache", "load", "speech"]

log = logging.getLogger(__name__)


def load(settings: Settings, cache: Path | None = None) -> Loaded:
    """The models; no diagnoser where NGOZI_MODEL is 'off'. cache: of `speech`. Raises SettingError for a folder that is none."""
    if settings.model == "off":
        return Loaded(None)
    from model import machine
    from model.diagnose import Diagnoser

    machine.make_ready(shared=True)
    folder = None if settings.model == "shipped" else Path(settings.model)
    if folder is not None and not (folder / "manifest.json").is_file():
        raise SettingError("NGOZI_MODEL", settings.model, "'shipped', 'off' or a folder with a manifest.json")
    place = machine.device()
    diagnoser = Diagnoser.load(folder, place)
    log.info("model_loaded", extra={"codes": len(diagnoser.codes), "device": place.type})
    later = (lambda: speech(settings, folder, cache)) if settings.language_model else None
    return Loaded(diagnoser, device=place.type, later=later)


def speech(settings: Settings, folder: Path | None, cache: Path | None = None) -> Speech | None:
    """The language model of a model folder (None: the shipped one); None where there is none, which is logged.

    cache: folder for the converted language model, below NGOZI_HOME by default.
    """
    from model import machine
    from model.language import LanguageError
    from model.speak import QUESTION, Speaker
    from worker.taught_notes import catalogue_notes

    try:
        speaker = Speaker.load(
            folder,
            cache=cache or language_cache(settings.home),
            catalogue=catalogue_notes(),
            device=machine.device(),
        )
    except LanguageError as error:
        # Findings and the catalogue's sentences do not need it: without words is better than not at all.
        log.warning("language_model_missing", extra={"error": str(error)[:200]})
        return None
    if speaker is None:
        return None
    log.info("language_model_loaded", extra={"model": speaker.name})
    return Speech(speaker, QUESTION)


def language_cache(home: Path | None = None) -> Path:
    """Folder for converted language models.  home: NGOZI_HOME, as the environment has it by default."""
    return (home or Path(os.environ.get("NGOZI_HOME") or Path.home() / ".ngozi").expanduser()) / "language"
