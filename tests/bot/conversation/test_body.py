"""Places of the body in typed words: parts, plurals, "my" written on, several of them, and what is denied."""

from __future__ import annotations

from dataclasses import replace

import pytest

import locales
from bot.conversation import typed
from bot.conversation.questions import ask_site
from bot.conversation.state import new_state
from bot.messages import Choice
from tests.bot.conversation.talk import Talk

LANGUAGES = locales.languages(allow_unreviewed=True)
SAID = {
    "en": {
        "face": ("cheek", "my face", "around my mouth", "it came back on my face", "nose"),
        "head_neck": ("scalp", "behind my ear"),
        "trunk": ("belly", "my tummy", "stomach"),
        "back": ("lower back",),
        "arm": ("arms", "the shoulder", "elbow"),
        "hand": ("both hands", "finger", "thumb", "palms", "back of my hand"),
        "leg_foot": ("toe", "my toes", "left foot", "sole", "knee", "legs", "not on the face, on the leg"),
        "many": ("my face and arms", "whole body", "everywhere", "all over", "arms, legs and belly"),
        "private": ("groin", "the bum"),
    },
    "fr": {
        "back": ("sur mon dos",),
        "hand": ("la main", "les doigts"),
        "leg_foot": ("le genou", "l'orteil", "doigts de pied"),
        "many": ("partout", "le visage et les bras"),
    },
    "es": {
        "back": ("mi espalda",),
        "hand": ("la mano", "dedos de la mano"),
        "leg_foot": ("en la rodilla", "dedo del pie"),
        "many": ("todo el cuerpo", "en la cara y los brazos"),
    },
    "pt": {
        "back": ("minhas costas",),
        "hand": ("costas da mão",),
        "leg_foot": ("no joelho", "dedão do pé"),
        "many": ("corpo todo", "no rosto e nas pernas"),
    },
    "sw": {
        "face": ("usoni", "mashavuni"),
        "hand": ("viganja",),
        "leg_foot": ("miguuni", "kwenye goti langu", "kidole cha mguu"),
        "many": ("mwili mzima", "usoni na shingoni"),
    },
    "ar": {
        "face": ("وجهي", "ظهر على وجهي"),
        "head_neck": ("رأسي", "رقبتي"),
        "trunk": ("بطني",),
        "back": ("ظهري",),
        "hand": ("يدي",),
        "leg_foot": ("رجلي", "ركبتي", "أصابع قدمي"),
        "many": ("كل الجسم", "وجهي وذراعي"),
    },
    "hi": {
        "back": ("मेरी पीठ पर",),
        "hand": ("हाथों पर",),
        "leg_foot": ("मेरे घुटने पर", "पैर की उंगली"),
        "many": ("पूरे शरीर पर", "चेहरे और हाथ पर"),
    },
    "bn": {
        "back": ("পিঠে",),
        "hand": ("হাতের আঙুলে",),
        "leg_foot": ("হাঁটুতে", "পায়ের আঙুলে"),
        "many": ("সারা শরীরে", "গালে আর পিঠে"),
    },
    "am": {
        "face": ("ፊቴ ላይ",),
        "back": ("ጀርባዬ ላይ",),
        "leg_foot": ("ጉልበቴ ላይ", "የእግሬ ጣት"),
        "many": ("ሰውነቴ ሁሉ", "ፊቴና ጀርባዬ"),
    },
    "ha": {
        "face": ("a fuskata",),
        "back": ("bayana",),
        "hand": ("yatsun hannuna",),
        "leg_foot": ("a gwiwata", "yatsun ƙafata"),
        "many": ("duk jikina", "fuskata da bayana"),
    },
}
UNCLEAR = [
    ("en", "wrist"),
    ("en", "nail"),
    ("en", "not on the face"),
    ("en", "it came back"),
    ("sw", "mkono"),
    ("sw", "kidole"),
    ("es", "dedo"),
    ("am", "ከሳምንት በፊት"),
    ("ha", "baya ciwo"),
]


def offered(shape: str = "rash") -> tuple[Choice, ...]:
    return ask_site(replace(new_state("en"), answers={"shape": shape})).choices


def picked(text: str, language: str, shape: str = "rash") -> str:
    return typed.choice(offered(shape), text, language).removeprefix("site.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_place_is_understood_in_ordinary_words(language: str) -> None:
    told = [(text, site) for site, texts in SAID[language].items() for text in texts]
    assert [(text, picked(text, language)) for text, _ in told] == told


@pytest.mark.parametrize(("language", "text"), UNCLEAR)
def test_what_may_be_two_places_or_none_is_asked_again(language: str, text: str) -> None:
    assert picked(text, language) == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "between my legs"), ("en", "in between my thighs"), ("en", "left butt cheek"), ("en", "lips down there"),
        ("en", "near my private"), ("en", "labia"), ("fr", "entre les jambes"), ("fr", "petites lèvres"),
        ("es", "entre las piernas"), ("es", "labios mayores"), ("pt", "entre as pernas"), ("pt", "grandes lábios"),
        ("sw", "kati ya miguu"), ("ar", "بين فخذي"), ("hi", "टांगों के बीच"), ("bn", "দুই পায়ের মাঝে"),
        ("am", "በእግሮቼ መካከል"), ("ha", "tsakanin kafafu"),
    ],
)  # fmt: skip
def test_private_parts_in_any_words_are_neither_the_leg_nor_the_face(language: str, text: str) -> None:
    assert {picked(text, language), picked(text, language, "spot")} == {"private"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sw", "uso na mikono"), ("sw", "mkono na mguu"), ("ha", "fuska da hannu"), ("am", "እጅ እና እግር"),
        ("hi", "बाजू और पैर"), ("bn", "হাত ও পা"), ("es", "la cara y los dedos"), ("sw", "chini"),
        ("bn", "পায়ের মাঝখানে"), ("en", "on my right hand side"),
    ],
)  # fmt: skip
def test_a_place_beside_one_that_is_unclear_is_asked_again(language: str, text: str) -> None:
    assert picked(text, language) == ""


def test_an_unclear_word_changes_nothing_where_there_are_many_places() -> None:
    assert picked("miguu, mikono na uso", "sw") == "many"


@pytest.mark.parametrize(
    ("language", "text", "site"),
    [
        ("en", "all over my back", "back"), ("en", "all over my face", "face"), ("en", "all over my body", "many"),
        ("en", "left hand side of my neck", "head_neck"), ("en", "shoulder blade", "back"),
        ("es", "cara interna del muslo", "leg_foot"), ("pt", "barriga da perna", "leg_foot"),
        ("pt", "peito do pé", "leg_foot"),
    ],
)  # fmt: skip
def test_one_place_in_more_words_is_that_place(language: str, text: str, site: str) -> None:
    assert picked(text, language) == site


def test_one_spot_has_places_of_its_own_and_is_in_one_of_them() -> None:
    assert picked("nose", "en", "spot") == "nose"
    assert picked("the side of my nose, on the face", "en", "spot") == "nose"
    assert picked("my face and arms", "en", "spot") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_of_two_places(language: str) -> None:
    sites = [site for site in SAID["en"] if site != "private"] + [
        "nose",
        "lip",
        "ear",
        "forearm",
        "no_place",
        "unclear",
    ]
    listed = [word for site in sites for word in locales.words(f"words.site_{site}", language)]
    assert sorted(word for word in set(listed) if listed.count(word) > 1) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_place_is_a_private_part(language: str) -> None:
    private = locales.words("words.private_part", language)
    assert all(not private & locales.words(f"words.site_{site}", language) for site in ("trunk", "leg_foot"))


def test_a_typed_place_goes_on_in_the_chat() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult", "danger1.none", "danger3.none", "shape.rash")
    talk.say("on my face and arms")
    assert talk.state.answers["site"] == "many"
