from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import BadState, course, from_json, new_state, state, to_json
from bot.conversation.desk import DeskState, read_desk, write_desk
from bot.conversation.here import Here
from bot.messages import Condition, Findings, Urgency


def test_fields_of_a_newer_version_are_left_out_and_missing_ones_take_their_defaults():
    read = from_json('{"version": 7, "language": "sw", "invented": {"a": 1}}')
    assert read == new_state("sw")


def test_an_older_version_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state, "VERSION", 3)
    monkeypatch.setitem(state._MIGRATIONS, 1, lambda read: {**read, "language": read["tongue"]})
    monkeypatch.setitem(state._MIGRATIONS, 2, lambda read: {**read, "consent": "yes"})
    read = from_json('{"version": 1, "tongue": "ar"}')
    assert (read.language, read.consent, read.version) == ("ar", "yes", 3)


def test_the_facts_of_the_deployment_are_stored_among_the_other_fields_and_read_back() -> None:
    here = Here(
        "whatsapp",
        unreviewed=False,
        emergency="112",
        crisis_line="116",
        violence_line="117",
        photo_days=90,
    )
    for kept, write, read in (
        (replace(new_state("sw"), here=here), to_json, from_json),
        (DeskState(here=here), write_desk, read_desk),
    ):
        stored = json.loads(write(kept))  # type: ignore[operator]
        assert "here" not in stored
        assert {name: stored.pop(name) for name in asdict(here)} == {
            "channel": "whatsapp",
            "unreviewed": False,
            "emergency": "112",
            "crisis_line": "116",
            "violence_line": "117",
            "photo_days": 90,
        }
        # No other field bears one of these names, and without them a state is read all the same.
        assert set(stored) == {f.name for f in fields(kept)} - {"here"}  # type: ignore[arg-type]
        assert read(json.dumps(stored)) == replace(kept, here=Here())  # type: ignore[type-var]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": "1"}', '{"version": 1, "floor": "soon"}', '{"version": 0}']
)
def test_what_is_no_state_is_refused(text: str):
    with pytest.raises(BadState):
        from_json(text)


@given(
    st.integers(1, 2**31),
    st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=5),
    st.lists(st.text(max_size=8), max_size=3),
    st.text(max_size=20),
    st.sampled_from(["", "yes", "no"]),
)
def test_a_glance_sees_what_a_reader_reads(version, answers, photos, odd, consent):  # type: ignore[no-untyped-def]
    # Whatever a person wrote: also the very words that are looked for.
    answers = {**answers, 'a","case_version":7': odd, "x": '"case_version":9'}
    whole = replace(
        new_state("sw", version),
        answers=answers,
        photos=tuple(photos),
        earlier_photos=(odd,),
        consent=consent,
        description=('"case_version":5',),
        findings=Findings((Condition("MEL", "possible"),), Urgency.WEEK, details={"case_version": 3}),
    )
    text = to_json(whole)
    seen = state.glance(text)
    assert state.case_version_of(text) == from_json(text).case_version == version
    assert (seen.consent, seen.photos, seen.earlier_photos) == (consent, tuple(photos), (odd,))
    assert seen.answers == from_json(text).answers


def test_a_glance_at_an_older_version_sees_what_was_made_of_it():
    told = {"age": "adult", "group1": "none"}
    old = json.dumps(
        {"version": 1, "consent": "yes", "answers": told, "case_version": 4, "told": 4, "photos": ["p"]}
    )
    seen = state.glance(old)
    assert seen.answers == from_json(old).answers != told
    assert (seen.photos, state.case_version_of(old)) == (("p",), 4)
    assert state.case_version_of("{}") == new_state().case_version
    for text in ("", "[]", '{"version": 0}', '{"version": 2, "photos": 3}'):
        with pytest.raises(BadState):
            state.glance(text)


def test_the_json_is_stable():
    assert to_json(new_state("en")) == to_json(new_state("en"))
    assert json.loads(to_json(new_state()))["version"] == state.VERSION


def test_a_case_that_was_past_the_newer_questions_is_not_thrown_back_to_them():
    told = {"age": "adult", "group1": "none", "group2": "none", "group3": "none", "shape": "rash"}
    old = {"version": 1, "language": "en", "consent": "yes", "answers": told, "case_version": 2, "told": 2}
    # A rash had been sent on; it is a result still, and the rules do not begin to ask.
    assert course.part(from_json(json.dumps(old))) == "findings"
    wound = {**old, "answers": {**told, "shape": "wound"}}
    assert course.part(from_json(json.dumps(wound))) == "wound"
    assert course.part(from_json(json.dumps({**old, "told": 1}))) == "site"
    spot = {
        **told,
        "shape": "spot",
        "site": "back",
        "skin": "2",
        "changed": "no",
        "bleed": "no",
        "elevation": "no",
    }
    asked = {**old, "answers": spot, "told": 0, "requested": 2, "photos": ["p"]}
    assert course.part(from_json(json.dumps(asked))) == "waiting"
    baby = {**old, "answers": {"age": "infant", "group1": "none", "group2": "none", "group3": "none"}}
    assert course.part(from_json(json.dumps(baby))) == "infant"


def test_a_state_from_before_the_language_model_reads_as_one_that_awaits_nothing():
    old = json.loads(to_json(new_state("en", 3)))
    for name in ("described", "asked", "asked_at"):
        del old[name]
    assert from_json(json.dumps(old)) == new_state("en", 3)
