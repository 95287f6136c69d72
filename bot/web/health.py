"""GET /health: is this server at work. Numbers and states only; no person, no address.

200 'ok' or 503 with what is wrong; the engines that were seen lately and how much waits for them; with NGOZI_METRICS=1 also
counts of rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import alerts
from bot.clock import db_now
from bot.database import reading
from bot.durations import DAY_S
from bot.settings import Settings
from bot.spool import Spool
from bot.tables import Breaker, Chat, FindingsJob, Heartbeat, InboundRow, ReplyRow, TalkJob

__all__ = ["CLOCK_S", "ENGINE", "no_model", "routes"]

log = logging.getLogger(__name__)

# The sweep beats every sweep_s; this many missed ones are a stopped worker.
MISSED_SWEEPS = 4

# What lies so far in the future was written under a clock that ran ahead.
CLOCK_S = 60.0

# An engine that beat so long ago is not counted on; and so long may findings wait, with no engine and with one at work:
# starting takes a minute, a long line of photographs some.
ENGINE_BEATS_S = 60.0
NOBODY_S = 300.0
STUCK_S = 1800.0

# What the names of engines among the heartbeats begin with; the rest of a name is not shown.
ENGINE = "engine:"
ENGINE_SHOWN_S = 600.0
_OF_ENGINE = (
    "loaded", "loading", "device", "memory_mib", "device_memory_mib", "language_model", "last_error",
)  # fmt: skip


def routes(settings: Settings, engine: Engine, spool: Spool) -> list[Route]:
    """The health page."""

    def look() -> tuple[int, dict[str, Any]]:
        answer: dict[str, Any] = {
            "status": "ok",
            "spooled": spool.count(),
            "set_aside": spool.aside.count(),
        }
        try:
            with reading(engine) as connection:
                swept = connection.execute(
                    select(db_now() - Heartbeat.at).where(Heartbeat.process == "sweep")
                ).scalar_one_or_none()
                overdue = connection.execute(
                    select(func.coalesce(func.max(db_now() - Chat.due_at), 0.0)).where(Chat.due_at < db_now())
                ).scalar_one()
                answer["database"] = "ok"
                answer["swept_s_ago"] = None if swept is None else round(swept, 1)
                answer["oldest_unanswered_s"] = round(overdue, 1)
                answer["engines"] = _engines(connection)
                waits_s = connection.execute(
                    select(func.coalesce(func.max(db_now() - FindingsJob.created_at), 0.0)).where(
                        FindingsJob.state == "wanted"
                    )
                ).scalar_one()
                answer["oldest_findings_s"] = round(waits_s, 1)
                given_up = connection.execute(select(_given_up().exists())).scalar_one()
                answer["waiting"] = {
                    "findings": _wanted(connection, FindingsJob),
                    "talk": _wanted(connection, TalkJob),
                }
                answer["alerts_untold"] = connection.execute(
                    select(func.count()).select_from(ReplyRow).where(alerts.untold())
                ).scalar_one()
                if settings.metrics:
                    answer["rows"] = {
                        name: dict(
                            connection.execute(select(table.state, func.count()).group_by(table.state))
                            .tuples()
                            .all()
                        )
                        for name, table in (
                            ("inbound", InboundRow),
                            ("replies", ReplyRow),
                            ("findings", FindingsJob),
                            ("talk", TalkJob),
                        )
                    }
                    answer["resent"] = connection.execute(
                        select(func.coalesce(func.sum(ReplyRow.resent), 0))
                    ).scalar_one()
                    answer["breakers_open"] = connection.execute(
                        select(func.count()).select_from(Breaker).where(Breaker.open_until > db_now())
                    ).scalar_one()
        except SQLAlchemyError as error:
            log.warning("health_database_failed", extra={"error": type(error).__name__})
            answer |= {"status": "database away", "database": "away"}
            return 503, answer
        if swept is not None and swept < -CLOCK_S:
            answer["status"] = "the clock went back"
            return 503, answer
        if swept is None or swept > settings.sweep_s * MISSED_SWEEPS + 5:
            answer["status"] = "no worker has swept lately"
            return 503, answer
        if answer["alerts_untold"]:
            answer["status"] = "an alert reached nobody"
            return 503, answer
        if settings.model != "off" and no_model(answer["engines"], waits_s, given_up=given_up):
            answer["status"] = "no model answers"
            return 503, answer
        return 200, answer

    async def health(_: Request) -> Response:
        status, answer = await run_in_threadpool(look)
        return JSONResponse(answer, status_code=status, headers={"Cache-Control": "no-store"})

    return [Route("/health", health, methods=["GET"])]


def no_model(engines: Iterable[Mapping[str, Any]], waits_s: float, *, given_up: bool = False) -> bool:
    """True where photographs are not judged: no engine has a model and one says why, or findings have waited too long.

    engines: as on the page. waits_s: the age of the oldest findings that are wanted. given_up: the newest ones were not made.
    """
    alive = [one for one in engines if one["seen_s_ago"] < ENGINE_BEATS_S]
    if any(one.get("loaded") for one in alive):
        return waits_s > STUCK_S
    return given_up or waits_s > NOBODY_S or any(one.get("last_error") for one in alive)


def _given_up() -> Select[Any]:
    """Findings of the last day that were given up (worker.late_findings), where none that were wanted later were made."""
    later = aliased(FindingsJob)
    made = select(later.id).where(later.state == "done", later.id > FindingsJob.id)
    return select(FindingsJob.id).where(
        FindingsJob.state == "parked", FindingsJob.created_at > db_now() - DAY_S, ~made.exists()
    )


def _wanted(connection: Connection, table: type[FindingsJob | TalkJob]) -> int:
    """How many rows wait for an engine, those that one is working on included."""
    return int(
        connection.execute(
            select(func.count()).select_from(table).where(table.state == "wanted")
        ).scalar_one()
    )


def _engines(connection: Connection) -> list[dict[str, Any]]:
    """What each engine that was seen lately said of itself."""
    age = (db_now() - Heartbeat.at).label("age_s")
    rows = connection.execute(
        select(Heartbeat.details, age)
        .where(Heartbeat.process.startswith(ENGINE), Heartbeat.at > db_now() - ENGINE_SHOWN_S)
        .order_by(Heartbeat.process)
    ).all()
    return [
        {"seen_s_ago": round(row.age_s, 1)}
        | {k: v for k, v in (row.details or {}).items() if k in _OF_ENGINE}
        for row in rows
    ]
