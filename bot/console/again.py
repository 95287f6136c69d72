"""What was given up, tried once more. Jobs: only where the conversation still waits for what they would say.

Whoever was told that their photograph could not be judged gets no second answer, for it could say less than the first; nor does
a question that has got its prepared sentence. What is left: findings that were made or given up and never told (the turn failed
over them), and a description that was not said, of a photograph that can still be read. The row goes back to `wanted`, alone, so
that a photograph that kills an engine takes no other with it.

A reply: only where the person wants to hear us, and where it would not undo what was said since: sent late, "it can wait" would
be read as the last word after "go now".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import Connection, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from bot import dead_letters, parts_told, silence, stored_state
from bot.clock import db_now
from bot.conversation import course, talk
from bot.conversation.state import ChatState
from bot.conversation.step import awaits_findings
from bot.messages import OPINION
from bot.tables import CaseRow, Chat, FindingsJob, Photo, ReplyRow, TalkJob

__all__ = ["Barred", "NotAgain", "barred", "findings", "may_findings", "may_words", "reply", "words"]

# Why a reply is not sent once more: the person wants to hear nothing, or something newer has left.
Barred = Literal["stopped", "newer"]
# Replies that say how soon somebody must be seen.
_HOW_SOON = (*sorted(course.RESULTS), "alarm", "now", OPINION, "refused")


class NotAgain(Exception):
    """The reply is there, and is not sent."""

    def __init__(self, why: Barred) -> None:
        super().__init__(why)
        self.why = why


def barred(connection: Connection, reply_ids: Iterable[int]) -> dict[int, Barred]:
    """Of these replies those that must not be sent once more, and why."""
    later = aliased(ReplyRow)
    # In a health worker's chat each case has a last word of its own; a patient's chat has one.
    same = or_(Chat.person_id.is_(None), later.case_id.is_not_distinct_from(ReplyRow.case_id))
    newer = exists().where(
        and_(
            later.chat_id == ReplyRow.chat_id,
            later.id > ReplyRow.id,
            later.key.in_(_HOW_SOON),
            later.state.in_(parts_told.LEFT),
            ReplyRow.key.in_((*_HOW_SOON, "closed")),
            same,
        )
    )
    rows = connection.execute(
        select(ReplyRow.id, Chat.stopped, Chat.state, newer.label("newer"))
        .join(Chat, Chat.id == ReplyRow.chat_id)
        .where(ReplyRow.id.in_(list(reply_ids)))
    ).all()
    found: dict[int, Barred] = {row.id: "newer" for row in rows if row.newer}
    return found | {row.id: "stopped" for row in rows if row.stopped or silence.said_stop(row.state)}


def reply(connection: Connection, reply_id: int) -> int | None:
    """Has a reply sent once more; its chat, None where it is none that was given up. Raises NotAgain."""
    # Its chat is locked: nothing is said there, and no STOP is heard, while it is looked at.
    if dead_letters.given_up(connection, reply_id) is None:
        return None
    if why := barred(connection, [reply_id]).get(reply_id):
        raise NotAgain(why)
    return dead_letters.replay(connection, reply_id)


def may_findings(connection: Connection, job_id: int) -> bool:
    """True of findings that were given up and that their chat, or case, still waits for."""
    job = _given_up(connection, FindingsJob, job_id)
    state = None if job is None or job.kind != "findings" else _state(connection, job)
    if job is None or state is None or state.stopped:
        return False
    kept = connection.execute(
        select(Photo.id).where(Photo.id.in_(job.photo_ids), Photo.wrapped_key.is_not(None)).limit(1)
    ).first()
    return kept is not None and awaits_findings(state, job.case_version)


def may_words(connection: Connection, job_id: int) -> bool:
    """True of a description that was given up and may still be said, of a photograph whose reading is kept."""
    job = _given_up(connection, TalkJob, job_id)
    if job is None or job.kind != "describe":
        return False
    read = exists().where(
        FindingsJob.id == job.findings_job_id, FindingsJob.state == "done", FindingsJob.soft.is_not(None)
    )
    if not connection.execute(select(read)).scalar_one():
        return False
    state = _state(connection, job)
    return state is not None and talk.may_describe(state, job.case_version)


def findings(connection: Connection, job_id: int) -> int | None:
    """Has findings made once more; the row to wake the engine for, None where that cannot be."""
    return _again(connection, FindingsJob, job_id, {"result": None, "soft": None, "created_at": db_now()})


def words(connection: Connection, job_id: int) -> int | None:
    """Has a description made once more, from now on in the time that one has; as `findings`."""
    return _again(connection, TalkJob, job_id, {"result": None, "created_at": db_now()})


def _again(
    connection: Connection, table: type[FindingsJob | TalkJob], job_id: int, values: dict[str, Any]
) -> int | None:
    chat_id = connection.execute(select(table.chat_id).where(table.id == job_id)).scalar_one_or_none()
    # The chat first (the order of locks everywhere): no turn of it moves on while its state is looked at.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    may = may_findings if table is FindingsJob else may_words
    if not may(connection, job_id):
        return None
    done = connection.execute(
        update(table)
        .where(table.id == job_id, table.chat_id == chat_id, table.state == "parked", table.applied.is_(True))
        .values(state="wanted", applied=False, attempts=0, alone=True, token=None, until=None, **values)
    )
    return job_id if done.rowcount == 1 else None


def _given_up(connection: Connection, table: type[FindingsJob | TalkJob], job_id: int) -> Any:
    """The row; None where it is none, or where its chat is yet to be told."""
    return connection.execute(
        select(table).where(table.id == job_id, table.state == "parked", table.applied.is_(True))
    ).first()


def _state(connection: Connection, job: Any) -> ChatState | None:
    """The conversation that it was made for: of the case, or of the chat; None where that is gone or cannot be read."""
    of_case = select(CaseRow.state).where(CaseRow.id == job.case_id, CaseRow.closed_at.is_(None))
    of_chat = select(Chat.state).where(Chat.id == job.chat_id, Chat.stopped.is_(False))
    text: str | None = connection.execute(of_chat if job.case_id is None else of_case).scalar_one_or_none()
    return stored_state.conversation(text)
