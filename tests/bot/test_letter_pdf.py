"""The letter on paper: one page in every language, with a picture for every letter, in the order in which it is read."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from fontTools.ttLib import TTFont

import locales
from bot import letter_fonts
from bot.letter_fonts import FONTS, file_of, script_of
from bot.letter_pdf import SIZES_PT, LetterMissing, _filled, letter_pdf
from bot.messages import Text, Urgency
from bot.places import Place
from bot.referral import Referral, letter

PLACE = Place(
    "a", "Kisumu made-up hospital", "hospital", "KE", "Kisumu", phone="+254 700 000 000", hours="8–16"
)


def paragraphs(language: str) -> list[str]:
    about = Referral(
        "K7-42", date(2026, 11, 26), Urgency.TODAY, True, Text("age.adult"), Text("shape.spot"), Text("site.arm"),
        duration=Text("duration.months"), answers=[(Text("danger.sign.d04"), Text("answer.yes"))] * 8,
        named=[("likely", Text("condition.scc.name")), ("possible", Text("condition.mel.name"))],
        reasons=[Text("because.itch_night")], present=[Text("danger.sign.d04")] * 10, unknown=[Text("danger.sign.d05")] * 10,
        absent=12, not_asked=3, examine=[Text("examine.size")] * 5 if "examine.size" in locales.library().template else (),
        to=PLACE, photos=2,
    )  # fmt: skip
    return [locales.render(one, language) for one in letter(about, language)]


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", data))


@pytest.mark.parametrize("language", locales.languages())
def test_a_full_letter_stands_on_one_page_and_has_a_picture_for_every_letter(language: str) -> None:
    said = paragraphs(language)
    data = letter_pdf(said, language, locales.pack(language).direction)
    assert pages(data) == 1
    assert len(data) < 300_000
    fonts = {script_of(" ".join(said)), "Latn"}
    known: set[int] = set()
    for script in fonts:
        with TTFont(file_of(script)) as font:
            known |= set(font.getBestCmap())
    # Marks of direction, joiners and spaces have no picture.
    drawn = {c for c in "".join(said) if not re.match(r"[\u2066-\u2069\u200c-\u200f\s]", c)}
    assert {c for c in drawn if ord(c) not in known} == set()


@pytest.mark.parametrize(
    ("language", "script"),
    [("en", "Latn"), ("ha", "Latn"), ("ar", "Arab"), ("hi", "Deva"), ("bn", "Beng"), ("am", "Ethi")],
)
def test_the_font_is_of_the_script_that_most_letters_are_of(language: str, script: str) -> None:
    assert script_of(" ".join(paragraphs(language))) == script
    assert FONTS[script]
    assert script_of("") == "Latn"


def test_a_longer_letter_is_written_smaller_and_a_letter_of_nothing_is_refused() -> None:
    short, long = ["Title", *["A line of a letter."] * 5], ["Title", *["A line of a letter."] * 45]

    def sizes(said: list[str]) -> float:
        fonts: dict[str, Any] = {}
        try:
            return next(s for s in SIZES_PT if _filled(said, "en", "ltr", s, fonts).pages_count == 1)
        finally:
            for font in fonts.values():
                font.ttfont.close()

    assert sizes(long) < sizes(short)
    assert pages(letter_pdf(long, "en", "ltr")) == 1
    with pytest.raises(ValueError, match="letter"):
        letter_pdf([], "en", "ltr")


def test_in_a_line_of_two_directions_a_code_keeps_its_place() -> None:
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    line = paragraphs("ar")[0]
    assert "\u2068K7-42\u2069" in line, "isolated, or the date behind it would join it"
    shown = "".join(c.character for c in BidiParagraph(line, TextDirection.RTL).get_reordered_characters())
    shown = re.sub("[\u2066-\u2069]", "", shown)
    # From the left: what is read last comes first; the code itself runs from left to right, before the date.
    assert shown.index("2026") < shown.index("K7-42")


SCRIPTS = {
    "Latn": "Hôpital Ɓaŋa", "Arab": "مستشفى الخرطوم", "Hebr": "בית חולים", "Deva": "क्षेत्रीय अस्पताल", "Beng": "জেলা হাসপাতাল",
    "Taml": "மாவட்ட மருத்துவமனை", "Telu": "జిల్లా ఆసుపత్రి", "Ethi": "ጥቁር አንበሳ ሆስፒታል", "Cyrl": "Районная больница",
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ar", "hi", "am"])
def test_a_place_of_any_script_that_has_a_font_is_drawn_in_a_letter_of_any_language(language: str) -> None:
    said = [*paragraphs(language), *SCRIPTS.values()]
    drawn = glyphs(said, language)
    for script, name in SCRIPTS.items():
        assert {ord(one) for one in name if one.isalpha()} <= drawn, script
    assert pages(letter_pdf(said, language, locales.pack(language).direction)) == 1


def test_arabic_in_an_english_letter_is_joined() -> None:
    fonts: dict[str, Any] = {}
    pdf = _filled(["Title", "To: مستشفى"], "en", "ltr", 10.0, fonts)
    names = {glyph.glyph_name for glyph in pdf.fonts["arab"].subset._char_id_per_glyph}
    close(fonts)
    assert any(name.endswith((".init", ".medi", ".fina")) for name in names), names


def test_letters_that_no_font_has_are_told_and_a_small_picture_leaves_a_sign() -> None:
    with pytest.raises(LetterMissing) as refused:
        letter_pdf(["Barua", "Kwa: โรงพยาบาล"], "sw", "ltr")
    assert set(refused.value.letters) == set("โรงพยาบาล")
    assert letter_fonts.visible(["Gate 🚪\ufe0f 2"]) == [f"Gate {letter_fonts.MISSING_SIGN}\ufe0f 2"]
    assert ord(letter_fonts.MISSING_SIGN) in letter_fonts.characters("Latn")
    assert pages(letter_pdf(["Letter", "Gate 🚪\ufe0f 2"], "en", "ltr")) == 1


def test_of_a_language_it_is_known_whether_its_script_has_a_font() -> None:
    assert all(
        map(letter_fonts.prints, [*locales.languages(), "ta", "te", "he", "ru", "pa-Arab", "ff", "uz-Cyrl"])
    )
    assert not any(
        map(letter_fonts.prints, ["th", "my", "km", "si", "gu", "pa", "ka", "hy", "zgh", "ff-Adlm", "zh"])
    )


def glyphs(said: list[str], language: str) -> set[int]:
    """The characters for which the letter has a picture."""
    fonts: dict[str, Any] = {}
    pdf = _filled(said, language, locales.pack(language).direction, 7.0, fonts)
    found = {
        one
        for font in pdf.fonts.values()
        for glyph in font.subset._char_id_per_glyph
        if glyph.glyph_id
        for one in glyph.unicode
    }
    close(fonts)
    return found


def close(fonts: dict[str, Any]) -> None:
    for font in fonts.values():
        font.ttfont.close()
