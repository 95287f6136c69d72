"""The short form: 120 people over the conversation, some over the real turn, and the simulator's own honesty."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine

from bot.clinical import danger_signs
from bot.messages import Reply, Text, Urgency
from tests.simulator import stages
from tests.simulator.checks import is_go_now
from tests.simulator.hearing import MOMENTS, moment
from tests.simulator.labels import Row, rows
from tests.simulator.people import languages, person
from tests.simulator.phrases import FILES, phrases
from tests.simulator.playing import Played, play, transcript
from tests.simulator.report import LIMITS, interval, table, totals

PEOPLE, SEED = 120, 7
# What was reached on 2026-11-26 with some room for chance: to be moved towards the aims, never away from them.
# Messages: 14.5 in all and 12.1 until the result with the answers of the data set (11.6 without); heard 28 of 29; alarms 1 of 91.
HEARD, MESSAGES, TO_RESULT, ALARMS = 0.88, 15.0, 12.4, 0.02


@cache
def _data() -> tuple[Row, ...]:
    folder = os.environ.get("NGOZI_TEST_DATA")
    return rows(Path(folder)) if folder else ()


@cache
def _town() -> tuple[Played, ...]:
    return tuple(play(person(number, SEED, _data())) for number in range(PEOPLE))


def _with(kind: str) -> str:
    """The talks in which this went wrong, in English."""
    wrong = [p for p in _town() if any(problem.kind == kind for problem in p.problems)]
    return "\n\n".join(transcript(p) for p in wrong[:5])


@pytest.mark.parametrize(
    "kind",
    [
        *("dead end", "urgency fell", "said too much", "case lost", "case mixed"),
        *("said after stop", "reminder", "empty text", "exception"),
    ],
)
def test_in_no_talk(kind: str) -> None:
    wrong = _with(kind)
    assert not wrong, f"\n{wrong}"


def test_signs_said_in_free_text_are_heard_as_often_as_they_were() -> None:
    """The aim is all of them, and it is missed: docs/simulator.md. Here it is held that no fewer are heard."""
    sums = totals(_town())
    assert sums.said > PEOPLE / 8
    assert sums.told / sums.said >= HEARD, _with("sign missed")
    assert sums.pressed_told == sums.pressed


def test_every_talk_ends_in_a_result_go_now_stop_or_silence() -> None:
    ends = {"result", "now", "stop", "deleted", "refused", "silence", "engine"}
    assert {p.end for p in _town()} <= ends
    assert all(p.person.no_engine for p in _town() if p.end == "engine")


def test_a_case_takes_few_messages_and_little_data() -> None:
    sums = totals(_town())
    assert len(sums.ended) > PEOPLE / 2
    # The aim is LIMITS.messages; this town is small, docs/simulator.md has the large one.
    assert sums.mean("to_result") <= TO_RESULT
    assert sums.mean("messages") <= MESSAGES
    assert sums.mean("size_bytes") <= LIMITS.size_bytes


def test_harmless_words_are_hardly_ever_taken_for_danger() -> None:
    sums = totals(_town())
    assert sums.harmless > 30
    # The aim is LIMITS.false_alarms. Of few words one may be wrong.
    assert interval(sums.alarms, sums.harmless)[0] <= ALARMS, [
        (a.sign, a.file) for p in _town() for a in p.alarms
    ]


def test_the_town_is_mixed() -> None:
    assert {p.person.language for p in _town()} == set(languages())
    assert sum(p.told_now is not None for p in _town()) > PEOPLE / 8
    assert sum(bool(p.pressed) for p in _town()) > PEOPLE / 30
    assert len({h for p in _town() for h in p.person.habits}) == 10


def test_the_same_seed_makes_the_same_talk() -> None:
    assert [transcript(p) for p in _town()[:5]] == [
        transcript(play(person(number, SEED, _data()))) for number in range(5)
    ]


def test_people_over_the_real_turn_and_database_fare_the_same(engine: Engine, tmp_path: Path) -> None:
    everybody = [person(number, SEED + 1, _data()) for number in range(16)]
    played, lost = stages.play_all(engine, tmp_path, everybody)
    assert not lost
    wrong = [p for p in played if any(problem.kind != "sign missed" for problem in p.problems)]
    assert not wrong, "\n\n".join(transcript(p) for p in wrong[:5])


def test_every_sign_of_now_has_its_phrases() -> None:
    # D46 is asked of a burn and has no words of its own; smoke that was breathed in is heard as D30.
    now = {s.id for s in danger_signs.all_signs() if s.urgency is Urgency.NOW} - {"D46"}
    for file in FILES:
        for sign in now:
            stated = [p for p in phrases(file) if p.sign == sign and p.states]
            least = 3 if file == "mixed" else 8 if file in ("ar", "en", "sw") else 4
            assert len(stated) >= least, f"{file} {sign}"
    assert sum(not p.sign for file in FILES for p in phrases(file)) >= 100


def test_no_phrase_stands_in_two_lists() -> None:
    for file in FILES:
        texts = [p.text for p in phrases(file)]
        assert len(set(texts)) == len(texts)


def test_the_unseen_half_is_kept_out_of_what_is_printed() -> None:
    unseen = {p.text for file in FILES for p in phrases(file) if p.unseen and p.states}
    said = [p for p in _town() if p.told_now is not None and p.person.said and p.person.said.unseen]
    assert said
    for one in said:
        assert one.person.said is not None
        assert one.person.said.text in unseen
        assert one.person.said.text not in transcript(one)
        assert one.person.said.text in transcript(one, show_unseen=True)


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("age", ["infant", "child", "adult"])
def test_each_moment_is_found_in_every_language(name: str, age: str) -> None:
    for language in languages():
        assert moment(name, language, age).floor is None


def test_the_hand_over_counts_as_go_now_only_for_its_own_sign() -> None:
    handed = Reply((Text("help.danger", {"number": "999"}),))
    assert is_go_now(handed, "D45")
    assert not is_go_now(handed, "D05")
    assert is_go_now(Reply((), (), "now"), "D05")


def test_the_interval_is_wilsons() -> None:
    low, high = interval(3, 10)
    assert (round(low, 3), round(high, 3)) == (0.108, 0.603)
    assert interval(0, 0) == (0.0, 1.0)


def test_the_table_says_what_was_measured() -> None:
    made = table(_town(), (), "made up")
    assert f"of {PEOPLE}" in made
    assert yaml.safe_load(made.split("\n")[2]) == "made up"
