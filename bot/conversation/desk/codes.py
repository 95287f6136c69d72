"""Case codes (K7-42) in typed text and in the codes of buttons."""

from __future__ import annotations

import re

from bot.cases.codes import found_in

__all__ = ["CASE", "SEPARATOR", "found", "unknown", "unwrapped", "wrapped"]

CASE = re.compile(r"[A-Z][0-9]-[0-9]{2,5}")
SEPARATOR = "~"
_WRITTEN = re.compile(r"(?<!\w)[A-Z]\d[-‐‑–—]\d{2,5}(?!\w)")


def found(text: str, known: frozenset[str]) -> tuple[str, str]:
    """The first code of `known` that stands in the text, and the text without it; ('', text) where none does."""
    for code, rest in found_in(text):
        if code in known:
            return code, rest.strip(":,;-– ")
    return "", text


def unknown(text: str) -> str:
    """The first thing in the text that is written just like a case code, dash included; '' where there is none."""
    written = {code for m in _WRITTEN.finditer(text) for code, _ in found_in(m.group())}
    return next((code for code, _ in found_in(text) if code in written), "")


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
