"""How long it has been there, as data: each answer with its source, and none that speaks for a sign of danger."""

from __future__ import annotations

import pytest

import locales
from bot.clinical import questions, rows

ROW = {
    "key": "days",
    "label": "duration.days",
    "answers": {"weeks4": "no"},
    "source": "made up",
    "tag": "memory",
    "status": "unreviewed",
}


@pytest.mark.parametrize("language", locales.languages())
def test_every_duration_has_a_label_of_its_own_and_a_source_and_is_not_signed_yet(language: str) -> None:
    labels = [locales.render(one.label, language) for one in questions.durations().values()]
    assert len(set(labels)) == len(labels) == 4
    for one in questions.durations().values():
        assert "clinical.md" in one.source
        assert one.status == "unreviewed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"not_healed": "no"}},  # asks a sign of danger: there may be another, older sore
        {"answers": {"no_such_question": "no"}},
        {"answers": {"weeks4": "unknown"}},
        {"answers": ["weeks4"]},
        {"source": ""},
        {"status": "signed"},
        {"more": "x"},
    ],
)
def test_a_row_that_its_schema_does_not_allow_is_refused(wrong: dict[str, object]) -> None:
    document = dict(rows.document("questions.yaml"))
    assert questions.parse_durations({**document, "durations": [ROW]})
    with pytest.raises(rows.BadRow):
        questions.parse_durations({**document, "durations": [{**ROW, **wrong}]})


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(rows.BadRow):
        questions.parse_durations({**dict(rows.document("questions.yaml")), "durations": [ROW, ROW]})


def test_what_was_answered_by_itself_stands_above_the_duration() -> None:
    answers = {"age": "adult", "shape": "rash", "site": "arm", "duration": "weeks", "weeks4": "yes"}
    assert questions.known(answers)["weeks4"] == "yes"
