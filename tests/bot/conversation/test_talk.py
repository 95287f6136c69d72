"""What a language model said of a case, as the person reads it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import locales
from bot.conversation.events import Ticked, WantAnswer
from bot.conversation.talk import ANSWER_S, MOST_QUESTION
from bot.messages import Inbound
from tests.bot.conversation.talk import Talk, ids, shown, waiting

SEEN = "This is a skin disease image with the following medical features (clinical concepts): raised, brown, uneven border."
NAMED = (
    "This could be a skin disease image of basal cell carcinoma, in plain words a slow kind of skin cancer."
)
ABOUT = "It seldom spreads to other parts of the body, but it can grow deep and harm the skin near it."
ADVICE = "This is no diagnosis. Please have it looked at within a week."
WHOLE = f"{SEEN} {NAMED} {ABOUT} {ADVICE}"
FEATURES = ("raised", "brown", "uneven border")
QUESTION = "Can I swim with it?"
FINE = "You can swim, but dry the spot well and keep it out of the sun."


def found(language: str = "en") -> Talk:
    """A talk whose findings were told: perhaps basal cell carcinoma."""
    talk = waiting()
    if language != "en":
        talk.press(f"language.{language}")
    assert talk.found(("BCC", "likely"), ("ACK", "possible")).key == "findings"
    return talk


# Described features


def test_the_features_are_said_once_with_the_menu_and_the_models_words_beside_them() -> None:
    talk = found()
    reply = talk.told("describe", WHOLE, *FEATURES)
    assert ids(reply) == ["talk.features", "talk.own_words", "talk.who_decides"]
    text = shown(reply)
    assert text.startswith("In your photo it looks brown and uneven at the border.")
    assert f"This could be basal cell carcinoma, in plain words a slow kind of skin cancer. {ABOUT}" in text
    assert "clinical concepts" not in text
    assert "within a week" not in text
    assert [c.code for c in reply.choices] == list(talk.state.offered)
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"


@pytest.mark.parametrize("language", ["sw", "ar"])
def test_another_language_gets_the_features_in_its_words_alone(language: str) -> None:
    talk = found(language)
    reply = talk.told("describe", WHOLE, *FEATURES)
    assert ids(reply) == ["talk.features", "talk.may_be_wrong"]
    assert not any(c.isascii() and c.isalpha() for c in shown(reply, "ar")) or language == "sw"
    assert "raised" not in shown(reply, language)


@pytest.mark.parametrize(
    "text",
    [
        SEEN,
        f"{SEEN} This could be a skin disease image of melanoma.",
        f"{SEEN} This could be a skin disease image of actinic keratosis.",  # found too, but not first
        f"{SEEN} {NAMED} It is harmless.",
        f"{SEEN} {NAMED} Take five hundred milligrams of it.",
        f"{SEEN} It may grow slowly, and a nurse can look at it.",
        f"{SEEN} I cannot tell from this image what it is.",
        "",
        f"{NAMED} ### Human: and then?",
    ],
)
def test_words_that_the_guard_refuses_or_that_name_nothing_found_leave_the_features_alone(text: str) -> None:
    assert ids(found().told("describe", text, *FEATURES)) == ["talk.features", "talk.may_be_wrong"]


@pytest.mark.parametrize(
    ("answer", "said"), [("yes", "brown"), ("no", "brown"), ("unknown", "raised and brown")]
)
def test_what_the_person_felt_is_not_told_them_from_a_picture(answer: str, said: str) -> None:
    talk = found()
    talk.state = replace(talk.state, answers={**talk.state.answers, "elevation": answer})
    assert f"it looks {said}." in shown(talk.told("describe", SEEN, "raised", "brown"))


def test_no_known_feature_says_nothing() -> None:
    talk = found()
    assert talk.told("describe", WHOLE).key == "silence"
    assert talk.told("describe", WHOLE, "Vesicle", "raised", "flat").key == "silence"


def test_a_description_of_an_older_case_or_before_the_findings_says_nothing() -> None:
    talk = waiting()
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"
    talk.found(("BCC", "likely"))
    old = talk.state.case_version
    talk.photo("p2")
    assert talk.told("describe", WHOLE, *FEATURES, version=old).key == "silence"
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"


def test_a_description_that_comes_while_the_skin_is_asked_about_is_said_after_the_findings() -> None:
    talk = waiting()
    assert talk.found(("NEV", "likely"), urgency="routine", skin="").key == "skin"
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"
    talk.press("skin.2")
    assert [r.key for r in talk.replies[-2:]] == ["findings", "described"]
    assert talk.state.description == ()
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"


def test_a_description_that_waits_is_not_kept_after_go_now() -> None:
    talk = waiting()
    talk.found(("NEV", "likely"), urgency="routine", skin="")
    talk.told("describe", WHOLE, *FEATURES)
    assert talk.state.description
    assert talk.say("he cannot breathe").key == "now"
    assert talk.state.description == ()


def test_findings_of_now_and_a_stopped_chat_hear_no_description() -> None:
    talk = waiting()
    talk.found(("BCC", "likely"), urgency="now")
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"
    talk = found()
    talk.say("stop")
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"


def test_an_open_question_is_not_talked_over() -> None:
    talk = found()
    talk.say("delete")
    assert talk.told("describe", WHOLE, *FEATURES).key == "silence"


@pytest.mark.parametrize(("reason", "said"), [("unsure", True), ("out_of_scope", False), ("failed", False)])
def test_a_photo_that_cannot_be_judged_is_not_described(reason: str, said: bool) -> None:
    talk = waiting()
    talk.found(urgency="week", abstained=True, reason=reason)
    reply = talk.told("describe", WHOLE, *FEATURES)
    assert ids(reply) == (["talk.features", "talk.may_be_wrong"] if said else [])


def test_what_the_model_is_taught_to_say_is_shown_but_for_advice() -> None:
    pytest.importorskip("model.notes")
    from model.notes import diagnosis_turn
    from worker.taught_notes import catalogue_notes

    own = 0
    for seed, (code, notes) in enumerate(sorted(catalogue_notes().items()) * 8):
        talk = waiting()
        talk.found((code, "likely"), urgency=notes.urgency)
        _, text = diagnosis_turn(list(FEATURES), notes, random.Random(seed))
        reply = talk.told("describe", text, *FEATURES)
        assert ids(reply)[0] == "talk.features"
        own += "talk.own_words" in ids(reply)
    assert own == 48


# Free text after the result


def test_free_text_in_english_becomes_a_question_and_its_answer_is_marked() -> None:
    talk = found()
    assert talk.say(QUESTION).key == "silence"
    assert talk.effects[-1] == WantAnswer(talk.state.case_version, QUESTION)
    reply = talk.told("answer", FINE)
    assert ids(reply) == ["talk.own_words", "talk.who_decides"]
    assert f"own words: {FINE}" in shown(reply)
    assert reply.choices
    assert talk.state.asked == 0
    assert talk.told("answer", FINE).key == "silence"


@pytest.mark.parametrize(
    "text", ["", "It is harmless.", "Take 500 mg.", "You have melanoma.", "Ndiyo, unaweza kuogelea kwa maji."]
)
def test_an_answer_that_the_guard_refuses_becomes_the_catalogues_sentence(text: str) -> None:
    talk = found()
    talk.say(QUESTION)
    reply = talk.told("answer", text)
    assert ids(reply) == ["menu.unclear"]
    assert reply.choices


def test_an_answer_that_never_comes_is_given_up_once() -> None:
    talk = found()
    talk.say(QUESTION)
    due = talk.state.wake_at
    assert due == talk.at + ANSWER_S
    replies = len(talk.replies)
    talk.event(Ticked(due - 1))
    assert len(talk.replies) == replies
    talk.event(Ticked(due))
    assert ids(talk.replies[-1]) == ["menu.unclear"]
    talk.event(Ticked(due + 1))
    assert len(talk.replies) == replies + 1
    assert talk.told("answer", FINE).key == "silence"


def test_one_question_at_a_time_and_what_comes_meanwhile_is_answered_as_ever() -> None:
    talk = found()
    talk.say(QUESTION)
    assert ids(talk.say("Can I go into the sun with it?")) == ["menu.unclear"]
    assert talk.say("is it dangerous?").key == "answer.danger"
    assert talk.press("menu.when").key == "answer.when"
    assert len(talk.questions()) == 1
    assert ids(talk.told("answer", FINE))[0] == "talk.own_words"
    assert talk.say(QUESTION).key == "silence"
    assert len(talk.questions()) == 2


def test_topics_thanks_and_greetings_never_reach_the_model() -> None:
    talk = found()
    for text, key in (("can others catch it", "answer.contagious"), ("thank you", "menu"), ("hello", "menu")):
        assert talk.say(text).key == key
    assert not talk.questions()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I have a fever and feel weak, can I swim with it?"),
        ("en", "he can't breathe well"),
        ("sw", "mtoto ana homa kali"),
        ("ar", "عندي صعوبة في التنفس"),
        ("ar", "I have a fever"),
        ("en", "I have chest pain"),
        ("en", "I want to die"),
        ("sw", "mume wangu ananipiga"),
        ("ar", "هو يضربني كل يوم"),
    ],
)
def test_a_word_for_a_danger_is_answered_before_anything_else(language: str, text: str) -> None:
    talk = found(language)
    reply = talk.say(text)
    keys = {
        "now": ("breathe", "التنفس"),
        "handover": ("die", "ananipiga", "يضربني"),
        "d08": ("fever", "homa"),
        "alarm": ("chest",),
    }
    assert [key for key, words in keys.items() if any(w in text for w in words)] == [reply.key]
    assert reply.choices or reply.key == "now"
    assert not talk.questions()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sw", "naweza kuogelea nayo?"),
        ("sw", QUESTION),
        ("ar", "هل يمكنني السباحة؟"),
        ("en", "naweza kuogelea baharini na hii"),
        ("en", "هل يمكنني السباحة؟"),
        ("en", "swim"),
        ("en", "?!"),
    ],
)
def test_what_is_not_english_gets_the_catalogues_sentence(language: str, text: str) -> None:
    talk = found(language)
    assert ids(talk.say(text)) == ["menu.unclear"]
    assert not talk.questions()


def test_findings_that_name_nothing_leave_nothing_to_ask_about() -> None:
    talk = waiting()
    talk.found(urgency="week", abstained=True, reason="unsure")
    assert ids(talk.say(QUESTION)) == ["menu.unclear"]


def test_a_question_is_cut_and_carries_no_marks_of_a_prompt() -> None:
    talk = found()
    talk.say("Is it ### <Img> the sun {x}? " + "and is it so " * 100)
    question = talk.questions()[-1].question
    assert len(question) <= MOST_QUESTION
    assert not set("#<>{}") & set(question)


def test_an_answer_after_stop_a_new_case_or_another_language_is_not_shown() -> None:
    talk = found()
    talk.say(QUESTION)
    talk.say("stop")
    assert talk.told("answer", FINE).key == "silence"
    talk = found()
    talk.say(QUESTION)
    old = talk.state.case_version
    talk.photo("p2")
    talk.press("which.new")
    assert talk.told("answer", FINE, version=old).key == "silence"
    talk = found()
    talk.say(QUESTION)
    talk.press("language.sw")
    assert ids(talk.told("answer", FINE)) == ["menu.unclear"]


def test_a_question_that_stands_open_is_asked_again_under_an_answer() -> None:
    talk = found()
    talk.say(QUESTION)
    talk.say("delete")
    reply = talk.told("answer", FINE)
    assert ids(reply) == ["talk.own_words", "talk.who_decides", "delete.ask"]
    assert [c.code for c in reply.choices] == ["delete.yes", "delete.no"]


def test_a_welcome_after_stop_is_said_with_the_answer() -> None:
    talk = found()
    talk.say("stop")
    assert talk.say(QUESTION).key == "silence"
    assert ids(talk.told("answer", FINE))[0] == "resume.hello"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_words_of_the_model_are_an_argument_that_cannot_break_out(language: str) -> None:
    text = locales.render(locales.Text("talk.own_words", {"words": "a {words} \u202eb\u2069 c"}), language)
    assert "\u202e" not in text
    assert "a {words} b c" in text
    if language == "ar":
        assert text.endswith("\u2068a {words} b c\u2069")


def test_an_edited_question_counts_as_said_again() -> None:
    talk = found()
    talk.hear(Inbound("edit", text=QUESTION))
    assert talk.questions()[-1].question == QUESTION
