"""The phrase files, read: what people say of danger, what they deny, and what is harmless."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

__all__ = ["FILES", "Phrase", "phrases", "said_in"]

_FOLDER = Path(__file__).parent / "phrases"
FILES = tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text. sign: 'D05', '' for a harmless one. states: it says that the sign is there. file: its phrase file.

    unseen: of every sign the second, fourth ... text, of the harmless ones too; they are never shown to whoever makes the matcher, so that their
    rate is that of words nobody prepared for.
    """

    sign: str
    text: str
    states: bool
    file: str
    language: str
    unseen: bool = False


@cache
def phrases(file: str) -> tuple[Phrase, ...]:
    """All phrases of a file. The chat's language of a mixed one: Arabic where it has Arabic letters, else Swahili."""
    read = yaml.safe_load((_FOLDER / f"{file}.yaml").read_text("utf-8"))
    found = [
        Phrase(sign, text, part == "states", file, _language(file, text), number % 2 == 1)
        for part in ("states", "denies")
        for sign, texts in read[part].items()
        for number, text in enumerate(texts)
    ]
    harmless = (
        Phrase("", text, False, file, _language(file, text), number % 2 == 1)
        for number, text in enumerate(read["harmless"])
    )
    return (*found, *harmless)


@cache
def said_in(language: str) -> tuple[Phrase, ...]:
    """What is said in chats of a language, mixed phrases included; () where there is no phrase file for it."""
    return tuple(p for file in FILES for p in phrases(file) if p.language == language)


def _language(file: str, text: str) -> str:
    if file != "mixed":
        return file
    return "ar" if any("\u0600" <= c <= "\u06ff" for c in text) else "sw"
