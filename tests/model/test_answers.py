"""Answers as people and tables write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import answers


@pytest.mark.parametrize("value", ["yes", "Yes", "TRUE", "1", " y ", True, 1])
def test_every_spelling_of_yes_is_yes(value: object) -> None:
    assert answers.yes_no("itch", value) is True


@pytest.mark.parametrize("value", ["no", "NO", "False", "0", "n", False, 0])
def test_every_spelling_of_no_is_no(value: object) -> None:
    assert answers.yes_no("itch", value) is False


@pytest.mark.parametrize(
    "value", ["", None, "UNK", "unknown", "don't know", "don’t know", "dont_know", float("nan"), "nan"]
)
def test_blank_unk_and_dont_know_mean_not_asked(value: object) -> None:
    assert answers.yes_no("itch", value) is None
    assert answers.read({"itch": value, "age": value, "site": value, "skin_type": value}) == answers.Answers()


@given(st.text(max_size=12))
def test_another_word_is_refused_with_key_value_and_expectation(word: str) -> None:
    try:
        read = answers.yes_no("bleed", word)
    except answers.AnswerError as error:
        assert "bleed" in str(error)
        assert repr(word) in str(error)
        assert "expected" in str(error)
    else:
        assert read in (True, False, None)


@pytest.mark.parametrize("value", ["-1", "121", "old", "inf", "1e9"])
def test_an_age_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(answers.AnswerError, match="age is"):
        answers.age(value)


def test_region_and_site_are_one_question_and_site_wins() -> None:
    assert answers.read({"region": "FOREARM"}).site == "forearm"
    assert answers.read({"site": "nose", "region": "BACK"}).site == "nose"
    assert answers.read({"site": "", "region": "BACK"}).site == "back"


def test_a_site_that_was_never_learned_counts_as_not_asked() -> None:
    assert answers.read({"site": "somewhere"}).site is None


def test_every_learned_site_is_understood_in_capitals_too() -> None:
    for name in answers.SITES:
        assert answers.site(name.upper()) == name


@pytest.mark.parametrize(
    ("value", "group"), [("5_6", "5_6"), ("1-4", "1_4"), ("6", "5_6"), ("4.0", "1_4"), (5, "5_6")]
)
def test_skin_types_five_and_six_are_one_group(value: object, group: str) -> None:
    assert answers.skin_type(value) == group


def test_a_table_with_a_typing_error_loses_that_answer_only() -> None:
    known, notes = answers.read_leniently({"itch": "maybe", "bleed": "yes", "age": "sixty"})
    assert dict(known.symptoms) == {"bleed": True}
    assert known.age_years is None
    assert len(notes) == 2
    assert "maybe" in " ".join(notes)
