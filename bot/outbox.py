"""What is to be sent: queue, claim, sent, failed, retry times. What the provider says later: `receipts`. How fast and whether
at all: `pace`, `breakers`. STOP: `outbox_silence`. What was given up: `dead_letters`.

Others change reply rows too: `precedence` moves what waits, worker.linking drops what a patient is not told any more,
worker.unreached marks an answer that nobody got, and erasing and the table of ages delete. A test names them all.

A chat's replies go out one at a time, in order (but see `precedence`). Each is rendered once, before its first sending,
and may have several parts. The only window for a double send is a crash (or a lost answer) between the channel's acceptance
and our mark: `resent` counts every send that was made without knowing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from bot import copies, parts_told, precedence, receipts, silence
from bot.clock import db_now
from bot.database import insert_for
from bot.messages import Reply
from bot.reply_json import reply_to_json
from bot.tables import CaseRow, Chat, Person, ReplyRow

__all__ = [
    "OPEN_STATES",
    "OUTAGE_S",
    "RETRIES_S",
    "Due",
    "accepted",
    "chats_with_work",
    "close",
    "drop_stale",
    "next_due",
    "queue",
    "rendered",
    "retry",
    "sending",
]

# First send plus three retries for what can succeed later.
RETRIES_S = (5.0, 60.0, 600.0)
# A next try further ahead is of a clock that was set back since; what a provider asks for beyond it, `pace` holds back.
LONGEST_WAIT_S = 1800.0
# How long an outage may last before it uses up tries.
OUTAGE_S = 24 * 3600.0
OPEN_STATES = ("queued", "sending")


def queue(
    connection: Connection,
    chat_id: int,
    turn_id: int,
    replies: Sequence[Reply],
    language: str,
    case_id: int | None = None,
) -> None:
    """Queues the replies of a turn, in the transaction that writes its state.

    One that is not good for ever and is said again takes the place of the one that has not left. case_id: the worker's case
    they speak of.
    """
    aside = case_id is not None and _aside(connection, chat_id, case_id)
    for reply in replies:
        if reply.good_for_s is not None:
            connection.execute(
                update(ReplyRow)
                .where(
                    ReplyRow.chat_id == chat_id,
                    ReplyRow.key == reply.key,
                    ReplyRow.expires_at.is_not(None),
                    ReplyRow.state.in_(("queued", "parked")),
                    ReplyRow.parts_sent == 0,
                )
                .values(state="dropped", error="said again")
            )
        connection.execute(
            insert_for(connection)(ReplyRow).values(
                uuid=secrets.token_hex(16),
                chat_id=chat_id,
                turn_id=turn_id,
                key=reply.key,
                texts=reply_to_json(reply),
                language=language,
                state="queued",
                parts_sent=0,
                rank=0,
                attempts=0,
                resent=0,
                created_at=db_now(),
                expires_at=None if reply.good_for_s is None else db_now() + reply.good_for_s,
                case_id=case_id,
                aside=aside,
            )
        )
    if replies:
        connection.execute(update(Chat).where(Chat.id == chat_id).values(send_due_at=db_now()))


def _aside(connection: Connection, chat_id: int, case_id: int) -> bool:
    """Whether the chat is a clinician's and neither looks after the case nor is its patient's."""
    looked_after = select(CaseRow.id).where(
        CaseRow.id == case_id, or_(CaseRow.chat_id == chat_id, CaseRow.patient_chat_id == chat_id)
    )
    clinician = (
        select(Chat.id)
        .join(Person, Person.id == Chat.person_id)
        .where(Chat.id == chat_id, Person.role == "clinician", ~looked_after.exists())
    )
    return connection.execute(clinician).first() is not None


@dataclass(frozen=True, slots=True)
class Due:
    """The chat's next reply. wait_s > 0: not yet. uncertain: an earlier try of the next part may have been accepted.

    stale: nothing of it has left, and it is not good any more.
    """

    id: int
    chat_id: int
    uuid: str
    texts: dict[str, Any]
    key: str
    language: str
    parts: list[str | dict[str, Any]] | None
    choices: list[list[str]] | None
    parts_sent: int
    attempts: int
    uncertain: bool
    first_tried_at: float | None
    age_s: float
    wait_s: float
    stale: bool = False

    @property
    def outgoing_id(self) -> str:
        """The id of the next part, as it goes into callback URLs."""
        return parts_told.key(self.uuid, self.parts_sent)


def next_due(connection: Connection, chat_id: int) -> Due | None:
    """The earliest reply of the chat that is not finished; later ones wait for it, but for those that overtake one that waits."""
    first = _first(connection, chat_id)
    if first is None or first.wait_s <= 0:
        return first
    sooner = _first(connection, chat_id, precedence.overtakes())
    return sooner if sooner is not None and sooner.wait_s < first.wait_s else first


def _first(connection: Connection, chat_id: int, *which: ColumnElement[bool]) -> Due | None:
    """Of several that overtake, none waits for another. which: as in `where`."""
    ahead = func.coalesce(ReplyRow.next_try_at - db_now(), 0.0)
    wait_s = case((ahead > LONGEST_WAIT_S, 0.0), else_=ahead)
    waits = (case((wait_s > 0, wait_s), else_=0.0),) if which else ()
    row = connection.execute(
        select(
            ReplyRow,
            (db_now() - ReplyRow.created_at).label("age_s"),
            wait_s.label("wait_s"),
            and_(*_stale()).label("stale"),
        )
        .where(ReplyRow.chat_id == chat_id, ReplyRow.state.in_(OPEN_STATES), *which)
        .order_by(*waits, ReplyRow.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Due(
        id=row.id,
        chat_id=row.chat_id,
        uuid=row.uuid,
        texts=row.texts,
        key=row.key,
        language=row.language,
        parts=row.parts,
        choices=row.choices,
        parts_sent=row.parts_sent,
        attempts=row.attempts,
        uncertain=row.state == "sending",
        first_tried_at=row.first_tried_at,
        age_s=row.age_s,
        wait_s=max(0.0, row.wait_s),
        stale=bool(row.stale),
    )


def rendered(
    connection: Connection,
    due: Due,
    parts: Sequence[str | dict[str, Any]],
    choices: Sequence[Sequence[str]],
    pack_version: str,
) -> None:
    """Keeps the words that will be sent; from here on a new pack version changes nothing.

    parts: texts, and for what is seen or heard {"text", "medium"}; see worker.media_out.
    """
    connection.execute(
        update(ReplyRow)
        # Not by the row's number alone: SQLite gives that of an erased reply to the next one.
        .where(ReplyRow.id == due.id, ReplyRow.uuid == due.uuid)
        .values(parts=list(parts), choices=[list(c) for c in choices], pack_version=pack_version)
    )


def sending(connection: Connection, due: Due) -> bool:
    """Marks that a try is about to leave; committed before it does. False where this part is not to leave any more: the person
    said STOP meanwhile, or an earlier part has to go again.
    """
    marked = connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.id == due.id,
            ReplyRow.uuid == due.uuid,
            ReplyRow.state.in_(OPEN_STATES),
            ReplyRow.parts_sent == due.parts_sent,
        )
        .values(
            state="sending",
            first_tried_at=func.coalesce(ReplyRow.first_tried_at, db_now()),
            resent=ReplyRow.resent + (1 if due.uncertain else 0),
        )
    )
    return marked.rowcount == 1


def accepted(connection: Connection, due: Due, provider_id: str, *, looked_up: bool = False) -> None:
    """One more part is with the provider; after the last the reply is `sent`."""
    total = len(due.parts or ())
    told = parts_told.of_parts(connection, due.uuid, total)
    mine = parts_told.took(connection, due.outgoing_id, provider_id, told.get(due.parts_sent), total=total)
    if mine is not None:
        told[due.parts_sent] = mine
    after = parts_told.following(due.parts_sent, total, told)
    last = after >= total
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id)
        .values(
            parts_sent=after,
            # What was stopped while it was under way stays so, but for what has left whole.
            state="sent" if last else case((ReplyRow.state == "sending", "queued"), else_=ReplyRow.state),
            provider_id=provider_id[:80],
            # Found at the provider: nothing was sent a second time after all.
            resent=ReplyRow.resent - (1 if looked_up else 0),
            next_try_at=None,
            first_tried_at=None if not last else ReplyRow.first_tried_at,
            error=None if last else ReplyRow.error,
        )
    )
    copies.note_of(connection, due.chat_id, provider_id)
    if any(one.heard for one in told.values()):
        # A failure may have been told before we knew that it was accepted, and of an earlier part meanwhile.
        receipts.settle(connection, due.uuid, due.chat_id)


def retry(
    connection: Connection, due: Due, wait_s: float, *, uses_try: bool, certain: bool, error: str
) -> bool:
    """Puts a reply back for later; False where its tries are used up and it is now failed.

    certain: the provider surely did not take it (else the next try asks first, or is counted as a possible double).
    """
    attempts = due.attempts + (1 if uses_try else 0)
    failed = attempts > len(RETRIES_S)
    never_left = certain and not due.uncertain and not failed
    done = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id, ReplyRow.state.in_(OPEN_STATES))
        .values(
            state="failed" if failed else ("queued" if certain else "sending"),
            attempts=attempts,
            next_try_at=db_now() + wait_s,
            error=error[:80],
            # Nobody can have read it before the next try.
            first_tried_at=None if never_left else ReplyRow.first_tried_at,
            # A try that surely did not arrive was no double.
            resent=ReplyRow.resent - (1 if certain and due.uncertain else 0),
        )
    )
    if certain and not done.rowcount:
        _surely_not(connection, due)
    if due.parts_sent:
        receipts.settle(connection, due.uuid, due.chat_id)
    return not failed


def close(connection: Connection, due: Due, state: str, error: str) -> None:
    """Ends a reply as failed, parked or dropped."""
    done = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id, ReplyRow.state.in_(OPEN_STATES))
        .values(state=state, error=error[:80])
    )
    if not done.rowcount:
        _surely_not(connection, due)
    if due.parts_sent:
        receipts.settle(connection, due.uuid, due.chat_id)


def _surely_not(connection: Connection, due: Due) -> None:
    """The provider did not take the part that was under way when the person said STOP."""
    connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == due.id, ReplyRow.uuid == due.uuid, silence.met_under_way())
        .values(first_tried_at=None)
    )


def _stale() -> tuple[ColumnElement[bool], ...]:
    return (
        ReplyRow.expires_at.is_not(None),
        ReplyRow.expires_at <= db_now(),
        ReplyRow.state.in_(("queued", "parked")),
        or_(ReplyRow.parts_sent == 0, ReplyRow.error == silence.SAID_STOP),
    )


def drop_stale(connection: Connection, chat_id: int | None = None) -> int:
    """Drops what is not good any more before it could be sent, in one chat or in all; how many."""
    of = [] if chat_id is None else [ReplyRow.chat_id == chat_id]
    return connection.execute(
        update(ReplyRow).where(*_stale(), *of).values(state="dropped", error="stale")
    ).rowcount


def chats_with_work(connection: Connection, limit: int) -> list[int]:
    """Chats whose replies are due and whom nobody is sending to."""
    return list(
        connection.execute(
            select(Chat.id)
            .where(
                and_(
                    Chat.send_due_at.is_not(None),
                    Chat.send_due_at <= db_now(),
                    or_(Chat.send_until.is_(None), Chat.send_until < db_now()),
                )
            )
            .order_by(Chat.send_due_at)
            .limit(limit)
        ).scalars()
    )
