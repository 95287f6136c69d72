"""What a turn writes beside its state; every function works inside the turn's one transaction."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

import locales
from bot import audit, copies, people, photo_terms, reminders, stored_state, talk
from bot.cases import teaching
from bot.channels import LIMITS, Account
from bot.channels.webchat_store import erase_rows
from bot.clock import db_now
from bot.conversation.events import DropPhotos, Teach, WantFindings, WantPlan
from bot.database import insert_for
from bot.durations import DAY_S
from bot.messages import Inbound, Reply
from bot.packs import counted
from bot.settings import Settings
from bot.tables import Chat, FindingsJob, InboundRow, Photo, Turn
from worker import case_erasing, chat_rows, stragglers
from worker.photographs import Fetched

__all__ = [
    "drop_pending",
    "drop_photos",
    "erase",
    "follow_moves",
    "keep_photos",
    "move_chat",
    "note_not_understood",
    "pack_version",
    "record_turn",
    "teach",
    "want_findings",
]


def pack_version(language: str) -> str:
    """What an open conversation notes of the pack that it is held in: '' where there is none of that language."""
    try:
        return locales.pack(language).version
    except locales.UnknownLanguage:
        return ""


def teach(connection: Connection, chat_id: int, said: Teach, language: str) -> None:
    """The person agreed that the chat's own case may teach the model, or took all back that they agreed to."""
    if said.agreed:
        version = f"{language} {pack_version(language)}"
        teaching.agree(connection, version, said.case_version, chat_id=chat_id)
    else:
        teaching.withdraw_chat(connection, chat_id)


def note_not_understood(
    connection: Connection,
    settings: Settings,
    chat_id: int,
    language: str,
    items: Sequence[Inbound],
    replies: Sequence[Reply],
) -> None:
    """Counts the words of a message that was answered with "I did not understand"; nothing of who wrote it is kept."""
    said = {text.id for reply in replies for text in reply.paragraphs}
    if not said.isdisjoint(counted.NOT_UNDERSTOOD):
        words = {w for item in items for w in counted.words_of(item.text, language)}
        if words:
            person = connection.execute(select(Chat.person_id).where(Chat.id == chat_id)).scalar_one()
            # Somebody who works here and writes on two channels is one.
            who = f"chat {chat_id}" if person is None else f"person {person}"
            counted.note_words(connection, settings.master_keys, language, words, who)


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


def keep_photos(
    connection: Connection,
    chat_id: int,
    account: Account,
    fetched: Sequence[Fetched],
    most_days: int,
    agreed_to: int,
    case_id: int | None = None,
) -> None:
    """Rows for what was stored; the copy on the provider's server is to be deleted.

    most_days, agreed_to: how long it may be kept, as the operator allows and as its owner was told (`bot.photo_terms`).
    case_id: the worker's case it is of.
    """
    if not fetched:
        return
    days = photo_terms.keep_for(photo_terms.in_force(connection, most_days), agreed_to)
    for item in fetched:
        attachment = item.result.attachment
        if item.stored is not None:
            connection.execute(
                insert_for(connection)(Photo).values(
                    id=item.stored.name,
                    kind=attachment.kind,
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
                    expires_at=db_now() + days * DAY_S,
                    case_id=case_id,
                )
            )
        if LIMITS[account.channel].copy == "server":
            copies.forget(connection, account, attachment.ref, attachment.message_ref)


def drop_photos(connection: Connection, account: Account, drop: DropPhotos) -> None:
    """Erases stored photographs (their keys, here and now); the provider's copies are to be deleted by the sweep."""
    if LIMITS[account.channel].copy == "server":
        for attachment in drop.attachments:
            copies.forget(connection, account, attachment.ref, attachment.message_ref)
    talk.forget_photos(connection, drop.photo_ids)
    connection.execute(delete(Photo).where(Photo.id.in_(drop.photo_ids)))


def drop_pending(connection: Connection, account: Account, state: str | None) -> None:
    """Forgets the photographs that a chat's state (JSON) still names by reference; nothing where it cannot be read."""
    drop_photos(connection, account, DropPhotos(stored_state.pending(state)))


def want_findings(
    connection: Connection, chat_id: int, wanted: WantFindings | WantPlan, case_id: int | None = None
) -> int:
    """The id of the job, for findings or a plan; earlier ones of the same case (None: the chat's own) that nobody has answered
    are superseded.
    """
    talk.drop(connection, chat_id, case_id=case_id)
    connection.execute(
        update(FindingsJob)
        .where(
            FindingsJob.chat_id == chat_id,
            FindingsJob.case_id.is_not_distinct_from(case_id),
            FindingsJob.state == "wanted",
        )
        .values(state="dropped", applied=True)
    )
    return int(
        connection.execute(
            insert_for(connection)(FindingsJob)
            .values(
                chat_id=chat_id,
                kind="plan" if isinstance(wanted, WantPlan) else "findings",
                case_version=wanted.case_version,
                photo_ids=list(wanted.photo_ids),
                answers=dict(wanted.answers),
                floor=wanted.floor,
                state="wanted",
                attempts=0,
                alone=False,
                applied=False,
                created_at=db_now(),
                case_id=case_id,
            )
            .returning(FindingsJob.id)
        ).scalar_one()
    )


def follow_moves(connection: Connection, chat_id: int, items: Sequence[Inbound]) -> None:
    """Follows the chat to where its platform says that it has gone on."""
    for item in items:
        if item.kind == "migrated" and item.migrated_to:
            move_chat(connection, chat_id, item.migrated_to)


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
    else:
        # Nobody is at the old address any more.
        reminders.drop(connection, chat_id)


def erase(connection: Connection, chat_id: int, settings: Settings) -> None:
    """Erases what the chat holds: its cases, keys of photographs, findings, sentences of the language model, replies, texts,
    reminders, earlier turns, the web chat's history; its person has no role here any more.

    What is left for days (worker.retention): the chat's own row and the ids of updates already handled, so that a repeat is
    not taken for new. What is left: an audit entry. The files, noise without their keys, and the provider's copies are
    deleted by the sweep; whoever sends a reply at this moment is dealt with in worker.stragglers.
    """
    # The chat's row first (the order of locks everywhere), and with it the lease of whoever is sending.
    connection.execute(
        update(Chat)
        .where(Chat.id == chat_id)
        .values(send_token=None, send_until=None, erased_at=db_now(), listen="", pack_version="")
    )
    chat = connection.execute(
        select(Chat.channel, Chat.account, Chat.address, Chat.turns).where(Chat.id == chat_id)
    ).one()
    account = Account(chat.channel, chat.account)
    cases = case_erasing.of_chat(connection, chat_id, settings)
    people.leave(connection, chat_id)
    photos = connection.execute(
        select(Photo.origin_ref, Photo.origin_message).where(Photo.chat_id == chat_id)
    ).all()
    for photo in photos:
        if photo.origin_ref:
            copies.forget(connection, account, photo.origin_ref, photo.origin_message)
        copies.note(connection, account.channel, chat_id, photo.origin_message)
    copies.hand_over(connection, chat_id, account)
    stragglers.leave(connection, chat_id, account.channel, settings)
    replies = chat_rows.forget(connection, [chat_id])
    connection.execute(delete(Photo).where(Photo.chat_id == chat_id))
    # The turn that erases is being written.
    connection.execute(delete(Turn).where(Turn.chat_id == chat_id, Turn.number < chat.turns))
    # What was said behind the wish to erase is still to be answered. Dead letters of an erased chat are nobody's.
    connection.execute(
        update(InboundRow)
        .where(InboundRow.chat_id == chat_id, InboundRow.state != "received")
        .values(state="done", payload=None, error=None)
    )
    if account.channel == "webchat":
        for ref in erase_rows(connection, chat.address):
            copies.forget(connection, account, ref, "")
    audit.record(
        connection,
        "chat_erased",
        subject_of(settings, account, chat.address),
        photographs=len(photos),
        replies=replies,
        cases=cases,
    )


def subject_of(settings: Settings, account: Account, address: str) -> str:
    """A keyed hash of a chat: it can be checked by who has the key, and reveals nothing."""
    key = settings.master_keys[min(settings.master_keys)]
    return hmac.new(key, f"{account.channel}/{account.name}/{address}".encode(), hashlib.sha256).hexdigest()
