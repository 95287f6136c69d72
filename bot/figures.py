"""What the plots count: a row for each result that was told and each photograph that came. The only writer of `figures`; its
reader is `figure_counts`.

A row says the day, how soon, a group of conditions, a place, and by a number whether two rows are one person; no words, no code
of a case. It goes when its chat or case is erased, and after a quarter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Literal

from sqlalchemy import Connection, delete, insert

from bot.clinical import conditions
from bot.clock import now
from bot.conversation import ChatState, course
from bot.tables import Figure

__all__ = [
    "COACH",
    "GROUPS",
    "Group",
    "day_of",
    "forget_cases",
    "group_of",
    "monday",
    "note_case",
    "note_photos",
]

Group = Literal["cancer", "programme", "other", "none"]
GROUPS: tuple[Group, ...] = ("cancer", "programme", "other", "none")
COACH = ("", "small", "dark", "bright", "blurred")

_EPOCH = date(1970, 1, 1).toordinal()


def day_of(zone: tzinfo, at: float | None = None) -> int:
    """The day (days since 1970) of a time (epoch s), now by default, by the people's calendar."""
    return datetime.fromtimestamp(now() if at is None else at, zone).toordinal() - _EPOCH


def monday(day: int) -> int:
    """The Monday of a day's week."""
    return day - (day + 3) % 7


def group_of(state: ChatState) -> Group:
    """The group of what was named: a cancer, a disease that a health programme wants to know of, other, or nothing."""
    found = state.findings
    if found is None or found.abstained or not found.conditions:
        return "none"
    entries = [conditions.everything().get(one.code) for one in found.conditions]
    if any(entry is not None and entry.cancer for entry in entries):
        return "cancer"
    return "programme" if any(entry is not None and entry.report for entry in entries) else "other"


def note_case(
    connection: Connection,
    chat_id: int,
    state: ChatState,
    day: int,
    *,
    case_id: int | None = None,
    who: str = "",
    place_id: str = "",
) -> None:
    """The result of a case was told. case_id, who: of a health worker's case, which counts once, and its patient."""
    urgency = course.urgency(state)
    if case_id is not None:
        connection.execute(delete(Figure).where(Figure.kind == "case", Figure.case_id == case_id))
    connection.execute(
        insert(Figure).values(
            kind="case",
            day=day,
            who=_hashed(who or f"chat {chat_id}"),
            chat_id=chat_id,
            case_id=case_id,
            case_version=state.case_version,
            urgency=urgency.value if urgency is not None else "",
            code=group_of(state),
            place_id=place_id,
        )
    )


def note_photos(
    connection: Connection,
    chat_id: int,
    coached: Sequence[str | None],
    day: int,
    *,
    case_id: int | None = None,
    who: str = "",
) -> None:
    """Photographs came. coached: for each why the coach sent it back, None for a good one."""
    for reason in coached:
        connection.execute(
            insert(Figure).values(
                kind="photo",
                day=day,
                who=_hashed(who or f"chat {chat_id}"),
                chat_id=chat_id,
                case_id=case_id,
                case_version=0,
                urgency="",
                code=reason or "",
                place_id="",
            )
        )


def _hashed(who: str) -> int:
    """62 bits: numbers are told apart faster than words, and two people are hardly ever one."""
    return int.from_bytes(hashlib.blake2b(who.encode(), digest_size=8).digest()) >> 2


def forget_cases(connection: Connection, case_ids: Sequence[int]) -> None:
    """Deletes all rows of these cases. Those of a chat: worker.effects, with everything else of it."""
    connection.execute(delete(Figure).where(Figure.case_id.in_(case_ids)))
