"""A language model's matrices in int8 for a CPU (W8A8): eight rows cost little more than one, and each comes out as if alone.

Weights are rounded per output channel, activations per row as they come.  Products of bytes are added up as whole numbers, whose
sum is the same in any order: a row is the same to the last bit alone and among others.  torch's own dynamic layers take one scale
for all rows together, which is not; here each row is divided by its largest number first, and the product multiplied by it
again, so that one fixed scale serves all.  Activations' outliers are a row's own affair too.

Figures: LOG.md, 2026-11-26.  It needs the AVX-512 instructions for bytes (VNNI); without them oneDNN adds in 16 bits, which may
overflow.  The operators are those that torch.compile puts into a program for a CPU (source: torch 2.13,
_inductor/fx_passes/quantization.py); torch's quantised tensors would be a little faster for one row, and are deprecated (pytorch
issue 184982).  Activations must come without a sign: with one, oneDNN takes a reference kernel that is hundreds of times slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = ["NAME", "W8A8Linear", "pack", "packed_bytes", "supported"]

NAME: Literal["w8a8"] = "w8a8"

MOST = 127
"""Largest magnitude of a byte, the same both ways."""
NOUGHT = 128
"""Activations are bytes without a sign: this one stands for 0."""
LEAST = torch.finfo(torch.float32).tiny * MOST
"""In the place of a largest number of 0: all of that row or channel is 0 then."""

ONE_INPUT = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Names of layers that transformers' Llama and Gemma give the same input, in the order in which they are called."""


class W8A8Linear(nn.Module):
    """A linear layer with its weights in int8; inference on a CPU only."""

    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """weight: (out, in) of any floating type.  bias: (out,).  Raises ValueError for a weight that is NaN or infinite."""
        super().__init__()
        wide = weight.detach().float()
        if not bool(torch.isfinite(wide).all()):
            raise ValueError("a weight is NaN or infinite; expected numbers that int8 can stand for")
        self.out_features, self.in_features = int(wide.shape[0]), int(wide.shape[1])
        scale = wide.abs().amax(dim=1).clamp(min=LEAST) / MOST
        whole = (wide / scale[:, None]).round().to(torch.int8)
        self._scale = scale
        self._nought = torch.zeros(self.out_features, dtype=torch.int32)
        self._packed = torch.ops.onednn.qlinear_prepack(whole, None)
        self.register_buffer("bias", None if bias is None else bias.detach().float())

    @property
    def size_bytes(self) -> int:
        """What one pass reads: a byte a weight, a scale a channel."""
        return self.out_features * (self.in_features + 4)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out) in the type of x."""
        rows = x.reshape(-1, self.in_features).float()
        most = torch.linalg.vector_norm(rows, torch.inf, dim=1, keepdim=True).clamp_(min=LEAST)
        whole = (rows * (MOST / most)).round_().add_(NOUGHT).to(torch.uint8)
        y: Tensor = torch.ops.onednn.qlinear_pointwise(
            whole, 1 / MOST, NOUGHT, self._packed, self._scale, self._nought, None, 1.0, 0, torch.float32, "none", [], ""
        )  # fmt: skip
        y.mul_(most)
        if self.bias is not None:
            y += self.bias
        return y.to(x.dtype).reshape(*x.shape[:-1], self.out_features)


class _Joined:
    """Layers of one input as one: it is rounded once, and multiplied by all their weights at once.

    Each output channel has its own scale, so that a channel's numbers are what they would be apart.
    """

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        bias = None if layers[0].bias is None else torch.cat([layer.bias for layer in layers])
        self.whole = W8A8Linear(torch.cat([layer.weight for layer in layers]), bias)
        self.sizes = [layer.out_features for layer in layers]
        self._of: Tensor | None = None
        self._parts: tuple[Tensor, ...] = ()

    def part(self, x: Tensor, which: int) -> Tensor:
        """What one of the layers gives.  The first that is asked about an input computes all; the last lets it go."""
        if self._of is not x:
            self._parts, self._of = self.whole(x).split(self.sizes, dim=-1), x
        found = self._parts[which]
        if which == len(self.sizes) - 1:
            self._parts, self._of = (), None
        return found


class _Part(nn.Module):
    """One of several layers of one input."""

    def __init__(self, joined: _Joined, which: int) -> None:
        super().__init__()
        self.which = which
        self._joined = joined
        if which == 0:
            self.whole = joined.whole  # counted, and moved, once

    def forward(self, x: Tensor) -> Tensor:
        return self._joined.part(x, self.which)


def supported(device: torch.device, cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether a device is a CPU that has the instructions, and this torch the kernels.  The service packs where it is."""
    if device.type != "cpu":
        return False
    try:
        flags = cpuinfo.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return False
    return "avx512_vnni" in flags and torch.backends.mkldnn.is_available()


def pack(model: Any) -> Any:
    """Puts a W8A8Linear in the place of every linear layer, the last one too, in place; the embedding table stays as it is.

    LoRA must have been merged: of a layer of peft's, what it holds is taken.  Layers of one input (ONE_INPUT) are computed
    together; one thread may use the model.  Raises ValueError as W8A8Linear.
    """
    for parent in list(model.modules()):
        plain = {
            name: layer
            for name, old in parent.named_children()
            if type(layer := getattr(old, "base_layer", old)) is nn.Linear
        }
        for group in ONE_INPUT:
            layers = [plain.pop(name) for name in group] if all(name in plain for name in group) else []
            if layers:
                joined = _Joined(layers)
                for which, name in enumerate(group):
                    setattr(parent, name, _Part(joined, which))
        for name, layer in plain.items():
            setattr(parent, name, W8A8Linear(layer.weight, layer.bias))
    return model


def packed_bytes(model: Any) -> int:
    """Bytes that a pass reads of all packed layers of a model."""
    return sum(int(module.size_bytes) for module in model.modules() if isinstance(module, W8A8Linear))
