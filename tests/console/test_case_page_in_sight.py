"""A case's page: a half-written answer is kept with an opinion; the newest is in sight and the rest folded, however much there is."""

from __future__ import annotations

import re

from sqlalchemy import select, update

from bot.cases import notes, opinions
from bot.database import reading, transaction
from bot.tables import CaseRow
from tests.console.desk_world import a_case
from tests.console.test_cases_pages import form_of
from tests.console.world import Browser, World

OWN = "Wash it twice a day.\nCome back on Friday."
DRAFT = {
    "own": OWN,
    "say": "clean",
    "urgency": "week",
    "condition": "",
    "place": "",
    "question": "",
    "floor": "",
}


def opine(browser: Browser, code: str, condition: str = "NEV") -> object:
    thought = {"opinion.condition": condition, "opinion.urgency": "today"}
    return browser.post(f"/cases/{code}/opinion", {**DRAFT, **thought})


def test_a_half_written_answer_stands_in_its_form_after_an_opinion_was_kept(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    kept = opine(browser, case.code)
    assert (kept.status_code, "Your opinion is kept" in kept.text) == (200, True)
    answer = form_of(kept.text, "answer")
    assert OWN in answer
    assert 'value="clean" checked' in answer
    assert 'value="week" checked' in answer
    assert "today" not in re.findall(r'value="([a-z]*)" checked', answer), "the opinion is not the answer"
    assert "NEV" not in re.findall(r'value="([A-Z]*)" selected', answer)
    assert " checked" not in form_of(kept.text, "opinion")
    with reading(world.engine) as connection:
        (thought,) = opinions.of_case(connection, case.id)
    assert (thought.condition, thought.urgency) == ("NEV", "today")


def test_it_stands_there_too_where_the_opinion_is_refused(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    refused = opine(browser, case.code, condition="")
    assert refused.status_code == 400
    assert OWN in form_of(refused.text, "answer")
    assert 'value="today" checked' in form_of(refused.text, "opinion")


def test_where_the_claim_ran_out_meanwhile_its_words_stand_by_themselves(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(claimed_until=1.0))
    kept = opine(browser, case.code)
    assert 'id="left-over"' in kept.text
    assert OWN in kept.text


def test_an_opinion_without_a_half_written_answer_goes_on_to_the_case(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    done = browser.post(f"/cases/{case.code}/opinion", {"condition": "NEV", "urgency": "today"})
    assert done.status_code == 303
    browser.post(f"/cases/{case.code}/claim", {})
    nothing = dict.fromkeys(DRAFT, "") | {"opinion.condition": "MEL", "opinion.urgency": "week"}
    assert browser.post(f"/cases/{case.code}/opinion", nothing).status_code == 303


def test_an_opinion_takes_the_answer_along_without_a_script_and_enter_never_sends_the_answer(
    world: World,
) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    assert 'name="condition"' in form_of(browser.get(f"/cases/{case.code}").text, "opinion"), (
        "a form of its own"
    )
    browser.post(f"/cases/{case.code}/claim", {})
    page = browser.get(f"/cases/{case.code}").text
    opinion = form_of(page, "opinion")
    fields = re.findall(r"<(?:select|input|button|textarea)[^>]*>", opinion)
    assert len(fields) == 6
    assert all('form="answer"' in one for one in fields), (
        "all of it is sent with what stands in the form of the answer"
    )
    assert f'formaction="/console/cases/{case.code}/opinion#opinion"' in fields[-1]
    first, *_ = re.findall(r"<button[^>]*>", form_of(page, "answer"))
    assert f'formaction="/console/cases/{case.code}/opinion#opinion"' in first, (
        "Enter takes a form's first button"
    )


def test_an_answer_is_sent_without_what_stands_beside_it_as_an_opinion(world: World) -> None:
    case = a_case(world)
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    fields = {**DRAFT, "opinion.condition": "NEV", "opinion.urgency": "now"}
    assert browser.post(f"/cases/{case.code}/answer", {**fields, "say": "nothing"}).status_code == 400
    assert browser.post(f"/cases/{case.code}/answer", fields).status_code == 303
    with reading(world.engine) as connection:
        assert connection.execute(select(CaseRow.opinion).where(CaseRow.id == case.id)).scalar_one() == "week"
        assert opinions.of_case(connection, case.id) == []


def test_of_many_photographs_and_messages_the_newest_are_in_sight(world: World) -> None:
    case = a_case(world, photos=9)
    with transaction(world.engine) as connection:
        for number in range(1, 31):
            notes.add(connection, world.console.sealer, case.id, "patient", f"message {number} ends")
    browser = world.signed_in("one", "clinician")
    browser.post(f"/cases/{case.code}/claim", {})
    page = browser.get(f"/cases/{case.code}").text
    for where in ("findings", "photos", "talk", "answer", "letter"):
        assert page.index(f'href="#{where}"') < page.index(f'id="{where}"')
    photos = page.partition('id="photos"')[2].partition("</section>")[0]
    newest, _, older = photos.partition('<details class="older">')
    assert re.findall(r'class="unveil" id="unveil-(\d+)"', newest) == ["6", "7", "8", "9"]
    assert re.findall(r'class="unveil" id="unveil-(\d+)"', older) == ["5", "4", "3", "2", "1"]
    assert "Older photographs (" in older
    talk = page.partition('id="talk"')[2].partition("</section>")[0]
    folded, _, last = talk.partition('<ol class="talk">')
    assert re.findall(r"message (\d+) ends", last) == [str(n) for n in range(11, 31)]
    assert "message 10 ends" in folded
    assert "message 11 ends" not in folded


def test_of_few_nothing_is_folded(world: World) -> None:
    case = a_case(world, photos=3)
    assert 'class="older"' not in world.signed_in("one", "clinician").get(f"/cases/{case.code}").text
