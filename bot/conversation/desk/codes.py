"""Case codes (K7-42) in typed text and in the codes of buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.casework.codes import found_in

__all__ = ["CASE", "SEPARATOR", "Written", "found", "unknown", "unwrapped", "wrapped", "written"]

CASE = re.compile(r"[A-Z][0-9]-[0-9]{2,5}")
SEPARATOR = "~"
_WRITTEN = re.compile(r"(?<!\w)[A-Za-z]\d[-‐‑–—]\d{2,5}(?!\w)")


def found(text: str, known: frozenset[str]) -> tuple[str, str]:
    """The first code of `known` that stands in the text, and the text without it; ('', text) where none does."""
    for code, rest in found_in(text):
        if code in known:
            return code, rest.strip(":,;-– ")
    return "", text


@dataclass(frozen=True, slots=True)
class Written:
    """Whose a text says it is. code: of a known case; strange: written like a code, and nobody's; '' for neither.

    also: a second code beside it: the text is of two, and nobody knows what of it is whose. rest: the text without `code`.
    """

    code: str = ""
    rest: str = ""
    strange: str = ""
    also: str = ""

    @property
    def names(self) -> str:
        """The case that it names, and no other; '' where it names none, or more than can be parted."""
        return "" if self.also else self.code

    @property
    def stops(self) -> bool:
        """True where it names a case that it cannot be put into: then it is put into no other."""
        return bool(self.strange or self.also)


def written(text: str, known: frozenset[str]) -> Written:
    """What codes say of whose a text is. known: codes of all cases of the desk that are known here, closed ones too."""
    code, rest = found(text, known)
    strange = dict.fromkeys(c for c in _like_codes(text) if c not in known)
    others = [c for c in dict.fromkeys(c for c, _ in found_in(text)) if c in known and c != code]
    others += strange
    if code:
        return Written(code, rest, also=others[0] if others else "")
    return Written("", text, *others[:2])


def unknown(text: str) -> str:
    """The first thing in the text that is written just like a case code, dash included; '' where there is none."""
    return next(iter(_like_codes(text)), "")


def _like_codes(text: str) -> list[str]:
    like = {code for m in _WRITTEN.finditer(text) for code, _ in found_in(m.group())}
    return [code for code, _ in found_in(text) if code in like]


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
