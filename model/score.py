"""How likely a language model finds each of several continuations of one prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import DynamicCache

from model.cache_rows import as_cache, cut, last_position

__all__ = ["score_candidates"]


def score_candidates(
    language_model: Any,
    embeds: Tensor,
    candidates: Sequence[Sequence[int]],
    *,
    per_token: bool = False,
    most_rows: int = 16,
) -> Tensor:
    """Log-probability of each continuation, its mean over tokens with per_token.

    embeds: (L, D), the prompt. candidates: token ids, each at least one. most_rows: continuations in one forward. Returns
    (K,) float32. The prompt is computed once; shorter continuations are padded on the right, where nothing of theirs looks,
    so that padding moves no score. Whoever owns the model calls this. Source: serving.md sections 2 and 3 (13).
    """
    if embeds.ndim != 2 or not candidates or any(len(ids) == 0 for ids in candidates):
        raise ValueError(
            f"embeds {tuple(embeds.shape)}, lengths {[len(c) for c in candidates]}; expected (L, D) and 1 or more each"
        )
    device = embeds.device
    cache = DynamicCache(config=language_model.config)
    positions = torch.arange(embeds.shape[0], device=device)[None]
    # The cache is handed in, and the prompt carries no padding, so no mask is needed.
    first = language_model(
        inputs_embeds=embeds[None],
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=last_position(embeds.shape[0], device),
    ).logits[0, -1]
    first = F.log_softmax(first.float(), dim=-1)  # (V,)
    prefix = cut(cache, 0, embeds.shape[0])
    totals = torch.stack([first[ids[0]] for ids in candidates])
    longer = [i for i, ids in enumerate(candidates) if len(ids) > 1]
    for begin in range(0, len(longer), most_rows):
        part = longer[begin : begin + most_rows]
        width = max(len(candidates[i]) for i in part) - 1
        ids = torch.zeros(len(part), width + 1, dtype=torch.int64, device=device)
        real = torch.zeros(len(part), width, device=device)
        for row, i in enumerate(part):
            ids[row, : len(candidates[i])] = torch.tensor(list(candidates[i]), device=device)
            real[row, : len(candidates[i]) - 1] = 1
        logits = language_model(
            input_ids=ids[:, :-1],
            position_ids=(embeds.shape[0] + torch.arange(width, device=device))[None].expand(len(part), -1),
            past_key_values=as_cache(prefix, language_model.config, len(part)),
            use_cache=True,
        ).logits  # (rows, width, V)
        chosen = logits.gather(2, ids[:, 1:, None])[..., 0].float() - logits.float().logsumexp(dim=2)
        totals[part] += (chosen * real).sum(dim=1)
    if per_token:
        totals = totals / torch.tensor([len(ids) for ids in candidates], device=device)
    return totals
