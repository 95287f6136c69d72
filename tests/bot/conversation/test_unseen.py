"""Private parts and babies under 3 months, said in words or under a photograph outside the question that asks for them.

Facts: clinical.md 5.3 (never ask for, keep or score such photographs), 7.3 (never under 3 months).
"""

from __future__ import annotations

import pytest

from bot.conversation import course, teaching, unseen_words
from bot.conversation.events import DropPhotos, FetchPhotos, ReminderDue, WantAnswer, WantFindings
from bot.messages import Attachment, Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting


def at_the_photo(age: str = "child") -> Talk:
    """A spot on the chest or belly; a photograph is asked for."""
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger(age)
    assert talk.kind("spot", "trunk").key == "photo"
    return talk


def captioned(talk: Talk, text: str, ref: str = "p1") -> Reply:
    return talk.hear(Inbound("message", text=text, attachments=(Attachment(ref),), language_hint=talk.hint))


def dropped(talk: Talk) -> set[str]:
    return {a.ref for e in talk.effects if isinstance(e, DropPhotos) for a in e.attachments}


def fetched(talk: Talk) -> set[str]:
    return {a.ref for e in talk.effects if isinstance(e, FetchPhotos) for a in e.attachments}


PRIVATE = {
    "en": ("it is on my penis", "sore on the left breast", "spot on her private parts"),
    "fr": ("c'est sur le sein",),
    "es": ("en el pezón",),
    "pt": ("está na virilha",),
    "sw": ("iko kwenye uume wangu",),
    "ar": ("إنه على الثدي",),
    "hi": ("यह स्तन पर है",),
    "bn": ("স্তনে একটা দাগ",),
    "am": ("በብልቴ ላይ",),
    "ha": ("yana kan nonona",),
}
NOT_PRIVATE = {
    "en": (
        "it is not on the private parts",
        "not on my penis",
        "a single spot",
        "bottom of my foot",
        "i am breastfeeding",
        "he refuses the breast",
        "he takes the breast and milk well",
        "i can not stand it",
        "nono",
        "tengo 1 año",
        "hablo ingles",
    ),
    "es": ("no es en el pene", "hace un ano", "ingles"),
    "pt": ("não é no seio", "há 2 anos"),
    "sw": ("si kwenye uume", "ananyonya titi vizuri"),
    "ar": ("ليس على الثدي",),
    "hi": ("यह स्तन पर नहीं है", "स्तनपान कराती हूँ"),
    "bn": ("স্তনে না",),
    "am": ("ጡቴ ላይ አይደለም",),
    "ha": ("ba a kan nonona ba",),
}
BABY = {
    "en": (
        "my baby is 3 weeks old",
        "it is a newborn",
        "she is 2 months old",
        "my baby 2 weeks old",
        "my baby is three weeks old",
        "my daughter, 2 months",
        "a baby of 10 days",
    ),
    "fr": ("mon bébé a 3 semaines", "un nouveau-né"),
    "es": ("mi bebe de 3 semanas",),
    "pt": ("meu bebé tem 3 semanas",),
    "sw": ("mtoto ana wiki 3",),
    "ar": ("طفلي عمره 3 اسابيع",),
    "hi": ("3 हफ्ते का बच्चा",),
    "bn": ("২ সপ্তাহের বাচ্চা",),
    "am": ("የ3 ሳምንት ልጅ",),
    "ha": ("jaririna mai sati 3",),
}
NOT_BABY = {
    "en": (
        "my baby is 2 years old",
        "my baby has had it for 3 weeks",
        "the rash is 3 weeks old",
        "it is 3 weeks old",
        "she has had it 2 months",
        "he is not a newborn",
        "my baby is 8 months old",
        "my daughter is 1 year and 2 months old",
        "my baby",
        "it started 3 days ago",
    ),
    "fr": ("il a ça depuis 3 semaines", "mon bébé a 2 ans"),
    "es": ("hace 3 semanas que mi hijo tiene manchas",),
    "pt": ("meu filho tem manchas há 3 semanas", "come e bebe sem vomitar"),
    "sw": ("mtoto ana upele wiki 3", "mtoto ana miaka 2"),
    "ar": ("عنده حبوب من 3 ايام",),
    "hi": ("बच्चे को 3 दिन से दाने हैं",),
    "bn": ("বাচ্চার ৩ দিন ধরে জ্বর",),
    "am": ("ልጄ 2 ዓመት",),
    "ha": ("yarona yana da kuraje sati 3", "jaririna yana da kuraje"),
}


def each(listed: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(code, text) for code, texts in listed.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), each(PRIVATE))
def test_private_parts_are_heard(language: str, text: str) -> None:
    assert unseen_words.of_private_parts(text, language)


@pytest.mark.parametrize(("language", "text"), each(NOT_PRIVATE))
def test_what_is_denied_or_means_something_else_is_not(language: str, text: str) -> None:
    assert not unseen_words.of_private_parts(text, language)


@pytest.mark.parametrize(("language", "text"), each(BABY))
def test_a_small_baby_is_heard(language: str, text: str) -> None:
    assert unseen_words.of_a_small_baby(text, language)


@pytest.mark.parametrize(("language", "text"), each(NOT_BABY))
def test_an_older_child_and_how_long_it_has_been_there_are_not(language: str, text: str) -> None:
    assert not unseen_words.of_a_small_baby(text, language)


def test_a_long_text_is_heard_to_its_end() -> None:
    before = "the skin is dry and it itches at night. " * 60
    assert unseen_words.of_private_parts(f"{before}it is on my penis", "en")
    assert unseen_words.of_a_small_baby(f"{before}my baby is 3 weeks old", "en")
    assert not unseen_words.of_private_parts(before, "en")
    assert not unseen_words.of_a_small_baby(before, "en")


@pytest.mark.parametrize("text", ["it is on my penis", "it is on the breast"])
def test_where_a_photograph_is_asked_for_private_parts_end_that(text: str) -> None:
    talk = at_the_photo()
    talk.say(text)
    assert talk.state.answers["site"] == "private"
    while talk.replies[-1].key.startswith("danger"):
        talk.press(f"{talk.replies[-1].key}.none")
    assert course.part(talk.state) == "private"
    assert "typed.unclear" not in {i for reply in talk.replies for i in ids(reply)}
    talk.photo("p1")
    assert not talk.state.photos
    assert "p1" not in fetched(talk)


def test_a_photograph_with_private_parts_under_it_is_not_fetched() -> None:
    talk = at_the_photo()
    reply = captioned(talk, "this is on my penis")
    assert dropped(talk) == {"p1"}
    assert not fetched(talk)
    assert "sent.photo_deleted" in ids(reply)
    assert talk.state.answers["site"] == "private"


def test_before_consent_too() -> None:
    talk = Talk()
    reply = captioned(talk, "spot on my penis")
    assert (dropped(talk), talk.state.pending) == ({"p1"}, ())
    assert reply.key == "consent"
    talk.press("consent.yes")
    talk.no_danger("adult")
    # Where it is was said.
    assert talk.press("shape.spot").key == "danger4"
    assert not fetched(talk)


def test_a_photograph_that_was_kept_goes_and_findings_of_it_are_not_told() -> None:
    talk = waiting()
    version = talk.state.case_version
    reply = talk.say("it is on my penis")
    assert not talk.state.photos
    assert "sent.photo_deleted" in ids(reply)
    assert talk.found(("MEL", "possible"), version=version).key == "silence"
    assert talk.state.findings is None


def test_an_answer_beside_it_counts() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    reply = talk.say("yes, and it is on my penis")
    assert talk.state.answers["group1"] == "yes"
    assert talk.state.answers["site"] == "private"
    assert "sent.private" in ids(reply)


def test_a_burn_of_private_parts_is_a_burn() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger("adult")
    talk.say("it is on my penis")
    talk.press("shape.burn", "danger4.none")
    assert course.part(talk.state) == "burn"
    assert course.soon(talk.state) is Urgency.TODAY


def test_after_a_result_it_is_no_question_for_a_model_and_no_photograph_is_taken() -> None:
    talk = waiting()
    talk.found(("NEV", "likely"))
    photos, soon = talk.state.photos, course.soon(talk.state)
    reply = talk.say("there is one on my penis too")
    assert ids(reply)[0] == "sent.private"
    assert not talk.questions()
    assert (talk.state.photos, course.soon(talk.state)) == (photos, soon)
    assert course.part(talk.state) == "findings"
    assert "sent.photo_deleted" in ids(talk.photo("p9"))
    assert "p9" not in fetched(talk)
    talk.say("new")
    assert talk.photo("p10").key != "silence"
    assert "p10" in fetched(talk)


def test_the_photograph_of_which_it_is_asked_whose_it_is_goes() -> None:
    talk = waiting()
    talk.found(("NEV", "likely"))
    assert talk.photo("p9").key == "which"
    talk.say("it is on my penis")
    assert "p9" in dropped(talk)
    assert (talk.state.pending, talk.state.overlay) == ((), "")


@pytest.mark.parametrize("text", ["my baby is 3 weeks old", "it is a newborn", "she is 2 months old"])
def test_a_small_baby_has_the_age_asked_once_more_before_any_photograph(text: str) -> None:
    talk = at_the_photo()
    reply = talk.say(text)
    assert (reply.key, ids(reply)[0]) == ("age", "age.heard")
    talk.photo("p1")
    assert not fetched(talk)
    # What is asked of babies alone was not asked.
    assert talk.press("age.infant").key == "danger1"
    talk.press("danger1.none")
    while talk.replies[-1].key.startswith("danger"):
        talk.press(f"{talk.replies[-1].key}.none")
    assert course.part(talk.state) == "infant"


def test_who_is_older_goes_on_where_they_were_and_is_asked_once() -> None:
    talk = at_the_photo("adult")
    talk.say("my baby is 3 weeks old")
    assert talk.press("age.adult").key == "photo"
    assert talk.say("my baby is 3 weeks old").key == "photo"
    # Of the adult, or of the baby that was spoken of?
    assert talk.photo("p1").key == "which"
    talk.press("which.same")
    assert "p1" in fetched(talk)


def test_a_photograph_with_a_small_baby_under_it_is_not_fetched() -> None:
    talk = at_the_photo()
    reply = captioned(talk, "my baby 2 weeks old")
    assert (dropped(talk), fetched(talk)) == ({"p1"}, set())
    assert reply.key == "age"
    assert {"age.heard", "sent.photo_deleted"} <= set(ids(reply))


def test_before_the_age_is_known_it_is_dropped_too() -> None:
    talk = Talk()
    reply = captioned(talk, "my baby 2 weeks old")
    assert (dropped(talk), talk.state.pending) == ({"p1"}, ())
    assert reply.key == "consent"
    assert "sent.photo_deleted" in ids(reply)


def test_a_told_result_stands_where_the_age_was_right_and_is_made_anew_where_not() -> None:
    for age, part in (("adult", "findings"), ("infant", "danger")):
        talk = waiting()
        talk.found(("MEL", "possible"), urgency="week")
        version, soon = talk.state.case_version, course.soon(talk.state)
        assert talk.say("it is my newborn").key == "age"
        assert course.soon(talk.state) is soon
        reply = talk.press(f"age.{age}")
        assert course.part(talk.state) == part
        assert course.soon(talk.state).rank <= soon.rank
        # It is asked about later whatever becomes of the question.
        assert talk.state.left_version == version
        if age == "adult":
            assert reply.key == "findings"
            assert talk.state.photos
        else:
            assert reply.key == "danger1"
            assert not talk.state.photos


@pytest.mark.parametrize("days", [1.5, 4])
def test_who_leaves_the_age_unanswered_is_asked_how_it_is_all_the_same(days: float) -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    version = talk.state.case_version
    talk.say("it is my newborn")
    at = talk.at + days * 86_400.0
    talk.event(ReminderDue(version, "visit", 1, at))
    assert talk.replies[-1].key == "reminder.visit"


def test_a_new_case_beside_the_unanswered_age_leaves_the_urgency_behind() -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    talk.say("it is my newborn")
    talk.say("new")
    assert talk.state.left_version
    assert talk.state.left_soon is Urgency.WEEK


def test_days_after_the_result_another_age_has_danger_asked_first() -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 3 * 86_400.0
    talk.say("it is my newborn")
    talk.press("age.child")
    assert talk.replies[-1].key == "danger1"
    assert "group1" not in talk.state.answers
    assert course.soon(talk.state) is Urgency.WEEK


def test_findings_that_are_being_made_of_a_small_baby_are_not_told() -> None:
    talk = waiting("child")
    version = talk.state.case_version
    assert talk.say("my baby is 3 weeks old").key == "age"
    assert talk.found(("NEV", "likely"), version=version).key == "silence"
    talk.press("age.child")
    # The same child: it is looked at after all.
    assert course.part(talk.state) == "waiting"
    assert talk.wanted().case_version == talk.state.case_version > version


def test_danger_beside_it_comes_first() -> None:
    talk = at_the_photo()
    assert talk.say("my baby is 3 weeks old and cannot breathe").key == "now"
    talk = at_the_photo()
    assert captioned(talk, "it is on my penis and he cannot breathe").key == "now"
    assert not fetched(talk)


@pytest.mark.parametrize(
    "text", ["testicles not swollen", "no swelling of the penis", "no, nothing on the breast"]
)
def test_what_is_denied_where_signs_are_asked_is_no_place(text: str) -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger("child")
    talk.press("shape.spot", "site.trunk")
    assert talk.replies[-1].key == "danger4"
    talk.say(text)
    assert talk.state.answers["site"] == "trunk"


def test_a_command_beside_it_is_a_command() -> None:
    talk = at_the_photo()
    talk.hear(Inbound("message", text="it is on my penis"), Inbound("message", text="stop"))
    assert talk.state.stopped


def test_nothing_changes_where_it_is_denied() -> None:
    talk = at_the_photo()
    for text in ("it is not on the private parts", "my baby is 2 years old"):
        before = dict(talk.state.answers)
        assert talk.say(text).key == "photo"
        assert talk.state.answers == before
    assert captioned(talk, "it is not on the private parts").key == "which"
    talk.press("which.same")
    assert "p1" in fetched(talk)
    assert not [e for e in talk.effects if isinstance(e, WantAnswer)]
    assert not [e for e in talk.effects if isinstance(e, WantFindings)]


def told_days_ago(days: int = 4, reminder: str = "") -> Talk:
    talk = waiting()
    talk.found(("BCC", "possible"))
    talk.at += days * 86_400
    if reminder:
        talk.event(ReminderDue(talk.state.case_version, reminder, 1, talk.at))  # type: ignore[arg-type]
    return talk


def no_photograph_is_taken(talk: Talk) -> None:
    """Answers what is asked with what is harmless; no photograph is asked for or fetched."""
    for _ in range(30):
        reply = talk.replies[-1]
        assert reply.key != "photo"
        if course.part(talk.state) in course.RESULTS:
            break
        codes = [c.code for c in reply.choices]
        talk.press(next((c for c in codes if c.endswith((".none", ".no"))), codes[-1]))
    assert course.part(talk.state) == "private"
    assert not teaching.may(talk.state)
    talk.photo("q")
    talk.press("which.same")
    assert "q" in dropped(talk)
    assert "q" not in fetched(talk)
    assert talk.state.earlier_photos == ("id-p1",), "what was seen before is not of private parts"


@pytest.mark.parametrize("reminder", ["", "better", "visit"])
def test_what_got_worse_and_is_on_private_parts_now_is_not_photographed(reminder: str) -> None:
    talk = told_days_ago(reminder=reminder)
    reply = talk.say("It has got worse and it is on my penis now")
    assert ids(reply)[:2] == ["later.sorry", "sent.private"]
    assert (reply.key, talk.state.answers["site"]) == ("danger1", "private")
    assert course.soon(talk.state) is Urgency.WEEK
    no_photograph_is_taken(talk)


def test_private_parts_that_were_spoken_of_since_are_not_photographed_when_it_gets_worse() -> None:
    talk = told_days_ago(reminder="better")
    assert "sent.private" in ids(talk.say("it is on my penis now"))
    assert talk.press("better.worse").key == "danger1"
    no_photograph_is_taken(talk)


@pytest.mark.parametrize("reminder", ["", "better", "visit"])
def test_worse_beside_a_small_baby_asks_the_age_and_then_every_sign(reminder: str) -> None:
    talk = told_days_ago(reminder=reminder)
    reply = talk.say("it is worse. my baby is 3 weeks old")
    assert (ids(reply)[0], reply.key) == ("later.sorry", "age")
    assert "age.heard" in ids(reply)
    assert talk.press("age.adult").key == "danger1"
    assert course.soon(talk.state) is Urgency.WEEK


def test_the_age_is_asked_and_not_the_question_of_a_reminder_that_stood_open() -> None:
    talk = told_days_ago(reminder="better")
    reply = talk.say("my baby is 3 weeks old")
    assert (next(i for i in ids(reply) if i.startswith("age.")), reply.key) == ("age.heard", "age")
    talk.press("age.adult")
    assert [r.key for r in talk.replies[-2:]] == ["findings", "reminder.better"]


def test_a_photograph_with_worse_and_private_parts_opens_the_case_without_it() -> None:
    talk = told_days_ago()
    reply = captioned(talk, "it is worse, on my penis now", "q")
    assert (reply.key, talk.state.answers["site"]) == ("danger1", "private")
    assert "q" in dropped(talk)
