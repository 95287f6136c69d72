"""A health worker at the console: their own cases whole, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from bot import outbox, people
from bot.cases import clinic, moving, notes, store, taken_codes
from bot.casework import codes
from bot.console import roles
from bot.database import reading, transaction
from bot.messages import Reply, Text
from bot.tables import Audit, CaseRow, Chat, Person
from tests.bot.cases.world import a_chat
from tests.console.desk_world import PLACE, a_photo, a_place, told
from tests.console.world import Browser, World


def a_worker(world: World, name: str) -> tuple[Browser, int]:
    """Somebody signed in as a health worker, and their chat."""
    browser = world.signed_in(name, "chw")
    with transaction(world.engine) as connection:
        chat = a_chat(connection, name)
        connection.execute(update(Chat).where(Chat.id == chat).values(person_id=browser.person_id))
    return browser, chat


def a_case(world: World, chat: int, words: str = "it itches") -> store.Case:
    """A case of the chat with a photograph, told, sent to a clinician and answered, with a note among clinicians."""
    photo = a_photo(world, chat)
    with transaction(world.engine) as connection:
        doctor = connection.execute(
            insert(Person).values(role="clinician", created_at=1.0, active=True).returning(Person.id)
        ).scalar_one()
        case = store.open_case(connection, chat, told("sw", photos=(photo,)))
        notes.add(connection, world.console.sealer, case.id, "worker", words)
        notes.add(connection, world.console.sealer, case.id, "staff", "between clinicians", doctor)
        clinic.escalate(connection, case.id, "asked")
        assert clinic.claim(connection, case.id, doctor)
        clinic.answer(connection, world.console.sealer, case.id, doctor, "Show me in a week")
        found = store.by_id(connection, case.id)
        assert found is not None
        return found


def of(case: store.Case) -> str:
    return f"/own-cases/{case.code}"


def test_a_health_worker_reads_their_own_case_with_findings_and_answer(world: World) -> None:
    asha, chat = a_worker(world, "asha")
    case = a_case(world, chat)
    assert of(case) in asha.get("/own-cases").text
    page = asha.get(of(case)).text
    for said in (
        "compact-1",
        "it itches",
        "Show me in a week",
        f"/console{of(case)}/media/{case.state.photos[0]}",
    ):
        assert said in page, said
    assert "between clinicians" not in page
    for deed in ("claim", "answer", "opinion", "pass-on", "second"):
        assert f"/{deed}" not in page, deed
    photo = asha.get(f"{of(case)}/media/{case.state.photos[0]}")
    assert (photo.status_code, photo.content[:2]) == (200, b"\xff\xd8")
    a_place(world)
    letter = asha.get(f"{of(case)}/letter.pdf?language=sw&place={PLACE.id}")
    assert (letter.status_code, letter.content[:5]) == (200, b"%PDF-")
    with reading(world.engine) as connection:
        seen = connection.execute(select(Audit.by_person).where(Audit.what == "case_seen")).scalars()
        assert list(seen) == [asha.person_id]


def test_no_address_shows_or_closes_another_workers_case(world: World) -> None:
    asha, chat = a_worker(world, "asha")
    juma, _ = a_worker(world, "juma")
    case = a_case(world, chat)
    photo = case.state.photos[0]
    mine = a_case(world, _of(world, juma))
    own = [entry for entry in world.console.entries if entry.path.startswith("/own-cases")]
    assert len(own) == 5, "a new address needs a line here"
    assert case.code not in juma.get("/own-cases").text
    assert of(case) not in juma.get(f"/own-cases?state=all&code={case.code}").text
    for path in (
        of(case),
        f"{of(case)}/media/{photo}",
        f"{of(case)}/letter.pdf",
        f"{of(mine)}/media/{photo}",
    ):
        assert juma.get(path).status_code == 404, path
        answer = juma.client.get(f"/console{path}")
        assert "it itches" not in answer.text
    assert juma.post(f"{of(case)}/close", {"outcome": "better", "yes": "1"}).status_code == 404
    # The clinicians' own addresses are nobody's but theirs.
    for path in (
        "/cases",
        f"/cases/{case.code}",
        f"/cases/{case.code}/media/{photo}",
        f"/cases/{case.code}/letter.pdf",
    ):
        for worker in (asha, juma):
            assert worker.get(path).status_code == 403, path
    for deed in ("claim", "release", "pass-on", "second", "opinion", "answer", "close"):
        assert asha.post(f"/cases/{case.code}/{deed}", {}).status_code == 403, deed
    with reading(world.engine) as connection:
        row = store.by_id(connection, case.id)
        assert row is not None
        assert row.is_open
        assert connection.execute(select(Audit.id).where(Audit.what == "case_seen")).first() is None


def test_a_case_that_was_handed_over_is_its_new_workers(world: World) -> None:
    asha, chat = a_worker(world, "asha")
    juma, _ = a_worker(world, "juma")
    case = a_case(world, chat)
    with transaction(world.engine) as connection:
        moving.hand_over(connection, case, juma.person_id)
    assert [b.get(of(case)).status_code for b in (asha, juma)] == [404, 200]
    assert asha.get(f"{of(case)}/media/{case.state.photos[0]}").status_code == 404
    assert juma.get(f"{of(case)}/media/{case.state.photos[0]}").status_code == 200


def test_a_case_is_closed_with_its_outcome_as_in_the_chat(world: World) -> None:
    asha, chat = a_worker(world, "asha")
    case = a_case(world, chat)
    for outcome in ("", "cured"):
        assert asha.post(f"{of(case)}/close", {"outcome": outcome}).status_code == 400
    assert asha.post(f"{of(case)}/close", {"outcome": "referred", "yes": "1"}).status_code == 303
    with reading(world.engine) as connection:
        row = connection.execute(select(CaseRow).where(CaseRow.id == case.id)).one()
        noted = connection.execute(
            select(Audit.by_person, Audit.after).where(Audit.what == "case_closed")
        ).all()
    assert (row.closed_at is not None, row.outcome, row.due_at) == (True, "referred", None)
    assert [(n.by_person, n.after) for n in noted] == [(asha.person_id, {"open": False})]
    assert "/close" not in asha.get(of(case)).text
    assert case.code in asha.get("/own-cases?state=closed").text
    assert asha.post(f"{of(case)}/close", {"outcome": "better", "yes": "1"}).status_code == 409


@pytest.mark.parametrize("role", [one for one in roles.ROLES if one != "chw"])
def test_own_cases_are_a_health_workers_alone(world: World, role: str) -> None:
    _, chat = a_worker(world, "asha")
    case = a_case(world, chat)
    other = world.signed_in("other", role)
    assert other.get("/own-cases").status_code == 403
    assert other.get(of(case)).status_code == 403


def test_a_health_worker_without_a_chat_has_an_empty_list(world: World) -> None:
    _, chat = a_worker(world, "asha")
    a_case(world, chat)
    page = world.signed_in("new", "chw").get("/own-cases?state=all")
    assert page.status_code == 200
    assert "No case fits" in page.text


def _of(world: World, browser: Browser) -> int:
    with reading(world.engine) as connection:
        return int(
            connection.execute(select(Chat.id).where(Chat.person_id == browser.person_id)).scalar_one()
        )


def test_what_a_former_worker_says_as_a_patient_is_not_shown_with_a_case_they_had(world: World) -> None:
    asha, chat = a_worker(world, "asha")
    with transaction(world.engine) as connection:
        (code,) = taken_codes.proposed(connection, 1)
        store.open_case(connection, chat, told("sw", case_version=codes.first_version(code)), code=code)
        people.remove(connection, asha.person_id)
        outbox.queue(connection, chat, 1, [Reply((Text("delete.kept"),))], "en")
    page = world.signed_in("doctor", "clinician").get(f"/cases/{code}")
    assert page.status_code == 200
    assert "Good. I keep them." not in page.text
