"""Case codes (K7-42) in typed text and in the codes of buttons."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["CASE", "SEPARATOR", "canonical", "found", "unknown", "unwrapped", "wrapped"]

# A letter, a digit, a dash, two digits. People type it small, without the dash, with a space, with their own digits.
CASE = re.compile(r"[A-Z][0-9]-[0-9]{2}")
_TYPED = re.compile(r"(?<![A-Za-z0-9])([A-Za-z])\s?([0-9])\s?[-‐‑–—_.:]?\s?([0-9]{2})(?![A-Za-z0-9])")
SEPARATOR = "~"


def canonical(text: str) -> str:
    """The case code that the whole text is, as it is kept ('K7-42'); '' where it is none."""
    match = _TYPED.fullmatch(_ascii_digits(text).strip().strip(":"))
    return _code(match) if match else ""


def found(text: str, known: frozenset[str]) -> tuple[str, str]:
    """The first code of `known` that stands in the text, and the text without it; ('', text) where none does."""
    readable = _ascii_digits(text)
    for match in _TYPED.finditer(readable):
        if _code(match) in known:
            return _code(match), _without(text, match)
    return "", text


def unknown(text: str) -> str:
    """The first thing in the text that is written like a case code, dash included; '' where there is none."""
    readable = _ascii_digits(text)
    written = (m for m in _TYPED.finditer(readable) if "-" in m.group() and m.group(1).isupper())
    return next((_code(m) for m in written), "")


def wrapped(code: str, choice: str) -> str:
    """The code of a case's button: 'K7-42~danger1.none'. Raises ValueError over 60 bytes."""
    text = f"{code}{SEPARATOR}{choice}"
    if len(text.encode()) > 60:
        raise ValueError(f"choice {text!r} has {len(text.encode())} bytes; expected at most 60")
    return text


def unwrapped(choice: str) -> tuple[str, str]:
    """Case code and inner choice of a button; ('', choice) where it belongs to no case."""
    code, mark, inner = choice.partition(SEPARATOR)
    return (code, inner) if mark and CASE.fullmatch(code) else ("", choice)


def _code(match: re.Match[str]) -> str:
    return f"{match.group(1).upper()}{match.group(2)}-{match.group(3)}"


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split()).strip(":,;-– ")


def _ascii_digits(text: str) -> str:
    """The same text, character for character, with ASCII digits."""
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
