"""Cases are given out at the console: whoever gets them hears it in their own chat, once, the most pressing first."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

import locales
from bot import people
from bot.cases import handed, moving, store, taken_codes
from bot.casework import codes
from bot.console import staff
from bot.conversation import typed
from bot.conversation.desk import DeskState, write_desk
from bot.conversation.here import Here
from bot.database import transaction
from bot.messages import Text, Urgency
from bot.queue import DELIVER, SWEEP
from bot.tables import Chat
from locales.placeholders import without_isolates
from tests.bot.cases.world import a_chat, a_member
from tests.console.desk_world import told
from tests.console.test_closing_is_told import said
from tests.console.world import World

LANGUAGES = sorted(locales.languages(True))


def a_worker(world: World, address: str, language: str = "sw") -> tuple[int, int]:
    """Number of the person and of their chat."""
    with transaction(world.engine) as connection:
        person, chat = a_member(connection, address)
        desk = write_desk(DeskState(role="chw", language=language, here=Here(channel="telegram")))
        connection.execute(update(Chat).where(Chat.id == chat).values(state=desk))
    return person, chat


def cases_of(world: World, chat: int, *floors: Urgency | None) -> list[store.Case]:
    """A case of a patient of the chat for each urgency."""
    with transaction(world.engine) as connection:
        made = []
        for floor in floors:
            (code,) = taken_codes.proposed(connection, 1)
            state = told("sw", case_version=codes.first_version(code), floor=floor)
            made.append(store.open_case(connection, chat, state, code=code))
    return made


def removed(world: World, person: int) -> None:
    with transaction(world.engine) as connection:
        people.remove(connection, person)


@pytest.fixture
def woken(world: World) -> list[tuple[str, int]]:
    calls: list[tuple[str, int]] = []
    world.console.wake = lambda task, row_id, after_s=0.0: calls.append((task, row_id))
    return calls


@pytest.mark.parametrize("way", ["give", "hand-over", "remove"])
def test_whoever_gets_cases_hears_which_how_many_and_how_soon_once(
    world: World, woken: list[tuple[str, int]], way: str
) -> None:
    (first, chat), (second, other) = a_worker(world, "1"), a_worker(world, "2")
    routine, now, week = cases_of(world, chat, None, Urgency.NOW, Urgency.WEEK)
    asha = world.signed_in("asha")
    if way != "remove":
        removed(world, first)
    path = "/people/give" if way == "give" else f"/people/{first}/{way}"
    fields = {"to": str(second), "yes": "1"}
    assert asha.post(path, fields).status_code == 303
    ((to, language, words, state),) = said(world)
    assert (to, language, state) == (other, "sw", "queued")
    words = without_isolates(words)
    places = [words.index(case.code) for case in (now, week, routine)]
    assert places[0] == min(places), "the most pressing first"
    assert "3" in words.partition("\n")[0]
    soon = without_isolates(locales.render(Text("desk.short.now"), "sw"))
    assert soon in words.splitlines()[1]
    assert woken == [(SWEEP, 0)]
    with transaction(world.engine) as connection:
        assert connection.execute(select(Chat.send_due_at).where(Chat.id == other)).scalar_one() is not None
    asha.post(path, fields)
    assert len(said(world)) == 1


def test_one_case_is_told_with_its_code_and_how_to_go_on(world: World) -> None:
    (first, chat), (second, _) = a_worker(world, "1"), a_worker(world, "2", "en")
    (case,) = cases_of(world, chat, Urgency.TODAY)
    removed(world, first)
    world.signed_in("asha").post("/people/give", {"to": str(second), "yes": "1"})
    ((_, _, words, _),) = said(world)
    words = without_isolates(words)
    assert words.startswith(f"{case.code}:\nThis case was given to you.")
    assert f"Write {case.code} to go on" in words
    assert "today" in words


def test_of_many_the_pressing_ones_have_a_line_and_all_are_named(world: World) -> None:
    (first, chat), (second, _) = a_worker(world, "1"), a_worker(world, "2", "en")
    many = cases_of(world, chat, *[Urgency.WEEK] * handed.LINES, Urgency.NOW, Urgency.TODAY)
    removed(world, first)
    with transaction(world.engine) as connection:
        assert staff.give_left(connection, second) == len(many)
    ((_, _, words, _),) = said(world)
    assert all(words.count(case.code) == 1 for case in many)
    lines = [line for line in words.splitlines() if line.startswith("•")]
    assert len(lines) == handed.LINES
    assert many[-2].code in lines[0]
    assert many[-1].code in lines[1]


def test_nobody_hears_of_cases_that_could_not_be_given(
    world: World, woken: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, chat), (second, other) = a_worker(world, "1"), a_worker(world, "2")
    cases_of(world, chat, None, None)
    removed(world, first)
    real, calls = moving.hand_over, [0]

    def moved(*args: object, **more: object) -> store.Case:
        calls[0] += 1
        if calls[0] == 2:
            raise store.CaseMoved("another was first")
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "hand_over", moved)
    assert world.signed_in("asha").post("/people/give", {"to": str(second), "yes": "1"}).status_code == 409
    with transaction(world.engine) as connection:
        assert store.load_open(connection, other) == []
    assert said(world) == []
    assert woken == []


def a_clinician(world: World, name: str, chat: bool) -> int:
    number = world.person(name, "clinician")
    if chat:
        with transaction(world.engine) as connection:
            own = a_chat(connection, name)
            desk = write_desk(DeskState(role="clinician", language="fr", here=Here(channel="telegram")))
            connection.execute(update(Chat).where(Chat.id == own).values(person_id=number, state=desk))
    return number


@pytest.mark.parametrize("chat", [True, False])
def test_a_clinician_to_whom_a_case_is_passed_hears_it_in_their_chat(
    world: World, woken: list[tuple[str, int]], chat: bool
) -> None:
    _, workers = a_worker(world, "1")
    (case,) = cases_of(world, workers, Urgency.TODAY)
    doctor, other = world.signed_in("one", "clinician"), a_clinician(world, "two", chat)
    assert doctor.post(f"/cases/{case.code}/claim", {}).status_code == 303
    fields = {"to": str(other), "words": "look at the edge"}
    assert doctor.post(f"/cases/{case.code}/pass-on", fields).status_code == 303
    heard = said(world)
    assert len(heard) == (1 if chat else 0)
    assert len([task for task, _ in woken if task == DELIVER]) == len(heard)
    for _, language, words, _ in heard:
        assert language == "fr"
        assert case.code in words
        assert "PRENDRE" in words
        assert "edge" not in words, "what a colleague wrote stands with the case"
    assert doctor.post(f"/cases/{case.code}/pass-on", fields).status_code == 409
    assert len(said(world)) == len(heard)


def test_passed_on_to_anybody_nobody_is_told(world: World) -> None:
    _, workers = a_worker(world, "1")
    (case,) = cases_of(world, workers, Urgency.TODAY)
    doctor = world.signed_in("one", "clinician")
    a_clinician(world, "two", chat=True)
    doctor.post(f"/cases/{case.code}/claim", {})
    assert doctor.post(f"/cases/{case.code}/pass-on", {"to": "", "words": ""}).status_code == 303
    assert said(world) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_that_the_list_ends_with_is_understood(language: str) -> None:
    words = locales.normalise(locales.render(Text("desk.given.open"), language)).split()
    pieces = [" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
    assert any(typed.is_word("desk_list", piece, language) for piece in pieces)
