"""Decoding rows together so that no row's numbers depend on its company, to the last bit.

Two things make a row's logits move when others join it. Padding moves where attention's blocks begin: here every row attends
to its own keys and values alone, at its own length, in a call of its own, so there is no padding. And a matrix product may
choose another kernel for another number of rows (float32 on a CPU does, between 1 and 8): here the number is always `width`,
and places that are free are filled with empty rows. What is left is that a product gives a row the same result in whatever
place it stands and whatever stands beside it, which tests hold for the kernels used. It does not hold for bitsandbytes' int8,
which picks outlier columns over the whole batch: width 1 is for that.

Source for the hooks: transformers 5.23, modeling_utils.AttentionInterface; a 4D attention_mask is passed on as it is
(masking_utils._preprocess_mask_arguments), and what `Cache.update` returns goes to the attention function untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AttentionInterface
from transformers.cache_utils import Cache

from model.cache_rows import Row

__all__ = ["OwnRow", "own_attention", "step"]

NAME = "ngozi_own_rows"


class OwnRow:
    """A row in buffers of its own with room for what is still to come; a step that fails leaves it as it was."""

    def __init__(self, row: Row, windows: Sequence[int | None], room: int) -> None:
        """room: tokens that may be added."""
        self.length = row.length
        self._windows = tuple(windows)
        self._used = [k.shape[2] for k in row.keys]
        self._keys = [_with_room(k, room) for k in row.keys]
        self._values = [_with_room(v, room) for v in row.values]

    def see(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """What the next token attends to, itself included.  key, value: (1, H, 1, d).  Returns (1, H, n, d) twice."""
        used = self._used[layer]
        self._keys[layer][:, :, used] = key[:, :, 0]
        self._values[layer][:, :, used] = value[:, :, 0]
        window = self._windows[layer]
        begin = 0 if window is None else max(0, used + 1 - window)
        return self._keys[layer][:, :, begin : used + 1], self._values[layer][:, :, begin : used + 1]

    def advance(self) -> None:
        """The step has succeeded in all layers."""
        self.length += 1
        self._used = [used + 1 for used in self._used]

    def as_row(self) -> Row:
        """A copy without the room; of a sliding layer only what a cache would hold."""
        begins = [
            0 if w is None else max(0, used - w + 1)
            for w, used in zip(self._windows, self._used, strict=True)
        ]
        cuts = [slice(b, used) for b, used in zip(begins, self._used, strict=True)]
        keys = tuple(k[:, :, c].clone() for k, c in zip(self._keys, cuts, strict=True))
        values = tuple(v[:, :, c].clone() for v, c in zip(self._values, cuts, strict=True))
        return Row(keys, values, self.length)


def _with_room(x: Tensor, room: int) -> Tensor:
    out = x.new_empty(*x.shape[:2], x.shape[2] + room, x.shape[3])
    out[:, :, : x.shape[2]] = x
    return out


class _Side(Cache):  # type: ignore[misc]
    """Stands in for a cache for one forward: rows side by side, each with its own keys and values."""

    def __init__(self, rows: Sequence[OwnRow]) -> None:
        super().__init__(layers=[])
        self.rows = rows

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> Any:
        """(width, H, 1, d) twice -> a list of (1, H, n, d) twice, one a real row."""
        seen = [
            row.see(layer_idx, key_states[i : i + 1], value_states[i : i + 1])
            for i, row in enumerate(self.rows)
        ]
        return [k for k, _ in seen], [v for _, v in seen]


def own_attention(
    module: Any,
    query: Tensor,
    key: Any,
    value: Any,
    attention_mask: Any,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of each row over its own keys.  query: (width, heads, 1, d).  Returns (width, 1, heads, d); empty rows are 0.

    The query heads that share a key head stand as positions of it, which spares a copy of the keys (and on a CPU is six times
    faster than enable_gqa).  Raises ValueError for kinds of attention that need more than keys and values.
    """
    for name in ("softcap", "s_aux", "position_bias"):
        if kwargs.get(name) is not None:
            raise ValueError(
                f"{type(module).__name__} attends with {name}; expected plain scaled attention for exact rows"
            )
    heads, size = query.shape[1], query.shape[3]
    out = query.new_zeros(query.shape[0], 1, heads, value[0].shape[-1])
    for i, (k, v) in enumerate(zip(key, value, strict=True)):
        grouped = query[i].reshape(1, k.shape[1], heads // k.shape[1], size)
        out[i, 0] = F.scaled_dot_product_attention(grouped, k, v, scale=scaling).reshape(heads, -1)
    return out, None


AttentionInterface.register(NAME, own_attention)


@contextmanager
def _attending(language_model: Any) -> Iterator[None]:
    """The model attends by rows inside. Whoever owns the model calls this; no other thread may use it meanwhile."""
    configs = {id(m.config): m.config for m in language_model.modules() if hasattr(m, "config")}.values()
    before = [config._attn_implementation for config in configs]
    try:
        for config in configs:
            config._attn_implementation = NAME
        yield
    finally:
        for config, name in zip(configs, before, strict=True):
            config._attn_implementation = name


def step(language_model: Any, rows: Sequence[OwnRow], ids: Sequence[int], width: int) -> Tensor:
    """Logits after one more token of each row.  At most `width` rows.  Returns (rows, V).

    The rows advance only if all went well. Any error of the model passes through.
    """
    if not 1 <= len(rows) <= width or len(ids) != len(rows):
        raise ValueError(f"{len(rows)} rows and {len(ids)} ids; expected as many of both, 1 to {width}")
    empty = width - len(rows)
    device = language_model.get_input_embeddings().weight.device
    with _attending(language_model):
        logits: Tensor = language_model(
            input_ids=torch.tensor([*ids, *[0] * empty], device=device)[:, None],
            attention_mask=torch.ones(1, 1, 1, 1, dtype=torch.bool, device=device),
            position_ids=torch.tensor([*(row.length for row in rows), *[0] * empty], device=device)[:, None],
            past_key_values=_Side(rows),
            use_cache=True,
            logits_to_keep=1,
        ).logits[: len(rows), -1]
    for row in rows:
        row.advance()
    return logits
