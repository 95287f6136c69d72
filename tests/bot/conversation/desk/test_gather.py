"""Which case an item belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.desk.gather import TOGETHER_S, Ask, Into, New, OpenCase, gather
from bot.messages import Attachment, Inbound

HOUR = TOGETHER_S
A = OpenCase("A2-22", 100.0, "amina", 100.0)
B = OpenCase("B3-33", 200.0, "baraka", 200.0)
C = OpenCase("C4-44", 300.0)


def cases(*listed: OpenCase) -> dict[str, OpenCase]:
    return {c.code: c for c in listed}


def forward(origin: str = "", text: str = "", photo: bool = False) -> Inbound:
    attachments = (Attachment("p"),) if photo else ()
    return Inbound("message", text=text, attachments=attachments, forwarded=True, forwarded_from=origin)


def own(text: str = "", photo: bool = False) -> Inbound:
    return Inbound("message", text=text, attachments=(Attachment("p"),) if photo else ())


@pytest.mark.parametrize(
    ("why", "item", "at", "open_", "more", "place"),
    [
        ("no case is open", own(photo=True), 400, (), {}, New()),
        ("a code wins over the origin", forward("amina", "b3-33 look"), 400, (A, B), {}, Into("B3-33")),
        ("a code of nobody's case is no code", forward("amina", "K9-99"), 400, (A, B), {}, Into("A2-22")),
        ("the same origin within the hour", forward("baraka"), 200 + HOUR, (A, B), {}, Into("B3-33")),
        ("the same origin after the hour", forward("amina"), 101 + HOUR, (A, B), {}, Ask(("A2-22", "B3-33"))),
        ("a new origin where all are known", forward("zuri"), 400, (A, B), {}, New()),
        ("a new origin may be an unknown one", forward("zuri"), 400, (A, C), {}, Ask(("C4-44", "A2-22"))),
        ("nobody knows whose it is", forward(), 400, (A,), {}, Ask(("A2-22",))),
        ("a photograph for the open question", own(photo=True), 400, (A, B), {"current": "A2-22", "question_open": True}, Into("A2-22")),
        ("a photograph after the answer", own(photo=True), 400, (A, B), {"current": "A2-22"}, Ask(("A2-22", "B3-33"))),
        ("words after the answer", own("catching?"), 400, (A, B), {"current": "A2-22"}, Into("A2-22")),
        ("words with no case at hand", own("hm"), 400, (A, B), {}, Ask(("B3-33", "A2-22"))),
        ("a forward does not answer the open question", forward(text="yes"), 400, (A,), {"current": "A2-22", "question_open": True}, Ask(("A2-22",))),
    ],
)  # fmt: skip
def test_the_rules_in_their_order(
    why: str, item: Inbound, at: float, open_: tuple[OpenCase, ...], more: dict[str, object], place: object
) -> None:
    assert gather(item, at, cases(*open_), **more) == place, why  # type: ignore[arg-type]


def test_a_case_just_opened_by_a_word_takes_the_first_forward() -> None:
    fresh = OpenCase("D5-55", 300.0, empty=True)
    assert gather(forward(), 310, cases(A, fresh), current="D5-55") == Into("D5-55")
    assert gather(forward(), 301 + HOUR, cases(A, fresh), current="D5-55") == Ask(("D5-55", "A2-22"))


def test_a_sender_with_two_patients_is_asked_about() -> None:
    twin = OpenCase("E6-66", 150.0, "amina", 150.0)
    assert gather(forward("amina"), 200, cases(A, twin)) == Ask(("E6-66", "A2-22"))


OPEN = st.lists(
    st.builds(
        OpenCase,
        code=st.sampled_from(["A2-22", "B3-33", "C4-44", "D5-55"]),
        touched_at=st.floats(0, 1e5),
        origin=st.sampled_from(["", "amina", "baraka"]),
        origin_at=st.floats(0, 1e5),
        empty=st.booleans(),
    ),
    max_size=4,
)
ITEMS = st.builds(
    Inbound,
    kind=st.just("message"),
    text=st.sampled_from(["", "better", "a2-22 better", "C4-44"]),
    attachments=st.sampled_from([(), (Attachment("p"),)]),
    forwarded=st.booleans(),
    forwarded_from=st.sampled_from(["", "amina", "zuri"]),
)


@given(
    item=ITEMS,
    at=st.floats(0, 2e5),
    open_=OPEN,
    current=st.sampled_from(["", "A2-22", "Z9-99"]),
    asks=st.booleans(),
)
def test_an_item_lands_in_an_open_case_a_new_one_or_is_asked_and_a_code_always_wins(
    item: Inbound, at: float, open_: list[OpenCase], current: str, asks: bool
) -> None:
    known = cases(*open_)
    place = gather(item, at, known, current=current, question_open=asks)
    match place:
        case Into(code):
            assert code in known
        case Ask(likely):
            assert likely
            assert set(likely) <= set(known)
            assert len(set(likely)) == len(likely) <= 3
        case New():
            assert not known or item.forwarded
    for code in ("A2-22", "C4-44"):
        if code.lower() in item.text.lower() and code in known:
            assert place == Into(code)
