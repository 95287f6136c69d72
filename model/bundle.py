"""A trained model as it lies on the disk: manifest.json, weights.safetensors (float16), and skingpt/ with what reads their grids.

skingpt/ holds Q-Former, head, projection and LoRA (model/trained.py); a model without it gives numbers and no words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model import trained
from model.network import Eyes
from model.vision import LesionNet

__all__ = ["SHIPPED", "SKINGPT", "BundleError", "read_eyes", "read_manifest", "read_networks", "write"]

SHIPPED = Path(__file__).parent / "weights"
WEIGHTS = "weights.safetensors"
MANIFEST = "manifest.json"
SKINGPT = "skingpt"
FORMAT = 3
"""Of manifest.json; 3: the scope is a linear score over an ImageNet network's filters; head_share, and skingpt/ beside it."""


class BundleError(ValueError):
    """A model folder that cannot be used; says which file, what it holds and what was expected."""


def write(folder: Path, networks: Sequence[Mapping[str, Tensor]], manifest: Mapping[str, Any]) -> None:
    """Writes a model.  networks: state dicts of LesionNet; averaged at service."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        f"{index}.{name}": value.half().contiguous()
        for index, state in enumerate(networks)
        for name, value in state.items()
        if value.dtype.is_floating_point
    }
    save_file(tensors, str(folder / WEIGHTS))
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    held = {"format": FORMAT, "networks": len(networks), "weights_sha256": digest, **manifest}
    (folder / MANIFEST).write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest.  Raises BundleError."""
    path = folder / MANIFEST
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(
            f"{path} cannot be read ({type(error).__name__}); expected the manifest of a trained model"
        ) from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise BundleError(
            f"{path} has format {held.get('format') if isinstance(held, dict) else None!r}; expected {FORMAT}"
        )
    if absent := [key for key in ("weights_sha256", "networks", "codes") if key not in held]:
        raise BundleError(f"{path} lacks {', '.join(absent)}; expected the manifest of a trained model")
    return held


def read_networks(folder: Path, manifest: Mapping[str, Any]) -> list[LesionNet]:
    """The networks in float32, in eval mode.  Raises BundleError where weights and manifest do not belong together."""
    path = folder / WEIGHTS
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read ({type(error).__name__}); expected the weights of a trained model"
        ) from error
    if digest != manifest["weights_sha256"]:
        raise BundleError(
            f"{path} has SHA-256 {digest[:12]}...; expected {manifest['weights_sha256'][:12]}... as its manifest says"
        )
    tensors = load_file(str(path))
    networks = []
    for index in range(int(manifest["networks"])):
        net = LesionNet(len(manifest["codes"]))
        state = {k.partition(".")[2]: v.float() for k, v in tensors.items() if k.startswith(f"{index}.")}
        missing, unexpected = net.load_state_dict(state, strict=False)
        absent = [name for name in missing if not name.endswith("num_batches_tracked")]
        if absent or unexpected:
            raise BundleError(f"{path}: network {index} lacks {absent[:3]} and has {unexpected[:3]} too much")
        net.requires_grad_(False)
        networks.append(net.eval().to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    return networks


def read_eyes(folder: Path, manifest: Mapping[str, Any], networks: Sequence[LesionNet]) -> Eyes | None:
    """What reads the networks' grids; None where the manifest names none.  Raises BundleError."""
    wanted = manifest.get("skingpt_sha256")
    if wanted is None:
        return None
    try:
        held = trained.read_trained_manifest(folder / SKINGPT)
        if held["weights_sha256"] != wanted:
            raise BundleError(
                f"{folder / SKINGPT} has SHA-256 {held['weights_sha256'][:12]}...; expected {wanted[:12]}... as {MANIFEST} says"
            )
        return trained.load_eyes(folder / SKINGPT, [net.tower for net in networks])
    except trained.TrainedError as error:
        raise BundleError(str(error)) from error
