"""What is measured: a SkinGPT of a preset, the shipped one where it is of that preset, or real weights, or, where nobody has the
files, random ones of the same shapes.

Random weights are made on the device itself: 13 billion of them take 26 GB, and nobody needs them in memory twice.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from model import bundle, language, presets, trained, w8a8
from model.language import Quant, is_lora
from model.network import GridTower, SkinGPT
from model.speak import taught_words
from model.vision import LiteTower, load_imagenet
from model.word_head import WordHead

__all__ = ["LANGUAGE", "QUANTS", "build", "bundle_of", "random_language_model", "weight_bytes"]

QUANTS = (*language.QUANTS, w8a8.NAME)

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
    quant: Quant | Literal["w8a8"],
    device: torch.device,
    folder: Path | None = None,
    cache: Path | None = None,
) -> SkinGPT:
    """The network to be measured: language model in bfloat16 or `quant`; the rest in bfloat16 on a GPU and float32 on a CPU.

    folder: of weights that `ngozi model train` wrote, with or without --step; by default the shipped ones where they are of the
    preset, else Q-Former and projection are random (their speed is the same).  LoRA is merged, as in service.  cache: for a
    language model out of Python packages.  Raises ValueError that says which preset or folder cannot be had.
    """
    chosen = presets.by_name(preset)
    if quant not in QUANTS:
        raise ValueError(f"quant is {quant!r}; expected one of {', '.join(QUANTS)}")
    if quant == w8a8.NAME:
        if not w8a8.supported(device):
            raise ValueError(f"quant is {quant!r} on {device.type}; expected a CPU with avx512_vnni for it")
        plain = build(
            preset, random_weights=random_weights, quant="none", device=device, folder=folder, cache=cache
        )
        w8a8.pack(plain.language_model)
        return plain
    dtype = torch.bfloat16
    if random_weights and folder is None:
        return _placed(_empty(chosen, random_language_model(preset, device, dtype, quant), device), device)
    beside = bundle_of(folder, preset)
    # What was learned goes into the weights before they are packed; without any they can be packed as they are read.
    packed: Quant = quant if device.type == "cpu" and folder is None and beside is None else "none"
    if random_weights:
        made = random_language_model(preset, device, dtype, "none")
    elif not chosen.language:
        raise ValueError(f"preset {preset} names no language model; expected --random-weights with it")
    else:
        made = language.load(chosen.language, dtype=dtype, quant=packed, cache=cache).to(device)
    if beside is not None:
        source = None if random_weights else chosen.language
        network = _of_bundle(beside, made, source, cache)
    elif folder is not None:
        network = trained.load_trained(folder, made)
    else:
        network = _empty(chosen, made, device)
    if network.preset.name != preset:
        raise ValueError(f"{folder} holds {network.preset.name}; expected {preset}")
    language.merge_lora(network.language_model)
    if packed != quant:
        # bitsandbytes lays weights out for the device of their first pass.
        network.language_model = _quantised(network.language_model, quant, device)
    return _placed(network, device)


def bundle_of(folder: Path | None, preset: str) -> Path | None:
    """The model folder whose towers and Q-Former are meant: the given one, the one around a given skingpt/, or the shipped one.

    None where a folder holds a network of its own, or nothing that is shipped is of the preset.  Raises TrainedError.
    """
    if folder is None:
        return bundle.SHIPPED if preset == presets.COMPACT.name else None
    if (folder / bundle.SKINGPT / trained.MANIFEST).is_file():
        return folder
    beside = (folder / trained.MANIFEST).is_file() and trained.read_trained_manifest(folder).get("towers")
    return folder.resolve().parent if beside == "beside" else None


def _of_bundle(folder: Path, language_model: Any, source: str | None, cache: Path | None) -> SkinGPT:
    """The network of a model folder, with its words in the language model if it has some, as it serves.

    source: of the language model; None: at random, all words computed.  Raises BundleError, TrainedError, LanguageError.
    """
    manifest = bundle.read_manifest(folder)
    eyes = bundle.read_eyes(folder, manifest, bundle.read_networks(folder, manifest))
    if eyes is None:
        raise bundle.BundleError(f"{folder} has no {bundle.SKINGPT}/; expected a model with words")
    held = trained.read_trained_manifest(folder / bundle.SKINGPT)
    words = bool(held.get("words"))
    if words and source is None:
        language_model = trained.load_words(folder / bundle.SKINGPT, language_model)
    elif words and source is not None:
        tokenizer = language.load_tokenizer(source, cache=cache)
        language_model = taught_words(folder / bundle.SKINGPT, language_model, tokenizer)
    network = SkinGPT(presets.by_name(held["preset"], eyes.sizes), language_model, held.get("bos_id"))
    network.tower = eyes.tower
    network.load_state_dict(eyes.state_dict(), strict=False)
    return network


def _empty(preset: presets.Preset, language_model: Any, device: torch.device) -> SkinGPT:
    """ImageNet's towers, or random ones that see something; Q-Former and projection at random."""
    with torch.device(device):
        network = SkinGPT(preset, language_model)
    if isinstance(network.tower, GridTower):
        for lite in network.tower.lites:
            assert isinstance(lite, LiteTower)
            load_imagenet(lite)
    else:
        for weight in network.tower.parameters():
            if weight.ndim >= 2:
                nn.init.normal_(weight, std=0.02)
    return network


def _placed(network: SkinGPT, device: torch.device) -> SkinGPT:
    """On its device: all but the language model in bfloat16 on a GPU and float32 on a CPU; without gradients."""
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    for name, part in network.named_children():
        if name != "language_model":
            part.to(device=device, dtype=dtype)
    network.query_tokens.data = network.query_tokens.data.to(network.projection.weight)
    return network.requires_grad_(False).eval()


def _quantised(model: Any, quant: Quant, device: torch.device) -> Any:
    """The model with its layers' matrices in int8 or nf4, embeddings and head as they were, in place; as transformers does it."""
    bnb: Any = import_module("bitsandbytes").nn

    language.quantised(quant)  # quietens bitsandbytes
    head = model.get_output_embeddings()
    heads = (head, getattr(head, "some", None))
    for parent in list(model.modules()):
        for name, old in list(parent.named_children()):
            if type(old) is not nn.Linear or old in heads:
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
    """Bytes of weights that one decode step reads: all but an input table that is not the head's too, and merged LoRA.

    Of a WordHead those of the words it is over.
    """
    held = {id(p): p for name, p in language_model.named_parameters() if not is_lora(name)}
    table, head = language_model.get_input_embeddings().weight, language_model.get_output_embeddings()
    if isinstance(head, WordHead | w8a8.W8A8Linear) or table is not head.weight:
        held.pop(id(table), None)
    whole = sum(int(p.numel() * p.element_size()) for p in held.values())
    return whole + w8a8.packed_bytes(language_model)
