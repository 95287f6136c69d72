"""What we trained of a SkinGPT, as it lies on the disk: manifest.json and skingpt.safetensors (float16).

The language model is not stored, only LoRA's additions to it: its weights are somebody else's, and large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model import presets
from model.language import Lora, add_lora, is_lora
from model.network import Eyes, GridTower, SkinGPT
from model.presets import Sizes
from model.vision import LiteTower

__all__ = [
    "TrainedError", "load_eyes", "load_trained", "load_words", "ours", "read_trained_manifest", "save_beside", "save_trained",
]  # fmt: skip

WEIGHTS = "skingpt.safetensors"
MANIFEST = "manifest.json"
FORMAT = 1
KIND = "skingpt-trained"
TOWER = "tower."


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
    lora = getattr(model.language_model, "ngozi_lora", None)
    about = {"bos_id": model.bos_id, "lora": asdict(lora) if lora else None}
    _write(folder, ours(model), model.preset.name, model.sizes, about, notes or {})


def save_beside(
    eyes: Eyes, preset: str, folder: Path, words: SkinGPT | None, notes: Mapping[str, Any]
) -> None:
    """Writes the compact network without its towers, which lie beside it in a bundle.

    eyes: the towers are left out.  words: holds projection, findings and LoRA as they were trained with the language model, or
    None: there are no words.  Raises TrainedError as save_trained.
    """
    tensors = {n: v for n, v in eyes.state_dict().items() if not n.startswith(TOWER)}
    lora = None
    if words is not None:
        tensors |= {n: v for n, v in ours(words).items() if not n.startswith(TOWER)}
        lora = getattr(words.language_model, "ngozi_lora", None)
    about = {
        "towers": "beside", "words": words is not None, "bos_id": words.bos_id if words is not None else None,
        "lora": asdict(lora) if lora else None,
    }  # fmt: skip
    _write(folder, tensors, preset, eyes.sizes, about, notes)


def load_eyes(folder: Path, towers: Sequence[LiteTower]) -> Eyes:
    """What save_beside wrote, around towers, in float32 and eval mode, without gradients.  Raises TrainedError."""
    held, tensors = _read(folder)
    sizes = _sizes(folder, held)
    eyes = Eyes(sizes)
    if (
        not isinstance(eyes.tower, GridTower)
        or len(eyes.tower.lites) != len(towers)
        or held.get("towers") != "beside"
    ):
        raise TrainedError(f"{folder} is not made for {len(towers)} towers that lie beside it")
    eyes.tower.lites = nn.ModuleList(towers)
    wanted = {n: v for n, v in eyes.state_dict().items() if not n.startswith(TOWER)}
    _fit(folder, {n: v for n, v in tensors.items() if not is_lora(n)}, wanted)
    eyes.load_state_dict({n: tensors[n].float() for n in wanted}, strict=False)
    return eyes.requires_grad_(False).eval()


def load_words(folder: Path, language_model: Any) -> Any:
    """Puts a folder's LoRA into a language model and gives it back, in eval mode, without gradients.  Raises TrainedError."""
    held, tensors = _read(folder)
    language_model = _with_lora(held, language_model)
    prefix = "language_model."
    added = {n.removeprefix(prefix): v.float() for n, v in tensors.items() if is_lora(n)}
    wanted = {n: v for n, v in language_model.state_dict().items() if is_lora(n)}
    _fit(folder, added, wanted)
    language_model.load_state_dict(added, strict=False)
    return language_model.requires_grad_(False).eval()


def _write(
    folder: Path, values: Mapping[str, Tensor], preset: str, sizes: Sizes, about: Mapping[str, Any], notes: Mapping[str, Any]
) -> None:  # fmt: skip
    tensors = {}
    for name, value in values.items():
        tensors[name] = value.detach().to("cpu", torch.float16).contiguous()
        if not bool(torch.isfinite(tensors[name]).all()):
            raise TrainedError(f"{name} holds NaN or a number beyond 65504; expected what float16 can hold")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(folder / WEIGHTS))
    held = {
        "format": FORMAT,
        "kind": KIND,
        "preset": preset,
        "sizes": sizes.as_dict(),
        **about,
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
    held, tensors = _read(folder)
    sizes = _sizes(folder, held)
    try:
        preset = presets.by_name(held["preset"], sizes)
    except (KeyError, ValueError) as error:
        raise TrainedError(f"{folder}: {error}; expected a preset that is known") from error
    model = SkinGPT(preset, _with_lora(held, language_model), held.get("bos_id"))
    _fit(folder, tensors, ours(model))
    model.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(is_lora(name))
    return model.eval()


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    held = read_trained_manifest(folder)
    path = folder / WEIGHTS
    try:
        digest = sha256(path.read_bytes()).hexdigest()
        if digest != held["weights_sha256"]:
            raise TrainedError(
                f"{path} has SHA-256 {digest[:12]}...; expected {held['weights_sha256'][:12]}... as its manifest says"
            )
        return held, load_file(str(path))
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise _unreadable(folder, error) from error


def _sizes(folder: Path, held: Mapping[str, Any]) -> Sizes:
    try:
        return Sizes.from_dict(held["sizes"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(folder, error) from error


def _with_lora(held: Mapping[str, Any], language_model: Any) -> Any:
    try:
        lora = Lora(**held["lora"] | {"targets": tuple(held["lora"]["targets"])}) if held["lora"] else None
    except (KeyError, TypeError) as error:
        raise TrainedError(
            f"lora is {held.get('lora')!r}; expected its rank, alpha, dropout and targets"
        ) from error
    if lora and getattr(language_model, "ngozi_lora", None) is None:
        return add_lora(language_model, lora)
    return language_model


def _unreadable(folder: Path, error: Exception) -> TrainedError:
    return TrainedError(
        f"{folder} cannot be read ({type(error).__name__}: {error}); expected {MANIFEST} and {WEIGHTS}"
    )


def _fit(folder: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raises TrainedError unless there is each tensor that is wanted, in its shape, and no other."""
    path = folder / WEIGHTS
    for name in sorted(wanted.keys() ^ tensors.keys()):
        raise TrainedError(
            f"{path}: {name} is {'missing' if name in wanted else 'too much'}; expected what the network has"
        )
    for name, value in tensors.items():
        if value.shape != wanted[name].shape:
            raise TrainedError(
                f"{path}: {name} has shape {tuple(value.shape)}; expected {tuple(wanted[name].shape)}"
            )
