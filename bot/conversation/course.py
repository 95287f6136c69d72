"""Where a chat stands: the order of the parts, derived from what is known. The one place that holds the order."""

from __future__ import annotations

from typing import Literal

from bot.clinical import danger, sent_on, symptoms
from bot.conversation import planning
from bot.conversation.state import ChatState
from bot.messages import Urgency, worst

__all__ = ["RESULTS", "WORKING", "Part", "assessment", "floor", "part", "urgency"]

Part = Literal[
    "language",
    "consent",
    "age",
    "now",
    "danger",
    "refused",
    "infant",
    "shape",
    "rash",
    "wound",
    "site",
    "private",
    "photo",
    "skin",
    "plan",
    "planning",
    "question",
    "no_photo",
    "request",
    "waiting",
    "findings",
]

# Parts in which a case has come to its end and the menu stands open.
RESULTS: frozenset[Part] = frozenset({"infant", "rash", "wound", "private", "no_photo", "findings"})

# Parts in which nothing is asked, for the engine works.
WORKING: frozenset[Part] = frozenset({"plan", "planning", "request", "waiting"})


def part(state: ChatState) -> Part:
    """Where the chat stands. Signs of danger come before anything that looks at the skin, and `now` ends a case."""
    told = state.answers
    if not state.language:
        return "language"
    if state.floor is Urgency.NOW:
        return "now"
    if not state.consent:
        return "consent"
    if "age" not in told:
        return "age"
    if assessment(state).next is not None:
        return "danger"
    if state.consent == "no":
        return "refused"
    if told["age"] == "infant":
        return "infant"
    if "shape" not in told:
        return "shape"
    if told["shape"] == "rash":
        return "rash"
    if told["shape"] == "wound":
        return "wound"
    if "site" not in told:
        return "site"
    if told["site"] == "private":
        return "private"
    return _about_the_spot(state)


def _about_the_spot(state: ChatState) -> Part:
    if not state.photos and "photo" not in state.answers:
        return "photo"
    if "skin" not in state.answers:
        return "skin"
    if awaited := planning.awaits(state):
        return awaited
    if planning.question(state):
        return "question"
    if not state.photos:
        return "no_photo"
    if state.findings is not None:
        return "findings"
    return "waiting" if state.requested == state.case_version else "request"


def assessment(state: ChatState) -> danger.Assessment:
    """What the answers about signs of danger mean so far."""
    return danger.assess(state.answers.get("age", ""), state.answers)


def floor(state: ChatState) -> Urgency:
    """The least urgency of any finding of this case: signs of danger, answers about the spot, albinism."""
    albinism = sent_on.kinds()["albinism"].urgency if state.answers.get("skin") == "albinism" else None
    return worst(state.floor, symptoms.raised_by(state.answers), albinism, Urgency.ROUTINE) or Urgency.ROUTINE


def urgency(state: ChatState) -> Urgency:
    """How soon the person must be seen, once the case has a result."""
    place = part(state)
    if place == "findings" and state.findings is not None:
        return worst(floor(state), state.findings.urgency) or Urgency.ROUTINE
    if place in RESULTS:
        return worst(floor(state), sent_on.kinds()[place].urgency) or Urgency.ROUTINE
    return floor(state)
