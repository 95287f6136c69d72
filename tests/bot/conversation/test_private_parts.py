"""Photographs of private parts, of breasts and of undressed children are never asked for (clinical.md 5.3)."""

from __future__ import annotations

import pytest

import locales
from bot.conversation import typed
from bot.conversation.questions import ask_site
from bot.conversation.state import new_state
from bot.messages import Text
from tests.bot.conversation.talk import Talk, ids

CHOICES = ask_site(new_state("en")).choices


def to_the_place(age: str = "adult", shape: str = "spot") -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger(age)
    assert talk.press(f"shape.{shape}").key == "site"
    return talk


@pytest.mark.parametrize(
    "text",
    [
        "breast",
        "my breast",
        "left nipple",
        "penis",
        "groin",
        "buttocks",
        "on the breast and the back",
        "Private parts",
    ],
)
def test_words_for_private_parts_are_understood(text: str) -> None:
    talk = to_the_place()
    talk.say(text)
    assert talk.state.answers["site"] == "private"


@pytest.mark.parametrize(
    ("language", "text"),
    [("fr", "sur le sein"), ("es", "pezón"), ("pt", "virilha"), ("sw", "matiti"), ("ar", "الثدي"), ("hi", "स्तन"),
     ("bn", "স্তন"), ("am", "ጡት"), ("ha", "nono")],
)  # fmt: skip
def test_in_every_language(language: str, text: str) -> None:
    assert typed.choice(CHOICES, text, language) == "site.private"


@pytest.mark.parametrize("language", locales.languages())
def test_a_place_that_is_typed_as_it_stands_there_is_that_place(language: str) -> None:
    for choice in CHOICES:
        assert typed.choice(CHOICES, locales.render(choice.label, language), language) == choice.code
    assert locales.render(Text("site.trunk"), language) != locales.render(Text("site.private"), language)


def test_the_chest_is_the_chest() -> None:
    for text in ("chest", "belly", "back", "upper arm"):
        assert typed.choice(CHOICES, text, "en") not in ("site.private", "")


def test_the_choices_say_where_breasts_belong() -> None:
    assert "breasts" in locales.render(Text("site.private"), "en")
    assert "not the breasts" in locales.render(Text("site.trunk"), "en")


@pytest.mark.parametrize("site", ["trunk", "back"])
def test_of_a_dressed_child_one_near_photograph_is_asked_for(site: str) -> None:
    talk = to_the_place("child")
    talk.press(f"site.{site}", "danger4.none")
    talk.well()
    assert ids(talk.replies[-1]) == ["photo.ask_child", "photo.privacy"]
    words = locales.render(Text("photo.ask_child"), "en")
    assert "arm's length" not in words
    assert "clothes on" in words


def test_of_an_adult_or_a_childs_arm_it_is_asked_as_ever() -> None:
    for age, site in (("adult", "trunk"), ("child", "forearm")):
        talk = to_the_place(age)
        talk.press(f"site.{site}", "danger4.none")
        talk.well()
        assert ids(talk.replies[-1]) == ["photo.ask", "photo.privacy"]
