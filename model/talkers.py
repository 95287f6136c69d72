"""Any model that answers about a photograph in words, opened by what lies in its folder.

skingpt4         the published files, as its authors left them (model/checkpoint.py)
skingpt          the same, converted (model/convert.py)
skingpt-trained  what `ngozi model train --step` wrote, around its language model (model/trained.py)
image-text       an image-text-to-text model of transformers, with our manifest or without one (model/image_text.py)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model import convert as native
from model import image_text, language, presets, teach_config, trained
from model.checkpoint import load_skingpt4
from model.network import SkinGPT
from model.notes import CONCEPT_QUESTIONS, DIAGNOSIS_QUESTIONS
from model.prompts import PUBLISHED, PromptStyle
from model.talk import SkinTalker, Talker
from model.teach_config import TeachConfig

__all__ = ["FolderError", "Opened", "device", "kind_of", "load"]

MANIFEST = "manifest.json"
SETTINGS = "config.toml"
AS_PUBLISHED = "skingpt4"
KINDS = (native.KIND, trained.KIND, image_text.KIND)
_PARTS = ("eva_vit*.pth", "blip2*.pth", "skingpt*.pth", "llm")


class FolderError(ValueError):
    """A folder that is none of the models; says what it is and what was expected."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that can be asked.

    kind: as above.  preset: its size, or the name of another's model.  question: the one that is asked where there is no other.
    """

    talker: Talker
    kind: str
    preset: str
    question: str


def device(name: str) -> torch.device:
    """The device of 'auto' (a GPU where there is one), 'cpu' or 'cuda'.  Raises ValueError."""
    if name not in teach_config.DEVICES:
        raise ValueError(f"--device is {name!r}; expected {', '.join(teach_config.DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device is 'cuda' and there is none; expected auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def kind_of(folder: Path) -> str:
    """What a folder holds, by the names of its files and its manifest.  Raises FolderError."""
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder; expected the folder of a model")
    path = folder / MANIFEST
    if path.is_file():
        held = _manifest(path)
        if "networks" in held or held.get("towers") == "beside":
            raise FolderError(
                f"{folder} is a model that answers from its findings; expected one that answers by itself: "
                "`ngozi model findings PHOTO --model FOLDER` asks the other"
            )
        kind = held.get("kind")
        if kind not in KINDS:
            raise FolderError(f"{path}: kind is {kind!r}; expected one of {', '.join(KINDS)}")
        return str(kind)
    if any(any(folder.glob(pattern)) for pattern in _PARTS):
        return AS_PUBLISHED
    if (folder / "config.json").is_file():
        return image_text.KIND
    raise FolderError(
        f"{folder} holds no model; expected manifest.json (converted, or the model/ of a trained step), the published files of "
        "SkinGPT-4, or config.json of an image-text-to-text model"
    )


def load(
    folder: Path, *, cache: Path, on: torch.device | None = None, source: str | Path | None = None
) -> Opened:
    """The model of a folder, in eval mode: float32 on a CPU, its large parts bfloat16 on a GPU.

    cache: folder for converted language models.  source: the language model of a trained one, where it lies elsewhere now.
    Raises ValueError (FolderError, CheckpointError, TrainedError, LanguageError, ConfigError).
    """
    kind = kind_of(folder)
    on = on or torch.device("cpu")
    dtype = torch.float32 if on.type == "cpu" else torch.bfloat16
    if source is not None and kind != trained.KIND:
        raise FolderError(
            f"{folder} holds its own language model; expected another one for trained weights alone"
        )
    if kind == image_text.KIND:
        plain = not (folder / MANIFEST).is_file()
        other = (image_text.load_plain if plain else image_text.load_image_text)(folder, dtype=dtype)
        other.model.to(on)
        return Opened(other, kind, other.name, _bare(PUBLISHED, PUBLISHED.questions_skin))
    if kind == trained.KIND:
        return _trained(folder, on, dtype, cache, source)
    tokenizer = language.load_tokenizer(folder / "llm")
    read = load_skingpt4 if kind == AS_PUBLISHED else native.load_native
    return _skin(read(folder, dtype=dtype), tokenizer, on, kind)


def _trained(
    folder: Path, on: torch.device, dtype: torch.dtype, cache: Path, source: str | Path | None
) -> Opened:
    held = trained.read_trained_manifest(folder)
    preset = presets.by_name(str(held.get("preset")))
    config = teach_config.default(preset)
    if (folder / SETTINGS).is_file():
        config = teach_config.read(folder / SETTINGS, config)
    wanted = source or _language_of(folder, config, preset)
    tokenizer = language.load_tokenizer(wanted, cache=cache)
    model = trained.load_trained(folder, language.load(wanted, dtype=dtype, cache=cache))
    notes = held.get("notes")
    first = isinstance(notes, dict) and notes.get("step") == 1
    if config.prompt == "chat":
        question = (CONCEPT_QUESTIONS if first else DIAGNOSIS_QUESTIONS)[0]
    else:
        style = model.preset.style
        question = _bare(style, style.questions_concept if first else style.questions_skin)
    return _skin(model, tokenizer, on, trained.KIND, question)


def _language_of(folder: Path, config: TeachConfig, preset: presets.Preset) -> str | Path:
    """The language model that a training began with, as model/teach_run.py chose it."""
    start = Path(config.start)
    if config.start and (start / "llm").is_dir():
        return start / "llm"
    if config.language:
        return config.language
    # Another one than that of the lost folder must not be taken for it, least of all from a hub.
    if config.start and not (start / MANIFEST).is_file():
        raise FolderError(
            f"{folder} was trained from {start}, which is not there; expected its llm/ there, or --language FOLDER"
        )
    # No training of a published size begins with its hub's language model alone.
    if not preset.language or preset.language.startswith("hub:"):
        raise FolderError(
            f"{folder} does not say which language model it was trained with; expected --language FOLDER"
        )
    return preset.language


def _skin(model: SkinGPT, tokenizer: Any, on: torch.device, kind: str, question: str = "") -> Opened:
    style = model.preset.style
    model.to(on)
    return Opened(
        SkinTalker(model, tokenizer), kind, model.preset.name, question or _bare(style, style.questions_skin)
    )


def _bare(style: PromptStyle, questions: tuple[str, ...]) -> str:
    """The first of a style's training questions, without the place of the image, which a chat puts there itself."""
    return questions[0].replace(style.image, "").strip()


def _manifest(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FolderError(f"{path} cannot be read ({type(error).__name__}); expected JSON") from error
    if not isinstance(held, dict):
        raise FolderError(f"{path} holds {type(held).__name__}; expected an object")
    return held
