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

# Numbers of the Ethiopic script: one sign for each of 1 to 9, 10 to 90, 100 and 10,000, and none for nought.
_ETHIOPIC = re.compile("[\u1369-\u137c]{1,20}")


class _Kept(dict[int, str]):
    """What stands for each letter: digits in ASCII, a space for punctuation and signs, nothing for what is not seen."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        category = unicodedata.category(letter)
        if category == "Nd":
            kept = str(unicodedata.digit(letter))
        elif category in ("Cf", "Sk"):
            kept = ""
        else:
            kept = " " if category[0] in "PZC" or category in ("Sm", "Sc") else letter
        if len(self) < _MOST_LETTERS:
            self[code] = kept
        return kept


# Worked out once for each letter: the packs are some millions of them. Those of all packs are fewer than this.
_MOST_LETTERS = 5_000
_KEPT = _Kept()


def normalise(text: str) -> str:
    """The typed text in one spelling: lower case, no accents, no punctuation, single spaces, ASCII digits.

    Arabic: vowel signs and tatweel go, alef, yeh and teh marbuta forms become one. Emoji stay, without skin
    tone and variation marks.
    """
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    text = _ETHIOPIC.sub(lambda found: str(_ethiopic(found[0])), text)
    text = _APOSTROPHES.sub("", _LEFT_OUT.sub("", text)).translate(_ONE_FORM)
    return unicodedata.normalize("NFC", " ".join(text.translate(_KEPT).split()))


def _ethiopic(signs: str) -> int:
    """The number that Ethiopic signs write, the largest first; 100 and 10,000 stand behind how many there are of them."""
    whole = part = 0
    for sign in signs:
        value = int(unicodedata.numeric(sign))
        if value == 10_000:
            whole, part = (whole + part or 1) * value, 0
        elif value == 100:
            whole, part = whole + (part or 1) * value, 0
        else:
            part += value
    return whole + part
