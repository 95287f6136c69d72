"""Small sealed blobs: what opens them, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sealing import Sealer, SealError, sealed_with

KEYS = {1: bytes(32), 7: bytes(range(32))}


@given(st.binary(), st.text(), st.sampled_from([None, 1, 7]))
def test_what_was_sealed_opens_again(data: bytes, name: str, key_id: int | None) -> None:
    blob = Sealer(KEYS).seal(data, purpose="spool", name=name, key_id=key_id)
    assert sealed_with(blob) == (key_id or 7)
    assert len(blob) == len(data) + 36
    assert Sealer(KEYS).open(blob, purpose="spool", name=name) == data


@given(st.binary(min_size=1), st.data())
def test_one_changed_bit_anywhere_and_it_does_not_open(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(Sealer(KEYS).seal(data, purpose="spool"))
    bit = draw.draw(st.integers(0, 8 * len(blob) - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        Sealer(KEYS).open(bytes(blob), purpose="spool")


@given(st.binary(max_size=80))
def test_what_was_never_sealed_is_said_to_be_no_blob(data: bytes) -> None:
    with pytest.raises(SealError, match=r"expected|not known|does not open"):
        Sealer(KEYS).open(data, purpose="spool")


def test_a_blob_of_another_purpose_or_name_does_not_open() -> None:
    sealer = Sealer(KEYS)
    blob = sealer.seal(b"x", purpose="spool", name="a")
    for purpose, name in (("spool", "b"), ("photograph key", "a"), ("spoola", "")):
        with pytest.raises(SealError, match="was changed or moved"):
            sealer.open(blob, purpose=purpose, name=name)


def test_keys_that_cannot_be_used_are_refused_by_number_and_length() -> None:
    with pytest.raises(SealError, match="expected one or more"):
        Sealer({})
    with pytest.raises(SealError, match="master key 3 has 5 bytes; expected 32"):
        Sealer({3: b"short"})
    with pytest.raises(SealError, match="master key number is 0"):
        Sealer({0: bytes(32)})


def test_the_same_data_never_seals_to_the_same_blob() -> None:
    assert Sealer(KEYS).seal(b"x", purpose="spool") != Sealer(KEYS).seal(b"x", purpose="spool")
