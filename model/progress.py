"""How far a long work is, told to whoever watches it: one signature for all of them."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Part", "Progress", "below", "part", "unwatched"]


class Progress(Protocol):
    """Hears of a work with several parts. loss: the mean so far, None where nothing is learned."""

    def __call__(self, what: str, done: int, total: int, loss: float | None = None, /) -> None: ...


class Part(Protocol):
    """Hears of one part, which does not know how it is called."""

    def __call__(self, done: int, total: int, loss: float | None = None, /) -> None: ...


def part(tell: Progress, what: str) -> Part:
    """For one part of a work, under its name."""
    return lambda done, total, loss=None: tell(what, done, total, loss)


def below(tell: Progress, title: str) -> Progress:
    """For a work that is itself a part: the title stands before the names of its parts."""
    return lambda what, done, total, loss=None: tell(title + what, done, total, loss)


def unwatched(*_: object) -> None:
    """For a work, or a part of one, that nobody watches."""
