"""Every few seconds: whatever is overdue (never woken, lease expired, retry due) is woken again; what is due is deleted.

Safe to run twice at once, and on any machine.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot import outbox, photo_terms, reminders, talk, weekly
from bot.channels import Account, MediaFailed
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import SqlWebChatStore
from bot.clock import db_now, now
from bot.database import insert_for, reading, transaction
from bot.durations import DAY_S
from bot.media.vault import VaultError
from bot.messages import Attachment
from bot.queue import DELIVER, THINK, TURN, HasLine
from bot.tables import Forget, Heartbeat, Photo
from worker import engine as engine_room
from worker import jumps, knocking, late_findings, orders, retention, sounds, stragglers, turn, unreached
from worker.catching_up import catch_up, once_every
from worker.parts import Parts

__all__ = ["run"]

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 500
# One wake-up makes the engine work off all findings that are wanted.
MOST_WAITING = {TURN: AT_ONCE, DELIVER: AT_ONCE, THINK: 1}
# With pauses of at most six hours about three weeks: Twilio says that a message may refuse for 14 days (error 20009).
FORGET_TRIES = 90
FORGET_AT_ONCE = 20
# No new one is begun after so long: each may take as long as the provider's timeout.
FORGET_FOR_S = 20.0
# A file without a row may still get one: it is written before its row is committed, and what the web chat received
# before consent waits up to 24 h for it.
ORPHAN_S = 48 * 3600.0

_slow = threading.Lock()


def run(parts: Parts) -> None:
    """One sweep: first what costs milliseconds, in order of importance, then what waits for networks.

    A part that fails keeps none of the others from running.
    """
    # Where it cannot be told, nothing is deleted in this sweep.
    may_delete = _attempt(jumps.deleting_waits, parts) is False
    _attempt(_wake_overdue, parts)
    _attempt(unreached.settle, parts)
    _attempt(knocking.settle, parts)
    _attempt(late_findings.give_up, parts)
    waste = Waste()
    if may_delete:
        waste += _attempt(_expire_photos, parts) or Waste()
        waste += _attempt(_expire_webchat, parts) or Waste()
        _attempt(retention.run, parts)
    _attempt(sounds.run, parts)
    # Sweeps come every few seconds: those that find a slow one at work leave the slow parts to it, or a provider that
    # hangs would take one thread of the workers after another.
    if not _slow.acquire(blocking=False):
        return
    try:
        _attempt(orders.run, parts)
        _attempt(catch_up, parts)
        _attempt(lambda p: _delete_files(p, waste), parts)
        _attempt(stragglers.settle, parts)
        _attempt(_forget_copies, parts)
        if may_delete:
            _attempt(_delete_orphans, parts)
    finally:
        _slow.release()


@dataclass(frozen=True, slots=True)
class Waste:
    """Files whose rows are gone: names in the vault, and the web chat's handles. Without their keys they are noise."""

    names: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()

    def __add__(self, other: Waste) -> Waste:
        return Waste(self.names + other.names, self.refs + other.refs)


def _attempt(part: Callable[[Parts], T], parts: Parts) -> T | None:
    """What the part returns; None, logged, where it fails."""
    try:
        return part(parts)
    except SQLAlchemyError as error:
        log.warning("sweep_database_failed", extra={"error": type(error).__name__})
    except Exception:  # the outermost loop of the sweep: the others must have their turn
        log.exception("sweep_part_failed")
    return None


def beat(parts: Parts, process: str) -> None:
    """Notes that a process of this kind is at work."""
    with transaction(parts.engine) as connection:
        connection.execute(
            insert_for(connection)(Heartbeat)
            .values(process=process, at=db_now())
            .on_conflict_do_update(index_elements=["process"], set_={"at": db_now()})
        )


def _wake_overdue(parts: Parts) -> None:
    """Wakes as many as the queues have room for: while no worker takes them, the same rows are overdue in every sweep."""
    with reading(parts.engine) as connection:
        chats = turn.overdue(connection, AT_ONCE)
        chats += reminders.overdue(connection, parts.settings.quiet, AT_ONCE - len(chats))
        chats += weekly.overdue(connection, parts.settings.quiet, AT_ONCE - len(chats))
        unplanned = weekly.to_plan(connection)
        overdue = {
            TURN: list(dict.fromkeys(chats)),
            DELIVER: outbox.chats_with_work(connection, AT_ONCE),
            THINK: engine_room.overdue(connection, 1) or talk.overdue(connection, 1),
        }
    for task, ids in overdue.items():
        woken = ids[: _room(parts, task)] if ids else []
        for row_id in woken:
            parts.wake(task, row_id)
        if ids:
            log.debug("sweep_woke", extra={"task_name": task, "overdue": len(ids), "woken": len(woken)})
    if unplanned:
        with transaction(parts.engine) as connection:
            weekly.plan(connection, unplanned, parts.settings.quiet)
    beat(parts, "sweep")


def _room(parts: Parts, task: str) -> int:
    """How many wake-ups may be added: the sweep fills no queue beyond MOST_WAITING. A queue that was lost has room."""
    waiting = parts.wake.waiting(task) if isinstance(parts.wake, HasLine) else 0
    return max(0, MOST_WAITING[task] - (waiting or 0))


def _forget_copies(parts: Parts) -> None:
    """Deletes providers' copies; what cannot be deleted now is tried again, at longer and longer intervals."""
    end = time.monotonic() + FORGET_FOR_S
    for _ in range(FORGET_AT_ONCE):
        row = _claim_forget(parts) if time.monotonic() < end else None
        if row is None:
            return
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
                wait_s = min(6 * 3600.0, 60.0 * 2.0 ** min(row.attempts, 10))
                connection.execute(
                    update(Forget).where(Forget.id == row.id).values(next_try_at=db_now() + wait_s)
                )
            else:
                connection.execute(delete(Forget).where(Forget.id == row.id))


def _claim_forget(parts: Parts) -> Any:
    """The copy that has waited longest, its attempt counted; None where none is due."""
    with transaction(parts.engine) as connection:
        row = connection.execute(
            select(Forget)
            .where(Forget.next_try_at <= db_now())
            .order_by(Forget.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is not None:
            # Claimed by moving the due time on: another sweep leaves it alone.
            connection.execute(
                update(Forget)
                .where(Forget.id == row.id)
                .values(next_try_at=db_now() + 120.0, attempts=Forget.attempts + 1)
            )
    return row


def _expire_photos(parts: Parts) -> Waste:
    """Forgets the keys of photographs past their days: from here on the files are noise, whatever happens to them."""
    with transaction(parts.engine) as connection:
        names = connection.execute(
            select(Photo.name).where(Photo.expires_at <= db_now()).limit(AT_ONCE)
        ).scalars()
        waste = Waste(names=tuple(names))
        talk.forget_photos(connection, waste.names)
        connection.execute(delete(Photo).where(Photo.name.in_(waste.names)))
    return waste


def _expire_webchat(parts: Parts) -> Waste:
    """What the web chat shows is kept as long as photographs are; what never reached the inbox, two days."""
    with reading(parts.engine) as connection:
        photo_days_s = photo_terms.shortest(connection, parts.settings.photo_days) * DAY_S
    return Waste(refs=SqlWebChatStore(parts.engine).sweep(now() - photo_days_s, now() - 2 * DAY_S))


def _delete_files(parts: Parts, waste: Waste) -> None:
    """Each by itself; what stays is found as an orphan later."""
    failed = 0
    for name in waste.names:
        try:
            parts.vault.delete(name)
        except VaultError:
            failed += 1
    for ref in waste.refs:
        try:
            parts.channels[WEBCHAT].forget(Attachment(ref=ref))
        except (VaultError, MediaFailed):
            failed += 1
    if failed:
        log.warning("vault_sweep_failed", extra={"files": failed})


def _delete_orphans(parts: Parts) -> None:
    """Once an hour: files that no row names, and what a crash left half written."""
    if once_every(parts, "orphans", 3600.0) is None:
        return
    parts.vault.clear_unfinished()
    names = parts.vault.names(older_than_s=ORPHAN_S)
    if not names:
        return
    with reading(parts.engine) as connection:
        known = set(connection.execute(select(Photo.name)).scalars())
    _delete_files(parts, Waste(names=tuple(name for name in names if name not in known)))
