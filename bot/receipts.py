"""What a provider says of a message afterwards: kept, and what failed and may still arrive is sent again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot import copies, parts_told, silence
from bot.channels import Account, DeliveryStatus
from bot.clock import db_now
from bot.tables import Chat, Receipt, ReplyRow

__all__ = ["AGAIN_S", "STOPPED_CODES", "keep", "known", "settle"]

# Twilio: blocked by the person, opted out.
STOPPED_CODES = ("63014", "21610")
# What failed under way goes again after so long.
AGAIN_S = 60.0


def keep(connection: Connection, status: DeliveryStatus, account: Account | None = None) -> None:
    """Keeps a delivery status, and has sent again what failed and may still arrive.

    account: whose status it is. Of a reply that is not there any more nothing is kept; where its chat was erased, the
    message that the provider speaks of is redacted.
    """
    named = status if status.outgoing_id else _named(connection, status)
    if named is None:
        return
    chat_id = _chat_of(connection, named.outgoing_id)
    if chat_id is None:
        if account is not None:
            _redact_unknown(connection, account, named.provider_id)
        return
    # Every id that is told, also of a part that left twice: erasing the chat must reach them all.
    copies.note_of(connection, chat_id, named.provider_id)
    if not parts_told.keep(connection, named):
        return
    failed = named.status == "failed"
    uuid = named.outgoing_id.partition("-")[0]
    if failed and named.error in STOPPED_CODES and not _has_written_since(connection, chat_id, uuid):
        connection.execute(update(Chat).where(Chat.id == chat_id).values(stopped=True))
    settle(
        connection,
        uuid,
        chat_id,
        news=parts_told.part_of(named.outgoing_id) if failed else None,
    )


def _has_written_since(connection: Connection, chat_id: int, uuid: str) -> bool:
    """Whether the person wrote after this reply was made: a status that comes late says nothing of now."""
    since = (
        select(ReplyRow.id)
        .join(Chat, Chat.id == ReplyRow.chat_id)
        .where(Chat.id == chat_id, ReplyRow.uuid == uuid, Chat.last_inbound_at > ReplyRow.created_at)
    )
    return connection.execute(since).first() is not None


def _named(connection: Connection, status: DeliveryStatus) -> DeliveryStatus | None:
    """The status with the id of the part that it speaks of: whose message it is, else the last that was accepted; None where
    nobody knows it.
    """
    row = connection.execute(
        select(ReplyRow.uuid, ReplyRow.parts_sent).where(ReplyRow.provider_id == status.provider_id)
    ).first()
    if row is None:
        return None
    # After a part that went again the next to leave is not the one behind it.
    known_as = parts_told.of_parts(connection, row.uuid, row.parts_sent).items()
    part = next(
        (n for n, one in known_as if one.provider_id == status.provider_id), max(0, row.parts_sent - 1)
    )
    return replace(status, outgoing_id=parts_told.key(row.uuid, part))


def settle(connection: Connection, uuid: str, chat_id: int, news: int | None = None) -> None:
    """Puts a reply where it stands by what was told of its parts (bot.parts_told). The chat's row is locked."""
    row = connection.execute(
        select(
            ReplyRow.state, ReplyRow.parts, ReplyRow.parts_sent, silence.met_under_way().label("under_way")
        ).where(ReplyRow.uuid == uuid)
    ).first()
    if row is None or not row.parts:
        return
    total = len(row.parts)
    told = parts_told.of_parts(connection, uuid, total)
    # A part that may have arrived is what a STOP left it with: nothing is moved before that is known.
    state = "sending" if row.under_way else row.state
    ruling = parts_told.ruled(state, row.parts_sent, total, told, news)
    if ruling is None:
        return
    values: dict[str, Any] = {"state": ruling.state, "parts_sent": ruling.next_part}
    if ruling.state != row.state or not ruling.error:
        values["rank"] = ruling.rank
    if ruling.state != row.state and ruling.error:
        values["error"] = f"status {ruling.error}"[:80]
    if ruling.state == "queued" and silence.in_chat(connection, chat_id):
        # Nothing leaves again after STOP; it waits, as what had not left then.
        until = db_now() + silence.HUSHED_S
        values |= {"state": "parked", "error": silence.SAID_STOP, "expires_at": until, "first_tried_at": None}
    elif ruling.state == "queued":
        values |= {"error": f"status {ruling.error}"[:80], "next_try_at": db_now() + AGAIN_S}
        # Nobody else would wake the chat for it.
        connection.execute(
            update(Chat)
            .where(Chat.id == chat_id)
            .values(send_due_at=func.coalesce(Chat.send_due_at, db_now() + AGAIN_S))
        )
    connection.execute(update(ReplyRow).where(ReplyRow.uuid == uuid).values(**values))


def _chat_of(connection: Connection, outgoing_id: str) -> int | None:
    """The chat of a reply that is there, its row locked: whoever erases it waits for us, or has finished."""
    mine = select(ReplyRow.chat_id).where(ReplyRow.uuid == outgoing_id.partition("-")[0])
    chat_id = connection.execute(mine).scalar_one_or_none()
    if chat_id is not None:
        connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
        chat_id = connection.execute(mine).scalar_one_or_none()
    return chat_id


def _redact_unknown(connection: Connection, account: Account, provider_id: str) -> None:
    """A status of a reply that is gone: by its age (then its chat knows the id), or because its chat was erased."""
    if account.channel in copies.REDACTED and not copies.is_held(connection, provider_id):
        copies.forget(connection, account, "", provider_id)


def known(connection: Connection, outgoing_id: str) -> str | None:
    """The provider's id of a part whose acceptance we missed, if a status callback has told it."""
    found = connection.execute(
        select(Receipt.provider_id).where(
            Receipt.outgoing_id == outgoing_id, Receipt.rank != parts_told.FAILED
        )
    ).scalar_one_or_none()
    return None if found is None else str(found)
