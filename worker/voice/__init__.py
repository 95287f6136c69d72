"""Messages read aloud, for those who do not read: recorded clips where a pack has them, else espeak-ng, as Ogg Opus.

words    what of a message is said
espeak   the library
opus     samples to clips, clips to a note (PyAV)
cache    sentences spoken once
Only the worker imports this; it needs the extra [voice].
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from typing import Protocol

import locales
from bot.errors import NgoziError
from bot.messages import Text
from worker.voice.cache import ClipCache
from worker.voice.espeak import Espeak, found
from worker.voice.words import sayable

__all__ = ["Speaker", "is_free", "speaker"]

log = logging.getLogger(__name__)


class Speaker(Protocol):
    """Reads messages aloud."""

    def spoken(self, texts: Sequence[Text], language: str) -> bytes | None:
        """The messages as one voice note (Ogg Opus, mono); None where the language has no voice, or it did not work."""
        ...


def speaker(cache_url: str) -> Speaker | None:
    """The machine's voice; None where PyAV or espeak-ng is not installed."""
    where = found()
    if where is None or importlib.util.find_spec("av") is None:
        return None
    return EspeakSpeaker(Espeak(*where), ClipCache(cache_url))


def is_free(value: object) -> bool:
    """True where words that are in no catalogue are in it: somebody's own, a name, a code. They are kept nowhere."""
    if isinstance(value, Text):
        return any(is_free(v) for v in value.args.values())
    if isinstance(value, tuple | list):
        return any(is_free(v) for v in value)
    return isinstance(value, str)


class EspeakSpeaker:
    """Recorded clips first, then what was spoken before, then espeak-ng."""

    def __init__(self, espeak: Espeak, cache: ClipCache) -> None:
        self._espeak = espeak
        self._cache = cache

    def spoken(self, texts: Sequence[Text], language: str) -> bytes | None:
        """See `Speaker.spoken`."""
        from worker.voice import opus

        voice = locales.pack(language).voice
        if not voice:
            return None
        try:
            note = opus.joined([self._clip(text, language, voice) for text in texts])
        except (NgoziError, OSError, ValueError) as error:  # PyAV's errors are OSError or ValueError
            log.warning("voice_failed", extra={"language": language, "error": type(error).__name__})
            return None
        return note or None

    def _clip(self, text: Text, language: str, voice: str) -> bytes:
        from worker.voice import opus

        recorded = locales.clip(text, language)
        if recorded is not None:
            return opus.recorded(recorded.read_bytes())
        said = sayable(locales.render(text, language))
        if not said:
            return b""
        if is_free(text):
            return opus.clip(self._espeak.speech(said, voice))
        key = ClipCache.key(language, voice, said)
        clip = self._cache.get(key)
        if clip is None:
            clip = opus.clip(self._espeak.speech(said, voice))
            self._cache.put(key, clip)
        return clip
