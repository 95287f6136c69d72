"""What is kept how long: one table of ages. What becomes of rows that are older: worker.retention_acts.

What is still owed to somebody has no age: an unread message, a reply that has not left (one that waits for WhatsApp's window
too), findings that were not told. Photographs and what the web chat shows are swept in `worker.sweep`, because their files
must go with their rows; `worker.retention` holds to the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from bot import resting
from bot.cases.taken_codes import CODE_DAYS
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
    Photo,
    Receipt,
    Reminder,
    ReplyRow,
    SignInTry,
    TalkJob,
    Turn,
)
from worker import case_erasing
from worker.retention_acts import (
    Act,
    blank_origins,
    blank_states,
    delete_chats,
    deleted,
    empty,
    owes_nothing,
    redact_old,
    silent_since,
)

__all__ = ["RULES", "Rule"]


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
        deleted(InboundRow.id),
    ),
    Rule(
        "dead_letters",
        30,
        "messages that were given up (parked), with their text",
        "so that somebody can look at them; their senders were told",
        InboundRow,
        InboundRow.id,
        lambda before: (InboundRow.state == "parked", InboundRow.received_at < before),
        deleted(InboundRow.id),
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
        deleted(ReplyRow.id),
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
        deleted(Receipt.outgoing_id),
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
        deleted(FindingsJob.id),
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
        deleted(TalkJob.id),
    ),
    Rule(
        "reminders",
        7,
        "which question was asked later of a case, and when",
        "to see why one was not asked; no text",
        Reminder,
        Reminder.id,
        lambda before: (Reminder.state != "wanted", Reminder.due_at < before),
        deleted(Reminder.id),
    ),
    Rule(
        "turns",
        30,
        "when a chat had a turn, and of what kind",
        "to follow an event of the log",
        Turn,
        Turn.id,
        lambda before: (Turn.created_at < before,),
        deleted(Turn.id),
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
        blank_origins,
    ),
    Rule(
        "states",
        31,
        "what a silent chat was about: answers, findings; its language and STOP stay",
        "the conversation waits 30 days for an answer",
        Chat,
        Chat.id,
        lambda before: (resting.awake(), silent_since(before), *owes_nothing()),
        blank_states,
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
        deleted(CaseCode.code),
    ),
    Rule(
        "invitations",
        30,
        "invitations that were used or ran out (a keyed hash, never the code)",
        "whoever types an old code is told what became of it",
        Invitation,
        Invitation.id,
        lambda before: (func.coalesce(Invitation.used_at, Invitation.expires_at) < before,),
        deleted(Invitation.id),
    ),
    Rule(
        "join_tries",
        1,
        "that a wrong invitation code was typed in a chat, without the code",
        "five within an hour, and the chat is not listened to for the rest of it",
        JoinTry,
        JoinTry.id,
        lambda before: (JoinTry.at < before,),
        deleted(JoinTry.id),
    ),
    Rule(
        "console_sessions",
        1,
        "that somebody is signed in at the console: times, a hash of the cookie",
        "a session ends after eight hours at most",
        ConsoleSession,
        ConsoleSession.id,
        lambda before: (ConsoleSession.created_at < before,),
        deleted(ConsoleSession.id),
    ),
    Rule(
        "sign_in_tries",
        1,
        "failed sign-ins at the console, by keyed hashes of name and address",
        "guesses wait longer and longer",
        SignInTry,
        SignInTry.key,
        lambda before: (SignInTry.last_at < before,),
        deleted(SignInTry.key),
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
        redact_old,
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
            *empty(),
        ),
        delete_chats,
    ),
    Rule(
        "chats",
        90,
        "the address of a silent chat; its texts at Twilio are redacted with it",
        "so that whoever comes back within a season can have older messages redacted",
        Chat,
        Chat.id,
        lambda before: (silent_since(before), *empty()),
        delete_chats,
    ),
    Rule(
        "figures",
        92,
        "that a result was told or a photograph came: day, urgency, group of conditions, place; no words",
        "for the plots of the last quarter, which show no group of fewer than five people",
        Figure,
        Figure.id,
        lambda before: (Figure.day < before / DAY_S - 1,),
        deleted(Figure.id),
    ),
    Rule(
        "orders",
        90,
        "what an administrator ordered (a backup, an erasing), without whom it was about once it is done",
        "to see that it was done; the audit trail keeps who ordered it",
        Order,
        Order.id,
        lambda before: (Order.state != "wanted", Order.created_at < before),
        deleted(Order.id),
    ),
    Rule(
        "pack_sounds",
        1,
        "a sentence of a language pack that was read aloud at the console",
        "so that it can be heard again; samples, nothing of a person",
        PackSound,
        PackSound.id,
        lambda before: (PackSound.created_at < before,),
        deleted(PackSound.id),
    ),
    Rule(
        "forgets",
        30,
        "what is to be deleted at a provider whose account is no longer in the settings",
        "the account may come back",
        Forget,
        Forget.id,
        lambda before: (Forget.created_at < before,),
        deleted(Forget.id),
    ),
)
