"""What raises a reached urgency by one step, as data (rule 4 of clinical.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import rows
from bot.messages import Urgency

__all__ = ["Modifier", "asked", "held", "modifiers", "parse", "raised"]


@dataclass(frozen=True, slots=True)
class Modifier:
    """One modifier. by: 'age' where the age group says it, 'answer' where it is a choice of the question about health."""

    key: str
    by: str
    source: str
    tag: str
    status: rows.Status


@cache
def modifiers() -> tuple[Modifier, ...]:
    """Every modifier in the order in which it is offered. Raises BadRow where the file is wrong."""
    return parse(rows.document("modifiers.yaml"))


def asked() -> tuple[str, ...]:
    """Keys of the modifiers that a person is asked about, in order."""
    return tuple(m.key for m in modifiers() if m.by == "answer")


def held(age: str, health: str) -> frozenset[str]:
    """Keys of the modifiers that hold. health: the answer about health; 'none', 'unknown' and '' hold nothing."""
    return frozenset(m.key for m in modifiers() if m.key == (age if m.by == "age" else health))


def raised(urgency: Urgency | None, keys: frozenset[str]) -> Urgency | None:
    """One step more pressing where any modifier holds, however many do; what was not reached is not raised."""
    if urgency is None or not keys & {m.key for m in modifiers()}:
        return urgency
    return list(Urgency)[max(0, urgency.rank - 1)]


def parse(document: Mapping[str, object]) -> tuple[Modifier, ...]:
    """The modifiers of a read data file. Raises BadRow."""
    listed = document.get("modifiers")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"modifiers is {listed!r}; expected a list of rows")
    found = []
    for n, row in enumerate(listed):
        where = f"modifiers[{n}]"
        said = rows.known_keys(row, where, {"key", "by", "source", "tag", "status"}, {"note"})
        found.append(
            Modifier(
                key=rows.text(said, "key", where),
                by=rows.choice(said, "by", where, ("age", "answer")),
                source=rows.text(said, "source", where),
                tag=rows.choice(said, "tag", where, rows.TAGS),
                status=rows.status(said, where),
            )
        )
    keys = [m.key for m in found]
    if len(set(keys)) != len(keys):
        raise rows.BadRow(f"keys of modifiers are {keys}; expected each once")
    return tuple(found)
