"""One case to be read: its page, photographs and voice messages, its letter. The first look of a day is in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select
from starlette.responses import Response

import locales
from bot import colleagues, places
from bot.cases import casefile, deeds, keepers, opinions, seen, sight, spoken, store, teaching
from bot.cases.opinions import Opinion
from bot.cases.spoken import Line
from bot.cases.store import Case
from bot.casework import answers, codes, weighing
from bot.clinical import conditions
from bot.clinical.clinic_says import GROUPS, Say, says
from bot.clock import now
from bot.conversation.desk import wording
from bot.database import reading, transaction
from bot.letter_pdf import LetterMissing, letter_pdf
from bot.media.vault import VaultError, VaultUnavailable
from bot.messages import Urgency
from bot.place import Place
from bot.tables import CaseRow
from bot.web.console import case_folding, case_says, due_times
from bot.web.console.forms import CSRF, Form
from bot.web.console.frame import Console
from bot.web.console.visit import ROOT, Visit
from bot.web.media import served, typed

__all__ = [
    "CASES",
    "OUTCOMES",
    "OWN_CASES",
    "add",
    "case_of",
    "draft_of",
    "letter",
    "media",
    "opinion_of",
    "page_of",
    "show",
    "shown",
]

# Where the cases are: all of them, and those of whoever asks.
CASES, OWN_CASES = "/cases", "/own-cases"
OUTCOMES = ("better", "seen", "referred", "lost", "died", "other")
# Where an answer can be written, an opinion is sent in its form, so that what is half written comes along; its fields begin so.
_OPINION = "opinion."
_ID = re.compile(r"[0-9a-f]{32}")
# So many are named that cannot be printed.
MOST_LETTERS = 12
# What is kept with a case, as the door of media calls it.
_KINDS = {"photo": "photo", "voice": "recording"}


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/cases/{code}", "see_cases", show)
    console.get("/cases/{code}/media/{media}", "see_cases", media)
    console.get("/cases/{code}/letter.pdf", "see_cases", letter)


def case_of(connection: Connection, typed: str, kept_by: int | None = None) -> Case | None:
    """The case of a code in an address; None where there is none. kept_by: nor where this person's chats do not look after it."""
    found = codes.found_in(typed)
    if len(found) != 1:
        return None
    wanted = select(CaseRow).where(CaseRow.code == found[0][0])
    if kept_by is not None:
        wanted = wanted.where(keepers.kept_by(kept_by))
    row = connection.execute(wanted).first()
    return None if row is None else store.read(row)


def show(visit: Visit, *, own: bool = False) -> Response:
    """The page of a case. own: here and below, for a health worker: their own cases, and nothing that is between clinicians."""
    return page_of(visit, Form(), own=own)


def page_of(
    visit: Visit, form: Form, problem: str = "", status: int = 200, *, own: bool = False, done: str = ""
) -> Response:
    """The page, with what was typed into the form that was sent, and what is wrong with it. The other forms stand as they were:
    what somebody thinks for themselves must not find its way into what a patient is told. A half-written answer that came along
    with an opinion stands in its own again. done: what is said of a form that was done, and is empty again.
    """
    sent = visit.request.url.path.rpartition("/")[2] if form.fields and not done else ""
    with reading(visit.engine) as connection:
        case = case_of(connection, visit.path("code"), _keeper(visit, own))
    if case is None:
        return visit.problem(404)
    _note(visit, case)
    with reading(visit.engine) as connection:
        lines = spoken.said(connection, visit.console.sealer, case)
        kept = spoken.pictures(connection, case)
        thought = [] if own else opinions.of_case(connection, case.id)
        others = [one for one in deeds.colleagues(connection) if one[0] != visit.me.person_id]
        called = {} if own else _called(connection, case, others, lines, thought)
        agreed = teaching.stands_for_person(connection, case)
        every = places.all_places(connection)
        known = [place for place in every if place.active]
    moment = now()
    theirs = case.state.speaks
    photos = [one for one in kept if one.kind == "photo"]
    return visit.page(
        "case.html",
        status,
        case=case,
        own=own,
        here=f"{ROOT}{OWN_CASES if own else CASES}/{case.code}",
        file=casefile.opened(case),
        say=lambda text: locales.render(text, visit.language),
        theirs=case_says.tongue(theirs),
        in_theirs=lambda text: locales.render(text, theirs),
        age=locales.render(wording.age(case.escalated_at or case.opened_at, moment), visit.language),
        due=due_times.of_case(
            visit,
            moment,
            urgency=weighing.as_stored(case.opinion, case.opinion_over, case.found_urgency),
            waiting_since=case.escalated_at if case.waits else None,
            due_at=case.due_at if case.is_open else None,
            worker=True,
        ),
        talk=case_folding.lines([line for line in lines if not (own and line.who == "staff")]),
        cut=spoken.MOST_REPLIES if spoken.is_cut(lines) else 0,
        photos=case_folding.photos(photos),
        voices=[one for one in kept if one.kind == "voice"],
        pair=case_folding.pair(case, photos),
        opinions=opinions.open_to(thought, visit.me.person_id, second=case.waits and case.reason == "second"),
        hidden=bool(thought),
        names=_names(visit),
        urgencies=[u.value for u in Urgency],
        says={group: [one for one in says().values() if one.group == group] for group in GROUPS},
        plain=lambda one: case_says.plain(one, visit.language),
        as_sent=lambda one: case_says.sent(case, one),
        said_in=lambda text: case_says.said_in(text, theirs),
        all_theirs=case_says.all_theirs(case),
        frame_in=case_says.frame_in(case),
        tongue=case_says.tongue,
        questions=casefile.askable(case),
        # The one that the worker named stands first, and is chosen by nobody: what is chosen is sent.
        places=sorted(known, key=lambda one: one.id != case.place_id),
        place=next((one for one in every if one.id == case.place_id), None),
        others=others,
        called=lambda number: called.get(number, number),
        outcomes=OUTCOMES,
        languages=[(code, locales.pack(code).name) for code in locales.languages(_drafts(visit))],
        mine=deeds.holds(case, visit.me.person_id, moment),
        held=case.is_open and case.claimed_by is not None and (case.claimed_until or 0.0) > moment,
        may_answer=visit.may("answer_cases"),
        # Whoever asked for a second opinion does not give it.
        asked_myself=not own and case.waits and case.second_by == visit.me.person_id,
        agreed=agreed,
        sent=sent,
        # Where the form itself cannot be drawn any more, its words stand by themselves.
        left_over=[one for one in (form.get("own"), form.get("words")) if one.strip()],
        typed=lambda deed: _typed(form, deed, sent),
        most_own=answers.LONGEST_OWN,
        problem=problem,
        **({"said": done} if done else {}),
        direction_of=lambda code: locales.pack(code).direction if code in locales.languages() else "auto",
    )


def opinion_of(form: Form) -> Form:
    """What stands in the form of the opinion, sent by itself or with a half-written answer."""
    theirs = {name.removeprefix(_OPINION): v for name, v in form.fields.items() if name.startswith(_OPINION)}
    return Form(theirs) if theirs else form


def draft_of(form: Form) -> Form:
    """A half-written answer that came along with an opinion."""
    if not any(name.startswith(_OPINION) for name in form.fields):
        return Form()
    kept = {name: several for name, several in form.fields.items() if name != "floor" and any(several)}
    return Form({name: v for name, v in kept.items() if name != CSRF and not name.startswith(_OPINION)})


def _typed(form: Form, deed: str, sent: str) -> Form:
    """What stands in the form of a deed. sent: the deed whose form was sent and is not done, '' for none."""
    if deed == sent:
        return opinion_of(form) if deed == "opinion" else form
    return draft_of(form) if deed == "answer" else Form()


def _called(
    connection: Connection,
    case: Case,
    others: Iterable[tuple[int, str]],
    lines: Iterable[Line],
    thought: Iterable[Opinion],
) -> Mapping[int, str]:
    """The names of whoever is named on the page: a number says nothing to who hands over a patient."""
    numbers = {number for number, _ in others} | {one.person_id for one in thought}
    numbers |= {line.author for line in lines if line.author is not None}
    return colleagues.names(connection, numbers | ({case.claimed_by} if case.claimed_by else set()))


def _keeper(visit: Visit, own: bool) -> int | None:
    return visit.me.person_id if own else None


def _drafts(visit: Visit) -> bool:
    return visit.console.settings.allow_unreviewed


def _note(visit: Visit, case: Case) -> None:
    """The trail first, what it is about afterwards."""
    with reading(visit.engine) as connection:
        noted = seen.noted(connection, case.id, visit.me.person_id)
    if not noted:
        with transaction(visit.engine) as connection:
            seen.saw(connection, case.id, visit.me.person_id)


def shown(visit: Visit, one: Say) -> str:
    """A prepared sentence in the language of the page, as its box has it."""
    return case_says.plain(one, visit.language).words


def _names(visit: Visit) -> Mapping[str, str]:
    """The conditions in the language of the page, by name."""
    named = {c.code: locales.render(c.name, visit.language) for c in conditions.everything().values()}
    return dict(sorted(named.items(), key=lambda one: one[1].casefold()))


def media(visit: Visit, *, own: bool = False) -> Response:
    """A photograph or a voice message of the case, opened for this answer only."""
    wanted = visit.path("media")
    with reading(visit.engine) as connection:
        case = case_of(connection, visit.path("code"), _keeper(visit, own))
        kept = spoken.pictures(connection, case) if case is not None and _ID.fullmatch(wanted) else []
        one = next((one for one in kept if one.id == wanted), None)
        sealed = sight.of_photo(connection, wanted) if one is not None else None
    if case is None or one is None or sealed is None:
        return visit.problem(404)
    _note(visit, case)
    try:
        data = visit.console.vault.get(sealed)
    except VaultUnavailable:
        return visit.problem(503)
    except VaultError:
        return visit.problem(404)
    return served(visit.request, typed(data, _KINDS[one.kind]))


def letter(visit: Visit, *, own: bool = False) -> Response:
    """The referral letter of a case as a PDF of one page, in the language that is asked for; the case where no font has it, or
    where nobody is sent any more to the place that it would be addressed to.
    """
    language = visit.query("language")
    if language not in locales.languages(_drafts(visit)):
        language = visit.language
    with reading(visit.engine) as connection:
        case = case_of(connection, visit.path("code"), _keeper(visit, own))
        if case is None:
            return visit.problem(404)
        photos = [one for one in spoken.pictures(connection, case) if one.kind == "photo"]
        wanted = visit.query("place", case.place_id)
        to: Place | None = deeds.place_of(connection, wanted)
    _note(visit, case)
    if wanted and to is None:
        return page_of(visit, Form(), visit.shown("console.case.letter_place"), 409, own=own)
    zone = visit.console.settings.quiet.zone
    said = casefile.letter(case, to, len(photos), now(), language, zone)
    texts = [locales.render(one, language) for one in said]
    try:
        data = letter_pdf(texts, language, locales.pack(language).direction)
    except LetterMissing as error:
        shown = " ".join(error.letters[:MOST_LETTERS])
        return page_of(visit, Form(), visit.shown("console.case.letter_missing", letters=shown), 409, own=own)
    name = f"{case.code}-{language}.pdf"
    return Response(
        data, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
