"""An answer of the console says one thing, and all that was chosen: what does not go together is refused, and nothing typed is lost."""

from __future__ import annotations

from html import unescape

import pytest
from sqlalchemy import select, update

import locales
from bot.database import reading, transaction
from bot.messages import Urgency
from bot.tables import CaseRow
from locales.placeholders import without_isolates
from tests.console.desk_world import PLACE, a_case, a_place
from tests.console.test_cases_pages import form_of, row
from tests.console.world import Browser, World


def sent(browser: Browser, code: str, **fields: object) -> object:
    data = {"csrf": browser.token("/account"), "floor": "", **fields}
    return browser.client.post(f"/console/cases/{code}/answer", data=data)


@pytest.mark.parametrize(
    ("say", "urgency", "named"),
    [
        (["now", "today", "week", "calm", "watch"], "routine", ("Go to the hospital now. Do not wait.", "come to the clinic today")),
        (["now", "calm"], "", ("Go to the hospital now. Do not wait.", "It does not look dangerous to me.")),
        (["now"], "routine", ("Go to the hospital now. Do not wait.", "How soon, in your word: next clinic")),
        (["calm"], "now", ("It does not look dangerous to me.", "How soon, in your word: now")),
    ],
)  # fmt: skip
def test_two_times_in_one_answer_are_refused_and_named(
    world: World, say: list[str], urgency: str, named: tuple[str, str]
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    refused = sent(browser, case.code, say=say, urgency=urgency, own="I wait at the gate")
    assert refused.status_code == 400
    form = unescape(form_of(refused.text, "answer"))
    told = form[form.index('role="alert"') : form.index("</p>", form.index('role="alert"'))]
    for one in (*named, "do not go together"):
        assert one in told, one
    for one in say:
        assert f'value="{one}" checked' in form
    assert "I wait at the gate" in form
    assert row(world, case).answered_at is None


def test_a_sentence_raises_the_case_where_how_soon_was_left_as_told(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    assert sent(browser, case.code, say=["now"], urgency="").status_code == 303
    assert row(world, case).opinion == "now", (
        "whoever is told to go now does not wait in a list as 'this week'"
    )


def test_a_sentence_lowers_nothing_by_itself(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    assert sent(browser, case.code, say=["calm", "watch"], urgency="").status_code == 303
    assert row(world, case).opinion == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"place": PLACE.id}, "You chose a place, but not the sentence"),
        ({"place": "gone-1"}, "You chose a place, but not the sentence"),
        ({"question": "danger.d01"}, "You chose a question, but not the sentence"),
    ],
)
def test_a_place_or_a_question_without_its_sentence_is_asked_about(
    world: World, fields: dict[str, str], said: str
) -> None:
    a_place(world)
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    refused = sent(browser, case.code, say=["clean"], **fields)
    assert (refused.status_code, said in refused.text) == (400, True)
    form = form_of(refused.text, "answer")
    assert 'value="clean" checked' in form
    if fields.get("place") == PLACE.id:
        assert f'value="{PLACE.id}" selected' in form
    assert row(world, case).answered_at is None


def test_the_place_that_the_worker_named_stands_first_and_is_chosen_by_nobody(world: World) -> None:
    a_place(world)
    case = a_case(world)
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(place_id=PLACE.id))
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    assert (
        "selected"
        not in form_of(browser.get(f"/cases/{case.code}").text, "answer")
        .partition('id="f-place"')[2]
        .partition("</select>")[0]
    )
    assert sent(browser, case.code, say=["clean"], place="").status_code == 303


def test_no_outcome_of_a_case_is_chosen_beforehand(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    page = browser.get(f"/cases/{case.code}").text
    choice = page.partition('id="c-outcome"')[2].partition("</select>")[0]
    assert choice.startswith(' name="outcome" required><option value="">')
    refused = browser.post(f"/cases/{case.code}/close", {"outcome": "", "yes": "1"})
    assert (refused.status_code, "Choose what became" in refused.text) == (400, True)
    assert '<details class="card" id="close" open>' in refused.text
    assert row(world, case).closed_at is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": "unsure"}, "nobody has answered it yet"),
        ({"reason": "second"}, "A second opinion was asked for"),
        ({"answered_at": 5.0, "asked": "photo"}, "has not come yet"),
        ({"answered_at": 5.0}, "It cannot be opened again here"),
    ],
)
def test_before_it_is_closed_the_outcome_and_what_is_still_open_are_named(
    world: World, values: dict[str, object], said: str
) -> None:
    case = a_case(world, floor=Urgency.WEEK)
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(**values))
    browser = world.signed_in("one", "clinician")
    assert "data-ask" not in browser.get(f"/cases/{case.code}").text, "the server asks, which knows it"
    asked = browser.post(f"/cases/{case.code}/close", {"outcome": "referred"})
    assert asked.status_code == 200
    assert said in asked.text
    outcome = locales.render(locales.Text("desk.close.referred"), "en")
    assert f"The case is closed: {outcome}." in without_isolates(asked.text)
    with reading(world.engine) as connection:
        assert connection.execute(select(CaseRow.closed_at).where(CaseRow.id == case.id)).scalar_one() is None
