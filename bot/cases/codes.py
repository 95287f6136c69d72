"""Short codes of cases, such as K7-42: made, and found in what somebody typed. Pure, but for chance.

Letter, digit, dash, two digits; three digits and more where short ones grow scarce. No 0, 1 or letter that looks or sounds like
another in a hurry.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

__all__ = ["SPACE", "found_in", "fresh", "width_for"]

LETTERS = "ACDEFHJKMNPRTWXY"
DIGITS = "23456789"
# Codes of two digits after the dash.
SPACE = len(LETTERS) * len(DIGITS) ** 3
# From here on a digit more: half of them free means two draws on average, and a slip of the thumb that mostly hits nothing.
CROWDED = 0.5

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
