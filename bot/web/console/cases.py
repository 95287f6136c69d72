"""The clinic's desk: the list of cases, and what the pages of one case share (bot.web.console.case_page, case_deeds)."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

import locales
from bot import colleagues, places
from bot.cases import deeds, inbox
from bot.cases.inbox import Filters, Listed
from bot.clock import now
from bot.conversation.desk import wording
from bot.database import reading
from bot.messages import Urgency
from bot.web.console import case_deeds, case_page, due_times, place_names
from bot.web.console.frame import ROOT, Console, Visit

__all__ = ["add", "show"]

STATES = ("open", "waiting", "mine", "answered", "closed", "all")


def add(console: Console) -> None:
    """Registers the list and the pages of a case."""
    console.get("/cases", "see_cases", show, nav="console.nav.cases", about="console.about.cases")
    case_page.add(console)
    case_deeds.add(console)


def show(visit: Visit, *, own: bool = False) -> Response:
    """A page of the list. own: of the cases that the person's own chats look after, for a health worker."""
    number = visit.query("page")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    filters = Filters(
        inbox.state_of(visit.query("state")),
        visit.query("urgency")[:12],
        visit.query("place")[:40],
        visit.query("language")[:16],
        visit.query("code")[:40].strip(),
    )
    keeper = visit.me.person_id if own else None
    with reading(visit.engine) as connection:
        page = inbox.listed(connection, filters, visit.me.person_id, at, kept_by=keeper)
        counts = inbox.counts(connection, visit.me.person_id, kept_by=keeper)
        wanted = inbox.place_ids(connection, kept_by=keeper)
        held = {one.claimed_by for one in page.cases if one.claimed_by}
        called = {} if own else colleagues.names(connection, held)
        names = {p.id: p.name for p in places.all_places(connection)} if wanted else {}
    moment = now()
    where = case_page.OWN_CASES if own else case_page.CASES
    codes = locales.languages(visit.console.settings.allow_unreviewed)
    asked = {
        name: visit.query(name)
        for name in ("state", "urgency", "place", "language", "code")
        if visit.query(name)
    }
    if at and not page.cases:
        # Answered meanwhile, or an old address: the last page that there is, and not an empty one without a way back.
        with reading(visit.engine) as connection:
            last = inbox.last_page(connection, filters, visit.me.person_id, kept_by=keeper)
        return visit.go(_address(where, asked, last).removeprefix(ROOT))
    return visit.page(
        "cases.html",
        page=page,
        counts=counts,
        filters=filters,
        states=[one for one in STATES if not own or one != "mine"],
        own=own,
        called=called,
        base=f"{ROOT}{where}",
        urgencies=[u.value for u in Urgency],
        languages={code: locales.pack(code).name for code in codes},
        places=place_names.called(visit, wanted, names),
        ages={one.id: locales.render(wording.age(one.since, moment), visit.language) for one in page.cases},
        due={one.id: _due(visit, one, moment, own) for one in page.cases},
        may_answer=visit.me.role in deeds.MAY_ANSWER and visit.may("answer_cases"),
        newer=_address(where, asked, at - 1) if at else "",
        older=_address(where, asked, at + 1) if page.more else "",
    )


def _due(visit: Visit, one: Listed, at: float, own: bool) -> list[due_times.Told]:
    return due_times.of_case(
        visit,
        at,
        urgency=one.soon,
        waiting_since=one.since if one.waits else None,
        due_at=None if one.closed else one.due_at,
        worker=own,
    )


def _address(where: str, asked: dict[str, str], page: int) -> str:
    return f"{ROOT}{where}?" + urlencode({**asked, "page": page})
