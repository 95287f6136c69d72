"""The weekly summary by itself: how it is stopped and started again, in every language, and when nothing is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import typed
from bot.conversation.desk import Around, DeskState, step
from bot.conversation.desk.events import Summary, WeekEnded, Weekly
from bot.conversation.here import Here
from bot.messages import Text
from tests.bot.conversation.desk.bench import Bench, keys, shown
from tests.bot.conversation.desk.test_desk import told

LANGUAGES = sorted(locales.languages(True))
NOTHING = Summary(0, 0, {}, 0, {}, 0, 0)


def test_it_says_the_counts_and_how_to_stop_it_and_names_no_case() -> None:
    bench = Bench()
    code = told(bench, "amina", ("BCC", "likely"))
    bench.event(WeekEnded(bench.at))
    reply = bench.replies[-1]
    assert reply.key == "week"
    assert "New cases: 3" in shown(reply)
    assert "WEEK OFF" in shown(reply)
    assert code not in shown(reply)
    assert "WEEK OFF" not in shown(bench.say("week"))


def test_it_changes_nothing_of_the_question_that_stands_open() -> None:
    bench = Bench()
    bench.photo("f1", origin="user:amina")
    (code,) = bench.open_codes()
    bench.event(WeekEnded(bench.at))
    assert keys(bench.say("1")) == ["age"]
    assert bench.cases[code].state.consent == "yes"


@pytest.mark.parametrize("numbers", [NOTHING, None])
def test_a_week_without_a_case_is_not_spoken_of(numbers: Summary | None) -> None:
    done = step(DeskState(language="en"), WeekEnded(1.0), {}, Around((), week=numbers))
    assert done.replies == ()


@pytest.mark.parametrize("numbers", [replace(NOTHING, open=1), replace(NOTHING, closed=1), replace(NOTHING, opened=1)])  # fmt: skip
def test_one_case_is_enough(numbers: Summary) -> None:
    assert len(step(DeskState(language="en"), WeekEnded(1.0), {}, Around((), week=numbers)).replies) == 1


def test_whoever_wrote_stop_is_not_written_to() -> None:
    bench = Bench()
    told(bench)
    bench.say("stop")
    before = len(bench.replies)
    bench.event(WeekEnded(bench.at))
    assert bench.replies[before:] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_its_sentences_name_stop_it_and_start_it(language: str) -> None:
    bench = Bench(desk=DeskState(language=language, here=Here(channel="telegram"), notice_in=language))
    told(bench)
    for listed, wanted in (("desk_week_off", False), ("desk_week_on", True)):
        for phrase in locales.words(f"words.{listed}", language):
            assert keys(bench.say(phrase)) == [f"week_{'on' if wanted else 'off'}"], phrase
            assert bench.effects[-1] == Weekly(wanted)
    assert keys(bench.say("/week_off")) == ["week_off"]
    named = {
        "desk.week.by_itself": ["desk_week_off"],
        "desk.week.on": ["desk_week_off"],
        "desk.week.off": ["desk_week", "desk_week_on"],
    }
    for message, lists in named.items():
        sentence = locales.normalise(locales.render(Text(message), language))
        words = sentence.split()
        pieces = [" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
        for listed in lists:
            assert any(typed.is_word(listed, piece, language) for piece in pieces), (message, listed)
