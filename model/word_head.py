"""The last layer over the words that are needed: most of what a small language model reads for each token is its vocabulary.

Gemma 3 270M knows 262 144 tokens in 140 languages; two thirds of the bytes of a decode step are their weights. A speaker that is
taught English sentences can say them, and free English, with a sixth of that. What it chooses among is written down here and in
the weights' manifest, not learned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["FREQUENT", "WordHead", "english_ids", "narrow"]

FREQUENT = 64_000
"""Byte-pair merges are numbered by how early they were made, so that low numbers are the frequent ones."""
_PLAIN = re.compile(r"[ -~▁\n]+")


class WordHead(nn.Module):
    """Logits of some tokens; of all others minus infinity, so that they are never said."""

    ids: Tensor

    def __init__(self, full: Any, ids: Iterable[int]) -> None:
        """full: the layer over all tokens, without bias.  ids: of those that are kept."""
        super().__init__()
        if full.bias is not None:
            raise ValueError("the last layer has a bias; expected none")
        # `weight` stays the whole table: it is the input's too, and transformers asks for it by this name.
        self.weight: nn.Parameter = full.weight
        self.register_buffer("ids", torch.tensor(sorted(set(ids)), device=full.weight.device))
        self.some = nn.Linear(full.in_features, len(self.ids), bias=False, device="meta")
        self.some.weight = nn.Parameter(full.weight.detach()[self.ids].contiguous(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., V)"""
        out = x.new_full((*x.shape[:-1], self.weight.shape[0]), -torch.inf)
        return out.index_copy_(-1, self.ids, self.some(x))


def english_ids(tokenizer: Any, taught: Iterable[int]) -> list[int]:
    """Tokens for English: frequent ones in plain ASCII, each single character of it, special ones, and what was taught."""
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    plain = {
        n
        for n, piece in enumerate(pieces)
        if piece is not None and _PLAIN.fullmatch(piece) and (n < FREQUENT or len(piece) == 1)
    }
    return sorted(plain | set(tokenizer.all_special_ids) | set(taught))


def narrow(language_model: Any, ids: Iterable[int]) -> None:
    """Puts a WordHead in the place of the model's last layer.  Raises ValueError for ids that it does not know."""
    full = language_model.get_output_embeddings()
    chosen = sorted(set(ids))
    if not chosen or chosen[0] < 0 or chosen[-1] >= full.weight.shape[0]:
        raise ValueError(
            f"ids go from {chosen[:1]} to {chosen[-1:]}; expected some from 0 to {full.weight.shape[0] - 1}"
        )
    language_model.set_output_embeddings(WordHead(full, chosen))
