"""Voice messages written down on this machine, where the deployment brings a Whisper model (NGOZI_WHISPER, extra [whisper]).

The words are then treated as typed ones, after a line that says what was heard. Nothing of them is logged.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import logging
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from bot.errors import NgoziError

__all__ = ["MOST_S", "RATE", "Transcriber", "WhisperTranscriber", "samples", "transcriber"]

log = logging.getLogger(__name__)

MOST_S = 120.0
"""Of a longer message only this much is listened to: a turn is not to last for minutes."""
WORK_S = 45.0
"""After so long it is left to people: a turn that outlives its lease (120 s) begins again elsewhere, and again."""
RATE = 16_000
"""Samples a second that Whisper listens to."""
SURE_SPEECH = 0.5
"""A stretch that more probably holds no speech than this is left out: Whisper makes up words for silence."""


class Transcriber(Protocol):
    """Writes down what is said."""

    def words(self, audio: bytes, language: str) -> str:
        """What is said in a voice message (Ogg Opus), '' where nothing is understood. language: of the chat, '' unknown."""
        ...


def transcriber(folder: str) -> Transcriber | None:
    """For NGOZI_WHISPER: None where it is ''. The model is loaded with the first message.

    Raises NgoziError where the folder or the extra is missing.
    """
    if not folder:
        return None
    if not (Path(folder) / "model.bin").is_file():
        raise NgoziError(
            f"NGOZI_WHISPER is {folder}: no model.bin there; expected a folder with a CTranslate2 Whisper model"
        )
    if importlib.util.find_spec("faster_whisper") is None:
        raise NgoziError(
            "NGOZI_WHISPER is set, but faster-whisper is not installed; expected the extra [whisper]"
        )
    return WhisperTranscriber(folder)


class WhisperTranscriber:
    """faster-whisper on the CPU in int8, one message at a time."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._model: Any = None
        self._one_at_a_time = threading.Lock()

    def words(self, audio: bytes, language: str) -> str:
        """See `Transcriber`. '' too where it takes longer than `WORK_S`, the wait for others included.

        What goes wrong inside the library is logged by its kind, and nothing is understood.
        """
        until = time.monotonic() + WORK_S
        if not self._one_at_a_time.acquire(timeout=WORK_S):
            log.warning("voice_not_written_down", extra={"error": "busy"})
            return ""
        try:
            return self._heard(audio, language, until)
        except Exception as error:  # noqa: BLE001   a library's own: whoever spoke gets a sentence all the same
            log.error("voice_not_written_down", extra={"error": type(error).__name__})
            return ""
        finally:
            self._one_at_a_time.release()

    def _heard(self, audio: bytes, language: str, until: float) -> str:
        if self._model is None:
            whisper = importlib.import_module("faster_whisper")
            self._model = whisper.WhisperModel(self._folder, device="cpu", compute_type="int8")
        known = language if language in self._model.supported_languages else None
        segments, _ = self._model.transcribe(
            samples(audio, MOST_S),
            language=known,
            beam_size=1,
            condition_on_previous_text=False,
            without_timestamps=True,
        )
        said = []
        for segment in segments:  # each is made when it is asked for
            if time.monotonic() > until:
                # Half of what was said could mean its opposite.
                log.warning("voice_not_written_down", extra={"error": "slow"})
                return ""
            if segment.no_speech_prob <= SURE_SPEECH:
                said.append(segment.text.strip())
        return " ".join(text for text in said if text)


def samples(audio: bytes, most_s: float) -> Any:
    """The beginning of a recording as Whisper takes it: 16 kHz, one channel, 32-bit floats, at most `most_s` seconds.

    What comes after is not decoded: a mebibyte of silence can be hours, and those a gibibyte. Raises what PyAV raises.
    """
    av, numpy = importlib.import_module("av"), importlib.import_module("numpy")
    most = int(most_s * RATE)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    found: list[Any] = [numpy.zeros(0, numpy.float32)]
    got = 0
    with av.open(io.BytesIO(audio), metadata_errors="ignore") as container:
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                found.append(part.to_ndarray().reshape(-1))
                got += found[-1].size
            if got >= most:
                break
    return numpy.concatenate(found)[:most]
