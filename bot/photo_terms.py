"""How many days a photograph is kept: what the operator set (NGOZI_PHOTO_DAYS), or fewer, as an administrator set at the console.

Nobody's photograph is kept longer than they were told. Fewer days hold at once, for what is kept already too. More days, up to
the operator's, hold for those who agree from then on: whoever agreed to fewer keeps these (`ChatState.consent_days`). The only
writer of `photo_terms`, which grows by a row a change.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update

from bot import audit
from bot.clock import db_now
from bot.durations import DAY_S
from bot.errors import NgoziError
from bot.tables import Photo, PhotoTerm

__all__ = ["BadDays", "in_force", "keep_for", "put", "shortest", "would_go"]


class BadDays(NgoziError):
    """A number of days that cannot be."""


def in_force(connection: Connection, most: int) -> int:
    """Days that a photograph is kept of whoever agrees now. most: the operator's, which nothing at the console exceeds."""
    set_last = connection.execute(select(PhotoTerm.days).order_by(PhotoTerm.id.desc()).limit(1)).scalar()
    return min(most, set_last or most)


def keep_for(days: int, agreed_to: int) -> int:
    """Days that a photograph of one person is kept. agreed_to: what they were told when they agreed, 0 where it is not known."""
    return min(days, agreed_to or days)


def shortest(connection: Connection, most: int) -> int:
    """The fewest days that held at any time in the last `most` days: what may be left of somebody who was told so."""
    days = in_force(connection, most)
    lately = connection.execute(
        select(func.min(PhotoTerm.days)).where(PhotoTerm.until > db_now() - most * DAY_S)
    ).scalar()
    return min(days, lately or days)


def would_go(connection: Connection, days: int) -> int:
    """How many photographs and recordings are older than that many days, and would be deleted with the next sweep."""
    old = select(func.count()).select_from(Photo).where(Photo.created_at <= db_now() - days * DAY_S)
    return int(connection.execute(old).scalar_one())


def put(connection: Connection, days: int, *, most: int, by: int) -> None:
    """From now on photographs are kept so many days, those that are kept already too where it is fewer.

    by: the administrator's person number. Raises BadDays: not 1 to `most`.
    """
    if not 1 <= days <= most:
        raise BadDays(f"days is {days}; expected 1 to {most}")
    before = in_force(connection, most)
    if days == before:
        return
    connection.execute(update(PhotoTerm).where(PhotoTerm.until.is_(None)).values(until=db_now()))
    connection.execute(insert(PhotoTerm).values(days=days, set_at=db_now()))
    ends = Photo.created_at + days * DAY_S
    connection.execute(update(Photo).where(Photo.expires_at > ends).values(expires_at=ends))
    audit.record(
        connection, "photo_days_set", "photographs", by=by, before={"days": before}, after={"days": days}
    )
