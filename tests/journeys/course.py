"""The way through a whole case, for anybody on any channel."""

from __future__ import annotations

import locales
from tests.journeys.person import Heard, Person, drawn_photo

__all__ = ["ANSWERS_AFTER", "ANSWERS_BEFORE", "begin", "to_findings", "word"]

ANSWERS_BEFORE = (
    *("age.adult", "danger1.none", "danger2.none", "danger3.none"),
    *("health.none", "shape.spot", "site.face", "danger4.none"),
)
ANSWERS_AFTER = ("skin.4", "changed.no", "bleed.no", "elevation.no")


def word(name: str, language: str) -> str:
    """A word or phrase of the pack by which something is asked."""
    return max(sorted(locales.words(f"words.{name}", language)), key=len)


def begin(person: Person, language: str, photo: bytes | None = None) -> list[Heard]:
    """First contact (with a photograph, or hello), then the language: what asks for consent."""
    heard = person.send_photo(photo) if photo is not None else person.say("👋")
    offered = heard[-1]
    name = locales.pack(language).name
    if person.channel == "whatsapp" or any(label == name for label, _ in offered.buttons):
        heard = person.choose(f"language.{language}")
    person.language = language
    return heard


def to_findings(person: Person, language: str, photo: bytes, *, photo_first: bool) -> list[Heard]:
    """The whole case; what came last: the wait and the findings."""
    begin(person, language, photo if photo_first else None)
    person.choose("consent.yes")
    for code in ANSWERS_BEFORE:
        person.choose(code)
    if not photo_first:
        person.send_photo(photo)
    for code in ANSWERS_AFTER:
        heard = person.choose(code)
    return heard


def case(number: int) -> bytes:
    """A photograph of somebody."""
    return drawn_photo(number)
