"""Two people with one phone: a photograph beside words for somebody is asked for, before it joins the case that is open."""

from __future__ import annotations

import pytest

from bot.conversation.events import DropPhotos, FetchPhotos, Ticked
from bot.messages import Attachment, Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting


def sent(talk: Talk, ref: str, caption: str) -> Reply:
    return talk.hear(
        Inbound("message", text=caption, attachments=(Attachment(ref),), language_hint=talk.hint)
    )


def begun(hint: str = "en", first: str = "", age: str = "adult") -> Talk:
    """A case at its questions about danger, without words of anybody but those of the first message."""
    talk = Talk(hint=hint)
    talk.say(first or {"en": "hello"}.get(hint, "/start"))
    talk.press("consent.yes", f"age.{age}")
    return talk


def fetched(talk: Talk) -> list[str]:
    return [a.ref for e in talk.effects if isinstance(e, FetchPhotos) for a in e.attachments]


@pytest.mark.parametrize(
    "caption", ["this is my wife", "my daughter's foot", "my wife has it too", "and my other son"]
)
def test_a_photograph_with_words_for_somebody_else_is_not_put_into_the_open_case(caption: str):
    talk = begun()
    assert ids(sent(talk, "p2", caption))[-1] == "which.ask"
    assert fetched(talk) == []
    assert talk.state.photos == ()


@pytest.mark.parametrize(
    ("hint", "caption"),
    [
        ("fr", "voici ma femme"),
        ("es", "esta es mi hija"),
        ("pt", "esta é a minha esposa"),
        ("sw", "huyu ni mke wangu"),
        ("ar", "هذه زوجتي"),
        ("hi", "यह मेरी पत्नी है"),
        ("bn", "এটা আমার মেয়ের ছবি"),
        ("am", "ይህ የልጄ ፎቶ ነው"),
        ("ha", "wannan matata ce"),
    ],
)
def test_in_every_language(hint: str, caption: str):
    talk = begun(hint)
    assert talk.state.language == hint
    assert sent(talk, "p2", caption).key == "which"
    assert fetched(talk) == []


def test_words_just_before_the_photograph_are_words_beside_it_and_an_album_waits_with_its_first():
    talk = begun()
    talk.say("and this is my daughter")
    assert talk.photo("p2").key == "which"
    assert talk.photo("p3").key == "which"
    assert fetched(talk) == []
    assert talk.press("which.new").key == "age"
    assert talk.state.photos == ("id-p2", "id-p3")


def test_the_same_person_is_not_asked_of_again_and_another_one_is():
    talk = begun()
    sent(talk, "p1", "my daughter")
    talk.press("which.same")
    assert talk.state.photos == ("id-p1",)
    sent(talk, "p2", "my daughter, nearer")
    assert talk.state.photos == ("id-p1", "id-p2")
    assert sent(talk, "p3", "my wife").key == "which"
    assert talk.state.photos == ("id-p1", "id-p2")


@pytest.mark.parametrize("typed", [True, False])
def test_a_mother_who_wrote_of_her_daughter_before_the_age_is_not_asked(typed: bool):
    talk = begun(first="" if typed else "hello, my daughter has a rash")
    if typed:
        talk = Talk()
        talk.say("hello")
        talk.press("consent.yes")
        talk.say("my daughter is 7 years old")
    assert talk.state.answers["age"]
    sent(talk, "p1", "my daughter's arm")
    assert talk.state.photos == ("id-p1",)
    assert sent(talk, "p2", "this is my son").key == "which"


def test_a_new_case_knows_its_person_and_says_that_they_must_agree():
    talk = begun()
    sent(talk, "p2", "this is my wife")
    reply = talk.press("which.new")
    assert ids(reply) == ["photo.new_case", "photo.new_case_why", "which.agree", "photo.got", "age.ask"]
    assert (talk.state.photos, talk.state.answers) == (("id-p2",), {})
    talk.press("age.adult")
    sent(talk, "p3", "my wife again")
    assert talk.state.photos == ("id-p2", "id-p3")


def test_of_a_told_result_it_is_asked_also_where_photographs_are_taken_unasked():
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    assert sent(talk, "p2", "this is my wife").key == "which"
    talk.press("which.same")
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")
    refused = begun()
    refused.press("danger1.none", "danger3.none")
    refused.kind("spot")
    reply = refused.press("photo.none")
    while reply.key not in ("result", "menu") and reply.choices and reply.key != "no_photo":
        before = len(refused.replies)
        reply = refused.press(reply.choices[-1].code)
        if len(refused.replies) == before or refused.state.told:
            break
    assert refused.state.told == refused.state.case_version
    assert sent(refused, "p2", "this is my wife").key == "which"
    assert fetched(refused) == []


def test_while_findings_are_made_they_are_told_first_and_then_it_is_asked():
    talk = waiting()
    sent(talk, "p2", "this is my wife")
    assert fetched(talk) == ["p1"]
    before = len(talk.replies)
    reply = talk.found(("NEV", "likely"), urgency="routine")
    assert talk.state.told == talk.state.case_version
    told = [one.key for one in talk.replies[before:]]
    assert told[-1] == reply.key == "which"
    assert told.count("which") == 1
    assert any(name.startswith("findings.") for one in talk.replies[before:] for name in ids(one))
    assert talk.press("which.new").key == "age"
    assert talk.state.photos == ("id-p2",)


def test_a_sign_of_danger_beside_it_is_heard_first_and_one_that_is_asked_goes_with_the_new_case():
    talk = begun()
    assert sent(talk, "p2", "this is my wife, she cannot breathe").key == "now"
    assert talk.state.floor is Urgency.NOW
    assert DropPhotos((Attachment("p2"),)) in talk.effects
    talk = begun()
    talk.press("danger1.none", "danger3.none")
    assert sent(talk, "p2", "this is my wife, her leg is hot and swollen").key == "which"
    assert "danger.heard" in ids(talk.replies[-1])
    spoken = {key for key, said in talk.state.answers.items() if key.endswith(".own") and said == "ask"}
    assert spoken
    talk.press("which.new")
    assert spoken <= set(talk.state.answers)
    assert f"{talk.press('age.adult').key.upper()}.own" in spoken


def test_help_between_leaves_the_question_and_it_is_forgotten_after_a_day():
    talk = begun()
    sent(talk, "p2", "this is my wife")
    talk.say("/help")
    assert talk.state.overlay == "which"
    talk.event(Ticked(talk.at + 86_400.0))
    assert DropPhotos((Attachment("p2"),)) in talk.effects
    assert talk.say("hello").key == "danger1"
    assert "which.not_kept" in ids(talk.replies[-1])


def test_who_refused_and_sends_somebody_else_is_asked_after_they_agree():
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no", "age.adult")
    assert sent(talk, "p2", "this is my wife").key == "consent"
    assert talk.press("consent.yes").key == "which"
    assert fetched(talk) == []
