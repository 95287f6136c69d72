"""Text as it comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from model.spoken import Spoken

LETTERS = "ab#é"


def decode(ids: list[int]) -> str:
    """Bytes: é takes two ids, so that an answer can end within a letter."""
    return bytes(ids).decode("utf-8", errors="replace")


@given(st.text(LETTERS, max_size=20), st.lists(st.text(LETTERS, min_size=1, max_size=3), max_size=3))
def test_the_pieces_are_the_text_and_the_text_ends_before_the_first_stop(said: str, stops: list[str]) -> None:
    spoken = Spoken(decode, (), stops, stream=True)
    pieces = []
    for token in said.encode():
        pieces.append(spoken.push(token))
        if spoken.stopped:
            break
    pieces.append(spoken.rest())
    # The answer is over as soon as any stop is whole, which is not always the one that begins first.
    ends = [(said.find(stop) + len(stop), said.find(stop)) for stop in stops if stop in said]
    first = min((end for end, _ in ends), default=None)
    expected = said if first is None else said[: min(at for end, at in ends if end == first)]
    assert "".join(pieces) == spoken.text == expected
    assert spoken.stopped == bool(ends)


@given(
    st.lists(st.integers(97, 99), max_size=20),
    st.lists(st.lists(st.integers(97, 99), min_size=1, max_size=3), max_size=2),
)
def test_stop_sequences_of_ids_are_in_the_ids_and_not_in_the_text(
    said: list[int], stops: list[list[int]]
) -> None:
    spoken = Spoken(decode, stops, (), stream=True)
    pieces = []
    for token in said:
        pieces.append(spoken.push(token))
        if spoken.stopped:
            break
    pieces.append(spoken.rest())
    ended = [stop for stop in stops if spoken.ids[-len(stop) :] == stop]
    assert spoken.stopped == bool(ended)
    cut = max((len(stop) for stop in ended), default=0)
    assert "".join(pieces) == spoken.text == decode(spoken.ids[: len(spoken.ids) - cut])


def test_nobody_listening_costs_no_decoding() -> None:
    calls: list[list[int]] = []

    def counted(ids: list[int]) -> str:
        calls.append(ids)
        return decode(ids)

    spoken = Spoken(counted, ((35,),), (), stream=False)
    assert [spoken.push(i) for i in b"ab#"] == ["", "", ""]
    assert calls == []
    assert spoken.stopped
    assert spoken.text == "ab"
