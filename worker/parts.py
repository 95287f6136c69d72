"""What the workers share: settings, database, adapters, vault, wake-ups. Built once a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from bot.channels import Account, Channel
from bot.channels.registry import build as build_channels
from bot.database import connect
from bot.media.vault import Vault
from bot.queue import Wake
from bot.sealing import Sealer
from bot.settings import Settings
from worker import hearing, voice
from worker.voice import Speaker

__all__ = ["Parts", "build"]


@dataclass(frozen=True)
class Parts:
    """The parts of one process. untold: how often telling the answer about a case has failed here, by the case's number."""

    settings: Settings
    engine: Engine
    channels: Mapping[Account, Channel]
    vault: Vault
    wake: Wake
    untold: dict[int, int] = field(default_factory=dict, compare=False)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals what is kept of the language model's talk."""
        return Sealer(self.settings.master_keys)

    @cached_property
    def speaker(self) -> Speaker | None:
        """Reads aloud; None where it is switched off or the extra [voice] is not installed."""
        return voice.speaker(self.settings.voice_url) if self.settings.listen else None

    @cached_property
    def transcriber(self) -> hearing.Transcriber | None:
        """Writes voice messages down; None where NGOZI_WHISPER is not set. Raises NgoziError where it cannot be had."""
        return hearing.transcriber(self.settings.whisper)

    def hear_in(self, language: str) -> Callable[[bytes], str]:
        """What writes down a voice message of a chat in this language; '' where nothing does."""
        found = self.transcriber
        return (lambda audio: found.words(audio, language)) if found is not None else lambda audio: ""


def build(settings: Settings, wake: Wake) -> Parts:
    """The parts for these settings; no connection is opened yet. Raises NgoziError where NGOZI_WHISPER names no model."""
    hearing.transcriber(settings.whisper)  # now, and not in the first turn that has a voice message
    engine = connect(settings.database_url, keys=settings.master_keys)
    vault = Vault(settings.media_url, settings.master_keys)
    return Parts(settings, engine, build_channels(settings, engine, vault), vault, wake)
