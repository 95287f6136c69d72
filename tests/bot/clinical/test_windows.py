"""A long text is heard to its end, and no longer one takes for ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical import alarms, matching, windows

FILL = "the weather is good and we go to the market every day. "
STATED = {"en": "now he cannot breathe", "sw": "sasa hawezi kupumua", "ar": "الآن لا يستطيع التنفس"}


@pytest.mark.parametrize("language", STATED)
@pytest.mark.parametrize("before", [0, 299, 320, 401, 700, 2000])
def test_a_sign_is_heard_wherever_it_stands(language: str, before: int):
    words = (FILL * 200).split()
    text = " ".join([*words[:before], STATED[language], *words[:60]])
    assert "D05" in windows.hear(text, "", language).stated


def test_a_denial_is_one_in_a_long_text_too():
    text = " ".join((FILL * 60).split()[:292]) + " he has no fever and no trouble breathing. " + FILL * 30
    assert not windows.hear(text, "adult", "en").stated


def test_what_the_pieces_say_is_joined_and_the_most_pressing_stands_first():
    text = f"i want to die. {FILL * 40} a mole changed colour. {FILL * 40} my husband beats me. a dog bit him"
    heard = windows.hear(text, "adult", "en")
    assert heard.harm == "die"
    assert heard.stated[0] == "D26"
    assert {"D26", "D42"} <= {*heard.stated, *heard.hinted}


def test_of_a_text_beyond_all_measure_the_beginning_and_the_end_are_heard(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    hear = alarms.hear
    monkeypatch.setattr(alarms, "hear", lambda text, *more: asked.append(text) or hear(text, *more))
    assert "D05" in windows.hear(FILL * 2000 + STATED["en"], "adult", "en").stated
    assert len(asked) == windows.MOST


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b.", "c,", "d\n", "ሰ፡ላ", "कि", "e…f", "'g'", "-", "😭"]), max_size=1500)
)
def test_the_pieces_hold_every_word_in_order_and_none_is_cut_by_the_matcher(parts: list[str]):
    text = " ".join(parts)
    found = list(windows.pieces(text))
    assert all(len(matching.read(piece).words) < matching.MOST_WORDS for piece in found)
    words = re.findall(r"\w+", text)
    covered = [re.findall(r"\w+", piece) for piece in found]
    assert covered[0] == words[: len(covered[0])]
    assert covered[-1] == words[len(words) - len(covered[-1]) :]
    assert sum(map(len, covered)) >= len(words)
