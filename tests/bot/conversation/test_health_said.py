"""What somebody writes of their health by the way: stated it counts, only spoken of it is asked, denied it is neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import course
from bot.conversation.health import NOTED
from bot.messages import Attachment, Inbound, Urgency
from tests.bot.conversation.desk.bench import Bench, shown
from tests.bot.conversation.desk.test_desk import begun
from tests.bot.conversation.talk import Talk, ids

# Each language: what states it, and what denies it.
STATED = {
    "en": ("I am pregnant", "I am diabetic", "I have HIV", "I am not pregnant"),
    "fr": ("je suis enceinte", "j'ai le diabète", "j'ai le VIH", "je ne suis pas enceinte"),
    "es": ("estoy embarazada", "tengo diabetes", "tengo VIH", "no estoy embarazada"),
    "pt": ("estou grávida", "tenho diabetes", "tenho HIV", "não estou grávida"),
    "sw": ("nina mimba", "nina kisukari", "naishi na VVU", "sina mimba"),
    "ar": ("أنا حامل", "عندي سكري", "عندي نقص مناعة", "انا مش حامل"),
    "hi": ("मैं गर्भवती हूँ", "मुझे शुगर है", "मुझे एचआईवी है", "मैं गर्भवती नहीं हूँ"),
    "bn": ("আমি গর্ভবতী", "আমার ডায়াবেটিস আছে", "আমার এইচআইভি আছে", "আমি গর্ভবতী না"),
    "am": ("ነፍሰ ጡር ነኝ", "የስኳር በሽታ አለብኝ", "ኤች አይ ቪ አለብኝ", "ነፍሰ ጡር አይደለሁም"),
    "ha": ("ina da ciki", "ina da ciwon suga", "ina da HIV", "ba ni da ciki"),
}
KEYS = ("pregnant", "diabetes", "weak_immunity")


def at_danger(language: str = "en", age: str = "adult") -> Talk:
    talk = Talk(hint=language)
    talk.say("hello")
    if language != "en":
        talk.press(f"language.{language}")
    talk.press("consent.yes", f"age.{age}")
    return talk


def bitten(health: str = "none") -> Talk:
    """A bite by an animal, which is for today, was told; of health `health` was answered."""
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.bite", "danger4.yes")
    while course.part(talk.state) not in course.RESULTS:
        key = talk.replies[-1].key
        talk.press(f"health.{health}" if key == "health" else f"{key}.{'yes' if key == 'd27' else 'no'}")
    assert course.urgency(talk.state) is (Urgency.TODAY if health in ("none", "unknown") else Urgency.NOW)
    return talk


@pytest.mark.parametrize("language", sorted(STATED))
@pytest.mark.parametrize("n", range(3))
def test_what_is_stated_counts_at_any_moment(language: str, n: int) -> None:
    talk = at_danger(language)
    reply = talk.say(STATED[language][n])
    assert talk.state.answers.get("health") == KEYS[n]
    assert (ids(reply)[0], reply.key, "typed.unclear" in ids(reply)) == (NOTED, "danger1", False)


@pytest.mark.parametrize("language", sorted(STATED))
def test_a_denial_sets_nothing_and_asks_nothing(language: str) -> None:
    talk = at_danger(language)
    talk.say(STATED[language][3])
    assert "health" not in talk.state.answers
    talk = bitten()
    talk.state = replace(talk.state, language=language)
    before = talk.state.answers
    talk.say(STATED[language][3])
    assert talk.state.answers == before


@pytest.mark.parametrize("health", ["none", "unknown"])
@pytest.mark.parametrize("text", ["I am diabetic", "sorry, i am pregnant", "I have HIV. What can I do"])
def test_what_was_denied_before_and_is_stated_now_raises_what_was_told(health: str, text: str) -> None:
    assert bitten(health).say(text).key == "now"


@pytest.mark.parametrize(
    "text",
    [
        "my sister is pregnant too",
        "diabetes",
        "my husband and i have diabetes since long",
        "i take arvs every day",
    ],
)
def test_what_is_only_spoken_of_is_asked_where_it_could_raise(text: str) -> None:
    talk = bitten()
    reply = talk.say(text)
    assert (reply.key, "health" in talk.state.answers) == ("health", False)
    assert "typed.unclear" not in ids(reply)
    again = talk.press("health.none")
    assert course.urgency(talk.state) is Urgency.TODAY
    assert "findings.do.today" in ids(again)


@pytest.mark.parametrize(
    "text", ["is it from diabetes?", "Am I pregnant?", "no diabetes", "can HIV cause this?"]
)
def test_a_question_or_a_denial_after_a_result_changes_nothing(text: str) -> None:
    talk = bitten()
    before = talk.state.answers
    talk.say(text)
    assert talk.state.answers == before


def test_of_a_child_it_may_be_the_mother_who_says_it() -> None:
    talk = at_danger(age="child")
    talk.say("I am pregnant")
    assert "health" not in talk.state.answers
    talk = at_danger(age="infant")
    talk.say("I have HIV")
    assert "health" not in talk.state.answers


def test_what_was_told_of_health_is_not_taken_back_or_exchanged() -> None:
    talk = at_danger()
    talk.say("I am pregnant")
    talk.say("I have diabetes")
    talk.say("I am not pregnant")
    assert talk.state.answers["health"] == "pregnant"


def test_a_burn_is_go_now_once_she_says_that_she_is_pregnant() -> None:
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.burn", "danger4.none")
    assert course.part(talk.state) == "burn"
    reply = talk.say("I am pregnant")
    assert reply.key == "now"
    assert ids(reply)[0] == "now.go"


@pytest.mark.parametrize(
    ("text", "health"), [("I am diabetic", "diabetes"), ("i think sugar disease", "diabetes")]
)
def test_the_question_about_health_is_answered_in_words(text: str, health: str) -> None:
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.bite", "danger4.yes")
    while talk.replies[-1].key != "health":
        key = talk.replies[-1].key
        talk.press(f"{key}.{'yes' if key == 'd27' else 'no'}")
    assert talk.say("no, not diabetic").key == "health"
    talk.say(text)
    assert talk.state.answers["health"] == health


@pytest.mark.parametrize(("text", "key"), [("I am diabetic", ""), ("my sister is diabetic", "health")])
def test_a_rash_that_was_told_is_told_anew_where_it_is_more_pressing(text: str, key: str) -> None:
    talk = at_danger()
    talk.press("danger1.none", "danger3.none", "shape.rash", "site.face", "danger4.none")
    while course.part(talk.state) not in course.RESULTS:
        asked = talk.replies[-1].key
        said = {"health": "none", "look": "crust", "crust": "yes"}.get(asked, "no")
        talk.press(f"{asked}.{said}")
    assert course.urgency(talk.state) is Urgency.WEEK
    reply = talk.say(text)
    if key:
        assert reply.key == key
        reply = talk.press("health.diabetes")
    assert course.urgency(talk.state) is Urgency.TODAY
    assert "findings.do.today" in ids(reply)
    assert talk.state.told == talk.state.case_version


def test_what_a_worker_types_of_the_patient_is_an_answer_of_the_case() -> None:
    bench = Bench()
    code = begun(bench)
    bench.answer(code, "consent.yes", "age.adult")
    (reply,) = bench.say("she is pregnant")
    assert "Noted" in shown(reply)
    assert bench.cases[code].state.answers["health"] == "pregnant"
    (reply,) = bench.say("she is pregnant, and her mother sells fish")
    assert [n.text for n in bench.cases[code].notes] == ["she is pregnant, and her mother sells fish"]


def test_what_is_noted_under_a_photograph_is_said_before_the_photograph_is_there() -> None:
    talk = at_danger()
    talk.press("danger1.none")
    reply = talk.hear(Inbound("message", text="i have diabetes", attachments=(Attachment("p1"),)))
    assert talk.state.answers["health"] == "diabetes"
    assert [ids(r)[0] for r in talk.replies[-2:]] == [NOTED, "photo.got"]
    assert NOTED not in ids(reply)


def with_a_sign(sign: str) -> Talk:
    """A rash with one sign of those that fit, told four days ago; of health nothing was said."""
    talk = at_danger()
    talk.press("danger1.none", "danger3.none")
    for _ in range(40):
        if course.part(talk.state) in course.RESULTS:
            break
        asked = talk.replies[-1]
        codes = [c.code for c in asked.choices]
        wanted = ("shape.rash", "site.arm", "look.itchy", "health.none", f"{sign}.yes", "danger4.yes")
        talk.press(
            next(
                (
                    c
                    for c in codes
                    if c in wanted or (c.endswith((".none", ".no")) and asked.key != "danger4")
                ),
                codes[-1],
            )
        )
    assert talk.state.answers[sign.upper()] == "yes"
    talk.at += 4 * 86_400
    return talk


@pytest.mark.parametrize("text", ["it is worse, i have diabetes", "i am pregnant. it got worse"])
def test_health_and_worse_in_one_message_are_both_heard(text: str) -> None:
    talk = with_a_sign("d44")
    before = course.urgency(talk.state)
    assert before is Urgency.WEEK
    reply = talk.say(text)
    assert talk.state.answers["health"] in ("diabetes", "pregnant")
    assert {"later.sorry", NOTED} <= set(ids(reply))
    assert (reply.key, talk.state.case_version) == ("danger1", 2)
    assert course.soon(talk.state) is Urgency.TODAY, "what it raises stays reached"


def test_health_that_is_only_spoken_of_beside_worse_is_asked_of_the_new_look() -> None:
    talk = with_a_sign("d44")
    reply = talk.say("it got worse and my sister has diabetes")
    assert (ids(reply)[0], reply.key) == ("later.sorry", "danger1")
    assert "health" not in talk.state.answers


def test_health_that_makes_an_emergency_of_what_got_worse_asks_nothing_more() -> None:
    talk = bitten()
    talk.at += 4 * 86_400
    assert talk.say("it is worse, i am diabetic").key == "now"


def with_no_health() -> tuple[Bench, str]:
    """A rash with a sign for which health counts, told at a desk."""
    at = Bench()
    code = begun(at)
    at.answer(code, "consent.yes", "age.adult", "danger1.none", "danger3.none")
    for _ in range(40):
        if not at.cases[code].asks:
            break
        asked = at.replies[-1]
        codes = [c.code.partition("~")[2] for c in asked.choices]
        wanted = ("shape.rash", "site.arm", "look.itchy", "health.none", "d44.yes", "danger4.yes")
        at.answer(
            code,
            next(
                (
                    c
                    for c in codes
                    if c in wanted or (c.endswith((".none", ".no")) and asked.key != "danger4")
                ),
                codes[-1],
            ),
        )
    assert (at.cases[code].told, at.cases[code].state.answers["health"]) == (True, "none")
    return at, code


@pytest.mark.parametrize(
    ("words", "said"), [("I have diabetes", "diabetes"), ("her sister has diabetes", None)]
)
def test_at_a_desk_health_beside_worse_counts_as_it_does_without(words: str, said: str | None) -> None:
    at, code = with_no_health()
    (reply,) = at.say(f"{code} worse, {words}")
    assert (reply.key, at.cases[code].state.answers.get("health")) == ("danger1", said)
    assert "danger signs again" in shown(reply)
    assert [note.text for note in at.cases[code].notes] == [words]
    at, code = with_no_health()
    (reply,) = at.say(f"it is worse and {words}")
    assert (reply.key, at.cases[code].state.answers.get("health")) in (("danger1", said), ("danger1", None))
