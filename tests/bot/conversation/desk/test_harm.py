"""Whoever wants to die or is hurt, at a worker's desk: people who can help, at once, in words about the patient."""

from __future__ import annotations

import pytest

import locales
from bot.conversation.desk import DeskState, read_desk, write_desk
from bot.conversation.events import EraseChat
from bot.messages import Inbound, Reply, Urgency
from locales.placeholders import without_isolates
from tests.bot.conversation.desk.bench import Bench, harmless, keys, shown
from tests.bot.conversation.desk.test_voices import voice

DIE = "I want to die"
HURT = "my husband beats me"
# What is said to somebody of themselves, and must not be said to a worker of a patient.
_OWN = ("handover.heard", "handover.emergency", "handover.emergency_local", "handover.private")
OF_ONESELF = {*_OWN, "handover.safe", "handover.go", "handover.here", "safe.yes", "safe.no"}


def bench(language: str = "en") -> Bench:
    desk = DeskState(language=language, channel="telegram", notice_in=language)
    return Bench(desk=desk, crisis_line="116", violence_line="117", emergency="112")


def ids(reply: Reply) -> list[str]:
    return [text.id for text in (*reply.paragraphs, *(c.label for c in reply.choices))]


@pytest.mark.parametrize(("words", "line", "other"), [(DIE, "116", "117"), (HURT, "117", "116")])
def test_the_first_hand_over_names_the_deployers_line_and_speaks_of_the_patient(
    words: str, line: str, other: str
) -> None:
    at = bench()
    (reply,) = at.forward(words, "amina")
    said = shown(reply)
    assert line in said
    assert "112" in said
    assert other not in said
    assert "Do not leave them alone" in said
    assert OF_ONESELF.isdisjoint(ids(reply))
    (code,) = at.cases
    assert [c.code for c in reply.choices] == [f"{code}~safe.{one}" for one in ("yes", "no", "go_on")]


@pytest.mark.parametrize(("words", "line"), [(DIE, "116"), (HURT, "117")])
def test_a_spoken_word_of_harm_has_the_line_too(words: str, line: str) -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    at.answer(code, "consent.yes")
    at.words = words
    (reply,) = at.hear(voice("v1", "amina"))
    assert line in shown(reply)
    assert OF_ONESELF.isdisjoint(ids(reply))


def test_words_that_the_worker_types_about_the_patient_are_handed_over_alike() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (reply,) = at.say("she says I want to die")
    assert "116" in shown(reply)
    assert OF_ONESELF.isdisjoint(ids(reply))


def test_go_now_and_the_line_stand_together() -> None:
    at = bench()
    (reply,) = at.forward("I want to die. I cannot breathe", "amina")
    (code,) = at.cases
    assert at.cases[code].urgency is Urgency.NOW
    assert "116" in shown(reply)
    assert OF_ONESELF.isdisjoint(ids(reply))


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_each_answer_to_whether_the_patient_is_safe_keeps_the_line_and_the_way_on(answer: str) -> None:
    at = bench()
    at.forward(DIE, "amina")
    (code,) = at.cases
    (reply,) = at.answer(code, f"safe.{answer}")
    assert "116" in shown(reply)
    assert OF_ONESELF.isdisjoint(ids(reply))
    (further,) = at.answer(code, "safe.go_on")
    assert keys([further]) == ["consent"]


def test_the_words_on_the_buttons_can_be_typed() -> None:
    at = bench()
    at.forward(DIE, "amina")
    (code,) = at.cases
    (reply,) = at.say("No, the patient is not safe")
    assert "Stay with them" in shown(reply)
    at.say("yes, the patient is safe")
    assert at.cases[code].state.handover_told


def test_whoever_is_told_to_write_delete_erases_that_case_and_no_other() -> None:
    at = bench()
    at.photo("p2", origin="juma")
    before = set(at.cases)
    (reply,) = at.forward(HURT, "amina")
    (code,) = set(at.cases) - before
    assert f"write {code} DELETE" in shown(reply)
    at.say(f"{code} DELETE")
    at.answer(code, "erase.yes")
    assert set(at.cases) == before
    assert not any(isinstance(effect, EraseChat) for effect in at.effects)


@pytest.mark.parametrize("language", locales.languages())
def test_delete_with_the_code_is_understood_as_the_sentence_writes_it(language: str) -> None:
    at = bench(language)
    (reply,) = at.forward(HURT, "amina")
    (code,) = at.cases
    text = next(t for t in reply.paragraphs if t.id == "desk.handover.private")
    told = without_isolates(locales.render(text, language))
    word = next(
        one.strip("«»“”.,،") for one in told[told.index(code) + len(code) :].split() if one.strip("«»“”.,،")
    )
    (question,) = at.say(f"{code} {word}")
    assert keys([question]) == ["delete"]


def test_the_lines_are_remembered_over_a_restart() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    at.answer(code, "consent.yes")
    again = read_desk(write_desk(at.desk))
    assert (again.crisis_line, again.violence_line) == ("116", "117")


def test_a_desk_stored_before_the_lines_were_kept_is_read_and_goes_on() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    stored = write_desk(at.desk).replace('"crisis_line":"116",', "").replace('"violence_line":"117",', "")
    at.desk = read_desk(stored)
    assert at.desk.crisis_line == ""
    at.answer(code, "consent.yes")
    at.answer(code, harmless(at.replies[-1]))
    (reply,) = at.hear(Inbound("message", text=DIE, forwarded=True, forwarded_from="amina"))
    assert "116" in shown(reply)
