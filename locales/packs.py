"""What a language's pack.toml says: who speaks, who wrote, who reviewed."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["BadPack", "Pack", "UnknownLanguage", "pack_codes", "read_pack"]


class UnknownLanguage(KeyError):
    """No pack of that code."""

    def __str__(self) -> str:
        return f"no language pack {self.args[0]!r}"


class BadPack(ValueError):
    """A pack.toml that says something it cannot say."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One language.

    code: BCP 47 ('sw', 'ar', 'pt-BR'). name: the language's name for itself. plural: the Plural-Forms header
    of its .po, '' for English. version: 12 hex digits of the SHA-256 of what is shown (pack and template).
    status: 'reviewed' only while `version` is the one that the reviewers signed. parent: the pack asked
    before English, or ''. voice: the voice of espeak-ng that reads it aloud, or ''.
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    version: str
    status: Literal["draft", "reviewed"] = "draft"
    translators: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    plural: str = ""
    parent: str = ""
    voice: str = ""
    claims_review: bool = False
    negation: str = ""

    @property
    def reviewed(self) -> bool:
        """True where a named reviewer signed exactly this version."""
        return self.status == "reviewed"


def pack_codes(root: Path) -> tuple[str, ...]:
    """Codes of all packs in a folder, English first, then by code."""
    codes = sorted(path.parent.name for path in root.glob("*/pack.toml"))
    return tuple(sorted(codes, key=lambda code: (code != "en", code)))


def read_pack(root: Path, code: str, plural: str = "") -> Pack:
    """The pack of `code` in a folder. Raises UnknownLanguage, BadPack."""
    path = root / code / "pack.toml"
    if not path.is_file():
        raise UnknownLanguage(code)
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPack(f"{path.parent.name}/pack.toml is no TOML: {error}") from error
    for key in ("code", "name", "direction", "status"):
        if not isinstance(said.get(key), str) or not said[key]:
            raise BadPack(f"{code}/pack.toml: {key} is {said.get(key)!r}; expected a text")
    if said["code"] != code:
        raise BadPack(f"{code}/pack.toml: code is {said['code']!r}; expected the folder's name {code!r}")
    if said["direction"] not in ("ltr", "rtl"):
        raise BadPack(f"{code}/pack.toml: direction is {said['direction']!r}; expected 'ltr' or 'rtl'")
    if said["status"] not in ("draft", "reviewed"):
        raise BadPack(f"{code}/pack.toml: status is {said['status']!r}; expected 'draft' or 'reviewed'")
    for key in ("translators", "reviewers"):
        if not isinstance(said.get(key, []), list) or not all(isinstance(n, str) for n in said.get(key, [])):
            raise BadPack(f"{code}/pack.toml: {key} is {said[key]!r}; expected a list of names")
    version = _version(root, code)
    signed = bool(said.get("reviewers")) and said.get("reviewed_version") == version
    return Pack(
        code=code,
        name=said["name"],
        direction=said["direction"],
        version=version,
        status="reviewed" if said["status"] == "reviewed" and signed else "draft",
        translators=tuple(said.get("translators", ())),
        reviewers=tuple(said.get("reviewers", ())),
        plural=plural,
        parent=str(said.get("parent", "")),
        voice=str(said.get("voice", "")),
        claims_review=said["status"] == "reviewed",
        negation=_expression(code, str(said.get("negation", ""))),
    )


def _expression(code: str, pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadPack(f"{code}/pack.toml: negation is {pattern!r}, no regular expression: {error}") from error
    return pattern


def _version(root: Path, code: str) -> str:
    shown = hashlib.sha256()
    for path in (root / "ngozi.pot", root / code / "LC_MESSAGES" / "ngozi.po"):
        if path.is_file():
            shown.update(path.read_bytes())
        shown.update(b"\0")
    return shown.hexdigest()[:12]
