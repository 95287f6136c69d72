"""Brings a database up to date: the newest revision, and the shipped language packs in it."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from bot import migrations
from bot.database import transaction
from bot.packs import seed, watch
from bot.settings import Settings
from worker.opened import database

__all__ = ["prepare", "prepare_for", "speak_live"]

log = logging.getLogger(__name__)


def prepare(engine: Engine) -> None:
    """Safe to call again and from two processes: one waits, and finds nothing to do."""
    migrations.upgrade(engine)
    with transaction(engine) as connection:
        spoken = seed.plant(connection)
    if spoken:
        log.debug("packs_taken_in", extra={"languages": spoken})


def speak_live(settings: Settings) -> None:
    """Lets this process speak with the packs that are live in the database, where there is one."""
    with database(settings) as engine:
        watch.look(engine, at_once=True)


def prepare_for(settings: Settings) -> None:
    """As `prepare`, for the database of these settings."""
    with database(settings) as engine:
        prepare(engine)
