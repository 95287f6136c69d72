"""Every few seconds: whatever is overdue (never woken, lease expired, retry due) is woken again; what is due is deleted.

Safe to run twice at once, and on any machine.
"""

from __future__ import annotations

import logging

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot import outbox
from bot.channels import Account, MediaFailed
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import SqlWebChatStore
from bot.clock import db_now, now
from bot.database import reading, transaction
from bot.inbox import insert_for
from bot.media.vault import VaultError
from bot.messages import Attachment
from bot.queue import DELIVER, THINK, TURN
from bot.tables import Forget, Heartbeat, InboundRow, Photo, Receipt
from worker import engine as engine_room
from worker import turn
from worker.catching_up import catch_up, once_every
from worker.parts import Parts

__all__ = ["run"]

log = logging.getLogger(__name__)

AT_ONCE = 500
FORGET_TRIES = 12
# Telegram repeats an update for 24 h, Twilio's callbacks come within hours: after that no duplicate can come.
KEEP_IDS_S = 3 * 86_400.0
# A file without a row may still get one: it is written before its row is committed, and what the web chat received
# before consent waits up to 24 h for it.
ORPHAN_S = 48 * 3600.0


def run(parts: Parts) -> None:
    """One sweep."""
    try:
        _wake_overdue(parts)
        beat(parts, "sweep")
        catch_up(parts)
        _forget_copies(parts)
        _expire(parts)
    except SQLAlchemyError as error:
        log.warning("sweep_database_failed", extra={"error": type(error).__name__})


def beat(parts: Parts, process: str) -> None:
    """Notes that a process of this kind is at work."""
    with transaction(parts.engine) as connection:
        connection.execute(
            insert_for(connection)(Heartbeat)
            .values(process=process, at=db_now())
            .on_conflict_do_update(index_elements=["process"], set_={"at": db_now()})
        )


def _wake_overdue(parts: Parts) -> None:
    with reading(parts.engine) as connection:
        chats = turn.overdue(connection, AT_ONCE)
        sends = outbox.chats_with_work(connection, AT_ONCE)
        jobs = engine_room.overdue(connection, AT_ONCE)
    for task, ids in ((TURN, chats), (DELIVER, sends), (THINK, jobs[:1])):
        for row_id in ids:
            parts.wake(task, row_id)
    if chats or sends or jobs:
        log.debug("sweep_woke", extra={"chats": len(chats), "sends": len(sends), "jobs": len(jobs)})


def _forget_copies(parts: Parts) -> None:
    """Deletes providers' copies; what cannot be deleted now is tried again, at longer and longer intervals."""
    with transaction(parts.engine) as connection:
        rows = connection.execute(
            select(Forget).where(Forget.next_try_at <= db_now()).order_by(Forget.next_try_at).limit(20)
        ).all()
        # Claimed by moving the due time on: a second sweep leaves them alone.
        connection.execute(
            update(Forget)
            .where(Forget.id.in_([r.id for r in rows]))
            .values(next_try_at=db_now() + 120.0, attempts=Forget.attempts + 1)
        )
    for row in rows:
        channel = parts.channels.get(Account(row.channel, row.account))
        keep = channel is None  # an account that this worker does not know yet
        try:
            if channel is not None:
                channel.forget(Attachment(ref=row.ref, message_ref=row.message_ref))
        except MediaFailed as error:
            keep = error.retryable and row.attempts + 1 < FORGET_TRIES
            log.warning("forget_failed", extra={"forget_id": row.id, "reason": error.reason, "again": keep})
        with transaction(parts.engine) as connection:
            if keep:
                wait_s = min(6 * 3600.0, 60.0 * 2.0**row.attempts)
                connection.execute(
                    update(Forget).where(Forget.id == row.id).values(next_try_at=db_now() + wait_s)
                )
            else:
                connection.execute(delete(Forget).where(Forget.id == row.id))


def _expire(parts: Parts) -> None:
    """Photographs past their days, files without a row, and ids that no duplicate can name any more."""
    with transaction(parts.engine) as connection:
        names = list(
            connection.execute(
                select(Photo.name).where(Photo.expires_at <= db_now()).limit(AT_ONCE)
            ).scalars()
        )
        # The key first: from here on the file is noise, whatever happens to it.
        connection.execute(delete(Photo).where(Photo.name.in_(names)))
        connection.execute(
            delete(InboundRow).where(
                InboundRow.state == "done", InboundRow.received_at < db_now() - KEEP_IDS_S
            )
        )
        connection.execute(delete(Receipt).where(Receipt.at < db_now() - KEEP_IDS_S))
    # What the web chat shows is kept as long as photographs are; what never reached the inbox, two days.
    unused = SqlWebChatStore(parts.engine).sweep(
        now() - parts.settings.photo_days * 86_400.0, now() - 2 * 86_400.0
    )
    try:
        for ref in unused:
            parts.channels[WEBCHAT].forget(Attachment(ref=ref))
        for name in names:
            parts.vault.delete(name)
        if once_every(parts, "orphans", 3600.0) is not None:
            _delete_orphans(parts)
    except (VaultError, MediaFailed) as error:
        log.warning("vault_sweep_failed", extra={"error": type(error).__name__})


def _delete_orphans(parts: Parts) -> None:
    names = parts.vault.names(older_than_s=ORPHAN_S)
    if not names:
        return
    with transaction(parts.engine) as connection:
        known = set(connection.execute(select(Photo.name)).scalars())
    for name in names:
        if name not in known:
            parts.vault.delete(name)
