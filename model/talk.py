"""Questions about a photograph, answered in words: the seam that any vision-language model stands behind.

`SkinTalker` is SkinGPT, as its authors' demo talks (Chat in the repository's conversation.py) or in a preset's own style;
`model.image_text.ImageTextTalker` is any other. What they say is raw: guarding it is the caller's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor

from model import pixels, prompts
from model.network import SkinGPT
from model.presets import EvaSize
from model.prompts import Turn

__all__ = ["SkinTalker", "Talker", "network_input"]


class Talker(Protocol):
    """A model that answers about a photograph.

    languages: codes of those it was declared to speak.  licence: what its weights may be used for, one sentence.
    """

    languages: tuple[str, ...]

    @property
    def name(self) -> str: ...

    @property
    def licence(self) -> str: ...

    def reply(self, image: Image.Image, turns: Sequence[Turn], limit: int | None = None) -> str:
        """The answer to the last turn.  limit: most new tokens, the style's by default."""
        ...


def network_input(model: SkinGPT, image: Image.Image) -> Tensor:
    """A photograph as the network's tower wants it.  Returns (1, 3, S, S) float32."""
    vision = model.sizes.vision
    if isinstance(vision, EvaSize):
        return pixels.published(image, vision.image_px)[None]
    square = pixels.square(image)[None]
    if vision.image_px != pixels.SIDE_PX:
        side = (vision.image_px, vision.image_px)
        return pixels.scaled(torch.nn.functional.interpolate(square.float(), side, mode="area"))
    return pixels.scaled(square)


@dataclass
class SkinTalker:
    """A SkinGPT with its tokenizer."""

    model: SkinGPT
    tokenizer: Any
    languages: tuple[str, ...] = ("en",)

    @property
    def name(self) -> str:
        return self.model.preset.name

    @property
    def licence(self) -> str:
        return " ".join(self.model.preset.licences)

    @property
    def _device(self) -> torch.device:
        return self.model.projection.weight.device

    def embeds(self, image_embeds: Tensor, turns: Sequence[Turn]) -> Tensor:
        """The chat so far as the language model takes it.  image_embeds: (1, Q, D).  Returns (1, T, D), old ones cut off."""
        style = self.model.preset.style
        before, after = (
            piece.to(self._device)
            for piece in prompts.pieces(self.tokenizer, prompts.chat_prompt(style, turns))
        )
        return prompts.kept(self.model.embed(before, image_embeds, after), style.generation)

    @torch.no_grad()
    def reply(self, image: Image.Image, turns: Sequence[Turn], limit: int | None = None) -> str:
        """The answer to the last turn; at random where the style says so, as published."""
        style = self.model.preset.style
        generation = style.generation if limit is None else replace(style.generation, max_new_tokens=limit)
        photograph = network_input(self.model, image).to(self._device)
        embeds = self.embeds(self.model.encode_image(photograph), turns)
        stop = prompts.stop_sequences(self.tokenizer, style)
        return prompts.read_answer(self.tokenizer, style, self.model.generate(embeds, generation, stop)[0])
