"""What is measured: a SkinGPT of a preset, with real weights or, where nobody has the files, with random ones of the same shapes.

Random weights are made on the device itself: 13 billion of them take 26 GB, and nobody needs them in memory twice.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import nn

from model import language, presets, trained
from model.language import Quant
from model.network import GridTower, SkinGPT
from model.vision import LiteTower, load_imagenet

__all__ = ["LANGUAGE", "build", "random_language_model", "weight_bytes"]

_LLAMA_13B = {
    "model_type": "llama", "vocab_size": 32000, "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40,
    "num_attention_heads": 40, "num_key_value_heads": 40, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
}  # fmt: skip
LANGUAGE: dict[str, dict[str, Any]] = {
    "skingpt4-llama2-13b": _LLAMA_13B,
    "skingpt4-vicuna-13b": _LLAMA_13B | {"max_position_embeddings": 2048, "rms_norm_eps": 1e-6},
    "skingpt4-vicuna-7b": _LLAMA_13B
    | {
        "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
        "num_key_value_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6,
    },
    "compact": {
        "model_type": "gemma3_text", "vocab_size": 262144, "hidden_size": 640, "intermediate_size": 2048, "num_hidden_layers": 18,
        "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "query_pre_attn_scalar": 256, "sliding_window": 512,
        "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 3,
    },
    "tiny": {
        "model_type": "gemma3_text", "vocab_size": 320, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 512,
        "layer_types": ["sliding_attention", "full_attention"],
    },
}  # fmt: skip
"""config.json of each preset's language model, where it differs from its kind's own values.  Source: the models' config.json."""


def random_language_model(preset: str, device: torch.device, dtype: torch.dtype, quant: Quant) -> Any:
    """The preset's language model with random weights, made on the device, in eval mode and without gradients."""
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(1)
    with torch.device(device):
        made = AutoModelForCausalLM.from_config(AutoConfig.for_model(**LANGUAGE[preset]), dtype=dtype)
    made.requires_grad_(False).eval()
    return made if quant == "none" else _quantised(made, quant, device)


def build(
    preset: str,
    *,
    random_weights: bool,
    quant: Quant,
    device: torch.device,
    folder: Path | None = None,
    cache: Path | None = None,
) -> SkinGPT:
    """The network to be measured: language model in bfloat16; the rest in bfloat16 on a GPU and float32 on a CPU.

    folder: of weights that `ngozi model train` wrote; without it Q-Former and projection are random (their speed is the same).
    cache: for a language model out of Python packages.  Raises ValueError that says which preset or folder cannot be had.
    """
    chosen = presets.by_name(preset)
    if quant not in language.QUANTS:
        raise ValueError(f"quant is {quant!r}; expected one of {', '.join(language.QUANTS)}")
    dtype = torch.bfloat16
    if random_weights:
        made = random_language_model(preset, device, dtype, quant)
    elif not chosen.language:
        raise ValueError(f"preset {preset} names no language model; expected --random-weights with it")
    elif device.type == "cpu":
        made = language.load(chosen.language, dtype=dtype, quant=quant, cache=cache)
    else:
        # bitsandbytes lays weights out for the device of their first pass.
        made = language.load(chosen.language, dtype=dtype, cache=cache).to(device)
        made = made if quant == "none" else _quantised(made, quant, device)
    if folder is not None:
        network = trained.load_trained(folder, made)
        if network.preset.name != preset:
            raise ValueError(f"{folder} holds {network.preset.name}; expected {preset}")
    else:
        with torch.device(device):
            network = SkinGPT(chosen, made)
        if isinstance(network.tower, GridTower):
            for lite in network.tower.lites:
                assert isinstance(lite, LiteTower)
                load_imagenet(lite)
        else:
            for weight in network.tower.parameters():
                if weight.ndim >= 2:
                    nn.init.normal_(weight, std=0.02)
    for part in (network.tower, network.ln_vision, network.qformer, network.projection):
        part.to(device=device, dtype=torch.float32 if device.type == "cpu" else dtype)
    network.query_tokens.data = network.query_tokens.data.to(network.projection.weight)
    return network.requires_grad_(False).eval()


def _quantised(model: Any, quant: Quant, device: torch.device) -> Any:
    """The model with its layers' matrices in int8 or nf4, embeddings and head as they were, in place; as transformers does it."""
    bnb: Any = import_module("bitsandbytes").nn

    language.quantised(quant)  # quietens bitsandbytes
    head = model.get_output_embeddings()
    for parent in list(model.modules()):
        for name, old in list(parent.named_children()):
            if type(old) is not nn.Linear or old is head:
                continue
            size, bias = (old.in_features, old.out_features), old.bias is not None
            if quant == "int8":
                new = bnb.Linear8bitLt(*size, bias=bias, has_fp16_weights=False)
                new.weight = bnb.Int8Params(old.weight.data, requires_grad=False, has_fp16_weights=False)
            else:
                new = bnb.Linear4bit(*size, bias=bias, compute_dtype=torch.bfloat16, quant_type="nf4")
                new.weight = bnb.Params4bit(old.weight.data, requires_grad=False, quant_type="nf4")
            if bias:
                new.bias = old.bias
            setattr(parent, name, new.to(device))
    model.requires_grad_(False).eval()
    with torch.no_grad():  # the first pass lays the weights out anew; in inference mode that would make inference tensors of them
        model(input_ids=torch.zeros(1, 2, dtype=torch.int64, device=device))
    return model


def weight_bytes(language_model: Any) -> int:
    """Bytes of weights that one decode step reads: all but an input table that is not the head's too."""
    held = {id(p): p for p in language_model.parameters()}
    table, head = language_model.get_input_embeddings().weight, language_model.get_output_embeddings().weight
    if table is not head:
        held.pop(id(table), None)
    return sum(p.numel() * p.element_size() for p in held.values())
