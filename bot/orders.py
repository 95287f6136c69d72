"""What somebody at the console wants done and only a worker can do: erasing, a backup, a training set.

The web process knows neither the erasing of providers' copies nor the machine's disk; so it writes down what is wanted, and by
whom. Rows that the sweep takes, oldest first. The only writer of `orders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, insert, or_, select, update

from bot import audit
from bot.clock import db_now
from bot.tables import Order

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
    "take",
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


def ask(connection: Connection, kind: Kind, subject: int | str, by: int) -> int:
    """The number of the order; the same as before where it is wanted already."""
    # Two at the same moment make two orders of one thing: the second finds nothing left to do.
    known = (
        connection.execute(
            select(Order.id)
            .where(Order.kind == kind, Order.subject == str(subject), Order.state == "wanted")
            .order_by(Order.id)
        )
        .scalars()
        .first()
    )
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
                details={},
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
    """Ends an order. The number of what was erased is not kept: it may be another's one day."""
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
