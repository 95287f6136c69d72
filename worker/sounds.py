"""Says sentences of language packs that somebody at the console wants to hear, in the voice of the chats. Called by the sweep.

A worker that has no voice at all leaves them to another. One that has says so with every sweep: where none does, the console
tells at once that nothing will be heard.
"""

from __future__ import annotations

import logging

import locales
from bot.database import reading, transaction
from bot.packs import shelf, sounds, store, written
from bot.packs.sounds import Ordered
from worker.parts import Parts
from worker.voice import Speaker

__all__ = ["AT_ONCE", "run"]

log = logging.getLogger(__name__)

AT_ONCE = 5


def run(parts: Parts) -> int:
    """How many were said, or could not be."""
    speaker = parts.speaker
    if speaker is None:
        return 0
    with transaction(parts.engine) as connection:
        sounds.at_work(connection)
    for count in range(AT_ONCE):
        with reading(parts.engine) as connection:
            if not sounds.waiting(connection):
                return count
        with transaction(parts.engine) as connection:
            wanted = sounds.take(connection)
        if wanted is None:
            return count
        try:
            audio = _said(parts, speaker, wanted)
        except Exception as error:  # noqa: BLE001   whatever a voice may raise: those behind it must have their turn
            log.warning("pack_sound_failed", extra={"error": type(error).__name__})
            audio = None
        with transaction(parts.engine) as connection:
            sounds.finish(connection, wanted.id, audio)
        log.info("pack_sound", extra={"sound_id": wanted.id, "said": audio is not None})
    return AT_ONCE


def _said(parts: Parts, speaker: Speaker, wanted: Ordered) -> bytes | None:
    """The sentence as the version has it; None where the voice could not say it."""
    library = locales.library()
    with reading(parts.engine) as connection:
        version = store.get(connection, wanted.version_id)
        said = written.of_version(connection, wanted.version_id)
    if version is None or wanted.text.id not in library.template:
        return None
    one = shelf.handed(version, said, library.template)
    with locales.holding(shelf.beside(library, version.language, one)):
        return speaker.spoken([wanted.text], version.language)
