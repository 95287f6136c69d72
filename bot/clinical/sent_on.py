"""Where no finding can be given: what is said and how soon the person is sent on, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import rows
from bot.messages import Text, Urgency

__all__ = ["SentOn", "kinds", "parse"]

KINDS = {"bite", "burn", "wound", "private", "infant", "no_photo", "albinism"}


@dataclass(frozen=True, slots=True)
class SentOn:
    """One kind of problem that is sent on. urgency: at least this soon. say: the sentences after 'how soon'."""

    kind: str
    urgency: Urgency
    say: tuple[Text, ...]
    source: str
    tag: str
    status: rows.Status


@cache
def kinds() -> Mapping[str, SentOn]:
    """The kinds by name: bite, burn, wound, private, infant, no_photo, albinism. Raises BadRow where the file is wrong."""
    return parse(rows.document("sent_on.yaml"))


def parse(document: Mapping[str, object]) -> Mapping[str, SentOn]:
    """The kinds of a read data file. Raises BadRow."""
    listed = document.get("kinds")
    if not isinstance(listed, dict) or set(listed) != KINDS:
        raise rows.BadRow(f"kinds is {listed!r}; expected a mapping of {sorted(KINDS)}")
    found: dict[str, SentOn] = {}
    for kind, row in listed.items():
        where = f"kinds.{kind}"
        said = rows.known_keys(row, where, {"urgency", "say", "source", "tag", "status"}, {"note"})
        ids = said["say"]
        if not isinstance(ids, list) or not ids:
            raise rows.BadRow(f"{where}: say is {ids!r}; expected a list of message ids")
        found[kind] = SentOn(
            kind=kind,
            urgency=rows.urgency(said, "urgency", where),
            say=tuple(Text(rows.message_id({"say": one}, "say", where)) for one in ids),
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found
