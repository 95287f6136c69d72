"""What a clinician does with a case: each form is one deed of bot.cases.deeds; the person's chat is woken after the commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlalchemy import Connection
from starlette.responses import Response

from bot import colleagues
from bot.cases import casefile, deeds, opinions, store, teaching
from bot.cases.store import Case, CaseMoved
from bot.casework import answers
from bot.casework.answers import Answer
from bot.clinical import conditions
from bot.clinical.clinic_says import says
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.queue import SWEEP, TURN, Wakes
from bot.web.console import case_closing, case_page
from bot.web.console.forms import Form
from bot.web.console.frame import Console
from bot.web.console.visit import Visit

__all__ = ["add"]

Deed = Callable[[Connection, Case], object]


def add(console: Console) -> None:
    """Registers the forms."""
    for name, page in (
        ("claim", claim),
        ("release", release),
        ("pass-on", pass_on),
        ("second", second),
        ("second-back", second_back),
        ("opinion", opine),
        ("answer", answer),
        ("close", close),
        ("teaching-back", teaching_back),
    ):
        console.post(f"/cases/{{code}}/{name}", "answer_cases", page)
    console.post("/cases/{code}/take-over", "take_over_cases", take_over)


def claim(visit: Visit) -> Response:
    """Takes the case for a while, or goes on with it; not one for which oneself asked for a second opinion."""
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"))
    if case is not None and case.waits and case.second_by == visit.me.person_id:
        return case_page.page_of(visit, visit.form, visit.shown("console.case.second_own"), 409)
    return _do(visit, lambda c, case: deeds.take(c, case.id, visit.me.person_id), "case_claimed")


def take_over(visit: Visit) -> Response:
    """Takes it from who is answering it, who cannot be asked: after a question that names them."""
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"))
        holder = case.claimed_by if case is not None else None
        named = colleagues.name_of(connection, holder)
    if holder is not None and holder != visit.me.person_id:
        who = named or visit.t("console.people.person", number=holder)
        if asks := visit.unsure(f"{case_page.CASES}/{visit.path('code')}", "take_over", who=who):
            return asks
    return _do(visit, lambda c, case: deeds.take_over(c, case.id, visit.me.person_id), "case_claimed")


def release(visit: Visit) -> Response:
    """Gives it back."""
    return _do(
        visit, lambda c, case: deeds.release(c, case.id, visit.me.person_id), "case_released", "/cases"
    )


def pass_on(visit: Visit) -> Response:
    """Hands it over, with a note."""
    number, words = visit.form.get("to"), visit.form.get("words")
    with reading(visit.engine) as connection:
        known = {str(one): one for one, _ in deeds.colleagues(connection)}
    if number and number not in known:
        # They were in the list when the page was made; the note is on its way to somebody.
        return case_page.page_of(visit, visit.form, visit.shown("console.case.fault_colleague"), 409)
    if len(words) > deeds.LONGEST_NOTE:
        return _too_long(visit)
    to = known.get(number)
    woken: Wakes = []

    def pass_(connection: Connection, case: Case) -> None:
        sealer, me = visit.console.sealer, visit.me.person_id
        woken.extend(deeds.pass_on(connection, sealer, case.id, me, words, to))

    response = _do(visit, pass_, "case_passed_on", "/cases")
    for task, chat_id in woken:
        visit.console.wake(task, chat_id)
    return response


def second(visit: Visit) -> Response:
    """Asks another clinician too."""
    words = visit.form.get("words")
    if len(words) > deeds.LONGEST_NOTE:
        return _too_long(visit)
    return _do(
        visit,
        lambda c, case: deeds.second(c, visit.console.sealer, case.id, visit.me.person_id, words),
        "case_second",
        "/cases",
    )


def second_back(visit: Visit) -> Response:
    """Takes one's own request for it back."""
    return _do(visit, lambda c, case: deeds.second_back(c, case.id, visit.me.person_id), "case_second_back")


def opine(visit: Visit) -> Response:
    """Keeps what the clinician thinks it is; nobody is told."""
    thought = case_page.opinion_of(visit.form)
    condition, urgency = _condition(thought), _urgency(thought)
    if condition is None or urgency is None:
        return case_page.page_of(visit, visit.form, visit.shown("console.case.fault_opinion"), 400)
    done = _do(
        visit, lambda c, case: deeds.opine(c, case.id, visit.me.person_id, condition, urgency), "case_opinion"
    )
    if done.status_code == 303 and case_page.draft_of(visit.form).fields:
        # Words that nobody may lose stand in no address: the page itself is the answer.
        return case_page.page_of(visit, visit.form, done=visit.shown("console.said.case_opinion"))
    return done


def answer(visit: Visit) -> Response:
    """Sends the answer: the case's chat is due to be told, and woken."""
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"))
        place = deeds.place_of(connection, visit.form.get("place"))
    if case is None:
        return visit.problem(404)
    said = tuple(name for name in visit.form.all("say") if name)
    answer_ = Answer(
        said,
        visit.form.get("own").strip(),
        # One that is not in the directory any more is no place, and still one that was chosen.
        (place.name, place.region) if place is not None else tuple(filter(None, (visit.form.get("place"),))),
        visit.form.get("question"),
    )
    urgency, condition = _urgency(visit.form), _condition(visit.form)
    asked = [one.id for one in casefile.askable(case)]
    fault = answers.fault(answer_, urgency, case.state.floor, asked)
    wrong = _wrong(visit, answer_, urgency, fault)
    if not wrong and condition is not None and urgency is None:
        wrong = visit.shown("console.case.fault_opinion")
    if wrong:
        # What was typed took its time: the claim goes on, or the next try would find it gone.
        with transaction(visit.engine) as connection:
            deeds.go_on(connection, case.id, visit.me.person_id)
        return case_page.page_of(visit, visit.form, wrong, 400)
    woken: list[int] = []

    def send(connection: Connection, case: Case) -> None:
        floor = case.state.floor.value if case.state.floor is not None else ""
        if floor != visit.form.get("floor"):
            raise CaseMoved(f"case {case.id} has other signs of danger than when the page was made")
        chat = deeds.answer(
            connection,
            visit.console.sealer,
            case.id,
            visit.me.person_id,
            answer_,
            urgency,
            condition,
            place if "refer_to" in said else None,
        )
        woken.append(chat)

    response = _do(visit, send, "case_answered")
    for chat_id in woken:
        visit.console.wake(TURN, chat_id)
    return response


def close(visit: Visit) -> Response:
    """Closes the case with what became of the patient."""
    outcome = visit.form.get("outcome")
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"))
    if case is not None and (asks := case_closing.asked(visit, case)):
        return asks
    woken: Wakes = []

    def end(connection: Connection, case: Case) -> None:
        woken.extend(deeds.close(connection, case.id, visit.me.person_id, cast(store.Ending, outcome)))

    response = _do(visit, end, "case_closed")
    for task, chat_id in woken:
        visit.console.wake(task, chat_id)
    return response


def teaching_back(visit: Visit) -> Response:
    """The patient, or who speaks for them, said so here: nothing of theirs teaches the model any more. Also of a closed case.

    Sets on the shelf that rest on it go with the sweep.
    """

    if asks := _unsure(visit, "teaching"):
        return asks

    def back(connection: Connection, case: Case) -> None:
        if not teaching.withdraw_person(connection, case, visit.me.person_id):
            raise CaseMoved(f"of case {case.id} nothing is agreed to that could be taken back")

    response = _do(visit, back, "teaching_back")
    if response.status_code == 303:
        visit.console.wake(SWEEP, 0)
    return response


def _too_long(visit: Visit) -> Response:
    said = visit.shown("console.case.fault_note", count=visit.number(deeds.LONGEST_NOTE))
    return case_page.page_of(visit, visit.form, said, 400)


def _do(visit: Visit, deed: Deed, said: str, back: str = "") -> Response:
    """Does it in one transaction and goes on; where somebody was first, the case is shown as it is now."""
    try:
        with transaction(visit.engine) as connection:
            case = case_page.case_of(connection, visit.path("code"))
            if case is None:
                return visit.problem(404)
            deed(connection, case)
    except CaseMoved:
        return case_page.page_of(visit, visit.form, visit.shown("console.problem.moved"), 409)
    return visit.go(back or f"/cases/{case.code}", said=said)


def _unsure(visit: Visit, message_id: str) -> Response | None:
    """Asks back where there is such a case."""
    with reading(visit.engine) as connection:
        case = case_page.case_of(connection, visit.path("code"))
    return None if case is None else visit.unsure(f"{case_page.CASES}/{case.code}", message_id)


def _wrong(visit: Visit, said: Answer, urgency: Urgency | None, fault: answers.Fault) -> str:
    """Why an answer is not sent, in the language of the page; '' where it may be."""
    if not fault:
        return ""
    named: dict[str, object] = {"count": answers.MOST_SAID} if fault == "many" else {}
    if fault == "against" and (two := answers.clash(said, urgency)) is not None:
        named = dict(zip(("one", "other"), (_named(visit, one) for one in two), strict=True))
    elif fault in ("place_alone", "question_alone"):
        named = {"sentence": _named(visit, "refer_to" if fault == "place_alone" else "ask")}
    return visit.t(f"console.case.fault_{fault}", **named)


def _named(visit: Visit, one: str | Urgency) -> str:
    """A prepared sentence as its box has it; how soon as it was chosen."""
    if isinstance(one, Urgency):
        return f"{visit.t('console.case.how_soon')}: {visit.t(f'desk.short.{one.value}')}"
    return case_page.shown(visit, says()[one])


def _urgency(form: Form) -> Urgency | None:
    typed = form.get("urgency")
    return Urgency(typed) if typed in tuple(Urgency) else None


def _condition(form: Form) -> str | None:
    """A code, NONE for 'I would not name any', None where nothing was chosen."""
    typed = form.get("condition")
    if typed == "-":
        return opinions.NONE
    return typed if typed in conditions.everything() else None
