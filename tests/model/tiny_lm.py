"""Language models of both kinds in miniature, random but lively: their greedy answers vary with the prompt."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM

VOCABULARY = 101
WIDTH = 32
WINDOW = 24

KINDS = ("llama", "gemma3")


def language_model(kind: str, dtype: torch.dtype = torch.float32) -> Any:
    torch.manual_seed(11)
    shape: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": WIDTH,
        "intermediate_size": 64,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
        "tie_word_embeddings": False,
        "initializer_range": 0.3,
    }
    if kind == "llama":
        model = LlamaForCausalLM(LlamaConfig(num_hidden_layers=3, **shape))
    else:
        layers = ["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]
        config = Gemma3TextConfig(
            num_hidden_layers=4, layer_types=layers, sliding_window=WINDOW, query_pre_attn_scalar=8, **shape
        )
        model = Gemma3ForCausalLM(config)
    return model.to(dtype).eval()


def prompt(model: Any, length: int, seed: int) -> Tensor:
    """(length, WIDTH): embedded ids with some rows that no id has, as an image's are."""
    made = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, VOCABULARY, (length,), generator=made)
    with torch.no_grad():
        embeds = model.get_input_embeddings()(ids).clone()
    soft = torch.randn(min(4, length), WIDTH, generator=made) * embeds.float().std()
    embeds[: soft.shape[0]] = soft.to(embeds.dtype)
    return embeds


def plain(model: Any, embeds: Tensor, tokens: int) -> list[int]:
    """What transformers' own generate says, one request at a time."""
    with torch.inference_mode():
        ids = model.generate(
            inputs_embeds=embeds[None],
            attention_mask=torch.ones(1, embeds.shape[0], dtype=torch.int64),
            do_sample=False,
            max_new_tokens=tokens,
        )
    said: list[int] = ids[0].tolist()
    return said


def decode(ids: list[int]) -> str:
    """Letters: id 0 is "a", id 26 "a" again."""
    return "".join(chr(97 + i % 26) for i in ids)
