"""Under which names conditions are spoken of, and which words are medicines: what a machine's text is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import rows

__all__ = ["Medicines", "Names", "medicines", "names", "parse_medicines", "parse_names"]


@dataclass(frozen=True, slots=True)
class Names:
    """by_name: a name in small letters -> the codes that it fits; () for a condition that the catalogue does not hold."""

    by_name: Mapping[str, tuple[str, ...]]
    source: str
    tag: str
    status: rows.Status


@dataclass(frozen=True, slots=True)
class Medicines:
    """Words, beginnings and endings of words that are medicines, in small letters. remedies: what no skin should get."""

    words: frozenset[str]
    remedies: frozenset[str]
    endings: tuple[str, ...]
    beginnings: tuple[str, ...]
    not_these: frozenset[str]
    sources: Mapping[str, tuple[str, str]]


@cache
def names() -> Names:
    """The names of names.yaml. Raises BadRow."""
    return parse_names(rows.document("names.yaml"))


@cache
def medicines() -> Medicines:
    """The medicines of medicines.yaml. Raises BadRow."""
    return parse_medicines(rows.document("medicines.yaml"))


def parse_names(document: Mapping[str, object]) -> Names:
    """The names of a read data file. Raises BadRow."""
    said = rows.known_keys(
        document, "names.yaml", {"version", "source", "tag", "status", "names", "other"}, set()
    )
    listed = said["names"]
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"names is {listed!r}; expected a list of rows")
    by_name: dict[str, tuple[str, ...]] = {name.lower(): () for name in rows.words(said, "other", "other")}
    for n, row in enumerate(listed):
        one = rows.known_keys(row, f"names[{n}]", {"codes", "say"}, set())
        for name in rows.words(one, "say", f"names[{n}]"):
            if name.lower() in by_name:
                raise rows.BadRow(f"names[{n}]: {name!r} stands twice")
            by_name[name.lower()] = rows.words(one, "codes", f"names[{n}]")
    return Names(
        by_name,
        rows.text(said, "source", "names"),
        rows.choice(said, "tag", "names", rows.TAGS),
        rows.status(said, "names"),
    )


def parse_medicines(document: Mapping[str, object]) -> Medicines:
    """The medicines of a read data file. Raises BadRow."""
    parts = {"words", "remedies", "endings", "beginnings"}
    said = rows.known_keys(document, "medicines.yaml", {"version", *parts}, set())
    lists: dict[str, tuple[str, ...]] = {}
    sources: dict[str, tuple[str, str]] = {}
    not_these: set[str] = set()
    for part in sorted(parts):
        row = rows.known_keys(said[part], part, {"source", "tag", "status", "list"}, {"not_these"})
        lists[part] = tuple(word.lower() for word in rows.words(row, "list", part))
        sources[part] = (rows.text(row, "source", part), rows.choice(row, "tag", part, rows.TAGS))
        rows.status(row, part)
        not_these |= set(rows.words(row, "not_these", part)) if "not_these" in row else set()
    return Medicines(
        frozenset(lists["words"]),
        frozenset(lists["remedies"]),
        lists["endings"],
        lists["beginnings"],
        frozenset(not_these),
        sources,
    )
