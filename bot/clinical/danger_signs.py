"""The signs of danger that every case is asked, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import rows
from bot.messages import Text, Urgency

__all__ = ["AGES", "GROUPS", "DangerSign", "all_signs", "parse", "sign", "signs_for"]

AGES = ("infant", "child", "adult", "middle", "older")
GROUPS = (1, 2, 3)

_NEEDED = {"id", "who", "question", "urgency", "group", "source", "tag", "status"}
_OPTIONAL = {"ages", "with", "alone", "check", "aid", "note"}


@dataclass(frozen=True, slots=True)
class DangerSign:
    """One sign. A yes means `urgency`.

    ages: the age groups that are asked. also: a second question after a yes; only with a yes (or don't know) to it
    does `urgency` hold, else `alone`. check: how to look again. aid: first aid that is said with 'go now'.
    source: section and register entry of the collected facts.
    """

    id: str
    who: str
    question: Text
    urgency: Urgency
    group: int
    ages: frozenset[str]
    source: str
    tag: str
    status: rows.Status
    also: Text | None = None
    alone: Urgency | None = None
    check: Text | None = None
    aid: Text | None = None


@cache
def all_signs() -> tuple[DangerSign, ...]:
    """Every sign in the order in which it is asked. Raises BadRow where the file is wrong."""
    return parse(rows.document("danger_signs.yaml"))


def sign(sign_id: str) -> DangerSign:
    """The sign of that id. Raises KeyError."""
    for found in all_signs():
        if found.id == sign_id:
            return found
    raise KeyError(sign_id)


def signs_for(age: str) -> tuple[DangerSign, ...]:
    """The signs asked for an age group, in order; '' (age not told) is asked as an adult."""
    return tuple(s for s in all_signs() if (age or "adult") in s.ages)


def parse(document: Mapping[str, object]) -> tuple[DangerSign, ...]:
    """The signs of a read data file. Raises BadRow."""
    listed = document.get("signs")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"signs is {listed!r}; expected a list of rows")
    signs = tuple(_sign(row, f"signs[{n}]") for n, row in enumerate(listed))
    ids = [s.id for s in signs]
    if len(set(ids)) != len(ids):
        raise rows.BadRow(f"ids of signs are {ids}; expected each once")
    return signs


def _sign(row: object, where: str) -> DangerSign:
    said = rows.known_keys(row, where, _NEEDED, _OPTIONAL)
    where = f"{where} {said['id']}"
    if ("with" in said) != ("alone" in said):
        raise rows.BadRow(f"{where}: 'with' and 'alone' come together")
    group = said["group"]
    if not isinstance(group, int) or group not in GROUPS:
        raise rows.BadRow(f"{where}: group is {group!r}; expected one of {GROUPS}")
    ages = said.get("ages", list(AGES))
    if not isinstance(ages, list) or not ages or not set(ages) <= set(AGES):
        raise rows.BadRow(f"{where}: ages is {ages!r}; expected some of {AGES}")

    def optional(key: str) -> Text | None:
        return Text(rows.message_id(said, key, where)) if key in said else None

    return DangerSign(
        id=rows.text(said, "id", where),
        who=rows.choice(said, "who", where, ("all", "adult", "child", "infant")),
        question=Text(rows.message_id(said, "question", where)),
        urgency=rows.urgency(said, "urgency", where),
        group=group,
        ages=frozenset(ages),
        source=rows.text(said, "source", where),
        tag=rows.choice(said, "tag", where, rows.TAGS),
        status=rows.status(said, where),
        also=optional("with"),
        alone=rows.urgency(said, "alone", where) if "alone" in said else None,
        check=optional("check"),
        aid=optional("aid"),
    )
