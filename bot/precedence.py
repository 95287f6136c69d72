"""What of a chat's line goes before the rest, and what the person's writing does to the line.

Replies leave in order, and one that is tried again holds back those behind it: but for the few that nobody may wait ten minutes
for. Those overtake what waits for its next try.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, or_, select, update

from bot.clock import db_now
from bot.messages import OPINION, Reply
from bot.tables import Chat, ReplyRow

__all__ = ["OVERTAKES", "end_questions", "hasten", "not_in_line", "overtakes"]

# "Go now", people for whom it is about life, what is told whoever is on duty or in line, and a clinician's answer.
OVERTAKES = ("now", "handover", "alarm", "on_duty", "knock", "queued", OPINION)


def overtakes() -> ColumnElement[bool]:
    """Of a reply: it does not wait for one that is tried again later."""
    return ReplyRow.key.in_(OVERTAKES)


def hasten(connection: Connection, chat_id: int) -> bool:
    """The person wrote: what failed before is tried at once, as a try beyond those that it has. Whether anything is.

    Not what the provider itself told of afterwards: that it was sent too fast is no reason to hurry.
    """
    waited = connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.state.in_(("queued", "sending")),
            ReplyRow.attempts > 0,
            ReplyRow.next_try_at > db_now(),
            or_(ReplyRow.error.is_(None), ReplyRow.error.not_like("status %")),
        )
        .values(next_try_at=None, attempts=ReplyRow.attempts - 1)
    )
    if not waited.rowcount:
        return False
    connection.execute(
        update(Chat)
        .where(Chat.id == chat_id)
        .values(send_due_at=case((Chat.send_due_at < db_now(), Chat.send_due_at), else_=db_now()))
    )
    return True


def end_questions(
    connection: Connection, chat_id: int, but: Collection[str], ids: Collection[str] = ()
) -> None:
    """Questions of which nothing has left do not leave any more: what is said now takes their place. but: keys of replies that
    offer something and are no questions. ids: of sentences that must be said all the same; what says one of them stays.
    """
    waits = ("queued", "parked")
    unsent = connection.execute(
        select(ReplyRow.id, ReplyRow.texts).where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.state.in_(waits),
            ReplyRow.parts_sent == 0,
            ReplyRow.key.not_in(but),
        )
    ).all()
    ended = [row.id for row in unsent if row.texts.get("choices") and _ids(row.texts).isdisjoint(ids)]
    if ended:
        connection.execute(
            update(ReplyRow)
            .where(ReplyRow.id.in_(ended), ReplyRow.state.in_(waits))
            .values(state="dropped", error="overtaken")
        )


def not_in_line(connection: Connection, chat_id: int, replies: Sequence[Reply]) -> list[Reply]:
    """The replies without a question that leaves anyway, with all that would be said beside it.

    One that is not good for ever stays: it takes the place of the one in line (`outbox.queue`).
    """
    rows = connection.execute(
        select(ReplyRow.texts).where(
            ReplyRow.chat_id == chat_id, ReplyRow.state.in_(("queued", "sending", "parked"))
        )
    ).scalars()
    line = [([one["code"] for one in texts.get("choices") or ()], _ids(texts)) for texts in rows]
    return [
        reply
        for reply in replies
        if not (reply.choices and reply.good_for_s is None and _leaves(reply, line))
    ]


def _leaves(reply: Reply, line: Sequence[tuple[list[str], set[str]]]) -> bool:
    codes, ids = [choice.code for choice in reply.choices], {text.id for text in reply.paragraphs}
    return any(codes == offered and ids <= said for offered, said in line)


def _ids(texts: Mapping[str, Any]) -> set[str]:
    return {paragraph["id"] for paragraph in texts.get("paragraphs") or ()}
