"""What a case says, as a worker hears it: the code first, consent in words to read out, an answer for a professional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation import course
from bot.conversation.desk import codes, professional
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Choice, Reply, Text

__all__ = ["SAFE", "about", "address", "said"]

# The hand-over (`bot.conversation.handover`) speaks to whoever is hurt; a worker stands beside them. Facts: clinical.md 5.4.
_ABOUT_THE_PATIENT = {
    f"handover.{name}": f"desk.handover.{name}"
    for name in ("heard", "emergency", "emergency_local", "private", "safe", "go", "here")
}
SAFE: Mapping[str, Text] = {f"safe.{answer}": Text(f"desk.safe.{answer}") for answer in ("yes", "no")}

_SOON = Text("desk.soon.today")

# Questions of a case that the desk asks by itself, or not at all.
_NOT_HERE = ("language", "menu.new")


def address(code: str) -> Text:
    """The first line of whatever concerns one case."""
    return Text("desk.case", {"code": code})


def said(case: Case, reply: Reply, around: Around) -> Reply:
    """A reply of the case's conversation, for the worker."""
    place = course.part(case.state)
    paragraphs, choices = reply.paragraphs, reply.choices
    if reply.key == "consent":
        paragraphs = (*_notes(paragraphs, "consent."), *_consent(case))
        choices = tuple(_consent_label(c) for c in choices)
    elif reply.key == place and place in course.RESULTS:
        answer = professional.answer(case, around)
        # What was said before and after the result itself (a photograph was deleted) stays.
        paragraphs = (*(t for t in paragraphs if t.id == "sent.photo_deleted"), *answer.paragraphs)
        choices = answer.choices
    elif reply.key == "now":
        paragraphs = (*professional.emergency(case), *paragraphs, *professional.where(case, around))
    # The worker stands beside the patient, and their other questions are not put off.
    paragraphs = tuple(
        _SOON if t.id == "findings.do.today" else t for t in paragraphs if t.id != "today.goes_on"
    )
    kept = tuple(c for c in choices if not c.code.startswith(_NOT_HERE))
    return replace(
        reply,
        paragraphs=(address(case.code), *(_of_harm(case, text) for text in paragraphs)),
        choices=tuple(Choice(codes.wrapped(case.code, c.code), SAFE.get(c.code, c.label)) for c in kept),
    )


def about(reply: Reply) -> str:
    """The code of the case that a reply speaks of, '' for one of the desk itself."""
    return next((str(t.args["code"]) for t in reply.paragraphs if t.id == "desk.case"), "")


def _of_harm(case: Case, text: Text) -> Text:
    """A sentence of the hand-over as it is said of the patient; any other as it is."""
    name = _ABOUT_THE_PATIENT.get(text.id)
    if name is None:
        return text
    # DELETE alone would erase every patient of the desk.
    return Text(name, {"code": case.code} if name == "desk.handover.private" else text.args)


def _notes(paragraphs: tuple[Text, ...], prefix: str) -> tuple[Text, ...]:
    return tuple(t for t in paragraphs if not t.id.startswith(prefix))


def _consent(case: Case) -> tuple[Text, ...]:
    """The patient's own yes, spoken: the worker reads it out. Source: clinical.md 5.2 (CHW mode)."""
    said = [
        Text("desk.consent.read"),
        Text("desk.consent.who"),
        Text("desk.consent.keep", {"count": case.state.here.photo_days}),
        Text("desk.consent.may_refuse"),
    ]
    if photos := [a for a in case.state.pending if a.kind == "photo"]:
        said.append(Text("desk.consent.photo_waits", {"count": len(photos)}))
    said.append(Text("desk.consent.ask"))
    return tuple(said)


def _consent_label(choice: Choice) -> Choice:
    answer = choice.code.removeprefix("consent.")
    return replace(choice, label=Text(f"desk.consent.{answer}")) if answer in ("yes", "no") else choice
