"""What is measured of a drawn spot, and how it is said."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from model.concepts import COLOURS, CONCEPTS, concepts, lab, measure
from model.notes import (
    _WORDS,
    CONCEPT_START,
    DIAGNOSIS_START,
    FOLLOW_UPS,
    Notes,
    concept_turn,
    concept_words,
    diagnosis_turn,
    follow_up_turn,
    topics,
)

SIDE = 256
SKIN = (225, 180, 155)
NOTES = Notes(
    "BCC", "basal cell carcinoma", "a slow kind of skin cancer", "It grows slowly. It may bleed. Most can be cured!", "No one can catch it.",
    "Cover it.", "Go sooner if it grows.", "week", True,
)  # fmt: skip


def picture(
    colour: tuple[int, int, int],
    *,
    long: float = 1.0,
    waves: float = 0.0,
    fade: float = 0.0,
    radius: float = 0.4,
    half: tuple[int, int, int] | None = None,
) -> NDArray[np.uint8]:
    """A spot on skin.  long: axis ratio; waves: depth of its lobes; fade: width of its edge; half: colour of its right half."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE * 2 - 1
    far = np.hypot(x / long**0.5, y * long**0.5) / (radius * (1 + waves * np.cos(7 * np.arctan2(y, x))))
    share = np.clip((1 - far) / fade + 0.5, 0, 1) if fade else (far < 1).astype(float)
    inside = np.broadcast_to(np.array(colour, float), (SIDE, SIDE, 3)).copy()
    if half:
        inside[x > 0] = half
    mixed = np.array(SKIN) * (1 - share[..., None]) + inside * share[..., None]
    noise = np.random.default_rng(1).normal(0, 2, (SIDE, SIDE, 1))
    return (mixed + noise).clip(0, 255).astype(np.uint8).transpose(2, 0, 1)


def test_lab_is_that_of_known_colours() -> None:
    known = {
        (255, 255, 255): (100, 0, 0),
        (0, 0, 0): (0, 0, 0),
        (255, 0, 0): (53.24, 80.09, 67.20),
        (0, 0, 255): (32.30, 79.19, -107.86),
    }
    for colour, wanted in known.items():
        found = lab(np.array(colour, np.uint8).reshape(3, 1, 1))[:, 0, 0]
        assert found == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((20, 18, 20), "black"), ((85, 55, 40), "dark_brown"), ((150, 110, 85), "brown"), ((190, 60, 60), "red"),
        ((240, 170, 165), "pink"), ((245, 215, 200), "pale"), ((250, 215, 140), "yellow"),
    ],
)  # fmt: skip
def test_a_spot_has_the_colour_that_it_was_drawn_with(colour: tuple[int, int, int], name: str) -> None:
    found = measure(picture(colour))
    assert found is not None
    assert (found.colour, found.colours) == (name, "one")


def test_outlines_are_told_apart() -> None:
    brown = (110, 70, 50)
    plain = measure(picture(brown))
    assert plain is not None
    assert plain.values() | {"colour": ""} == {
        "colour": "", "colours": "one", "border": "even", "edge": "clear", "shape": "round",
    }  # fmt: skip
    assert plain.share == pytest.approx(3.1416 * 0.4**2 / 4, rel=0.1)
    for given, name, value in (
        ({"long": 2.5, "radius": 0.3}, "shape", "long"), ({"waves": 0.35}, "border", "uneven"), ({"fade": 0.7}, "edge", "fading"),
        ({"half": (190, 60, 60)}, "colours", "several"),
    ):  # fmt: skip
        found = measure(picture(brown, **given))  # type: ignore[arg-type]
        assert found is not None
        assert found.values()[name] == value, given


def test_skin_without_a_spot_and_a_spot_that_fills_the_picture_are_not_measured() -> None:
    assert measure(picture(SKIN)) is None
    assert measure(picture((110, 70, 50), radius=1.1)) is None


def test_each_value_of_each_concept_has_words_and_no_other() -> None:
    assert set(_WORDS) == {(name, value) for name, values in CONCEPTS.items() for value in values}
    assert CONCEPTS["colour"] == COLOURS
    said = [word for words in _WORDS.values() for word in words]
    assert len(said) == len(set(said))
    with pytest.raises(KeyError):
        concept_words({"colour": "green"})


def test_measured_values_are_those_that_are_listed() -> None:
    found = measure(picture((150, 110, 85)))
    known = concepts(found, True, None)
    assert known["raised"] == "yes"
    assert "bleeding" not in known
    assert all(value in CONCEPTS[name] for name, value in known.items())
    assert concepts(None, None, False) == {"bleeding": "no"}


def test_the_sentences_are_the_authors_own() -> None:
    rng = random.Random(1)
    assert concept_turn(["red", "flat"], rng)[1] == CONCEPT_START + "red, flat."
    assert (
        diagnosis_turn(["Scale"], "psoriasis", rng)[1]
        == CONCEPT_START + "Scale. " + DIAGNOSIS_START + "psoriasis."
    )
    assert "cannot tell" in diagnosis_turn([], None, rng)[1]
    assert "No clear feature" in concept_turn([], rng)[1]


def test_one_seed_says_the_same_and_others_vary() -> None:
    def said(seed: int) -> tuple[object, ...]:
        rng = random.Random(seed)
        words = concept_words({"raised": "yes", "colour": "red"}, rng)
        return (
            tuple(words),
            diagnosis_turn(words, NOTES, rng),
            tuple(topics(rng, 2)),
            follow_up_turn(NOTES, "when", rng),
        )

    assert said(3) == said(3)
    assert len({said(seed) for seed in range(12)}) > 6


@pytest.mark.parametrize("most", [400, 250, 160, 10])
def test_notes_are_shortened_by_whole_sentences_and_keep_name_and_advice(most: int) -> None:
    for seed in range(20):
        _, said = diagnosis_turn(["red"], NOTES, random.Random(seed), lambda answer: len(answer) <= most)
        assert DIAGNOSIS_START + "basal cell carcinoma, in plain words a slow kind of skin cancer." in said
        assert said.endswith("Please have it looked at within a week.")
        assert len(said) <= max(most, 180)


def test_every_topic_has_an_answer() -> None:
    for topic, questions in FOLLOW_UPS.items():
        question, answer = follow_up_turn(NOTES, topic, random.Random(1))
        assert question in questions
        assert answer.endswith(".") or answer.endswith("!")
