"""Cases of who cannot answer them any more, and of who should not: given back, taken over, handed to somebody else."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from bot import places
from bot.cases import store
from bot.database import reading, transaction
from bot.tables import Audit, CaseOpinion, CaseRow, Chat
from tests.bot.cases.world import a_chat
from tests.console.desk_world import PLACE, a_case, a_place
from tests.console.world import Browser, World

NOTE = "Look at the left leg, she is pregnant"


def holder(world: World, case: store.Case) -> int | None:
    with reading(world.engine) as connection:
        return connection.execute(select(CaseRow.claimed_by).where(CaseRow.id == case.id)).scalar_one()


def do(browser: Browser, case: store.Case, deed: str, **fields: str) -> object:
    return browser.post(f"/cases/{case.code}/{deed}", fields)


def test_a_note_for_a_colleague_who_was_removed_meanwhile_comes_back(world: World) -> None:
    case = a_case(world)
    ana, bob, adm = (
        world.signed_in("ana", "clinician"),
        world.signed_in("bob", "clinician"),
        world.signed_in("adm"),
    )
    do(ana, case, "claim")
    adm.post(f"/people/{bob.person_id}/remove", {"yes": "1"})
    page = do(ana, case, "pass-on", to=str(bob.person_id), words=NOTE)
    assert page.status_code == 409
    assert "This person answers no cases any more." in page.text
    assert f">{NOTE}</textarea>" in page.text
    assert holder(world, case) == ana.person_id
    assert do(ana, case, "pass-on", to="no number", words=NOTE).status_code == 409


def test_signing_out_for_good_gives_cases_back_and_going_on_elsewhere_does_not(world: World) -> None:
    case = a_case(world)
    ana = world.signed_in("ana", "clinician")
    do(ana, case, "claim")
    again = world.browser()
    assert again.sign_in("ana").status_code == 303
    assert ana.post("/sign-out", {}).status_code == 303
    assert holder(world, case) == ana.person_id, "signed in in another browser"
    assert again.post("/sign-out", {}).status_code == 303
    assert holder(world, case) is None
    again.sign_in("ana")
    with transaction(world.engine) as connection:
        chat = a_chat(connection, "ana-chat", "webchat")
        connection.execute(update(Chat).where(Chat.id == chat).values(person_id=ana.person_id))
    do(again, case, "claim")
    assert again.post("/sign-out", {}).status_code == 303
    assert holder(world, case) == ana.person_id, "may answer in the chat"


def test_a_supervisor_takes_a_case_over_after_a_question_and_nobody_else_does(world: World) -> None:
    case = a_case(world)
    ana, bob = world.signed_in("ana", "clinician"), world.signed_in("bob", "clinician")
    head = world.signed_in("head", "supervisor")
    do(ana, case, "claim")
    assert "/take-over" not in bob.get(f"/cases/{case.code}").text
    assert do(bob, case, "take-over", yes="1").status_code == 403
    assert "/take-over" in head.get(f"/cases/{case.code}").text
    asks = do(head, case, "take-over")
    assert asks.status_code == 200
    assert "ana" in asks.text
    assert "is answering this case" in asks.text
    assert holder(world, case) == ana.person_id
    assert do(head, case, "take-over", yes="1").status_code == 303
    assert holder(world, case) == head.person_id
    with reading(world.engine) as connection:
        last = connection.execute(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (last.what, last.before, last.after) == (
        "case_claimed",
        {"claimed_by": ana.person_id},
        {"claimed_by": head.person_id},
    )
    late = do(ana, case, "answer", floor="", own=NOTE)
    assert (late.status_code, NOTE in late.text) == (409, True)
    do(head, case, "second")
    assert do(head, case, "take-over", yes="1").status_code == 409, "waits for another than themselves"


def test_a_letter_to_a_place_that_was_closed_meanwhile_is_not_made_without_its_addressee(
    world: World,
) -> None:
    a_place(world)
    case = a_case(world)
    ana = world.signed_in("ana", "clinician")
    letter = f"/cases/{case.code}/letter.pdf?language=en&place={PLACE.id}"
    assert ana.get(letter).headers["content-type"] == "application/pdf"
    with transaction(world.engine) as connection:
        places.save(connection, replace(PLACE, active=False))
    page = ana.get(letter)
    assert page.status_code == 409
    assert "Nobody is sent to this place any more" in page.text
    none = ana.get(f"/cases/{case.code}/letter.pdf?language=en&place=")
    assert none.headers["content-type"] == "application/pdf"


def test_an_opinion_whose_page_is_loaded_again_is_kept_once_and_a_changed_one_twice(world: World) -> None:
    case = a_case(world)
    ana, bob = world.signed_in("ana", "clinician"), world.signed_in("bob", "clinician")
    for who, condition in ((ana, "NEV"), (ana, "NEV"), (bob, "NEV"), (ana, "MEL"), (ana, "NEV")):
        assert do(who, case, "opinion", condition=condition, urgency="week").status_code == 303
    with reading(world.engine) as connection:
        kept = connection.execute(
            select(CaseOpinion.person_id, CaseOpinion.condition).order_by(CaseOpinion.id)
        )
        assert [tuple(one) for one in kept] == [
            (ana.person_id, "NEV"),
            (bob.person_id, "NEV"),
            (ana.person_id, "MEL"),
            (ana.person_id, "NEV"),
        ]
    with transaction(world.engine) as connection:
        connection.execute(update(CaseOpinion).values(at=CaseOpinion.at - 100))
    do(ana, case, "opinion", condition="NEV", urgency="week")
    with reading(world.engine) as connection:
        assert len(connection.execute(select(CaseOpinion.id)).all()) == 5
