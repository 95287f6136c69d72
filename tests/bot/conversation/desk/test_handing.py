"""A case is handed to a colleague who is chosen from a list, or named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.conversation.desk import DeskState, read_desk, write_desk
from bot.conversation.desk.events import GiveCase
from bot.conversation.desk.handing import PAGE
from bot.conversation.here import Here
from bot.messages import Attachment, Inbound
from tests.bot.conversation.desk.bench import Bench, keys, shown
from tests.bot.conversation.desk.test_desk import begun, told

THREE = {7: "", 12: "juma", 31: "asha"}
# Shown as asha, 3, 7: the third place is not health worker 3.
COLLIDING = {3: "", 7: "", 31: "asha"}
CHANNELS = ["telegram", "whatsapp", "webchat"]


def labels(bench: Bench) -> list[str]:
    return [str(next(iter(c.label.args.values()), c.label.id)) for c in bench.replies[-1].choices]


def given(bench: Bench) -> list[int]:
    return [effect.member for effect in bench.effects if isinstance(effect, GiveCase)]


def test_the_colleagues_stand_as_buttons_by_the_name_they_chose_or_their_number() -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    assert keys(bench.say(f"{code} hand over")) == ["hand"]
    assert labels(bench) == ["asha", "juma", "7"]
    assert keys(bench.press(f"{code}~hand.31")) == ["handed"]
    assert given(bench) == [31]
    assert "Handed over to asha." in shown(bench.replies[-1])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("typed", "number"), [("1", 31), ("3", 7), ("Juma", 12), ("Health worker 7", 7), ("12", 12)]
)
def test_a_place_of_the_list_a_name_and_a_number_beyond_the_list_are_understood(
    channel: str, typed: str, number: int
) -> None:
    bench = Bench(members=THREE, channel=channel)
    code = told(bench)
    bench.say(f"{code} hand over")
    bench.say(typed)
    assert given(bench) == [number]


@pytest.mark.parametrize("words", ["hand over {} asha", "{} hand over to Asha", "{} hand over 31"])
def test_whom_can_be_said_with_the_word(words: str) -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    bench.say(words.format(code))
    assert given(bench) == [31]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("then", "number"), [("3", 3), ("7", 7), ("1", 3), ("2", 7), ("Health worker 3", 3), ("31", 31)]
)
def test_a_number_that_is_one_colleagues_and_anothers_place_is_asked_about(
    channel: str, then: str, number: int
) -> None:
    bench = Bench(members=COLLIDING, channel=channel)
    code = told(bench)
    bench.say(f"{code} hand over")
    assert labels(bench) == ["asha", "3", "7"]
    assert "The number 3 can mean these two." in shown(bench.say("3"))
    assert labels(bench) == ["3", "7"]
    assert given(bench) == []
    bench.say(then)
    assert given(bench) == [number]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("members", [{1: "", 2: "", 3: "", 31: "asha"}, {2: "", 1: "juma", 31: "asha"}])
def test_no_number_of_a_colleague_hands_a_case_to_another_unasked(
    channel: str, members: dict[int, str]
) -> None:
    for number in members:
        bench = Bench(members=members, channel=channel)
        code = told(bench)
        bench.say(f"{code} hand over")
        bench.say(str(number))
        if not given(bench):
            assert f"{code}~hand.two.{number}" in [c.code for c in bench.replies[-1].choices]
            bench.say(str(number))
        assert given(bench) == [number]


@pytest.mark.parametrize(("channel", "handed"), [("telegram", []), ("webchat", []), ("whatsapp", [4])])
def test_of_the_two_a_place_counts_where_it_is_written_before_them(channel: str, handed: list[int]) -> None:
    """Health worker 1 is none of the two; on WhatsApp a 1 stands before the first of them."""
    bench = Bench(members={1: "", 4: "", 5: "", 31: "asha"}, channel=channel)
    code = told(bench)
    bench.say(f"{code} hand over")
    assert labels(bench) == ["asha", "1", "4", "5"]
    bench.say("4")
    assert labels(bench) == ["4", "5"]
    bench.say("1")
    assert given(bench) == handed


def test_the_names_behind_are_asked_about_as_well() -> None:
    bench = Bench(members=dict.fromkeys([9, *range(100, 109)], ""), channel="whatsapp")
    code = told(bench)
    bench.say(f"{code} hand over")
    bench.say("9")
    assert given(bench) == []
    assert [c.code for c in bench.replies[-1].choices] == [f"{code}~hand.two.9", f"{code}~hand.two.from8"]
    bench.say("2")
    assert labels(bench)[0] == "107"


def test_a_colleagues_number_after_something_else_is_asked_about_too() -> None:
    bench = Bench(members=COLLIDING)
    code = told(bench)
    bench.say(f"{code} hand over")
    bench.hear(Inbound("message", location=(-1.28, 36.82)))
    bench.say("3")
    assert given(bench) == []


def test_a_name_that_nobody_has_gives_nothing_and_shows_the_list() -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    assert keys(bench.say(f"{code} hand over to zuri")) == ["hand"]
    assert labels(bench) == ["asha", "juma", "7"]
    assert given(bench) == []


def test_many_colleagues_are_paged_through_and_each_can_be_reached() -> None:
    bench = Bench(members=dict.fromkeys(range(100, 100 + 2 * PAGE + 3), ""), channel="whatsapp")
    code = told(bench)
    bench.say(f"{code} hand over")
    seen: list[str] = []
    for _ in range(3):
        seen += [c.code for c in bench.replies[-1].choices if ".from" not in c.code]
        further = [n for n, c in enumerate(bench.replies[-1].choices, 1) if ".from" in c.code]
        if further:
            bench.say(str(further[0]))
    assert seen == [f"{code}~hand.{number}" for number in bench.members]
    bench.say("3")
    assert given(bench) == [100 + 2 * PAGE + 2]


def test_where_nobody_else_works_that_is_said_and_no_button_offers_it() -> None:
    bench = Bench(members={})
    code = told(bench)
    assert f"{code}~desk.hand" not in [c.code for c in bench.replies[-1].choices]
    assert "No other health worker" in shown(bench.say(f"{code} hand over"))
    assert given(bench) == []


def test_whoever_left_meanwhile_is_given_nothing() -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    bench.say(f"{code} hand over")
    bench.members = {7: ""}
    assert "No health worker has the number 31" in shown(bench.press(f"{code}~hand.31"))
    assert given(bench) == []


def test_a_number_that_is_typed_after_other_words_hands_nothing_over() -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    bench.say(f"{code} hand over")
    bench.say("she lives behind the market")
    bench.say("12")
    assert given(bench) == []


def a_photograph(bench: Bench) -> None:
    bench.photo("p2", text="new")


def a_forward(bench: Bench) -> None:
    bench.photo("p2", origin="baraka")


def a_forwarded_word(bench: Bench) -> None:
    bench.forward("it itches", "amina")


def a_location(bench: Bench) -> None:
    bench.hear(Inbound("message", location=(-1.28, 36.82)))


def a_voice_message(bench: Bench) -> None:
    bench.hear(Inbound("unusable", unusable="voice", recording=Attachment("v1", "voice")))


def a_sticker(bench: Bench) -> None:
    bench.hear(Inbound("unusable", unusable="sticker"))


def two_messages(bench: Bench) -> None:
    bench.hear(Inbound("message", text="she lives"), Inbound("message", text="behind the market"))


ACTS = [a_photograph, a_forward, a_forwarded_word, a_location, a_voice_message, a_sticker, two_messages]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_number_that_is_typed_after_something_else_came_hands_nothing_over(
    channel: str, act: Callable[[Bench], None]
) -> None:
    bench = Bench(members={**THREE, 4: ""}, channel=channel)
    code = told(bench)
    bench.say(f"{code} hand over")
    act(bench)
    bench.say("12")
    assert given(bench) == []


def test_a_question_that_comes_by_itself_takes_the_place_of_the_list_of_colleagues() -> None:
    bench = Bench(members=THREE, channel="whatsapp")
    code = begun(bench)
    bench.whole_spot(code)
    bench.say(f"{code} hand over")
    bench.found(code, ("NEV", "likely"))
    assert "hand" not in keys(bench.replies[-1:])
    bench.say("31")
    assert given(bench) == []


def test_the_news_of_another_case_leaves_the_list_of_colleagues_open() -> None:
    bench = Bench(members=THREE, channel="whatsapp")
    first = begun(bench, "amina")
    bench.whole_spot(first)
    second = told(bench, "baraka")
    bench.say(f"{second} hand over")
    bench.found(first, ("NEV", "likely"))
    bench.say("12")
    assert given(bench) == [12]


def test_a_desk_stored_while_a_number_was_awaited_takes_it() -> None:
    """As it was before there was a list: nothing stands offered."""
    bench = Bench(members=THREE)
    code = told(bench)
    bench.desk = read_desk(write_desk(bench.desk).replace('"overlay":""', f'"overlay":"hand {code}"'))
    bench.desk = read_desk(write_desk(bench.desk))
    assert bench.desk.overlay == f"hand {code}"
    bench.say("31")
    assert given(bench) == [31]


def test_the_menu_of_a_case_and_the_help_name_it() -> None:
    bench = Bench(members=THREE)
    code = told(bench)
    assert f"{code}~desk.hand" in [c.code for c in bench.replies[-1].choices]
    assert keys(bench.press(f"{code}~desk.hand")) == ["hand"]
    assert "HAND OVER" in shown(bench.say("help"))


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "HAND OVER"),
        ("fr", "REMETTRE"),
        ("es", "ENTREGAR"),
        ("pt", "PASSAR"),
        ("sw", "KABIDHI"),
        ("ar", "تسليم"),
        ("hi", "सौंपो"),
        ("bn", "হস্তান্তর"),
        ("am", "አስተላልፍ"),
        ("ha", "MIKA"),
    ],
)
def test_the_word_that_the_help_names_is_understood(language: str, word: str) -> None:
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    bench.photo("p1", origin="amina")
    (code,) = bench.cases
    bench.say("/help")
    assert word in shown(bench.replies[-1], language)
    assert keys(bench.say(f"{code} {word}")) == ["hand"]
