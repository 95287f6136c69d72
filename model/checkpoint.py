"""Reads SkinGPT-4 as its authors published it: four parts in a folder, in the names of LAVIS and MiniGPT-4.

    eva_vit.pth           the vision tower, bare names          (in the release: eva_vit_g.pth)
    blip2_pretrained.pth  Q-Former, query tokens, ln_vision     (blip2_pretrained_flant5xxl.pth)
    skingpt4.pth          the projection, and left-over buffers (skingpt4_*.pth, skingpt_v1.pth)
    llm/                  the language model, a folder of transformers
    config.json           the sizes; without it, the published ones

As in the original, what a later part holds of our tensors wins over an earlier one.  Mapping: facts, skingpt4.md section 5.
Everything here may come from a stranger: `.pth` files are read with weights_only=True, and every tensor is checked against
the sizes before it is used.
"""

from __future__ import annotations

import json
import logging
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model import language, presets
from model.language import LanguageError, Lora, Quant
from model.network import SkinGPT
from model.presets import EvaSize, Preset, QFormerSize, Sizes

__all__ = ["CheckpointError", "Parts", "assembled", "load_skingpt4", "read_parts"]

log = logging.getLogger(__name__)

PROJECTIONS = ("llama_proj", "llm_proj")
# What torch.load raises for a file that is no checkpoint; a list, because a fault of ours must not look like one of the file.
UNREADABLE = (
    pickle.UnpicklingError, EOFError, RuntimeError, ValueError, KeyError, IndexError, TypeError, AttributeError, OSError,
    ImportError, OverflowError, AssertionError, struct.error, zipfile.BadZipFile, MemoryError, NotImplementedError,
)  # fmt: skip


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; says which file, which tensor, and both shapes where it is a matter of shapes."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of a published folder, read and checked, without the language model.

    state: our names -> tensors as stored.  ignored: names that SkinGPT-4 has no use for.  files: name in the folder -> path.
    """

    preset: Preset
    bos_id: int | None
    state: dict[str, Tensor]
    ignored: tuple[str, ...]
    files: dict[str, Path]
    llm: Path


def load_skingpt4(
    folder: Path | str,
    *,
    dtype: torch.dtype = torch.float32,
    quant: Quant = "none",
    lora: Lora | None = None,
) -> SkinGPT:
    """The original network with the original weights, in eval mode and without gradients.

    dtype: of tower and language model; layer norm, Q-Former and projection stay float32.  In float32 on a CPU it gives the
    original's numbers to 1e-5 (tests/model/test_parity.py).  Raises CheckpointError.
    """
    parts = read_parts(Path(folder))
    try:
        language_model = language.load(parts.llm, dtype=dtype, quant=quant, lora=lora)
    except LanguageError as error:
        raise CheckpointError(str(error)) from error
    return assembled(parts.preset, parts.state, language_model, parts.bos_id, dtype)


def assembled(
    preset: Preset,
    state: Mapping[str, Tensor],
    language_model: nn.Module,
    bos_id: int | None,
    dtype: torch.dtype,
) -> SkinGPT:
    """A network of checked tensors; no weight is made at random or held twice."""
    with torch.device("meta"):
        model = SkinGPT(preset, language_model, bos_id)
    cast = {
        name: value.to(dtype if name.startswith("tower.") else torch.float32).contiguous()
        for name, value in state.items()
    }
    missing, unexpected = model.load_state_dict(cast, strict=False, assign=True)
    absent = [name for name in missing if not name.startswith("language_model.")]
    if absent or unexpected:
        raise CheckpointError(f"the weights lack {absent[:3]} and have {list(unexpected)[:3]} too much")
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        assert tensor.device.type != "meta", f"{name} was given no weights"
    for name, parameter in model.named_parameters():
        if not name.startswith("language_model."):
            parameter.requires_grad_(False)
    return model.eval()


def read_parts(folder: Path) -> Parts:
    """Everything but the language model's weights.  Raises CheckpointError."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is no folder; expected one with the parts of SkinGPT-4")
    llm = folder / "llm"
    try:
        llm_config = language.config_of(llm)
    except LanguageError as error:
        raise CheckpointError(str(error)) from error
    llm_width = _number(llm_config, "hidden_size", llm / "config.json", 1, 65536)
    sizes, bos_id = _sizes(folder / "config.json", llm_width)

    eva = _file(folder, "eva_vit.pth", "eva_vit_g.pth")
    blip2 = _file(folder, "blip2_pretrained.pth", "blip2_pretrained_flant5xxl.pth")
    skin = _file(folder, "skingpt4.pth", *sorted(p.name for p in folder.glob("skingpt*.pth")))
    held: dict[str, tuple[Path, str, Any]] = {}  # LAVIS name -> file, name in the file, value
    for path, prefix in ((eva, "visual_encoder."), (blip2, ""), (skin, "")):
        for name, value in _tensors(path).items():
            held[prefix + name] = (path, name, value)
    _refuse_foreign(held, sizes)

    wanted = _shapes(sizes)
    projection = next((p for p in PROJECTIONS if f"{p}.weight" in held), PROJECTIONS[0])
    state = {}
    used = set()
    for ours, shape in wanted.items():
        theirs = _original_name(ours, projection)
        home = eva if ours.startswith("tower.") else skin if ours.startswith("projection.") else blip2
        if ours.endswith("self_attn.qkv.bias"):
            stem = theirs.removesuffix("qkv.bias")
            names = [f"{stem}q_bias", f"{stem}v_bias"]
            third = (shape[0] // 3,)
            q_bias, v_bias = (_checked(held, name, third, home) for name in names)
            # EVA's keys have no bias.
            state[ours] = torch.cat([q_bias, torch.zeros_like(q_bias), v_bias])
        else:
            names = [theirs]
            state[ours] = _checked(held, theirs, shape, home)
        used.update(names)
    _refuse_other_t5(held, sizes.qformer, blip2)
    ignored = tuple(sorted(set(held) - used))
    _check_config(folder / "config.json", llm / "config.json", llm_config)
    odd = [
        name
        for name in ignored
        if name.startswith(("llm_model.", "llama_model.")) and not name.endswith("inv_freq")
    ]
    if odd:
        log.warning("skingpt4.language_tensors_ignored", extra={"count": len(odd), "first": odd[0]})
    if bos_id is None:
        bos_id = llm_config.get("bos_token_id") if isinstance(llm_config.get("bos_token_id"), int) else None
    positions = llm_config.get("max_position_embeddings")
    preset = presets.published_as(sizes, positions if isinstance(positions, int) else 0)
    return Parts(preset, bos_id, state, ignored, {"eva": eva, "blip2": blip2, "skingpt4": skin}, llm)


# --- sizes ---------------------------------------------------------------------------------------------------------------


def _sizes(path: Path, llm_width: int) -> tuple[Sizes, int | None]:
    """Sizes and BOS of config.json; the published sizes where there is none."""
    if not path.exists():
        return Sizes(EvaSize(), QFormerSize(), llm_width), None
    held = _json(path)
    vision, qformer, llm = (_section(held, name, path) for name in ("vision", "qformer", "llm"))
    eva, bert = EvaSize(), QFormerSize()
    width = _number(vision, "hidden_size", path, 1, 65536, eva.width)
    ratio = _real(vision, "mlp_ratio", path, 0.01, 64.0, 4.3637)
    sizes = Sizes(
        EvaSize(
            image_px=_number(vision, "image_size", path, 1, 4096, eva.image_px),
            patch_px=_number(vision, "patch_size", path, 1, 4096, eva.patch_px),
            width=width,
            layers=_number(vision, "depth", path, 1, 512, eva.layers),
            heads=_number(vision, "num_heads", path, 1, 1024, eva.heads),
            intermediate=int(width * ratio),
            eps=_real(vision, "layer_norm_eps", path, 0.0, 1.0, eva.eps),
        ),
        QFormerSize(
            queries=_number(qformer, "num_query_tokens", path, 1, 65536, bert.queries),
            width=_number(qformer, "hidden_size", path, 1, 65536, bert.width),
            layers=_number(qformer, "depth", path, 1, 512, bert.layers),
            heads=_number(qformer, "num_heads", path, 1, 1024, bert.heads),
            intermediate=_number(qformer, "intermediate_size", path, 1, 2**20, bert.intermediate),
            cross_every=_number(qformer, "cross_attention_frequency", path, 1, 512, bert.cross_every),
            eps=_real(qformer, "layer_norm_eps", path, 0.0, 1.0, bert.eps),
            activation=_activation(qformer, path),
        ),
        llm_width,
        _real(vision, "ln_vision_eps", path, 0.0, 1.0, 1e-5),
    )
    for part, (wide, heads) in {
        "vision": (sizes.vision.width, eva_heads(sizes)),
        "qformer": (sizes.qformer.width, sizes.qformer.heads),
    }.items():
        if wide % heads:
            raise CheckpointError(
                f"{path}: {part} has hidden_size {wide} and num_heads {heads}; expected a multiple"
            )
    if "bos_token_id" not in llm:
        return sizes, None
    return sizes, _number(llm, "bos_token_id", path, 0, 2**31)


def eva_heads(sizes: Sizes) -> int:
    assert isinstance(sizes.vision, EvaSize)
    return sizes.vision.heads


def _activation(section: Mapping[str, Any], path: Path) -> str:
    known = ("gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu")
    value = section.get("hidden_act", "gelu")
    if value not in known:
        raise CheckpointError(f"{path}: hidden_act is {value!r}; expected one of {', '.join(known)}")
    return str(value)


def _check_config(path: Path, llm_path: Path, llm_config: Mapping[str, Any]) -> None:
    """Both configs are of one language model."""
    if not path.exists():
        return
    names = {
        "hidden_size": "hidden_size",
        "depth": "num_hidden_layers",
        "num_heads": "num_attention_heads",
        "intermediate_size": "intermediate_size",
        "vocab_size": "vocab_size",
    }
    said = _section(_json(path), "llm", path)
    for ours, theirs in names.items():
        if ours in said and theirs in llm_config and said[ours] != llm_config[theirs]:
            raise CheckpointError(
                f"{llm_path}: {theirs} is {llm_config[theirs]!r}; expected {said[ours]!r} as llm.{ours} in {path} says"
            )


def _json(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({type(error).__name__}); expected the sizes as JSON"
        ) from error
    if not isinstance(held, dict):
        raise CheckpointError(f"{path} holds {type(held).__name__}; expected an object")
    return held


def _section(held: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = held.get(name, {})
    if not isinstance(section, dict):
        raise CheckpointError(f"{path}: {name} is {type(section).__name__}; expected an object")
    return section


def _number(
    section: Mapping[str, Any], name: str, path: Path, least: int, most: int, default: int | None = None
) -> int:
    value = section.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise CheckpointError(f"{path}: {name} is {value!r}; expected an integer from {least} to {most}")
    return value


def _real(
    section: Mapping[str, Any], name: str, path: Path, least: float, most: float, default: float
) -> float:
    value = section.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise CheckpointError(f"{path}: {name} is {value!r}; expected a number from {least} to {most}")
    return float(value)


# --- files ---------------------------------------------------------------------------------------------------------------


def _file(folder: Path, *names: str) -> Path:
    found = list(dict.fromkeys(name for name in names if (folder / name).is_file()))
    if not found:
        raise CheckpointError(f"{folder} has no {names[0]}; expected it beside the other parts of SkinGPT-4")
    if len(found) > 1:
        raise CheckpointError(f"{folder} has {' and '.join(found)}; expected one of them")
    return folder / found[0]


def _tensors(path: Path) -> dict[str, Any]:
    """Name -> what stands there, of the dictionary under `model` or the file's own."""
    try:
        with warnings.catch_warnings():
            # Of a pickle protocol that torch itself does not write: it is read or refused like any other.
            warnings.simplefilter("ignore")
            held = torch.load(path, map_location="cpu", weights_only=True)
    except UNREADABLE as error:
        raise CheckpointError(
            f"{path} cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:160]}); "
            "expected a checkpoint of tensors, whole, that weights_only=True accepts"
        ) from error
    inner = held.get("model", held) if isinstance(held, dict) else held
    if not isinstance(inner, dict):
        raise CheckpointError(f"{path} holds {type(inner).__name__}; expected a dictionary of tensors")
    return {name: value for name, value in inner.items() if isinstance(name, str)}


def _checked(
    held: Mapping[str, tuple[Path, str, Any]], name: str, shape: tuple[int, ...], home: Path
) -> Tensor:
    """A tensor of the wanted shape, floating, finite, on the CPU.  Raises CheckpointError."""
    if name not in held:
        said = name.removeprefix("visual_encoder.") if home.name.startswith("eva") else name
        raise CheckpointError(f"{home} lacks {said}; expected it with shape {shape}")
    path, said, value = held[name]
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
        raise CheckpointError(
            f"{path}: {said} is {type(value).__name__}; expected a plain tensor of shape {shape}"
        )
    if tuple(value.shape) != shape:
        raise CheckpointError(f"{path}: {said} has shape {tuple(value.shape)}; expected {shape}")
    if not value.is_floating_point() or value.device.type != "cpu":
        raise CheckpointError(
            f"{path}: {said} holds {value.dtype} on {value.device}; expected floating point on the CPU"
        )
    if not bool(torch.isfinite(value).all()):
        raise CheckpointError(
            f"{path}: {said} of shape {shape} holds NaN or infinity; expected finite numbers"
        )
    return value.detach()


# --- names ---------------------------------------------------------------------------------------------------------------


class _NoLanguage:
    """In place of a language model where only the shapes of our own tensors are asked for; no module, so it has no tensors."""

    class config:
        bos_token_id = None

    def __init__(self, width: int) -> None:
        self.table = nn.Embedding(1, width)

    def get_input_embeddings(self) -> nn.Embedding:
        return self.table


def _shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Our names -> shapes, of everything but the language model."""
    with torch.device("meta"):
        model = SkinGPT(presets.by_name(presets.OTHER, sizes), _NoLanguage(sizes.llm_width))
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


# In this order: the first that fits a name is used, once.
RENAMES = (
    (r"^tower\.model\.embeddings\.class_embedding$", "visual_encoder.cls_token"),
    (r"^tower\.model\.embeddings\.position_embedding$", "visual_encoder.pos_embed"),
    (r"^tower\.model\.embeddings\.patch_embedding\.", "visual_encoder.patch_embed.proj."),
    (r"^tower\.model\.encoder\.layers\.(\d+)\.layer_norm(\d)\.", r"visual_encoder.blocks.\1.norm\2."),
    (
        r"^tower\.model\.encoder\.layers\.(\d+)\.self_attn\.projection\.",
        r"visual_encoder.blocks.\1.attn.proj.",
    ),
    (r"^tower\.model\.encoder\.layers\.(\d+)\.self_attn\.", r"visual_encoder.blocks.\1.attn."),
    (r"^tower\.model\.encoder\.layers\.(\d+)\.", r"visual_encoder.blocks.\1."),
    (r"^qformer\.layernorm\.", "Qformer.bert.embeddings.LayerNorm."),
    (
        r"^qformer\.encoder\.layer\.(\d+)\.(attention|crossattention)\.attention\.",
        r"Qformer.bert.encoder.layer.\1.\2.self.",
    ),
    (r"^qformer\.", "Qformer.bert."),
)


def _original_name(ours: str, projection: str) -> str:
    """The LAVIS and MiniGPT-4 name of one of our tensors."""
    if ours.startswith("projection."):
        return ours.replace("projection", projection, 1)
    for pattern, theirs in RENAMES:
        renamed, found = re.subn(pattern, theirs, ours)
        if found:
            return renamed
    return ours


# The text branch of the Q-Former, which SkinGPT-4 throws away, and what else stands in the files of the release.
TEXT_BRANCH = re.compile(
    r"Qformer\.(cls\.|bert\.embeddings\.(position_ids|word_embeddings|position_embeddings)"
    r"|bert\.encoder\.layer\.\d+\.(intermediate|output)\.)"
)
OTHER_STAGES = {
    "opt_proj.": "the Q-Former of BLIP-2 with OPT",
    "vision_proj.": "BLIP-2's first stage",
    "text_proj.": "BLIP-2's first stage",
    "itm_head.": "BLIP-2's first stage",
}
T5_XXL_WIDTH = 4096
EVA_G_LAYERS = 39


def _refuse_foreign(held: Mapping[str, tuple[Path, str, Any]], sizes: Sizes) -> None:
    """Raises CheckpointError for a Q-Former or a tower that belongs to another model, and for trained parts we would drop."""
    q = sizes.qformer
    assert isinstance(sizes.vision, EvaSize)
    known = {_original_name(name, PROJECTIONS[0]) for name in _shapes(sizes)}
    for name, (path, said, value) in held.items():
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        for prefix, what in OTHER_STAGES.items():
            if name.startswith(prefix):
                raise CheckpointError(
                    f"{path}: {said} {shape} belongs to {what}; expected the Q-Former that was trained with FlanT5-XXL"
                )
        if name.startswith("Qformer.") and name not in known and not TEXT_BRANCH.match(name):
            layer = re.search(r"layer\.(\d+)\.", name)
            at = int(layer[1]) if layer else -1
            if at >= q.layers:
                wanted = f"{q.layers} layers"
            elif "crossattention" in name:
                wanted = f"cross-attention in each layer whose number {q.cross_every} divides"
            else:
                wanted = "no such tensor"
            raise CheckpointError(f"{path}: {said} {shape} is of a foreign Q-Former; expected {wanted}")
        block = re.match(r"visual_encoder\.blocks\.(\d+)\.", name)
        spare = (
            1 if sizes.vision.layers == EVA_G_LAYERS else 0
        )  # EVA's own last block, which BLIP-2 leaves out
        if block and int(block[1]) >= sizes.vision.layers + spare:
            raise CheckpointError(
                f"{path}: {said} {shape} is too much; expected {sizes.vision.layers} blocks"
            )
        if "lora_" in name:
            raise CheckpointError(
                f"{path}: {said} {shape} is LoRA of the language model; expected the published layout"
            )


def _refuse_other_t5(held: Mapping[str, tuple[Path, str, Any]], q: QFormerSize, blip2: Path) -> None:
    """At full size the left-over projection tells which T5 the Q-Former was trained with."""
    if q != QFormerSize() or "t5_proj.weight" not in held:
        return
    value = held["t5_proj.weight"][2]
    shape = tuple(value.shape) if isinstance(value, Tensor) else ()
    if shape != (T5_XXL_WIDTH, q.width):
        raise CheckpointError(
            f"{blip2}: t5_proj.weight has shape {shape}; expected {(T5_XXL_WIDTH, q.width)}, "
            "that of the Q-Former which was trained with FlanT5-XXL"
        )


def ignored_kinds(names: Iterable[str]) -> dict[str, int]:
    """How many tensors were left aside, by the first word of their names."""
    counts: dict[str, int] = {}
    for name in names:
        first = name.split(".")[0]
        counts[first] = counts.get(first, 0) + 1
    return counts
