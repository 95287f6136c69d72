"""What is kept how long: one table of ages, and what becomes of rows that are older.

What is still owed to somebody has no age: an unread message, a reply that has not left (one that waits for WhatsApp's window
too), findings that were not told. Photographs and what the web chat shows are swept in `worker.sweep`, because their files
must go with their rows; `worker.retention` holds to the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot import copies, reminders, resting
from bot.cases import teaching
from bot.cases.taken_codes import CODE_DAYS
from bot.channels import Account
from bot.clock import db_now
from bot.durations import DAY_S
from bot.packs.rows import PackSound
from bot.tables import (
    Base,
    CaseCode,
    CaseRow,
    Chat,
    ConsoleSession,
    Copy,
    Figure,
    FindingsJob,
    Forget,
    InboundRow,
    Invitation,
    JoinTry,
    Order,
    Person,
    Photo,
    Rate,
    Receipt,
    Reminder,
    ReplyRow,
    SignInTry,
    Straggler,
    TalkJob,
    Turn,
)
from worker import case_erasing, effects

__all__ = ["RULES", "Rule"]


Act = Callable[[Connection, Sequence[Any]], object]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that go by age. old: which they are, given their oldest allowed time. act: what becomes of them."""

    code: str
    days: int
    what: str
    why: str
    table: type[Base]
    key: InstrumentedAttribute[Any]
    old: Callable[[ColumnElement[float]], Sequence[ColumnElement[bool]]]
    act: Act

    @property
    def before(self) -> ColumnElement[float]:
        """Rows of an earlier time than this are too old."""
        return db_now() - self.days * DAY_S


def _delete(key: InstrumentedAttribute[Any]) -> Act:
    def act(connection: Connection, ids: Sequence[Any]) -> None:
        connection.execute(delete(key.class_).where(key.in_(ids)))

    return act


def _owes_nothing() -> tuple[ColumnElement[bool], ...]:
    """Chats where nobody is at work and nobody waits for anything."""
    chat = Chat.id
    return (
        Chat.due_at.is_(None),
        Chat.send_due_at.is_(None),
        or_(Chat.turn_until.is_(None), Chat.turn_until < db_now()),
        or_(Chat.send_until.is_(None), Chat.send_until < db_now()),
        ~exists().where(InboundRow.chat_id == chat, InboundRow.state == "received"),
        ~exists().where(ReplyRow.chat_id == chat, ReplyRow.state.in_(("queued", "sending", "parked"))),
        ~exists().where(FindingsJob.chat_id == chat, FindingsJob.applied.is_(False)),
        ~exists().where(TalkJob.chat_id == chat, TalkJob.applied.is_(False)),
    )


def _empty() -> tuple[ColumnElement[bool], ...]:
    """Chats of which no row is left that has an age of its own."""
    return (
        *_owes_nothing(),
        ~exists().where(InboundRow.chat_id == Chat.id),
        ~exists().where(Photo.chat_id == Chat.id),
        ~exists().where(Straggler.chat_id == Chat.id),
        ~exists().where(or_(CaseRow.chat_id == Chat.id, CaseRow.patient_chat_id == Chat.id)),
        ~exists().where(Person.id == Chat.person_id, Person.active),
    )


def _silent_since(before: ColumnElement[float]) -> ColumnElement[bool]:
    return func.coalesce(Chat.last_inbound_at, Chat.created_at) < before


def _blank_states(connection: Connection, ids: Sequence[int]) -> None:
    works = exists().where(Person.id == Chat.person_id, Person.active)
    for row in connection.execute(
        select(Chat.id, Chat.channel, Chat.account, Chat.state, works.label("works")).where(Chat.id.in_(ids))
    ).all():
        effects.drop_pending(connection, Account(row.channel, row.account), row.state)
        rest = resting.at_rest(row.state, works=row.works)
        connection.execute(update(Chat).where(Chat.id == row.id).values(state=rest, wake_at=None))
    reminders.forget(connection, ids)


def _delete_chats(connection: Connection, ids: Sequence[int]) -> None:
    """With what hangs on them; what Twilio still holds of them is redacted, because afterwards nobody could ask for it."""
    for row in connection.execute(select(Chat.id, Chat.channel, Chat.account).where(Chat.id.in_(ids))).all():
        copies.hand_over(connection, row.id, Account(row.channel, row.account))
    told = effects.receipts_of(connection, ReplyRow.chat_id.in_(ids))
    connection.execute(delete(Receipt).where(Receipt.outgoing_id.in_(told)))
    for owner in (
        ReplyRow.chat_id,
        FindingsJob.chat_id,
        TalkJob.chat_id,
        Turn.chat_id,
        JoinTry.chat_id,
        Figure.chat_id,
    ):
        connection.execute(delete(owner.class_).where(owner.in_(ids)))
    reminders.forget(connection, ids)
    teaching.forget_chats(connection, ids)
    # SQLite gives the number of a deleted chat to the next one: it must not inherit a pause.
    connection.execute(delete(Rate).where(Rate.scope.in_([f"chat:{i}" for i in ids])))
    connection.execute(delete(Chat).where(Chat.id.in_(ids)))


def _redact_old(connection: Connection, ids: Sequence[str]) -> None:
    rows = connection.execute(
        select(Copy.chat_id, Copy.provider_id, Chat.channel, Chat.account)
        .join(Chat, Chat.id == Copy.chat_id)
        .where(Copy.provider_id.in_(ids))
    ).all()
    for row in rows:
        copies.forget(connection, Account(row.channel, row.account), "", row.provider_id)
    connection.execute(delete(Copy).where(Copy.provider_id.in_(ids)))


def _blank_origins(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(update(Photo).where(Photo.id.in_(ids)).values(origin_ref="", origin_message=""))


# In this order: what hangs on a chat goes before the chat.
RULES: tuple[Rule, ...] = (
    Rule(
        "repeats",
        3,
        "ids of handled messages (their texts are wiped when they are handled)",
        "Telegram repeats an update for a day; a repeat must not be taken for new",
        InboundRow,
        InboundRow.id,
        lambda before: (InboundRow.state == "done", InboundRow.received_at < before),
        _delete(InboundRow.id),
    ),
    Rule(
        "dead_letters",
        30,
        "messages that were given up (parked), with their text",
        "so that somebody can look at them; their senders were told",
        InboundRow,
        InboundRow.id,
        lambda before: (InboundRow.state == "parked", InboundRow.received_at < before),
        _delete(InboundRow.id),
    ),
    Rule(
        "replies",
        7,
        "replies that have left, failed or were dropped, with their words",
        "to see why one failed; late statuses. The count `resent` looks back so far",
        ReplyRow,
        ReplyRow.id,
        lambda before: (
            ReplyRow.state.in_(("sent", "delivered", "read", "failed", "dropped")),
            ReplyRow.created_at < before,
        ),
        _delete(ReplyRow.id),
    ),
    # After the replies: a status goes with its reply.
    Rule(
        "receipts",
        7,
        "delivery statuses of replies",
        "what has arrived of a reply is not sent again; longer where the reply itself still waits",
        Receipt,
        Receipt.outgoing_id,
        lambda before: (
            Receipt.at < before,
            ~exists().where(ReplyRow.uuid == func.substr(Receipt.outgoing_id, 1, 32)),
        ),
        _delete(Receipt.outgoing_id),
    ),
    Rule(
        "findings",
        7,
        "findings that were told, with the answers they were made from; what the language model needs of the photograph, sealed",
        "the conversation holds what it needs of them; parked ones can be looked into",
        FindingsJob,
        FindingsJob.id,
        lambda before: (
            FindingsJob.applied.is_(True),
            FindingsJob.state != "wanted",
            FindingsJob.created_at < before,
        ),
        _delete(FindingsJob.id),
    ),
    Rule(
        "talk",
        7,
        "questions to the language model and what it said, sealed",
        "a further question is answered from the earlier ones",
        TalkJob,
        TalkJob.id,
        lambda before: (
            TalkJob.applied.is_(True),
            TalkJob.state != "wanted",
            TalkJob.created_at < before,
        ),
        _delete(TalkJob.id),
    ),
    Rule(
        "reminders",
        7,
        "which question was asked later of a case, and when",
        "to see why one was not asked; no text",
        Reminder,
        Reminder.id,
        lambda before: (Reminder.state != "wanted", Reminder.due_at < before),
        _delete(Reminder.id),
    ),
    Rule(
        "turns",
        30,
        "when a chat had a turn, and of what kind",
        "to follow an event of the log",
        Turn,
        Turn.id,
        lambda before: (Turn.created_at < before,),
        _delete(Turn.id),
    ),
    Rule(
        "origins",
        2,
        "Telegram's ids of a photograph and its message",
        "to delete it from the chat on request; Telegram allows that for 48 hours",
        Photo,
        Photo.id,
        lambda before: (
            or_(Photo.origin_ref != "", Photo.origin_message != ""),
            Photo.created_at < before,
        ),
        _blank_origins,
    ),
    Rule(
        "states",
        31,
        "what a silent chat was about: answers, findings; its language and STOP stay",
        "the conversation waits 30 days for an answer",
        Chat,
        Chat.id,
        lambda before: (resting.awake(), _silent_since(before), *_owes_nothing()),
        _blank_states,
    ),
    Rule(
        "cases",
        90,
        "a health worker's case that was closed: answers, findings, notes (sealed), photographs that are still there",
        "for the patient who comes back within a season, and for the clinic's look back",
        CaseRow,
        CaseRow.id,
        lambda before: (CaseRow.closed_at < before,),
        case_erasing.forget_cases,
    ),
    Rule(
        "open_cases",
        365,
        "a case that nobody closed, from the last thing done with it",
        "some skin diseases are followed for a year; longer, nobody looks after it",
        CaseRow,
        CaseRow.id,
        lambda before: (CaseRow.closed_at.is_(None), CaseRow.touched_at < before),
        case_erasing.forget_cases,
    ),
    Rule(
        "case_codes",
        CODE_DAYS,
        "that the short code of a closed or erased case is taken",
        "it may stand in a notebook, and must not lead to another patient",
        CaseCode,
        CaseCode.code,
        lambda before: (CaseCode.left_at < before, ~exists().where(CaseRow.code == CaseCode.code)),
        _delete(CaseCode.code),
    ),
    Rule(
        "invitations",
        30,
        "invitations that were used or ran out (a keyed hash, never the code)",
        "whoever types an old code is told what became of it",
        Invitation,
        Invitation.id,
        lambda before: (func.coalesce(Invitation.used_at, Invitation.expires_at) < before,),
        _delete(Invitation.id),
    ),
    Rule(
        "join_tries",
        1,
        "that a wrong invitation code was typed in a chat, without the code",
        "five within an hour, and the chat is not listened to for the rest of it",
        JoinTry,
        JoinTry.id,
        lambda before: (JoinTry.at < before,),
        _delete(JoinTry.id),
    ),
    Rule(
        "console_sessions",
        1,
        "that somebody is signed in at the console: times, a hash of the cookie",
        "a session ends after eight hours at most",
        ConsoleSession,
        ConsoleSession.id,
        lambda before: (ConsoleSession.created_at < before,),
        _delete(ConsoleSession.id),
    ),
    Rule(
        "sign_in_tries",
        1,
        "failed sign-ins at the console, by keyed hashes of name and address",
        "guesses wait longer and longer",
        SignInTry,
        SignInTry.key,
        lambda before: (SignInTry.last_at < before,),
        _delete(SignInTry.key),
    ),
    Rule(
        "copies",
        365,
        "ids of WhatsApp messages at Twilio, no text",
        "to redact them on request. Older ones are redacted unasked: after 400 days Twilio's interface "
        "reaches them no more",
        Copy,
        Copy.provider_id,
        lambda before: (Copy.at < before,),
        _redact_old,
    ),
    Rule(
        "erased_chats",
        3,
        "the address of a chat that was erased and is silent since",
        "as long as ids of its messages (repeats)",
        Chat,
        Chat.id,
        lambda before: (
            Chat.erased_at < before,
            func.coalesce(Chat.last_inbound_at, 0.0) <= Chat.erased_at,
            *_empty(),
        ),
        _delete_chats,
    ),
    Rule(
        "chats",
        90,
        "the address of a silent chat; its texts at Twilio are redacted with it",
        "so that whoever comes back within a season can have older messages redacted",
        Chat,
        Chat.id,
        lambda before: (_silent_since(before), *_empty()),
        _delete_chats,
    ),
    Rule(
        "figures",
        92,
        "that a result was told or a photograph came: day, urgency, group of conditions, place; no words",
        "for the plots of the last quarter, which show no group of fewer than five people",
        Figure,
        Figure.id,
        lambda before: (Figure.day < before / DAY_S - 1,),
        _delete(Figure.id),
    ),
    Rule(
        "orders",
        90,
        "what an administrator ordered (a backup, an erasing), without whom it was about once it is done",
        "to see that it was done; the audit trail keeps who ordered it",
        Order,
        Order.id,
        lambda before: (Order.state != "wanted", Order.created_at < before),
        _delete(Order.id),
    ),
    Rule(
        "pack_sounds",
        1,
        "a sentence of a language pack that was read aloud at the console",
        "so that it can be heard again; samples, nothing of a person",
        PackSound,
        PackSound.id,
        lambda before: (PackSound.created_at < before,),
        _delete(PackSound.id),
    ),
    Rule(
        "forgets",
        30,
        "what is to be deleted at a provider whose account is no longer in the settings",
        "the account may come back",
        Forget,
        Forget.id,
        lambda before: (Forget.created_at < before,),
        _delete(Forget.id),
    ),
)
