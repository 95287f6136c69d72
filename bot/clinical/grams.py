"""What the second listener sees of a text: its words, pairs of near words and pieces of words, as places in a vector. Pure.

Pieces make two spellings of a word alike, and two words of a stem; pairs tell "not swollen" from "swollen". Every place is the
CRC-32 of what stands there, so that nothing need be remembered but the weights. The same for training (`model.told_fit`) and
for hearing (`ear`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.clinical.spelling import squeezed

__all__ = ["PLACES", "Traits", "traits"]

PLACES = 1 << 13
# Letters of a piece, spaces before and behind the word included.
_PIECES = range(2, 6)
# A pair is a word and one of the two behind it.
_REACH = 2
# What the words and pairs weigh against the pieces.
_WORDS = 0.7

# Places, and what stands at each.
Traits = tuple[NDArray[np.intp], NDArray[np.float32]]


def traits(words: Sequence[str]) -> Traits:
    """The places of what stands in these words (`matching.read`), each once; empty for no words."""
    said = [squeezed(word) for word in words]
    pieces = {place for word in said for place in _pieces(word)}
    whole = {_place(f"1{word}") for word in said}
    whole |= {
        _place(f"{min(reach, 2)}{word} {said[n + reach]}")
        for n, word in enumerate(said)
        for reach in range(1, _REACH + 1)
        if n + reach < len(said)
    }
    places = np.fromiter(sorted(pieces | whole), dtype=np.intp)
    values = np.zeros(len(places), dtype=np.float32)
    for kind, weight in ((pieces, 1.0), (whole, _WORDS)):
        if kind:
            at = np.searchsorted(places, np.fromiter(kind, dtype=np.intp, count=len(kind)))
            values[at] += np.float32(weight / len(kind) ** 0.5)
    return places, values


def _place(text: str) -> int:
    return crc32(text.encode()) % PLACES


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> tuple[int, ...]:
    edged = f" {word} "
    return tuple(_place(edged[n : n + size]) for size in _PIECES for n in range(len(edged) - size + 1))
