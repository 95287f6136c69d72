"""A health worker's own cases: the list and the pages of a case as the clinic's desk has them, of nobody else's patient.

Read, print the letter, close with what became of the patient. Every address asks whose case it is: another's is
not there.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from starlette.responses import Response

from bot.cases import deeds, store
from bot.cases.store import CaseMoved
from bot.database import reading, transaction
from bot.web.console import case_closing, case_page, cases
from bot.web.console.case_page import OWN_CASES
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get(
        OWN_CASES,
        "see_own_cases",
        partial(cases.show, own=True),
        nav="console.nav.own_cases",
        about="console.about.own_cases",
    )
    console.get(f"{OWN_CASES}/{{code}}", "see_own_cases", partial(case_page.show, own=True))
    console.get(f"{OWN_CASES}/{{code}}/media/{{media}}", "see_own_cases", partial(case_page.media, own=True))
    console.get(f"{OWN_CASES}/{{code}}/letter.pdf", "see_own_cases", partial(case_page.letter, own=True))
    console.post(f"{OWN_CASES}/{{code}}/close", "close_own_cases", close)


def close(visit: Visit) -> Response:
    """Closes one with what became of the patient, as in the chat."""
    outcome, me = visit.form.get("outcome"), visit.me.person_id
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"), me)
    if case is None:
        return visit.problem(404)
    if asks := case_closing.asked(visit, case, own=True):
        return asks
    try:
        with transaction(visit.engine) as connection:
            case = case_page.case_of(connection, visit.path("code"), me)
            if case is None:
                return visit.problem(404)
            deeds.close_own(connection, case.id, me, cast(store.Ending, outcome))
    except CaseMoved:
        return case_page.page_of(visit, visit.form, visit.shown("console.problem.moved"), 409, own=True)
    return visit.go(f"{OWN_CASES}/{case.code}", said="case_closed")
