"""A second opinion is another clinician's: whoever asked for it can neither claim the case nor answer it, but can take that back."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.cases import clinic, deeds
from bot.database import reading, transaction
from bot.tables import Audit, CaseRow
from tests.console.desk_world import a_case
from tests.console.test_cases_pages import row
from tests.console.world import Browser, World


def asked(world: World) -> tuple[str, Browser, Browser]:
    """Code of a case, who asked for a second opinion on it, and another clinician."""
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    one.post(f"/cases/{case.code}/claim", {})
    assert one.post(f"/cases/{case.code}/second", {"words": "look at the edge"}).status_code == 303
    return case.code, one, two


def claim(browser: Browser, code: str) -> int:
    return browser.post(f"/cases/{code}/claim", {}).status_code  # type: ignore[attr-defined]


def test_who_asked_for_it_is_offered_no_claim_and_gets_none(world: World) -> None:
    code, one, two = asked(world)
    listed = one.get("/cases?state=waiting").text
    assert code in listed
    assert "you asked" in listed
    assert "data-claim" not in listed
    page = one.get(f"/cases/{code}").text
    assert "Another clinician gives it" in page
    assert "data-claim" not in page
    refused = one.post(f"/cases/{code}/claim", {})
    assert (refused.status_code, "Another clinician gives it" in refused.text) == (409, True)
    assert one.post(f"/cases/{code}/answer", {"say": "same", "floor": ""}).status_code == 409
    assert "data-claim" in two.get("/cases?state=waiting").text
    assert claim(two, code) == 303
    assert two.post(f"/cases/{code}/answer", {"say": "same", "floor": ""}).status_code == 303


def test_it_is_not_in_their_queue_in_the_chat(world: World) -> None:
    code, one, two = asked(world)
    with reading(world.engine) as connection:
        assert clinic.queue(connection, person_id=one.person_id) == []
        (case,) = clinic.queue(connection, person_id=two.person_id)
    with transaction(world.engine) as connection:
        assert not clinic.claim(connection, case.id, one.person_id)
    assert code == case.code


def test_they_take_it_back_and_answer_it_themselves(world: World) -> None:
    code, one, two = asked(world)
    assert two.post(f"/cases/{code}/second-back", {}).status_code == 409, "another's request"
    done = one.post(f"/cases/{code}/second-back", {})
    assert done.status_code == 303
    assert "second opinion" not in one.get("/cases?state=waiting").text
    assert claim(one, code) == 303
    with reading(world.engine) as connection:
        noted = connection.execute(select(Audit).where(Audit.what == "case_second_back")).one()
    assert (noted.by_person, noted.before, noted.after) == (
        one.person_id,
        {"second_by": one.person_id},
        {"second_by": None},
    )


def test_it_is_not_taken_back_while_another_gives_it(world: World) -> None:
    code, one, two = asked(world)
    claim(two, code)
    assert "second-back" not in one.get(f"/cases/{code}").text
    assert one.post(f"/cases/{code}/second-back", {}).status_code == 409


def test_given_back_it_still_waits_for_another_and_handed_back_it_is_theirs(world: World) -> None:
    code, one, two = asked(world)
    claim(two, code)
    two.post(f"/cases/{code}/release", {})
    assert claim(one, code) == 409
    claim(two, code)
    handed = two.post(f"/cases/{code}/pass-on", {"to": str(one.person_id), "words": "I would cut it out"})
    assert handed.status_code == 303
    assert claim(one, code) == 303
    assert one.post(f"/cases/{code}/answer", {"say": "same", "floor": ""}).status_code == 303


def test_another_wait_of_the_same_case_is_anybodys(world: World) -> None:
    case = a_case(world)
    one, two = world.signed_in("one", "clinician"), world.signed_in("two", "clinician")
    claim(one, case.code)
    one.post(f"/cases/{case.code}/second", {})
    claim(two, case.code)
    assert two.post(f"/cases/{case.code}/answer", {"say": "clean", "floor": ""}).status_code == 303
    with transaction(world.engine) as connection:
        connection.execute(update(CaseRow).where(CaseRow.id == case.id).values(answer_told_at=5.0))
        deeds.take(connection, case.id, one.person_id)
    assert row(world, case).claimed_by == one.person_id
