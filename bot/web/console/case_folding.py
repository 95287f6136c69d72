"""What of a case's page is in sight and what is folded: the newest photographs and messages; and which two are compared. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.cases.spoken import Line, Picture
from bot.cases.store import Case

__all__ = ["NEWEST_LINES", "NEWEST_PHOTOS", "Folded", "lines", "pair", "photos"]

# More would push what was found, and the answer, out of reach: 60 photographs are 26 000 pixels of a phone.
NEWEST_PHOTOS = 4
NEWEST_LINES = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Folded(Generic[T]):
    """Each with its number from 1, in the order of time."""

    older: Sequence[tuple[int, T]]
    newest: Sequence[tuple[int, T]]


def photos(kept: Sequence[Picture]) -> Folded[Picture]:
    """The photographs of a case."""
    return _folded(kept, NEWEST_PHOTOS)


def lines(said: Sequence[Line]) -> Folded[Line]:
    """The conversation about a case."""
    return _folded(said, NEWEST_LINES)


def _folded(every: Sequence[T], most: int) -> Folded[T]:
    numbered = list(enumerate(every, 1))
    return Folded(numbered[:-most], numbered[-most:])


def pair(case: Case, kept: Sequence[Picture]) -> tuple[Picture, Picture] | None:
    """An earlier and a later photograph to be compared: the last before a follow-up, and the newest; None for fewer than two."""
    if len(kept) < 2:
        return None
    before = [one for one in kept[:-1] if one.id in case.state.earlier_photos]
    return (before or kept)[-1 if before else 0], kept[-1]
