"""Addresses of media: only ours open, only for an hour, and any change breaks them."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from bot.media.address import GOOD_FOR_S, Named, read_token, token, url

KEYS = {1: bytes(range(32)), 2: bytes(range(1, 33))}
NOW = 1_800_000_000.0
PHOTO = Named("photo", "ab" * 16)

names = st.builds(
    Named,
    st.sampled_from(["photo", "voice"]),
    st.binary(min_size=16, max_size=16).map(bytes.hex),
    st.integers(0, 255),
)


@given(names, st.floats(0, GOOD_FOR_S - 1))
def test_a_token_opens_to_what_it_was_made_for_within_the_hour(named: Named, later_s: float) -> None:
    assert read_token(KEYS, token(KEYS, named, NOW), NOW + later_s) == named


@given(names)
def test_an_hour_later_it_opens_to_nothing(named: Named) -> None:
    assert read_token(KEYS, token(KEYS, named, NOW), NOW + GOOD_FOR_S + 1) is None


@given(st.data())
def test_a_token_with_one_letter_changed_opens_to_nothing(data: st.DataObject) -> None:
    made = token(KEYS, PHOTO, NOW)
    at = data.draw(st.integers(0, len(made) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    changed = made[:at] + letter + made[at + 1 :]
    # The last letter holds two bits that base64 does not use.
    if changed != made and at < len(made) - 1:
        assert read_token(KEYS, changed, NOW) is None


@given(st.text(max_size=300))
def test_no_other_text_is_a_token(text: str) -> None:
    assert read_token(KEYS, text, NOW) is None


def test_another_servers_token_opens_to_nothing_and_a_rotation_breaks_none() -> None:
    assert read_token(KEYS, token({1: os.urandom(32)}, PHOTO, NOW), NOW) is None
    old = token({1: KEYS[1]}, PHOTO, NOW)
    assert read_token(KEYS, old, NOW) == PHOTO


def test_without_a_public_address_there_is_none() -> None:
    assert url("", KEYS, PHOTO, NOW) == ""
    assert url("https://ngozi.example/", KEYS, PHOTO, NOW).startswith("https://ngozi.example/media/")
