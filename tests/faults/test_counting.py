"""The counter of the fault harness sees what it is there to see: a loss, a double, a swap, a wrong word, a lost photograph."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import locales
from locales import Text
from tests.faults.counting import Told, Verdict, judge, matched
from tests.faults.harness import Counts, Logs, Scenario

ASK = "Do you agree?\n\n1. Yes\n2. No\n\nAnswer with a number, or write your own words."
AGE = (
    "Thank you.\n\nHow old are you?\n\n1. A child\n2. Older\n\nAnswer with a number, or write your own words."
)
LAST = locales.render(Text("question.elevation"), "en") + "\n\n1. Yes\n2. No"
LONGER = locales.render(Text("findings.takes_longer"), "en")
SHOULD = [ASK, AGE, LAST, "It may be a mole.", "Can others catch it? No."]


def twilio(texts: list[str]) -> list[Told]:
    return [Told(text, f"r{n}-0") for n, text in enumerate(texts)]


def telegram(texts: list[str]) -> list[Told]:
    return [Told(text) for text in texts]


BOTH = pytest.mark.parametrize("told", [twilio, telegram])


@BOTH
def test_what_arrived_once_and_in_order_is_right(told):
    assert judge(told(SHOULD), SHOULD) == Verdict(once=5)


@BOTH
@pytest.mark.parametrize("lost", range(5))
@pytest.mark.parametrize("album", [False, True])
def test_a_lost_reply_is_seen(told, lost: int, album: bool):
    found = judge(told(SHOULD[:lost] + SHOULD[lost + 1 :]), SHOULD, album=album)
    assert (found.missing, found.split) == (1, False)
    assert found.difference


@BOTH
@pytest.mark.parametrize("album", [False, True])
def test_a_lost_reply_is_seen_behind_a_doubled_one_and_behind_the_same_text_elsewhere(told, album: bool):
    entries = told(SHOULD)
    assert judge([entries[0], *entries[:3], *entries[4:]], SHOULD, album=album).missing == 1
    again = [*SHOULD, ASK]
    assert judge(told(SHOULD), again, album=album).missing == 1


@BOTH
@pytest.mark.parametrize("at", range(5))
def test_a_doubled_reply_is_counted_and_nothing_else(told, at: int):
    entries = told(SHOULD)
    assert judge(entries[: at + 1] + entries[at:], SHOULD) == Verdict(once=5, doubles=1)


def test_a_double_that_comes_later_is_known_on_whatsapp_and_wrong_on_telegram():
    entries = twilio(SHOULD)
    assert judge([*entries, entries[1]], SHOULD) == Verdict(once=5, doubles=1)
    found = judge([*telegram(SHOULD), Told(SHOULD[1])], SHOULD)
    assert (found.doubles, found.wrong) == (0, 1)


def test_on_whatsapp_two_replies_with_one_text_are_no_double():
    """Seen in a full run: albums that came apart in the first step were counted as six doubles."""
    entries = [Told(ASK, "a-0"), Told(ASK, "b-0"), *twilio(SHOULD)[1:]]
    found = judge(entries, SHOULD, album=True)
    assert (found.doubles, found.split, found.missing, found.wrong) == (0, True, 0, 0)
    assert judge(entries, SHOULD).wrong == 1


@BOTH
@pytest.mark.parametrize("album", [False, True])
@pytest.mark.parametrize("at", range(4))
def test_swapped_replies_are_seen(told, album: bool, at: int):
    texts = [*SHOULD[:at], SHOULD[at + 1], SHOULD[at], *SHOULD[at + 2 :]]
    found = judge(told(texts), SHOULD, album=album)
    assert (found.out_of_order, found.missing, found.wrong) == (True, 0, 0)


@BOTH
@pytest.mark.parametrize("album", [False, True])
def test_a_wrong_reply_is_seen_in_place_of_one_and_beside_all(told, album: bool):
    found = judge(told([*SHOULD[:3], "It may be something else.", SHOULD[4]]), SHOULD, album=album)
    assert (found.missing, found.wrong) == (1, 1)
    found = judge(told([*SHOULD[:3], "Something broke here.", *SHOULD[3:]]), SHOULD, album=album)
    assert (found.missing, found.wrong, found.split) == (0, 1, False)


@BOTH
def test_an_album_that_came_apart_may_only_ask_again_what_is_open(told):
    again = "I have your 2 photos.\n\n" + AGE.partition("\n\n")[2]
    assert judge(told([ASK, AGE, again, *SHOULD[2:]]), SHOULD, album=True).split
    assert not judge(told([ASK, again, AGE, *SHOULD[2:]]), SHOULD, album=True).split
    three = [f"I have your {n} photos.\n\n" + AGE.partition("\n\n")[2] for n in (2, 3, 4)]
    assert not judge(told([ASK, AGE, *three, *SHOULD[2:]]), SHOULD, album=True).split


@BOTH
def test_the_word_on_a_long_wait_may_be_said_once_and_only_while_somebody_waits(told):
    found = judge(told([*SHOULD[:3], LONGER, *SHOULD[3:]]), SHOULD)
    assert (found.waits, found.wrong, found.once) == (1, 0, 5)
    elsewhere = [[LONGER, *SHOULD], [*SHOULD[:4], LONGER, SHOULD[4]]]
    assert [judge(told(texts), SHOULD).wrong for texts in elsewhere] == [1, 1]


def test_said_twice_it_is_wrong_on_whatsapp_and_a_double_on_telegram():
    texts = [*SHOULD[:3], LONGER, LONGER, *SHOULD[3:]]
    assert judge(twilio(texts), SHOULD).wrong == 1
    assert judge(telegram(texts), SHOULD).doubles == 1


def test_a_lost_photograph_is_seen_though_every_reply_came():
    found = judge(
        twilio(SHOULD), SHOULD, album=True, sent_photos=["a", "b", "c"], kept_photos=["a", "c", "x"]
    )
    assert found.photos_lost == 1


def test_somebody_is_only_answered_when_the_answer_itself_came():
    assert matched(telegram([ASK, "Something broke here."]), SHOULD) == 1
    assert matched(telegram([ASK, ASK, AGE]), SHOULD) == 2
    assert matched(telegram([AGE, ASK]), SHOULD) == 1


@pytest.mark.parametrize(
    "fault",
    ["missing", "wrong", "out_of_order", "unanswered_people", "doubles_whatsapp", "photos_lost"],
)
def test_every_fault_alone_makes_a_run_bad(fault: str):
    good = Counts(Scenario("kills", "production", 4, kills=3), kills=3)
    assert good.good
    assert not dataclasses.replace(good, **{fault: 1}).good


def test_a_run_without_its_kills_proves_nothing_and_duplicates_alone_double_nothing():
    assert not Counts(Scenario("kills", "production", 4, kills=3), kills=2).good
    assert Counts(Scenario("kills", "production", 4, kills=3), kills=3, doubles_telegram=1).good
    assert not Counts(Scenario("duplicates", "embedded", 4), doubles_telegram=1).good


def test_the_logs_are_read_as_they_grow_and_half_a_line_waits_for_its_end(tmp_path: Path):
    telegram_log, twilio_log = tmp_path / "telegram.jsonl", tmp_path / "twilio.jsonl"
    logs = Logs(telegram_log, twilio_log)
    assert logs.told("5") == []
    lines = [
        {"event": "sendMessage", "chat": "5", "text": "one"},
        {"event": "file", "file_id": "f1"},
        {"event": "sendMessage", "chat": "6", "text": "other"},
        {"event": "sendMessage", "chat": "5", "text": "two"},
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines)
    telegram_log.write_text(data[:-9])
    assert logs.told("5") == [Told("one")]
    telegram_log.write_text(data)
    twilio_log.write_text(
        json.dumps({"event": "accepted", "to": "w", "body": "three", "reply": "u-0"})
        + "\n"
        + json.dumps({"event": "pushed", "sid": "MM1", "from": "w", "body": ""})
        + "\n"
        + json.dumps({"event": "deleted", "sid": "MM1", "media": "ME1"})
        + "\n"
    )
    assert logs.told("5") == [Told("one"), Told("two")]
    assert logs.told("w") == [Told("three", "u-0")]
    assert logs.kept_photos() == {"f1", "MM1"}
    assert logs.pushed_photos("w") == {"MM1"}
