"""The codes that cases have, or had lately: a code is of one case, and for a while after it of none.

It may stand in a notebook, and must not lead to another patient.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, exists, func, select, update

from bot.casework import codes
from bot.clock import db_now
from bot.database import insert_for
from bot.durations import DAY_S
from bot.tables import CaseCode, CaseRow

__all__ = ["CODE_DAYS", "back", "left", "left_by", "proposed", "take", "take_fresh"]

# So long after its case was closed, or erased, a code is not given to another.
CODE_DAYS = 90


def proposed(connection: Connection, count: int) -> tuple[str, ...]:
    """So many different codes that are free at this moment; `store.open_case` takes them."""
    width = _width(connection)
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = {codes.fresh(width) for _ in range(count)}
        taken = connection.execute(select(CaseCode.code).where(CaseCode.code.in_(drawn))).scalars()
        found |= dict.fromkeys(sorted(drawn - set(taken)))
    return tuple(found)[:count]


def _width(connection: Connection) -> int:
    return codes.width_for(connection.execute(select(func.count()).select_from(CaseCode)).scalar_one())


def take_fresh(connection: Connection) -> str:
    """A code that was free, and is taken now."""
    width = _width(connection)
    while True:
        code = codes.fresh(width)
        if take(connection, code):
            return code


def take(connection: Connection, code: str) -> bool:
    """True where the code was free, and is taken now."""
    free = and_(CaseCode.left_at < db_now() - CODE_DAYS * DAY_S, ~exists().where(CaseRow.code == code))
    got = connection.execute(
        insert_for(connection)(CaseCode)
        .values(code=code, left_at=None)
        .on_conflict_do_update(index_elements=[CaseCode.code], set_={"left_at": None}, where=free)
        .returning(CaseCode.code)
    ).scalar_one_or_none()
    return got is not None


def left(connection: Connection, code: str) -> None:
    """Its case is closed."""
    connection.execute(update(CaseCode).where(CaseCode.code == code).values(left_at=db_now()))


def back(connection: Connection, code: str) -> None:
    """Its case is open again."""
    connection.execute(update(CaseCode).where(CaseCode.code == code).values(left_at=None))


def left_by(connection: Connection, case_ids: Sequence[int]) -> None:
    """The cases are about to be deleted: the codes of those that are open are left now, of the others since they were closed."""
    gone = select(CaseRow.code).where(CaseRow.id.in_(case_ids), CaseRow.closed_at.is_(None))
    connection.execute(
        update(CaseCode).where(CaseCode.code.in_(gone), CaseCode.left_at.is_(None)).values(left_at=db_now())
    )
