"""What is kept how long, as the worker that deletes it told (worker.retention writes it beside its heartbeat)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.tables import Heartbeat

__all__ = ["table"]


def table(connection: Connection) -> list[tuple[str, str, str]]:
    """(what, how long, why) in English, as deploy/TECHNICIAN.md has it; [] where no worker has swept yet."""
    details = connection.execute(
        select(Heartbeat.details).where(Heartbeat.process == "retention")
    ).scalar_one_or_none()
    return [(str(what), str(kept), str(why)) for what, kept, why in (details or {}).get("kept", [])]
