"""Any other vision-language model behind the same seam: AutoModelForImageTextToText with a chat template (MedGemma, Qwen-VL ...).

Whoever puts one in writes a folder with one file, manifest.json:

    {"format": 1, "kind": "image-text", "name": "medgemma-4b", "source": "hub:google/medgemma-4b-it",
     "languages": ["en"], "licence": "Health AI Developer Foundations terms", "max_new_tokens": 300}

`source` is `hub:` and a repository, or a folder relative to the manifest's. Languages and licence are declared by a person: no
file of a model says reliably what it was tested in. Code that comes with a model is never run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from model import language, pixels
from model.language import UNREADABLE, LanguageError, Quant
from model.prompts import Turn

__all__ = ["ImageTextTalker", "load_image_text", "load_plain"]

MANIFEST = "manifest.json"
FORMAT = 1
KIND = "image-text"
MOST_TOKENS = 4096
MODEST_TOKENS = 300


@dataclass
class ImageTextTalker:
    """An image-text-to-text model with its processor; answers greedily."""

    name: str
    languages: tuple[str, ...]
    licence: str
    max_new_tokens: int
    model: Any
    processor: Any

    def messages(self, image: Image.Image, turns: Sequence[Turn]) -> list[dict[str, Any]]:
        """The chat in the form of transformers' chat templates; the photograph stands in the first question."""
        said: list[dict[str, Any]] = []
        for index, turn in enumerate(turns):
            question: list[dict[str, Any]] = [{"type": "text", "text": turn.question}]
            if index == 0:
                question.insert(0, {"type": "image", "image": pixels.upright(image)})
            said.append({"role": "user", "content": question})
            if turn.answer is not None:
                said.append({"role": "assistant", "content": [{"type": "text", "text": turn.answer}]})
        return said

    @torch.no_grad()
    def reply(self, image: Image.Image, turns: Sequence[Turn], limit: int | None = None) -> str:
        """The answer to the last turn.  Raises ValueError unless exactly the last turn is open."""
        if not turns or turns[-1].answer is not None or any(turn.answer is None for turn in turns[:-1]):
            raise ValueError(
                "turns hold no open question at their end alone; expected answered turns and then one without"
            )
        given = self.processor.apply_chat_template(
            self.messages(image, turns),
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            add_generation_prompt=True,
        ).to(self.model.device)
        for name, value in given.items():
            if torch.is_floating_point(value):
                given[name] = value.to(self.model.dtype)
        most = self.max_new_tokens if limit is None else limit
        rows = self.model.generate(**given, max_new_tokens=most, do_sample=False)
        new = rows[0, given["input_ids"].shape[1] :]
        return str(self.processor.decode(new, skip_special_tokens=True)).strip()


def load_image_text(
    folder: Path, *, dtype: torch.dtype = torch.float32, quant: Quant = "none"
) -> ImageTextTalker:
    """The model that a folder's manifest names.  Raises LanguageError."""
    path = folder / MANIFEST
    held = _manifest(path)
    source = _text(held, "source", path)
    place: str | Path = source[4:] if source.startswith("hub:") else folder / source
    local = isinstance(place, Path)
    if isinstance(place, Path) and not (place / "config.json").is_file():
        raise LanguageError(
            f"{path}: source is {source!r}, which has no config.json; expected a model's folder"
        )
    model, processor = _opened(place, f"{path}: {source}", local, dtype, quant)
    return ImageTextTalker(
        _text(held, "name", path),
        _languages(held, path),
        _text(held, "licence", path),
        _tokens(held, path),
        model,
        processor,
    )


def load_plain(folder: Path, *, dtype: torch.dtype = torch.float32, quant: Quant = "none") -> ImageTextTalker:
    """A folder of transformers without our manifest: nobody has declared its languages.  Raises LanguageError."""
    model, processor = _opened(folder, str(folder), True, dtype, quant)
    licence = "Not declared: read what came with the weights."
    return ImageTextTalker(folder.resolve().name, (), licence, MODEST_TOKENS, model, processor)


def _opened(place: str | Path, name: str, local: bool, dtype: torch.dtype, quant: Quant) -> tuple[Any, Any]:
    """(model in eval mode without gradients, its processor).  name: of it in a sentence.  Raises LanguageError."""
    if torch.is_inference_mode_enabled():
        raise LanguageError(f"{name} was to be loaded inside torch.inference_mode(); expected it outside")
    from transformers import AutoModelForImageTextToText, AutoProcessor

    given = {} if quant == "none" else {"quantization_config": language.quantised(quant)}
    try:
        processor = AutoProcessor.from_pretrained(place, trust_remote_code=False, local_files_only=local)
        model, said = AutoModelForImageTextToText.from_pretrained(
            place,
            dtype=dtype,
            trust_remote_code=False,
            local_files_only=local,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **given,
        )
    except UNREADABLE as error:
        raise LanguageError(
            f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:300]}; "
            "expected an image-text-to-text model of transformers with its processor"
        ) from error
    language.refuse_incomplete(model, said, name)
    if not getattr(processor, "chat_template", None):
        raise LanguageError(f"{name} has no chat template; expected one in its processor")
    model.requires_grad_(False)
    return model.eval(), processor


def _manifest(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise LanguageError(
            f"{path} cannot be read ({type(error).__name__}); expected the manifest of an image-text model"
        ) from error
    if not isinstance(held, dict) or held.get("format") != FORMAT or held.get("kind") != KIND:
        raise LanguageError(f"{path} is of another kind; expected kind {KIND!r}, format {FORMAT}")
    return held


def _text(held: Mapping[str, Any], name: str, path: Path) -> str:
    value = held.get(name)
    if not isinstance(value, str) or not value.strip():
        raise LanguageError(f"{path}: {name} is {value!r}; expected a text")
    return value


def _languages(held: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    value = held.get("languages")
    if not isinstance(value, list) or not value or not all(isinstance(code, str) and code for code in value):
        raise LanguageError(f"{path}: languages is {value!r}; expected a list of language codes")
    return tuple(value)


def _tokens(held: Mapping[str, Any], path: Path) -> int:
    value = held.get("max_new_tokens", MODEST_TOKENS)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_TOKENS:
        raise LanguageError(f"{path}: max_new_tokens is {value!r}; expected 1 to {MOST_TOKENS}")
    return value
