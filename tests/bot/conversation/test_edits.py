"""An edited message: its own question is answered anew, the one that stands open now is not, and no urgency falls."""

from __future__ import annotations

import pytest

from bot.messages import Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting


def say(talk: Talk, text: str, ref: str) -> Reply:
    return talk.hear(Inbound("message", text=text, ref=ref))


def edit(talk: Talk, text: str, ref: str) -> Reply:
    return talk.hear(Inbound("edit", text=text, ref=ref))


def asked() -> Talk:
    """The age was typed, the first group of danger stands open."""
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    say(talk, "29", "1")
    return talk


def test_an_edit_answers_its_own_question_anew_and_not_the_open_one():
    talk = asked()
    say(talk, "none", "2")
    reply = edit(talk, "yes", "2")
    assert ids(reply)[0] == "edit.taken"
    assert reply.key == "d04"
    assert (talk.state.answers["group1"], "group2" in talk.state.answers) == ("yes", False)


def test_a_message_that_answered_nothing_is_taken_as_said_now():
    talk = asked()
    assert ids(say(talk, "nome", "2"))[0] == "typed.unclear"
    assert edit(talk, "none", "2").key == "danger2"
    assert talk.state.answers["group1"] == "none"


def test_a_message_that_was_put_right_before_it_was_answered_counts_as_it_stands_then():
    talk = asked()
    talk.hear(Inbound("message", text="nome", ref="2"), Inbound("edit", text="none", ref="2"))
    assert talk.state.answers["group1"] == "none"
    assert edit(talk, "yes", "2").key == "d04"


@pytest.mark.parametrize("ref", ["", "99", "2"])
def test_the_open_question_gets_no_answer_by_an_edit_of_something_else(ref: str):
    talk = asked()
    say(talk, "nome", "2")
    talk.press("danger1.none")
    before = dict(talk.state.answers)
    reply = edit(talk, "yes", ref)
    assert ids(reply)[0] == "edit.not_taken"
    assert reply.key == "danger2"
    assert talk.state.answers == before


def test_an_edit_that_says_no_lowers_nothing():
    talk = asked()
    say(talk, "yes", "2")
    for ref in ("3", "4"):
        say(talk, "no", ref)
    while talk.replies[-1].key.startswith("d0") or talk.replies[-1].key.startswith("d1"):
        talk.press(f"{talk.replies[-1].key}.no")
    assert talk.state.floor is Urgency.TODAY
    edit(talk, "none", "2")
    assert talk.state.floor is Urgency.TODAY
    assert talk.state.answers["group1"] == "none"


def test_a_yes_by_an_edit_ends_in_go_now_and_no_edit_undoes_it():
    talk = asked()
    say(talk, "yes", "2")
    assert talk.replies[-1].key == "d04"
    say(talk, "no", "3")
    assert edit(talk, "yes", "3").key == "now"
    assert edit(talk, "no", "3").key == "now"
    assert talk.state.floor is Urgency.NOW


def test_an_edit_that_speaks_of_danger_is_heard_whatever_it_answered():
    talk = asked()
    say(talk, "none", "2")
    assert edit(talk, "he cannot breathe", "2").key == "now"


def test_the_age_is_changed_by_an_edit_and_its_questions_are_asked():
    talk = asked()
    say(talk, "none", "2")
    edit(talk, "7", "1")
    assert talk.state.answers["age"] == "child"


def test_after_a_result_only_danger_is_answered_anew():
    talk = asked()
    for n in range(2, 5):
        say(talk, "none", str(n))
    say(talk, "rash", "7")
    talk.press("site.back")
    while talk.replies[-1].key not in ("findings", "menu"):
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(c for c in codes if c.endswith((".none", ".no", ".unknown"))))
    assert ids(edit(talk, "spot", "7"))[0] == "edit.not_taken"
    assert edit(talk, "yes", "2").key == "d04"


def test_a_question_about_the_result_may_be_edited():
    talk = waiting()
    talk.found(("NEV", "likely"))
    say(talk, "is it dangrous", "40")
    assert edit(talk, "is it dangerous?", "40").key == "answer.danger"
    assert edit(talk, "is it dangerous?", "39").key == "answer.danger"
