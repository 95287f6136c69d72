"""espeak-ng as a library: text in, 16 bit mono samples out. One at a time in a process: its state is global.

The library and its data come with the wheel `espeakng-loader`, else from the system's packages (Debian: libespeak-ng1,
espeak-ng-data). Source of the interface: espeak-ng, src/include/espeak-ng/speak_lib.h.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import importlib.util
import threading
from dataclasses import dataclass
from functools import cache

from bot.errors import NgoziError

__all__ = ["RATE_WPM", "Espeak", "NoVoice", "Speech", "found"]

# Slower than the library's 175 words a minute: heard once, on a small loudspeaker, by people who were never read to by a machine.
RATE_WPM = 140
_RETRIEVAL = 1
_DONT_EXIT = 0x8000
_UTF8 = 1
_RATE = 1
_MOST_CHARACTERS = 8000
_TURN = threading.Lock()
_HEARD = bytearray()
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class NoVoice(NgoziError):
    """The voice is not there, or the library did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Samples, 16 bit signed little-endian, mono."""

    samples: bytes
    rate_hz: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 2 / self.rate_hz


def found() -> tuple[str, str | None] | None:
    """The library's file and its data folder (None: the system's own); None where there is no espeak-ng."""
    if importlib.util.find_spec("espeakng_loader") is not None:
        loader = importlib.import_module("espeakng_loader")
        return str(loader.get_library_path()), str(loader.get_data_path())
    name = ctypes.util.find_library("espeak-ng")
    return None if name is None else (name, None)


class Espeak:
    """The library, loaded at the first sentence. Safe to call from several threads; they take turns.

    Loaded once a process whatever asks for it: a second espeak_Initialize never comes back.
    """

    def __init__(self, library: str, data: str | None) -> None:
        self._where = (library, data)

    def speech(self, text: str, voice: str) -> Speech:
        """The text spoken. Raises NoVoice: no such voice, a text over 8,000 characters, a library that fails."""
        if len(text) > _MOST_CHARACTERS:
            raise NoVoice(f"text has {len(text)} characters; expected at most {_MOST_CHARACTERS}")
        with _TURN:
            library, rate_hz = _loaded(*self._where)
            if library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise NoVoice(f"espeak-ng has no voice {voice!r}")
            library.espeak_SetParameter(_RATE, RATE_WPM, 0)
            _HEARD.clear()
            data = text.encode("utf-8", "ignore") + b"\0"
            failed = library.espeak_Synth(data, len(data), 0, 0, 0, _UTF8, None, None)
            if failed or library.espeak_Synchronize() != 0:
                raise NoVoice(f"espeak-ng did not speak (error {failed})")
            return Speech(bytes(_HEARD), rate_hz)


@_CALLBACK
def _hear(samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
    if count > 0 and samples:
        _HEARD.extend(ctypes.string_at(samples, count * 2))
    return 0


@cache
def _loaded(file: str, data: str | None) -> tuple[ctypes.CDLL, int]:
    """The library, ready, and the rate of its samples in Hz. Raises NoVoice."""
    try:
        library = ctypes.CDLL(file)
    except OSError as error:
        raise NoVoice(f"espeak-ng does not load: {type(error).__name__}") from error
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    path = data.encode() if data is not None else None
    rate_hz = int(library.espeak_Initialize(_RETRIEVAL, 0, path, _DONT_EXIT))
    if rate_hz <= 0:
        raise NoVoice("espeak-ng found no data; expected its folder espeak-ng-data")
    library.espeak_SetSynthCallback(_hear)
    return library, rate_hz
