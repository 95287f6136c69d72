from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.placeholders import (
    FSI,
    PDI,
    MissingArgument,
    fill,
    isolate,
    names,
    stray_braces,
    units,
    without_isolates,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@given(st.dictionaries(NAMES, st.text(), max_size=4), st.text(alphabet="ab .,é؟", max_size=20))
def test_every_placeholder_is_replaced_by_exactly_its_value(values: dict[str, str], between: str) -> None:
    sentence = between.join(f"{{{name}}}" for name in values)
    assert fill(sentence, values) == between.join(values.values())


@given(st.text())
def test_any_text_is_either_filled_or_named_as_missing(sentence: str) -> None:
    wanted = names(sentence)
    if wanted:
        with pytest.raises(MissingArgument):
            fill(sentence, {})
    else:
        assert fill(sentence, {}) == sentence


@given(st.text(alphabet="{}ab_A.! ", max_size=12))
def test_a_sentence_without_stray_braces_has_only_placeholders(sentence: str) -> None:
    if not stray_braces(sentence):
        left = fill(sentence, dict.fromkeys(names(sentence), ""))
        assert "{" not in left
        assert "}" not in left


@pytest.mark.parametrize(("value", "direction", "isolated"), [
    ("Moshi", "rtl", True), ("12", "rtl", True), ("مكة", "rtl", False), ("؟", "rtl", False),
    ("Moshi", "ltr", False), ("12", "ltr", False), ("مكة", "ltr", True), ("", "rtl", False),
])  # fmt: skip
def test_only_what_runs_the_other_way_is_isolated(value: str, direction: str, isolated: bool) -> None:
    assert isolate(value, direction) == (f"{FSI}{value}{PDI}" if isolated else value)
    assert without_isolates(isolate(value, direction)) == value


def test_platforms_count_in_their_own_units() -> None:
    assert units("a😀", utf16=True) == 3
    assert units("a😀", utf16=False) == 2
