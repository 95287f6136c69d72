"""Voice messages: kept for a person to hear, never taken for understood, held back as photographs are."""

from __future__ import annotations

import json

import pytest

from bot.conversation import from_json, to_json
from bot.conversation.events import DropPhotos, FetchPhotos, Said
from bot.conversation.recordings import MOST
from bot.messages import Attachment, Inbound, Urgency
from tests.bot.conversation.talk import Talk, ids, shown, waiting


def agreed() -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    return talk


def told() -> Talk:
    talk = waiting()
    talk.found(("NEV", "likely"))
    return talk


def dropped(talk: Talk) -> list[str]:
    return [a.ref for e in talk.effects if isinstance(e, DropPhotos) for a in e.attachments]


def test_it_is_kept_and_the_open_question_is_asked_again() -> None:
    talk = agreed()
    reply = talk.speak()
    assert ids(reply)[0] == "unusable.voice_kept"
    assert "nobody hears it now" in shown(reply)
    assert reply.key == "age"
    assert talk.state.recordings == ("id-v1",)
    assert from_json(to_json(talk.state)) == talk.state


def test_where_nobody_works_nobody_is_promised() -> None:
    talk = agreed()
    spoken = Inbound("unusable", unusable="voice", recording=Attachment("v1", "voice", "audio/ogg"))
    talk.event(Said((spoken,), talk.at, heard=False))
    reply = talk.replies[-1]
    assert ids(reply)[0] == "unusable.voice_kept_only"
    assert "health worker" not in shown(reply)
    assert talk.state.recordings == ("id-v1",)
    # A chat stored before this was known is spoken to as before.
    older = json.loads(to_json(talk.state))
    del older["heard"]
    assert from_json(json.dumps(older)).heard


def test_before_a_yes_it_waits_unfetched_and_after_the_yes_it_is_kept() -> None:
    talk = Talk()
    reply = talk.speak()
    assert reply.key == "consent"
    assert "unusable.voice" in ids(reply)
    assert "consent.photo_waits" not in ids(reply), "no photograph waits"
    assert not any(isinstance(e, FetchPhotos) for e in talk.effects)
    assert ids(talk.press("consent.yes"))[0] == "unusable.voice_kept"
    assert talk.state.recordings == ("id-v1",)
    assert talk.state.pending == ()


def test_a_photograph_and_a_voice_message_that_waited_are_answered_in_one_reply() -> None:
    talk = Talk()
    talk.photo()
    talk.speak()
    assert {a.kind for a in talk.state.pending} == {"photo", "voice"}
    before = len(talk.replies)
    reply = talk.press("consent.yes")
    assert len(talk.replies) == before + 1
    assert {"photo.got", "unusable.voice_kept"} <= set(ids(reply))
    assert talk.state.photos == ("id-p1",)
    assert talk.state.recordings == ("id-v1",)


def test_after_a_no_and_after_go_now_nothing_is_fetched() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.no")
    assert "unusable.words" in ids(talk.speak())
    assert dropped(talk) == ["v1"]
    talk = agreed()
    talk.say("he cannot breathe")
    assert talk.speak("v2").key == "now"
    assert dropped(talk) == ["v2"]
    assert not any(isinstance(e, FetchPhotos) for e in talk.effects)


def test_one_that_waited_is_dropped_with_the_no() -> None:
    talk = Talk()
    talk.speak()
    reply = talk.press("consent.no")
    assert dropped(talk) == ["v1"]
    assert "consent.dropped" not in ids(reply), "that sentence speaks of a photograph"


def test_what_cannot_be_kept_is_not_said_to_be() -> None:
    talk = agreed()
    talk.refused = "format"
    assert ids(talk.speak())[0] == "unusable.voice"
    assert talk.state.recordings == ()


def test_a_case_takes_so_many_and_a_new_case_begins_without() -> None:
    talk = agreed()
    for n in range(MOST):
        talk.speak(f"v{n}")
    assert ids(talk.speak("late"))[0] == "unusable.voice_full"
    assert dropped(talk) == ["late"]
    talk.say("new")
    assert talk.state.recordings == ()


def test_words_that_were_written_down_are_answered_as_typed_ones() -> None:
    talk = agreed()
    talk.words = "she is forty"
    reply = talk.speak()
    assert ids(reply)[0] == "voice.heard"
    assert "she is forty" in shown(reply)
    talk.words = "my child cannot breathe well"
    reply = talk.speak("v2")
    assert reply.key == "now"
    assert talk.state.floor is Urgency.NOW
    assert talk.state.recordings == ("id-v1", "id-v2")


@pytest.mark.parametrize("words", ["", "   "])
def test_nothing_understood_is_said_to_be_not_understood(words: str) -> None:
    talk = agreed()
    talk.words = words
    assert ids(talk.speak())[0] == "unusable.voice_kept"


def test_text_that_comes_with_it_is_answered_and_the_voice_kept() -> None:
    talk = agreed()
    voice = Inbound("unusable", unusable="voice", recording=Attachment("v1", "voice"))
    talk.hear(Inbound("message", text="adult 30"), voice)
    assert talk.state.recordings == ("id-v1",)
    assert {"danger.any", "age.ask"} & {t for r in talk.replies for t in ids(r)}


def test_a_month_of_silence_takes_it_too() -> None:
    from bot.conversation.events import Ticked
    from bot.conversation.moments import SILENCE_S

    talk = agreed()
    talk.speak()
    talk.event(Ticked(talk.at + SILENCE_S + 1))
    assert [i for e in talk.effects if isinstance(e, DropPhotos) for i in e.photo_ids] == ["id-v1"]


def test_a_photograph_and_a_voice_message_sent_together_are_answered_in_one_reply() -> None:
    talk = agreed()
    talk.press("age.adult")
    before = len(talk.replies)
    voice = Inbound("unusable", unusable="voice", recording=Attachment("v1", "voice"))
    talk.hear(Inbound("message", attachments=(Attachment("p1"),)), voice)
    (reply,) = talk.replies[before:]
    assert {"photo.got", "unusable.voice_kept"} <= set(ids(reply))
    assert (talk.state.photos, talk.state.recordings) == (("id-p1",), ("id-v1",))


def test_what_was_heard_is_said_before_the_language_model_answers() -> None:
    talk = told()
    talk.words = "could it come from my new soap powder"
    reply = talk.speak()
    assert [q.question for q in talk.questions()] == [talk.words]
    assert talk.words in shown(reply)
    assert ids(talk.told("answer", "")) == ["menu.unclear"]


def test_whose_the_photograph_is_may_be_spoken() -> None:
    talk = told()
    assert talk.photo("q").key == "which"
    talk.words = "the same one"
    reply = talk.speak()
    assert (ids(reply), reply.key) == (["voice.heard"], "heard")
    assert "id-q" in talk.state.photos
    assert ids(talk.found(("NEV", "likely")))[0] != "voice.heard"


def test_the_words_that_stand_under_a_voice_message_are_screened_for_danger() -> None:
    talk = agreed()
    voice = Attachment("v1", "voice")
    reply = talk.hear(
        Inbound("unusable", text="my child cannot breathe well", unusable="voice", recording=voice)
    )
    assert reply.key == "now"


def test_who_only_speaks_is_told_what_to_do_if_it_is_bad() -> None:
    talk = agreed()
    assert "unusable.voice_bad" not in ids(talk.speak("v1"))
    again = talk.speak("v2")
    assert ids(again)[:2] == ["unusable.voice_kept", "unusable.voice_bad"]
    assert "Go to the nearest hospital or clinic now" in shown(again)
    after = told()
    after.speak("v1")
    assert "unusable.voice_bad" not in ids(after.speak("v2")), "they have heard how soon"
