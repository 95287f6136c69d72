"""What becomes of the bytes of a voice message: kept as they are, or refused.

Both platforms send voice messages as Opus in Ogg (facts/platforms.md), which both play again. They are not encoded anew:
an Ogg page carries no place and no name of a device, and whoever listens needs the voice.
"""

from __future__ import annotations

from bot.media.intake import PhotoRefused

__all__ = ["MAX_BYTES", "accept"]

MAX_BYTES = 1 << 20
"""What Telegram still shows as a voice note: about 5 minutes at the 24 to 32 kbit/s of a phone."""


def accept(data: bytes) -> bytes:
    """The same bytes. Raises PhotoRefused: 'empty', 'too_big' (over 1 MiB), 'format' (no Opus in Ogg)."""
    if not data:
        raise PhotoRefused("empty", "0 bytes")
    if len(data) > MAX_BYTES:
        raise PhotoRefused("too_big", f"{len(data)} bytes; at most {MAX_BYTES} are taken")
    if not data.startswith(b"OggS") or b"OpusHead" not in data[:200]:
        raise PhotoRefused("format", "the content is not Opus in Ogg")
    return data
