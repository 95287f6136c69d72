"""When somebody is asked again how it is: intervals by what was found, as data, and the choice among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, cast

from bot.clinical import rows
from bot.messages import Urgency

__all__ = ["MOST", "MOST_DAYS", "Ask", "FollowUp", "Kind", "Table", "parse", "plan", "table"]

# Reminders of one case. Source: issue and clinical.md section 6.
MOST = 2
# Answers are kept for 30 days of silence; quiet hours may put a reminder off by one.
MOST_DAYS = 28
# Who was sent on today is asked soon, whatever the condition.
_SOON_DAYS = 2

Kind = Literal["better", "visit"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One reminder. kind: 'better' (better, same or worse?) or 'visit' (did a health worker look at it?).

    days: after the result was told.
    """

    kind: Kind
    days: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One row. asks: in order, none where nothing is asked."""

    name: str
    asks: tuple[Ask, ...]
    source: str
    tag: str
    status: rows.Status


@dataclass(frozen=True, slots=True)
class Table:
    """All rows. by_code: by a condition's code in lower case."""

    by_urgency: Mapping[Urgency, FollowUp]
    suspicious: FollowUp
    by_code: Mapping[str, FollowUp]


@cache
def table() -> Table:
    """The shipped rows. Raises BadRow where the file is wrong."""
    return parse(rows.document("follow_up.yaml"))


def plan(urgency: Urgency, codes: Iterable[str], *, suspicious: bool) -> tuple[Ask, ...]:
    """What is asked after a result, and when.

    codes: conditions that were found, of any catalogue. suspicious: a spot that may be a cancer. Of several rows one that asks
    after the visit comes first, then the one that asks soonest. `now` is never asked about again.
    """
    known = table()
    if urgency is Urgency.NOW:
        return known.by_urgency[urgency].asks
    found = [known.by_code[code.lower()] for code in codes if code.lower() in known.by_code]
    if suspicious:
        found.append(known.suspicious)
    if urgency is Urgency.TODAY:
        soon = [row for row in found if row.asks and row.asks[0].days <= _SOON_DAYS]
        # A spot that may be a cancer is asked about by the visit, whatever else was found beside it.
        found = soon if soon and not suspicious else [*soon, known.by_urgency[urgency]]
    asking = [row for row in found if row.asks]
    if not asking:
        return () if found else known.by_urgency[urgency].asks
    return min(asking, key=lambda row: (row.asks[0].kind != "visit", row.asks[0].days)).asks


def parse(document: Mapping[str, object]) -> Table:
    """The rows of a read data file. Raises BadRow."""
    said = rows.known_keys(
        document, "follow_up", {"version", "by_urgency", "suspicious", "conditions"}, set()
    )
    urgent = rows.known_keys(said["by_urgency"], "by_urgency", {u.value for u in Urgency}, set())
    listed = said["conditions"]
    if not isinstance(listed, dict) or not listed:
        raise rows.BadRow(f"conditions is {listed!r}; expected a mapping of names")
    by_code: dict[str, FollowUp] = {}
    for name, row in listed.items():
        where = f"conditions.{name}"
        found = _row(name, row, where, {"codes"})
        for code in rows.words(row, "codes", where):
            if code != code.lower() or code in by_code:
                raise rows.BadRow(f"{where}: code {code!r}; expected lower case, and each code once")
            by_code[code] = found
    by_urgency = {u: _row(u.value, urgent[u.value], f"by_urgency.{u.value}", set()) for u in Urgency}
    if by_urgency[Urgency.NOW].asks:
        raise rows.BadRow("by_urgency.now asks; expected no reminder after an emergency")
    return Table(
        MappingProxyType(by_urgency),
        _row("suspicious", said["suspicious"], "suspicious", set()),
        MappingProxyType(by_code),
    )


def _row(name: str, row: object, where: str, more: set[str]) -> FollowUp:
    said = rows.known_keys(row, where, {"asks", "source", "tag", "status", *more}, {"note"})
    asks = said["asks"]
    if not isinstance(asks, list) or len(asks) > MOST:
        raise rows.BadRow(f"{where}: asks is {asks!r}; expected a list of at most {MOST}")
    read = tuple(_ask(one, where) for one in asks)
    if any(a.days >= b.days for a, b in pairwise(read)):
        raise rows.BadRow(
            f"{where}: days are {[a.days for a in read]}; expected each later than the one before"
        )
    return FollowUp(
        name=name,
        asks=read,
        source=rows.text(said, "source", where),
        tag=rows.choice(said, "tag", where, rows.TAGS),
        status=rows.status(said, where),
    )


def _ask(row: object, where: str) -> Ask:
    said = rows.known_keys(row, f"{where}.asks", {"ask", "days"}, set())
    days = said["days"]
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise rows.BadRow(f"{where}: days is {days!r}; expected a number from 1 to {MOST_DAYS}")
    return Ask(cast(Kind, rows.choice(said, "ask", where, ("better", "visit"))), days)
