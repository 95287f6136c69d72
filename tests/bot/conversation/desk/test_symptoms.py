"""What a worker's patient has: one list, one tap for none or one of it, several one after the other; nothing lowers an urgency."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import locales
from bot.channels import LIMITS
from bot.clinical import asking, symptoms
from bot.clinical import questions as rule_questions
from bot.conversation import course, picking
from bot.conversation.desk import DeskState
from bot.conversation.here import Here
from bot.conversation.state import from_json, new_state, to_json
from bot.messages import Plan, Question, Urgency
from tests.bot.conversation.desk.bench import Bench, harmless, keys, shown
from tests.bot.conversation.desk.test_desk import begun
from tests.bot.conversation.desk.test_duration import until

LANGUAGES = sorted(locales.languages(True))
ALL = tuple(symptoms.symptoms())
FOUR = ("age", "site", "duration", "symptoms")


def listed(bench: Bench) -> list[str]:
    return [c.code.partition("~")[2].partition(".")[2] for c in bench.replies[-1].choices]


def labels(bench: Bench) -> list[str]:
    return [locales.render(c.label, bench.desk.speaks) for c in bench.replies[-1].choices]


def at_list(shape: str = "spot", channel: str = "telegram", language: str = "en") -> tuple[Bench, str]:
    """A bench whose one case asks for the symptoms."""
    bench = Bench(
        desk=DeskState(language=language, here=Here(channel=channel), notice_in=language), channel=channel
    )
    code = begun(bench)
    bench.answer(code, "consent.yes")
    for _ in range(40):
        key = bench.replies[-1].key
        if key == "symptoms":
            return bench, code
        answer = {"shape": f"shape.{shape}", "look": "look.bumps"}.get(key) or harmless(bench.replies[-1])
        bench.answer(code, answer)
    raise AssertionError("the symptoms were not asked")


def answers(bench: Bench, code: str) -> dict[str, str]:
    return dict(bench.cases[code].state.answers)


@pytest.mark.parametrize("shape", ["spot", "rash", "other"])
@pytest.mark.parametrize("one", [True, False])
def test_age_site_duration_and_at_most_one_symptom_take_four_taps(shape: str, one: bool) -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    taps = []
    for _ in range(40):
        if not bench.cases[code].asks:
            break
        key = bench.replies[-1].key
        taps += [key] if key in (*FOUR, *ALL, *rule_questions.questions()) else []
        if key == "symptoms":
            bench.answer(code, f"symptoms.{listed(bench)[0] if one else 'none'}")
            continue
        answer = {"shape": f"shape.{shape}", "look": "look.itchy"}.get(key) or harmless(bench.replies[-1])
        bench.answer(code, answer)
    assert taps == list(FOUR)
    assert not bench.cases[code].asks


def test_one_tap_is_one_symptom_and_the_others_are_answered_with_no() -> None:
    bench, code = at_list()
    assert listed(bench) == [*ALL, "several", "none", "unknown"]
    assert "Which of these does the patient have?" in shown(bench.replies[-1])
    bench.answer(code, "symptoms.bleed")
    assert {key: answers(bench, code)[key] for key in ALL} == {
        key: "yes" if key == "bleed" else "no" for key in ALL
    }
    assert bench.cases[code].reached is Urgency.WEEK


@pytest.mark.parametrize(("answer", "said"), [("none", "no"), ("unknown", "unknown")])
def test_none_and_dont_know_take_one_tap(answer: str, said: str) -> None:
    bench, code = at_list()
    bench.answer(code, f"symptoms.{answer}")
    assert {answers(bench, code)[key] for key in ALL} == {said}


@pytest.mark.parametrize("channel", ["telegram", "webchat", "whatsapp"])
def test_several_are_added_and_taken_away_until_done_and_what_is_chosen_is_seen(channel: str) -> None:
    bench, code = at_list(channel=channel)

    def tap(name: str) -> None:
        if channel == "whatsapp":
            bench.say(str(listed(bench).index(name) + 1))
        else:
            bench.answer(code, f"symptoms.{name}")

    tap("several")
    assert listed(bench) == [*ALL, "none"]
    tap("itch")
    assert "Chosen: it itches." in shown(bench.replies[-1])
    assert listed(bench) == [*ALL, "done"]
    assert [label for label in labels(bench) if label.startswith("✓")] == ["✓ it itches"]
    tap("bleed")
    tap("itch")
    assert "Chosen: it bleeds or scabs again and again." in shown(bench.replies[-1])
    assert "bleed" not in answers(bench, code), "nothing counts before the end"
    tap("hurt")
    tap("done")
    said = {key for key in ALL if answers(bench, code)[key] == "yes"}
    assert said == {"bleed", "hurt"}
    assert {answers(bench, code)[key] for key in ALL if key not in said} == {"no"}


def test_none_ends_it_where_nothing_was_chosen_after_all() -> None:
    bench, code = at_list()
    bench.answer(code, "symptoms.several", "symptoms.itch", "symptoms.itch", "symptoms.none")
    assert {answers(bench, code)[key] for key in ALL} == {"no"}


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
@pytest.mark.parametrize("text", ["3 5", "3, 5", "3 5 3", "5;3", "٣ ٥", "itches, bleeds", "bleeds; itches"])
def test_several_are_typed_in_one_message(channel: str, text: str) -> None:
    bench, code = at_list(channel=channel)
    bench.say(text)
    assert {key for key in ALL if answers(bench, code).get(key) == "yes"} == {"bleed", "itch"}
    assert not bench.cases[code].notes


def test_typed_numbers_add_to_what_was_chosen() -> None:
    bench, code = at_list()
    bench.answer(code, "symptoms.several")
    bench.say("1 3")
    assert "Chosen: it changed in shape or color and it bleeds" in shown(bench.replies[-1]).replace(
        ", and", " and"
    )
    bench.say("done")
    assert {key for key in ALL if answers(bench, code)[key] == "yes"} == {"changed", "bleed"}


@pytest.mark.parametrize("text", ["1 99", "1 8", "0 1", "7 9"])
def test_a_number_that_is_no_symptom_of_the_list_is_asked_about(text: str) -> None:
    bench, code = at_list()
    before = answers(bench, code)
    (reply,) = bench.say(text)
    assert reply.key == "symptoms"
    assert answers(bench, code) == before


def test_numbers_mean_the_list_that_was_shown_last_and_no_other() -> None:
    bench, code = at_list()
    before = answers(bench, code)
    bench.say("list")
    (reply,) = bench.say("1 2")
    assert reply.key == "symptoms"
    assert answers(bench, code) == before


def test_a_whole_patient_can_be_typed_in_a_row() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes")
    until(bench, code, "shape", "spot")
    bench.say("spot, back, none, 3 months, itches, bleeds")
    told = answers(bench, code)
    assert told["duration"] == "months"
    assert {key for key in ALL if told.get(key) == "yes"} == {"itch", "bleed"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_answered_by_its_own_words_in_every_language(language: str) -> None:
    bench, code = at_list(language=language)
    every = labels(bench)
    assert len(set(every)) == len(every)
    question = picking.ask(bench.cases[code].state)
    for n, key in enumerate(ALL):
        text = f"{every[n]}, {every[n - 1 if n else len(ALL) - 1]}"
        assert picking.typed(question.choices, text, language) == f"symptoms.{key}+{ALL[n - 1]}"
    bench.say(f"{every[0]}, {every[1]}")
    assert {key for key in ALL if answers(bench, code)[key] == "yes"} == set(ALL[:2])


def test_one_that_is_pressed_after_the_end_is_added_before_and_after_the_result() -> None:
    bench, code = at_list()
    bench.answer(code, "symptoms.itch")
    version = bench.cases[code].state.case_version
    assert bench.wanted()[-1][1].answers["hurt"] == "no"
    bench.answer(code, "symptoms.hurt")
    assert "Noted: it hurts when touched." in shown(bench.replies[-1])
    assert bench.cases[code].state.case_version > version
    # Pain raises: what could make it more pressing still is asked before the case is looked at again.
    bench.answer(code, "health.none")
    assert (bench.wanted()[-1][1].answers["hurt"], bench.wanted()[-1][1].answers["itch"]) == ("yes", "yes")
    bench.found(code, ("BCC", "likely"), urgency="today")
    assert bench.cases[code].told
    bench.answer(code, "symptoms.grew")
    assert bench.wanted()[-1][1].answers["grew"] == "yes"
    assert bench.cases[code].reached is Urgency.TODAY
    bench.found(code, ("NEV", "likely"), urgency="routine")
    assert bench.cases[code].reached is Urgency.TODAY
    assert keys(bench.answer(code, "symptoms.grew"))[-1] != "answer"
    assert "old" in bench.replies[-1].key or "button.old" in {t.id for t in bench.replies[-1].paragraphs}


def test_a_symptom_that_another_one_implies_is_there_too() -> None:
    assert rule_questions.implies("itch_night") == "itch"
    assert picking._told(("itch", "itch_night", "hurt"), ("itch_night",)) == {
        "itch": "yes",
        "itch_night": "yes",
        "hurt": "no",
    }


def test_a_patient_in_their_own_chat_is_asked_one_by_one_as_before() -> None:
    state = replace(new_state("en"), consent="yes", answers={**dict.fromkeys(("group1", "group2", "group3", "group4"), "none"),
                    "age": "adult", "shape": "spot", "site": "arm", "photo": "none"})  # fmt: skip
    assert course.part(state) == "question"
    assert course.part(replace(state, timed=True)) == "duration"


@pytest.mark.parametrize("first", ["changed", None])
def test_a_case_that_was_being_asked_one_by_one_goes_on_so(first: str | None) -> None:
    """Of before this list: its plan was asked for, or its result was told."""
    bench, code = at_list()
    state = bench.cases[code].state
    assert state.photos
    plan = Plan(Question(first) if first else None)
    old = replace(state, planned=state.case_version, planned_for="", plan=plan)
    read = from_json(to_json(old).replace('"choosing":false,', "").replace('"chosen":[],', ""))
    assert read == old
    assert course.part(read) != "symptoms"
    told = replace(state, told=state.case_version, photos=(), answers={**state.answers, "photo": "none"})
    assert course.part(told) != "symptoms"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["rash", "wound"]),
    st.sampled_from(["child", "adult", "older"]),
    st.sampled_from(["face", "trunk", "hand", "leg_foot", "many"]),
    st.sampled_from([*(one.answer for one in rule_questions.looks().values()), "unknown"]),
    st.sampled_from(["days", "months", "unknown"]),
)
def test_a_list_fits_every_channel_and_holds_no_sign_of_danger(
    shape: str, age: str, site: str, look: str, duration: str
) -> None:
    told = {"age": age, "shape": shape, "site": site, "duration": duration}
    told |= {"look": look} if shape == "rash" else {"wound_kind": "other"}
    found = asking.grouped(told)
    assert len(found) <= asking.MOST_LISTED
    assert not [key for key in found if rule_questions.questions()[key].sign]
    state = replace(new_state("en"), timed=True, answers=told)
    if found:
        assert asking.following(told) in found
        # Ten rows are the longest list that a messenger shows.
        assert len(picking.ask(state).choices) <= min(10, LIMITS["telegram"].buttons)


TAPS = st.lists(
    st.sampled_from([*ALL, "several", "done", "none", "unknown", "bleed+itch", "photo", "found"]), max_size=14
)


@settings(max_examples=60, deadline=None)
@given(TAPS)
def test_no_order_of_taps_lowers_an_urgency(taps: list[str]) -> None:
    bench, code = at_list()
    reached = bench.cases[code].reached.rank
    for n, tap in enumerate(taps):
        if tap == "photo":
            bench.photo(f"more-{n}", text=code)
        elif tap == "found":
            bench.found(code, ("NEV", "likely"), urgency="routine")
        else:
            bench.answer(code, f"symptoms.{tap}")
        rank = bench.cases[code].reached.rank
        assert rank <= reached, taps[: n + 1]
        reached = rank


@settings(max_examples=40, deadline=None)
@given(st.permutations(["bleed", "itch", "elevation"]), st.booleans())
def test_the_order_in_which_several_are_chosen_changes_nothing(order: list[str], typed_at_once: bool) -> None:
    bench, code = at_list()
    if typed_at_once:
        bench.say(" ".join(str(ALL.index(key) + 1) for key in order))
    else:
        bench.answer(code, "symptoms.several", *(f"symptoms.{key}" for key in order), "symptoms.done")
    assert {key: answers(bench, code)[key] for key in ALL} == {
        key: "yes" if key in order else "no" for key in ALL
    }
