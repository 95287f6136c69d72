"""Whoever wants to die or is hurt, at a worker's desk: people who can help, at once, in words about the patient."""

from __future__ import annotations

import pytest

import locales
from bot.conversation.desk import Around, Case, DeskState, DeskStep, read_desk, step, write_desk
from bot.conversation.desk.events import Waiting
from bot.conversation.events import EraseChat, Said
from bot.conversation.here import Here
from bot.conversation.state import new_state
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
    desk = DeskState(language=language, here=Here(channel="telegram"), notice_in=language)
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


def test_words_with_a_code_that_the_worker_types_about_the_patient_are_handed_over_alike() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    (reply,) = at.say(f"{code} she says I want to die")
    assert "116" in shown(reply)
    assert OF_ONESELF.isdisjoint(ids(reply))


@pytest.mark.parametrize("cases", [0, 1])
@pytest.mark.parametrize(("words", "line"), [(DIE, "116"), (HURT, "117")])
def test_a_workers_own_words_are_heard_as_a_persons_and_reach_no_case(
    words: str, line: str, cases: int
) -> None:
    at = bench()
    for n in range(cases):
        at.photo("p1", origin=f"amina{n}")
    before = dict(at.cases)
    person, question = at.say(words)
    assert at.cases == before
    assert line in shown(person)
    assert "You are not alone" in shown(person)
    assert "DELETE" not in shown(person), "it would erase every patient of the desk"
    assert "about a patient" in shown(question)
    (further,) = at.press("gather1.me")
    assert at.cases == before
    assert line in shown(further)
    assert not at.desk.held


def test_an_emergency_of_the_worker_themself_is_sent_off_too() -> None:
    at = bench()
    person, _ = at.say("I want to die. I cannot breathe")
    assert "Go to the nearest hospital" in shown(person)
    assert at.cases == {}


def test_what_the_worker_wrote_about_a_patient_is_handed_over_once_they_say_whose_it_is() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    _, question = at.say("she says I want to die")
    assert [c.code for c in question.choices] == ["gather1.me", f"gather1.{code}", "gather1.new"]
    at.press(f"gather1.{code}")
    assert at.cases[code].state.handover == "die"
    assert OF_ONESELF.isdisjoint(ids(at.replies[-1]))


def test_own_words_are_never_shown_again_and_go_in_a_day() -> None:
    at = bench()
    at.say(DIE)
    assert not any(DIE in shown(reply) for reply in at.tick(24 * 3600.0))
    assert not at.desk.held


def clinician(*taken: Waiting, text: str = DIE, desk: DeskState | None = None, **item: str) -> DeskStep:
    desk = desk or DeskState(role="clinician", language="en", here=Here(channel="telegram"), notice_in="en")
    around = Around((), clinicians=True, taken=taken)
    one = Inbound("choice" if item else "message", text="" if item else text, **item)  # type: ignore[arg-type]
    said = Said((one,), 9.0, here=Here(channel="telegram", crisis_line="116", violence_line="117"))
    return step(desk, said, {}, around)


def test_a_clinicians_own_words_are_heard_as_a_persons() -> None:
    done = clinician()
    (person,) = done.replies
    assert "116" in shown(person)
    assert "You are not alone" in shown(person)


def test_a_clinicians_own_words_are_no_answer_until_they_say_that_they_are() -> None:
    taken = Waiting(Case("K7-42", new_state("en"), 1.0, 1.0), 1.0)
    desk = DeskState(
        role="clinician", language="en", here=Here(channel="telegram"), notice_in="en", current="K7-42"
    )
    first = clinician(taken, desk=desk)
    assert [reply.key for reply in first.replies] == ["handover", "own"]
    assert first.desk.draft == ""
    assert clinician(taken, desk=first.desk, choice="own.me").desk.draft == ""
    about = clinician(taken, desk=first.desk, choice="K7-42~say.held")
    assert about.desk.draft == DIE
    assert about.replies[0].key == "draft"


def test_a_clinicians_words_with_a_code_are_an_answer() -> None:
    taken = Waiting(Case("K7-42", new_state("en"), 1.0, 1.0), 1.0)
    done = clinician(taken, text="K7-42 ask her whether she wants to die")
    assert done.replies[0].key == "draft"


def test_a_sign_from_a_clinician_with_no_case_is_answered() -> None:
    assert [r.key for r in clinician(text="he cannot breathe").replies] == ["now", "take_first"]


def test_go_now_and_the_line_stand_together() -> None:
    at = bench()
    (reply,) = at.forward("I want to die. I cannot breathe", "amina")
    (code,) = at.cases
    assert at.cases[code].reached is Urgency.NOW
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
    assert (again.here.crisis_line, again.here.violence_line) == ("116", "117")


def test_a_desk_stored_before_the_lines_were_kept_is_read_and_goes_on() -> None:
    at = bench()
    at.photo("p1", origin="amina")
    (code,) = at.cases
    stored = write_desk(at.desk).replace('"crisis_line":"116",', "").replace('"violence_line":"117",', "")
    at.desk = read_desk(stored)
    assert at.desk.here.crisis_line == ""
    at.answer(code, "consent.yes")
    at.answer(code, harmless(at.replies[-1]))
    (reply,) = at.hear(Inbound("message", text=DIE, forwarded=True, forwarded_from="amina"))
    assert "116" in shown(reply)
