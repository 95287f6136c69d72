"""One-time codes that somebody types in a chat: how they look, how they are found in what was typed, what is kept of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

__all__ = ["DIGITS", "LETTERS", "fresh_code", "hashed", "looks_like_code", "wants_to_join"]

# Neither 0 and O, nor 1, I and L, nor U and V. Two groups of six, each with a digit and a letter, so that no word, no telephone
# number and no pair of words is taken for a code: 58 bits.
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = "23456789"
GROUP = 6
JOIN = "/join"


def wants_to_join(text: str) -> bool:
    """True of a message that is a code and nothing else, or begins with /join: it is for `redeem`."""
    return looks_like_code(text) is not None or text.lower().split()[:1] == [JOIN]


def looks_like_code(text: str) -> str | None:
    """The code that a whole message is, in one writing (XXXXXX-XXXXXX), with or without /join before it; else None."""
    words = unicodedata.normalize("NFKC", text).split()
    meant = bool(words) and words[0].lower() == JOIN
    groups = ["".join(_plain(c) for c in word) for word in words[meant:]]
    groups = [group for group in groups if group]
    # Without /join more than two words are a sentence, whatever letters they have together: "rash K7-42 rash" is of a case.
    if len(groups) == 1 or meant:
        whole = "".join(groups)
        groups = [whole[:GROUP], whole[GROUP:]]
    if len(groups) == 2 and all(len(group) == GROUP and _is_group(group) for group in groups):
        return "-".join(groups)
    return None


def _plain(letter: str) -> str:
    if unicodedata.category(letter) in (
        "Pd",
        "Cf",
    ):  # dashes, and marks of direction that a copy brought along
        return ""
    digit = unicodedata.decimal(letter, None)
    return str(digit) if digit is not None else letter.upper()


def _is_group(group: str) -> bool:
    return (
        all(c in LETTERS or c in DIGITS for c in group)
        and any(c in LETTERS for c in group)
        and any(c in DIGITS for c in group)
    )


def fresh_code() -> str:
    """A code that nobody has: 58 bits of chance."""
    return f"{_fresh_group()}-{_fresh_group()}"


def _fresh_group() -> str:
    while True:
        group = "".join(secrets.choice(LETTERS + DIGITS) for _ in range(GROUP))
        if _is_group(group):
            return group


def hashed(key: bytes, code: str) -> str:
    """What is kept of a code. key: a master key."""
    return hmac.new(key, b"invitation\0" + code.encode(), hashlib.sha256).hexdigest()
