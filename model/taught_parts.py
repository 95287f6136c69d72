"""Which parts of a SkinGPT learn, how fast each does, and on which device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from model.language import is_lora
from model.network import SkinGPT
from model.teach_config import TeachConfig, TeachError

__all__ = ["choose_parts", "device_of", "groups_of", "train_mode"]


def groups_of(trained: Mapping[str, nn.Parameter], config: TeachConfig) -> list[dict[str, Any]]:
    """The optimiser's groups: matrices decay, vectors do not; LoRA has its share of the rate."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, p in trained.items():
        groups.setdefault((p.ndim >= 2, is_lora(name)), []).append(p)
    return [
        {
            "params": parameters,
            "weight_decay": config.weight_decay if matrix else 0.0,
            "share": config.lora_rate_share if lora else 1.0,
        }
        for (matrix, lora), parameters in groups.items()
    ]


def choose_parts(model: SkinGPT, parts: Sequence[str]) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name; all others want no gradient.  Raises TeachError for a part the model lacks."""
    prefixes = {
        "tower": ("tower.",), "ln_vision": ("ln_vision.",), "qformer": ("qformer.", "query_tokens"),
        "projection": ("projection.",), "findings": ("findings.",), "lora": ("language_model.",),
    }  # fmt: skip
    found: dict[str, nn.Parameter] = {}
    model.requires_grad_(False)
    for part in parts:
        before = len(found)
        for name, p in model.named_parameters():
            if name.startswith(prefixes[part]) and (part != "lora" or is_lora(name)):
                p.requires_grad_(True)
                found[name] = p
        if len(found) == before:
            raise TeachError(f"parts holds {part}, which this network does not have; expected what it has")
    return found


def train_mode(model: SkinGPT, config: TeachConfig) -> None:
    """Dropout where something is learned, nowhere else; the tower's batch statistics stay as they are."""
    model.eval()
    if "qformer" in config.parts or config.checkpointing:
        model.qformer.train("qformer" in config.parts)
    if "lora" in config.parts or config.checkpointing:
        model.language_model.train()  # transformers computes again on the way back only in this mode


def device_of(config: TeachConfig) -> torch.device:
    if config.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.device == "cuda" and not torch.cuda.is_available():
        raise TeachError("device is 'cuda' and there is none; expected auto or cpu")
    return torch.device(config.device)
