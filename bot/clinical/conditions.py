"""The conditions that may be named in a chat, in everyday words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from bot.clinical import rows
from bot.messages import Text, Urgency

__all__ = ["ConditionEntry", "catalogue", "parse", "unknown"]

_PARTS = ("name", "about", "contagious", "home", "when")


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """One condition. urgency: how soon a person must be seen for it, before anything raises it.

    name: words that fit into a sentence after 'could be'. when: what makes it more pressing than `urgency`; said
    only while the urgency is this one. sources: field -> (source, tag) of the collected facts.
    """

    code: str
    urgency: Urgency
    cancer: bool
    name: Text
    about: Text
    contagious: Text
    home: Text
    when: Text
    sources: Mapping[str, tuple[str, str]]
    status: rows.Status


@cache
def catalogue() -> Mapping[str, ConditionEntry]:
    """The conditions by code. Raises BadRow where the file is wrong."""
    return parse(rows.document("conditions.yaml"))[0]


@cache
def unknown() -> ConditionEntry:
    """What is said where nothing may be named; its code is ''."""
    return parse(rows.document("conditions.yaml"))[1]


def parse(document: Mapping[str, object]) -> tuple[Mapping[str, ConditionEntry], ConditionEntry]:
    """The conditions of a read data file, and what stands for none of them. Raises BadRow."""
    listed = document.get("conditions")
    if not isinstance(listed, dict) or not listed:
        raise rows.BadRow(f"conditions is {listed!r}; expected a mapping of codes")
    entries = {code: _entry(code, row, f"conditions.{code}") for code, row in listed.items()}
    return MappingProxyType(entries), _entry("", document.get("unknown"), "unknown")


def _entry(code: str, row: object, where: str) -> ConditionEntry:
    said = rows.known_keys(row, where, {"urgency", "cancer", "status", *_PARTS}, set())
    sources: dict[str, tuple[str, str]] = {}
    texts: dict[str, Text] = {}
    for part in _PARTS:
        field = rows.known_keys(said[part], f"{where}.{part}", {"text", "source", "tag"}, set())
        texts[part] = Text(rows.message_id(field, "text", f"{where}.{part}"))
        sources[part] = _source(field, f"{where}.{part}")
    urgent = rows.known_keys(said["urgency"], f"{where}.urgency", {"is", "source", "tag"}, set())
    sources["urgency"] = _source(urgent, f"{where}.urgency")
    return ConditionEntry(
        code=code,
        urgency=rows.urgency(urgent, "is", f"{where}.urgency"),
        cancer=rows.flag(said, "cancer", where),
        sources=MappingProxyType(sources),
        status=rows.status(said, where),
        name=texts["name"],
        about=texts["about"],
        contagious=texts["contagious"],
        home=texts["home"],
        when=texts["when"],
    )


def _source(field: Mapping[str, object], where: str) -> tuple[str, str]:
    return rows.text(field, "source", where), rows.choice(field, "tag", where, rows.TAGS)
