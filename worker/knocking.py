"""An alert that could not leave is not left at that: a knock goes in its place, or it goes to another chat of the same person.

At once where a channel says so while it is sent (worker.deliver); where the provider says so afterwards, or the person has
blocked us, the sweep comes here (`settle`). All clinicians were told when the alert was made (worker.duty): where none of them is
reached, health page and console say so (bot.alerts.untold).
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, Row, select

from bot import alerts, outbox, people, reply_json, silence, stored_state
from bot.database import reading, transaction
from bot.durations import DAY_S
from bot.messages import Reply, Text
from bot.queue import DELIVER, Wakes
from bot.tables import Chat, Person, ReplyRow
from bot.telling import lock
from worker.parts import Parts

__all__ = ["after_window", "beside", "settle"]

log = logging.getLogger(__name__)

AT_ONCE = 100
# A knock of yesterday calls nobody to what is needed now.
GOOD_FOR_S = DAY_S

_CAME_TO_NOTHING = ("parked", "failed", "dropped")


def beside(connection: Connection, chat_id: int, key: str) -> list[int]:
    """The other chats of who is alerted here, to be locked with this one before `after_window`; [] for other replies."""
    if key not in (alerts.ALERT, alerts.KNOCK):
        return []
    whose = select(Chat.person_id).where(Chat.id == chat_id).scalar_subquery()
    return list(
        connection.execute(
            select(Chat.id)
            .join(Person, Person.id == Chat.person_id)
            .where(
                Chat.person_id == whose,
                Person.active,
                Person.role == "clinician",
                Chat.id != chat_id,
                Chat.stopped.is_(False),
                people.talks(),
            )
            .order_by(Chat.id)
        ).scalars()
    )


def after_window(connection: Connection, due: outbox.Due) -> Wakes:
    """The window is closed for this reply, which is ended: what is done for it, and what to wake. Chats are locked already."""
    alert = select(ReplyRow).where(ReplyRow.key == alerts.ALERT)
    if due.key == alerts.KNOCK:
        turn = select(ReplyRow.turn_id).where(ReplyRow.id == due.id).scalar_subquery()
        alert = alert.where(ReplyRow.chat_id == due.chat_id, ReplyRow.turn_id == turn)
    else:
        alert = alert.where(ReplyRow.id == due.id)
    row = connection.execute(alert.limit(1)).first()
    if row is None:
        return []
    woken = _go_on(connection, row)
    if not woken:
        log.warning("alert_not_told", extra={"chat_id": row.chat_id, "reply_id": row.id})
    return woken


def _go_on(connection: Connection, row: Row[Any]) -> Wakes:
    """Knocks where that was not tried; else tells the person's other chats that do not have it."""
    of_turn = (ReplyRow.turn_id == row.turn_id,)
    knock = connection.execute(
        select(ReplyRow.id, ReplyRow.state)
        .where(ReplyRow.chat_id == row.chat_id, ReplyRow.key == alerts.KNOCK, *of_turn)
        .limit(1)
    ).first()
    if row.state == "parked" and knock is None:
        if row.error == silence.SAID_STOP:
            return []
        reply = Reply((Text("clinic.knock"),), (), alerts.KNOCK, good_for_s=GOOD_FOR_S)
        return _queue(connection, row, row.chat_id, reply)
    if knock is not None and knock.state not in _CAME_TO_NOTHING:
        return []
    has = set(
        connection.execute(select(ReplyRow.chat_id).where(ReplyRow.key == alerts.ALERT, *of_turn)).scalars()
    )
    woken: Wakes = []
    for chat_id in beside(connection, row.chat_id, row.key):
        if chat_id not in has:
            woken += _queue(connection, row, chat_id, reply_json.reply_from_json(row.texts, row.key))
    return woken


def _queue(connection: Connection, row: Row[Any], chat_id: int, reply: Reply) -> Wakes:
    state = connection.execute(select(Chat.state).where(Chat.id == chat_id)).scalar_one()
    outbox.queue(connection, chat_id, row.turn_id, [reply], stored_state.speaks(state), row.case_id)
    return [(DELIVER, chat_id)]


def settle(parts: Parts) -> None:
    """Goes on with the alerts that nobody got."""
    with reading(parts.engine) as connection:
        rows = connection.execute(
            select(ReplyRow.id, ReplyRow.chat_id)
            .where(alerts.untold())
            .order_by(ReplyRow.id.desc())
            .limit(AT_ONCE)
        ).all()
    for found in rows:
        with transaction(parts.engine) as connection:
            lock(connection, {found.chat_id, *beside(connection, found.chat_id, alerts.ALERT)})
            row = connection.execute(select(ReplyRow).where(ReplyRow.id == found.id, alerts.untold())).first()
            woken = [] if row is None else _go_on(connection, row)
        for task, chat_id in woken:
            parts.wake(task, chat_id)
