"""Which library speaks: the shipped packs until another is handed in, and one library from a reply's first word to its last.

A language pack may go live at any moment. So that nobody sees half of it, whoever renders several texts of one thing does it
inside `held()`: the library that was current at its beginning answers until its end, in that thread or task. What is worked out
of the packs (`kept`, `kept_of_pack`) is remembered with the library it came from and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar, cast

from locales.library import Library

__all__ = ["ROOT", "Kept", "held", "holding", "kept", "kept_of_pack", "library", "shipped", "use"]

ROOT = Path(__file__).resolve().parent

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

_held: ContextVar[Library | None] = ContextVar("library", default=None)


class _Process:
    """What this process speaks with; None: what was shipped."""

    library: Library | None = None


class Kept(Protocol[P, R_co]):
    """A function that remembers its results as long as the library they came from."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """The function's own result."""

    def cache_clear(self) -> None:
        """Forgets what was worked out of the current library."""


@cache
def shipped() -> Library:
    """The packs that are shipped with this installation, read once a process."""
    return Library(ROOT)


def library() -> Library:
    """The library that answers here and now."""
    return _held.get() or _Process.library or shipped()


def use(new: Library | None) -> None:
    """Makes a library the process's own, at once and whole; None: the shipped packs again. Who holds one keeps it."""
    _Process.library = new


@contextmanager
def held() -> Iterator[Library]:
    """One library for everything inside; inside another `held` it is the same one."""
    with holding(library()) as one:
        yield one


@contextmanager
def holding(one: Library) -> Iterator[Library]:
    """That library for everything inside, whatever the process speaks with (a preview)."""
    token = _held.set(one)
    try:
        yield one
    finally:
        _held.reset(token)


def kept(maxsize: int | None = None) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Remembers what a function makes of the packs, as functools.lru_cache does, for each library by itself."""

    def decorate(function: Callable[P, R]) -> Kept[P, R]:
        @wraps(function)
        def answered(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, library().memory(function, maxsize)(*args, **kwargs))

        answered.cache_clear = lambda: library().memory(function, maxsize).cache_clear()  # type: ignore[attr-defined]
        return cast(Kept[P, R], answered)

    return decorate


def kept_of_pack(code_at: int, maxsize: int | None = None) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """As `kept`, for a function of one pack alone: what it made stays while that pack stays, whatever else changes.

    code_at: which of the arguments is the pack's code.
    """

    def decorate(function: Callable[P, R]) -> Kept[P, R]:
        @wraps(function)
        def answered(*args: P.args, **kwargs: P.kwargs) -> R:
            return cast(R, library().memory(function, maxsize, str(args[code_at]))(*args, **kwargs))

        answered.cache_clear = lambda: library().forget(function)  # type: ignore[attr-defined]
        return cast(Kept[P, R], answered)

    return decorate
