"""Short codes of cases, such as K7-42: made, and found in what somebody typed. Pure, but for chance.

Letter, digit, dash, two digits; three digits and more where short ones grow scarce. No 0, 1 or letter that looks or sounds like
another in a hurry.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

__all__ = ["SPACE", "first_version", "found_in", "fresh", "serves", "width_for"]

LETTERS = "ACDEFHJKMNPRTWXY"
DIGITS = "23456789"
# Codes of two digits after the dash.
SPACE = len(LETTERS) * len(DIGITS) ** 3
# From here on a digit more: half of them free means two draws on average, and a slip of the thumb that mostly hits nothing.
CROWDED = 0.5

# Versions of one case lie in a range of its own, told by its code: what is made for a version finds its case among all of a
# chat, also after the case was handed over. The highest stays within 32 bits.
_VERSIONS_A_CASE = 1000
_RANGES = 2_000_000

_DASH = r"[-\u00ad\u2010-\u2015\u2212\u200e\u200f_. ]{0,2}"
_CODE = re.compile(rf"(?<!\w)([A-Z])(\d){_DASH}(\d{{2,5}})(?!\w)")


def width_for(taken: int) -> int:
    """How many digits follow the dash where so many codes are taken."""
    width, space = 2, SPACE
    while taken >= space * CROWDED:
        width, space = width + 1, space * len(DIGITS)
    return width


def fresh(width: int = 2) -> str:
    """A code by chance; whether it is taken is for the caller to ask."""
    tail = "".join(secrets.choice(DIGITS) for _ in range(width))
    return f"{secrets.choice(LETTERS)}{secrets.choice(DIGITS)}-{tail}"


def found_in(text: str) -> list[tuple[str, str]]:
    """Each code in a text as it is kept, with the rest of the text without it; in the order of the text.

    Small letters, other dashes, none, and digits of other scripts are understood. Whether there is such a case, the store says.
    """
    # Letter for letter, so that a place in one is the same place in the other.
    plain = "".join(_plain(c) for c in text)
    return [
        (
            f"{match[1]}{match[2]}-{match[3]}",
            " ".join((text[: match.start()] + " " + text[match.end() :]).split()),
        )
        for match in _CODE.finditer(plain)
    ]


def _plain(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    return letter.upper() if letter.isascii() else letter


def first_version(code: str) -> int:
    """The version that a new case of this code begins with."""
    return (int(code.replace("-", ""), 36) % _RANGES) * _VERSIONS_A_CASE + 1


def serves(code: str, case_version: int) -> bool:
    """True where this version is one of the desk's case of this code; a patient's own conversation counts from 1."""
    return case_version // _VERSIONS_A_CASE == first_version(code) // _VERSIONS_A_CASE
