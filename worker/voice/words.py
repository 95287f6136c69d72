"""What of a message is said aloud. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["sayable", "sentences"]

# Bullets, check marks, arrows and the like: a voice would read their names.
_SILENT = ("So", "Sk", "Cf", "Cc", "Co", "Cn", "Cs")
_KEPT = "\u200c\u200d"  # joiners: they change how a word of Bengali or Hindi is read
_MARKS = re.compile(r"[•*_~`<>|#\\^=]+|(?<=\s)[-–—](?=\s)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SPACE = re.compile(r"[^\S\n]+")


def sayable(text: str) -> str:
    """The text without what should not be read: isolates and marks of direction, bullets, pictograms, web addresses.

    A line that ends in no mark gets a full stop, so that the voice pauses there.
    """
    text = _ADDRESS.sub(" ", text)
    kept = "".join(
        c if c in "\n" + _KEPT or unicodedata.category(c) not in _SILENT else " " if c == "\t" else ""
        for c in text
    )
    lines = [_SPACE.sub(" ", _MARKS.sub(" ", line)).strip() for line in kept.splitlines()]
    return "\n".join(_ended(line) for line in lines if any(c.isalnum() for c in line))


def _ended(line: str) -> str:
    return line if unicodedata.category(line[-1]) in ("Po", "Pe", "Pf") else f"{line}."


def sentences(paragraphs: Sequence[str], choices: Sequence[str]) -> tuple[str, ...]:
    """What is said of a message, in order: its paragraphs, then the answers with the numbers that can be typed."""
    numbered = [f"{number}: {label}" for number, label in enumerate(choices, 1)]
    return tuple(filter(None, (sayable(text) for text in (*paragraphs, *numbered))))
