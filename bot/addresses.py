"""Addresses of servers that may hold a password, read by SQLAlchemy's rule: what it opens must be hidden and backed up too.

The password ends at the first @, whatever else stands in it. deploy/place.py has the same rule, as it must run by itself.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

__all__ = ["passwords", "without_password"]

_BEGIN = re.compile(r"[\w+]+://[^:/]*:([^@]*)@")


def passwords(url: str) -> tuple[str, ...]:
    """Its password as it stands there, and as it is meant; () where it has none."""
    found = _BEGIN.match(url)
    return (found[1], unquote(found[1])) if found else ()


def without_password(url: str) -> str:
    """The address as a sentence may show it. Up to the last @: a wrong address is shown, and may hold several."""
    return re.sub(r"//.*@", "//...@", url, flags=re.DOTALL)
