"""Reads the clinical data files and refuses what their schema does not allow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, cast

import yaml

from bot.messages import Urgency

__all__ = [
    "TAGS",
    "BadRow",
    "Status",
    "choice",
    "document",
    "flag",
    "known_keys",
    "message_id",
    "status",
    "text",
    "urgency",
    "words",
]

Status = Literal["unreviewed", "reviewed"]
# How a statement was found; the marks of the collected facts.
TAGS = ("read", "second-hand", "memory", "design")

_MESSAGE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


class BadRow(ValueError):
    """A row of a clinical data file that its schema does not allow."""


def document(name: str) -> Mapping[str, object]:
    """The data file `name` of this package. Raises BadRow where it is no table of version 1."""
    read = yaml.safe_load(files("bot.clinical").joinpath(name).read_text(encoding="utf-8"))
    if not isinstance(read, dict) or read.get("version") != 1:
        raise BadRow(f"{name} is {type(read).__name__}; expected a mapping with version: 1")
    return read


def known_keys(row: object, where: str, needed: set[str], optional: set[str]) -> Mapping[str, object]:
    """The row, once it has all `needed` keys and no other than `optional`. Raises BadRow."""
    if not isinstance(row, dict):
        raise BadRow(f"{where} is {row!r}; expected a mapping")
    missing, strange = needed - row.keys(), row.keys() - needed - optional
    if missing or strange:
        raise BadRow(f"{where}: missing {sorted(missing)}, unknown {sorted(strange)}")
    return row


def text(row: Mapping[str, object], key: str, where: str) -> str:
    """A field that must be a text that says something. Raises BadRow."""
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise BadRow(f"{where}: {key} is {value!r}; expected a text")
    return value


def words(row: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    """A field that must be a list of texts; it may be empty. Raises BadRow."""
    value = row[key]
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadRow(f"{where}: {key} is {value!r}; expected a list of texts")
    return tuple(value)


def choice(row: Mapping[str, object], key: str, where: str, allowed: tuple[str, ...]) -> str:
    """A field that must be one of `allowed`. Raises BadRow."""
    value = text(row, key, where)
    if value not in allowed:
        raise BadRow(f"{where}: {key} is {value!r}; expected one of {', '.join(allowed)}")
    return value


def flag(row: Mapping[str, object], key: str, where: str) -> bool:
    """A field that must be true or false. Raises BadRow."""
    value = row[key]
    if not isinstance(value, bool):
        raise BadRow(f"{where}: {key} is {value!r}; expected true or false")
    return value


def urgency(row: Mapping[str, object], key: str, where: str) -> Urgency:
    """A field that must be an urgency. Raises BadRow."""
    return Urgency(choice(row, key, where, tuple(Urgency)))


def message_id(row: Mapping[str, object], key: str, where: str) -> str:
    """A field that must look like the id of a catalogue message. Raises BadRow."""
    value = text(row, key, where)
    if not _MESSAGE_ID.fullmatch(value):
        raise BadRow(f"{where}: {key} is {value!r}; expected a message id such as danger.sign.d04")
    return value


def status(row: Mapping[str, object], where: str) -> Status:
    """Whether a clinician signed the row. Raises BadRow."""
    return cast(Status, choice(row, "status", where, ("unreviewed", "reviewed")))
