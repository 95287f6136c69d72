"""Loads the model that the settings name; torch is imported here and nowhere else in `worker`, and only when needed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bot.errors import NgoziError, SettingError
from bot.settings import Settings
from worker.loaded import Loaded, Speech

__all__ = ["ModelNotLoaded", "language_cache", "load", "speech"]

log = logging.getLogger(__name__)


class ModelNotLoaded(NgoziError):
    """The model that the settings name cannot be loaded; says why, and what was expected."""


def load(settings: Settings, cache: Path | None = None) -> Loaded:
    """The models; no diagnoser where NGOZI_MODEL is 'off'. cache: of `speech`.

    Raises SettingError for a folder that is none, ModelNotLoaded for one that cannot be used.
    """
    if settings.model == "off":
        return Loaded(None)
    try:
        return _load(settings, cache)
    except ImportError as error:
        raise ModelNotLoaded(
            f"the model cannot be loaded: {error.name or 'a part of it'} is not installed; expected an installation with "
            "the [model] extra, or NGOZI_MODEL=off"
        ) from error
    except MemoryError as error:
        raise ModelNotLoaded("the model cannot be loaded: no memory is left; expected 1 GB") from error
    except (ValueError, KeyError, OSError) as error:
        # The model's own errors say which file, what it holds and what was expected; others quote nobody either.
        said = str(error) if type(error).__module__.startswith("model.") else type(error).__name__
        raise ModelNotLoaded(f"the model cannot be loaded: {said}. Put the model's folder back") from error


def _load(settings: Settings, cache: Path | None) -> Loaded:
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
