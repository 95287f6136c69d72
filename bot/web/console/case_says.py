"""The prepared sentences of a case's page: as their boxes have them, and in which language each would be sent."""

from __future__ import annotations

from dataclasses import dataclass

import locales
from bot.cases.store import Case
from bot.clinical.clinic_says import Say, says, to_a_patient
from bot.messages import Text, Urgency

__all__ = ["Sent", "Tongue", "all_theirs", "frame_in", "is_theirs", "plain", "said_in", "sent", "tongue"]

_BLANK = "…"
_PUT_IN = {"place": {"name": _BLANK, "region": _BLANK}, "question": {"question": _BLANK}}


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language, for the page."""

    code: str
    name: str
    direction: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A prepared sentence as it would be sent. theirs: in the language of the person."""

    words: str
    tongue: Tongue
    theirs: bool


def tongue(code: str) -> Tongue:
    """A language that speaks here."""
    pack = locales.pack(code)
    return Tongue(code, pack.name, pack.direction)


def said_in(text: Text, language: str) -> Tongue:
    """The language of what was told in a person's language; theirs also where somebody wrote it freely."""
    return tongue(language if text.id == "plain.text" else locales.spoken_in(text.id, language))


def plain(one: Say, language: str) -> Sent:
    """A prepared sentence in the language of a page, with dots where something is put in."""
    return _sent(one.text, one.needs, language)


def sent(case: Case, one: Say) -> Sent:
    """What the chat of the case would be sent: a health worker's chat the worker's sentence, a patient's own the patient's."""
    return _sent(one.text if case.of_desk else to_a_patient(one.text), one.needs, case.state.speaks)


def is_theirs(spoken: str, language: str) -> bool:
    """True where `spoken` is the language of a person, or the one of which theirs is a region's."""
    return spoken == language or language.startswith(f"{spoken}-")


def frame_in(case: Case) -> str:
    """The language of what stands around an answer, where it is not the person's; else ''."""
    language = case.state.speaks
    first = "desk.opinion" if case.of_desk else "clinic.patient"
    soon = () if case.of_desk else tuple(f"clinic.patient.{one.value}" for one in Urgency)
    spoken = (locales.spoken_in(name, language) for name in (first, "clinic.own_words", *soon))
    return next((code for code in spoken if not is_theirs(code, language)), "")


def all_theirs(case: Case) -> bool:
    """True where every prepared sentence would be sent in the language of the person."""
    return all(sent(case, one).theirs for one in says().values())


def _sent(message_id: str, needs: str, language: str) -> Sent:
    spoken = locales.spoken_in(message_id, language)
    words = locales.render(Text(message_id, _PUT_IN.get(needs, {})), language)
    return Sent(words, tongue(spoken), is_theirs(spoken, language))
