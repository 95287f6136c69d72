"""Loads the model that the settings name; torch is imported here and nowhere else in `worker`, and only when needed."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.errors import SettingError
from bot.settings import Settings
from worker.loaded import Loaded

__all__ = ["load"]

log = logging.getLogger(__name__)


def load(settings: Settings) -> Loaded:
    """The models; no diagnoser where NGOZI_MODEL is 'off'. Raises SettingError where the folder holds no model."""
    if settings.model == "off":
        return Loaded(None)
    from model import machine
    from model.diagnose import Diagnoser

    machine.make_ready(shared=True)
    folder = None if settings.model == "shipped" else Path(settings.model)
    if folder is not None and not (folder / "manifest.json").is_file():
        raise SettingError("NGOZI_MODEL", settings.model, "'shipped', 'off' or a folder with a manifest.json")
    diagnoser = Diagnoser.load(folder)
    log.info("model_loaded", extra={"codes": len(diagnoser.codes)})
    return Loaded(diagnoser)
