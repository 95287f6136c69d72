"""The tables, and what each state of a row means.

inbound.state    received -> done | parked          one row an update; parked: given up after its tries, the person was told
replies.state    queued -> sending -> sent -> delivered -> read, or failed | parked | dropped
                 sending: a try is under way or its process died; whether it was accepted is not known
                 parked: waits for the person to write (window, STOP).  dropped: chat stopped or erased, or not good any more
findings_jobs.state  wanted -> done | parked | dropped;  `applied` once the chat has told it
reminders.state  wanted -> asked | dropped; dropped: the case moved on, the person stopped, or a later one was due with it
talk_jobs.state  as findings_jobs; done: the language model answered; parked: it could not, or not in time (see bot.talk)
cases            open while closed_at is null; waits for a clinician while escalated_at is set and answered_at is null
Times are epoch seconds (float); *_until and due times are set by the database's clock (`bot.clock.db_now`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.clock import db_now

__all__ = [
    "Audit",
    "AuditHead",
    "AuditKey",
    "Base",
    "Breaker",
    "CaseCode",
    "CaseNote",
    "CaseOpinion",
    "CaseRow",
    "CaseView",
    "Chat",
    "ConsoleSession",
    "Copy",
    "Figure",
    "FindingsJob",
    "Forget",
    "Heartbeat",
    "Id",
    "InboundRow",
    "Invitation",
    "JoinTry",
    "Login",
    "Offset",
    "Order",
    "Person",
    "Photo",
    "PhotoTerm",
    "Place",
    "Rate",
    "Receipt",
    "Reminder",
    "ReplyRow",
    "ReviewItem",
    "ReviewRound",
    "ReviewScore",
    "SignInTry",
    "SpareCode",
    "Straggler",
    "TalkJob",
    "TeachingConsent",
    "Turn",
    "WeeklySummary",
]

Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables of `bot`; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {float: Double(), dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Chat(Base):
    """One conversation. state: the conversation's JSON (see bot.conversation). Two leases: thinking and sending."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(200))
    state: Mapped[str | None] = mapped_column(Text)
    stopped: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]
    last_inbound_at: Mapped[float | None]
    due_at: Mapped[float | None] = mapped_column(index=True)  # work is waiting since / from then on
    wake_at: Mapped[float | None] = mapped_column(index=True)  # the conversation wants a tick
    turn_token: Mapped[str | None] = mapped_column(String(32))
    turn_until: Mapped[float | None]
    send_due_at: Mapped[float | None] = mapped_column(index=True)
    send_token: Mapped[str | None] = mapped_column(String(32))
    send_until: Mapped[float | None]
    turns: Mapped[int] = mapped_column(default=0)
    erased_at: Mapped[float | None]  # the person's wish; the row itself goes days later (worker.retention)
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"), index=True)
    listen: Mapped[str] = mapped_column(String(8), default="", server_default="")  # see bot.listening
    pack_version: Mapped[str] = mapped_column(String(40), default="", server_default="")  # of its last turn
    __table_args__ = (
        UniqueConstraint("channel", "account", "address"),
        Index("ix_chats_heard", "channel", "account", "last_inbound_at"),
    )


class InboundRow(Base):
    """One update as it came. payload is emptied once the row is done (nobody needs it any more)."""

    __tablename__ = "inbound"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(120))
    payload: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(BigInteger)  # order within the chat: Telegram's message_id, else 0
    album: Mapped[str] = mapped_column(String(120), default="")
    settle_until: Mapped[float | None]
    received_at: Mapped[float]
    state: Mapped[str] = mapped_column(String(12), default="received")
    attempts: Mapped[int] = mapped_column(default=0)
    turn_id: Mapped[int | None] = mapped_column(Id)
    error: Mapped[str | None] = mapped_column(String(80))
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        Index("ix_inbound_pending", "chat_id", "state", "position", "id"),
        Index("ix_inbound_state", "state", "received_at"),
    )


class Turn(Base):
    """One step of a chat; written in the same transaction as state, replies and effects."""

    __tablename__ = "turns"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    number: Mapped[int]
    event: Mapped[str] = mapped_column(String(24))
    created_at: Mapped[float]


class ReplyRow(Base):
    """One reply. texts: message ids with arguments; parts: rendered once, before the first sending.

    aside: about a case, and said to a clinician in their own chat: no part of what whoever looks after it was told.
    """

    __tablename__ = "replies"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(32), unique=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    turn_id: Mapped[int] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(40), default="")
    texts: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(String(16))
    parts: Mapped[list[Any] | None]
    choices: Mapped[list[Any] | None]
    pack_version: Mapped[str | None] = mapped_column(String(40))
    parts_sent: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    rank: Mapped[int] = mapped_column(default=0)  # delivery status, only ever raised
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[float | None]
    first_tried_at: Mapped[float | None]
    provider_id: Mapped[str | None] = mapped_column(String(80), index=True)
    resent: Mapped[int] = mapped_column(
        default=0
    )  # sends after an unknown outcome: the double-send window, counted
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[float]
    expires_at: Mapped[float | None] = mapped_column(index=True)  # not sent by then: dropped
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    aside: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (
        Index("ix_replies_pending", "chat_id", "state", "id"),
        # What the console asks of all replies, without their texts.
        Index("ix_replies_state", "state", "created_at", "chat_id", "first_tried_at"),
    )


class Receipt(Base):
    """A provider's word on a part we sent, kept even when it comes before our own commit."""

    __tablename__ = "receipts"
    outgoing_id: Mapped[str] = mapped_column(String(48), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(80))
    rank: Mapped[int]
    error: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[float]


class Copy(Base):
    """The id of one message of a chat at its provider, in or out: all that redacting it there needs (see bot.copies)."""

    __tablename__ = "copies"
    chat_id: Mapped[int] = mapped_column(Id, ForeignKey("chats.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)
    at: Mapped[float] = mapped_column(index=True)


class Straggler(Base):
    """A send that was under way when its chat was erased: whether the provider took it is yet to be asked.

    since, until: when it can have been accepted, by the database's clock. No text: the reply itself is gone.
    """

    __tablename__ = "stragglers"
    outgoing_id: Mapped[str] = mapped_column(String(48), primary_key=True)
    chat_id: Mapped[int] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    since: Mapped[float]
    until: Mapped[float]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[float]


class Photo(Base):
    """One photograph, or one voice message of a person. wrapped_key None: erased (the bytes are noise without it).

    kind: 'photo' or 'voice'. A voice message has no size in pixels; whatever means photographs asks for the kind.
    """

    __tablename__ = "photos"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), default="photo", server_default="photo")
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary(200))
    master_key_id: Mapped[int]
    size_bytes: Mapped[int]
    width_px: Mapped[int]
    height_px: Mapped[int]
    coach: Mapped[str | None] = mapped_column(String(16))
    origin_ref: Mapped[str] = mapped_column(Text, default="")  # the provider's handle, for erasing its copy
    origin_message: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[float]
    expires_at: Mapped[float] = mapped_column(index=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)


class FindingsJob(Base):
    """Findings, or the plan of its questions, wanted for one version of a chat's case.

    case_id: the health worker's case whose conversation it belongs to; None where it is the chat's own.
    kind: 'findings' or 'plan' (bot.plans; a result of None: none could be made). alone: to be tried by itself (its batch died).
    soft: the photograph as the language model reads it, sealed; None where there is none, or the photograph was erased.
    """

    __tablename__ = "findings_jobs"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), default="findings", server_default="findings")
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    case_version: Mapped[int]
    photo_ids: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]]
    floor: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12), default="wanted", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    alone: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str | None] = mapped_column(String(32))
    until: Mapped[float | None]
    result: Mapped[dict[str, Any] | None]
    soft: Mapped[bytes | None] = mapped_column(LargeBinary)
    applied: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)


class TalkJob(Base):
    """A sentence wanted of the language model about one version of a chat's case; see bot.talk.

    kind: 'describe' or 'answer'. question, result: sealed. findings_job_id: whose `soft` it is about; None where there is none.
    """

    __tablename__ = "talk_jobs"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    findings_job_id: Mapped[int | None] = mapped_column(Id)
    case_version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    question: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12), default="wanted", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    alone: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str | None] = mapped_column(String(32))
    until: Mapped[float | None]
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    applied: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float]
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)


class Person(Base):
    """Who stands behind one or more chats. No name: the number is what people call each other by."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[float]
    invited_by: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    active: Mapped[bool] = mapped_column(default=True)


class Invitation(Base):
    """A code that makes whoever types it a member. code_hash: keyed; the code is not kept here.

    case_id: of a code that links the patient's own chat to a health worker's case instead (role 'patient'; the code stands in the
    reply to the worker and goes with it); None of every other. role 'own': it makes the chat that of `invited_by`.
    """

    __tablename__ = "invitations"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(String(12))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[float]
    expires_at: Mapped[float]
    invited_by: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    used_at: Mapped[float | None]
    used_by: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)


class JoinTry(Base):
    """A wrong invitation code typed in a chat, without the code."""

    __tablename__ = "join_tries"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    at: Mapped[float]


class CaseRow(Base):
    """One skin problem of one patient; see bot.cases. state: its conversation's JSON. version: counts its saves.

    chat_id: the chat that looks after it (a health worker's). patient_chat_id: where plain words for the patient go.
    language: of its conversation. place_id: where the worker would send the patient, or a clinician did; '' where not known.
    asked: what a clinician asked for, '', 'photo' or 'answer', until it came. opinion_over: see bot.casework.weighing.
    second_by: the person who asked for a second opinion, while it is waited for: another gives it.
    """

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    chat_id: Mapped[int] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    patient_chat_id: Mapped[int | None] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    origin: Mapped[str] = mapped_column(String(64), default="")
    origin_at: Mapped[float | None]
    state: Mapped[str] = mapped_column(Text)
    urgency: Mapped[str] = mapped_column(String(8), default="")
    opinion: Mapped[str] = mapped_column(String(8), default="")
    opinion_over: Mapped[str] = mapped_column(String(8), default="", server_default="")
    progress: Mapped[str] = mapped_column(String(8), default="")
    opened_at: Mapped[float]
    touched_at: Mapped[float]
    due_at: Mapped[float | None] = mapped_column(index=True)
    told_at: Mapped[float | None]
    closed_at: Mapped[float | None] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(12), default="")
    handed_to: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    escalated_at: Mapped[float | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(24), default="")
    claimed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    claimed_until: Mapped[float | None]
    answered_at: Mapped[float | None]
    answer_told_at: Mapped[float | None]
    language: Mapped[str] = mapped_column(String(16), default="", server_default="")
    place_id: Mapped[str] = mapped_column(String(40), default="", server_default="")
    asked: Mapped[str] = mapped_column(String(8), default="", server_default="")
    second_by: Mapped[int | None] = mapped_column(Id)
    # All that the inbox (bot.cases.inbox) and the plots (bot.figures) ask for, so that neither reads the long states.
    __table_args__ = (
        Index(
            "ix_cases_inbox",
            "closed_at",
            "escalated_at",
            "answered_at",
            "urgency",
            "opinion",
            "opinion_over",
            "opened_at",
            "claimed_by",
            "claimed_until",
            "language",
            "place_id",
            "id",
        ),
        Index(
            "ix_cases_plot",
            "escalated_at",
            "answered_at",
            "closed_at",
            "outcome",
            "chat_id",
            "patient_chat_id",
            "origin",
            "id",
        ),
        Index("ix_cases_ended", "closed_at", "outcome", "chat_id", "patient_chat_id", "origin", "id"),
    )


class CaseCode(Base):
    """A short code that is taken. left_at: since when no open case has it (null: one has). It outlives an erased case."""

    __tablename__ = "case_codes"
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    left_at: Mapped[float | None] = mapped_column(index=True)


class CaseNote(Base):
    """What somebody wrote about a case. author: a person, None for the patient. text: sealed (see bot.cases.notes)."""

    __tablename__ = "case_notes"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    at: Mapped[float]
    author: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[bytes] = mapped_column(LargeBinary)


class CaseOpinion(Base):
    """What a clinician thinks it is, beside what was told at that moment; see bot.cases.opinions. Codes only.

    case_id: None once the case is gone; then `at` is the month only. condition: a code of the catalogue, '' where none is named.
    told: the conditions that were named then, the likeliest first; told_urgency, floor: how soon by all that was known, and by
    the signs of danger alone.
    """

    __tablename__ = "case_opinions"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("people.id"))
    at: Mapped[float] = mapped_column(index=True)
    condition: Mapped[str] = mapped_column(String(40), default="")
    urgency: Mapped[str] = mapped_column(String(8))
    told: Mapped[list[Any]]
    told_urgency: Mapped[str] = mapped_column(String(8), default="")
    floor: Mapped[str] = mapped_column(String(8), default="")
    basis: Mapped[str] = mapped_column(String(8), default="")
    model: Mapped[str] = mapped_column(String(80), default="")


class CaseView(Base):
    """That a person saw a case on a day (days since 1970, UTC): what makes one audit row of many looks."""

    __tablename__ = "case_views"
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("cases.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("people.id"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True)


class TeachingConsent(Base):
    """That a case may be used to teach the model, by the patient's own word; see bot.cases.teaching.

    Of a health worker's case: case_id, and by_person who read it out. Of a chat's own case: chat_id and case_version (what the
    clinicians see of it is found by these). text_version: language and version of the sentences that were said. withdrawn_at:
    None while it stands. side: 'train' or 'val', drawn once for a patient. All of it goes with the case or the chat.
    """

    __tablename__ = "teaching_consents"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    case_version: Mapped[int]
    at: Mapped[float]
    text_version: Mapped[str] = mapped_column(String(64))
    withdrawn_at: Mapped[float | None]
    side: Mapped[str] = mapped_column(String(8))
    by_person: Mapped[int | None] = mapped_column(Id, ForeignKey("people.id"))


class ReviewRound(Base):
    """A round of blinded review: a sample of answers that clinicians score; see bot.cases.review."""

    __tablename__ = "review_rounds"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[float]
    by_person: Mapped[int] = mapped_column(Id, ForeignKey("people.id"))


class ReviewItem(Base):
    """One answer of a round. source: 'computer' or 'clinician'; note_id: the clinician's. case_id: None once it is gone.

    soon, thought: how soon and what it is in the clinician's own word, when it was drawn; codes. looks: see bot.cases.review.
    """

    __tablename__ = "review_items"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    round_id: Mapped[int] = mapped_column(Id, ForeignKey("review_rounds.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    note_id: Mapped[int | None] = mapped_column(Id)
    soon: Mapped[str] = mapped_column(String(8), default="", server_default="")
    thought: Mapped[str] = mapped_column(String(40), default="", server_default="")
    looks: Mapped[str] = mapped_column(String(64), default="", server_default="")


class ReviewScore(Base):
    """What one clinician gave one answer: seven numbers from 1 (not at all) to 5 (fully)."""

    __tablename__ = "review_scores"
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("review_items.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("people.id"), primary_key=True)
    at: Mapped[float]
    scores: Mapped[list[Any]]


class Place(Base):
    """Where one can be sent: a row of the deployer's CSV (see bot.places). languages, services: lists of codes."""

    __tablename__ = "places"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(80), index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    phone: Mapped[str] = mapped_column(String(24))
    hours: Mapped[str] = mapped_column(String(120))
    directions: Mapped[str] = mapped_column(String(200), default="", server_default="")
    languages: Mapped[list[Any]]
    services: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(default=True)


class Figure(Base):
    """One thing that the page of plots counts; see bot.figures. day: days since 1970 of the people's calendar. No words.

    kind: 'case' (the result of one version of a case was told) or 'photo' (a photograph came). who: a hash that tells people
    apart, for counting them. code: of a case its group of conditions, of a photograph '' or why the coach sent it back.
    """

    __tablename__ = "figures"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    day: Mapped[int]
    who: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int] = mapped_column(Id, ForeignKey("chats.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("cases.id"), index=True)
    case_version: Mapped[int]
    urgency: Mapped[str] = mapped_column(String(8), default="")
    code: Mapped[str] = mapped_column(String(16), default="")
    place_id: Mapped[str] = mapped_column(String(40), default="")
    # All that a plot reads, so that it reads nothing else.
    __table_args__ = (Index("ix_figures_plot", "kind", "day", "urgency", "code", "place_id", "who"),)


class Order(Base):
    """Something that somebody at the console wants done and a worker does: the sweep takes it; see bot.orders.

    kind: 'erase_chat', 'erase_case', 'backup' or 'training_set'. subject: the number of a chat or case, '' for none.
    state: wanted -> done | failed. details: counts and fixed words, for the page.
    """

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(8), default="wanted", index=True)
    by_person: Mapped[int] = mapped_column(Id, ForeignKey("people.id"))
    created_at: Mapped[float]
    until: Mapped[float | None]  # a worker is at it
    done_at: Mapped[float | None]
    details: Mapped[dict[str, Any]]


class PhotoTerm(Base):
    """How many days photographs are kept, as an administrator set it; see bot.photo_terms. until: when the next one took over."""

    __tablename__ = "photo_terms"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    days: Mapped[int]
    set_at: Mapped[float]
    until: Mapped[float | None]


class Reminder(Base):
    """A question that is asked later about one version of a chat's case; see bot.reminders.

    kind: 'better' or 'visit'. number: which of the case, from 1.
    """

    __tablename__ = "reminders"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    case_version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    due_at: Mapped[float]
    state: Mapped[str] = mapped_column(String(12), default="wanted")
    created_at: Mapped[float]
    __table_args__ = (Index("ix_reminders_due", "state", "due_at"),)


class WeeklySummary(Base):
    """When a health worker's next weekly summary is due; see bot.weekly. wanted: False once they said that none is to come."""

    __tablename__ = "weekly_summaries"
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("people.id"), primary_key=True, autoincrement=False)
    due_at: Mapped[float] = mapped_column(index=True)
    wanted: Mapped[bool] = mapped_column(default=True)


class Forget(Base):
    """A provider's copy that is to be deleted: kept as a row until it is, or cannot be."""

    __tablename__ = "forgets"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(Text)
    message_ref: Mapped[str] = mapped_column(String(120))
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[float] = mapped_column(index=True)
    created_at: Mapped[float | None] = mapped_column(default=db_now())


class Breaker(Base):
    """Open while an account cannot be reached; one probe at a time. failures: in a row."""

    __tablename__ = "breakers"
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[float] = mapped_column(default=0.0)
    since: Mapped[float | None]


class Rate(Base):
    """The next free sending slot of an account or a chat, shared by all processes."""

    __tablename__ = "rates"
    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    free_at: Mapped[float]


class Offset(Base):
    """How far `ngozi poll` has read; moves only together with the rows it read."""

    __tablename__ = "offsets"
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    next_update: Mapped[int] = mapped_column(BigInteger)


class Audit(Base):
    """What was erased or changed, by ids and hashes only; see bot.audit, its only writer. Rows are never changed nor deleted.

    by_person: who did it; None for the chat's own person or the machine. seq, key_id, mac: the chain; None in rows that are
    older than it, which the first link covers.
    """

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[float]
    what: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]]
    by_person: Mapped[int | None] = mapped_column(Id)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    key_id: Mapped[int | None] = mapped_column(BigInteger)
    mac: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (Index("ix_audit_seq", "seq", unique=True),)


class AuditHead(Base):
    """The one row that says where the audit's chain ends; whoever adds to the chain locks it."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(String(64))


class AuditKey(Base):
    """The chain's key of a master key that was replaced, sealed with the newest (see bot.audit.keep_keys)."""

    __tablename__ = "audit_keys"
    key_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Login(Base):
    """How a person signs in at the console; see bot.console.logins. name: casefolded. totp: sealed secret, None where unused.

    totp_new: a secret that was shown and not confirmed yet. totp_last: the last time step whose code was used.
    first_until: until when a first password, which must be changed, lets somebody in; None of one that they chose.
    """

    __tablename__ = "logins"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("people.id"), unique=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=False)
    first_until: Mapped[float | None]
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(35), default="")
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_new: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[float]


class SpareCode(Base):
    """A code for one sign-in without the telephone: keyed hash. The row goes when it was used."""

    __tablename__ = "spare_codes"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    login_id: Mapped[int] = mapped_column(Id, ForeignKey("logins.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


class ConsoleSession(Base):
    """Somebody is signed in at the console; see bot.console.sessions. Kept of the cookie is a hash."""

    __tablename__ = "console_sessions"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    login_id: Mapped[int] = mapped_column(Id, ForeignKey("logins.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[float] = mapped_column(index=True)
    seen_at: Mapped[float]


class SignInTry(Base):
    """Failed sign-ins for a name or from an address, both as keyed hashes; see bot.console.throttle."""

    __tablename__ = "sign_in_tries"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[float] = mapped_column(index=True)
    free_at: Mapped[float]


class Heartbeat(Base):
    """When a process of each kind was last seen working. details: what it said of itself, for the health page."""

    __tablename__ = "heartbeats"
    process: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[float]
    details: Mapped[dict[str, Any] | None]
