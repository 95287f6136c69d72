"""A patient takes a wrong photograph back: it goes, and what it led to is looked at anew."""

from __future__ import annotations

import pytest

from bot.conversation import course
from bot.conversation.events import DropPhotos, WantFindings
from bot.messages import Attachment, Inbound, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting


def gone(talk: Talk) -> list[str]:
    drops = [e for e in talk.effects if isinstance(e, DropPhotos)]
    return [a.ref for d in drops for a in d.attachments] + [i for d in drops for i in d.photo_ids]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "sorry that was the wrong photo"),
        ("en", "delete that, wrong picture"),
        ("fr", "pardon, mauvaise photo"),
        ("sw", "samahani picha siyo"),
        ("ar", "عفوا الصورة غلط"),
        ("hi", "माफ़ करना गलत फोटो"),
    ],
)
def test_a_photograph_that_waits_for_consent_goes(language: str, said: str) -> None:
    talk = Talk(hint=language)
    talk.photo("dog")
    reply = talk.say(said)
    assert "photo.wrong.done" in ids(reply)
    assert reply.key == "consent"
    assert talk.state.pending == ()
    assert gone(talk) == ["dog"]


def test_the_right_one_that_comes_with_the_words_is_looked_at_alone() -> None:
    talk = waiting()
    before = talk.state.photos
    talk.hear(
        Inbound("message", text="wrong photo, this is the right one", attachments=(Attachment("right"),))
    )
    assert talk.state.photos == ("id-right",)
    assert set(before) <= set(gone(talk))
    asked = [e for e in talk.effects if isinstance(e, WantFindings)]
    assert asked[-1].photo_ids == ("id-right",)


def test_after_its_result_another_is_asked_for_and_nobody_is_told_something_milder() -> None:
    talk = waiting()
    talk.found(("MEL", "likely"))
    reply = talk.say("oh no, wrong photo")
    assert ids(reply)[0] == "photo.wrong.done"
    assert reply.key == "photo"
    assert talk.state.photos == ()
    assert course.urgency(talk.state) is Urgency.WEEK


def test_who_sent_none_is_answered_as_by_other_words() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    assert "photo.wrong.done" not in ids(talk.say("wrong photo"))


@pytest.mark.parametrize(
    "said",
    [
        "please do not delete the photo",
        "when do you delete the photo?",
        "no it is not the wrong photo",
        "the first one was the wrong photo",
        "n'effacez pas la photo svp",
    ],
)
def test_a_photograph_that_is_only_spoken_of_stays(said: str) -> None:
    talk = waiting()
    before = talk.state.photos
    talk.say(said)
    assert talk.state.photos == before
    assert gone(talk) == []
