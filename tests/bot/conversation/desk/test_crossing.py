"""Answers that cross what is forwarded: asked about once for every case that they can be of, in a row, and without loss."""

from __future__ import annotations

import json

import pytest

from bot.conversation import course
from bot.conversation.desk import DeskState, read_desk, write_desk
from bot.conversation.desk.state import Crossed
from bot.messages import Reply, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, shown
from tests.bot.conversation.desk.test_bare_words import crossed, two_lists


def of(reply: Reply) -> list[str]:
    """The codes on the buttons of a reply."""
    return [choice.code.partition("~")[0] for choice in reply.choices]


def three_lists(channel: str = "telegram") -> tuple[Bench, str, str, str]:
    """Danger is asked of the first; photographs for two others came within the last minute."""
    bench = Bench(channel=channel)
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.answer(first, "consent.yes", "age.adult")
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    bench.photo("k1", origin="kito")
    return bench, first, second, bench.desk.current


def test_a_word_that_crosses_two_forwards_is_asked_of_all_three() -> None:
    bench, first, second, third = three_lists()
    (reply,) = bench.say("yes")
    assert of(reply) == [first, second, third]
    assert "More than one patient" in shown(reply)
    bench.say(second)
    assert bench.cases[second].state.consent == "yes"
    assert bench.cases[third].state.consent == ""
    assert "group1" not in bench.cases[first].state.answers


def test_a_question_that_was_seen_long_ago_is_not_asked_about() -> None:
    bench, first, second = crossed()
    bench.at += 400.0
    bench.photo("k1", origin="kito")
    (reply,) = bench.say("yes")
    assert of(reply) == [second, bench.desk.current]
    assert first not in of(bench.say("no")[0]), "nor while it is asked"


def test_what_answers_only_the_first_of_three_lists_is_offered_for_it() -> None:
    bench, first, _second, third = three_lists()
    (reply,) = bench.say("none")
    assert of(reply) == [first, third]
    bench.press(reply.choices[0].code)
    assert bench.cases[first].state.answers["group1"] == "none"


def test_danger_that_crosses_two_forwards_can_be_of_all_three() -> None:
    bench, first, second, third = three_lists()
    replies = bench.say("yes, she cannot breathe")
    assert keys(replies) == ["now", "held"]
    offered = [choice.code.partition(".")[2] for choice in replies[-1].choices]
    assert offered == [first, second, third, "new"]


@pytest.mark.parametrize("several", [False, True])
def test_answers_in_a_row_that_cross_a_forward_are_taken_by_one_button(several: bool) -> None:
    bench, first, second = crossed()
    row = ("none", "none", "spot", "arm") if several else ("none, none, spot, arm",)
    # In a row of messages a word by itself is taken once where it is only typed again.
    for words in row:
        replies = bench.say(words)
        assert keys(replies) == ["whose"]
    bench.press(replies[0].choices[0].code)
    answers = bench.cases[first].state.answers
    assert answers["group1"] == "none"
    if not several:
        assert (answers["group3"], answers["shape"], answers["site"]) == ("none", "spot", "arm")
    assert bench.cases[second].state.consent == ""
    assert not bench.desk.unplaced


def test_messages_in_a_row_join_and_are_shown_together() -> None:
    bench, first, _second = crossed()
    bench.say("none")
    (reply,) = bench.say("no, spot")
    assert "“none, no, spot”" in shown(reply)
    bench.say(first)
    answers = bench.cases[first].state.answers
    assert (answers["group1"], answers["group3"], answers["shape"]) == ("none", "none", "spot")


def test_what_answers_nothing_in_a_row_is_kept_with_the_case() -> None:
    bench, first, second = crossed()
    bench.say("none")
    bench.say("it began in the rains")
    bench.say(first)
    case = bench.cases[first]
    assert case.state.answers["group1"] == "none"
    assert [note.text for note in case.notes] == ["it began in the rains"]
    assert not bench.cases[second].notes


def test_a_row_waits_while_more_is_forwarded_and_what_is_typed_then_is_asked_by_itself() -> None:
    bench, first, second = crossed()
    bench.say("none, spot")
    replies = bench.photo("k1", origin="kito")
    third = bench.desk.current
    assert keys(replies) == ["consent", "whose"]
    (reply,) = bench.say("no")
    assert "none, spot" in shown(reply)
    assert "none, spot, no" not in shown(reply), "what was typed after another question is no part of the row"
    replies = bench.say(first)
    assert bench.cases[first].state.answers["group1"] == "none"
    assert replies[-1].key == "whose"
    assert "“no”" in shown(replies[-1])
    bench.say(third)
    assert bench.cases[third].state.consent == "no"
    assert bench.cases[second].state.consent == ""
    assert "group3" not in bench.cases[first].state.answers


def test_a_row_waits_while_it_is_asked_whose_a_photograph_is() -> None:
    bench, first, _second = crossed()
    bench.say("none, none, spot")
    (held,) = bench.photo("x1", origin="")
    assert held.key == "held"
    replies = bench.press(next(c.code for c in held.choices if c.code.endswith(".new")))
    assert replies[-1].key == "whose"
    bench.say(first)
    assert bench.cases[first].state.answers["shape"] == "spot"


def test_a_row_that_is_left_is_said_to_be_unused() -> None:
    bench, first, _second = crossed()
    bench.say("none, none, spot")
    replies = bench.say("list")
    assert replies[-1].key == "left"
    assert "“none, none, spot”" in shown(replies[-1])
    assert not bench.desk.unplaced
    assert "group1" not in bench.cases[first].state.answers
    bench, _first, _second = crossed()
    bench.say("none")
    assert keys(bench.say("list")) == ["list"], "of one word nothing is said"


def test_a_row_answers_nothing_that_was_not_asked_then() -> None:
    bench, first, second = crossed()
    bench.photo("k1", origin="kito")
    (reply,) = bench.say("none, none")
    bench.forward("she has fever and spots that do not fade when pressed", "amina")
    assert course.part(bench.cases[first].state) == "now"
    bench.press(reply.choices[0].code)
    assert "group1" not in bench.cases[first].state.answers
    assert bench.cases[first].reached is Urgency.NOW
    assert bench.cases[second].state.consent == ""


def test_danger_in_a_row_takes_what_waits_with_it() -> None:
    bench, first, _second = crossed()
    bench.say("none, spot")
    replies = bench.say("she cannot breathe")
    assert keys(replies) == ["now", "held"]
    assert [h.item.text for h in bench.desk.held] == ["none, spot", "she cannot breathe"]
    bench.press(next(c.code for c in replies[-1].choices if c.code.endswith(first)))
    assert bench.cases[first].reached is Urgency.NOW
    assert [note.text for note in bench.cases[first].notes] == ["none, spot", "she cannot breathe"]


def test_after_stop_nothing_is_said_of_a_row() -> None:
    bench, _first, _second = crossed()
    bench.say("none, none, spot")
    assert keys(bench.say("stop")) == ["stop"]
    assert not bench.desk.unplaced


def test_a_place_in_a_numbered_list_of_codes_is_no_answer() -> None:
    bench, first, second, third = three_lists("whatsapp")
    bench.photo("l1", origin="lela")
    fourth = bench.desk.current
    (reply,) = bench.say("yes")
    assert of(reply) == [first, second, third, fourth]
    bench.say("2")
    assert bench.cases[second].state.consent == "yes"
    assert not bench.desk.unplaced


def test_an_emergency_by_a_forward_leaves_the_answer_to_the_list_before_it_however_late() -> None:
    bench, first, second = two_lists()
    bench.forward("she has fever and spots that do not fade when pressed", "amina")
    bench.at += 600.0
    assert course.part(bench.cases[first].state) == "now"
    bench.say("none")
    assert bench.cases[second].state.answers.get("group1") == "none"


def test_a_number_behind_an_emergency_by_a_forward_shows_the_list_that_stands_open() -> None:
    bench, first, second = two_lists("whatsapp")
    bench.forward("she has fever and spots that do not fade when pressed", "amina")
    (reply,) = bench.say("1")
    assert set(of(reply)) == {second}, "and not once more where the first must go"
    assert bench.cases[first].reached is Urgency.NOW


def test_a_desk_of_an_earlier_version_keeps_the_case_that_was_crossed() -> None:
    stored = json.loads(write_desk(DeskState()))
    stored |= {"crossed": "A2-22", "crossed_at": 5.0}
    assert read_desk(json.dumps(stored)).crossed == (Crossed("A2-22", 5.0),)
    assert read_desk(json.dumps(stored | {"crossed": ""})).crossed == ()
