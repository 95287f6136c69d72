"""The letter on paper: one page in every language, with a picture for every letter, in the order in which it is read."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from fpdf.enums import TextDirection
from fpdf.fonts import TTFFont

import locales
from bot import letter_fonts
from bot import letter_pdf as letter_pdf_module
from bot.letter_fonts import FONTS, file_of, script_of
from bot.letter_pdf import SIZES_PT, LetterMissing, _filled, _fonts, letter_pdf
from bot.messages import Text, Urgency
from bot.place import Place
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
        fonts = _fonts(said)
        return next(s for s in SIZES_PT if _filled(said, "en", "ltr", s, fonts).pages_count == 1)

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
    fonts = _fonts(["Title", "To: مستشفى"])
    _filled(["Title", "To: مستشفى"], "en", "ltr", 10.0, fonts)
    names = set(fonts["Arab"].subset.get_all_glyph_names())
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
    fonts = _fonts(said)
    _filled(said, language, locales.pack(language).direction, 7.0, fonts)
    return {
        one
        for font in fonts.values()
        for glyph in font.subset._char_id_per_glyph
        if glyph is not None and glyph.glyph_id and isinstance(glyph.unicode, tuple)
        for one in glyph.unicode
    }


def of_no_day(data: bytes) -> bytes:
    """A letter without when it was made."""
    return re.sub(rb"/CreationDate \([^)]*\)|/ID \[[^]]*\]", b"", data)


def test_a_font_is_read_once_however_many_letters_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    letter_pdf(paragraphs("en"), "en", "ltr")

    def gone(family: str) -> Path:
        raise AssertionError(f"the file of {family} is opened again")

    monkeypatch.setattr(letter_fonts, "file_of", gone)
    assert pages(letter_pdf(paragraphs("sw"), "sw", "ltr")) == 1


def test_nothing_of_a_letter_stands_in_the_next() -> None:
    first, other = ["Letter", "abc مستشفى"], ["Letter", "Quite Zany, Xhosa! 0123456789 ŵŷ بيت"]
    alone = of_no_day(letter_pdf(first, "en", "ltr"))
    letter_pdf(other, "en", "ltr")
    assert of_no_day(letter_pdf(first, "en", "ltr")) == alone


def test_letters_that_are_written_at_once_are_as_those_written_alone() -> None:
    said = {language: paragraphs(language)[:12] for language in ("en", "sw", "ar", "am")}

    def written(language: str) -> bytes:
        return of_no_day(letter_pdf(said[language], language, locales.pack(language).direction))

    alone = {language: written(language) for language in said}
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(written, [*said] * 3)) == [alone[language] for language in said] * 3


@pytest.mark.parametrize("language", ["en", "ar", "hi", "am"])
def test_a_letter_takes_along_few_glyphs_each_drawn_as_in_its_font(language: str) -> None:
    said = paragraphs(language)
    fonts = _fonts(said)
    _filled(said, language, locales.pack(language).direction, 9.0, fonts)
    for family, font in fonts.items():
        picked = set(font.subset.get_all_glyph_names())
        font.narrow()
        part = font.ttfont
        with TTFont(file_of(family)) as whole:
            names = part.getGlyphOrder()
            assert picked <= set(names)
            assert len(names) < len(picked) + 30, "parts of glyphs that are put together come along"
            for name in names:
                drawn, meant = part["glyf"][name], whole["glyf"][name]
                if drawn.isComposite():
                    assert [c.glyphName for c in drawn.components] == [c.glyphName for c in meant.components]
                else:
                    assert drawn.getCoordinates(part["glyf"]) == meant.getCoordinates(whole["glyf"])
                assert part["hmtx"][name][0] == whole["hmtx"][name][0]


@pytest.mark.parametrize("language", locales.languages())
def test_a_long_letter_is_tried_at_few_sizes(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[float] = []
    made = letter_pdf_module._filled

    def counted(*given: Any) -> Any:
        tried.append(given[3])
        return made(*given)

    monkeypatch.setattr(letter_pdf_module, "_filled", counted)
    said = paragraphs(language)
    letter_pdf(said, language, locales.pack(language).direction)
    fonts = _fonts(said)
    largest = next(
        size
        for size in SIZES_PT
        if made(said, language, locales.pack(language).direction, size, fonts).pages_count == 1
    )
    assert largest in tried
    assert len(tried) <= 4


def test_of_lines_that_fit_at_no_size_the_smallest_are_taken() -> None:
    assert pages(letter_pdf(["Title", *["A line of a letter."] * 200], "en", "ltr")) > 1


@pytest.mark.parametrize("language", [*locales.languages(), "+"])
def test_a_piece_of_a_text_is_as_wide_as_if_it_stood_alone(language: str) -> None:
    said = list(SCRIPTS.values()) if language == "+" else paragraphs(language)
    if language == "+":
        said = [*said, " ".join(said), "• To: Районная больница, Ward 3"]
    chance = random.Random(1)
    for family, font in _fonts(said).items():
        for text in said:
            for direction in TextDirection:
                how = {"features": {}, "fragment_direction": direction, "script": None, "language": "en"}
                font.text = text
                for _ in range(15):
                    begin = chance.randrange(len(text))
                    piece = text[begin : chance.randrange(begin, len(text) + 1)]
                    alone = TTFFont.shaped_text_width(font, piece, 1000.0, how)
                    assert font.shaped_text_width(piece, 1000.0, how) == pytest.approx(alone), (
                        family,
                        direction,
                    )
