"""Whoever is on duty must hear at once that somebody may be in danger: which replies say so, and which of them nobody got.

Outside WhatsApp's window an alert does not leave: whatever a template carries is shown on the locked screen of a telephone. A
knock goes in its place, which says that somebody is needed and nothing of whom; the alert follows when the clinician writes.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from bot.clock import db_now
from bot.conversation import handover
from bot.durations import DAY_S
from bot.messages import Outside
from bot.parts_told import LEFT
from bot.tables import CaseRow, ReplyRow

__all__ = ["ALERT", "BLOCKED", "KNOCK", "outside", "untold"]

ALERT, KNOCK = "on_duty", "knock"
# Of a reply that the platform did not take because the person blocked us.
BLOCKED = "stopped"
# So long an alert may be tried again before it counts as told to nobody.
LATE_S = 900.0
# An alert of no case (a colleague's) is answered by word of mouth, and nobody notes it.
SPOKEN_S = 3 * DAY_S


def outside(key: str) -> Outside:
    """What of a reply may leave while WhatsApp's window is closed."""
    if key == KNOCK:
        return "knock"
    return "withheld" if key == ALERT else "text"


def untold() -> ColumnElement[bool]:
    """Of a reply: an alert that has reached no clinician, nor has a knock, while somebody still waits for one of them."""
    other, knock = aliased(ReplyRow), aliased(ReplyRow)
    knocked = exists().where(
        knock.chat_id == other.chat_id, knock.key == KNOCK, knock.id > other.id, knock.state.in_(LEFT)
    )
    got = (other.key == ALERT, other.turn_id == ReplyRow.turn_id, or_(other.state.in_(LEFT), knocked))
    # By the case where there is one: replies have no index of their turns.
    reached = or_(
        and_(ReplyRow.case_id.is_not(None), exists().where(other.case_id == ReplyRow.case_id, *got)),
        and_(ReplyRow.case_id.is_(None), exists().where(other.case_id.is_(None), *got)),
    )
    waits = select(CaseRow.id).where(
        CaseRow.id == ReplyRow.case_id,
        CaseRow.reason == handover.HARM,
        CaseRow.escalated_at.is_not(None),
        CaseRow.answered_at.is_(None),
        CaseRow.closed_at.is_(None),
        or_(CaseRow.claimed_until.is_(None), CaseRow.claimed_until < db_now()),
    )
    return and_(
        ReplyRow.key == ALERT,
        or_(
            ReplyRow.state.in_(("parked", "failed")),
            and_(ReplyRow.state == "dropped", ReplyRow.error == BLOCKED),
            and_(ReplyRow.state.in_(("queued", "sending")), ReplyRow.created_at < db_now() - LATE_S),
        ),
        or_(
            waits.exists(),
            and_(ReplyRow.case_id.is_(None), ReplyRow.created_at > db_now() - SPOKEN_S),
        ),
        ~reached,
    )
