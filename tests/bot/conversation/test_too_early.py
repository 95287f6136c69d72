"""Words that were written before the open question could be read answer it neither alone nor behind others."""

from __future__ import annotations

import pytest

from bot.conversation import course
from bot.conversation.events import FetchPhotos, Said
from bot.conversation.here import Here
from bot.messages import Attachment, Inbound
from tests.bot.conversation.talk import Talk


def asked() -> Talk:
    """Danger is asked about for the first time."""
    talk = Talk(channel="whatsapp")
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    return talk


def early(talk: Talk, *items: Inbound) -> None:
    talk.event(Said(items, talk.at + 1, here=Here(channel="whatsapp"), too_early=True))


def text(words: str) -> Inbound:
    return Inbound("message", text=words)


@pytest.mark.parametrize("words", [("no",), ("no", "no"), ("thanks", "no"), ("ok", "none"), ("no", "thanks")])
def test_of_several_texts_none_answers_what_could_not_be_read(words: tuple[str, ...]) -> None:
    talk = asked()
    before = talk.state.answers
    early(talk, *map(text, words))
    assert talk.state.answers == before
    assert talk.replies[-1].key == "danger1"


@pytest.mark.parametrize(
    "words", [("she cannot breathe", "no"), ("no", "she cannot breathe"), ("yes she cannot breathe",)]
)
def test_danger_beside_such_a_word_is_answered(words: tuple[str, ...]) -> None:
    talk = asked()
    early(talk, *map(text, words))
    assert course.part(talk.state) == "now"


def test_a_photograph_before_such_a_word_is_taken() -> None:
    talk = asked()
    early(talk, Inbound("message", attachments=(Attachment("p1"),)), text("no"))
    assert any(isinstance(effect, FetchPhotos) for effect in talk.effects)
    assert "group1" not in talk.state.answers
