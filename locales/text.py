"""`Text`: what code says instead of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Text"]


@dataclass(frozen=True)
class Text:
    """A catalogue message by id, with its named arguments.

    An argument is a str or int, another Text, or a tuple of these (rendered as a list of the language:
    'a, b, and c').
    """

    id: str
    args: Mapping[str, object] = field(default_factory=dict)
