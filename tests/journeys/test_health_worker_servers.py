"""The same on a real Redis and a real PostgreSQL, where several workers' turns hold their rows at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests import servers
from tests.journeys.test_health_worker import whole
from tests.journeys.test_kinds import real_town
from tests.journeys.town import Town

__all__ = ["real_town"]

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(300)]


def test_workers_with_mixed_patients_and_clinicians_on_redis_and_postgresql(
    real_town: Town, redis_server: servers.RedisServer
) -> None:
    server = redis.Redis.from_url(redis_server.url)
    before = server.info("stats")["total_commands_processed"]
    asked = (("telegram", "ar"), ("whatsapp", "sw"), ("telegram", "en"))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: whole(real_town, *one), asked))
    # Each of them forwarded seven things, and each turn was woken by a task that went in and came out.
    assert server.info("stats")["total_commands_processed"] > before + 2 * 7 * len(asked)
    server.close()
    assert real_town.parts.engine.dialect.name == "postgresql"
