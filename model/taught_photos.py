"""Where the photographs of a training come from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from model import augment, data, pixels
from model.network import SkinGPT
from model.presets import EvaSize
from model.talk import network_input
from model.teaching_data import Example

__all__ = ["Photographs", "Source", "picture"]


class Source(Protocol):
    """Where the photographs of a training come from: looked at anew in each step, or as they were kept."""

    def draw(self, example: Example, seed: int | None) -> tuple[Example, Any]:
        """(what is taught of an example this time, what `soft` needs of it).  seed: of what is drawn; None: as it stands."""
        ...

    def soft(self, drawn: Sequence[Any]) -> Tensor:
        """The photographs as soft tokens, with gradients.  Returns (B, Q, D)."""
        ...

    def mark(self) -> str:
        """Changes when the photographs would, beyond their names."""
        ...


class Photographs(Source):
    """Pictures from their files, taken as another hand would have."""

    def __init__(self, model: SkinGPT) -> None:
        self._model = model

    def draw(self, example: Example, seed: int | None) -> tuple[Example, Tensor]:
        return example, picture(self._model, example.file, seed)

    def soft(self, drawn: Sequence[Tensor]) -> Tensor:
        return self._model.encode_image(torch.cat(list(drawn)).to(self._model.projection.weight.device))

    def mark(self) -> str:
        return ""


def picture(model: SkinGPT, file: Path, seed: int | None) -> Tensor:
    """A photograph as the tower wants it, as another hand would have taken it if a seed is given.  (1, 3, S, S) float32."""
    image = data.open_photo(file)
    if seed is None:
        return network_input(model, image)
    vision = model.sizes.vision
    if isinstance(vision, EvaSize):
        # LAVIS' blip2_image_train: RandomResizedCrop of scale 0.5 to 1, ratio 3/4 to 4/3.
        rng = random.Random(seed)
        share, ratio = rng.uniform(0.5, 1.0), rng.uniform(0.75, 4 / 3)
        area = share * image.width * image.height
        width = min(image.width, max(1, round((area * ratio) ** 0.5)))
        height = min(image.height, max(1, round((area / ratio) ** 0.5)))
        left, top = rng.randint(0, image.width - width), rng.randint(0, image.height - height)
        return pixels.published(image.crop((left, top, left + width, top + height)), vision.image_px)[None]
    torch_rng = torch.Generator().manual_seed(seed)
    x = augment.moved(pixels.square(image)[None].float(), vision.image_px, torch_rng)
    return pixels.scaled(augment.softened(augment.relit(x, torch_rng), torch_rng))
