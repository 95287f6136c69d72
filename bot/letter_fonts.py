"""Which fonts a letter needs, and what of it none of them can draw.

The fonts are Noto's, in wheels (fontpkg-noto-sans, justmytype-intl-*): the same on every machine, and nothing to be installed
beside Python. A language may be begun in any script that Babel knows; for most scripts there is no font here, and whoever wants
a letter in one is told so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from babel.core import get_global
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

__all__ = [
    "FONTS",
    "MISSING_SIGN",
    "characters",
    "families",
    "file_of",
    "missing",
    "missing_in",
    "prints",
    "script_of",
    "visible",
]

_OFL = "fonts/ofl"
# A family: package, path in it, and the script it is for (ISO 15924). All that the packages hold.
FONTS: Mapping[str, tuple[str, str]] = {
    "Latn": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    "Arab": ("justmytype_intl_rtl", f"{_OFL}/notosansarabic/NotoSansArabic[wdth,wght].ttf"),
    "Hebr": ("justmytype_intl_rtl", f"{_OFL}/notosanshebrew/NotoSansHebrew[wdth,wght].ttf"),
    "Deva": ("justmytype_intl_south_asia", f"{_OFL}/notosansdevanagari/NotoSansDevanagari[wdth,wght].ttf"),
    "Beng": ("justmytype_intl_south_asia", f"{_OFL}/notosansbengali/NotoSansBengali[wdth,wght].ttf"),
    "Taml": ("justmytype_intl_south_asia", f"{_OFL}/notosanstamil/NotoSansTamil[wdth,wght].ttf"),
    "Telu": ("justmytype_intl_south_asia", f"{_OFL}/notosanstelugu/NotoSansTelugu[wdth,wght].ttf"),
    "Ethi": ("justmytype_intl_africa", f"{_OFL}/notosansethiopic/NotoSansEthiopic[wdth,wght].ttf"),
}
_BLOCKS = (
    ("Hebr", 0x0590, 0x05FF),
    ("Arab", 0x0600, 0x06FF),
    ("Arab", 0x0750, 0x077F),
    ("Arab", 0x08A0, 0x08FF),
    ("Deva", 0x0900, 0x097F),
    ("Beng", 0x0980, 0x09FF),
    ("Taml", 0x0B80, 0x0BFF),
    ("Telu", 0x0C00, 0x0C7F),
    ("Ethi", 0x1200, 0x139F),
)
# Scripts that the first family draws too.
_WITH_LATIN = ("Latn", "Grek", "Cyrl")
# Stands where a sign is that no font has, and is drawn by the first family.
MISSING_SIGN = "\ufffd"
# What has no picture of its own: marks of direction, joiners, spaces, line breaks; and what chooses a form of the sign before it.
_NO_PICTURE = ("Cc", "Cf", "Zs", "Zl", "Zp")
_CHOOSERS = range(0xFE00, 0xFE10)


def script_of(text: str) -> str:
    """The script that most letters of a text are of, among FONTS; 'Latn' where none is another's."""
    counts = dict.fromkeys(FONTS, 0)
    for letter in text:
        code = ord(letter)
        if letter.isalpha():
            counts[next((s for s, first, last in _BLOCKS if first <= code <= last), "Latn")] += 1
    return max(counts, key=lambda script: counts[script])


def families(paragraphs: Sequence[str]) -> list[str]:
    """The families that a letter is drawn with: the one of most of its letters, Latin, and every other that it needs."""
    main = script_of(" ".join(paragraphs))
    taken = list(dict.fromkeys((main, "Latn")))
    left = _drawn(paragraphs).difference(*map(characters, taken))
    for family in FONTS:
        if not left:
            break
        if family not in taken and left & characters(family):
            taken.append(family)
            left -= characters(family)
    return taken


def missing(paragraphs: Iterable[str]) -> list[str]:
    """Letters, marks and digits that no family has, each once, in the order of their numbers: without them it is no letter."""
    return [one for one in _lost(paragraphs) if unicodedata.category(one)[0] in "LMN"]


def visible(paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs with MISSING_SIGN for each sign that no family has: it is seen that something stood there."""
    lost = dict.fromkeys(map(ord, _lost(paragraphs)), MISSING_SIGN)
    return [text.translate(lost) for text in paragraphs] if lost else list(paragraphs)


def prints(language: str) -> bool:
    """True where a family has the script that a language is written in, as Babel knows it."""
    known = get_global("likely_subtags")
    parts = language.split("-")
    for tag in ("_".join(parts), parts[0]):
        script = next((part for part in tag.split("_")[1:] if len(part) == 4), None)
        likely = known.get(tag)
        if script is None and likely is not None:
            script = next((part for part in str(likely).split("_")[1:] if len(part) == 4), None)
        if script is not None:
            return script.title() in (*FONTS, *_WITH_LATIN)
    return True


def missing_in(language: str, sentences: Iterable[str]) -> bool:
    """True where a letter in this language cannot be printed: by its script, or by letters of its sentences."""
    return not prints(language) or bool(missing(sentences))


@cache
def characters(family: str) -> frozenset[int]:
    """Every character that a family has a picture for."""
    with TTFont(file_of(family), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def file_of(family: str) -> Path:
    """The font's file: wheels are unpacked, so it is one."""
    package, path = FONTS[family]
    return Path(str(files(package).joinpath(path)))


def _lost(paragraphs: Iterable[str]) -> list[str]:
    left: Collection[int] = _drawn(paragraphs)
    for family in FONTS:
        if not left:
            break
        left = {one for one in left if one not in characters(family)}
    return [chr(one) for one in sorted(left)]


def _drawn(paragraphs: Iterable[str]) -> set[int]:
    return {
        ord(one)
        for one in set().union(*paragraphs)
        if unicodedata.category(one) not in _NO_PICTURE and ord(one) not in _CHOOSERS
    }
