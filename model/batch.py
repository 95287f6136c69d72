"""The rows that are being answered, and one step of them.

A newcomer is computed by itself, without padding. Then it decodes with the others in one of two ways: padded on the left in a
common cache, or, where the request is `exact`, with keys and values of its own (own_rows.py). Who fails, fails alone: a step
that raises is taken again row by row. Memory that runs out halves the number of rows; those that were interrupted go on later
where they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from model.cache_rows import KeptRows, Row, as_cache, cut, join, last_position, select, windows
from model.own_rows import OwnRow
from model.own_rows import step as own_step
from model.requests import Why
from model.running import Running, choose

__all__ = ["Batch"]

RECOVER_STEPS = 1000
"""Steps without running out of memory after which the number of rows is doubled again, up to what was asked for."""


class Batch:
    """Rows of one model; only the thread that owns the model may touch it, under torch.inference_mode.

    row_limit: rows at once, for now.  interrupted: rows that must be admitted again; whoever calls puts them in line.
    """

    def __init__(self, language_model: Any, kept: KeptRows, rows: int, own_width: int) -> None:
        self.kept, self.rows, self.row_limit = kept, rows, rows
        self.interrupted: list[Running] = []
        self.last_error = ""
        self._lm, self._config = language_model, language_model.config
        self._embed = language_model.get_input_embeddings()
        self._windows = windows(language_model.config)
        self._window = min((w for w in self._windows if w is not None), default=None)
        self._own_width = own_width
        self._padded: list[Running] = []
        self._cache: DynamicCache | None = None
        self._own: list[Running] = []
        self._quiet = 0

    def __len__(self) -> int:
        return len(self._padded) + len(self._own)

    @property
    def width(self) -> int:
        """Size of an embedding, D."""
        return int(self._embed.weight.shape[1])

    def admit(self, run: Running) -> None:
        """Computes a prompt, says its first token and lets the row in, unless that ends it."""
        try:
            logits, row = self._prefill(run)
            run.length = row.length
            own = None
            if run.request.exact or run.alone:
                own = OwnRow(row, self._windows, run.request.max_new_tokens)
            cache = self._cache if own is not None else join(self._cache, row, self._config)
        except torch.OutOfMemoryError as error:
            self._shrink([run], error)
            return
        except Exception as error:  # noqa: BLE001   whatever a model may raise; the others go on
            self._fail(run, "the prompt could not be computed", error)
            return
        run.own, self._cache = own, cache
        (self._padded if own is None else self._own).append(run)
        self._hand_out([run], logits[None], added=0)

    def advance(self) -> None:
        """One token for every row."""
        if self._padded:
            self._step_padded()
        most = min(self._own_width, self.row_limit)
        own = list(self._own)
        for begin in range(0, len(own), most):
            self._step_own(own[begin : begin + most])
        self._quiet += 1
        if self._quiet >= RECOVER_STEPS and self.row_limit < self.rows:
            self.row_limit, self._quiet = min(self.rows, self.row_limit * 2), 0

    def drop(self, ended_by: Callable[[Running], Why | None]) -> None:
        """Ends the rows for which there is a reason."""
        self._leave([(run, why) for run in (*self._padded, *self._own) if (why := ended_by(run)) is not None])

    def abandon(self, why: Why, reason: str, error: BaseException | None = None) -> None:
        """Ends all rows as they are, keeping none."""
        runs = [*self._padded, *self._own]
        self._padded, self._own, self._cache = [], [], None
        for run in runs:
            run.reason, run.error = reason, error
            run.end(why, kept=False)

    def _prefill(self, run: Running) -> tuple[Tensor, Row]:
        """Logits (V,) after a prompt and what was already said of its answer, and the row."""
        embeds = self._embeds(run, run.spoken.ids)
        total = embeds.shape[0]
        before = None
        # Beyond the sliding window a kept row no longer holds its beginning.
        if (
            run.request.chat is not None
            and not run.request.exact
            and (self._window is None or total < self._window)
        ):
            before = self.kept.match(run.request.chat, embeds)
        cache = DynamicCache(config=self._config) if before is None else as_cache(before, self._config)
        run.reused = 0 if before is None else before.length
        run.computed += total - run.reused
        logits = self._lm(
            inputs_embeds=embeds[None, run.reused :],
            position_ids=torch.arange(run.reused, total, device=embeds.device)[None],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=last_position(total - run.reused, embeds.device),
        ).logits[0, -1]
        return logits, cut(cache, 0, total)

    def _embeds(self, run: Running, ids: Sequence[int]) -> Tensor:
        """The prompt and some of the answer, (L, D) in the model's type."""
        embeds = run.request.embeds.to(self._embed.weight)
        return (
            torch.cat([embeds, self._embed(torch.tensor(list(ids), device=embeds.device))]) if ids else embeds
        )

    def _step_padded(self) -> None:
        runs, cache = self._padded, self._cache
        assert cache is not None
        device = self._embed.weight.device
        lengths = torch.tensor([run.length for run in runs], device=device)
        longest = cache.get_seq_length()
        try:
            logits = self._lm(
                input_ids=torch.tensor([run.spoken.ids[-1] for run in runs], device=device)[:, None],
                attention_mask=(
                    torch.arange(longest + 1, device=device)[None] >= (longest - lengths)[:, None]
                ).long(),
                position_ids=lengths[:, None],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]
        except Exception as error:  # noqa: BLE001   part of the layers may have taken the token: the rows begin anew
            self._padded, self._cache = [], None
            if isinstance(error, torch.OutOfMemoryError):
                self._shrink(runs, error)
                return
            self.last_error = type(error).__name__
            for run in runs:
                run.alone = True
            self.interrupted += runs
            return
        self._hand_out(runs, logits)

    def _step_own(self, runs: list[Running]) -> None:
        try:
            rows = [run.own for run in runs if run.own is not None]
            logits = own_step(self._lm, rows, [run.spoken.ids[-1] for run in runs], self._own_width)
        except torch.OutOfMemoryError as error:
            if len(runs) == 1 and self.row_limit == 1:
                self._leave([(runs[0], Why.failed)], "out of memory", error)
            else:
                self._shrink([], error)  # the rows are as they were: the next round takes fewer at a time
            return
        except Exception as error:  # noqa: BLE001   one of them, or all: each is tried by itself
            self.last_error = type(error).__name__
            if len(runs) == 1:
                self._leave([(runs[0], Why.failed)], "the next token could not be computed", error)
            else:
                for run in runs:
                    self._step_own([run])
            return
        self._hand_out(runs, logits)

    def _hand_out(self, runs: list[Running], logits: Tensor, added: int = 1) -> None:
        """Each row's next token.  logits: (B, V).  added: tokens that the rows have grown by."""
        ended = []
        for run, (token, best) in zip(runs, choose(logits, runs), strict=True):
            run.length += added
            if (why := run.take(token, best)) is not None:
                ended.append((run, why))
        self._leave(ended)

    def _leave(
        self, ended: list[tuple[Running, Why]], reason: str = "", error: BaseException | None = None
    ) -> None:
        if not ended:
            return
        for run, why in ended:
            if reason:
                run.reason, run.error = reason, error
            self._finish(run, why, self._keep(run, why))
        gone = {id(run) for run, _ in ended}
        stay = [i for i, run in enumerate(self._padded) if id(run) not in gone]
        self._own = [run for run in self._own if id(run) not in gone]
        if self._cache is not None and len(stay) < len(self._padded):
            left = [self._padded[i] for i in stay]
            try:
                self._cache = select(self._cache, stay, [run.length for run in left])
                self._padded = left
            except torch.OutOfMemoryError as failure:
                self._padded, self._cache = [], None
                self._shrink(left, failure)

    def _keep(self, run: Running, why: Why) -> bool:
        """Keeps a row for its chat's next prompt; says whether it did."""
        chat = run.request.chat
        if chat is None or why is Why.failed or (self._window is not None and run.length >= self._window):
            return False
        try:
            if run.own is not None:
                row = run.own.as_row()
            else:
                assert self._cache is not None
                row = cut(self._cache, self._padded.index(run), run.length)
            said = row.length - run.request.embeds.shape[0]  # the last token of an answer is not in its row
            return self.kept.put(chat, row, self._embeds(run, run.spoken.ids[:said]))
        except torch.OutOfMemoryError:
            return False  # the answer is there all the same

    def _finish(self, run: Running, why: Why, kept: bool) -> None:
        if why is Why.failed:
            self.last_error = run.reason if run.error is None else f"{run.reason}: {type(run.error).__name__}"
        run.end(why, kept)

    def _fail(self, run: Running, reason: str, error: BaseException) -> None:
        run.reason, run.error = reason, error
        self._finish(run, Why.failed, kept=False)

    def _shrink(self, runs: list[Running], error: BaseException) -> None:
        """Memory ran out: fewer rows from now on. A row that does not fit even alone fails."""
        self.last_error = type(error).__name__
        self._quiet = 0
        self.kept.clear()
        alone = len(runs) == 1 and len(self) == 0 and self.row_limit == 1
        self.row_limit = max(1, self.row_limit // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if alone:
            self._fail(runs[0], "out of memory", error)
        else:
            self.interrupted += runs
