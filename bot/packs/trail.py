"""The audit trail's rows about packs: ids, hashes and counts, no sentence."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from bot.clock import db_now
from bot.tables import Audit

__all__ = ["record"]


def record(
    connection: Connection,
    what: str,
    subject: str,
    by: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **details: Any,
) -> None:
    """Who did what to a pack, in the transaction that does it."""
    said = {"by": by, "before": before, "after": after, **details}
    connection.execute(insert(Audit).values(at=db_now(), what=what, subject=subject, details=said))
