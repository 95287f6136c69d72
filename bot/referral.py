"""A referral letter: what a health facility must know of a case, as messages that a chat can show and a phone can print. Pure.

It names nobody. The action comes first; what was not asked is said as plainly as what was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.messages import Text, Urgency
from bot.place import Place
from locales.days import date_of

__all__ = ["MOST_ANSWERS", "MOST_SIGNS", "Referral", "letter"]

# So many lines of a kind; what is left out is in the chat with the case. The whole stays within three messages of WhatsApp.
MOST_ANSWERS = 8
MOST_SIGNS = 10
MOST_EXAMINED = 5
MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Referral:
    """What a letter is made of. code: the case's. written: the day, where the worker is.

    health: what raises how soon they must be seen, such as pregnancy; None for nothing that is known.
    opinion: True where the urgency is a clinician's own word. age, kind, site, duration: as the choice's label was. answers:
    question and answer. named: the conditions in their words, the more certain first; () where nothing may be named. reasons:
    why these. present, unknown: signs of danger that were found, or not known; absent, not_asked: how many. examine: what is to
    be looked at or felt by hand. to: where the patient is sent. photos: how many are kept with the case.
    """

    code: str
    written: date
    urgency: Urgency
    opinion: bool = False
    age: Text | None = None
    kind: Text | None = None
    site: Text | None = None
    duration: Text | None = None
    answers: Sequence[tuple[Text, Text]] = ()
    named: Sequence[tuple[Literal["likely", "possible"], Text]] = ()
    reasons: Sequence[Text] = ()
    present: Sequence[Text] = ()
    unknown: Sequence[Text] = ()
    absent: int = 0
    not_asked: int = 0
    examine: Sequence[Text] = ()
    to: Place | None = None
    photos: int = 0
    unreviewed: bool = True
    health: Text | None = None


def letter(about: Referral, language: str) -> tuple[Text, ...]:
    """The paragraphs of the letter; to be rendered in `language`, of which only the date is made here."""
    said = [
        Text("letter.title", {"code": about.code, "date": date_of(about.written, language)}),
        Text(f"letter.soon.{about.urgency.value}"),
    ]
    if about.opinion:
        said.append(Text("letter.opinion"))
    said += _to(about.to)
    said += _told(about)
    said += _danger(about)
    said += [Text(f"letter.{certainty}", {"name": name}) for certainty, name in about.named]
    if not about.named:
        said.append(Text("letter.unnamed"))
    if about.reasons:
        said.append(Text("letter.because", {"reasons": tuple(about.reasons[:MOST_REASONS])}))
    if about.examine:
        said += [Text("letter.examine"), *_lines(about.examine[:MOST_EXAMINED])]
    if about.photos:
        said.append(Text("letter.photos", {"count": about.photos}))
    said.append(Text("letter.foot"))
    if about.unreviewed:
        said.append(Text("notice.unreviewed"))
    return tuple(said)


def _to(place: Place | None) -> list[Text]:
    if place is None:
        return []
    said = [Text("letter.to", {"name": place.name, "region": place.region})]
    if place.hours:
        said.append(Text("letter.hours", {"hours": place.hours}))
    if place.directions:
        said.append(Text("letter.directions", {"directions": place.directions}))
    if place.phone:
        said.append(Text("letter.phone", {"phone": place.phone}))
    return said


def _told(about: Referral) -> list[Text]:
    said = [
        Text(f"letter.{what}", {what: value})
        for what, value in (
            ("age", about.age),
            ("health", about.health),
            ("kind", about.kind),
            ("site", about.site),
            ("duration", about.duration),
        )
        if value is not None
    ]
    if about.answers:
        said.append(Text("letter.told"))
        said += [
            Text("letter.answer", {"question": question, "answer": answer})
            for question, answer in about.answers[:MOST_ANSWERS]
        ]
    return said


def _danger(about: Referral) -> list[Text]:
    said: list[Text] = []
    for heading, signs in (("letter.signs.present", about.present), ("letter.signs.unknown", about.unknown)):
        if signs:
            said += [Text(heading), *_lines(signs[:MOST_SIGNS])]
    said.append(Text("letter.signs.absent", {"count": about.absent}))
    if about.not_asked:
        said.append(Text("letter.signs.not_asked", {"count": about.not_asked}))
    return said


def _lines(texts: Sequence[Text]) -> list[Text]:
    return [Text("danger.line", {"sign": text}) for text in texts]
