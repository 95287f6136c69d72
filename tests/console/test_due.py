"""When an answer and the next look are due: in the list and on the page of a case, by the people's calendar, late said in words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.cases import store, taken_codes
from bot.casework import codes, due
from bot.database import transaction
from bot.messages import Urgency
from bot.tables import CaseRow, Chat
from bot.web.console import case_page, cases
from tests.bot.cases.world import a_chat
from tests.console.desk_world import told
from tests.console.world import World

NAIROBI = ZoneInfo("Africa/Nairobi")


def at(day: int, hour: int) -> float:
    return datetime(2026, 3, day, hour, tzinfo=NAIROBI).timestamp()


@pytest.fixture
def nairobi(engine: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> World:
    """A console in Nairobi, where it is the third of March, nine in the morning."""
    made = World(engine, tmp_path)  # type: ignore[arg-type]
    settings = made.console.settings
    made.console.settings = replace(settings, quiet=replace(settings.quiet, zone=NAIROBI))
    for module in (cases, case_page):
        monkeypatch.setattr(module, "now", lambda: at(3, 9))
    return made


def a_case(world: World, **values: object) -> str:
    """The code of a worker's case. values: of its row."""
    with transaction(world.engine) as connection:
        (code,) = taken_codes.proposed(connection, 1)
        chat = a_chat(connection, code)
        state = told("sw", case_version=codes.first_version(code))
        case = store.open_case(connection, chat, state, code=code)
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(**values))
    return code


def line(page: str, code: str) -> str:
    """The cell of what is due of a case in the list."""
    row = next(one for one in page.split("<tr data-case>") if f">{code}<" in one)
    return re.sub(r"<[^>]*>", " ", row.split('data-label="Due">')[1].split("</td>")[0]).strip()


WAITING = [
    ("now", 2, "Answer at once."),
    ("today", 3, "Answer today."),
    ("today", 2, "Late: the answer was due by 2 March 2026."),
    ("week", 2, "Answer by 9 March 2026."),
    ("routine", 2, "Answer by 16 March 2026."),
    ("", 2, "–"),
]


@pytest.mark.parametrize(("urgency", "day", "said"), WAITING)
def test_a_waiting_case_says_by_when_an_answer_is_due(
    nairobi: World, urgency: str, day: int, said: str
) -> None:
    code = a_case(nairobi, urgency=urgency, escalated_at=at(day, 8), due_at=at(9, 8))
    doctor = nairobi.signed_in("one", "clinician")
    assert line(doctor.get("/cases").text, code) == said
    page = doctor.get(f"/cases/{code}").text
    if said != "–":
        assert "<dt>Due</dt><dd>" in page
        assert said in page
    assert "The patient is to be looked after by 9 March 2026." in page, "and when their worker looks again"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (2, "Late: the patient was to be looked after by 2 March 2026."),
        (3, "The patient is to be looked after today."),
        (10, "The patient is to be looked after by 10 March 2026."),
    ],
)
def test_a_case_that_waits_for_nobody_says_when_it_is_looked_after_again(
    nairobi: World, day: int, said: str
) -> None:
    code = a_case(nairobi, urgency="week", due_at=at(day, 1))
    doctor = nairobi.signed_in("one", "clinician")
    assert line(doctor.get("/cases").text, code) == said
    assert said in doctor.get(f"/cases/{code}").text


def test_a_clinicians_own_word_of_how_soon_stands_above_the_rules(nairobi: World) -> None:
    code = a_case(nairobi, urgency="routine", opinion="today", escalated_at=at(3, 8))
    assert line(nairobi.signed_in("one", "clinician").get("/cases").text, code) == "Answer today."


def test_who_looks_after_a_case_reads_of_both_the_answer_and_their_own_next_look(nairobi: World) -> None:
    code = a_case(nairobi, urgency="week", escalated_at=at(2, 8), due_at=at(3, 8))
    worker = nairobi.signed_in("one", "chw")
    with transaction(nairobi.engine) as connection:
        chat = connection.execute(select(CaseRow.chat_id).where(CaseRow.code == code)).scalar_one()
        connection.execute(update(Chat).where(Chat.id == chat).values(person_id=worker.person_id))
    said = line(worker.get("/own-cases").text, code)
    assert "Answer by 9 March 2026." in said
    assert "looked after today" in said


def test_nothing_is_due_of_a_closed_case(nairobi: World) -> None:
    values = {"urgency": "today", "escalated_at": at(1, 8), "due_at": at(1, 8), "closed_at": at(2, 8), "outcome": "seen"}  # fmt: skip
    code = a_case(nairobi, **values)
    doctor = nairobi.signed_in("one", "clinician")
    assert line(doctor.get("/cases?state=all").text, code) == "–"
    assert "<dt>Due</dt>" not in doctor.get(f"/cases/{code}").text


def test_the_order_of_the_list_is_as_it_was(nairobi: World) -> None:
    """The most pressing that wait first, of those the one that waits longest: whatever is late."""
    waiting = {"escalated_at": at(2, 8)}
    week, now = a_case(nairobi, urgency="week", **waiting), a_case(nairobi, urgency="now", **waiting)
    older = a_case(nairobi, urgency="week", escalated_at=at(1, 8))
    late = a_case(nairobi, urgency="week", due_at=at(1, 8), opened_at=at(1, 7))
    page = nairobi.signed_in("one", "clinician").get("/cases").text
    places = [page.index(f">{code}<") for code in (now, older, week, late)]
    assert places == sorted(places)


@pytest.mark.parametrize(("language", "word"), [("sw", "Imechelewa"), ("ar", "متأخر")])
def test_late_is_a_word_in_the_language_of_the_page(nairobi: World, language: str, word: str) -> None:
    code = a_case(nairobi, urgency="week", due_at=at(2, 8))
    doctor = nairobi.signed_in("one", "clinician", language)
    for path in ("/cases", f"/cases/{code}"):
        (cell,) = re.findall(r'<span class="due late">([^<]*)</span>', doctor.get(path).text)
        assert word in cell
        assert "\u200f" not in cell, "the date would read from the other end"


def test_an_answer_and_a_look_are_due_by_days_of_the_calendar() -> None:
    assert due.look(at(2, 23), at(3, 0), NAIROBI).stands == "over"
    assert due.look(at(3, 0), at(3, 23), NAIROBI).stands == "today"
    assert due.look(at(4, 0), at(3, 23), NAIROBI).stands == "by"
    assert due.answer(Urgency.NOW, at(1, 0), at(3, 0), NAIROBI).stands == "now"


def test_what_is_reached_after_a_clinicians_word_makes_it_due_sooner(nairobi: World) -> None:
    code = a_case(nairobi, urgency="now", opinion="routine", opinion_over="week", escalated_at=at(3, 8))
    doctor = nairobi.signed_in("one", "clinician")
    assert line(doctor.get("/cases").text, code) == "Answer at once."
    assert "Answer at once." in doctor.get(f"/cases/{code}").text
