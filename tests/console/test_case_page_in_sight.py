"""A case's page: a half-written answer is kept with an opinion; the newest is in sight and the rest folded, however much there is."""

from __future__ import annotations

import re

from sqlalchemy import update

from bot.cases import notes, opinions
from bot.database import reading, transaction
from bot.tables import CaseRow
from tests.console.desk_world import a_case
from tests.console.test_cases_pages import form_of
from tests.console.world import Browser, World

OWN = "Wash it twice a day.\nCome back on Friday."
DRAFT = {"draft.own": OWN, "draft.say": "clean", "draft.urgency": "week"}


def opine(browser: Browser, code: str, **fields: str) -> object:
    return browser.post(f"/cases/{code}/opinion", {"condition": "NEV", "urgency": "today", **DRAFT, **fields})


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
