"""Made-up voice messages: a tone as browsers' recorders and phones write it."""

from __future__ import annotations

import io

import numpy as np
import pytest

__all__ = ["decoded_s", "voice"]

CODECS = {"ogg": "libopus", "webm": "libopus", "mp4": "aac"}


def voice(container: str = "ogg", seconds: float = 1.0, **options: str) -> bytes:
    """A tone of 440 Hz. container: ogg, webm, mp4. options: of the muxer; `title` and `location` are put into the file."""
    av = pytest.importorskip("av")
    wave = np.sin(np.arange(int(48_000 * seconds)) * 2 * np.pi * 440 / 48_000)
    samples = (wave * 8000).astype("int16")[None]
    about = {name: options.pop(name) for name in ("title", "location") if name in options}
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options) as file:
        file.metadata.update(about)
        stream = file.add_stream(CODECS[container], rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return out.getvalue()


def decoded_s(data: bytes) -> tuple[str, float]:
    """The container as PyAV calls it, and the seconds of sound that it finds; damage is an error."""
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(data), options={"err_detect": "explode"}) as file:
        frames = list(file.decode(audio=0))
        assert [stream.type for stream in file.streams] == ["audio"]
        assert max(np.abs(frame.to_ndarray().astype(float)).max() for frame in frames) > 0.05
        return file.format.name, sum(frame.samples for frame in frames) / frames[0].sample_rate
