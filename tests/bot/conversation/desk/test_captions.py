"""Words under what cannot be used, and edits, at a worker's desk: screened and kept with the case, never taken as an answer."""

from __future__ import annotations

import pytest

from bot.messages import Inbound, Urgency
from tests.bot.conversation.desk.bench import Bench


def under(kind: str, text: str) -> Inbound:
    return Inbound("unusable", text=text, unusable=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["video", "audio", "document", "other"])
def test_a_sign_in_the_words_under_what_cannot_be_used_raises_the_case(kind: str) -> None:
    at = Bench()
    at.say("new")
    (code,) = at.open_codes()
    (reply,) = at.hear(under(kind, "my child cannot breathe"))
    assert {"desk.alarm", "now.go", "desk.now"} & {text.id for text in reply.paragraphs}
    assert at.cases[code].state.floor is Urgency.NOW


def test_words_under_a_video_are_kept_as_a_note_and_answer_nothing() -> None:
    at = Bench()
    at.say("new")
    (code,) = at.open_codes()
    at.answer(code, "consent.yes", "age.adult")
    (reply,) = at.hear(under("video", "none of these"))
    assert reply.paragraphs[1].id == "unusable.video"
    assert at.cases[code].state.answers == {"age": "adult"}
    assert [note.text for note in at.cases[code].notes] == ["none of these"]


def test_an_edit_answers_no_question_that_stands_open_and_is_kept_as_a_note() -> None:
    at = Bench()
    at.say("new")
    (code,) = at.open_codes()
    at.answer(code, "consent.yes", "age.adult", "danger1.none")
    at.hear(Inbound("edit", text="yes", ref="5"))
    assert at.cases[code].state.answers == {"age": "adult", "group1": "none"}
    assert [note.text for note in at.cases[code].notes] == ["yes"]
    at.hear(Inbound("edit", text="he cannot breathe", ref="5"))
    assert at.cases[code].state.floor is Urgency.NOW
