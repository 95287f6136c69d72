"""Buttons under a message."""

from __future__ import annotations

from collections.abc import Sequence

import telegram

__all__ = ["MAX_CODE_BYTES", "keyboard", "rows"]

MAX_CODE_BYTES = 64  # callback_data, Bot API
# Characters that are not cut off on a 360 px wide phone when so many buttons share a row.
_FITS = {3: 8, 2: 14}


def rows(labels: Sequence[str]) -> list[list[int]]:
    """Positions of the labels row by row, in their order: short ones side by side, long ones alone."""
    laid: list[list[int]] = []
    at = 0
    while at < len(labels):
        per_row = 1
        if len(labels) == 3 and all(len(label) <= _FITS[3] for label in labels):
            per_row = 3
        elif all(len(label) <= _FITS[2] for label in labels[at : at + 2]) and at + 1 < len(labels):
            per_row = 2
        laid.append(list(range(at, at + per_row)))
        at += per_row
    return laid


def keyboard(choices: Sequence[tuple[str, str]]) -> telegram.InlineKeyboardMarkup | None:
    """The inline keyboard of (code, label) pairs; None without any. Raises ValueError for a code over 64 bytes."""
    for code, _ in choices:
        if not 1 <= len(code.encode()) <= MAX_CODE_BYTES:
            raise ValueError(f"choice code has {len(code.encode())} bytes; expected 1 to {MAX_CODE_BYTES}")
    if not choices:
        return None
    return telegram.InlineKeyboardMarkup(
        [
            [telegram.InlineKeyboardButton(choices[i][1], callback_data=choices[i][0]) for i in row]
            for row in rows([label for _, label in choices])
        ]
    )
