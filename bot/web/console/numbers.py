"""Numbers as addresses and forms write them. Python reads no more than 4,300 digits, and raises where there are more."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor

__all__ = ["DIGITS", "bounded"]

DIGITS = 15


def bounded(text: str) -> int | None:
    """The number of 1 to 15 digits from 0 to 9; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


class _Number(Convertor[int]):
    """A part of a path: `{item:number}`. What is longer matches no route, so it is not found."""

    regex = f"[0-9]{{1,{DIGITS}}}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())
