"""Typed words, made comparable."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normalise"]

# Marks that writers leave out: Latin, Greek and Cyrillic accents; Arabic vowel signs and hamza carriers.
# Marks of other scripts (vowel signs of Devanagari, Amharic has none) change the word and stay.
_LEFT_OUT = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed\u0640\ufe00-\ufe0f\u20e3]")
_ONE_FORM = str.maketrans({"ى": "ي", "ة": "ه", "ٱ": "ا", "ی": "ي", "ک": "ك"})
_APOSTROPHES = re.compile("['’‘`´ʼʻ]")


def normalise(text: str) -> str:
    """The typed text in one spelling: lower case, no accents, no punctuation, single spaces, ASCII digits.

    Arabic: vowel signs and tatweel go, alef, yeh and teh marbuta forms become one. Emoji stay, without skin
    tone and variation marks.
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    text = _APOSTROPHES.sub("", _LEFT_OUT.sub("", text)).translate(_ONE_FORM)
    kept: list[str] = []
    for c in text:
        category = unicodedata.category(c)
        if category == "Nd":
            kept.append(str(unicodedata.digit(c)))
        elif category in ("Cf", "Sk"):
            continue
        elif category[0] in "PZC" or category in ("Sm", "Sc"):
            kept.append(" ")
        else:
            kept.append(c)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))
