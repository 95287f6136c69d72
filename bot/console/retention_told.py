"""What is kept how long, as the worker that deletes it told (worker.retention writes it beside its heartbeat)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.tables import Heartbeat

__all__ = ["table"]


def table(connection: Connection) -> list[tuple[str, str, str, str]]:
    """(code, what, how long, why) in English, as deploy/TECHNICIAN.md has it; [] where no worker has swept yet.

    code: what the row's messages end in, '' where the worker told none.
    """
    details = connection.execute(
        select(Heartbeat.details).where(Heartbeat.process == "retention")
    ).scalar_one_or_none()
    rows, codes = (details or {}).get("kept", []), (details or {}).get("codes", [])
    if len(codes) != len(rows):
        codes = [""] * len(rows)
    return [
        (str(code), str(what), str(kept), str(why))
        for code, (what, kept, why) in zip(codes, rows, strict=True)
    ]
