"""What somebody at the console wants done and only a worker can do: erasing, a backup, a training set.

The web process knows neither the erasing of providers' copies nor the machine's disk; so it writes down what is wanted, and by
whom. Rows that the sweep takes, oldest first. The only writer of `orders`.

What is to be erased is named by its number and its mark: SQLite gives the number of what is gone to the next one, and that is
somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, insert, or_, select, update

from bot import audit
from bot.clock import db_now
from bot.tables import CaseRow, Chat, Order

__all__ = [
    "LEASE_S",
    "Kind",
    "Ordered",
    "ask",
    "finish",
    "kept_sets",
    "last_done",
    "latest",
    "let_go",
    "mark",
    "take",
    "there",
]

Kind = Literal["erase_chat", "erase_case", "backup", "training_set"]
# A worker that died over one leaves it to the next.
LEASE_S = 1800.0


@dataclass(frozen=True, slots=True)
class Ordered:
    """One order. Times: epoch s. details: counts and fixed words."""

    id: int
    kind: Kind
    subject: str
    state: Literal["wanted", "done", "failed"]
    by: int
    created_at: float
    done_at: float | None
    details: Mapping[str, Any]


def mark(code: str, created_at: float) -> str:
    """What tells a case (by its code), or a chat (code ''; by when it began), from another that gets its number."""
    return code or repr(created_at)


def _mark(connection: Connection, kind: Kind, subject: str) -> str:
    """The mark of what has this number now; '' where there is none, or it is of no kind that is erased."""
    if kind == "erase_case":
        named = select(CaseRow.code).where(CaseRow.id == int(subject))
        return connection.execute(named).scalar_one_or_none() or ""
    if kind == "erase_chat":
        began = select(Chat.created_at).where(Chat.id == int(subject))
        created_at = connection.execute(began).scalar_one_or_none()
        return "" if created_at is None else mark("", created_at)
    return ""


def there(connection: Connection, order: Ordered) -> bool:
    """Whether what was ordered to be erased still has its number; asked in the transaction that erases it."""
    marked = order.details.get("mark")
    # None: ordered by a version that did not mark.
    return marked is None or marked == _mark(connection, order.kind, order.subject)


def ask(connection: Connection, kind: Kind, subject: int | str, by: int) -> int:
    """The number of the order; the same as before where it is wanted already."""
    marked = _mark(connection, kind, str(subject))
    details = {"mark": marked} if kind.startswith("erase") else {}
    # Two at the same moment make two orders of one thing: the second finds nothing left to do.
    wanted = connection.execute(
        select(Order.id, Order.details)
        .where(Order.kind == kind, Order.subject == str(subject), Order.state == "wanted")
        .order_by(Order.id)
    ).all()
    known = next((row.id for row in wanted if row.details.get("mark", "") == marked), None)
    if known is not None:
        return int(known)
    order_id = int(
        connection.execute(
            insert(Order)
            .values(
                kind=kind,
                subject=str(subject),
                state="wanted",
                by_person=by,
                created_at=db_now(),
                details=details,
            )
            .returning(Order.id)
        ).scalar_one()
    )
    audit.record(connection, f"{kind}_ordered", str(subject) or order_id, by=by, after={"order": order_id})
    return order_id


def take(connection: Connection) -> Ordered | None:
    """The oldest order that nobody is at, for who will do it now; None where there is none."""
    row = connection.execute(
        select(Order)
        .where(Order.state == "wanted", or_(Order.until.is_(None), Order.until < db_now()))
        .order_by(Order.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    connection.execute(update(Order).where(Order.id == row.id).values(until=db_now() + LEASE_S))
    return _read(row)


def finish(
    connection: Connection, order: Ordered, state: Literal["done", "failed"], details: Mapping[str, Any]
) -> None:
    """Ends an order. Number and mark of what was erased are not kept: the number may be another's one day."""
    kept = "" if order.kind.startswith("erase") else order.subject
    connection.execute(
        update(Order)
        .where(Order.id == order.id)
        .values(state=state, done_at=db_now(), until=None, details=dict(details), subject=kept)
    )


def latest(connection: Connection, kinds: tuple[Kind, ...], most: int = 10) -> list[Ordered]:
    """Orders of these kinds, the latest first."""
    rows = connection.execute(
        select(Order).where(Order.kind.in_(kinds)).order_by(Order.id.desc()).limit(most)
    ).all()
    return [_read(row) for row in rows]


def kept_sets(connection: Connection) -> list[Ordered]:
    """Training sets that were made and are not known to be gone, with the consents that they rest on."""
    rows = connection.execute(
        select(Order).where(Order.kind == "training_set", Order.state == "done").order_by(Order.id)
    ).all()
    return [order for row in rows if (order := _read(row)).details.get("consents")]


def let_go(connection: Connection, order: Ordered, *, taken_back: bool) -> None:
    """A set is gone: what it rested on is forgotten with it. taken_back: a patient took a consent back, or was erased."""
    details = {**order.details, "consents": [], "taken_back": taken_back}
    connection.execute(update(Order).where(Order.id == order.id).values(details=details))


def last_done(connection: Connection, kind: Kind) -> Ordered | None:
    """The latest of its kind that was done."""
    row = connection.execute(
        select(Order).where(Order.kind == kind, Order.state == "done").order_by(Order.id.desc()).limit(1)
    ).first()
    return None if row is None else _read(row)


def _read(row: Any) -> Ordered:
    return Ordered(
        row.id,
        cast(Kind, row.kind),
        row.subject,
        row.state,
        row.by_person,
        row.created_at,
        row.done_at,
        row.details,
    )
