"""How scripts are typed: letters that sound alike, or that people mix up, become one. For comparing, never for showing.

Both what is typed and the words of the packs go through it, so it may fold more than a dictionary would: what matters is that
two ways of typing one word meet, and that few different words do. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["folded", "script_of", "unelided"]

# "l'enfant", "s'etouffe", "n'arrive", "qu'il": before a vowel French writes small words on to the next.
_ELIDED = re.compile(
    r"\b(?:l|d|n|j|m|s|c|qu|jusqu|lorsqu|puisqu|quelqu)['’‘`´ʼ](?=[aeiouyhàâäæéèêëîïôöœùûü])", re.I
)
_LATIN = str.maketrans({"ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "œ": "oe", "æ": "ae", "ø": "o", "ı": "i"})

# Devanagari. Nasal signs, dots under letters and half letters are left out by many, long and short i and u are mixed up,
# and so are the three s, the two n, e and ai, o and au, and glides between vowels.
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_DEVANAGARI_STEPS = (
    (re.compile("\u093c"), ""),
    (re.compile("(?<=[\u0904-\u0939\u093e-\u094c])य\u0947"), "ए"),
    (re.compile("(?<=[\u0904-\u0939\u093e-\u094c])य[\u0940\u093f]"), "इ"),
    (re.compile("[ङञण]\u094d|न\u094d(?=[क-म])|म\u094d(?=[प-भ])|[\u0900-\u0903]"), ""),
    (re.compile("\u094d"), ""),
)
_DEVANAGARI_LETTERS = str.maketrans(
    {
        "\u0940": "\u093f",
        "\u0942": "\u0941",
        "\u0948": "\u0947",
        "\u094c": "\u094b",
        "ई": "इ",
        "ऊ": "उ",
        "ऐ": "ए",
        "औ": "ओ",
        "ऋ": "रि",
        "\u0943": "रि",
        "ष": "स",
        "श": "स",
        "ण": "न",
        "ळ": "ल",
        "ॉ": "\u094b",
        "ऑ": "ओ",
        "ॅ": "\u0947",
    }
)

# Bengali: the same, and letters that are silent or sound as others.
_BENGALI = re.compile("[\u0980-\u09ff]")
_BENGALI_STEPS = (
    (re.compile("(?<!\u09cd)য(?!\u09bc)"), "জ"),
    (re.compile("[ডঢ]\u09bc"), "র"),
    (re.compile("\u09bc"), ""),
    (re.compile("\u09cdয\u09be|(?<=(?<![\u0980-\u09ff])[ক-হ])\u09cdয(?=[ক-হ])"), "\u09c7"),
    (re.compile("\u09cdয|(?<!ম)\u09cdব|চ\u09cd(?=ছ)"), ""),
    (re.compile("ঙ\u09cd?"), "\u0982"),
    (re.compile("[\u0981\u0983\u09cd]|\u09cb(?![\u0980-\u09ff])"), ""),
)
_BENGALI_LETTERS = str.maketrans(
    {
        "\u09c0": "\u09bf",
        "\u09c2": "\u09c1",
        "ঈ": "ই",
        "ঊ": "উ",
        "শ": "স",
        "ষ": "স",
        "ণ": "ন",
        "ৎ": "ত",
        "\u09c3": "র\u09bf",
        "ঋ": "রি",
    }
)

# Ethiopic: a letter is a consonant with a vowel. Taken apart, "ልጅ*" also begins "ልጁ", and a wrong vowel is one wrong letter.
_ETHIOPIC = re.compile("[\u1200-\u137f]")
_ETHIOPIC_VOWELS = ("e", "u", "i", "a", "y", "", "o")
_ETHIOPIC_SAME = {"ሐ": "ሀ", "ኀ": "ሀ", "ኸ": "ሀ", "ሠ": "ሰ", "ዐ": "አ", "ፀ": "ጸ"}
# Of these the first order sounds as the fourth; w with u and y with i sound as without.
_ETHIOPIC_A = "ሀአ"


def folded(text: str) -> str:
    """A normalised text (`locales.normalise`) with what its script writes in several ways written in one."""
    text = text.translate(_LATIN)
    if text.isascii():
        return text
    if _DEVANAGARI.search(text):
        for pattern, to in _DEVANAGARI_STEPS:
            text = pattern.sub(to, text)
        text = text.translate(_DEVANAGARI_LETTERS)
    if _BENGALI.search(text):
        for pattern, to in _BENGALI_STEPS:
            text = pattern.sub(to, text)
        text = text.translate(_BENGALI_LETTERS)
    if _ETHIOPIC.search(text):
        text = _ETHIOPIC.sub(lambda m: _ethiopic(m[0]), text)
    return text


def unelided(text: str) -> str:
    """Without the small words that French writes before a vowel with an apostrophe; to be done before `locales.normalise`."""
    return _ELIDED.sub("", text)


@cache
def script_of(word: str) -> str:
    """'LATIN', 'ARABIC', 'DEVANAGARI' ...: the script of a word's first letter, '' where it has none."""
    for letter in word:
        if letter.isalpha():
            return unicodedata.name(letter, "").split(" ")[0]
    return ""


@cache
def _ethiopic(letter: str) -> str:
    """The consonant (its sixth order) and its vowel."""
    code = ord(letter)
    order = (code - 0x1200) % 8
    first = chr(code - order)
    if not first.isalpha() or not letter.isalpha():
        return letter
    rounded = ""
    if order == 7 or re.search(r"\wWA$", unicodedata.name(first)):
        # "ቷ" is also typed "ቱዋ": the consonant, then w.
        rounded = f"u{chr(ord('ወ') + 5)}"
        first = first if order == 7 else chr(ord(first) - 8)
        order = 3 if order == 7 else order
    first = _ETHIOPIC_SAME.get(first, first)
    consonant = chr(ord(first) + 5)
    vowel = _ETHIOPIC_VOWELS[order]
    if first in _ETHIOPIC_A and order == 0:
        vowel = "a"
    if (first, vowel) in (("ወ", "u"), ("የ", "i")):
        vowel = ""
    return consonant + rounded + vowel
