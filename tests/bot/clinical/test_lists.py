"""Long lists of what people may type, in ten languages: the share that is heard, denied and let pass. Made by the matcher's makers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.clinical import alarms
from worker.ear_command import line_age

LISTS = Path(__file__).parent / "lists"
LANGUAGES = sorted(path.stem for path in LISTS.glob("*.txt"))
NOT_STATED = ("NO", "OK")


@cache
def listed(language: str) -> tuple[tuple[str, str], ...]:
    """Each text of a list, with its sign, NO or OK."""
    lines = (LISTS / f"{language}.txt").read_text("utf-8").splitlines()
    rows = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return tuple((kind, text.strip()) for kind, _, texts in rows for text in texts.split("|"))


def presses(kind: str, text: str, language: str) -> bool:
    """True where the person is sent off now, or handed over."""
    heard = alarms.hear(text, line_age(kind), language)
    return bool(heard.harm or heard.pressing)


def wrong(language: str, kinds: tuple[str, ...], *, wanted: bool) -> tuple[list[str], int]:
    """The texts of some kinds that are heard wrongly, and how many there are of these kinds."""
    of = [(kind, text) for kind, text in listed(language) if kind in kinds]
    return [text for kind, text in of if presses(kind, text, language) != wanted], len(of)


def test_each_list_speaks_of_every_sign_that_means_now() -> None:
    assert len(LANGUAGES) == 10
    for language in LANGUAGES:
        texts = listed(language)
        assert len({kind for kind, _ in texts} - {*NOT_STATED}) == 29, language
        assert sum(kind == "NO" for kind, _ in texts) >= 50, language
        assert sum(kind == "OK" for kind, _ in texts) >= 50, language
        assert len(texts) >= 300, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_hundred_statements_ninety_eight_are_heard(language: str) -> None:
    signs = tuple({kind for kind, _ in listed(language)} - {*NOT_STATED})
    missed, count = wrong(language, signs, wanted=True)
    assert len(missed) <= 0.02 * count, missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_hundred_denials_three_at_most_alarm(language: str) -> None:
    alarmed, count = wrong(language, ("NO",), wanted=False)
    assert len(alarmed) <= 0.03 * count, alarmed


def test_of_a_hundred_harmless_texts_three_at_most_alarm() -> None:
    found = [wrong(language, ("OK",), wanted=False) for language in LANGUAGES]
    assert sum(len(alarmed) for alarmed, _ in found) <= 0.03 * sum(count for _, count in found)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no fever, vomiting or fits", "en"),
        ("no fever, cough, vomiting, fits or fainting", "en"),
        ("sem febre, convulsao ou falta de ar", "pt"),
        ("pas de fièvre, convulsions ou vomissements", "fr"),
        ("no tiene fiebre, convulsiones ni dificultad para respirar", "es"),
        ("hana homa, degedege au kuzimia", "sw"),
        ("ba shi da zazzabi ko kumburi ko wahalar numfashi", "ha"),
    ],
)
def test_a_no_before_a_list_denies_all_of_it(text: str, language: str) -> None:
    assert not presses("NO", text, language)


def test_a_no_behind_more_words_is_a_no_of_fewer() -> None:
    assert not presses("NO", "በቁስሉ ዙሪያ ጥቁር ቆዳ የለም", "am")
    assert presses("D12", "በቁስሉ ዙሪያ ጥቁር ቆዳ አለ", "am")


@pytest.mark.parametrize(
    "text",
    [
        "no fever, his lips or tongue are swollen",
        "no fever, he fainted or something",
        "no fever, cannot drink or breathe",
        "no fever, fits since morning",
        "there is no fever. fits or fainting since morning",
    ],
)
def test_a_no_ends_where_no_list_goes_on(text: str) -> None:
    assert presses("", text, "en")


def test_a_word_of_the_next_clause_takes_nothing_back() -> None:
    assert "D03" in alarms.hear("my child is having fits. the dog sleeps next to me").stated


def test_of_a_known_baby_nobody_need_be_named() -> None:
    assert "D24" in alarms.hear("floppy and cold like ice", "infant", "en").stated
    assert alarms.hear("floppy and cold like ice", "adult", "en").stated == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("he spits out everything and won't open his mouth", "en"),
        ("this morning a coin, now half of my arm is hot and swollen", "en"),
        ("we pressed 20 min still bleeding", "en"),
        ("no abre la boca y escupe todo", "es"),
        ("rayas rojas suben por la pierna", "es"),
        ("le sang traverse le tissu", "fr"),
        ("des traits rouges montent sur la jambe", "fr"),
        ("a pele solta como papel molhado", "pt"),
        ("o sangue passa o pano", "pt"),
        ("damu inapita kwenye kitambaa", "sw"),
        ("ameungua mikono yote miwili", "sw"),
        ("jini yaki tsayuwa", "ha"),
        ("jan yana hawan kafata tun safe", "ha"),
        ("الدم بيطرطش من ايده", "ar"),
        ("خطوط حمرا طالعه في رجلي", "ar"),
        ("दोपहर से लाली एक बित्ता बढ़ गई", "hi"),
        ("teen gamche khoon se bhig gaye", "hi"),
        ("দুপুর থেকে লাল এক বিঘত বাড়ছে", "bn"),
        ("tin gamcha rokte vije gese", "bn"),
        ("ከክንዱ ደም ይረጫል", "am"),
        ("anget mazor alchalem", "am"),
    ],
)
def test_it_is_heard_in_other_wordings_and_letters_too(text: str, language: str) -> None:
    assert presses("", text, language)
