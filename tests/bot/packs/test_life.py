"""What may happen to a version of a pack."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

import locales
from bot.packs import life
from bot.packs.life import Facts, refusals

READY = Facts("reviewed", edited_by=1, previous=True)


def ids(step: life.Step, facts: Facts, person: int | None = 2) -> list[str]:
    return [reason.id.removeprefix("console.packs.no_") for reason in refusals(step, facts, person)]


def test_a_reviewed_version_without_fault_goes_live_by_a_second_person() -> None:
    assert refusals("activate", READY, 2) == ()


def test_the_last_editor_does_not_make_it_live() -> None:
    assert ids("activate", READY, 1) == ["last_editor"]
    assert ids("activate", READY, None) == ["person"]


@pytest.mark.parametrize("fault", ["problems", "missing", "unread"])
def test_what_the_gate_finds_and_what_tier_1_lacks_stop_the_live_switch(fault: str) -> None:
    assert ids("activate", replace(READY, **{fault: 3})) == [fault]


def test_all_reasons_are_told_at_once() -> None:
    facts = Facts("draft", edited_by=2, problems=1, missing=2, unread=3)
    assert ids("activate", facts, 2) == ["state", "problems", "missing", "unread", "last_editor"]


def test_unread_sentences_do_not_stop_the_check_but_the_review() -> None:
    assert ids("check", Facts("draft", 1, unread=5)) == []
    assert ids("review", Facts("checked", 1, unread=5)) == ["unread"]


def test_live_and_retired_versions_are_never_edited() -> None:
    states: tuple[life.State, ...] = ("draft", "checked", "reviewed", "live", "retired")
    assert [s for s in states if not refusals("edit", Facts(s, 1), 2)] == ["draft", "checked", "reviewed"]


def test_no_step_leads_from_a_draft_or_a_retired_version_to_people() -> None:
    for state, person in product(("draft", "checked", "retired", "live"), (None, 1, 2)):
        assert refusals("activate", replace(READY, state=state), person), state  # type: ignore[arg-type]


def test_going_back_needs_something_to_go_back_to() -> None:
    assert ids("roll_back", Facts("live", 1)) == ["previous"]
    assert ids("roll_back", Facts("live", 1, previous=True), None) == []


def test_every_reason_is_a_sentence_of_the_catalogue() -> None:
    facts = Facts("draft", edited_by=2, problems=1, missing=2, unread=3)
    reasons = (*refusals("activate", facts, 2), *refusals("activate", facts), *refusals("roll_back", facts))
    for reason, code in product(reasons, ("en", "sw", "ar")):
        assert locales.render(reason, code, strict=True)
