"""What a turn writes beside its state; every function works inside the turn's one transaction."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from bot import outbox
from bot.channels import LIMITS, Account
from bot.channels.webchat_store import erase_rows
from bot.clock import db_now
from bot.conversation.events import DropPhotos, WantFindings
from bot.inbox import insert_for
from bot.messages import Reply
from bot.settings import Settings
from bot.tables import Audit, Chat, FindingsJob, Forget, InboundRow, Photo, Receipt, ReplyRow, Turn
from worker.photographs import Fetched

__all__ = [
    "drop_photos",
    "drop_replies",
    "erase",
    "keep_photos",
    "move_chat",
    "queue_replies",
    "record_turn",
    "want_findings",
]


def record_turn(connection: Connection, chat_id: int, event: str) -> int:
    """The id of the new turn."""
    number = connection.execute(select(Chat.turns).where(Chat.id == chat_id)).scalar_one()
    return int(
        connection.execute(
            insert_for(connection)(Turn)
            .values(chat_id=chat_id, number=number, event=event[:24], created_at=db_now())
            .returning(Turn.id)
        ).scalar_one()
    )


def queue_replies(
    connection: Connection, chat_id: int, turn_id: int, replies: Sequence[Reply], language: str
) -> None:
    """Queues what is said."""
    outbox.queue(connection, chat_id, turn_id, replies, language)


def drop_replies(connection: Connection, chat_id: int) -> None:
    """Drops what a stopped chat still has in line."""
    outbox.drop_all(connection, chat_id, "stopped")


def keep_photos(
    connection: Connection, chat_id: int, account: Account, fetched: Sequence[Fetched], days: int
) -> None:
    """Rows for what was stored; the copy on the provider's server is to be deleted."""
    for item in fetched:
        attachment = item.result.attachment
        if item.stored is not None:
            connection.execute(
                insert_for(connection)(Photo).values(
                    id=item.stored.name,
                    chat_id=chat_id,
                    name=item.stored.name,
                    wrapped_key=item.stored.wrapped_key,
                    master_key_id=item.stored.master_key_id,
                    size_bytes=item.stored.size_bytes,
                    width_px=item.width_px,
                    height_px=item.height_px,
                    coach=item.result.coach,
                    origin_ref=attachment.ref if LIMITS[account.channel].copy == "chat" else "",
                    origin_message=attachment.message_ref,
                    created_at=db_now(),
                    expires_at=db_now() + days * 86_400.0,
                )
            )
        if LIMITS[account.channel].copy == "server":
            _forget(connection, account, attachment.ref, attachment.message_ref)


def drop_photos(connection: Connection, account: Account, drop: DropPhotos) -> None:
    """Erases stored photographs (their keys, here and now); the provider's copies are to be deleted by the sweep."""
    if LIMITS[account.channel].copy == "server":
        for attachment in drop.attachments:
            _forget(connection, account, attachment.ref, attachment.message_ref)
    connection.execute(delete(Photo).where(Photo.id.in_(drop.photo_ids)))


def _forget(connection: Connection, account: Account, ref: str, message_ref: str) -> None:
    connection.execute(
        insert_for(connection)(Forget).values(
            channel=account.channel,
            account=account.name,
            ref=ref,
            message_ref=message_ref,
            attempts=0,
            next_try_at=db_now(),
        )
    )


def want_findings(connection: Connection, chat_id: int, wanted: WantFindings) -> int:
    """The id of the job; earlier ones of the chat that nobody has answered are superseded."""
    connection.execute(
        update(FindingsJob)
        .where(FindingsJob.chat_id == chat_id, FindingsJob.state == "wanted")
        .values(state="dropped", applied=True)
    )
    return int(
        connection.execute(
            insert_for(connection)(FindingsJob)
            .values(
                chat_id=chat_id,
                case_version=wanted.case_version,
                photo_ids=list(wanted.photo_ids),
                answers=dict(wanted.answers),
                floor=wanted.floor,
                state="wanted",
                attempts=0,
                alone=False,
                applied=False,
                created_at=db_now(),
            )
            .returning(FindingsJob.id)
        ).scalar_one()
    )


def move_chat(connection: Connection, chat_id: int, address: str) -> None:
    """Follows a chat to its new address, unless a chat of its own has begun there."""
    chat = connection.execute(select(Chat.channel, Chat.account).where(Chat.id == chat_id)).one()
    taken = connection.execute(
        select(Chat.id).where(
            Chat.channel == chat.channel, Chat.account == chat.account, Chat.address == address
        )
    ).first()
    if taken is None:
        connection.execute(update(Chat).where(Chat.id == chat_id).values(address=address[:200]))


def erase(connection: Connection, chat_id: int, settings: Settings) -> None:
    """Erases what the chat holds: keys of photographs, findings, replies, texts, the web chat's history.

    What is left: the ids of updates already handled (so that a repeat is not taken for new), and an audit entry.
    The files, noise without their keys, and the provider's copies are deleted by the sweep.
    """
    chat = connection.execute(
        select(Chat.channel, Chat.account, Chat.address).where(Chat.id == chat_id)
    ).one()
    account = Account(chat.channel, chat.account)
    photos = connection.execute(
        select(Photo.origin_ref, Photo.origin_message).where(Photo.chat_id == chat_id)
    ).all()
    for photo in photos:
        if photo.origin_ref or photo.origin_message:
            _forget(connection, account, photo.origin_ref, photo.origin_message)
    if account.channel == "whatsapp":
        # The bodies of their messages and of ours lie at the provider: to be redacted.
        theirs = select(InboundRow.external_id).where(InboundRow.chat_id == chat_id)
        ours = select(ReplyRow.provider_id).where(
            ReplyRow.chat_id == chat_id, ReplyRow.provider_id.is_not(None)
        )
        for sid in [*connection.execute(theirs).scalars(), *connection.execute(ours).scalars()]:
            _forget(connection, account, "", sid)
    uuids = list(connection.execute(select(ReplyRow.uuid).where(ReplyRow.chat_id == chat_id)).scalars())
    for uuid in uuids:
        connection.execute(delete(Receipt).where(Receipt.outgoing_id.startswith(uuid + "-")))
    for table, column in (
        (Photo, Photo.chat_id),
        (FindingsJob, FindingsJob.chat_id),
        (ReplyRow, ReplyRow.chat_id),
    ):
        connection.execute(delete(table).where(column == chat_id))
    # What was said behind the wish to erase is still to be answered.
    connection.execute(
        update(InboundRow)
        .where(InboundRow.chat_id == chat_id, InboundRow.state != "received")
        .values(payload=None)
    )
    if account.channel == "webchat":
        for ref in erase_rows(connection, chat.address):
            _forget(connection, account, ref, "")
    connection.execute(
        insert_for(connection)(Audit).values(
            at=db_now(),
            what="chat_erased",
            subject=subject_of(settings, account, chat.address),
            details={"photographs": len(photos), "replies": len(uuids)},
        )
    )


def subject_of(settings: Settings, account: Account, address: str) -> str:
    """A keyed hash of a chat: it can be checked by who has the key, and reveals nothing."""
    key = settings.master_keys[min(settings.master_keys)]
    return hmac.new(key, f"{account.channel}/{account.name}/{address}".encode(), hashlib.sha256).hexdigest()
