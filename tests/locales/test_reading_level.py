"""English can be read after six years of school, or the sentence is listed here with the reason."""

from __future__ import annotations

import re

import pytest

import locales
from tests.locales.reading_level import KNOWN, grade, syllables

MOST = 6.0
# Of fewer words the formula says nothing: one long word makes a button of grade 20.
FEWEST_WORDS = 5
# Above grade 6, and why it stays.
EXCEPTIONS = {
    "help.commands": "one list of four commands, each with its word",
    "sent.wound_wash": "one action with its measure; 'another furry animal' is what rabies needs",
    "danger.sign.d02": "'vomit everything' is the sign's own wording (IMCI)",
    "danger.sign.d17": "'medicine' has no shorter word",
    "danger.sign.d29": "'chemicals or electricity' have no shorter words",
    "danger.sign.d34": "'eczema' is how those who have it call it",
    "danger.sign.d38": "six signs of one attack in one question",
    "delete.done": "says exactly what is kept",
    "delete.remains.telegram": "the name of the service",
    "photo.new_case_why": "'safety' has no shorter word",
    "question.barefoot": "'barefoot' has no shorter word",
    "desk.fits.unusable": "'computer' has no shorter word",
    "join.chw_help": "said to a health worker: two ways to begin",
    "health.weak_immunity": "'illness or medicine' says which weakness",
    "condition.pkdl.name": "'kala-azar' is the name that people use",
}


def _levels() -> dict[str, float]:
    levels = {}
    for name, entry in locales.library().template.items():
        text = re.sub(r"\{\w+\}", "it", entry.source[-1])
        if not name.startswith(("words.", "console.")) and len(text.split()) >= FEWEST_WORDS:
            levels[name] = grade(text)
    return levels


@pytest.mark.parametrize(("word", "count"), KNOWN.items())
def test_syllables_are_counted_as_people_count_them(word: str, count: int) -> None:
    assert syllables(word) == count


def test_hard_text_is_told_from_easy_text() -> None:
    assert grade("Go to a clinic today. Do not wait.") < 3
    assert grade("Immediate dermatological consultation is recommended for differential diagnosis.") > 15


def test_every_english_sentence_is_of_grade_six_at_most() -> None:
    levels = _levels()
    hard = {
        name: round(level, 1) for name, level in levels.items() if level > MOST and name not in EXCEPTIONS
    }
    assert hard == {}


def test_every_exception_is_one_still() -> None:
    levels = _levels()
    assert {name for name in EXCEPTIONS if levels.get(name, 0.0) <= MOST} == set()
