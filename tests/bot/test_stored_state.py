"""What each reader makes of a chat's stored state: a conversation's, a desk's, one that is cut short, none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import resting, stored_state
from bot.conversation import from_json, new_state, to_json
from bot.conversation.desk import DeskState, is_desk, write_desk
from bot.conversation.desk.state import Held
from bot.messages import Attachment, Inbound
from bot.silence import said_stop

REF = Attachment(ref="r", size_bytes=1)
PATIENT = replace(new_state("sw"), stopped=True, pending=(REF,))
DESK = DeskState(
    language="ha",
    stopped=True,
    held=(Held(Inbound("message", "w", (REF,), sent_at=1.0), 1.0, 1),),
)
UNREADABLE = {
    "cut short": to_json(PATIENT)[:-1],
    "a desk cut short": write_desk(DESK)[:-1],
    "no object": "[]",
    "no version": '{"language":"sw","stopped":true}',
    "a desk with other fields": '{"held":[1],"kind":"desk","language":"ha","stopped":true}',
    "a conversation with other fields": '{"language":"sw","pending":7,"stopped":true,"version":2}',
    "empty": "",
}


def test_a_conversation_is_read_as_it_was_written() -> None:
    text = to_json(PATIENT)
    assert stored_state.read(text) == stored_state.conversation(text) == PATIENT
    assert stored_state.speaks(text) == "sw"
    assert stored_state.stopped(text)
    assert said_stop(text)
    assert stored_state.pending(text) == (REF,)


def test_a_desk_is_read_as_it_was_written_and_is_no_conversation() -> None:
    text = write_desk(DESK)
    assert stored_state.read(text) == DESK
    assert stored_state.conversation(text) is None
    assert stored_state.speaks(text) == "ha"
    assert stored_state.stopped(text)
    # What concerns the patients whom a member looks after still comes.
    assert not said_stop(text)
    assert stored_state.pending(text) == (REF,)


def test_a_chat_without_a_state_is_as_new() -> None:
    _as_none(None)


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_state_that_cannot_be_read_is_as_none(text: str) -> None:
    _as_none(text)


def _as_none(text: str | None) -> None:
    assert stored_state.read(text) is None
    assert stored_state.conversation(text) is None
    assert stored_state.speaks(text) == "en"
    assert not stored_state.stopped(text)
    assert not said_stop(text)
    assert stored_state.pending(text) == ()
    assert resting.at_rest(text, works=True) is None
    assert resting.at_rest(text, works=False) is None


@pytest.mark.parametrize("state", [write_desk(DESK), to_json(PATIENT)], ids=["desk", "conversation"])
def test_what_rests_or_was_written_with_spaces_is_read_alike(state: str) -> None:
    for text in (resting.at_rest(state, works=True), json.dumps(json.loads(state))):
        assert text is not None
        read = stored_state.read(text)
        assert isinstance(read, DeskState) is is_desk(state) is is_desk(text)
        assert read is not None
        assert read.stopped


@given(st.text())
def test_words_of_a_person_make_no_desk_of_a_conversation(words: str) -> None:
    for said in (words, '"kind":"desk"', f'{words}","kind":"desk'):
        state = replace(new_state("sw"), answers={"age": said}, whose=(said,), description=(said,))
        text = to_json(state)
        assert stored_state.read(text) == from_json(text) == state


@given(st.text())
def test_a_field_is_looked_for_as_both_writers_write_it(value: str) -> None:
    assert stored_state.written("current", value) in write_desk(replace(DESK, current=value))
    assert stored_state.written("last_ref", value) in to_json(replace(PATIENT, last_ref=value))


@pytest.mark.parametrize("role", ["chw", "clinician"])
def test_the_role_of_a_desk_stands_in_its_text(role: str) -> None:
    text = write_desk(DeskState(role=role))  # type: ignore[arg-type]
    assert (stored_state.written("role", "clinician") in text) is (role == "clinician")
