"""The way through a whole case, for anybody on any channel."""

from __future__ import annotations

from collections.abc import Mapping

import locales
from bot.clinical import symptoms
from tests.journeys.person import Heard, Person, drawn_photo

__all__ = [
    "ANSWERS_BEFORE",
    "SKIN",
    "answer_on",
    "begin",
    "open_question",
    "to_findings",
    "to_last_question",
    "word",
]

ANSWERS_BEFORE = (
    *("age.adult", "danger1.none", "danger3.none"),
    *("shape.spot", "site.face", "danger4.none"),
)
SKIN = "skin.4"
"""Asked after the findings came, where nothing sends the person to a health worker: always, of the mole that the stand-in sees."""


def word(name: str, language: str) -> str:
    """A word or phrase of the pack by which something is asked."""
    return max(sorted(locales.words(f"words.{name}", language)), key=len)


def begin(person: Person, language: str, photo: bytes | None = None) -> list[Heard]:
    """First contact (with a photograph, or hello), then the language: what asks for consent."""
    heard = person.send_photo(photo) if photo is not None else person.say("👋")
    said = person.town.replies(person.channel, person.address)[-1]
    more = any(code == "language.more" for _, code in heard[-1].buttons)
    # Who is spoken to in their own language by the platform's hint looks for no other.
    if more and (said.key, said.language) != ("consent", language):
        heard = person.choose("language.more")
    offered = heard[-1]
    name = locales.pack(language).name
    if person.channel == "whatsapp" or any(label == name for label, _ in offered.buttons):
        heard = person.choose(f"language.{language}")
    person.language = language
    return heard


def to_findings(person: Person, language: str, photo: bytes, *, photo_first: bool) -> list[Heard]:
    """The whole case; what came last: the findings."""
    begin(person, language, photo if photo_first else None)
    person.choose("consent.yes")
    for code in ANSWERS_BEFORE:
        person.choose(code)
    if not photo_first:
        person.send_photo(photo)
    heard: list[Heard] = []
    while question := open_question(person):
        heard = person.choose(f"{question}.no")
    # Asked only where nothing else sends the person to a health worker: not where the look failed.
    asked = person.town.replies(person.channel, person.address)[-1].key
    return person.choose(SKIN) if asked == "skin" else heard


def answer_on(person: Person, says: Mapping[str, str]) -> list[Heard]:
    """Answers what is asked until nothing is asked any more, or a result stands there with its menu; what came last.

    says: question -> answer; every other question is answered with 'none of these', 'no', or its first answer.
    """
    heard: list[Heard] = []
    for _ in range(40):
        codes = [c["code"] for c in person.town.replies(person.channel, person.address)[-1].texts["choices"]]
        if not codes or any(code.startswith("menu.") for code in codes):
            return heard
        question = codes[0].partition(".")[0]
        wanted = [f"{question}.{said}" for said in (says.get(question, ""), "none", "no")]
        heard = person.choose(next((code for code in wanted if code in codes), codes[0]))
    last = person.town.replies(person.channel, person.address)[-1].key
    raise AssertionError(f"no result after 40 answers; last came {last}")


def open_question(person: Person) -> str:
    """The key of the question about the spot that stands open, '' where none does."""
    key = person.town.replies(person.channel, person.address)[-1].key
    return key if key in symptoms.symptoms() else ""


def to_last_question(person: Person) -> str:
    """From the place on: up to where one more answer leads to findings; the code of that answer.

    The stand-in plans three questions, whatever is answered (worker.bench.stand_in). Before its findings are told, SKIN is asked.
    """
    for _ in range(2):
        person.choose(f"{open_question(person)}.no")
    return f"{open_question(person)}.no"


def case(number: int) -> bytes:
    """A photograph of somebody."""
    return drawn_photo(number)
