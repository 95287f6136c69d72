"""The fonts of letters as fpdf2 uses them. A file is read once a process; a letter gets a font of its own that it may write on.

Shared by all letters is what is never written: the names and widths of the glyphs, the face that HarfBuzz shapes and cuts down.
A letter's own are the glyphs that it picked, the object numbers of its PDF, and how wide its texts are: nothing of a letter is
kept when it is done.
"""

from __future__ import annotations

import io
from copy import copy
from functools import cache
from threading import Lock
from typing import Any

import uharfbuzz as hb  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.fonts import SubsetMap, TTFFont

from bot import letter_fonts
from bot.letter_widths import Widths

__all__ = ["LetterFont", "own"]

# What a letter asks of a font while its lines are made.
_ASKED = ("GlyphOrder", "hmtx")
# How letters are joined, other weights and widths than the font's own, and what a printed page does without.
_NOT_PRINTED = (
    "GDEF", "GSUB", "GPOS", "gvar", "fvar", "avar", "HVAR", "VVAR", "MVAR", "STAT", "meta", "gasp", "DSIG", "BASE",
)  # fmt: skip
_READING = Lock()


class LetterFont(TTFFont):
    """A font in one letter. text: the paragraph that is being written; pieces of it are what is measured."""

    __slots__ = ("_widths", "text")

    _widths: dict[tuple[Any, ...], Widths]
    text: str

    def shaped_text_width(
        self, text: str, font_size_pt: float, text_shaping_params: dict[str, Any] | None
    ) -> tuple[int, float]:
        """As fpdf2's: how many glyphs, and their width. A width is so many thousandths of the size, whatever the size is."""
        how = text_shaping_params or {}
        key = (self.text, how.get("fragment_direction"), how.get("script"), how.get("language"))
        widths = self._widths.get(key)
        if widths is None:
            given = dict(how) or None
            widths = self._widths[key] = Widths(
                self.text, lambda piece: self.perform_harfbuzz_shaping(piece, 1000.0, given), self.scale
            )
        count, thousandths = widths.of(text)
        return count, thousandths * font_size_pt / 1000.0

    def narrow(self) -> None:
        """Keeps the picked glyphs alone, before the letter is put out: HarfBuzz cuts a face down without changing it."""
        whole = self.ttfont
        wanted = hb.SubsetInput()
        wanted.flags = (
            hb.SubsetFlags.GLYPH_NAMES | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        )
        wanted.glyph_set.update(map(whole.getGlyphID, self.subset.get_all_glyph_names()))
        wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in _NOT_PRINTED)
        cut = hb.subset(self.hbfont.face, wanted)
        self.ttfont = TTFont(io.BytesIO(cut.blob.data), recalcTimestamp=False, recalcBBoxes=False, lazy=True)


def own(family: str, number: int) -> LetterFont:
    """A font for one letter. family: of letter_fonts.FONTS. number: which of the letter's fonts it is, from 1."""
    with _READING:
        read = _read(family)
    font = copy(read)
    font.i = number
    font.desc = copy(read.desc)
    font.cw = read.cw.copy()
    font.missing_glyphs = []
    font._hbfont = type(read.hbfont)(read.hbfont.face)
    font._widths = {}
    font.text = ""
    font.subset = SubsetMap(font)
    return font


@cache
def _read(family: str) -> LetterFont:
    """A font as its file has it, of which only copies are used."""
    font = LetterFont(FPDF(), letter_fonts.file_of(family), family.lower(), "")
    tables = font.ttfont
    for tag in _ASKED:
        tables[tag]
    tables.getReverseGlyphMap()
    # The rest would be read from the file by several letters at once, and each of them may close it.
    tables.reader.close()
    tables.reader = None
    for tag in [tag for tag in tables.tables if tag not in _ASKED]:
        del tables.tables[tag]
    assert font.hbfont.face
    return font
