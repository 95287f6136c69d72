"""What a removed administrator made lets nobody in, and what is shown once is made once."""

from __future__ import annotations

import re

from sqlalchemy import select

from bot import invitations, people
from bot.console import logins, staff
from bot.database import reading, transaction
from bot.tables import Audit, Invitation
from locales.placeholders import without_isolates
from tests.bot.cases.world import a_chat
from tests.conftest import KEYS
from tests.console.world import Browser, World


def secret(page: str) -> str:
    found = re.search(r'class="secret big"[^>]*>([^<]+)<', page)
    return found[1] if found else ""


def mark(browser: Browser, page: str) -> str:
    return re.search(r'name="mark" value="([^"]*)"', browser.get(page).text)[1]  # type: ignore[index]


def redeemed(world: World, code: str, address: str) -> object:
    with transaction(world.engine) as connection:
        return invitations.redeem(connection, KEYS, a_chat(connection, address, "webchat"), code)


def test_codes_of_a_removed_administrator_are_good_for_nobody(world: World) -> None:
    one, two = world.signed_in("one"), world.signed_in("two")
    code = secret(two.post("/people/invite", {"role": "clinician", "days": "30"}).text)
    mine = secret(one.post("/people/invite", {"role": "chw", "days": "30"}).text)
    page = without_isolates(one.get("/people").text)
    assert f"Person {two.person_id} (two)" in page, "who made it"
    two.post("/people/login", {"name": "third", "role": "clinician"})
    asks = one.post(f"/people/{two.person_id}/remove", {})
    assert asks.status_code == 200
    assert "(third)" in without_isolates(asks.text)
    assert (
        "data-ask" not in re.search(r'<form[^>]*/remove"[^>]*>', one.get(f"/people/{two.person_id}").text)[0]
    )  # type: ignore[index]
    assert one.post(f"/people/{two.person_id}/remove", {"yes": "1"}).status_code == 303
    assert redeemed(world, code, "a") == "expired"
    assert isinstance(redeemed(world, mine, "b"), invitations.Redeemed)
    with reading(world.engine) as connection:
        gone = connection.execute(select(Audit).where(Audit.what == "invitation_withdrawn")).all()
    assert [(row.by_person, row.before["open"], row.after["open"]) for row in gone] == [
        (one.person_id, True, False)
    ]


def test_codes_of_who_is_administrator_no_more_are_good_for_nobody(world: World) -> None:
    one, two = world.signed_in("one"), world.signed_in("two")
    code = secret(two.post("/people/invite", {"role": "clinician", "days": "30"}).text)
    with transaction(world.engine) as connection:
        staff.change_role(connection, two.person_id, "supervisor", one.person_id)
    assert redeemed(world, code, "a") == "expired"


def test_a_first_password_is_made_once_for_a_page_that_is_loaded_again(world: World) -> None:
    asha = world.signed_in("asha")
    bob = world.person("bob", "clinician")
    fields = {"yes": "1", "mark": mark(asha, f"/people/{bob}")}
    first = secret(asha.post(f"/people/{bob}/password", fields).text)
    again = asha.post(f"/people/{bob}/password", fields)
    assert (again.status_code, secret(again.text)) == (409, "")
    assert "What was shown is still good." in again.text
    with reading(world.engine) as connection:
        assert logins.check(logins.of_person(connection, bob), first)
    anew = {"yes": "1", "mark": mark(asha, f"/people/{bob}")}
    assert secret(asha.post(f"/people/{bob}/password", anew).text) not in ("", first)


def test_a_code_is_made_once_for_a_page_that_is_loaded_again(world: World) -> None:
    asha = world.signed_in("asha")
    fields = {"role": "chw", "days": "7", "mark": mark(asha, "/people")}
    assert secret(asha.post("/people/invite", fields).text)
    again = asha.post("/people/invite", fields)
    assert (again.status_code, secret(again.text)) == (409, "")
    with reading(world.engine) as connection:
        assert len(connection.execute(select(Invitation.id)).all()) == 1
    fields["mark"] = mark(asha, "/people")
    assert secret(asha.post("/people/invite", fields).text)


def test_an_administrator_makes_a_chat_their_own_and_sends_a_test_message_there(world: World) -> None:
    asha = world.signed_in("asha")
    with reading(world.engine) as connection:
        assert people.chat_of(connection, asha.person_id) is None
    fields = {"mark": mark(asha, "/account")}
    page = asha.post("/account/chat", fields)
    assert 'href="/console/account"' in page.text
    code = secret(page.text)
    assert asha.post("/account/chat", fields).status_code == 409
    assert redeemed(world, code, "asha-chat") == invitations.Redeemed(asha.person_id, "admin", known=True)
    with reading(world.engine) as connection:
        assert people.chat_of(connection, asha.person_id) is not None
        assert people.members(connection, asha.person_id)[0].role == "admin"
    assert asha.post("/operations/channel/webchat/main/test", {}).status_code == 303
