"""The net under an outage: messages that a provider holds and never told us of (Twilio hardly tries again).

Once a minute one process lists what came in lately and gives it to the inbox, which knows what it has already.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot import inbox
from bot.channels import RawUpdate, SendFailed
from bot.clock import db_now, now
from bot.database import RECORDS_FAULTS, insert_for, is_records_fault, transaction
from bot.queue import TURN
from bot.tables import Heartbeat
from worker.parts import Parts

__all__ = ["catch_up", "once_every"]

log = logging.getLogger(__name__)

EVERY_S = 60.0
# How far back each look goes; after a longer outage the first looks go further (`since`).
LOOK_BACK_S = 900.0
CLOCK_S = 60.0
LONGEST_S = 24 * 3600.0


@runtime_checkable
class ListsMissed(Protocol):
    """A channel whose provider can be asked what came in."""

    def missed_since(self, since: float) -> Iterator[RawUpdate]: ...


def once_every(parts: Parts, name: str, every_s: float) -> float | None:
    """Seconds since the last time (0.0 for the first), for whoever may do it now; None for all others."""
    with transaction(parts.engine) as connection:
        connection.execute(
            insert_for(connection)(Heartbeat).values(process=name, at=0.0).on_conflict_do_nothing()
        )
        row = connection.execute(
            Heartbeat.__table__.select()
            .where(Heartbeat.process == name)
            .with_only_columns((db_now() - Heartbeat.at).label("ago"), Heartbeat.at)
        ).one()
        won = connection.execute(
            update(Heartbeat)
            .where(
                Heartbeat.process == name,
                Heartbeat.at == row.at,
                # A time to come was written under a clock that ran ahead: waiting for it would stop this for good.
                or_(Heartbeat.at < db_now() - every_s, Heartbeat.at > db_now() + CLOCK_S),
            )
            .values(at=db_now())
        )
    if won.rowcount != 1:
        return None
    return 0.0 if row.at == 0.0 else float(row.ago)


def catch_up(parts: Parts) -> int:
    """How many messages were found that nobody had told us of."""
    found = 0
    for account, channel in parts.channels.items():
        if not isinstance(channel, ListsMissed):
            continue
        name = f"{account.channel}:{account.name}"
        if once_every(parts, f"missed {name}"[:60], EVERY_S) is None:
            continue
        # What counts is the last look that came through: one that failed must not shorten the next.
        caught = f"caught {name}"[:60]
        with transaction(parts.engine) as connection:
            ago = connection.execute(
                select(db_now() - Heartbeat.at).where(Heartbeat.process == caught)
            ).scalar_one_or_none()
        ago = LONGEST_S if ago is None else float(ago)
        began = now()
        since = now() - min(LONGEST_S, max(LOOK_BACK_S, ago + 60.0))
        try:
            # Listed whole before it is kept: no transaction waits for the network.
            missed = list(channel.missed_since(since))
        except SendFailed as error:
            log.info("catching_up_failed", extra={"channel": account.channel, "code": error.code})
            continue
        for raw in missed:
            # By when it was sent, not found: what was said before all was erased is not kept now.
            try:
                woken = inbox.receive(parts.engine, account, (raw,), received_at=raw.sent_at)
            except (SQLAlchemyError, *RECORDS_FAULTS) as error:
                if not is_records_fault(error):
                    raise
                # Nobody is kept waiting by one message that cannot be kept.
                log.error("missed_refused", extra={"channel": account.channel, "error": type(error).__name__})
                continue
            for chat_id in woken:
                found += 1
                parts.wake(TURN, chat_id)
        with transaction(parts.engine) as connection:
            values = {"at": db_now() - (now() - began)}
            connection.execute(
                insert_for(connection)(Heartbeat)
                .values(process=caught, **values)
                .on_conflict_do_update(index_elements=["process"], set_=values)
            )
    if found:
        log.warning("caught_up", extra={"messages": found})
    return found
