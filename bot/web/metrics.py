"""GET /metrics for Prometheus, with NGOZI_METRICS=1: numbers by kind and account, asked of the database at each call.

No id, no address, no words; an account is named as the settings name it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels import Account
from bot.console import operations
from bot.database import reading
from bot.settings import Settings
from bot.spool import Spool

__all__ = ["routes"]

log = logging.getLogger(__name__)


class _Numbers(Collector):
    """What is asked at each call."""

    def __init__(self, engine: Engine, accounts: Sequence[Account], spool: Spool) -> None:
        self._engine = engine
        self._accounts = accounts
        self._spool = spool

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when the collector is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One family after another. Raises SQLAlchemyError where the database is away."""
        with reading(self._engine) as connection:
            lines = operations.lines(connection)
            letters = operations.count_letters(connection)
            channels = operations.channels(connection, self._accounts)
            engines = operations.engines(connection)
            swept = operations.swept_s_ago(connection)
        waiting = GaugeMetricFamily("ngozi_waiting", "Rows that wait.", labels=["kind"])
        oldest = GaugeMetricFamily(
            "ngozi_oldest_waiting_seconds", "How long the oldest of them has waited.", labels=["kind"]
        )
        for line in lines:
            waiting.add_metric([line.kind], line.count)
            oldest.add_metric([line.kind], line.oldest_s or 0.0)
        dead = GaugeMetricFamily("ngozi_dead_letters", "What was given up.", labels=["kind"])
        for kind, count in letters.items():
            dead.add_metric([kind], count)
        ended = GaugeMetricFamily(
            "ngozi_replies_last_day",
            "Replies of the last day by how they ended.",
            labels=["channel", "account", "outcome"],
        )
        broken = GaugeMetricFamily(
            "ngozi_account_failures", "Failures in a row; 0: it works.", labels=["channel", "account"]
        )
        heard = GaugeMetricFamily(
            "ngozi_last_message_timestamp_seconds",
            "When a message came in last.",
            labels=["channel", "account"],
        )
        for one in channels:
            name = [one.account.channel, one.account.name]
            ended.add_metric([*name, "sent"], one.sent)
            ended.add_metric([*name, "failed"], one.failed)
            broken.add_metric(name, one.failures)
            if one.last_in is not None:
                heard.add_metric(name, one.last_in)
        yield from (waiting, oldest, dead, ended, broken, heard)
        yield GaugeMetricFamily("ngozi_engines", "Engines seen within ten minutes.", value=len(engines))
        yield GaugeMetricFamily("ngozi_spooled", "Calls in this process's spool.", value=self._spool.count())
        aside = self._spool.aside.count()
        yield GaugeMetricFamily(
            "ngozi_set_aside", "Calls that the database refuses, in the spool's folder.", value=aside
        )
        if swept is not None:
            yield GaugeMetricFamily("ngozi_swept_seconds_ago", "Since a worker swept.", value=swept)


def routes(settings: Settings, engine: Engine, accounts: Sequence[Account], spool: Spool) -> list[Route]:
    """The page, or none where the setting is off."""
    if not settings.metrics:
        return []
    # A registry of our own: the library's has figures of this process, and one for all that were ever made.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(engine, accounts, spool))

    def look() -> Response:
        try:
            body = generate_latest(registry)
        except SQLAlchemyError as error:
            log.warning("metrics_database_failed", extra={"error": type(error).__name__})
            return Response(status_code=503, headers={"Cache-Control": "no-store"})
        return Response(body, headers={"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST})

    async def metrics(_: Request) -> Response:
        return await run_in_threadpool(look)

    return [Route("/metrics", metrics, methods=["GET"])]
