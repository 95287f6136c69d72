"""Everyday words for "there is none" answer a question about one thing."""

import pytest

from bot.conversation import typed
from bot.messages import Choice, Text

YES_OR_NO = tuple(Choice(f"d05.{said}", Text(f"answer.{said}")) for said in ("yes", "no", "unknown"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sw", "hakuna"),
        ("am", "የለም"),
        ("ar", "مفيش"),
        ("pt", "nada"),
        ("fr", "rien"),
        ("hi", "कुछ नहीं"),
        ("en", "none"),
    ],
)
def test_the_word_for_none_is_a_no(language: str, words: str) -> None:
    assert typed.choice(YES_OR_NO, words, language) == "d05.no"
