"""What a health worker examines by hand, as data: what no photograph shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import conditions, rows
from bot.messages import Text

__all__ = ["AFTER", "Examine", "by_hand", "examinations", "parse"]

# What a row can stand after: a result of a case, or the kind that the rules judged; findings and no_photo: one spot.
AFTER = frozenset({"findings", "no_photo", "rash", "wound", "bite", "burn", "private", "infant"})


@dataclass(frozen=True, slots=True)
class Examine:
    """One thing to do with eyes and hands. codes: only where one of these conditions is named; empty: always."""

    key: str
    after: frozenset[str]
    codes: frozenset[str]
    say: Text
    source: str
    tag: str
    status: rows.Status


def by_hand(place: str, named: frozenset[str]) -> tuple[Text, ...]:
    """What to examine after this result of a case, in order. named: codes of the conditions that are named."""
    return tuple(e.say for e in examinations() if place in e.after and (not e.codes or e.codes & named))


@cache
def examinations() -> tuple[Examine, ...]:
    """Every row in the order of the file. Raises BadRow where the file is wrong."""
    return parse(rows.document("examine.yaml"))


def parse(document: Mapping[str, object]) -> tuple[Examine, ...]:
    """The rows of a read data file. Raises BadRow."""
    listed = document.get("rows")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"rows is {listed!r}; expected a list")
    found: dict[str, Examine] = {}
    for n, row in enumerate(listed):
        where = f"rows[{n}]"
        said = rows.known_keys(
            row, where, {"key", "after", "say", "source", "tag", "status"}, {"conditions", "note"}
        )
        key = rows.text(said, "key", where)
        after = rows.words(said, "after", where)
        codes = rows.words(said, "conditions", where) if "conditions" in said else ()
        if key in found or not after or not set(after) <= AFTER:
            raise rows.BadRow(f"{where}: key {key!r} with after {after!r}; expected once, some of {AFTER}")
        if not set(codes) <= conditions.catalogue().keys():
            raise rows.BadRow(f"{where}: conditions is {codes!r}; expected codes of the catalogue")
        found[key] = Examine(
            key=key,
            after=frozenset(after),
            codes=frozenset(codes),
            say=Text(rows.message_id(said, "say", where)),
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return tuple(found.values())
