"""Keys and values of single rows: cut out of a batch, put together again, padded on the left, kept for a follow-up.

Everything is right-aligned: the newest token of every row stands in the last column, so that padding on the left changes
neither the distance between two tokens of a row nor which of them a sliding layer still sees. That holds for layers that have
dropped their oldest entries too: a row of n tokens has min(n, window - 1) columns there, and a batch as many as its longest
row. Source: serving.md sections 1 and 3; transformers 5.23, cache_utils.py (DynamicSlidingWindowLayer keeps window - 1
entries and counts all it has seen in cumulative_length).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

__all__ = ["KeptRows", "Row", "as_cache", "cut", "join", "last_position", "select", "windows"]


@dataclass(frozen=True, slots=True)
class Row:
    """Keys and values of one row.  length: tokens seen.  keys, values: per layer (1, H, min(length, window - 1), d)."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    length: int

    @property
    def size_bytes(self) -> int:
        return sum(t.numel() * t.element_size() for t in (*self.keys, *self.values))

    def first(self, length: int) -> Row:
        """The first tokens of a row whose layers still hold all of it.  Raises ValueError otherwise."""
        if length > self.length or any(k.shape[2] != self.length for k in self.keys):
            held = min(k.shape[2] for k in self.keys)
            raise ValueError(
                f"first {length} of a row of {self.length} that holds {held}; expected a row within the sliding window"
            )
        return Row(
            tuple(k[:, :, :length] for k in self.keys), tuple(v[:, :, :length] for v in self.values), length
        )


def windows(config: Any) -> tuple[int | None, ...]:
    """Sliding window of each layer, None for full attention.  Raises ValueError for layers that keep no keys and values."""
    found = []
    for index, layer in enumerate(DynamicCache(config=config).layers):
        if type(layer) not in (DynamicLayer, DynamicSlidingWindowLayer):
            raise ValueError(
                f"layer {index} keeps a {type(layer).__name__}; expected full or sliding attention"
            )
        found.append(layer.sliding_window if layer.is_sliding else None)
    return tuple(found)


def _set(cache: DynamicCache, keys: Sequence[Tensor], values: Sequence[Tensor], length: int) -> None:
    for layer, k, v in zip(cache.layers, keys, values, strict=True):
        if not layer.is_initialized:
            layer.lazy_initialization(k, v)
        layer.keys, layer.values = k, v
        if layer.is_sliding:
            layer.cumulative_length = (
                length  # `update` would count the columns, which may be fewer than the tokens seen
            )


def as_cache(row: Row, config: Any, repeats: int = 1) -> DynamicCache:
    """A cache of `repeats` equal rows. Shares memory with the row for one: the model's own update makes new tensors."""
    cache = DynamicCache(config=config)
    keys = [k.repeat_interleave(repeats, dim=0) if repeats > 1 else k for k in row.keys]
    values = [v.repeat_interleave(repeats, dim=0) if repeats > 1 else v for v in row.values]
    _set(cache, keys, values, row.length)
    return cache


def last_position(length: int, device: torch.device) -> Tensor:
    """For `logits_to_keep`: the last of so many positions, as a tensor.

    Given as a count, 1, transformers takes a slice, and torch lays out the weights of all words anew to multiply that one row by
    them: with Gemma's 262 144 words ten times the whole prefill of a follow-up (LOG.md, 2026-11-24).
    """
    return torch.tensor([length - 1], device=device)


def cut(cache: DynamicCache, index: int, length: int) -> Row:
    """One row of a batch, without its padding, in memory of its own.  length: the row's own tokens."""
    keys = [
        layer.keys[index : index + 1, :, -min(length, layer.keys.shape[2]) :].clone()
        for layer in cache.layers
    ]
    values = [
        layer.values[index : index + 1, :, -min(length, layer.values.shape[2]) :].clone()
        for layer in cache.layers
    ]
    return Row(tuple(keys), tuple(values), length)


def join(cache: DynamicCache | None, row: Row, config: Any) -> DynamicCache:
    """The batch with one more row at its end; the shorter of the two is padded on the left with zeros."""
    if cache is None:
        return as_cache(row, config)
    keys, values = [], []
    for layer, k, v in zip(cache.layers, row.keys, row.values, strict=True):
        columns = max(layer.keys.shape[2], k.shape[2])
        keys.append(torch.cat([_widen(layer.keys, columns), _widen(k, columns)]))
        values.append(torch.cat([_widen(layer.values, columns), _widen(v, columns)]))
    _set(cache, keys, values, max(cache.get_seq_length(), row.length))
    return cache


def _widen(x: Tensor, columns: int) -> Tensor:
    return F.pad(x, (0, 0, columns - x.shape[2], 0))


def select(cache: DynamicCache, rows: Sequence[int], lengths: Sequence[int]) -> DynamicCache | None:
    """The batch with only these rows, its common padding cut off.  lengths: those of the rows that stay.  None if none does."""
    if not rows:
        return None
    length = max(lengths)
    index = torch.tensor(list(rows), device=cache.layers[0].keys.device)
    keys = [layer.keys[index][:, :, -min(length, layer.keys.shape[2]) :] for layer in cache.layers]
    values = [layer.values[index][:, :, -min(length, layer.values.shape[2]) :] for layer in cache.layers]
    _set(cache, keys, values, length)
    return cache


class KeptRows:
    """Finished rows by chat, those used longest ago dropped first when they are more than `limit_bytes` together.

    A row is found by what went in, not by a promise: the embeddings it was computed from are kept beside it (a hundredth of its
    size) and compared with those of the follow-up.
    """

    def __init__(self, limit_bytes: int) -> None:
        if limit_bytes < 0:
            raise ValueError(f"limit_bytes is {limit_bytes}; expected 0 or more")
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self._rows: OrderedDict[str, tuple[Row, Tensor]] = OrderedDict()
        self._lock = Lock()  # `forget` comes from other threads: a person may ask for erasure at any time

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, chat: str, row: Row, embeds: Tensor) -> bool:
        """Keep a row in place of the chat's former one.  embeds: (row.length, D).  False if it alone is over the limit."""
        if embeds.shape[0] != row.length:
            raise ValueError(f"{embeds.shape[0]} embeddings for a row of {row.length}; expected one a token")
        size = _size_bytes(row, embeds)
        with self._lock:
            self._drop(chat)
            if size > self.limit_bytes:
                return False
            self._rows[chat] = row, embeds
            self.size_bytes += size
            while self.size_bytes > self.limit_bytes:
                self._drop(next(iter(self._rows)))
        return True

    def match(self, chat: str, embeds: Tensor) -> Row | None:
        """What of the chat's kept row begins `embeds` (L, D), at most L - 1 tokens: the last must be computed for its logits."""
        with self._lock:
            if chat not in self._rows:
                return None
            self._rows.move_to_end(chat)
            row, before = self._rows[chat]
        most = min(row.length, embeds.shape[0] - 1)
        if before.dtype != embeds.dtype or before.shape[1] != embeds.shape[1]:
            return None
        same = (before[:most] == embeds[:most].to(before.device)).all(dim=1)
        length = int(same.long().cumprod(0).sum())
        return row.first(length) if length else None

    def forget(self, chat: str) -> None:
        with self._lock:
            self._drop(chat)

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self.size_bytes = 0

    def _drop(self, chat: str) -> None:
        if (held := self._rows.pop(chat, None)) is not None:
            self.size_bytes -= _size_bytes(*held)


def _size_bytes(row: Row, embeds: Tensor) -> int:
    return row.size_bytes + embeds.numel() * embeds.element_size()
