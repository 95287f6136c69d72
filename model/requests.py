"""What is asked of the generator and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from threading import Event

from torch import Tensor

__all__ = ["Closed", "QueueFull", "Request", "Result", "Ticket", "Why"]


class QueueFull(Exception):
    """As many requests wait as may; come again later."""


class Closed(Exception):
    """The generator takes no more."""


class Why(StrEnum):
    """Why a row ended."""

    stop = "stop"
    length = "length"
    cancelled = "cancelled"
    deadline = "deadline"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt to go on from.

    embeds: (L, D) in the model's type, the whole prompt: of a follow-up too, so that it can always be computed anew.
    stop_ids: token sequences that end the answer.  stop_texts: strings that do, wherever tokens begin and end.
    deadline_s: by time.monotonic(); checked between steps.
    exact: ids are the same to the last bit alone and in company (own_rows.py); such a request never begins from kept rows,
    because whether one is still warm is an accident.  Otherwise rows share a padded batch, which moves bf16 logits (serving.md).
    chat: the finished row is kept under this name and what of it begins the next prompt of that name is not computed again.
    temperature: 0 takes the likeliest token.  top_p, seed: only where it is above 0.
    on_token: called by the engine's thread with each id and the text that is settled by it (may be ""); must be quick.
    """

    embeds: Tensor
    max_new_tokens: int = 120
    stop_ids: tuple[tuple[int, ...], ...] = ()
    stop_texts: tuple[str, ...] = ()
    deadline_s: float | None = None
    exact: bool = False
    chat: str | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    on_token: Callable[[int, str], None] | None = None

    def __post_init__(self) -> None:
        if self.embeds.ndim != 2 or self.embeds.shape[0] < 1 or not self.embeds.is_floating_point():
            raise ValueError(
                f"embeds are {self.embeds.dtype} {tuple(self.embeds.shape)}; expected floating (L, D), L >= 1"
            )
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens is {self.max_new_tokens}; expected 1 or more")
        if any(not ids for ids in self.stop_ids) or any(not text for text in self.stop_texts):
            raise ValueError(
                "a stop sequence or text is empty; expected at least one token or letter in each"
            )
        if not self.temperature >= 0 or not 0 < self.top_p <= 1:
            raise ValueError(
                f"temperature {self.temperature}, top_p {self.top_p}; expected >= 0 and above 0 up to 1"
            )


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request.

    ids: all that was generated, stop sequence included.  text: without what ended it.
    reason: for failed and cancelled, in words without anything of the prompt; error: the exception, if there was one.
    computed, reused: tokens of the prompt that were computed (again after a retry) and taken from the chat's kept row.
    kept: the row now stands under the request's chat.
    """

    why: Why
    ids: tuple[int, ...]
    text: str
    reason: str = ""
    error: BaseException | None = None
    computed: int = 0
    reused: int = 0
    kept: bool = False

    @property
    def finished(self) -> bool:
        return self.why in (Why.stop, Why.length)


class Ticket:
    """A submitted request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.future: Future[Result] = Future()
        self._cancelled = Event()

    def cancel(self) -> None:
        """Ask for the end; the result comes with the next step, with what there is by then."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def result(self, timeout_s: float | None = None) -> Result:
        """Waits. Never raises what went wrong in the row: that is in the result. Raises TimeoutError."""
        return self.future.result(timeout_s)
