"""An invitation makes one member, once, in time; guessing is slow; a role that was taken away is gone in every chat."""

from __future__ import annotations

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from bot import invitations, join_codes, people
from bot.clock import db_now
from bot.database import transaction
from bot.errors import NgoziError
from bot.tables import Audit, Base, Chat, Invitation, JoinTry, Person
from tests.bot.cases.world import KEYS, a_chat, a_member

WRONG = "AAAAA2-AAAAA2"


def test_a_code_makes_a_member_once_and_the_next_chat_hears_that_it_is_used(engine: Engine) -> None:
    with transaction(engine) as connection:
        first, second = a_chat(connection, "1"), a_chat(connection, "2")
        code = invitations.invite(connection, KEYS, "chw")
        assert people.role_of(connection, first) == "patient"
        joined = invitations.redeem(connection, KEYS, first, code)
        assert isinstance(joined, invitations.Redeemed)
        assert (joined.role, joined.known) == ("chw", False)
        assert invitations.redeem(connection, KEYS, second, code) == "used"
        assert people.role_of(connection, first) == "chw"
        assert people.role_of(connection, second) == "patient"
        assert people.person_of(connection, second) is None
        (member,) = people.members(connection)
        assert (member.id, member.role, member.active, member.chats) == (joined.person_id, "chw", True, 1)


@pytest.mark.parametrize(
    "typed",
    ["{}", "/join {}", "/JOIN  {}", " {}\n", "\u200e{}\u200f", "/join"],
    ids=["plain", "join", "loud", "spaces", "marks", "split"],
)
def test_a_code_is_understood_however_it_is_typed(engine: Engine, typed: str) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "1")
        code = invitations.invite(connection, KEYS, "clinician")
        said = (
            typed.format(code.lower().replace("-", " – "))
            if "{}" in typed
            else f"/join {code[:3]} {code[3:]}"
        )
        arabic = said.translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
        assert join_codes.wants_to_join(arabic)
        joined = invitations.redeem(connection, KEYS, chat, arabic)
        assert isinstance(joined, invitations.Redeemed)
        assert joined.role == "clinician"


@given(
    st.lists(
        st.sampled_from(
            ["rash", "seven", "yellow", "12", "255700", "everything", "K7-42", "knows", "itches"]
        ),
        max_size=4,
    )
)
def test_no_words_and_no_telephone_number_are_taken_for_a_code(words: list[str]) -> None:
    assert join_codes.looks_like_code(" ".join(words)) is None
    assert join_codes.looks_like_code("255712345678") is None
    assert join_codes.looks_like_code("+255 712 345 678") is None


def test_codes_have_fifty_bits_and_none_is_like_another() -> None:
    # Each group of six: all strings over the alphabet, but those without a digit and those without a letter.
    letters, digits = len(join_codes.LETTERS), len(join_codes.DIGITS)
    group = (letters + digits) ** 6 - letters**6 - digits**6
    assert group**2 > 2**50
    assert not set(join_codes.LETTERS + join_codes.DIGITS) & set("01ILOU")


def test_the_code_is_kept_nowhere_and_the_audit_holds_numbers_only(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "address-of-somebody")
        code = invitations.invite(connection, KEYS, "chw")
        invitations.redeem(connection, KEYS, chat, code)
    with transaction(engine) as connection:
        tables = [t for t in Base.metadata.sorted_tables if t.name != "chats"]
        kept = json.dumps([str(row) for t in tables for row in connection.execute(select(t)).all()])
        assert code not in kept
        assert code.replace("-", "") not in kept
        audit = connection.execute(select(Audit).order_by(Audit.id)).all()
        assert [(row.what, row.by_person, row.before, row.after, row.details) for row in audit] == [
            ("invitation_made", None, None, {"role": "chw", "days": 7}, {}),
            ("person_joined", None, None, {"role": "chw"}, {"invitation": 1}),
        ]
        assert all(row.subject.isdigit() for row in audit)


def test_a_late_code_is_late_and_an_unknown_one_is_unknown(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "1")
        code = invitations.invite(connection, KEYS, "chw", days=1)
        connection.execute(update(Invitation).values(expires_at=db_now() - 1))
        assert invitations.redeem(connection, KEYS, chat, code) == "expired"
        assert invitations.redeem(connection, KEYS, chat, WRONG) == "unknown"
        assert invitations.redeem(connection, KEYS, chat, "/join please") == "unknown"
        assert people.role_of(connection, chat) == "patient"


def test_five_wrong_tries_an_hour_and_then_not_even_the_right_code(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat, other = a_chat(connection, "1"), a_chat(connection, "2")
        code = invitations.invite(connection, KEYS, "chw")
    for _ in range(5):
        with transaction(engine) as connection:
            assert invitations.redeem(connection, KEYS, chat, WRONG) == "unknown"
    with transaction(engine) as connection:
        assert invitations.redeem(connection, KEYS, chat, code) == "throttled"
        # Nobody else is held up, and being refused adds nothing.
        assert invitations.redeem(connection, KEYS, other, WRONG) == "unknown"
        assert connection.execute(select(func.count()).where(JoinTry.chat_id == chat)).scalar_one() == 5
        connection.execute(update(JoinTry).values(at=db_now() - 3601))
        assert isinstance(invitations.redeem(connection, KEYS, chat, code), invitations.Redeemed)


def test_a_code_made_before_a_rotation_of_keys_is_good_after_it(engine: Engine) -> None:
    with transaction(engine) as connection:
        chat = a_chat(connection, "1")
        code = invitations.invite(connection, KEYS, "chw")
        rotated = {**KEYS, 2: b"n" * 32}
        assert isinstance(invitations.redeem(connection, rotated, chat, code), invitations.Redeemed)


def test_a_second_code_changes_the_role_and_keeps_the_number(engine: Engine) -> None:
    with transaction(engine) as connection:
        person, chat = a_member(connection, "1")
        code = invitations.invite(connection, KEYS, "clinician")
        assert invitations.redeem(connection, KEYS, chat, code) == invitations.Redeemed(
            person, "clinician", known=True
        )
        assert people.role_of(connection, chat) == "clinician"


@pytest.mark.parametrize("role", ["admin", "supervisor"])
def test_a_code_typed_in_an_administrators_chat_takes_nothing_away(engine: Engine, role: str) -> None:
    with transaction(engine) as connection:
        person, chat = a_member(connection, "1")
        connection.execute(update(Person).where(Person.id == person).values(role=role))
        code = invitations.invite(connection, KEYS, "chw")
        assert invitations.redeem(connection, KEYS, chat, code) == "member"
        assert people.role_of(connection, chat) == role
        other = a_chat(connection, "2")
        assert isinstance(invitations.redeem(connection, KEYS, other, code), invitations.Redeemed)


def test_whoever_is_removed_has_no_role_in_any_chat_and_can_be_invited_anew(engine: Engine) -> None:
    with transaction(engine) as connection:
        person, chat = a_member(connection, "1")
        second = a_chat(connection, "2")
        connection.execute(update(Chat).where(Chat.id == second).values(person_id=person))
        people.remove(connection, person)
        assert [people.role_of(connection, c) for c in (chat, second)] == ["patient", "patient"]
        assert people.chat_of(connection, person) is None
        with pytest.raises(NgoziError, match=f"person is {person}; expected the number of an active one"):
            people.remove(connection, person)
        again = invitations.redeem(connection, KEYS, chat, invitations.invite(connection, KEYS, "chw"))
        assert isinstance(again, invitations.Redeemed)
        assert (again.known, again.person_id == person) == (False, False)


def test_leaving_the_last_chat_ends_the_membership(engine: Engine) -> None:
    with transaction(engine) as connection:
        person, chat = a_member(connection, "1")
        second = a_chat(connection, "2")
        connection.execute(update(Chat).where(Chat.id == second).values(person_id=person))
        people.leave(connection, chat)
        assert (people.role_of(connection, chat), people.role_of(connection, second)) == ("patient", "chw")
        people.leave(connection, second)
        assert [m.active for m in people.members(connection)] == [False]
        people.leave(connection, second)


@pytest.mark.parametrize(("role", "days"), [("admin", 7), ("boss", 7), ("chw", 0), ("chw", 91)])
def test_what_cannot_be_invited_is_refused(engine: Engine, role: people.Role, days: int) -> None:
    with transaction(engine) as connection, pytest.raises(NgoziError, match="expected"):
        invitations.invite(connection, KEYS, role, days)


def test_of_two_chats_that_type_one_code_at_once_one_joins(engine: Engine) -> None:
    for n in range(5):
        with transaction(engine) as connection:
            chats = [a_chat(connection, f"{n} {i}") for i in range(4)]
            code = invitations.invite(connection, KEYS, "chw")
        gate = threading.Barrier(len(chats))
        said: list[object] = []

        def type_it(
            chat: int, gate: threading.Barrier = gate, code: str = code, said: list[object] = said
        ) -> None:
            gate.wait()
            with transaction(engine) as connection:
                said.append(invitations.redeem(connection, KEYS, chat, code))

        threads = [threading.Thread(target=type_it, args=(chat,)) for chat in chats]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(isinstance(answer, invitations.Redeemed) for answer in said) == 1
        assert said.count("used") == 3
    with transaction(engine) as connection:
        assert connection.execute(select(func.count()).select_from(Person)).scalar_one() == 5
