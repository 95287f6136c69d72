"""A request on its way: what has been said, where its keys and values are, and how its next token is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import InvalidStateError
from contextlib import suppress

import torch
from torch import Tensor

from model.own_rows import OwnRow
from model.requests import Request, Result, Ticket, Why
from model.spoken import Spoken

__all__ = ["Running", "choose"]


class Running:
    """length: tokens in its row.  own: its row, if it has one outside the padded batch.  alone: its batch has failed once."""

    def __init__(self, ticket: Ticket, decode: Callable[[list[int]], str]) -> None:
        request = ticket.request
        self.ticket = ticket
        self.spoken = Spoken(
            decode, request.stop_ids, request.stop_texts, stream=request.on_token is not None
        )
        self.length, self.computed, self.reused = 0, 0, 0
        self.own: OwnRow | None = None
        self.alone = False
        self.reason = ""
        self.error: BaseException | None = None
        self._random: torch.Generator | None = None

    @property
    def request(self) -> Request:
        return self.ticket.request

    def hear(self, token: int) -> None:
        """The next token. Raises what the caller's on_token raises."""
        piece = self.spoken.push(token)
        if self.request.on_token is not None:
            if len(self.spoken.ids) >= self.request.max_new_tokens:
                piece += self.spoken.rest()
            self.request.on_token(token, piece)

    def take(self, token: int, best: float) -> Why | None:
        """The row's next token and its greatest logit; why the row ends with it, if it does."""
        if not math.isfinite(best):
            self.reason = "the model's numbers are not finite"
            return Why.failed
        try:
            self.hear(token)
        except Exception as error:  # noqa: BLE001   the caller's function, or its decoder
            self.reason, self.error = "on_token or decode raised", error
            return Why.failed
        if self.spoken.stopped:
            return Why.stop
        return Why.length if len(self.spoken.ids) >= self.request.max_new_tokens else None

    def draw(self, logits: Tensor) -> int:
        """A token at random by the request's temperature and top_p.  logits: (V,).

        Drawn on the CPU, so that a seed means the same everywhere.
        """
        if self._random is None:
            self._random = torch.Generator().manual_seed(self.request.seed)
        chances, ids = (
            (logits.float().cpu() / self.request.temperature)
            .softmax(dim=-1)
            .sort(descending=True, stable=True)
        )
        # A token stays while what is before it makes up less than top_p: the likeliest always does.
        chances[chances.cumsum(0) - chances >= self.request.top_p] = 0
        return int(ids[torch.multinomial(chances, 1, generator=self._random)])

    def end(self, why: Why, kept: bool) -> None:
        """Tell the caller. Never raises."""
        ids = tuple(self.spoken.ids)
        try:
            text = self.spoken.text
        except Exception as error:  # noqa: BLE001   the caller's decoder
            why, text, self.reason, self.error = Why.failed, "", "decode raised", error
        result = Result(why, ids, text, self.reason, self.error, self.computed, self.reused, kept)
        self.own = None
        with suppress(InvalidStateError):  # a caller may have cancelled the future itself
            self.ticket.future.set_result(result)


def choose(logits: Tensor, runs: Sequence[Running]) -> list[tuple[int, float]]:
    """The next token of each row and its greatest logit, which is not finite if the row's numbers are broken.  logits: (B, V)."""
    best, ids = logits.max(
        dim=-1
    )  # NaN wins a maximum, so that this finds it without another look at all of them
    chosen = list(zip(ids.tolist(), best.tolist(), strict=True))
    for i, run in enumerate(runs):
        if run.request.temperature > 0 and math.isfinite(chosen[i][1]):
            chosen[i] = run.draw(logits[i]), chosen[i][1]
    return chosen
