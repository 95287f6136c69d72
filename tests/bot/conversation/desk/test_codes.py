"""A code that is written decides: what stands with it reaches that case or none, whether it is open, closed or nobody's."""

from __future__ import annotations

import pytest

from bot.conversation.desk.codes import Written, written
from bot.conversation.desk.state import Case
from bot.messages import Inbound, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, photograph, shown
from tests.bot.conversation.desk.test_desk import begun, told

KNOWN = frozenset({"K7-42", "K7-44"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("k7 42 better", Written("K7-42", "better")),
        ("he cannot breathe", Written("", "he cannot breathe")),
        ("Z9-99 better", Written("", "Z9-99 better", "Z9-99")),
        ("K7-42 better, K7-44 worse", Written("K7-42", "better, K7-44 worse", also="K7-44")),
        ("K7-42 better, Z9-99 worse", Written("K7-42", "better, Z9-99 worse", also="Z9-99")),
        ("K7-42 is K7-42", Written("K7-42", "is K7-42")),
        ("room Z9 99", Written("", "room Z9 99")),
    ],
)
def test_what_codes_say_of_a_text(text: str, named: Written) -> None:
    assert written(text, KNOWN) == named


def closed_and_open(bench: Bench) -> tuple[str, str]:
    """A closed case, and another one whose question stands open."""
    closed = told(bench, "amina")
    bench.answer(closed, "close.better")
    current = begun(bench, "baraka")
    bench.answer(current, "consent.yes")
    return closed, current


def without_time(case: Case) -> object:
    return (case.state.answers, case.state.photos, case.state.pending, case.state.floor, case.notes)


def test_words_with_the_code_of_a_closed_case_open_it_and_reach_no_other() -> None:
    bench = Bench()
    closed, current = closed_and_open(bench)
    before = without_time(bench.cases[current])
    (reply,) = bench.say(f"{closed} he cannot breathe")
    assert without_time(bench.cases[current]) == before
    assert bench.cases[closed].open
    assert bench.cases[closed].reached is Urgency.NOW
    assert shown(reply).startswith(f"{closed}:\nThis case was closed. It is open again.")


def test_a_note_with_the_code_of_a_closed_case_is_kept_with_it_and_said() -> None:
    bench = Bench()
    closed, current = begun(bench, "amina"), begun(bench, "baraka")
    bench.answer(closed, "close.lost")
    bench.say(current)
    replies = bench.say(f"{closed} the mother came by")
    assert [n.text for n in bench.cases[closed].notes] == ["the mother came by"]
    assert bench.cases[current].notes == ()
    assert "It is open again" in shown(replies)
    assert "It is open again" not in shown(bench.say(f"{closed} once more"))


@pytest.mark.parametrize("origin", [None, "", "amina"])
def test_a_photograph_with_the_code_of_a_closed_case_goes_into_that_case(origin: str | None) -> None:
    bench = Bench()
    closed, current = closed_and_open(bench)
    before = without_time(bench.cases[current])
    replies = bench.hear(photograph("x1", closed.lower(), origin))
    assert without_time(bench.cases[current]) == before
    assert "id-x1" in bench.cases[closed].state.photos
    assert "It is open again" in shown(replies)


@pytest.mark.parametrize("origin", [None, "", "amina"])
def test_a_photograph_with_nobodys_code_is_put_nowhere_and_asked_about(origin: str | None) -> None:
    bench = Bench()
    current = begun(bench, "amina")
    bench.answer(current, "consent.yes")
    before = dict(bench.cases)
    (reply,) = bench.hear(photograph("x1", "Z9-99", origin))
    assert bench.cases == before
    assert "no case with the code Z9-99" in shown(reply)
    assert f"gather1.{current}" in [c.code for c in reply.choices]


def test_with_no_open_case_nobodys_code_begins_none() -> None:
    bench = Bench()
    (reply,) = bench.hear(photograph("x1", "Z9-99"))
    assert bench.cases == {}
    assert [c.code for c in reply.choices] == ["gather1.new"]


def test_a_text_with_two_codes_is_put_into_neither_case() -> None:
    bench = Bench()
    first, second = begun(bench, "amina"), begun(bench, "baraka")
    before = dict(bench.cases)
    (reply,) = bench.say(f"{first} better, {second} worse")
    assert bench.cases == before
    assert f"Two codes stand in one message: {first} and {second}." in shown(reply)


def test_an_album_with_two_codes_leaves_the_picture_without_one_to_be_asked_about() -> None:
    bench = Bench()
    first, second = begun(bench, "amina"), begun(bench, "baraka")
    bench.hear(photograph("x1", first), photograph("x2", second), photograph("x3"))
    assert "x1" in [a.ref for a in bench.cases[first].state.pending]
    assert "x2" in [a.ref for a in bench.cases[second].state.pending]
    assert [h.item.attachments[0].ref for h in bench.desk.held] == ["x3"]


def test_a_caption_new_takes_nothing_along_that_has_a_code_of_its_own() -> None:
    bench = Bench()
    first = begun(bench, "amina")
    bench.hear(photograph("x1", "new"), photograph("x2", first))
    (fresh,) = set(bench.cases) - {first}
    assert [a.ref for a in bench.cases[fresh].state.pending] == ["x1"]
    assert "x2" in [a.ref for a in bench.cases[first].state.pending]


def test_a_clinician_who_is_asked_about_a_closed_case_finds_it_open() -> None:
    bench = Bench()
    closed, _ = closed_and_open(bench)
    replies = bench.say(f"{closed} ask a clinician")
    assert bench.cases[closed].open
    assert bench.cases[closed].escalated
    assert "It is open again" in shown(replies)


def test_looking_at_a_closed_case_says_that_it_is_open_again() -> None:
    bench = Bench()
    closed, _ = closed_and_open(bench)
    replies = bench.say(closed)
    assert bench.cases[closed].open
    assert "It is open again" in shown(replies)


def test_forwarded_words_with_nobodys_code_wait_until_it_is_said_whose_they_are() -> None:
    bench = Bench()
    code = begun(bench, "amina")
    assert keys(bench.hear(Inbound("message", text="see B2-14", forwarded=True, forwarded_from="amina"))) == [
        "held"
    ]
    assert bench.cases[code].notes == ()
    bench.press(f"gather1.{code}")
    assert [n.text for n in bench.cases[code].notes] == ["see B2-14"]
