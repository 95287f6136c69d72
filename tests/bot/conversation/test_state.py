from __future__ import annotations

import json

import pytest

from bot.conversation import BadState, course, from_json, new_state, state, to_json


def test_fields_of_a_newer_version_are_left_out_and_missing_ones_take_their_defaults():
    read = from_json('{"version": 7, "language": "sw", "invented": {"a": 1}}')
    assert read == new_state("sw")


def test_an_older_version_is_migrated_step_by_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state, "VERSION", 3)
    monkeypatch.setitem(state._MIGRATIONS, 1, lambda read: {**read, "language": read["tongue"]})
    monkeypatch.setitem(state._MIGRATIONS, 2, lambda read: {**read, "consent": "yes"})
    read = from_json('{"version": 1, "tongue": "ar"}')
    assert (read.language, read.consent, read.version) == ("ar", "yes", 3)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": "1"}', '{"version": 1, "floor": "soon"}', '{"version": 0}']
)
def test_what_is_no_state_is_refused(text: str):
    with pytest.raises(BadState):
        from_json(text)


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
