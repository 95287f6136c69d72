"""A send that was under way while its chat was erased: what the provider took in that moment is found and redacted.

The erasing transaction holds the chat's row, takes the sending lease away and deletes the replies (`worker.effects.erase`).
A reply that a deliver worker holds is then in one of these states:

  claimed, not yet marked `sending`    its next write names a lease that is gone: LeaseLost. It never leaves.
  marked `sending`, request under way  the erasing turn leaves a Straggler: a due time, no text. Then either
    the provider takes it              the worker's mark finds the lease gone and nothing is marked; `too_late` has the
                                       message redacted, or takes it off the page of the web chat
    the provider refuses               nothing was taken; nothing is written
    the worker dies, the answer is     a status callback names a reply that is not there: its message is redacted
    lost, the database is away         (bot.receipts.keep); and once the lease would have run out, `settle` asks the
                                       provider what it took from us for this chat in that time. Telegram cannot be asked:
                                       there messages stay where they are anyway, and the person is told so
  accepted, some or all parts          the ids are in bot.copies and are redacted with all others

No row of the erased reply comes back in any of them. Rows are told apart by uuid: SQLite gives the number of a deleted
reply to the next one, which is the confirmation that all is deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, delete, exists, or_, select, update

from bot import copies, parts_told, silence
from bot.channels import Account, SendFailed
from bot.channels.registry import WEBCHAT
from bot.channels.webchat_store import WebchatMessage
from bot.clock import db_now
from bot.database import insert_for, transaction
from bot.outbox import Due
from bot.settings import Settings
from bot.tables import Chat, Copy, ReplyRow, Straggler
from worker.parts import Parts

__all__ = ["leave", "settle", "too_late"]

log = logging.getLogger(__name__)

AT_ONCE = 20
TRIES = 12
# An answer is waited for so long at least, however short leases are (the adapters give up after 15 s).
LEAST_S = 60.0
FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 6 * 3600.0


@runtime_checkable
class SaysWhatLeft(Protocol):
    """A channel whose provider can be asked what it took from us."""

    def sent_between(self, address: str, since: float, until: float) -> Sequence[str]: ...


def leave(
    connection: Connection, chat_id: int, channel: str, settings: Settings, case_id: int | None = None
) -> None:
    """Notes every send of the chat (case_id: of that case) whose outcome is not known; before the replies are deleted."""
    if channel not in copies.REDACTED and channel != WEBCHAT.channel:
        return
    rows = connection.execute(
        select(ReplyRow.uuid, ReplyRow.parts_sent, ReplyRow.first_tried_at, ReplyRow.created_at).where(
            ReplyRow.chat_id == chat_id,
            or_(ReplyRow.state == "sending", silence.met_under_way()),
            *([] if case_id is None else [ReplyRow.case_id == case_id]),
        )
    ).all()
    until = db_now() + max(LEAST_S, settings.lease_s)
    for row in rows:
        connection.execute(
            insert_for(connection)(Straggler).values(
                outgoing_id=parts_told.key(row.uuid, row.parts_sent),
                chat_id=chat_id,
                since=row.first_tried_at or row.created_at,
                until=until,
                attempts=0,
                next_try_at=until,
            )
        )


def too_late(parts: Parts, chat_id: int, account: Account, due: Due, address: str, provider_id: str) -> None:
    """The provider took a part whose lease was gone when we came to mark it."""
    with transaction(parts.engine) as connection:
        connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
        if connection.execute(select(exists().where(ReplyRow.uuid == due.uuid))).scalar():
            # Not erased: another worker has taken over and may send it again. Both are to be redacted one day.
            copies.note(connection, account.channel, chat_id, provider_id)
            return
        _withdraw(connection, account, address, due.outgoing_id, [provider_id])
    log.info("sent_while_erased", extra={"chat_id": chat_id})


def _withdraw(
    connection: Connection, account: Account, address: str, outgoing_id: str, provider_ids: Sequence[str]
) -> None:
    """Takes back what can be taken back of a message to a chat that was erased meanwhile."""
    if account.channel in copies.REDACTED:
        for provider_id in provider_ids:
            copies.forget(connection, account, "", provider_id)
    if account == WEBCHAT:
        connection.execute(
            delete(WebchatMessage).where(
                WebchatMessage.address == address,
                WebchatMessage.direction == "out",
                WebchatMessage.uuid == outgoing_id,
            )
        )


def settle(parts: Parts) -> None:
    """Asks the providers about sends that may have been accepted, and has redacted what was."""
    with transaction(parts.engine) as connection:
        rows = connection.execute(
            select(Straggler, Chat.channel, Chat.account, Chat.address)
            .join(Chat, Chat.id == Straggler.chat_id)
            .where(Straggler.next_try_at <= db_now())
            .order_by(Straggler.next_try_at)
            .limit(AT_ONCE)
        ).all()
        # Claimed by moving the due time on: a second sweep leaves them alone.
        for row in rows:
            connection.execute(
                update(Straggler)
                .where(Straggler.outgoing_id == row.outgoing_id)
                .values(next_try_at=db_now() + _wait_s(row.attempts), attempts=Straggler.attempts + 1)
            )
    for row in rows:
        _settle_one(parts, row)


def _wait_s(attempts: int) -> float:
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**attempts))


def _settle_one(parts: Parts, row: Any) -> None:
    account = Account(row.channel, row.account)
    channel = parts.channels.get(account)
    if channel is None and row.attempts + 1 < TRIES:
        return  # an account that this worker does not know (yet)
    left: list[str] = []
    try:
        if channel is not None and isinstance(channel, SaysWhatLeft):
            left += channel.sent_between(row.address, row.since, row.until)
    except SendFailed as error:
        if row.attempts + 1 < TRIES:
            log.info("straggler_not_asked", extra={"chat_id": row.chat_id, "code": error.code})
            return
        log.warning("straggler_given_up", extra={"chat_id": row.chat_id, "code": error.code})
    with transaction(parts.engine) as connection:
        connection.execute(select(Chat.id).where(Chat.id == row.chat_id).with_for_update())
        sending = exists().where(ReplyRow.chat_id == row.chat_id, ReplyRow.state == "sending")
        if left and row.attempts + 1 < TRIES and connection.execute(select(sending)).scalar():
            # One of these may be a reply of the talk that has begun since: it is known once that one is marked.
            return
        # What the chat knows belongs to what was said since, and is redacted when they wish that erased.
        known = set(connection.execute(select(Copy.provider_id).where(Copy.chat_id == row.chat_id)).scalars())
        _withdraw(
            connection, account, row.address, row.outgoing_id, [sid for sid in left if sid not in known]
        )
        connection.execute(delete(Straggler).where(Straggler.outgoing_id == row.outgoing_id))
