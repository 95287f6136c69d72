"""The messages of a chat that a provider holds too: their ids, and what is to be deleted there.

Twilio keeps the text of every message, in and out, until it is redacted. What redacting needs is the message's id alone:
it is kept under the chat it belongs to, as long as the chat is, at most as long as `worker.retention_rules` says. An id
leaves this table only to become a `Forget`, so that there is never a text at the provider that nobody can name any more.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, exists, insert, literal, select

from bot.channels import Account
from bot.clock import db_now
from bot.database import insert_for
from bot.tables import Chat, Copy, Forget

__all__ = ["REDACTED", "forget", "hand_over", "is_held", "note", "note_of"]

# Channels whose provider keeps texts that its interface lets us empty. Telegram deletes for 48 hours and then never; what
# the web chat holds is our own.
REDACTED = frozenset({"whatsapp"})
ID_LENGTH = 80


def note(connection: Connection, channel: str, chat_id: int, provider_id: str) -> None:
    """Keeps the id of a message of this chat; a repeat, and a channel where nothing can be redacted, change nothing."""
    if channel in REDACTED and provider_id:
        connection.execute(
            insert_for(connection)(Copy)
            .values(chat_id=chat_id, provider_id=provider_id[:ID_LENGTH], at=db_now())
            .on_conflict_do_nothing()
        )


def note_of(connection: Connection, chat_id: int, provider_id: str) -> None:
    """`note` for who knows the chat, but not its channel."""
    channel = connection.execute(select(Chat.channel).where(Chat.id == chat_id)).scalar_one_or_none()
    if channel is not None:
        note(connection, channel, chat_id, provider_id)


def is_held(connection: Connection, provider_id: str) -> bool:
    """True where the id belongs to a chat that is there."""
    return bool(connection.execute(select(exists().where(Copy.provider_id == provider_id))).scalar())


def hand_over(connection: Connection, chat_id: int, account: Account, before: float | None = None) -> None:
    """Has the chat's messages redacted, all or those noted before a time (epoch s), and forgets their ids.

    From here on each is a `Forget`: tried again where the provider is away, done where it is gone there already.
    """
    mine = [Copy.chat_id == chat_id] + ([] if before is None else [Copy.at < before])
    ids = select(
        literal(account.channel), literal(account.name), literal(""), Copy.provider_id, literal(0), db_now(), db_now()
    ).where(*mine)  # fmt: skip
    columns = ["channel", "account", "ref", "message_ref", "attempts", "next_try_at", "created_at"]
    connection.execute(insert(Forget).from_select(columns, ids))
    connection.execute(delete(Copy).where(*mine))


def forget(connection: Connection, account: Account, ref: str, message_ref: str) -> None:
    """Has one copy deleted at the provider by the sweep: a photograph `ref`, or where that is '' a message's text.

    One that is in line already is not put there twice.
    """
    waiting = exists().where(
        Forget.channel == account.channel,
        Forget.account == account.name,
        Forget.ref == ref,
        Forget.message_ref == message_ref,
    )
    if not connection.execute(select(waiting)).scalar():
        connection.execute(
            insert(Forget).values(
                channel=account.channel,
                account=account.name,
                ref=ref,
                message_ref=message_ref,
                attempts=0,
                next_try_at=db_now(),
            )
        )
