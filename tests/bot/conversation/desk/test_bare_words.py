"""A worker's bare word answers the question that was shown last, be it of whichever case; where two could be meant it is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import course
from bot.conversation.desk.events import ForCase
from bot.conversation.events import DropPhotos, FetchPhotos
from bot.messages import Attachment, Inbound, Urgency
from tests.bot.conversation.desk.bench import Bench, keys, shown


def two_lists(channel: str = "telegram") -> tuple[Bench, str, str]:
    """Two patients at their first list of signs of danger; the second's was shown last, minutes ago."""
    bench = Bench(channel=channel)
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.answer(first, "consent.yes", "age.adult")
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    bench.answer(second, "consent.yes", "age.child")
    bench.at += 600.0
    return bench, first, second


def dropped(bench: Bench) -> list[str]:
    return [
        a.ref
        for e in bench.effects
        if isinstance(e, ForCase) and isinstance(e.effect, DropPhotos)
        for a in e.effect.attachments
    ]


VOICE = Inbound(
    "unusable",
    unusable="voice",
    recording=Attachment("v1", "voice", "audio/ogg"),
    forwarded=True,
    forwarded_from="amina",
)


@pytest.mark.parametrize("word", ["none", "unknown", "1"])
@pytest.mark.parametrize("between", ["a line", "a forwarded none", "hear", "better", "same", "seen", "signs"])
def test_what_comes_for_another_case_does_not_take_the_answer(word: str, between: str) -> None:
    bench, first, second = two_lists("whatsapp" if word == "1" else "telegram")
    word = "don't know" if word == "unknown" else word
    if between == "a line":
        bench.forward("it started last week", "amina")
    elif between == "a forwarded none":
        bench.forward("none", "amina")
    else:
        bench.say(f"{first} {between}")
    # What is asked of a case that its worker turned to is shown again: then it is the last.
    last, other = (first, second) if between in ("hear", "better", "same", "seen") else (second, first)
    before = bench.cases[other].state.answers
    bench.say(word)
    assert bench.cases[other].state.answers == before
    assert "group1" in bench.cases[last].state.answers


@pytest.mark.parametrize("word", ["yes", "no", "none"])
def test_nobody_agrees_or_refuses_by_a_word_for_another_case(word: str) -> None:
    bench = Bench()
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    bench.answer(second, "consent.yes", "age.child")
    bench.at += 600.0
    bench.forward("is it bad?", "amina")
    bench.say(word)
    state = bench.cases[first].state
    assert state.consent == ""
    assert [a.ref for a in state.pending] == ["a1"]
    assert not dropped(bench)


@pytest.mark.parametrize("word", ["yes", "none", "no", "don't know"])
def test_a_word_that_crosses_a_forward_is_asked_about(word: str) -> None:
    """Whoever types it cannot have seen the question that the forward brought."""
    bench = Bench()
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.answer(first, "consent.yes", "age.adult")
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    before = {code: bench.cases[code].state.answers for code in (first, second)}
    replies = bench.say(word)
    assert keys(replies) == ["whose"]
    assert first in shown(replies) + str(replies[0].choices)
    assert {code: bench.cases[code].state.answers for code in (first, second)} == before
    assert bench.cases[second].state.consent == ""
    assert not dropped(bench)
    again = bench.say(word)
    assert keys(again) == ["whose"], "asked for as long as it is not said"
    mine = next(c.code for c in replies[0].choices if c.code.startswith(first))
    bench.press(mine)
    assert "group1" in bench.cases[first].state.answers or word == "yes"
    assert bench.cases[second].state.consent == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "yes, she cannot breathe"),
        ("en", "yes she cannot breathe"),
        ("en", "yes, her lips and tongue are swelling\nshe is very confused"),
        ("en", "none, but my other patient has fits"),
        ("sw", "ndiyo, hawezi kupumua"),
    ],
)
def test_danger_behind_a_word_that_crosses_a_forward_is_answered_at_once_and_kept(
    language: str, words: str
) -> None:
    bench, first, second = crossed(language)
    replies = bench.say(words)
    assert keys(replies) == ["now", "held"]
    assert [h.item.text for h in bench.desk.held] == [words]
    offered = [choice.code.partition(".")[2] for choice in replies[-1].choices]
    assert offered == [first, second, "new"]
    bench.press(replies[-1].choices[0].code)
    assert bench.cases[first].reached is Urgency.NOW
    assert bench.cases[first].notes[-1].text == words
    assert not bench.cases[second].notes
    assert bench.cases[second].state.consent == ""


def test_a_wish_to_die_behind_a_word_that_crosses_a_forward_names_who_can_help() -> None:
    bench, first, second = crossed()
    replies = bench.say("yes, she wants to kill herself")
    assert keys(replies) == ["handover", "held"]
    offered = [choice.code.partition(".")[2] for choice in replies[-1].choices]
    assert offered == ["me", first, second, "new"]
    bench.press(replies[-1].choices[1].code)
    assert bench.cases[first].state.handover
    assert not bench.cases[second].state.handover


def test_an_age_in_years_that_crosses_a_forward_is_asked_about() -> None:
    bench = Bench()
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.answer(first, "consent.yes")
    bench.photo("j1", origin="juma")
    second = bench.desk.current
    replies = bench.say("34")
    assert keys(replies) == ["whose"]
    bench.press(replies[0].choices[0].code)
    assert bench.cases[first].state.answers["age"] == "adult"
    assert bench.cases[second].state.consent == ""


def crossed(language: str = "en") -> tuple[Bench, str, str]:
    """Danger is asked of the first case, and a photograph has come for the second; their codes."""
    bench = Bench()
    bench.desk = replace(bench.desk, language=language)
    bench.photo("a1", origin="amina")
    first = bench.desk.current
    bench.answer(first, "consent.yes", "age.adult")
    bench.photo("j1", origin="juma")
    return bench, first, bench.desk.current


def test_the_code_alone_says_whose_the_word_was() -> None:
    bench, _first, second = two_lists()
    bench.photo("k1", origin="kito")
    third = bench.desk.current
    bench.say("no")
    bench.say(third)
    assert bench.cases[third].state.consent == "no"
    assert "group1" not in bench.cases[second].state.answers


def test_once_it_is_seen_the_consent_is_answered_by_a_word() -> None:
    bench, _first, _second = two_lists()
    bench.photo("k1", origin="kito")
    third = bench.desk.current
    bench.at += 600.0
    bench.say("yes")
    assert bench.cases[third].state.consent == "yes"
    assert any(
        isinstance(e, ForCase) and e.code == third and isinstance(e.effect, FetchPhotos)
        for e in bench.effects
    )


def test_a_case_that_became_an_emergency_by_a_forward_takes_no_answer() -> None:
    bench, first, second = two_lists()
    bench.forward("she has fever and spots that do not fade when pressed", "amina")
    assert course.part(bench.cases[first].state) == "now"
    bench.say("none")
    assert bench.cases[second].state.answers.get("group1") == "none"


def test_free_words_of_which_case_nobody_knows_are_asked_about() -> None:
    bench, first, second = two_lists()
    bench.forward("it started last week", "amina")
    replies = bench.say("it itches at night")
    assert keys(replies) == ["held"]
    offered = [c.code for c in replies[0].choices]
    assert any(c.endswith(first) for c in offered)
    assert any(c.endswith(second) for c in offered)
    assert not any("itches" in note.text for case in bench.cases.values() for note in case.notes)


def test_danger_in_words_of_which_case_nobody_knows_is_said_and_asked_about() -> None:
    bench, first, second = two_lists()
    bench.say(f"{first} signs")
    replies = bench.say("she cannot breathe")
    assert keys(replies)[-1] == "held"
    assert len(replies) == 2
    assert bench.cases[first].state.floor is None
    assert bench.cases[second].state.floor is None
    bench.press(next(c.code for c in replies[-1].choices if c.code.endswith(first)))
    assert course.part(bench.cases[first].state) == "now"
    assert bench.cases[second].state.floor is None


def test_who_got_better_while_a_list_stands_open_is_shown_it_again() -> None:
    bench = Bench()
    bench.photo("a1", origin="amina")
    code = bench.desk.current
    bench.answer(code, "consent.yes", "age.adult")
    replies = bench.say(f"{code} better")
    assert "danger1.none" in str(replies[-1].choices)
    bench.say("none")
    assert bench.cases[code].state.answers["group1"] == "none"


def test_closing_one_case_leaves_the_question_of_the_other_open() -> None:
    bench, first, second = two_lists()
    bench.say(f"{first} close")
    bench.say("none")
    assert "group1" not in bench.cases[first].state.answers
    bench.answer(first, "close.other")
    bench.say("none")
    assert bench.cases[second].state.answers.get("group1") == "none"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "and this is my sister, she has it on the foot"),
        ("fr", "voici ma sœur"),
        ("sw", "huyu ni dada yangu"),
        ("ar", "هذه أختي"),
        ("hi", "यह मेरी बहन है"),
    ],
)
def test_two_people_with_one_phone_are_asked_about(language: str, words: str) -> None:
    bench = Bench()
    bench.desk = replace(bench.desk, language=language)
    bench.photo("a1", origin="amina")
    code = bench.desk.current
    bench.answer(code, "consent.yes")
    reply = bench.photo("a2", text=words, origin="amina")[-1]
    assert reply.key == "held"
    assert bench.cases[code].state.photos == ("id-a1",)
    bench.press(next(c.code for c in reply.choices if c.code.endswith(".new")))
    assert len(bench.cases) == 2


def test_the_question_of_whose_it_is_says_that_family_are_others() -> None:
    bench = Bench()
    bench.photo("a1", origin="amina")
    replies = bench.forward("this is my sister", "amina")
    assert "Somebody else in the family is a new one" in shown(replies)


@pytest.mark.parametrize("cases", [1, 2])
def test_the_same_is_an_answer_to_whose_it_is_where_one_case_is_offered(cases: int) -> None:
    bench = Bench()
    for patient in ("amina", "juma")[:cases]:
        bench.photo(f"{patient}1", origin=patient)
    code = bench.desk.current
    assert keys(bench.photo("x1", origin="")) == ["held"]
    replies = bench.say("same")
    assert not any(case.notes for case in bench.cases.values())
    if cases == 1:
        assert not bench.desk.held
        assert [a.ref for a in bench.cases[code].state.pending] == ["amina1", "x1"]
    else:
        assert keys(replies) == ["held"], "of two it could be either"
        assert bench.desk.held
