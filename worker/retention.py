"""The sweep that holds to the table of ages (`worker.retention_rules`), and tells the console of it.

Rows go in batches, each chosen without a lock and deleted in a transaction of its own, so that a large backlog holds up no
writer for longer than a batch.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from bot import outbox
from bot.database import reading, transaction, wipe_log
from bot.packs import counted
from bot.tables import Heartbeat
from worker import kept
from worker.catching_up import once_every
from worker.parts import Parts
from worker.retention_rules import RULES, Rule

__all__ = ["run"]

log = logging.getLogger(__name__)

EVERY_S = 60.0
BATCH = 200
# Of each rule in one run; the rest goes in the next. Other writers come in between batches.
BATCHES = 20
BREATH_S = 0.01


def _say(connection: Connection) -> None:
    """Has the console show the table: the web process does not know these rules."""
    said = kept.told()
    mine = Heartbeat.process == "retention"
    if connection.execute(select(Heartbeat.details).where(mine)).scalar_one_or_none() != said:
        connection.execute(update(Heartbeat).where(mine).values(details=said))


def run(parts: Parts) -> None:
    """Once a minute, in one process, what is too old goes. No network."""
    if once_every(parts, "retention", EVERY_S) is None:
        return
    with transaction(parts.engine) as connection:
        outbox.drop_stale(connection)
        counted.forget_old(connection)
        _say(connection)
    gone = {rule.code: count for rule in RULES if (count := _apply(parts.engine, rule))}
    if gone:
        log.info("retention", extra={"rows": gone})
    wipe_log(parts.engine)


def _apply(engine: Engine, rule: Rule) -> int:
    """How many rows went."""
    done = gone = 0
    for _ in range(BATCHES):
        with reading(engine) as connection:
            found = list(
                connection.execute(select(rule.key).where(*rule.old(rule.before)).limit(BATCH)).scalars()
            )
        gone = _batch(engine, rule, found) if found else 0
        done += gone
        if len(found) < BATCH or not gone:
            break
        time.sleep(BREATH_S)
    return done


def _batch(engine: Engine, rule: Rule, found: Sequence[Any]) -> int:
    """Those of `found` that are still too old, and that nobody else is writing to, go in one transaction."""
    with transaction(engine) as connection:
        still = (
            select(rule.key)
            .where(rule.key.in_(found), *rule.old(rule.before))
            .with_for_update(skip_locked=True)
        )
        ids = list(connection.execute(still).scalars())
        if ids:
            rule.act(connection, ids)
    return len(ids)
