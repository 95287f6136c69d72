"""A code is found however it is typed, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.casework import codes

made = st.builds(
    lambda letter, digit, tail: f"{letter}{digit}-{''.join(tail)}",
    st.sampled_from(codes.LETTERS),
    st.sampled_from(codes.DIGITS),
    st.lists(st.sampled_from(codes.DIGITS), min_size=2, max_size=4),
)
ARABIC = {ord(str(n)): chr(0x660 + n) for n in range(10)}


@given(made, st.sampled_from(["-", "", " ", "–", " - ", "_", "\u200e-"]), st.booleans(), st.booleans())
def test_a_typed_code_is_found_with_the_rest_of_the_words(
    code: str, dash: str, small: bool, arabic: bool
) -> None:
    typed = code.replace("-", dash if dash != " - " else " -")
    typed = typed.lower() if small else typed
    typed = typed.translate(ARABIC) if arabic else typed
    assert codes.found_in(f"{typed} better") == [(code, "better")]
    assert codes.found_in(f"photo of {typed}, please") == [(code, "photo of , please")]


@given(st.lists(made, min_size=2, max_size=2, unique=True))
def test_two_codes_in_one_message_are_two(two: list[str]) -> None:
    assert [code for code, _ in codes.found_in(f"{two[0]} and {two[1]}")] == two


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it itches",
        "7 days",
        "K7",
        "K742X",
        "XK7-42",
        "+255 700 000 001",
        "12-34",
        "KK-42",
        "ß7-42",
        "K7-4",
        "K7-123456",
    ],
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert codes.found_in(text) == []


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for code, rest in codes.found_in(text):
        assert len(code) in range(5, 9)
        assert len(rest) <= len(text)


def test_codes_grow_before_half_of_them_are_taken() -> None:
    assert codes.width_for(0) == codes.width_for(codes.SPACE // 2 - 1) == 2
    assert codes.width_for(codes.SPACE // 2) == 3
    assert codes.width_for(codes.SPACE * 4) == 4
    assert all(codes.found_in(codes.fresh(width)) for width in (2, 3, 4))
