"""People and roles at the console: who may come in is decided here, and the last administrator stays."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import Engine, insert, select, update

from bot import audit, invitations, join_codes, people
from bot.cases import store, taken_codes
from bot.casework.codes import first_version
from bot.clock import db_now
from bot.console import logins, staff
from bot.conversation.state import new_state
from bot.database import reading, transaction
from bot.errors import NgoziError
from bot.tables import Audit, Chat, Invitation, Login
from tests.conftest import KEYS
from tests.console.world import World, a_member


def done_by(world: World, person: int) -> list[tuple[str, str]]:
    with reading(world.engine) as connection:
        assert audit.verify(connection, KEYS) is None
        rows = connection.execute(select(Audit.what, Audit.subject).where(Audit.by_person == person)).all()
    return [(row.what, row.subject) for row in rows]


def secret(page: str) -> str:
    (shown,) = re.findall(r'class="secret big"[^>]*>([^<]+)<', page)
    return str(shown)


def test_an_invitation_is_shown_once_and_makes_a_member(world: World) -> None:
    asha = world.signed_in("asha")
    page = asha.post("/people/invite", {"role": "chw", "days": "7"})
    assert page.status_code == 200
    code = secret(page.text)
    assert join_codes.looks_like_code(code) == code
    assert code not in asha.get("/people").text
    with reading(world.engine) as connection:
        (kept,) = connection.execute(select(Invitation)).all()
    assert kept.invited_by == asha.person_id
    assert code not in str(kept)
    assert ("invitation_made", str(kept.id)) in done_by(world, asha.person_id)


def test_an_invitation_that_went_to_a_wrong_number_is_withdrawn_and_its_code_is_good_for_nobody(
    world: World,
) -> None:
    asha = world.signed_in("asha")
    page = asha.post("/people/invite", {"role": "clinician", "days": "90"})
    kept = secret(asha.post("/people/invite", {"role": "chw", "days": "7"}).text)
    number = re.findall(r"<h1>Invitation code (\d+)</h1>", page.text)[0]
    path = f"/people/invitations/{number}/withdraw"
    listed = asha.get("/people").text
    assert f"Invitation {number}: clinician, until" in listed
    assert path in listed
    assert asha.post(path, {}).headers["location"] == "/console/people?said=withdrawn"
    assert path not in asha.get("/people").text
    with transaction(world.engine) as connection:
        chat = connection.execute(
            insert(Chat)
            .values(
                channel="telegram", account="main", address="9", created_at=db_now(), stopped=False, turns=0
            )
            .returning(Chat.id)
        ).scalar_one()
        assert invitations.redeem(connection, KEYS, chat, secret(page.text)) == "expired"
        assert people.role_of(connection, chat) == "patient"
        assert isinstance(invitations.redeem(connection, KEYS, chat, kept), invitations.Redeemed)
    assert ("invitation_withdrawn", number) in done_by(world, asha.person_id)
    for gone in (number, "2", "999"):
        refused = asha.post(f"/people/invitations/{gone}/withdraw", {})
        assert refused.status_code == 409, gone
        assert "not open any more" in refused.text
    with reading(world.engine) as connection:
        last = connection.execute(select(Audit).where(Audit.what == "invitation_withdrawn")).one()
    assert (last.before, last.after) == (
        {"role": "clinician", "open": True},
        {"role": "clinician", "open": False},
    )


@pytest.mark.parametrize("fields", [{}, {"role": "admin", "days": "7"}, {"role": "chw", "days": "9999"}])
def test_an_invitation_of_another_kind_is_refused(world: World, fields: dict[str, str]) -> None:
    assert world.signed_in("asha").post("/people/invite", fields).status_code == 400


def test_a_new_login_gets_a_first_password_that_must_be_changed(world: World) -> None:
    asha = world.signed_in("asha")
    page = asha.post("/people/login", {"name": "Bisi", "role": "clinician", "person": ""})
    password = secret(page.text)
    bisi = world.browser()
    assert bisi.sign_in("bisi", password).status_code == 303
    assert bisi.get("/people").status_code == 403
    assert bisi.get("/").headers["location"] == "/console/account/password"
    for name, said in (("bisi", "has this name"), ("b", "needs 2 to"), ("a b", "needs 2 to")):
        refused = asha.post("/people/login", {"name": name, "role": "chw", "person": ""})
        assert refused.status_code == 400
        assert said in refused.text


def test_a_first_password_runs_out_after_two_weeks_and_who_knows_it_is_told(world: World) -> None:
    asha = world.signed_in("asha")
    made = asha.post("/people/login", {"name": "bisi", "role": "clinician", "person": ""})
    assert "good for 14 days" in made.text
    number = world.person("chidi", "clinician")
    with reading(world.engine) as connection:
        known = logins.named(connection, "bisi")
        assert known is not None
    assert "not changed yet; good until" in asha.get(f"/people/{known.person_id}").text
    assert "not changed yet" not in asha.get(f"/people/{number}").text, "chose their own"

    def aged(days: float) -> None:
        at = update(Login).where(Login.must_change).values(first_until=db_now() + (14 - days) * 86_400.0)
        with transaction(world.engine) as connection:
            connection.execute(at)

    aged(13.9)
    assert world.browser().sign_in("bisi", secret(made.text)).status_code == 303
    aged(14.1)
    late = world.browser().sign_in("bisi", secret(made.text))
    assert late.status_code == 401
    assert "was good for 14 days" in late.text
    assert "was good for" not in world.browser().sign_in("bisi", "not this one").text
    assert world.browser().sign_in("chidi").status_code == 303
    again = asha.post(f"/people/{known.person_id}/password", {"yes": "1"})
    bisi = world.browser()
    assert bisi.sign_in("bisi", secret(again.text)).status_code == 303
    new = {"password": secret(again.text), "new": "nine wet goats", "again": "nine wet goats"}
    assert bisi.post("/account/password", new, form="/account/password").status_code == 303
    with reading(world.engine) as connection:
        row = connection.execute(select(Login).where(Login.name == "bisi")).one()
    assert row.first_until is None


def test_a_member_with_a_chat_gets_a_login_under_the_same_number(world: World) -> None:
    asha = world.signed_in("asha")
    number = a_member(world.engine, "chw")
    made = asha.post("/people/login", {"name": "bisi", "role": "supervisor", "person": str(number)})
    assert made.status_code == 200
    with reading(world.engine) as connection:
        known = logins.of_person(connection, number)
    assert known is not None
    assert (known.name, known.role) == ("bisi", "supervisor")
    for wrong in ("999", "x", str(number)):
        fields = {"name": "chidi", "role": "chw", "person": wrong}
        assert asha.post("/people/login", fields).status_code == 400


def test_another_role_holds_from_the_next_page_on(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    assert bisi.get("/people").status_code == 403
    path = f"/people/{bisi.person_id}/role"
    assert asha.post(path, {"role": "supervisor", "yes": "1"}).status_code == 303
    assert bisi.get("/people").status_code == 200
    assert asha.post(path, {"role": "patient"}).status_code == 400
    with reading(world.engine) as connection:
        row = connection.execute(select(Audit).where(Audit.what == "role_changed")).one()
    assert (row.by_person, row.before, row.after) == (
        asha.person_id,
        {"role": "clinician"},
        {"role": "supervisor"},
    )


def test_giving_a_role_asks_first_and_says_what_an_administrator_may(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    path = f"/people/{bisi.person_id}/role"
    asked = asha.post(path, {"role": "admin"})
    assert asked.status_code == 200
    assert f"Person {bisi.person_id} (bisi) gets another role: administrator" in asked.text
    assert "They may take your role away too" in asked.text
    assert "They may take" not in asha.post(path, {"role": "supervisor"}).text
    assert asha.post(path, {"role": "clinician"}).status_code == 303, "nothing to ask: it is their role"
    assert "role_changed" not in {what for what, _ in done_by(world, asha.person_id)}


def test_whoever_changes_their_own_role_is_asked_and_comes_to_a_page_they_may_see(world: World) -> None:
    asha = world.signed_in("asha")
    world.person("bisi", "admin")
    path = f"/people/{asha.person_id}/role"
    assert "You change your own role to: clinician" in asha.post(path, {"role": "clinician"}).text
    done = asha.post(path, {"role": "clinician", "yes": "1"})
    assert done.headers["location"] == "/console/?said=own_role"
    page = asha.get("/?said=own_role")
    assert page.status_code == 200
    assert "Your role is changed" in page.text


def test_whoever_ends_their_own_sessions_is_asked_and_stands_at_the_door(world: World) -> None:
    asha = world.signed_in("asha")
    path = f"/people/{asha.person_id}/end-sessions"
    assert "You are signed out here too" in asha.post(path, {}).text
    assert asha.get("/").status_code == 200
    done = asha.post(path, {"yes": "1"})
    assert done.headers["location"] == "/console/sign-in?said=sessions"
    assert "All sessions" in asha.get("/sign-in?said=sessions").text


def test_a_login_that_is_refused_keeps_the_role_and_the_number_beside_its_problem(world: World) -> None:
    asha = world.signed_in("asha")
    number = a_member(world.engine, "chw")
    world.person("dr", "clinician")
    refused = asha.post("/people/login", {"name": "dr", "role": "admin", "person": str(number)})
    assert refused.status_code == 400
    form = re.search(r'<form [^>]*id="login">.*?</form>', refused.text, re.S)
    assert form is not None
    assert re.search(r'action="/console/people/login#login"', form[0])
    assert 'role="alert"' in form[0]
    assert 'role="alert"' not in refused.text.replace(form[0], "")
    assert '<option value="admin" selected>' in form[0]
    assert f'name="person" type="text" value="{number}"' in form[0]


def test_whoever_is_removed_is_out_at_once(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    assert bisi.get("/").status_code == 200
    path = f"/people/{bisi.person_id}/remove"
    assert "Are you sure?" in asha.post(path, {}).text, "a form without its mark does nothing"
    assert bisi.get("/").status_code == 200
    assert asha.post(path, {"yes": "1"}).status_code == 303
    assert bisi.get("/").status_code == 303
    assert world.browser().sign_in("bisi").status_code == 401
    assert asha.post(path, {"yes": "1"}).status_code == 400
    assert ("person_removed", str(bisi.person_id)) in done_by(world, asha.person_id)


def test_whoever_was_removed_is_brought_back_under_the_same_number_and_name(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    here = f"/people/{bisi.person_id}"
    assert f"{here}/restore" not in asha.get(here).text
    assert asha.post(f"{here}/restore", {"role": "clinician"}).status_code == 404, "was not removed"
    asha.post(f"{here}/remove", {"yes": "1"})
    taken = asha.post("/people/login", {"name": "bisi", "role": "clinician", "person": ""})
    assert f"Person {bisi.person_id}, who was removed, has this name" in taken.text
    assert f"{here}/restore" in asha.get(here).text
    assert asha.post(f"{here}/restore", {"role": "patient"}).status_code == 400
    back = asha.post(f"{here}/restore", {"role": "supervisor"})
    assert back.status_code == 200
    assert world.browser().sign_in("bisi").status_code == 401, "whoever was sent away knows that one"
    again = world.browser()
    assert again.sign_in("bisi", secret(back.text)).status_code == 303
    assert again.get("/people").headers["location"] == "/console/account/password"
    with reading(world.engine) as connection:
        (member,) = people.members(connection, bisi.person_id)
        row = connection.execute(select(Audit).where(Audit.what == "person_restored")).one()
    assert (member.role, member.active) == ("supervisor", True)
    assert (row.by_person, row.subject) == (asha.person_id, str(bisi.person_id))
    assert row.before == {"active": False, "role": "clinician"}
    assert row.after == {"active": True, "role": "supervisor"}
    assert asha.post("/people/999/restore", {"role": "chw"}).status_code == 404


def test_a_health_worker_who_is_brought_back_has_the_chat_and_the_open_cases_again(world: World) -> None:
    asha = world.signed_in("asha")
    number, chat = a_worker(world.engine, "1")
    case_id = a_case(world.engine, chat, of_desk=True)
    with transaction(world.engine) as connection:
        people.remove(connection, number)
    path = f"/people/{number}/restore"
    refused = asha.post(path, {"role": "clinician"})
    assert refused.status_code == 400
    assert "cases of this person&#39;s patients are still open" in refused.text
    assert asha.post(path, {"role": "chw"}).headers["location"] == f"/console/people/{number}?said=restored"
    with reading(world.engine) as connection:
        assert people.role_of(connection, chat) == "chw"
        assert [case.id for case in store.load_open(connection, chat)] == [case_id]
    assert "/people/give" not in asha.get("/people").text, "they are with somebody again"


def test_open_cases_go_to_a_health_worker_and_to_nobody_else(world: World) -> None:
    asha = world.signed_in("asha")
    chw, heir = (a_member(world.engine, "chw") for _ in range(2))
    for to in (asha.person_id, a_member(world.engine, "clinician"), 99_999):
        refused = asha.post(f"/people/{chw}/remove", {"yes": "1", "to": str(to)})
        assert refused.status_code == 400, to
    with reading(world.engine) as connection:
        assert people.members(connection, chw)[0].active
    assert asha.post(f"/people/{chw}/remove", {"yes": "1", "to": str(heir)}).status_code == 303


def test_the_last_administrator_can_neither_be_removed_nor_demoted(world: World) -> None:
    asha = world.signed_in("asha")
    here = f"/people/{asha.person_id}"
    a_member(world.engine, "admin")  # who cannot sign in runs nothing
    for path, fields in ((f"{here}/remove", {"yes": "1"}), (f"{here}/role", {"role": "chw", "yes": "1"})):
        refused = asha.post(path, fields)
        assert refused.status_code == 400
        assert "last administrator" in refused.text
    world.person("bisi", "admin")
    assert asha.post(f"{here}/role", {"role": "chw", "yes": "1"}).status_code == 303


def test_two_administrators_cannot_remove_each_other_at_the_same_moment(engine: Engine) -> None:
    with transaction(engine) as connection:
        pair = [logins.add(connection, name, "x", "admin") for name in ("asha", "bisi")]
    barrier, refused = threading.Barrier(2), []

    def go(by: int, other: int) -> None:
        barrier.wait()
        try:
            with transaction(engine) as connection:
                staff.remove(connection, other, by)
        except staff.LastAdmin:
            refused.append(by)

    threads = [threading.Thread(target=go, args=(a, b)) for a, b in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        left = [member.id for member in people.members(connection) if member.active]
    assert len(left) == 1
    assert len(refused) == 1


def test_a_forgotten_password_is_replaced_and_sessions_end(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    page = asha.post(f"/people/{bisi.person_id}/password", {"yes": "1"})
    password = secret(page.text)
    assert bisi.get("/").status_code == 303
    assert world.browser().sign_in("bisi").status_code == 401
    assert world.browser().sign_in("bisi", password).status_code == 303
    assert "Are you sure?" in asha.post(f"/people/{bisi.person_id}/password", {}).text
    assert asha.post("/people/999/password", {"yes": "1"}).status_code == 404


def test_somebody_is_signed_out_everywhere(world: World) -> None:
    asha, bisi = world.signed_in("asha"), world.signed_in("bisi", "clinician")
    assert asha.post(f"/people/{bisi.person_id}/end-sessions", {"yes": "1"}).status_code == 303
    assert bisi.get("/").status_code == 303
    assert ("sessions_ended", str(bisi.person_id)) in done_by(world, asha.person_id)


def test_a_supervisor_sees_people_and_no_button(world: World) -> None:
    page = world.signed_in("bisi", "supervisor").get("/people")
    assert page.status_code == 200
    assert "/people/invite" not in page.text
    assert world.signed_in("asha").get("/people/999").status_code == 404
    assert world.signed_in("chidi").get("/people/x").status_code == 404


def test_nobody_without_a_login_gets_a_password(engine: Engine) -> None:
    number = a_member(engine)
    with pytest.raises(NgoziError, match="signs in"), transaction(engine) as connection:
        staff.new_password(connection, number, "x", 1, False)


def a_worker(engine: Engine, address: str) -> tuple[int, int]:
    """A health worker with a chat: their number, and the chat's."""
    number = a_member(engine, "chw")
    values = {"channel": "telegram", "account": "main", "address": address, "created_at": db_now()}
    with transaction(engine) as connection:
        made = insert(Chat).values(**values, stopped=False, turns=0, person_id=number).returning(Chat.id)
        return number, connection.execute(made).scalar_one()


def a_case(engine: Engine, chat_id: int, of_desk: bool) -> int:
    with transaction(engine) as connection:
        code = taken_codes.proposed(connection, 1)[0]
        state = new_state("en", first_version(code) if of_desk else 1)
        return store.open_case(connection, chat_id, state, code=code).id


def test_a_health_worker_with_open_cases_keeps_the_role_until_another_has_them(engine: Engine) -> None:
    (first, chat), (second, other) = a_worker(engine, "1"), a_worker(engine, "2")
    case_id = a_case(engine, chat, of_desk=True)
    with pytest.raises(staff.OpenCases, match="looks after 1 open cases"), transaction(engine) as connection:
        staff.remove(connection, first, 1)
    with pytest.raises(staff.OpenCases, match="looks after 1 open cases"), transaction(engine) as connection:
        staff.change_role(connection, first, "clinician", 1)
    with transaction(engine) as connection:
        assert people.role_of(connection, chat) == "chw"
        assert staff.remove(connection, first, 1, second) == 1
    with transaction(engine) as connection:
        assert [case.id for case in store.load_open(connection, other)] == [case_id]
        assert not people.members(connection, first)[0].active


def test_a_case_of_their_own_holds_nobody_in_a_role(engine: Engine) -> None:
    first, chat = a_worker(engine, "1")
    a_case(engine, chat, of_desk=False)
    with transaction(engine) as connection:
        staff.change_role(connection, first, "clinician", 1)
        assert people.role_of(connection, chat) == "clinician"
        staff.remove(connection, first, 1)
        assert not people.members(connection, first)[0].active


def test_a_case_of_their_own_goes_to_nobody_with_their_patients(engine: Engine) -> None:
    (first, chat), (second, other) = a_worker(engine, "1"), a_worker(engine, "2")
    own, patient = (a_case(engine, chat, of_desk=of_desk) for of_desk in (False, True))
    with transaction(engine) as connection:
        found = staff.one(connection, first)
        assert found is not None
        assert found.cases == 1
        assert {one.member.id: one.cases for one in staff.everybody(connection)} == {first: 1, second: 0}
        assert staff.remove(connection, first, 1, second) == 1
    with transaction(engine) as connection:
        assert [case.id for case in store.load_open(connection, other)] == [patient]
        assert [case.id for case in store.load_open(connection, chat)] == [own]


def test_cases_that_are_with_nobody_are_given_to_a_health_worker_from_the_list(world: World) -> None:
    asha = world.signed_in("asha")
    (first, chat), (second, other) = a_worker(world.engine, "1"), a_worker(world.engine, "2")
    a_case(world.engine, chat, of_desk=False)
    case_id = a_case(world.engine, chat, of_desk=True)
    assert "/people/give" not in asha.get("/people").text, "somebody looks after it"
    with transaction(world.engine) as connection:
        people.remove(connection, first)
    page = asha.get("/people").text
    assert "Open cases that are with nobody: 1" in page
    assert f'<option value="{second}">community health worker {second}, open cases: 0</option>' in page
    assert f'<option value="{first}">' not in page
    with transaction(world.engine) as connection:
        logins.add(connection, "wanjiru", "x", "chw", person_id=second)
    named = f'<option value="{second}">wanjiru ({second}), open cases: 0</option>'
    assert named in asha.get("/people").text
    assert named in asha.get(f"/people/{first}").text
    for wrong in ({"yes": "1"}, {"to": "x", "yes": "1"}, {"to": str(first), "yes": "1"}):
        assert asha.post("/people/give", wrong).status_code == 400, wrong
    given = asha.post("/people/give", {"to": str(second), "yes": "1"})
    assert given.headers["location"] == "/console/people?said=given"
    with reading(world.engine) as connection:
        assert [case.id for case in store.load_open(connection, other)] == [case_id]
        row = connection.execute(select(Audit).where(Audit.what == "case_handed_over")).one()
    assert (row.by_person, row.subject) == (asha.person_id, str(case_id))
    assert (row.before, row.after) == ({"chat": chat}, {"chat": other})
    assert ("case_handed_over", str(case_id)) in done_by(world, asha.person_id)
    assert "/people/give" not in asha.get("/people").text
    assert (
        asha.post("/people/give", {"to": str(second), "yes": "1"}).headers["location"].endswith("none_given")
    )


def test_where_no_health_worker_can_be_reached_nothing_can_be_given(world: World) -> None:
    asha = world.signed_in("asha")
    first, chat = a_worker(world.engine, "1")
    a_case(world.engine, chat, of_desk=True)
    a_member(world.engine, "chw")  # has no chat
    with transaction(world.engine) as connection:
        people.remove(connection, first)
    page = asha.get("/people").text
    assert "No health worker has a chat" in page
    assert 'id="f-give"' not in page


@pytest.mark.parametrize("clinic", [False, True])
def test_a_former_workers_cases_go_to_another_or_to_the_clinic_and_their_own_stays(
    world: World, clinic: bool
) -> None:
    asha = world.signed_in("asha")
    (first, chat), (second, other) = a_worker(world.engine, "1"), a_worker(world.engine, "2")
    own = a_case(world.engine, chat, of_desk=False)
    case_id = a_case(world.engine, chat, of_desk=True)
    path = f"/people/{first}/hand-over"
    fields = {"to": "clinic" if clinic else str(second), "yes": "1"}
    assert "hand-over" not in asha.get(f"/people/{first}").text
    assert asha.post(path, fields).status_code == 404, "who has a role is removed first"
    with transaction(world.engine) as connection:
        people.remove(connection, first)
    assert "hand-over" in asha.get(f"/people/{first}").text
    for wrong in ({}, {"to": "nobody", "yes": "1"}, {"to": str(first), "yes": "1"}):
        assert asha.post(path, wrong).status_code == 400, wrong
    assert asha.post(path, fields).headers["location"] == f"/console/people/{first}?said=given"
    with reading(world.engine) as connection:
        case = store.by_id(connection, case_id)
        mine = store.by_id(connection, own)
        keeper = connection.execute(select(Chat).where(Chat.id == case.chat_id)).one()  # type: ignore[union-attr]
        whats = select(Audit).where(Audit.what.in_(("case_handed_over", "case_left_to_clinic")))
        row = connection.execute(whats).one()
    assert mine is not None
    assert mine.chat_id == chat
    assert keeper.channel == "clinic" if clinic else keeper.id == other
    assert (row.by_person, row.subject) == (asha.person_id, str(case_id))
    assert (row.before, row.after) == ({"chat": chat}, {"chat": keeper.id})
    assert "hand-over" not in asha.get(f"/people/{first}").text
    assert ("/people/give" in asha.get("/people").text) == clinic, "the clinic's can be given on"


def test_whoever_gives_all_cases_away_chooses_to_whom_and_is_asked_before(world: World) -> None:
    asha = world.signed_in("asha")
    (first, chat), (second, _) = a_worker(world.engine, "1"), a_worker(world.engine, "2")
    a_case(world.engine, chat, of_desk=True)
    with transaction(world.engine) as connection:
        people.remove(connection, first)
    for page, path in (("/people", "/people/give"), (f"/people/{first}", f"/people/{first}/hand-over")):
        text = asha.get(page).text
        form = re.search(rf'<form [^>]*action="/console{path}"[^>]*>.*?</form>', text, re.S)
        assert form is not None
        assert re.match(
            r'<form [^>]*data-ask="Open cases: 1. They go to whom you chose, at once: \{to\}\.', form[0]
        )
        options = re.search(
            r'<select [^>]*name="to" required><option value="">[^<]+</option>(.*)</select>', form[0]
        )
        assert options is not None, "nobody is chosen already"
        assert f'<option value="{second}">' in options[1]
        assert "selected" not in options[1]
        assert asha.post(path, {"to": "", "yes": "1"}).status_code == 400


def test_a_supervisor_gives_nobody_a_case(world: World) -> None:
    first, chat = a_worker(world.engine, "1")
    second, _ = a_worker(world.engine, "2")
    a_case(world.engine, chat, of_desk=True)
    with transaction(world.engine) as connection:
        people.remove(connection, first)
    bisi = world.signed_in("bisi", "supervisor")
    for page in ("/people", f"/people/{first}"):
        assert "<h2>" not in bisi.get(page).text, "no form"
    for path in ("/people/give", f"/people/{first}/hand-over"):
        assert bisi.post(path, {"to": str(second), "yes": "1"}).status_code == 403


def test_a_login_of_another_role_waits_until_no_patient_is_left_behind(world: World) -> None:
    asha = world.signed_in("asha")
    number, chat = a_worker(world.engine, "1")
    a_case(world.engine, chat, of_desk=True)
    refused = asha.post("/people/login", {"name": "bisi", "role": "clinician", "person": str(number)})
    assert refused.status_code == 400
    assert "still looks after open cases" in refused.text
    made = asha.post("/people/login", {"name": "bisi", "role": "chw", "person": str(number)})
    assert made.status_code == 200
