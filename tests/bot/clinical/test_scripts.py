"""Two ways in which people type one word meet; different words stay apart."""

from __future__ import annotations

import pytest

from bot.clinical.matching import read
from bot.clinical.scripts import script_of
from bot.clinical.spelling import forms, plain, squeezed, typed_forms


@pytest.mark.parametrize(
    "ways",
    [
        # Devanagari: nasal signs, dots, half letters, long and short vowels, glides, the three s
        "साँस सांस सास",
        "बन्द बंद",
        "ज़ख़्म जख्म जखम",
        "ख़ून खून खुन",
        "गर्दन गरदन",
        "शरीर सरिर",
        "हुयी हुई",
        "गये गए",
        "मुँह मुंह मूह",
        "पैर पेर",
        # Bengali
        "শ্বাস শাস স্বাস",
        "জ্বর জর",
        "ব্যথা বেথা ব্যাথা",
        "বাড়ি বারি",
        "যন্ত্রণা জন্ত্রনা",
        "ভালো ভাল",
        "হচ্ছে হছে",
        # Ethiopic letters that sound alike
        "ሐኪም ሀኪም ሃኪም ኃኪም",
        "ፀሐይ ጸሀይ",
        "ሠላም ሰላም",
        "ዓይን አይን ዐይን",
        "ውሃ ዉሃ ዉሀ",
        "ጓደኛ ጉዋደኛ",
        # hooked letters, joined letters, accents
        "ɗan dan",
        "ƙafa kafa",
        "ɓaci baci",
        "ƴan yan",
        "cœur coeur",
        "fièvre fievre",
    ],
)
def test_ways_of_typing_one_word_meet(ways: str):
    assert len({plain(way) for way in ways.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("खून", "खाना"), ("সাপ", "শাক"), ("እባብ", "አባት"), ("आग", "आगे"), ("জ্বর", "জোর")]
)
def test_different_words_stay_apart(one: str, other: str):
    assert plain(one) != plain(other)


def test_what_french_writes_on_to_a_word_is_left_out_and_english_keeps_its_own():
    assert plain("L’enfant s'étouffe, il n'arrive pas") == "enfant etouffe il arrive pas"
    assert plain("I don't, it's o'clock, ng'ata") == "i dont its oclock ngata"


@pytest.mark.parametrize(
    ("typed", "word"),
    [("በአንገት", "አንገት"), ("ባንገት", "አንገት"), ("የሕፃን", "ህጻን"), ("ከእባብ", "እባብ"), ("እንደእባብ", "እባብ")],
)
def test_what_amharic_writes_before_a_word_is_left_out(typed: str, word: str):
    assert plain(word) in forms(plain(typed))


@pytest.mark.parametrize(
    ("typed", "word"),
    [("እባቡን", "እባብ"), ("ቁስሉ", "ቁስል"), ("ደምና", "ደም"), ("সাপের", "সাপ"), ("বাচ্চাটা", "বাচ্চা"), ("মুখে", "মুখে")],
)
def test_what_is_written_on_behind_is_left_out(typed: str, word: str):
    assert squeezed(plain(word)) in typed_forms(plain(typed))


def test_marks_of_every_script_end_a_clause_and_an_ethiopic_word_mark_does_not():
    for text in (
        "ትኩሳት የለም። መተንፈስ",
        "ትኩሳት የለም፣ መተንፈስ",
        "ትኩሳት የለም፡፡ መተንፈስ",
        "बुखार नहीं। सांस",
        "জ্বর নেই। শ্বাস",
        "¿fiebre? no",
    ):
        assert len(set(read(text).clause)) == 2
    assert read("ትኩሳት፡የለም").clause == (0, 0)
    assert read("ትኩሳት፧").asked == {0}


def test_the_script_of_a_word():
    assert [script_of(w) for w in ("fever", "homa", "حمى", "बुखार", "জ্বর", "ትኩሳት", "38")] == [
        "LATIN",
        "LATIN",
        "ARABIC",
        "DEVANAGARI",
        "BENGALI",
        "ETHIOPIC",
        "",
    ]
