"""What is asked before a case is closed: what became of the patient, and what of the case is still open."""

from __future__ import annotations

from starlette.responses import Response

from bot.cases.store import Case
from bot.web.console.case_page import CASES, OUTCOMES, OWN_CASES, page_of
from bot.web.console.visit import Visit

__all__ = ["asked"]


def asked(visit: Visit, case: Case, *, own: bool = False) -> Response | None:
    """None where what became of the patient is chosen and the person is sure; else what is answered instead.

    Asked by a page, with JavaScript too: it names the outcome, and what of the case is still open as it stands now.
    """
    outcome = visit.form.get("outcome")
    if not outcome:
        return page_of(visit, visit.form, visit.shown("console.case.fault_outcome"), 400, own=own)
    if outcome not in OUTCOMES:
        return visit.problem(400)
    back = f"{OWN_CASES if own else CASES}/{case.code}"
    return visit.unsure(back, _still_open(case), outcome=visit.t(f"desk.close.{outcome}"))


def _still_open(case: Case) -> str:
    """Which question is asked, by what is still waited for."""
    if case.waits:
        return "close_second" if case.reason == "second" else "close_unanswered"
    return "close_asked" if case.asked else "close"
