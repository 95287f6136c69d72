"""How the service is doing, in numbers: channels, what waits, engines, dead letters. Never a text, an address or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Float, case, cast, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot import alerts, audit, dead_letters, inbox
from bot.channels import Account
from bot.clock import db_now
from bot.console import again
from bot.durations import DAY_S
from bot.queue import DELIVER, THINK, TURN
from bot.tables import (
    Breaker,
    CaseRow,
    Chat,
    FindingsJob,
    Forget,
    Heartbeat,
    InboundRow,
    Reminder,
    ReplyRow,
    TalkJob,
)

__all__ = [
    "LETTERS",
    "ChannelState",
    "Engine",
    "Letter",
    "LetterKind",
    "Line",
    "channels",
    "count_letters",
    "engines",
    "let_go",
    "letters",
    "lines",
    "replay",
    "swept_s_ago",
]

ENGINE = "engine:"
ENGINE_SHOWN_S = 600.0

LetterKind = Literal["message", "reply", "findings", "words"]
LETTERS: tuple[LetterKind, ...] = ("message", "reply", "findings", "words")
_JOBS: Mapping[str, type[FindingsJob | TalkJob]] = {"findings": FindingsJob, "words": TalkJob}


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One account. Times: epoch s. sent, failed: replies of the last day that left, and that could not. open_s: how much longer
    its breaker keeps everybody away, 0 while it does not; failures: in a row.
    """

    account: Account
    chats: int
    last_in: float | None
    last_out: float | None
    sent: int
    failed: int
    failures: int
    open_s: float

    @property
    def error_rate(self) -> float | None:
        """Failed of all that ended in the last day, 0 to 1; None where nothing did."""
        ended = self.sent + self.failed
        return self.failed / ended if ended else None


@dataclass(frozen=True, slots=True)
class Line:
    """What waits. kind: the end of a message id console.line.*. oldest_s: how long the oldest has waited, None for none."""

    kind: str
    count: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that was seen lately: how long ago, and what it said of itself."""

    seen_s_ago: float
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that was given up. at: epoch s. error: a fixed word, or the chat service's code.

    account: whose it was; None of the model's jobs, which have a `job`. can_replay: trying it again may still help somebody.
    barred: why a reply is not sent once more.
    """

    kind: LetterKind
    id: int
    at: float
    error: str
    attempts: int
    can_replay: bool
    account: Account | None = None
    job: str = ""
    barred: again.Barred | None = None


def channels(connection: Connection, accounts: Iterable[Account]) -> list[ChannelState]:
    """The state of each account."""
    left = ("sent", "delivered", "read")
    lately = ReplyRow.created_at > db_now() - DAY_S
    ended = {
        (row.channel, row.account): row
        for row in connection.execute(
            select(
                Chat.channel,
                Chat.account,
                func.sum(case((ReplyRow.state.in_(left) & lately, 1), else_=0)).label("sent"),
                func.sum(case(((ReplyRow.state == "failed") & lately, 1), else_=0)).label("failed"),
                func.max(case((ReplyRow.state.in_(left), ReplyRow.first_tried_at))).label("last_out"),
            )
            .join(Chat, Chat.id == ReplyRow.chat_id)
            .where(ReplyRow.state.in_((*left, "failed")), ReplyRow.created_at > db_now() - 7 * DAY_S)
            .group_by(Chat.channel, Chat.account)
        ).all()
    }
    breakers = {
        row.account: row
        for row in connection.execute(
            select(Breaker.account, Breaker.failures, (Breaker.open_until - db_now()).label("open_s"))
        ).all()
    }
    found = []
    for account in accounts:
        heard = connection.execute(
            select(func.count(), func.max(Chat.last_inbound_at)).where(
                Chat.channel == account.channel, Chat.account == account.name
            )
        ).one()
        out = ended.get((account.channel, account.name))
        breaker = breakers.get(f"{account.channel}:{account.name}")
        found.append(
            ChannelState(
                account,
                heard[0],
                heard[1],
                out.last_out if out else None,
                out.sent if out else 0,
                out.failed if out else 0,
                breaker.failures if breaker else 0,
                max(0.0, breaker.open_s) if breaker and breaker.failures else 0.0,
            )
        )
    return found


def lines(connection: Connection) -> list[Line]:
    """What waits for whom, and since when."""
    waits: list[tuple[str, InstrumentedAttribute[Any], tuple[ColumnElement[bool], ...]]] = [
        ("messages", InboundRow.received_at, (InboundRow.state == "received",)),
        ("findings", FindingsJob.created_at, (FindingsJob.state == "wanted",)),
        ("words", TalkJob.created_at, (TalkJob.state == "wanted",)),
        ("replies", ReplyRow.created_at, (ReplyRow.state.in_(("queued", "sending")),)),
        ("parked", ReplyRow.created_at, (ReplyRow.state == "parked",)),
        ("reminders", Reminder.due_at, (Reminder.state == "wanted", Reminder.due_at <= db_now())),
        (
            "clinicians",
            CaseRow.escalated_at,
            (CaseRow.escalated_at.is_not(None), CaseRow.answered_at.is_(None), CaseRow.closed_at.is_(None)),
        ),
        ("copies", Forget.created_at, ()),
        ("alerts", ReplyRow.created_at, (alerts.untold(),)),
    ]
    found = []
    for kind, since, which in waits:
        row = connection.execute(
            select(func.count().label("count"), cast(db_now() - func.min(since), Float).label("oldest_s"))
            .select_from(since.class_)
            .where(*which)
        ).one()
        found.append(Line(kind, row[0], None if row.oldest_s is None else max(0.0, row.oldest_s)))
    return found


def engines(connection: Connection) -> list[Engine]:
    """Those that were seen within ten minutes."""
    rows = connection.execute(
        select(Heartbeat.details, (db_now() - Heartbeat.at).label("age_s"))
        .where(Heartbeat.process.startswith(ENGINE), Heartbeat.at > db_now() - ENGINE_SHOWN_S)
        .order_by(Heartbeat.process)
    ).all()
    return [Engine(row.age_s, row.details or {}) for row in rows]


def swept_s_ago(connection: Connection) -> float | None:
    """Seconds since a worker swept; None where none ever did."""
    return connection.execute(
        select(db_now() - Heartbeat.at).where(Heartbeat.process == "sweep")
    ).scalar_one_or_none()


def count_letters(connection: Connection) -> dict[LetterKind, int]:
    """How many dead letters of each kind there are."""
    return {
        kind: connection.execute(
            select(func.count()).select_from(table).where(table.state == state)
        ).scalar_one()
        for kind, table, state in _tables()
    }


def letters(connection: Connection, kind: LetterKind, most: int = 50) -> list[Letter]:
    """Dead letters of a kind, the latest first, without what was said."""
    if kind == "message":
        rows = connection.execute(
            select(
                InboundRow.id,
                InboundRow.received_at,
                InboundRow.channel,
                InboundRow.account,
                InboundRow.error,
                InboundRow.attempts,
                (InboundRow.chat_id.is_not(None) & InboundRow.payload.is_not(None)).label("whole"),
            )
            .where(InboundRow.state == "parked")
            .order_by(InboundRow.received_at.desc(), InboundRow.id.desc())
            .limit(most)
        ).all()
        return [
            Letter(kind, r[0], r[1], r.error or "", r.attempts, bool(r.whole), Account(r.channel, r.account))
            for r in rows
        ]
    if kind == "reply":
        failed = connection.execute(
            select(
                ReplyRow.id,
                ReplyRow.created_at,
                Chat.channel,
                Chat.account,
                ReplyRow.error,
                ReplyRow.attempts,
            )
            .join(Chat, Chat.id == ReplyRow.chat_id)
            .where(ReplyRow.state == "failed")
            .order_by(ReplyRow.created_at.desc(), ReplyRow.id.desc())
            .limit(most)
        ).all()
        barred = again.barred(connection, [r.id for r in failed])
        return [
            Letter(
                kind,
                r.id,
                r.created_at,
                r.error or "",
                r.attempts,
                r.id not in barred,
                Account(r.channel, r.account),
                barred=barred.get(r.id),
            )
            for r in failed
        ]
    table = _JOBS[kind]
    parked = connection.execute(
        select(table.id, table.created_at, table.kind, table.attempts)
        .where(table.state == "parked")
        .order_by(table.id.desc())
        .limit(most)
    ).all()
    # Mostly whoever waited for it was told that it failed: the conversation takes no second answer.
    may = again.may_findings if kind == "findings" else again.may_words
    return [
        Letter(kind, r[0], r[1], "gave_up", r.attempts, may(connection, r[0]), job=r.kind) for r in parked
    ]


# What a letter's row says while it is one, and when it is tried once more (bot.tables).
_GIVEN_UP: Mapping[LetterKind, str] = {
    "message": "parked",
    "reply": "failed",
    "findings": "parked",
    "words": "parked",
}
_TRIED: Mapping[LetterKind, str] = {
    "message": "received",
    "reply": "queued",
    "findings": "wanted",
    "words": "wanted",
}
_REPLAY: Mapping[LetterKind, tuple[str, Callable[[Connection, int], int | None]]] = {
    "message": (TURN, inbox.replay),
    "reply": (DELIVER, again.reply),
    "findings": (THINK, again.findings),
    "words": (THINK, again.words),
}


def replay(connection: Connection, kind: LetterKind, row_id: int, by: int) -> tuple[str, int] | None:
    """Has it tried once more; what to wake after the commit, None where that cannot be. Raises again.NotAgain."""
    task, once_more = _REPLAY[kind]
    woken = once_more(connection, row_id)
    if woken is None:
        return None
    before, after = {"state": _GIVEN_UP[kind]}, {"state": _TRIED[kind]}
    audit.record(connection, "letter_replayed", row_id, by=by, before=before, after=after, kind=kind)
    return task, woken


def let_go(connection: Connection, kind: LetterKind, row_id: int, by: int) -> bool:
    """Takes it off the list for good; False where it is not on it."""
    if kind == "message":
        done = inbox.let_go(connection, row_id)
    elif kind == "reply":
        done = dead_letters.let_go(connection, row_id)
    else:
        table = _JOBS[kind]
        done = (
            connection.execute(
                # One that was not told yet is still owed to its chat.
                update(table)
                .where(table.id == row_id, table.state == "parked", table.applied.is_(True))
                .values(state="dropped")
            ).rowcount
            == 1
        )
    if done:
        before, after = {"state": _GIVEN_UP[kind]}, {"state": "done" if kind == "message" else "dropped"}
        audit.record(connection, "letter_dropped", row_id, by=by, before=before, after=after, kind=kind)
    return done


def _tables() -> list[tuple[LetterKind, Any, str]]:
    return [
        ("message", InboundRow, "parked"),
        ("reply", ReplyRow, "failed"),
        ("findings", FindingsJob, "parked"),
        ("words", TalkJob, "parked"),
    ]
