"""Ogg Opus by PyAV: samples to a clip, and clips joined to a voice note without a second loss.

Every clip is made alike (48 kHz, mono, packets of 20 ms), so a note is the clips' packets one after the other with packets of
silence between them: nothing is decoded. Source: RFC 7845 (Ogg), RFC 6716 (Opus).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import av
import numpy as np

from worker.voice.espeak import Speech

__all__ = ["BIT_RATE", "MOST_S", "PAUSE_S", "clip", "joined", "recorded", "seconds", "silence"]

BIT_RATE = 16_000  # bit/s; 15 s are about 30 kB
PAUSE_S = 0.35
# A voice note is at most so long: nobody listens longer, and Telegram shows it as a voice note up to 1 MB (about 8 minutes).
MOST_S = 180.0
_RATE_HZ = 48_000
_PACKET_S = 0.02
_PACKET = int(_RATE_HZ * _PACKET_S)


def clip(speech: Speech) -> bytes:
    """The speech as Ogg Opus, mono, BIT_RATE; b'' for silence without length."""
    samples = np.frombuffer(speech.samples, dtype="<i2")
    if samples.size == 0:
        return b""
    return _encoded(_resampled(samples, speech.rate_hz))


@cache
def silence(duration_s: float = PAUSE_S) -> bytes:
    """A clip of nothing."""
    return _encoded(np.zeros(int(_RATE_HZ * duration_s), dtype=np.int16))


def joined(clips: Sequence[bytes], most_s: float = MOST_S) -> bytes:
    """The clips as one, a pause between two; what would make it longer than most_s is left off, at the end of a clip."""
    packets: list[bytes] = []
    header = b""
    pause = _packets(silence())[1]
    for data in clips:
        if not data:
            continue
        own_header, own = _packets(data)
        between = pause if packets else []
        if (len(packets) + len(between) + len(own)) * _PACKET_S > most_s and packets:
            break
        header = header or own_header
        packets += [*between, *own]
    return _muxed(header, packets) if packets else b""


def seconds(data: bytes) -> float:
    """How long a clip plays."""
    return len(_packets(data)[1]) * _PACKET_S if data else 0.0


def recorded(data: bytes) -> bytes:
    """A recording as a clip of our making: its level and speed are its own."""
    with av.open(io.BytesIO(data), "r", format="ogg") as source:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE_HZ)
        frames = [f for frame in source.decode(audio=0) for f in resampler.resample(frame)]
        frames += resampler.resample(None)
    return _encoded(np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]))


def _resampled(samples: Any, rate_hz: int) -> Any:
    """At 48 kHz, by straight lines: espeak-ng's 22,050 Hz hold nothing that a better filter would save."""
    count = int(samples.size * _RATE_HZ / rate_hz)
    at = np.arange(count) * (rate_hz / _RATE_HZ)
    return np.interp(at, np.arange(samples.size), samples).astype(np.int16)


def _encoded(samples: Any) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=_RATE_HZ, layout="mono")
        stream.bit_rate = BIT_RATE
        stream.options = {
            "application": "voip",
            "frame_duration": "20",
            "vbr": "on",
            "compression_level": "8",
        }
        whole = np.concatenate([samples, np.zeros(-samples.size % _PACKET, dtype=np.int16)])
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = _RATE_HZ
        frame.pts = 0
        for packet in stream.encode(frame):
            out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return file.getvalue()


def _packets(data: bytes) -> tuple[bytes, list[bytes]]:
    """The stream's header and its packets."""
    with av.open(io.BytesIO(data), "r", format="ogg") as source:
        stream = source.streams.audio[0]
        header = bytes(stream.codec_context.extradata or b"")
        return header, [bytes(packet) for packet in source.demux(stream) if packet.size]


def _muxed(header: bytes, packets: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=_RATE_HZ, layout="mono")
        stream.codec_context.extradata = header
        for number, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream = stream
            packet.pts = packet.dts = number * _PACKET
            packet.duration = _PACKET
            out.mux(packet)
    return file.getvalue()
