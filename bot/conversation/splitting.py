"""A text of several parts."""

from __future__ import annotations

import re

__all__ = ["parts"]

_BETWEEN = re.compile(r"[,;\n،؛፣፤]+")


def parts(text: str) -> list[str]:
    """What stands between the commas and line breaks of a text, of any script."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]
