"""How wide the pieces of a text are, of which HarfBuzz shapes the whole but once.

Lines are broken letter by letter: each longer beginning of a line is measured, at every size anew. HarfBuzz says of each letter
whether a text may be cut before it without changing how either side is drawn (HB_GLYPH_FLAG_UNSAFE_TO_BREAK); between two such
places a piece is as wide as it is in the whole. Any other piece is shaped by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import uharfbuzz as hb  # type: ignore[import-untyped]

__all__ = ["Shape", "Widths"]

# A text to its glyphs and their places, as HarfBuzz has them: each glyph knows the first character it stands for (cluster).
Shape = Callable[[str], tuple[Sequence[Any], Sequence[Any]]]


class Widths:
    """How many glyphs the pieces of one text have, and their width in thousandths of the size."""

    def __init__(self, text: str, shape: Shape, scale: float) -> None:
        """scale: from the font's units to thousandths."""
        self._text = text
        self._shape = shape
        self._scale = scale
        self._alone: dict[str, tuple[int, float]] = {}
        # Where the last piece began: the next one is mostly the same and a letter.
        self._from = 0
        size = len(text)
        widths, counts = [0.0] * size, [0] * size
        firm = [False] * size + [True]
        shaped = list(zip(*shape(text), strict=True))
        for glyph, place in shaped:
            widths[glyph.cluster] += self._rounded(place)
            counts[glyph.cluster] += 1
            firm[glyph.cluster] = True
        for glyph, _ in shaped:
            if glyph.flags & hb.GlyphFlags.UNSAFE_TO_BREAK:
                firm[glyph.cluster] = False
        self._firm = firm
        self._before = list(accumulate(widths, initial=0.0))
        self._glyphs = list(accumulate(counts, initial=0))
        # HarfBuzz shapes a text as the script of its first letter that has one: at each place, where that is and which.
        self._script: list[tuple[int, str]] = [(size, "")] * (size + 1)
        for place_ in range(size - 1, -1, -1):
            own = _script(text[place_])
            self._script[place_] = (place_, own) if own else self._script[place_ + 1]

    def of(self, piece: str) -> tuple[int, float]:
        """Glyphs and width of a piece, as if it were shaped by itself."""
        if not piece:
            return 0, 0.0
        if len(piece) > 1:
            begin = self._from if self._text.startswith(piece, self._from) else self._text.find(piece)
            if begin >= 0:
                self._from = begin
                end = begin + len(piece)
                if self._firm[begin] and self._firm[end] and self._as_the_whole(begin, end):
                    return self._glyphs[end] - self._glyphs[begin], self._before[end] - self._before[begin]
        found = self._alone.get(piece)
        if found is None:
            glyphs, places = self._shape(piece)
            found = self._alone[piece] = (len(glyphs), sum(map(self._rounded, places)))
        return found

    def _as_the_whole(self, begin: int, end: int) -> bool:
        where, script = self._script[begin]
        return where < end and script == self._script[0][1]

    def _rounded(self, place: Any) -> float:
        # As fpdf2 does: half a thousandth goes up.
        return float(round(self._scale * place.x_advance + 0.001))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The script that HarfBuzz guesses by one letter; '' for what every script has, such as a space."""
    buffer = hb.Buffer()
    buffer.add_str(letter)
    buffer.guess_segment_properties()
    return buffer.script or ""
