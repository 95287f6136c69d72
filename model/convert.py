"""SkinGPT-4 as one folder of safetensors, converted from the published files, and read back.

    manifest.json         preset, sizes, hashes of what it came from and of what is here, licence notes
    skingpt.safetensors   tower, layer norm, query tokens, Q-Former, projection, in the dtype of the originals
    llm/                  the language model with its tokenizer

Nothing here runs code when it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from model import language, presets
from model.checkpoint import CheckpointError, Parts, assembled, ignored_kinds, read_parts
from model.language import LanguageError, Lora, Quant
from model.network import SkinGPT
from model.presets import Sizes

__all__ = ["convert", "load_native"]

WEIGHTS = "skingpt.safetensors"
MANIFEST = "manifest.json"
FORMAT = 1
KIND = "skingpt"
# Of a language model's folder: what is not weights, and not code.
BESIDE = ("*.json", "*.model", "*.txt", "*.jinja", "LICENSE*", "NOTICE*", "USE_POLICY*")


def convert(
    folder: Path, out: Path, preset: str | None = None, tell: Callable[[str], None] = lambda step: None
) -> dict[str, Any]:
    """Writes a published folder as a native one and returns its manifest.  The folder appears whole or not at all.

    preset: overrides what the sizes and the language model say it is.  tell: hears what is being done.
    Raises CheckpointError for a folder that is not sound or an `out` that is not empty, ValueError for an unknown preset.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CheckpointError(f"{out} is there and not empty; expected a new folder")
    tell("reading tower, Q-Former and projection")
    parts = read_parts(folder)
    known = parts.preset if preset is None else presets.by_name(preset, parts.preset.sizes)
    if preset is not None and known.sizes != presets.by_name(preset, None).sizes:
        raise CheckpointError(
            f"{folder} has other sizes than preset {preset}; expected that preset's, or no --preset"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        save_file(
            {name: value.contiguous().clone() for name, value in parts.state.items()}, str(work / WEIGHTS)
        )
        tell("reading the language model")
        _language(parts, work / "llm")
        tell("hashing")
        manifest = {
            "format": FORMAT,
            "kind": KIND,
            "preset": known.name,
            "sizes": known.sizes.as_dict(),
            "bos_id": parts.bos_id,
            "licences": [*known.licences, *_own_licences(parts.llm)],
            "source": {path.name: _digest(path) for path in parts.files.values()},
            "left_aside": ignored_kinds(parts.ignored),
            "files": {
                str(path.relative_to(work)): {"sha256": _digest(path), "bytes": path.stat().st_size}
                for path in sorted(work.rglob("*"))
                if path.is_file()
            },
        }
        (work / MANIFEST).write_text(
            json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        work.chmod(0o755)
        os.replace(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _language(parts: Parts, out: Path) -> None:
    """Copies a language model, or stores it anew where its weights are pickles; loaded once, so that it is known to be whole."""
    try:
        model = language.load(parts.llm, dtype="auto")
    except LanguageError as error:
        raise CheckpointError(str(error)) from error
    out.mkdir()
    safe = sorted(parts.llm.glob("*.safetensors"))
    if not safe:
        model.save_pretrained(out)
    for path in (*safe, *(p for pattern in BESIDE for p in sorted(parts.llm.glob(pattern)))):
        # The index of pickled shards would name files that are not here.
        if path.is_file() and not (out / path.name).exists() and not path.name.endswith(".bin.index.json"):
            shutil.copyfile(path, out / path.name)


def _own_licences(llm: Path) -> list[str]:
    return [
        f"llm/{path.name} lies beside the language model: read it." for path in sorted(llm.glob("LICENSE*"))
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_native(
    folder: Path,
    *,
    dtype: torch.dtype = torch.float32,
    quant: Quant = "none",
    lora: Lora | None = None,
    verify: bool = False,
) -> SkinGPT:
    """The network of a converted folder, as load_skingpt4 gives it.

    The size of every file and the hash of our own weights are checked each time; verify hashes the language model too (minutes at
    13 billion).  Raises CheckpointError.
    """
    path = folder / MANIFEST
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != FORMAT or held["kind"] != KIND:
            raise CheckpointError(f"{path} is of another kind; expected kind {KIND!r}, format {FORMAT}")
        preset = presets.by_name(held["preset"], Sizes.from_dict(held["sizes"]))
        bos_id = held["bos_id"]
        files = {str(name): (int(said["bytes"]), str(said["sha256"])) for name, said in held["files"].items()}
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({type(error).__name__}: {error}); expected the manifest of a converted SkinGPT-4"
        ) from error
    for name in {WEIGHTS, *files}:
        _check_file(folder, name, files, verify or name == WEIGHTS)
    try:
        state = load_file(str(folder / WEIGHTS))
        language_model = language.load(folder / "llm", dtype=dtype, quant=quant, lora=lora)
        return assembled(preset, state, language_model, bos_id, dtype)
    except (LanguageError, SafetensorError, RuntimeError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{folder}: {' '.join(str(error).split())[:400]}") from error


def _check_file(folder: Path, name: str, files: dict[str, tuple[int, str]], hashed: bool) -> None:
    path = folder / name
    if name not in files or ".." in Path(name).parts or Path(name).is_absolute():
        raise CheckpointError(
            f"{folder / MANIFEST} and {name} do not go together; expected each file by its name"
        )
    size, digest = files[name]
    found = path.stat().st_size if path.is_file() else -1
    if found != size:
        raise CheckpointError(f"{path} has {max(found, 0)} bytes; expected {size} as the manifest says")
    if hashed and _digest(path) != digest:
        raise CheckpointError(f"{path} has another SHA-256 than {digest[:12]}..., which the manifest says")
