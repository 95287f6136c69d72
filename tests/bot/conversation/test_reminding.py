"""Some days later: what is asked, and what follows from better, the same, worse, yes, not yet, stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import locales
from bot.clinical import conditions, follow_up
from bot.conversation import ChatState, course, from_json, step, to_json
from bot.conversation.events import (
    Asking,
    DropPhotos,
    Event,
    FindingsReady,
    Remind,
    ReminderDue,
    Said,
    Ticked,
)
from bot.conversation.later import GOOD_FOR_S
from bot.messages import Condition, Findings, Inbound, Reply, Urgency, worst
from tests.bot.conversation.talk import Talk, ids, shown, waiting

LANGUAGES = ("en", "sw", "ar")


def found(*named: tuple[str, str], urgency: str = "week") -> Talk:
    """A talk whose findings were just told."""
    talk = waiting()
    talk.found(*(named or (("MEL", "possible"),)), urgency=urgency)
    return talk


def reminds(talk: Talk) -> list[Remind]:
    return [e for e in talk.effects if isinstance(e, Remind)]


def wanted(talk: Talk) -> list[tuple[str, int, int]]:
    """What is to be asked later, as the last word on it says."""
    return [(a.kind, a.number, a.days) for a in reminds(talk)[-1].asks] if reminds(talk) else []


def remind(talk: Talk, kind: str = "better", number: int = 1, version: int | None = None) -> Reply:
    before = len(talk.replies)
    talk.event(ReminderDue(version or talk.state.case_version, kind, number, talk.at))  # type: ignore[arg-type]
    return talk.replies[-1] if len(talk.replies) > before else Reply((), (), "silence")


@pytest.mark.parametrize(
    ("named", "urgency", "expected"),
    [
        ([("MEL", "possible")], "week", [("visit", 1, 7), ("visit", 2, 14)]),
        ([("BCC", "likely"), ("NEV", "possible")], "week", [("visit", 1, 7), ("visit", 2, 14)]),
        ([("NEV", "likely")], "week", [("visit", 1, 7), ("visit", 2, 14)]),
        ([("NEV", "likely")], "routine", []),
        ([("NEV", "likely")], "today", [("visit", 1, 1), ("better", 2, 2)]),
        ([("MEL", "likely")], "now", []),
    ],
)
def test_what_is_asked_later_follows_from_what_was_found(
    named: list[tuple[str, str]], urgency: str, expected: list[tuple[str, int, int]]
) -> None:
    assert wanted(found(*named, urgency=urgency)) == expected


def test_a_result_plans_reminders_once() -> None:
    talk = found()
    talk.press("menu.what", "menu.when")
    talk.say("sw")
    talk.press("language.sw")
    assert len(reminds(talk)) == 1


@pytest.mark.parametrize("shape", ["rash", "bite"])
def test_who_is_sent_on_without_a_photograph_is_asked_too(shape: str) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("rash", "many") if shape == "rash" else talk.kind("wound", wound="bite")
    while course.part(talk.state) == "rule":
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(code for code in codes if code.endswith((".no", ".unknown"))))
    assert wanted(talk) == (
        [("better", 1, 7), ("better", 2, 14)] if shape == "rash" else [("visit", 1, 1), ("better", 2, 2)]
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["better", "visit"])
def test_a_reminder_is_one_short_question_and_names_no_condition(language: str, kind: str) -> None:
    talk = found(("MEL", "likely"), ("BCC", "possible"))
    talk.state = replace(talk.state, language=language)
    reply = remind(talk, kind)
    assert ids(reply) == [f"later.ask_{kind}"]
    assert reply.good_for_s == GOOD_FOR_S
    text = shown(reply, language) + " ".join(locales.render(c.label, language) for c in reply.choices)
    assert len(text) < 200
    known = [locales.render(c.name, language) for c in conditions.catalogue().values()]
    assert not [name for name in known if name in text]


def test_better_closes_the_case_kindly_and_says_that_it_should_still_be_seen() -> None:
    talk = found()
    remind(talk)
    reply = talk.press("better.better")
    assert ids(reply) == ["later.glad", "later.still_seen", "later.in_days"]
    assert reply.choices
    assert wanted(talk) == [("visit", 2, 7)], "nobody has looked at it yet"
    assert remind(talk, number=2).key == "silence", "and how it is is not asked any more"


def test_better_after_a_visit_or_where_no_visit_was_advised_says_no_more_than_that() -> None:
    talk = found()
    remind(talk, "visit")
    talk.press("visit.yes")
    remind(talk, number=2)
    assert ids(talk.press("better.better")) == ["later.glad"]
    talk = found(("NEV", "likely"), urgency="routine")
    remind(talk)
    assert ids(talk.press("better.better")) == ["later.glad"]


def test_the_same_leaves_the_second_reminder() -> None:
    talk = found()
    remind(talk)
    assert ids(talk.press("better.same")) == ["later.noted", "later.still_seen", "later.in_days"]
    assert len(reminds(talk)) == 1
    assert remind(talk, number=2).key == "reminder.better"


def test_worse_opens_the_same_case_again_at_danger_and_keeps_the_old_photograph_for_whoever_compares() -> (
    None
):
    talk = found()
    before = talk.state
    remind(talk)
    reply = talk.press("better.worse")
    assert reply.key == "danger1"
    assert "later.sorry" in ids(reply)
    state = talk.state
    assert (state.earlier_photos, state.photos, state.findings) == (before.photos, (), None)
    assert state.floor is Urgency.WEEK
    assert state.answers["age"] == "adult"
    talk.press("danger1.none", "danger3.none", "danger4.none")
    assert talk.replies[-1].key == "photo"
    talk.photo("p2")
    while course.part(talk.state) == "question":
        talk.press(f"{talk.replies[-1].key}.no")
    assert talk.wanted().photo_ids == ("id-p2",)
    assert talk.wanted().floor == "week"
    reply = talk.found(("NEV", "likely"), urgency="routine")
    assert ids(reply)[0] == "findings.do.week"
    assert talk.state.earlier_photos == ("id-p1",)
    assert wanted(talk) == [("visit", 2, 7)]


def test_worse_with_a_sign_of_danger_ends_in_go_now_and_nothing_is_asked_any_more() -> None:
    talk = found()
    remind(talk)
    talk.press("better.worse", "danger1.yes")
    while talk.replies[-1].key != "now":
        talk.press(f"{talk.replies[-1].key}.yes")
    assert remind(talk, number=2).key == "silence"
    assert remind(talk, number=2, version=talk.state.case_version - 1).key == "silence"


def test_two_questions_a_case_are_the_most_also_after_worse() -> None:
    talk = found()
    for number in (1, 2):
        assert remind(talk, number=number).key == "reminder.better"
        talk.press("better.worse", "danger1.none", "danger3.none", "danger4.none")
        talk.photo(f"p{number + 1}")
        while course.part(talk.state) == "question":
            talk.press(f"{talk.replies[-1].key}.no")
        talk.found(("MEL", "possible"))
    assert wanted(talk) == [] or reminds(talk)[-1].case_version != talk.state.case_version
    assert remind(talk, number=3).key == "silence"
    assert talk.state.earlier_photos == ("id-p1", "id-p2")


def test_not_yet_is_no_reproach_and_says_where_to_go() -> None:
    talk = found()
    remind(talk, "visit")
    assert ids(talk.press("visit.not_yet")) == ["later.hard", "later.in_days", "later.who"]
    assert remind(talk, "visit", 2).key == "reminder.visit"


def test_who_was_seen_is_not_asked_again_whether() -> None:
    talk = found()
    remind(talk, "visit")
    assert ids(talk.press("visit.yes")) == ["later.seen"]
    assert remind(talk, "visit", 2).key == "silence"


def test_stop_asking_ends_reminders_of_the_case_and_nothing_else() -> None:
    talk = found()
    remind(talk)
    assert ids(talk.press("better.stop")) == ["later.stopped", "later.still_seen", "later.in_days"]
    assert not talk.state.stopped
    assert wanted(talk) == []
    assert remind(talk, number=2).key == "silence"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("better", "better", "better.better"),
        ("better", "same", "better.same"),
        ("better", "worse", "better.worse"),
        ("better", "stop_asking", "better.stop"),
        ("visit", "yes", "visit.yes"),
        ("visit", "no", "visit.not_yet"),
        ("visit", "not_yet", "visit.not_yet"),
        ("visit", "stop_asking", "visit.stop"),
    ],
)
def test_typed_words_are_understood_in_every_language(language: str, kind: str, name: str, said: str) -> None:
    for word in sorted(locales.words(f"words.{name}", language)):
        pressed, typed = found(), found()
        for talk in (pressed, typed):
            talk.state = replace(talk.state, language=language)
            remind(talk, kind)
        pressed.press(said)
        typed.say(word)
        # Of a place that is not photographed that is said first.
        said_of_it = [name for name in ids(typed.replies[-1]) if name != "sent.private"]
        assert said_of_it == ids(pressed.replies[-1]), word
        place = {"site": "private", "site.own": "private"} if "sent.private" in ids(typed.replies[-1]) else {}
        assert typed.state.answers == {**pressed.state.answers, **place}, word


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("it is worse than last week", "danger1"),
        ("it looks the same to me", "later"),
        ("it isn't any better I think", "reminder.better"),
        ("a bit better but a new spot is worse", "reminder.better"),
        ("hello", "reminder.better"),
        ("zzz", "reminder.better"),
        ("thanks", "menu"),
        ("is it dangerous?", "answer.danger"),
        ("I have a fever", "d08"),
        ("2", "later"),
    ],
)
def test_longer_words_are_taken_where_they_are_clear_and_asked_about_where_not(text: str, key: str) -> None:
    talk = found()
    remind(talk)
    assert talk.say(text).key == key


def test_an_answer_that_comes_later_still_counts() -> None:
    talk = found()
    remind(talk)
    talk.press("menu.what")
    assert talk.press("better.worse").key == "danger1"
    talk = found()
    remind(talk)
    talk.press("menu.what")
    assert ids(talk.say("better")) == ["later.glad", "later.still_seen", "later.in_days"]


def test_words_for_better_and_worse_mean_nothing_before_anybody_asked() -> None:
    talk = found()
    assert "later.glad" not in ids(talk.say("better"))
    assert talk.press("better.worse").key != "danger1"


def test_a_photograph_in_answer_belongs_to_the_same_case() -> None:
    talk = found()
    remind(talk)
    reply = talk.photo("p2")
    assert reply.key == "danger1"
    assert "later.same_problem" in ids(reply)
    assert (talk.state.photos, talk.state.earlier_photos) == (("id-p2",), ("id-p1",))


@pytest.mark.parametrize("what", ["another version", "stopped", "erased", "delete is asked", "go now"])
def test_what_does_not_fit_any_more_is_dropped_quietly(what: str) -> None:
    talk = found()
    version = talk.state.case_version
    match what:
        case "another version":
            version += 1
        case "stopped":
            talk.say("stop")
        case "erased":
            talk.say("delete")
            talk.press("delete.yes")
        case "delete is asked":
            talk.say("delete")
        case "go now":
            talk.state = replace(talk.state, floor=Urgency.NOW)
            talk.say("hello")
    before = talk.state
    assert remind(talk, version=version).key == "silence"
    assert talk.state == before


def test_a_case_that_comes_to_go_now_takes_back_what_was_to_be_asked() -> None:
    talk = found()
    talk.state = replace(talk.state, floor=Urgency.NOW)
    talk.say("hello")
    assert reminds(talk)[-1].asks == ()


def test_a_reminder_that_nobody_answers_is_followed_by_the_second_and_by_no_third() -> None:
    talk = found()
    assert [remind(talk, "visit", n).key for n in (1, 2, 3)] == [
        "reminder.visit",
        "reminder.visit",
        "silence",
    ]


def test_a_month_of_silence_forgets_the_earlier_photographs_too() -> None:
    talk = found()
    remind(talk)
    talk.press("better.worse")
    talk.event(Ticked(talk.at + 31 * 86_400))
    assert [e.photo_ids for e in talk.effects if isinstance(e, DropPhotos)] == [("id-p1",)]


def test_a_state_from_before_reminders_loads() -> None:
    talk = found()
    text = to_json(talk.state)
    for name in ("earlier_photos", "reminded", "reminders_asked"):
        assert f'"{name}"' in text
        text = text.replace(f'"{name}"', f'"no_{name}"')
    assert from_json(text).earlier_photos == ()


CODES = ["better.better", "better.same", "better.worse", "better.stop", "visit.yes", "visit.not_yet", "visit.stop",
         "menu.what", "menu.new", "delete.yes", "danger1.none", "danger3.none", "danger1.yes", "#", "#", "#"]  # fmt: skip
EVENTS = st.one_of(
    st.builds(
        ReminderDue,
        case_version=st.sampled_from([1, 1, 2, 3]),
        kind=st.sampled_from(["better", "visit"]),
        number=st.integers(1, 2),
        at=st.just(2e3),
    ),
    st.builds(
        lambda code: Said((Inbound("choice", choice=code),), 2e3),
        st.sampled_from(CODES),
    ),
    st.builds(
        lambda text: Said((Inbound("message", text=text),), 2e3),
        st.sampled_from(
            ["worse", "stop", "hello", "delete", "1", "can I swim with it?", "I have a fever", "new"]
        ),
    ),
    st.builds(
        lambda version, urgency: FindingsReady(
            version, Findings((Condition("MEL", "possible"),), Urgency(urgency)), 2e3
        ),
        st.sampled_from([1, 2, 3]),
        st.sampled_from(["week", "routine", "now"]),
    ),
)


def _pressed(event: Event, state: ChatState, n: int) -> Event:
    """'#' is the person pressing one of the answers on offer."""
    if isinstance(event, Said) and event.items[0].choice == "#" and state.offered:
        return Said((Inbound("choice", choice=state.offered[n % len(state.offered)]),), event.at)
    return event


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, max_size=30), st.sampled_from(["week", "routine", "today"]))
def test_no_order_of_reminders_and_answers_breaks_a_promise(events: list[Event], urgency: str) -> None:
    talk = found(("MEL", "possible"), urgency=urgency)
    state = talk.state
    asked, reached, case = 0, course.urgency(state), 0
    for n, event in enumerate(events):
        event = _pressed(event, state, n)
        before, result = state, step(state, event)
        state = result.state
        assert from_json(to_json(state)) == state
        same_case = "age" in state.answers and not (state.reminders_asked == 0 and before.reminders_asked)
        if not same_case:
            asked, reached, case = 0, None, case + 1
        questions = [r for r in result.replies if r.key.startswith("reminder.")]
        if isinstance(event, ReminderDue) and questions:
            asked += 1
            assert event.case_version in (before.case_version, before.left_version)
            assert not before.stopped
            assert before.floor is not Urgency.NOW
            assert len(result.replies) == 1
        elif isinstance(event, ReminderDue):
            assert state == before
            assert not result.effects
        assert asked <= follow_up.MOST
        for effect in result.effects:
            if isinstance(effect, Remind):
                assert effect.case_version in (state.case_version, state.left_version)
                assert asked + len(effect.asks) <= follow_up.MOST
                assert not (effect.asks and course.urgency(state) is Urgency.NOW)
        if same_case and course.part(state) in (*course.RESULTS, "now") and case == 0:
            told = Urgency.NOW if course.part(state) == "now" else course.urgency(state)
            assert reached is None or told.rank <= reached.rank
            reached = worst(reached, told)


def test_numbers_go_on_where_a_case_was_opened_again() -> None:
    talk = found()
    assert reminds(talk)[-1].asks == (Asking("visit", 1, 7), Asking("visit", 2, 14))


def test_a_spoken_word_on_how_it_is_goes_to_no_model_as_a_typed_one_does_not() -> None:
    words = "will it get better in the summer do you think"
    replies = []
    for spoken in (False, True):
        talk = found(("NEV", "likely"))
        remind(talk)
        talk.words = words
        replies.append(talk.speak() if spoken else talk.say(words))
        assert not talk.questions()
    assert ids(replies[1]) == ["voice.heard", *ids(replies[0])]


@pytest.mark.parametrize("left", [False, True])
def test_better_does_not_end_the_follow_up_of_what_may_be_a_cancer(left: bool) -> None:
    talk = found()
    case = talk.state.case_version
    if left:
        talk.say("new")
    remind(talk, "better" if left else "visit", version=case)
    told = talk.press("better.better") if left else talk.say("it is better")
    assert "later.glad" in ids(told)
    assert reminds(talk)[-1] == Remind(case, (Asking("visit", 2, 7),))
    talk.at += 7 * 86_400
    assert remind(talk, "visit", 2, version=case).key == "reminder.visit"
    assert not remind(talk, "better", 2, version=case).key.startswith("reminder.")


def test_better_ends_it_where_nobody_need_look_or_somebody_has() -> None:
    talk = found()
    remind(talk, "visit")
    talk.press("visit.yes")
    talk.say("better")
    assert reminds(talk)[-1].asks == ()


def told(kind: str) -> Talk:
    """A talk that was told what follows of a problem, or that refused photographs."""
    if kind == "spot":
        return found(("NEV", "likely"), urgency="routine")
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no" if kind == "refused" else "consent.yes")
    talk.no_danger("infant" if kind == "infant" else "adult")
    if kind in ("burn", "bite"):
        talk.press(f"shape.{kind}", "danger4.none")
    elif kind == "infant":
        talk.press("shape.rash", "danger4.none")
    else:
        talk.kind("rash", "many")
    while talk.replies[-1].key != "refused" and course.part(talk.state) not in course.RESULTS:
        codes = [c.code for c in talk.replies[-1].choices]
        talk.press(next(code for code in codes if code.endswith((".no", ".none", ".unknown"))))
    return talk


KINDS = ("spot", "rash", "infant", "burn", "bite", "refused")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["worse", "the baby is much worse today", "mbaya zaidi", "C'est pire"])
def test_worse_asks_about_danger_again_before_anybody_asked(kind: str, text: str) -> None:
    talk = told(kind)
    talk.at += 2 * 86_400
    before = talk.state
    reply = talk.say(text)
    assert (reply.key, "later.sorry" in ids(reply)) == ("danger1", True)
    assert talk.state.case_version > before.case_version
    assert course.urgency(talk.state).rank <= course.urgency(before).rank


@pytest.mark.parametrize(
    ("text", "hours", "key"),
    [
        ("it is worse at night", 0, "reminder.better"),
        ("it is worse", 0, "danger1"),
        ("it is worse at night", 48, "danger1"),
        ("it isn't getting worse at all", 48, "reminder.better"),
        ("the same but some days worse", 48, "reminder.better"),
    ],
)
def test_what_may_not_have_got_worse_is_asked(text: str, hours: int, key: str) -> None:
    talk = told("burn")
    talk.at += hours * 3600
    assert talk.say(text).key == key
    if key != "danger1":
        assert talk.press("better.worse").key == "danger1"


@pytest.mark.parametrize("text", ["does the sun make it worse?", "is it dangerous when it gets worse"])
def test_a_question_about_worse_opens_nothing_again(text: str) -> None:
    talk = told("burn")
    talk.at += 48 * 3600
    version = talk.state.case_version
    assert talk.say(text).key not in ("danger1", "reminder.better")
    assert talk.state.case_version == version


def test_worse_after_go_now_or_while_somebody_is_handed_over_changes_nothing() -> None:
    talk = told("burn")
    talk.say("i want to die")
    assert talk.say("worse").key == "handover"
    talk = told("burn")
    talk.say("he cannot breathe")
    assert talk.say("worse").key == "now"


def test_worse_with_a_sign_of_danger_asks_that_sign_and_then_the_others() -> None:
    talk = told("burn")
    talk.at += 2 * 86_400
    assert "danger.heard" in ids(talk.say("it is worse and very painful"))
    while talk.replies[-1].key != "danger1":
        talk.press(f"{talk.replies[-1].key}.no")
    assert talk.state.findings is None


def test_a_word_of_a_topic_inside_worse_asks_nothing() -> None:
    talk = told("burn")
    talk.hint = "sw"
    talk.state = replace(talk.state, language="sw")
    talk.at += 2 * 86_400
    assert talk.say("sasa ni mbaya zaidi sana").key == "danger1"
