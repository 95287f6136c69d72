from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import normalise


@pytest.mark.parametrize(("typed", "same"), [
    ("  Ndiyo. ", "ndiyo"), ("NDIYO!!", "ndiyo"), ("don’t know", "dont know"), ("don't  know", "dont know"),
    ("نَعَمْ", "نعم"), ("نعــم", "نعم"), ("لا أعرف", "لا اعرف"), ("إلغاء", "الغاء"), ("مساعدة", "مساعده"),
    ("٣", "3"), ("۳", "3"), ("1.", "1"), ("1️⃣", "1"), ("３", "3"), ("👍🏿", "👍"), ("/start", "start"),
    ("Sí", "si"), ("OUI", "oui"), ("ng'ombe", "ngombe"), ("\u200fنعم\u200f", "نعم"), ("", ""), ("!?", ""),
    ("हाँ", "हाँ"), ("፪", "2"), ("፲", "10"), ("፴፬", "34"), ("፻፳", "120"), ("፳፭ ዓመት", "25 ዓመት"), ("፲፱፻፺", "1990"), ("፼", "10000"),
])  # fmt: skip
def test_spellings_of_one_word_become_one(typed: str, same: str) -> None:
    assert normalise(typed) == normalise(same) == same


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
