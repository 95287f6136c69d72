"""A referral letter as a PDF of one page: in any script that bot.letter_fonts has, shaped by HarfBuzz, right to left where it is.

The fonts are embedded in part, so the letter prints anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from bot import letter_fonts
from bot.letter_type import LetterFont, own

__all__ = ["LetterMissing", "letter_pdf"]

MARGIN_MM = 18.0
# The largest size at which all of it stands on one page is taken.
SIZES_PT = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
BULLET = "•"
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
    fonts = _fonts(paragraphs)
    made = _fitting(lambda size_pt: _filled(paragraphs, language, direction, size_pt, fonts))
    for font in fonts.values():
        font.narrow()
    return bytes(made.output())


def _fonts(paragraphs: Sequence[str]) -> dict[str, LetterFont]:
    """The letter's own fonts by family, the main one first."""
    families = letter_fonts.families(paragraphs)
    return {family: own(family, number) for number, family in enumerate(families, 1)}


def _fitting(fill: Callable[[float], FPDF]) -> FPDF:
    """The letter at the largest of SIZES_PT at which it is one page, else at the smallest. Most fit at the first."""
    first = made = fill(SIZES_PT[0])
    if first.pages_count == 1:
        return first
    # What fits at a size fits at a smaller one: from the likely one up or down, to where one fits and the next larger does not.
    low, high = 1, len(SIZES_PT) - 1
    at, best = _likely(first), None
    while low <= high:
        made = fill(SIZES_PT[at])
        if made.pages_count == 1:
            best, high, at = made, at - 1, at - 1
        else:
            low, at = at + 1, at + 1
    return best or made


def _likely(made: FPDF) -> int:
    """Which of SIZES_PT may do, by how much of a second page the first took.

    A line takes room by its size, a text of many lines by the square of it: a letter is between the two.
    """
    page = made.h - 2 * MARGIN_MM
    fits = page / ((made.pages_count - 1) * page + made.y - MARGIN_MM)
    return next(
        (n for n, size in enumerate(SIZES_PT) if n and (size / SIZES_PT[0]) ** 1.5 <= fits), len(SIZES_PT) - 1
    )


def _filled(
    paragraphs: Sequence[str],
    language: str,
    direction: Literal["ltr", "rtl"],
    size_pt: float,
    fonts: Mapping[str, LetterFont],
) -> FPDF:
    """The letter at one size. fonts: the same for every size."""
    pdf = FPDF(format="A4")
    pdf.set_margin(MARGIN_MM)
    pdf.set_auto_page_break(True, MARGIN_MM)
    pdf.set_lang(language)
    pdf.set_title(paragraphs[0].translate(_MARKS))
    pdf.fonts.update({family.lower(): font for family, font in fonts.items()})
    main, *others = fonts
    pdf.set_font(main, size=size_pt)
    pdf.set_fallback_fonts(others, exact_match=False)
    # Each piece of another script is shaped as that script: HarfBuzz sees which it is.
    pdf.set_text_shaping(True, direction=direction, language=language)
    pdf.add_page()
    before = ""
    for number, text in enumerate(paragraphs):
        listed = text.startswith(BULLET)
        if number:
            pdf.ln(size_pt * (0.06 if listed and before.startswith(BULLET) else 0.16))
        for font in fonts.values():
            font.text = text
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
