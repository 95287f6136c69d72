"""What a case says, as a worker hears it: the code first, consent in words to read out, an answer for a professional."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course
from bot.conversation.desk import codes, professional
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Choice, Reply, Text

__all__ = ["about", "address", "said"]

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
    kept = tuple(c for c in choices if not c.code.startswith(_NOT_HERE))
    return replace(
        reply,
        paragraphs=(address(case.code), *paragraphs),
        choices=tuple(Choice(codes.wrapped(case.code, c.code), c.label) for c in kept),
    )


def about(reply: Reply) -> str:
    """The code of the case that a reply speaks of, '' for one of the desk itself."""
    return next((str(t.args["code"]) for t in reply.paragraphs if t.id == "desk.case"), "")


def _notes(paragraphs: tuple[Text, ...], prefix: str) -> tuple[Text, ...]:
    return tuple(t for t in paragraphs if not t.id.startswith(prefix))


def _consent(case: Case) -> tuple[Text, ...]:
    """The patient's own yes, spoken: the worker reads it out. Source: clinical.md 5.2 (CHW mode)."""
    said = [
        Text("desk.consent.read"),
        Text("desk.consent.who"),
        Text("desk.consent.keep", {"count": case.state.photo_days}),
        Text("desk.consent.may_refuse"),
    ]
    if photos := [a for a in case.state.pending if a.kind == "photo"]:
        said.append(Text("desk.consent.photo_waits", {"count": len(photos)}))
    said.append(Text("desk.consent.ask"))
    return tuple(said)


def _consent_label(choice: Choice) -> Choice:
    answer = choice.code.removeprefix("consent.")
    return replace(choice, label=Text(f"desk.consent.{answer}")) if answer in ("yes", "no") else choice
