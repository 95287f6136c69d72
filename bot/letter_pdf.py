"""A referral letter as a PDF of one page: in any script that bot.letter_fonts has, shaped by HarfBuzz, right to left where it is.

The fonts are embedded in part, so the letter prints anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from bot import letter_fonts

__all__ = ["LetterMissing", "letter_pdf"]

MARGIN_MM = 18.0
# The largest size at which all of it stands on one page is taken.
SIZES_PT = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
BULLET = "•"
# Tables of a font: how letters are joined, and other weights and widths than its own.
_SHAPING = ("GDEF", "GSUB", "GPOS", "gvar", "fvar", "avar", "HVAR", "MVAR", "STAT")
# Marks that order a text of two directions; a title in a window's frame does without.
_MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"))


class LetterMissing(ValueError):
    """No font here has these letters. letters: each once."""

    def __init__(self, letters: Sequence[str]) -> None:
        super().__init__(f"{len(letters)} letters are in no font")
        self.letters = tuple(letters)


def letter_pdf(paragraphs: Sequence[str], language: str, direction: Literal["ltr", "rtl"]) -> bytes:
    """The PDF. The first paragraph is the heading; lines that begin with a bullet stand together.

    paragraphs: with the marks that isolate one script in another (locales): they order the line. A sign that no font has, a small
    picture for one, stands as letter_fonts.MISSING_SIGN. Raises ValueError for none; LetterMissing where a letter is in no font.
    """
    if not paragraphs:
        raise ValueError("paragraphs are none; expected a letter")
    if lost := letter_fonts.missing(paragraphs):
        raise LetterMissing(lost)
    paragraphs = letter_fonts.visible(paragraphs)
    fonts: dict[str, Any] = {}
    try:
        made = _fitting(lambda size_pt: _filled(paragraphs, language, direction, size_pt, fonts))
        _plain(made)
        return bytes(made.output())
    finally:
        # fpdf2 leaves the files to the collector.
        for font in fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()
                _WIDTHS.pop(id(font), None)


def _fitting(fill: Callable[[float], FPDF]) -> FPDF:
    """The letter at the largest of SIZES_PT at which it is one page, else at the smallest. Most fit at the first."""
    best = fill(SIZES_PT[0])
    if best.pages_count == 1:
        return best
    # What fits at a size fits at a smaller one: halving asks four times where one after another asks nine times.
    low, high = 1, len(SIZES_PT) - 1
    best = fill(SIZES_PT[high])
    if best.pages_count > 1:
        return best
    while low < high:
        middle = (low + high) // 2
        made = fill(SIZES_PT[middle])
        if made.pages_count == 1:
            best, high = made, middle
        else:
            low = middle + 1
    return best


# Of each font in use, by its identity (its class has no room for more): how wide texts are. It goes with the letter.
_WIDTHS: dict[int, dict[tuple[Any, ...], tuple[int, float]]] = {}


class _Measured(TTFFont):
    """A font that shapes each text once a letter to know its width: lines are broken letter by letter, at every size anew.

    A width is so many thousandths of the size, whatever the size is.
    """

    __slots__ = ()

    def shaped_text_width(
        self, text: str, font_size_pt: float, text_shaping_params: dict[str, Any] | None
    ) -> tuple[int, float]:
        """As fpdf2's: how many glyphs, and their width."""
        how = text_shaping_params or {}
        key = (text, how.get("fragment_direction"), how.get("script"), how.get("language"))
        known = _WIDTHS[id(self)]
        found = known.get(key)
        if found is None:
            found = known[key] = super().shaped_text_width(text, 1000.0, text_shaping_params)
        return found[0], found[1] * font_size_pt / 1000.0


def _plain(pdf: FPDF) -> None:
    """Lets go of what shaping needed and a printed page does not: a third of the time would go into cutting it down."""
    for font in pdf.fonts.values():
        if isinstance(font, TTFFont):
            for tag in _SHAPING:
                if tag in font.ttfont:
                    del font.ttfont[tag]


def _filled(
    paragraphs: Sequence[str],
    language: str,
    direction: Literal["ltr", "rtl"],
    size_pt: float,
    fonts: dict[str, Any],
) -> FPDF:
    """The letter at one size. fonts: those that a size before has read, and from then on this one's too."""
    pdf = FPDF(format="A4")
    pdf.set_margin(MARGIN_MM)
    pdf.set_auto_page_break(True, MARGIN_MM)
    pdf.set_lang(language)
    pdf.set_title(paragraphs[0].translate(_MARKS))
    families = letter_fonts.families(paragraphs)
    pdf.fonts.update(fonts)
    for family in families:
        if family.lower() not in pdf.fonts:
            pdf.add_font(family, fname=letter_fonts.file_of(family))
            added = pdf.fonts[family.lower()]
            if isinstance(added, TTFFont):
                added.__class__ = _Measured
                _WIDTHS[id(added)] = {}
    fonts.update(pdf.fonts)
    pdf.set_font(families[0], size=size_pt)
    pdf.set_fallback_fonts(families[1:], exact_match=False)
    # Each piece of another script is shaped as that script: HarfBuzz sees which it is.
    pdf.set_text_shaping(True, direction=direction, language=language)
    pdf.add_page()
    before = ""
    for number, text in enumerate(paragraphs):
        listed = text.startswith(BULLET)
        if number:
            pdf.ln(size_pt * (0.06 if listed and before.startswith(BULLET) else 0.16))
        _write(pdf, text, direction, size_pt * (1.45 if not number else 1.0))
        if not number:
            _rule(pdf)
        before = text
    return pdf


def _write(pdf: FPDF, text: str, direction: str, size_pt: float) -> None:
    pdf.set_font_size(size_pt)
    pdf.multi_cell(
        0,
        # Scripts with marks above and below need more room than Latin.
        h=size_pt * 0.3528 * 1.42,
        text=text,
        align="R" if direction == "rtl" else "L",
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )


def _rule(pdf: FPDF) -> None:
    """A line under the heading."""
    pdf.ln(1.5)
    pdf.set_draw_color(90)
    pdf.line(pdf.l_margin, pdf.y, pdf.w - pdf.r_margin, pdf.y)
    pdf.ln(2)
