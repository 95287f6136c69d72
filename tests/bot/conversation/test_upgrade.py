"""An open conversation of yesterday, read today: danger group 2 was asked by itself until 2026-11-27, and is a part of group 3 since.

No urgency falls, nothing counts as asked that was not, and what a worker is shown of the signs stays the same.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical import danger
from bot.clinical.danger_signs import AGES, GROUPS, all_signs
from bot.conversation import ChatState, course, from_json, new_state, saying, to_json
from bot.conversation.desk import told_signs
from bot.conversation.here import Here
from bot.messages import Reply, Urgency
from tests.bot.conversation.talk import Talk, ids

# What stood in group 2, and what was in group 3 beside it.
SECOND = ("D11", "D12", "D13", "D15")
THIRD = tuple(s.id for s in all_signs() if s.group == 3 and s.id not in SECOND)


def yesterday(answers: dict[str, str], *offered: str, channel: str = "telegram", **more: object) -> Talk:
    """A chat as it was stored: the answers, and the choices under its last message."""
    state = replace(
        new_state("en"),
        consent="yes",
        notice_in="en",
        answers={"age": "adult", **answers},
        offered=offered,
        here=Here(channel=channel),
        **more,  # type: ignore[arg-type]
    )
    return Talk(state=from_json(to_json(state)), channel=channel)


def second_open(channel: str = "telegram") -> Talk:
    return yesterday({"group1": "none"}, "danger2.none", "danger2.yes", "danger2.unknown", channel=channel)


def lines(reply: Reply) -> set[str]:
    return {
        t.args["sign"].id.removeprefix("danger.sign.").upper() for t in reply.paragraphs if "sign" in t.args
    }  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["button", "none", "none of these"])
def test_none_to_the_question_that_stood_open_is_none_to_its_signs_and_to_no_other(said: str) -> None:
    talk = second_open()
    reply = talk.press("danger2.none") if said == "button" else talk.say(said)
    assert not {"button.old", "typed.unclear"} & set(ids(reply))
    assert reply.key == "danger3"
    assert lines(reply) <= set(THIRD)
    assert not lines(reply) & set(SECOND)
    assert talk.state.answers["group2"] == "none"
    assert "group3" not in talk.state.answers
    assert talk.press("danger3.none").key == "shape"


@pytest.mark.parametrize("said", ["button", "yes", "yes he has that"])
def test_yes_to_the_question_that_stood_open_has_each_of_its_signs_asked(said: str) -> None:
    talk = second_open()
    reply = talk.press("danger2.yes") if said == "button" else talk.say(said)
    assert not {"button.old", "typed.unclear"} & set(ids(reply))
    assert reply.key.upper() in SECOND
    assert talk.state.answers["group2"] == "yes"
    for _ in SECOND:
        reply = talk.press(f"{talk.replies[-1].key}.no")
    # Yes to one of them, no to each: nobody knows.
    assert course.assessment(talk.state).urgency is Urgency.TODAY
    assert reply.key == "danger3"
    assert not lines(reply) & set(SECOND)


def test_a_yes_to_one_of_them_is_now() -> None:
    talk = second_open()
    talk.press("danger2.yes")
    assert talk.press(f"{talk.replies[-1].key}.yes").key == "now"


def test_dont_know_and_a_number_of_the_list_that_was_shown() -> None:
    talk = second_open("whatsapp")
    # On WhatsApp three choices are buttons, and "3" is none of a list.
    assert talk.press("danger2.unknown").key.upper() in SECOND
    assert talk.state.answers["group2"] == "unknown"


def test_words_that_answer_nothing_have_the_same_question_asked_again() -> None:
    talk = second_open()
    reply = talk.say("what do you mean")
    assert reply.key == "danger2"
    assert lines(reply) == set(SECOND)
    assert "group2" not in talk.state.answers


def test_another_question_before_it_joins_it_to_the_third() -> None:
    # A language list was opened over it: the signs are asked, all of them, in the one message of today.
    talk = second_open()
    talk.say("language")
    reply = talk.press("language.en")
    assert reply.key == "danger3"
    assert set(SECOND) <= lines(reply)


@pytest.mark.parametrize("said", ["none", "yes", "unknown"])
def test_who_answered_the_second_group_is_asked_the_rest_of_the_third(said: str) -> None:
    own = {} if said == "none" else dict.fromkeys(SECOND, "no" if said == "yes" else "unknown")
    talk = yesterday(
        {"group1": "none", "group2": said, **own},
        "danger3.none",
        "danger3.yes",
        "danger3.unknown",
        floor=None if said == "none" else Urgency.TODAY,
    )
    reply = saying.present(talk.state)
    assert reply.key == "danger3"
    assert not lines(reply) & set(SECOND)
    assert lines(reply) <= set(THIRD)
    before = course.urgency(talk.state)
    assert before is (Urgency.ROUTINE if said == "none" else Urgency.TODAY)
    talk.press("danger3.none")
    assert course.urgency(talk.state) is before
    assert talk.replies[-1].key == "shape"


def test_a_sign_of_the_second_group_that_stood_open_is_answered() -> None:
    talk = yesterday({"group1": "none", "group2": "yes"}, "d11.yes", "d11.no", "d11.unknown")
    assert talk.say("no").key == "d12"
    talk = yesterday({"group1": "none", "group2": "yes"}, "d11.yes", "d11.no", "d11.unknown")
    assert talk.press("d11.yes").key == "now"


DONE = {"group1": "none", "group3": "none", "group4": "none", "shape": "rash", "site": "back"}


def told(answers: dict[str, str]) -> ChatState:
    return yesterday({**DONE, **answers}, told=1, case_version=1, floor=Urgency.TODAY).state


def test_a_finished_case_in_which_nobody_knew_stays_pressing() -> None:
    state = told({"group2": "unknown", **dict.fromkeys(SECOND, "unknown")})
    assert course.assessment(state).urgency is Urgency.TODAY
    assert course.assessment(state).next is None
    assert course.urgency(state) is Urgency.TODAY


def test_a_worker_is_shown_of_the_signs_what_was_told_and_nothing_that_was_not_asked() -> None:
    asked = told_signs.told(told({"group2": "unknown"}))
    assert {t.id for t in asked.unknown} == {f"danger.sign.{s.lower()}" for s in SECOND}
    assert not {t.id for t in asked.absent} & {f"danger.sign.{s.lower()}" for s in SECOND}
    # It ended in the second group: the third was never asked.
    early = yesterday({"group1": "none", "group2": "none"}).state
    shown = told_signs.told(early)
    assert {f"danger.sign.{s.lower()}" for s in SECOND} <= {t.id for t in shown.absent}
    assert {t.id for t in shown.not_asked} >= {f"danger.sign.{s.lower()}" for s in ("D17", "D18", "D19")}
    # A sign that was said yes to, and the others of an opened group, were not asked.
    opened = told_signs.told(yesterday({"group1": "none", "group2": "yes", "D11": "yes"}).state)
    assert [t.id for t in opened.present] == ["danger.sign.d11"]
    assert {"danger.sign.d12", "danger.sign.d13"} <= {t.id for t in opened.not_asked}


ANSWERED = st.sampled_from(["none", "yes", "unknown"])
OWN = st.dictionaries(
    st.sampled_from([s + more for s in (*SECOND, *THIRD) for more in ("", ".again")]),
    st.sampled_from(["yes", "no", "unknown"]),
    max_size=6,
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(AGES), ANSWERED, ANSWERED, st.none() | ANSWERED, OWN)
def test_who_was_past_the_second_group_has_the_urgency_and_the_next_question_of_yesterday(
    age: str, first: str, second: str, third: str | None, own: dict[str, str]
) -> None:
    answers = {"age": age, "group1": first, "group2": second, **own}
    answers |= {"group3": third} if third else {}
    today = danger.assess(age, answers)
    with pytest.MonkeyPatch.context() as then:
        # As the table was: these signs in a group of their own.
        signs = tuple(replace(s, group=s.once or s.group, once=0) for s in all_signs())
        then.setattr(danger, "all_signs", lambda: signs)
        then.setattr(danger, "signs_for", lambda age: tuple(s for s in signs if s.group and age in s.ages))
        before = danger.assess(age, answers)
        inside = {g: {s.id for s in danger.group_signs(age, g, answers)} for g in GROUPS}
    assert today.urgency is before.urgency
    assert [s.id for s in today.found] == [s.id for s in before.found]
    following = [(n.kind, n.group, n.sign and n.sign.id) if n else None for n in (today.next, before.next)]
    assert following[0] == following[1]
    assert {g: {s.id for s in danger.group_signs(age, g, answers)} for g in GROUPS} == inside
