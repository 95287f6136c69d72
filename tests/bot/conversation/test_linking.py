"""A patient's chat that was linked to a worker's case: one sentence, and everything else goes on as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import from_json, to_json
from bot.conversation.events import DropPhotos, Linked, Said
from bot.conversation.here import Here
from bot.messages import Inbound, Reply, Text, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting

CODE = "ABCDE2-FGHJK3"
LANGUAGES = sorted(locales.languages(True))


def typed(talk: Talk, text: str = CODE, hint: str = "en") -> Reply:
    """The person types the code of their case."""
    talk.at += 10
    before = len(talk.replies)
    said = Said(
        (Inbound("message", text=text, language_hint=hint),), talk.at, here=Here(channel=talk.channel)
    )
    talk.event(Linked(said))
    return talk.replies[-1] if len(talk.replies) > before else Reply((), (), "silence")


def test_the_open_question_is_asked_again_and_nothing_else_changes() -> None:
    talk = Talk()
    talk.say("hello")
    asked = talk.press("consent.yes")
    before = talk.state
    reply = typed(talk)
    assert ids(reply) == ["join.patient", *ids(asked)[-1:]]
    assert reply.choices == asked.choices
    same = {"last_at": before.last_at, "wake_at": before.wake_at}
    assert replace(talk.state, **same) == before
    assert talk.press("age.adult").key == "danger1"


def test_a_finished_case_keeps_its_result_and_its_menu() -> None:
    talk = waiting()
    talk.found(("NEV", "likely"))
    before = talk.state
    reply = typed(talk)
    assert ids(reply)[0] == "join.patient"
    assert reply.key == "menu"
    assert (talk.state.findings, talk.state.told, talk.state.photos) == (
        before.findings,
        before.told,
        before.photos,
    )


def test_a_chat_in_which_nothing_was_asked_hears_the_sentence_alone() -> None:
    talk = Talk()
    reply = typed(talk)
    assert [i for i in ids(reply) if i != "notice.unreviewed"] == ["join.patient"]
    assert reply.choices == ()
    assert talk.say("hello").key == "consent"


def test_who_has_no_language_yet_hears_it_in_the_one_they_choose() -> None:
    talk = Talk(hint="")
    reply = typed(talk, hint="")
    assert reply.key == "language"
    assert "join.patient" not in ids(reply)
    assert talk.state == from_json(to_json(talk.state))
    reply = talk.press("language.sw")
    assert "join.patient" in ids(reply)
    assert talk.state.speaks == "sw"
    assert "join.patient" not in ids(talk.say("hello"))


def test_go_now_stays_first() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    talk.say("he cannot breathe")
    assert talk.state.floor is Urgency.NOW
    reply = typed(talk)
    assert reply.key == "now"
    assert ids(reply)[-1] == "join.patient"
    assert ids(reply)[0] != "join.patient"


def test_danger_beside_the_code_is_answered_first() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    reply = typed(talk, f"he cannot breathe {CODE}")
    assert reply.key == "now"
    assert ids(reply)[-1] == "join.patient"
    assert talk.state.floor is Urgency.NOW


def test_whoever_had_stopped_is_spoken_to_again() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.say("stop")
    assert talk.state.stopped
    assert "join.patient" in ids(typed(talk))
    assert not talk.state.stopped


def test_a_refusal_stays_a_refusal() -> None:
    talk = Talk()
    talk.photo()
    talk.press("consent.no")
    typed(talk)
    assert talk.state.consent == "no"
    assert sum(isinstance(e, DropPhotos) for e in talk.effects) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_that_is_passed_on_is_no_danger_in_any_language(language: str) -> None:
    """People forward the whole message with the code in it."""
    text = "\n\n".join(
        locales.render(one, language)
        for one in (
            Text("desk.link.read"),
            Text("plain.text", {"text": CODE}),
            Text("desk.link.once"),
        )
    )
    talk = Talk()
    talk.say("hello")
    asked = talk.press("consent.yes")
    reply = typed(talk, text)
    assert (ids(reply)[0], reply.key) == ("join.patient", asked.key)
    assert talk.state.floor is None
