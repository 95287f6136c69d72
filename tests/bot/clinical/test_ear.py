"""The second listener hears words that no list has, takes nothing back, and cannot overrule a denial."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from bot.clinical import alarms, ear
from bot.clinical.alarms import Heard, Reading, joined
from bot.clinical.danger_signs import all_signs
from bot.clinical.grams import PLACES, traits
from bot.clinical.matching import read
from bot.messages import Urgency

SURE, HALF = 1.2, 0.5


def reading(**given: object) -> Reading:
    """A reading of a text in which the lists hear nothing, but for what is given."""
    return replace(Reading(), **given)  # type: ignore[arg-type]


def test_it_was_taught_every_sign_that_means_now_in_ten_languages() -> None:
    now = {s.id for s in all_signs() if s.urgency is Urgency.NOW} - {"D45"}
    assert len(ear.languages()) == 10
    assert all({*ear.ear(code).signs} == now | {"die", "hurt"} for code in ear.languages())


@pytest.mark.parametrize("code", sorted(ear.languages()))
def test_a_language_weighs_at_most_300_kilobytes(code: str) -> None:
    one = ear.ear(code)
    assert one.weights.nbytes + one.scale.nbytes + one.bias.nbytes <= 300_000


def test_what_it_is_sure_of_is_stated_and_what_it_may_have_heard_is_asked() -> None:
    assert joined(reading(scores={"D05": SURE})).stated == ("D05",)
    assert joined(reading(scores={"D05": HALF})) == Heard(hinted=("D05",))
    assert joined(reading(scores={"D05": -0.1})) == Heard()


def test_a_denied_sign_is_never_stated_by_it() -> None:
    denied = frozenset({"D05", "die"})
    assert joined(reading(scores={"D05": SURE, "die": SURE}, denied=denied)) == Heard(hinted=("D05",))
    assert joined(reading(scores={"D05": HALF}, denied=denied)) == Heard()


def test_where_anything_looks_like_a_denial_or_a_question_it_only_asks() -> None:
    assert joined(reading(scores={"D05": SURE, "hurt": SURE}, unsure=True)) == Heard(hinted=("D05",))


def test_what_the_lists_hear_stays() -> None:
    heard = Heard(stated=("D05",), hinted=("D33",), harm="hurt", other=True)
    after = joined(reading(heard=heard, scores={"D05": -3.0, "D33": -3.0, "hurt": -3.0, "die": SURE}))
    assert after == heard


def test_a_sign_that_the_lists_only_speak_of_is_stated_where_it_is_sure() -> None:
    after = joined(reading(heard=Heard(hinted=("D33", "D05")), scores={"D05": SURE}))
    assert (after.stated, after.hinted) == (("D05",), ("D33",))


def test_who_wants_to_die_is_handed_over_only_where_it_is_sure() -> None:
    assert joined(reading(scores={"die": SURE})).harm == "die"
    assert joined(reading(scores={"die": HALF})) == Heard()


def test_two_signs_at_most_are_asked_about_the_likeliest_first() -> None:
    scores = {"D05": 0.3, "D06": 0.9, "D07": 0.6}
    assert joined(reading(scores=scores)).hinted == ("D06", "D07")


def test_only_its_first_choice_is_stated_or_handed_over() -> None:
    after = joined(reading(scores={"D05": 1.4, "hurt": 1.3, "D06": SURE}))
    assert after == Heard(stated=("D05",), hinted=("D06",))


def test_a_sore_leg_is_not_taken_for_violence() -> None:
    assert alarms.hear("his leg is hot and swollen and very sore", "adult", "en").harm == ""


def test_where_the_lists_state_a_sign_of_today_it_only_asks_of_one_of_now() -> None:
    after = joined(reading(heard=Heard(stated=("D14",)), scores={"D13": SURE, "D12": HALF}))
    assert after == Heard(stated=("D14",), hinted=("D13",))


def test_where_the_lists_know_what_is_spoken_of_nothing_more_is_asked() -> None:
    assert joined(reading(heard=Heard(hinted=("D25",)), scores={"D08": HALF})).hinted == ("D25",)


@pytest.mark.parametrize(
    ("text", "language"), [("A bite, sting or scratch", "en"), ("Mordedura, picadura o arañazo", "es")]
)
def test_a_button_of_ours_that_is_typed_tells_it_nothing(text: str, language: str) -> None:
    assert alarms.reading(text, "", language).scores == {}


def test_signs_of_babies_are_not_heard_of_older_people() -> None:
    assert joined(reading(scores={"D24": SURE, "D21": HALF}), "adult") == Heard()
    assert joined(reading(scores={"D24": SURE}), "infant").stated == ("D24",)


@pytest.mark.parametrize("word", ["breath", "snakebite", "مغشي"])
def test_a_slip_of_the_thumb_leaves_most_of_what_it_sees(word: str) -> None:
    slipped = word[:2] + word[3:]
    same = len({*traits([word])[0]} & {*traits([slipped])[0]})
    other = len({*traits([word])[0]} & {*traits(["quartz"])[0]})
    assert same >= 4 > other


def test_a_sign_in_the_midst_of_a_long_text_scores_as_by_itself() -> None:
    said = "my son is choking and gets no air"
    chat = "we came back from the market and it was hot. "
    alone, within = (ear.scores(read(t), ("en",)) for t in (said, f"{chat * 5}{said}. {chat * 5}"))
    assert within["D05"] >= alone["D05"] > ear.ASKED


def test_the_same_text_is_heard_the_same_and_within_two_milliseconds() -> None:
    typed = read("we are far from the clinic, since this morning my daughter looks odd and will not talk")
    first = ear.scores(typed, ("en",))
    begun = time.process_time()
    assert all(ear.scores(typed, ("en",)) == first for _ in range(50))
    assert (time.process_time() - begun) / 50 < 0.002


def test_no_words_and_a_language_that_it_was_not_taught_say_nothing() -> None:
    assert ear.scores(read("anything"), ("xx",)) == {}
    assert alarms.reading("...", "", "en") == Reading()


def test_every_word_is_at_a_place_of_the_weights() -> None:
    places, values = traits(["skin", "is", "peeling", "skin"])
    assert places.max() < PLACES
    assert np.all(np.diff(places) > 0)
    assert np.all(values > 0)
