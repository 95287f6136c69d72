"""What becomes of the bytes of a voice message: kept as Opus in Ogg or AAC in MP4, or refused.

Telegram, WhatsApp and Firefox send Opus in Ogg, which is kept as it is: an Ogg page carries no place and no name of a device.
Chrome records the same Opus in WebM, which no messenger plays: its packets are put into Ogg, without a second loss.
Safari records AAC in MP4, which every messenger and browser plays: it stays, without what is not sound.
Nothing is encoded anew: whoever listens needs the voice.
"""

from __future__ import annotations

from bot.media import mp4, ogg, webm
from bot.media.intake import PhotoRefused

__all__ = ["MAX_BYTES", "accept", "mime"]

MAX_BYTES = 1 << 20
"""What Telegram still shows as a voice note: about 5 minutes at the 24 to 32 kbit/s of a phone."""


def mime(data: bytes) -> str | None:
    """The type of a voice message by its first bytes, or None for what is none that is taken. A first look: `accept` decides."""
    if data.startswith(b"OggS") and b"OpusHead" in data[:200]:
        return "audio/ogg"
    if data.startswith(webm.MAGIC) and b"webm" in data[:64]:
        return "audio/webm"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    return None


def accept(data: bytes) -> bytes:
    """The voice as it is kept. Raises PhotoRefused: 'empty', 'too_big' (over 1 MiB), 'format' (no Opus, no AAC)."""
    if not data:
        raise PhotoRefused("empty", "0 bytes")
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_big", f"{len(data)} bytes; at most {MAX_BYTES} are taken")
    kind = mime(data)
    try:
        if kind == "audio/webm":
            found = webm.opus(data)
            return ogg.written(found.head, found.packets)
        if kind == "audio/mp4":
            return mp4.voice_only(data)
    except ValueError as error:
        raise PhotoRefused("format", f"no voice message: {error}") from error
    if kind is None:
        raise PhotoRefused("format", "the content is neither Opus in Ogg or WebM nor AAC in MP4")
    return data
