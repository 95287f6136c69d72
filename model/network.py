"""SkinGPT: photographs as soft tokens in the middle of a prompt.

    pixels -> vision tower -> layer norm -> Q-Former with query tokens -> linear projection -> causal language model

Zhou et al. 2024 (Nature Communications 15:5649), after MiniGPT-4 (Zhu et al. 2023) and BLIP-2 (Li et al. 2023); sizes and
mapping: facts, skingpt4.md sections 1 and 5. The parts are those of transformers' Blip2ForConditionalGeneration; that class
itself is not used: its generate() looks at the image anew for each turn, and it knows one vision tower.

Letters in shapes: B photographs, N tokens of the tower (Dv wide), Q queries (H wide), T tokens (D wide), V words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    Blip2QFormerConfig,
    Blip2QFormerModel,
    Blip2VisionConfig,
    Blip2VisionModel,
    StoppingCriteriaList,
)

from model.presets import EvaSize, LiteSize, Preset, QFormerSize, Sizes
from model.prompts import Generation, StopAtSequence
from model.vision import LiteTower

__all__ = [
    "EvaTower", "Eyes", "GridTower", "LayerNorm", "ShapeError", "SkinGPT", "as_tokens", "embedded", "qformer",
    "sharpened", "tower",
]  # fmt: skip


class ShapeError(ValueError):
    """A tensor of another shape than the network's sizes say."""


class EvaTower(nn.Module):
    """EVA-CLIP's ViT without its last block: patches and the class token, not yet normed."""

    def __init__(self, size: EvaSize) -> None:
        super().__init__()
        self.model = Blip2VisionModel(
            Blip2VisionConfig(
                hidden_size=size.width,
                intermediate_size=size.intermediate,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                image_size=size.image_px,
                patch_size=size.patch_px,
                layer_norm_eps=size.eps,
            )
        )
        # The norm after the tower is SkinGPT's ln_vision: another eps, and the tower's own output is looked at in tests.
        self.model.post_layernorm = nn.Identity()

    def forward(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, S, S) float, CLIP-normalised -> (B, (S / patch)^2 + 1, Dv), the class token first."""
        return self.model(pixel_values=pixel_values).last_hidden_state  # type: ignore[no-any-return]


class GridTower(nn.Module):
    """One or more EfficientNet-Lite2 whose feature maps are read as a row of tokens."""

    def __init__(self, lites: Sequence[LiteTower]) -> None:
        super().__init__()
        self.lites = nn.ModuleList(lites)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """(B, 3, S, S) float in -1..1 -> (B, towers*s*s, 1280), s = ceil(S / 32), row by row, tower after tower."""
        return torch.cat([as_tokens(lite(pixel_values)) for lite in self.lites], dim=1)


def as_tokens(grid: Tensor) -> Tensor:
    """A feature map as a row of tokens, line by line.  (B, Dv, s, s) -> (B, s*s, Dv)."""
    return grid.flatten(2).transpose(1, 2)


class LayerNorm(nn.LayerNorm):
    """Computed in float32 whatever comes in, as LAVIS does; the input's dtype comes out."""

    def forward(self, x: Tensor) -> Tensor:
        normed = F.layer_norm(
            x.float(), self.normalized_shape, self.weight.float(), self.bias.float(), self.eps
        )
        return normed.to(x.dtype)


def tower(size: EvaSize | LiteSize) -> EvaTower | GridTower:
    """A vision tower of random weights: blind until some are loaded.

    Both kinds let almost nothing through (EVA is drawn with std 1e-10; the grid's batch norms hold unit statistics, and 1e-5 of
    the picture is left): below the eps of ln_vision, so that every photograph gives the same soft tokens.
    """
    if isinstance(size, EvaSize):
        return EvaTower(size)
    return GridTower([LiteTower() for _ in range(size.towers)])


def qformer(size: QFormerSize, vision_width: int) -> Blip2QFormerModel:
    """A Q-Former of random weights, without the text branch that SkinGPT-4 throws away."""
    return Blip2QFormerModel(
        Blip2QFormerConfig(
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.intermediate,
            cross_attention_frequency=size.cross_every,
            encoder_hidden_size=vision_width,
            layer_norm_eps=size.eps,
            hidden_act=size.activation,
            use_qformer_text_input=False,
        )
    )


class Eyes(nn.Module):
    """All of the network before its language model: what looks, and what hands over what it saw.

    With conditions in the sizes there are two more parts, which the published network lacks: `head` gives each condition a
    score from what the queries found, and `findings` turns the probabilities of the conditions (those of the photograph, or
    those that the answers have moved) into one more soft token, so that words and numbers cannot part.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.tower = tower(sizes.vision)
        self.ln_vision = LayerNorm(sizes.vision.width, eps=sizes.ln_vision_eps)
        self.query_tokens = nn.Parameter(torch.zeros(1, sizes.qformer.queries, sizes.qformer.width))
        nn.init.normal_(self.query_tokens, std=0.02)
        self.qformer = qformer(sizes.qformer, sizes.vision.width)
        self.projection = nn.Linear(sizes.qformer.width, sizes.llm_width)
        if sizes.conditions:
            self.head = nn.Linear(sizes.qformer.width, sizes.conditions)
            self.findings = nn.Linear(sizes.conditions, sizes.llm_width)

    def vision_features(self, pixel_values: Tensor) -> Tensor:
        """What the tower says of each place, before the norm.  (B, 3, S, S) float -> (B, N, Dv).  Raises ShapeError."""
        side = self.sizes.vision.image_px
        if pixel_values.ndim != 4 or tuple(pixel_values.shape[1:]) != (3, side, side):
            raise ShapeError(f"pixel_values is {tuple(pixel_values.shape)}; expected (B, 3, {side}, {side})")
        dtype = next(self.tower.parameters()).dtype
        return self.tower(pixel_values.to(dtype))  # type: ignore[no-any-return]

    def image_tokens(self, pixel_values: Tensor) -> Tensor:
        """The tower's tokens after ln_vision.  (B, 3, S, S) float -> (B, N, Dv)."""
        return self.ln_vision(self.vision_features(pixel_values))  # type: ignore[no-any-return]

    def query_output(self, pixel_values: Tensor) -> Tensor:
        """What the queries found in each photograph.  (B, 3, S, S) float -> (B, Q, H), in the Q-Former's dtype."""
        return self.query(self.image_tokens(pixel_values))

    def query(self, image_tokens: Tensor) -> Tensor:
        """The same of tokens after ln_vision.  (B, N, Dv) -> (B, Q, H)."""
        queries = self.query_tokens.expand(image_tokens.shape[0], -1, -1)  # (B, Q, H)
        return self.qformer(query_embeds=queries, encoder_hidden_states=image_tokens).last_hidden_state  # type: ignore[no-any-return]

    def scores(self, query_output: Tensor) -> Tensor:
        """Score of each condition, before the softmax.  (B, Q, H) -> (B, C).  For sizes with conditions."""
        return self.head(query_output.mean(dim=1))  # type: ignore[no-any-return]

    def project(self, query_output: Tensor) -> Tensor:
        """Soft tokens for the language model.  (B, Q, H) -> (B, Q, D)."""
        return self.projection(query_output.to(self.projection.weight.dtype))  # type: ignore[no-any-return]

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        """Each photograph as soft tokens.

        pixel_values: (B, 3, S, S) float, normalised as the tower wants it (model/pixels.py).  Returns (B, Q, D) in the
        projection's dtype.  Raises ShapeError if S is not the preset's side.
        """
        return self.project(self.query_output(pixel_values))

    def soft_tokens(self, query_output: Tensor, probabilities: Tensor | None = None) -> Tensor:
        """What the language model is shown of a photograph, the findings as the last token.  For sizes with conditions.

        query_output: (B, Q, H).  probabilities: (B, C), each row summing to 1, or to 0 where they are not told, or None: told of
        no row; the words then come from the photograph alone.  Returns (B, Q + 1, D).
        """
        given = query_output.new_zeros(len(query_output), self.sizes.conditions)
        if probabilities is not None:
            given = sharpened(probabilities) * (probabilities.sum(dim=-1, keepdim=True) > 0)
        told = self.findings(given.to(self.findings.weight.dtype))[:, None]
        return torch.cat([self.project(query_output), told], dim=1)


def sharpened(probabilities: Tensor) -> Tensor:
    """Fourth powers, made to sum to 1: the first condition stands out, a near second still shows.  (B, C) -> (B, C)."""
    fourth = probabilities.clamp(min=1e-4) ** 4
    return fourth / fourth.sum(dim=-1, keepdim=True)


class SkinGPT(Eyes):
    """The network.  `language_model` is any causal language model of transformers; all else is ours to train and to store."""

    def __init__(self, preset: Preset, language_model: Any, bos_id: int | None = None) -> None:
        """bos_id: the id that opens each prompt; by default the language model's own, and none if it has none.

        Raises ShapeError if the language model's embeddings are of another width than the preset's.
        """
        width = language_model.get_input_embeddings().weight.shape[1]
        if width != preset.sizes.llm_width:
            raise ShapeError(
                f"the language model's embeddings are {width} wide; "
                f"expected {preset.sizes.llm_width} as preset {preset.name} says"
            )
        super().__init__(preset.sizes)
        self.preset = preset
        self.bos_id: int | None = language_model.config.bos_token_id if bos_id is None else bos_id
        self.language_model = language_model

    def embed(self, before_ids: Tensor, image_embeds: Tensor | None, after_ids: Tensor) -> Tensor:
        """A prompt as the language model takes it: BOS, the text before, the image, the text after.

        before_ids: (1 or B, T1) int64 and after_ids: (1 or B, T2) int64, without BOS.  image_embeds: (B, Q, D), or None for a
        text alone.  Returns (B, 1 + T1 + Q + T2, D) in the language model's dtype; one fewer if it knows no BOS.
        Source: MiniGPT-4's prompt_wrap and get_context_emb.
        """
        return embedded(
            self.language_model.get_input_embeddings(), self.bos_id, before_ids, image_embeds, after_ids
        )

    def logits(self, pixel_values: Tensor, before_ids: Tensor, after_ids: Tensor) -> Tensor:
        """Next-token scores for each position of [BOS, before, image, after].

        pixel_values: (B, 3, S, S) float, CLIP-normalised for the published presets.  before_ids: (1 or B, T1) int64 and
        after_ids: (1 or B, T2) int64, both without BOS.  Returns (B, 1 + T1 + Q + T2, V) float32.
        Raises ShapeError if S differs from the preset's.  Source: Zhou et al. 2024, Methods; MiniGPT-4.
        """
        embeds = self.embed(before_ids, self.encode_image(pixel_values), after_ids)
        return self.language_model(inputs_embeds=embeds, use_cache=False).logits.float()  # type: ignore[no-any-return]

    @torch.no_grad()
    def generate(
        self, embeds: Tensor, generation: Generation, stop: Sequence[Sequence[int]] = ()
    ) -> list[list[int]]:
        """The new tokens after prompts of one length, each row up to what stopped it.

        embeds: (B, T, D) of embed().  stop: token sequences that end a row (prompts.stop_sequences); they stay in the row.
        """
        rule = StopAtSequence(stop)
        ends = self.language_model.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends]) - {None}
        pad = self.language_model.generation_config.pad_token_id
        given = generation.for_transformers() | {"pad_token_id": min(ends, default=0) if pad is None else pad}
        rows = self.language_model.generate(
            inputs_embeds=embeds,
            attention_mask=torch.ones(embeds.shape[:2], dtype=torch.int64, device=embeds.device),
            stopping_criteria=StoppingCriteriaList([rule]) if stop else None,
            **given,
        )
        return [_until_stopped(row, ends, stop) for row in rows.tolist()]


def embedded(
    table: nn.Embedding,
    bos_id: int | None,
    before_ids: Tensor,
    image_embeds: Tensor | None,
    after_ids: Tensor,
) -> Tensor:
    """SkinGPT.embed, for whoever has the language model's table of embeddings alone.  Raises ShapeError."""
    rows = max(before_ids.shape[0], after_ids.shape[0], 0 if image_embeds is None else image_embeds.shape[0])
    for name, ids in (("before_ids", before_ids), ("after_ids", after_ids)):
        if ids.ndim != 2 or ids.shape[0] not in (1, rows):
            raise ShapeError(f"{name} is {tuple(ids.shape)}; expected (1, T) or ({rows}, T)")
    parts = [table(before_ids), table(after_ids)]
    if image_embeds is not None:
        width = parts[0].shape[2]
        if image_embeds.ndim != 3 or image_embeds.shape[2] != width:
            raise ShapeError(f"image_embeds is {tuple(image_embeds.shape)}; expected (B, Q, {width})")
        parts.insert(1, image_embeds.to(parts[0].dtype))
    if bos_id is not None:
        parts.insert(0, table(torch.tensor([[bos_id]], device=before_ids.device)))
    return torch.cat([part.expand(rows, -1, -1) for part in parts], dim=1)


def _until_stopped(row: list[int], ends: set[int], stop: Sequence[Sequence[int]]) -> list[int]:
    """A row without the padding behind what stopped it."""
    for at in range(1, len(row) + 1):
        if row[at - 1] in ends or any(row[max(0, at - len(ids)) : at] == list(ids) for ids in stop):
            return row[:at]
    return row
