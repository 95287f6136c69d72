"""Loads the model that the settings name; torch is imported here and nowhere else in `worker`, and only when needed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bot.errors import SettingError
from bot.settings import Settings
from worker.engine import SupportsAnalysis

__all__ = ["language_cache", "load"]

log = logging.getLogger(__name__)


def load(settings: Settings) -> SupportsAnalysis | None:
    """The diagnoser, or None where NGOZI_MODEL is 'off'. Raises SettingError where the folder holds no model."""
    if settings.model == "off":
        return None
    from model import machine
    from model.diagnose import Diagnoser

    machine.make_ready(shared=True)
    folder = None if settings.model == "shipped" else Path(settings.model)
    if folder is not None and not (folder / "manifest.json").is_file():
        raise SettingError("NGOZI_MODEL", settings.model, "'shipped', 'off' or a folder with a manifest.json")
    diagnoser = Diagnoser.load(folder)
    log.info("model_loaded", extra={"codes": len(diagnoser.codes)})
    return diagnoser


def language_cache(home: Path | None = None) -> Path:
    """Folder for converted language models.  home: NGOZI_HOME, as the environment has it by default."""
    return (home or Path(os.environ.get("NGOZI_HOME") or Path.home() / ".ngozi").expanduser()) / "language"
