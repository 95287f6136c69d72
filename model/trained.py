"""What we trained of a SkinGPT, as it lies on the disk: manifest.json and skingpt.safetensors (float16).

The language model is not stored, only LoRA's additions to it: its weights are somebody else's, and large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model import presets
from model.language import Lora, add_lora, is_lora
from model.network import SkinGPT
from model.presets import Sizes

__all__ = ["TrainedError", "load_trained", "ours", "read_trained_manifest", "save_trained"]

WEIGHTS = "skingpt.safetensors"
MANIFEST = "manifest.json"
FORMAT = 1
KIND = "skingpt-trained"


class TrainedError(ValueError):
    """A folder of trained weights that cannot be used; says which file, what it holds and what was expected."""


def ours(model: SkinGPT) -> dict[str, Tensor]:
    """Tower, layer norm, query tokens, Q-Former, projection, and LoRA: name -> tensor.  Counters of batches are left out.

    Raises TrainedError if another weight of the language model was trained: it would be lost.
    """
    lost = [
        name
        for name, parameter in model.language_model.named_parameters()
        if parameter.requires_grad and not is_lora(name)
    ]
    if lost:
        raise TrainedError(
            f"{lost[0]} and {len(lost) - 1} more of the language model want gradients; expected LoRA alone"
        )
    return {
        name: value
        for name, value in model.state_dict().items()
        if value.dtype.is_floating_point and (not name.startswith("language_model.") or is_lora(name))
    }


def save_trained(model: SkinGPT, folder: Path, notes: Mapping[str, Any] | None = None) -> None:
    """Writes our part of a network.  notes: seed, data, config, for the manifest.

    Raises TrainedError if a number does not fit float16 (NaN, or beyond 65504).
    """
    tensors = {}
    for name, value in ours(model).items():
        tensors[name] = value.detach().to("cpu", torch.float16).contiguous()
        if not bool(torch.isfinite(tensors[name]).all()):
            raise TrainedError(f"{name} holds NaN or a number beyond 65504; expected what float16 can hold")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / WEIGHTS))
    lora = getattr(model.language_model, "ngozi_lora", None)
    held = {
        "format": FORMAT,
        "kind": KIND,
        "preset": model.preset.name,
        "sizes": model.sizes.as_dict(),
        "bos_id": model.bos_id,
        "lora": asdict(lora) if lora else None,
        "weights_sha256": sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
        "notes": dict(notes or {}),
    }
    (folder / MANIFEST).write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_trained_manifest(folder: Path) -> dict[str, Any]:
    """The manifest.  Raises TrainedError."""
    path = folder / MANIFEST
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrainedError(
            f"{path} cannot be read ({type(error).__name__}); expected the manifest of a trained SkinGPT"
        ) from error
    if not isinstance(held, dict) or held.get("format") != FORMAT or held.get("kind") != KIND:
        raise TrainedError(f"{path} is of another kind; expected kind {KIND!r}, format {FORMAT}")
    return held


def load_trained(folder: Path, language_model: Any) -> SkinGPT:
    """The network of a folder around a language model, in float32 and eval mode, without gradients but for LoRA's.

    language_model: of the width that was trained with; LoRA is put into it if the manifest has some.  Raises TrainedError.
    """
    held = read_trained_manifest(folder)
    path = folder / WEIGHTS
    try:
        digest = sha256(path.read_bytes()).hexdigest()
        if digest != held["weights_sha256"]:
            raise TrainedError(
                f"{path} has SHA-256 {digest[:12]}...; expected {held['weights_sha256'][:12]}... as its manifest says"
            )
        tensors = load_file(str(path))
        preset = presets.by_name(held["preset"], Sizes.from_dict(held["sizes"]))
        lora = Lora(**held["lora"] | {"targets": tuple(held["lora"]["targets"])}) if held["lora"] else None
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, TrainedError):
            raise
        raise TrainedError(
            f"{folder} cannot be read ({type(error).__name__}: {error}); expected {MANIFEST} and {WEIGHTS}"
        ) from error
    if lora and getattr(language_model, "ngozi_lora", None) is None:
        language_model = add_lora(language_model, lora)
    model = SkinGPT(preset, language_model, held["bos_id"])
    wanted = ours(model)
    for name in sorted(wanted.keys() ^ tensors.keys()):
        raise TrainedError(
            f"{path}: {name} is {'missing' if name in wanted else 'too much'}; expected what {preset.name} has"
        )
    for name, value in tensors.items():
        if value.shape != wanted[name].shape:
            raise TrainedError(
                f"{path}: {name} has shape {tuple(value.shape)}; expected {tuple(wanted[name].shape)}"
            )
    model.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(is_lora(name))
    return model.eval()
