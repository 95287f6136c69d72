"""When something of a case is due, in words: what is late is said, and not only coloured."""

from __future__ import annotations

from dataclasses import dataclass

import locales
from bot.casework import due
from bot.casework.due import Due
from bot.messages import Urgency
from bot.web.console import look
from bot.web.console.visit import Visit

__all__ = ["Told", "of_case"]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for the page. late: its day is over, or it is to be done at once."""

    text: str
    late: bool


def of_case(
    visit: Visit,
    at: float,
    *,
    urgency: Urgency | None,
    waiting_since: float | None,
    due_at: float | None,
    worker: bool,
) -> list[Told]:
    """What is due of an open case at this time, a clinician's answer first; both days by the people's calendar.

    waiting_since: None where no answer is waited for; urgency: None where not known, then no answer has a day. worker: for who
    looks after it, who reads of their own next look also while an answer is waited for.
    """
    zone = visit.console.settings.quiet.zone
    said = []
    if waiting_since is not None and urgency is not None:
        one = due.answer(urgency, waiting_since, at, zone)
        said.append(_told(visit, one, f"clinic.due.{one.stands}"))
    if due_at is not None and (worker or waiting_since is None):
        one = due.look(due_at, at, zone)
        said.append(_told(visit, one, f"console.cases.look_{one.stands}"))
    return said


def _told(visit: Visit, one: Due, name: str) -> Told:
    day = locales.day(one.ends - 1.0, visit.language, visit.console.settings.quiet.zone)
    named = {"day": look.undirected(day)} if one.stands in ("over", "by") else {}
    return Told(visit.t(name, **named), one.stands in ("now", "over"))
