"""The English wording, measured: Flesch-Kincaid grade with a simple syllable count (facts, 7.1: grade 6 or below)."""

from __future__ import annotations

import re

import pytest

import locales


def _grade(text: str) -> float:
    words = re.findall(r"[a-z']+", text.lower())
    sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)", text)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", w.removesuffix("e")))) for w in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def _entries(first: str) -> str:
    entries = locales.library().template.values()
    return " ".join(
        e.source[0].rstrip(".?") + "." for e in entries if e.id.startswith(first) and e.source[0] != "{text}"
    )


@pytest.mark.parametrize(
    "first",
    [
        "consent.",
        "danger.",
        "now.",
        "photo.",
        "question.",
        "findings.",
        "sent.",
        "condition.",
        "home.",
        "help.",
        "talk.",
        "alarm.",
    ],
)
def test_english_reads_at_grade_six_or_below(first: str):
    assert _grade(_entries(first)) <= 6.0
