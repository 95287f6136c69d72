"""A visit that is told before the first reminder is noted, and not asked about again; a photograph with "worse" under it."""

from __future__ import annotations

import pytest

from bot.conversation.events import ReminderDue, WantAnswer
from bot.messages import Attachment, Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting

DAY_S = 86_400.0

VISITS = {
    "en": (
        "i went to the clinic already",
        "they cut it out",
        "we went to the hospital",
    ),
    "fr": ("je suis allé à la clinique", "ils l'ont enlevé", "j'ai déjà vu le médecin"),
    "es": ("ya fui a la clínica", "me lo cortaron hoy", "me vio el doctor"),
    "pt": ("já fui ao hospital", "o médico viu hoje", "já fui atendida"),
    "sw": ("nilienda hospitali leo", "daktari ameangalia", "walikata"),
    "ar": ("ذهبت إلى العيادة", "قطعها الطبيب اليوم", "شافها الدكتور"),
    "hi": ("मैं अस्पताल गया था", "डॉक्टर को दिखाया", "डॉक्टर ने काट दिया"),
    "bn": ("আমি হাসপাতালে গিয়েছিলাম", "ডাক্তার দেখেছেন", "ডাক্তার কেটে ফেলেছে"),
    "am": ("ዶክተር አየው", "ዶክተሩ ቆረጠው"),
    "ha": ("na je asibiti yau", "likita ya duba", "sun cire"),
}


def told(language: str = "en", days: float = 2) -> Talk:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    if language != "en":
        talk.say("language")
        talk.press(f"language.{language}")
    talk.at += days * DAY_S
    return talk


def remind(talk: Talk, kind: str = "visit", days: float = 7) -> Reply:
    talk.at += days * DAY_S
    before = len(talk.replies)
    talk.event(ReminderDue(talk.state.case_version, kind, 1, talk.at))  # type: ignore[arg-type]
    return talk.replies[-1] if len(talk.replies) > before else Reply((), (), "silence")


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, said in VISITS.items() for text in said]
)
def test_a_visit_that_is_told_is_noted_and_not_asked_about(language: str, text: str):
    talk = told(language)
    assert ids(talk.say(text)) == ["later.seen"]
    assert talk.state.answers["later.visit"] == "yes"
    assert not [e for e in talk.effects if isinstance(e, WantAnswer)]
    assert remind(talk).key == "silence"


@pytest.mark.parametrize(
    "text",
    [
        "the nurse looked but she has no idea",
        "a doctor saw it last year and said nothing",
        "the doctor looked at my foot and gave me pills for the heart",
    ],
)
def test_what_says_more_is_asked_about(text: str):
    talk = told()
    assert talk.say(text).key == "reminder.visit"
    assert "later.visit" not in talk.state.answers
    assert ids(talk.press("visit.yes")) == ["later.seen"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "i went to the clinic yesterday"),
        ("en", "the doctor saw it last week"),
        ("en", "i went to the clinic last week"),
        ("en", "I went to the clinic on monday"),
        ("fr", "je suis allé à la clinique la semaine dernière"),
        ("fr", "ils l'ont enlevé hier"),
        ("es", "me lo cortaron ayer"),
        ("pt", "o médico viu ontem"),
        ("sw", "nilienda hospitali jana"),
        ("sw", "walikata jana"),
        ("ar", "قطعها الطبيب أمس"),
        ("hi", "कल डॉक्टर को दिखाया"),
        ("bn", "আমি গতকাল হাসপাতালে গিয়েছিলাম"),
        ("ha", "na je asibiti jiya"),
    ],
)
@pytest.mark.parametrize("days", [67 / 1440, 2])
def test_a_visit_that_may_be_before_the_result_is_asked_about(language: str, text: str, days: float):
    talk = told(language, days)
    assert talk.say(text).key == "reminder.visit"
    assert "later.visit" not in talk.state.answers


def test_of_a_visit_today_it_is_asked_on_the_day_of_the_result():
    talk = told(days=0.2)
    assert talk.say("i went to the clinic today").key == "reminder.visit"


def test_right_after_the_result_it_may_be_of_an_earlier_visit():
    talk = told(days=0)
    assert talk.say("i saw a doctor").key == "reminder.visit"


@pytest.mark.parametrize(
    "text", ["i did not go", "when must i go to the clinic?", "i went to school", "no doctor saw it?"]
)
def test_what_is_no_visit_notes_none(text: str):
    talk = told()
    talk.say(text)
    assert "later.visit" not in talk.state.answers


@pytest.mark.parametrize(
    ("language", "caption"),
    [
        ("en", "worse"),
        ("en", "it is getting worse"),
        ("fr", "c'est pire"),
        ("es", "está peor"),
        ("pt", "está pior"),
        ("sw", "imezidi"),
        ("ar", "أسوأ"),
        ("hi", "और खराब"),
        ("bn", "আরও খারাপ"),
        ("am", "ብሶበታል"),
        ("ha", "ya fi muni"),
    ],
)
def test_worse_under_a_photograph_asks_about_danger_and_the_photograph_is_compared(
    language: str, caption: str
):
    talk = told(language)
    reply = talk.hear(
        Inbound("message", text=caption, attachments=(Attachment("p2"),), language_hint=language)
    )
    assert ids(reply)[0] == "later.sorry"
    assert reply.key == "danger1"
    assert (talk.state.earlier_photos, talk.state.photos) == (("id-p1",), ("id-p2",))
    assert talk.state.floor is Urgency.WEEK


def test_worse_under_a_photograph_of_somebody_else_is_not_of_the_case():
    talk = told()
    reply = talk.hear(Inbound("message", text="my wife's is worse", attachments=(Attachment("p2"),)))
    assert reply.key == "which"
    assert talk.state.photos == ("id-p1",)


def test_worse_and_health_under_a_photograph_are_both_heard_and_the_photograph_is_kept():
    talk = told()
    talk.hear(Inbound("message", text="it is worse. i have diabetes", attachments=(Attachment("p2"),)))
    assert talk.state.answers["health"] == "diabetes"
    assert talk.state.photos == ("id-p2",)
    assert talk.replies[-1].key == "danger1"
