"""Sentences that a clinician can send by a press, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from bot.clinical import rows
from bot.messages import Urgency

__all__ = ["GROUPS", "Say", "parse", "says", "to_a_patient"]

Needs = Literal["", "place", "question"]
GROUPS = ("soon", "care", "ask", "other")

# Sentences that are made for the health worker of a case, as its patient is told them.
_TO_A_PATIENT = {
    "clinic.say.refer": "clinic.say.refer.patient",
    "clinic.say.refer_to": "clinic.say.refer_to.patient",
    "clinic.say.examine": "clinic.say.examine.patient",
}


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence. text: message id. soon: how soon it sends somebody to a person, None where it says nothing of it.

    beside: another 'how soon' that it does not contradict. needs: what is put into it: '' nothing, 'place' or 'question'.
    group: one of GROUPS.
    """

    name: str
    text: str
    group: str
    soon: Urgency | None
    beside: Urgency | None
    needs: Needs
    source: str
    tag: str
    status: rows.Status

    def goes_with(self, soon: Urgency) -> bool:
        """True where being seen so soon does not contradict it."""
        return self.soon is None or soon in (self.soon, self.beside)


@cache
def says() -> Mapping[str, Say]:
    """The sentences by name, in the order of the file. Raises BadRow where the file is wrong."""
    return parse(rows.document("clinic_says.yaml"))


def to_a_patient(message_id: str) -> str:
    """The message in which a patient is told, in their own chat, what a prepared sentence says."""
    return _TO_A_PATIENT.get(message_id, message_id)


def parse(document: Mapping[str, object]) -> Mapping[str, Say]:
    """The sentences of a read data file. Raises BadRow."""
    listed = document.get("says")
    if not isinstance(listed, dict) or not listed:
        raise rows.BadRow(f"says is {listed!r}; expected a mapping of names")
    found: dict[str, Say] = {}
    for name, row in listed.items():
        where = f"says.{name}"
        said = rows.known_keys(
            row, where, {"text", "group", "source", "tag", "status"}, {"soon", "beside", "needs"}
        )
        found[name] = Say(
            name=name,
            text=rows.message_id(said, "text", where),
            group=rows.choice(said, "group", where, GROUPS),
            soon=rows.urgency(said, "soon", where) if "soon" in said else None,
            beside=rows.urgency(said, "beside", where) if "beside" in said else None,
            needs=cast(
                Needs, rows.choice(said, "needs", where, ("place", "question")) if "needs" in said else ""
            ),
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return MappingProxyType(found)
