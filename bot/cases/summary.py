"""What a worker's week looked like, in numbers."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from bot.cases.store import mine
from bot.cases.weighing_sql import soon_as_stored
from bot.conversation.desk.events import Summary
from bot.tables import CaseRow

__all__ = ["of_week"]


def of_week(connection: Connection, chat_id: int, since: float, until: float) -> Summary:
    """The numbers from `since` to before `until` (epoch s); overdue means due before `until`."""
    own = mine(chat_id)
    still = CaseRow.closed_at.is_(None)

    def count(*where: object) -> int:
        found = select(func.count()).select_from(CaseRow).where(own, *where)  # type: ignore[arg-type]
        return int(connection.execute(found).scalar_one())

    ended = (CaseRow.closed_at >= since, CaseRow.closed_at < until)
    outcomes = connection.execute(
        select(CaseRow.outcome, func.count()).where(own, *ended).group_by(CaseRow.outcome)
    ).all()
    pressing = soon_as_stored().label("pressing")
    urgencies = connection.execute(
        select(pressing, func.count()).where(own, still).group_by("pressing")
    ).all()
    return Summary(
        opened=count(CaseRow.opened_at >= since, CaseRow.opened_at < until),
        closed=sum(n for _, n in outcomes),
        outcomes={str(outcome): int(n) for outcome, n in outcomes},
        open=sum(n for _, n in urgencies),
        urgencies={str(urgency): int(n) for urgency, n in urgencies},
        overdue=count(still, CaseRow.due_at < until),
        waiting=count(still, CaseRow.escalated_at.is_not(None), CaseRow.answered_at.is_(None)),
    )
