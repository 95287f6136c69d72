"""May this case teach the model? Asked only of who opens it in the menu or writes the word; never part of the course of a case.

It is another consent than the first, for one case, and can be taken back at any time: then it goes for all that the person agreed
to, here or through a health worker. Where a question stands that nothing may stand before, the word takes back, and that is all.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, photos
from bot.conversation.events import Teach
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text

__all__ = ["NOTHING_BEFORE", "answered", "ask", "entry", "may", "taken_back"]

# Parts before which no other question is put.
NOTHING_BEFORE: frozenset[course.Part] = frozenset({"language", "consent", "age", "now", "danger"})


def may(state: ChatState) -> bool:
    """True where the case is at its end and holds what a model could learn from: a photograph that was agreed to."""
    place = course.part(state)
    told = place in course.RESULTS and state.told == state.case_version
    if photos.never_kept(state):
        # What is kept of it was sent before it came to private parts: it does not show what the case is of.
        return False
    return told and state.consent == "yes" and bool(state.photos or state.earlier_photos)


def entry(state: ChatState) -> tuple[Choice, ...]:
    """The line of the menu, where there is something to ask."""
    return (Choice("menu.teaching", Text("menu.teaching")),) if may(state) else ()


def ask(state: ChatState) -> Reply:
    """The question, or what was agreed to and the way back."""
    agreed = state.teaching == state.case_version
    if may(state) and not agreed:
        said = [Text(f"teaching.{name}") for name in ("what", "how", "choice", "way_back")]
        answers = ("yes", "no")
    else:
        said = [Text("teaching.given" if agreed else "teaching.none_now")]
        answers = ("back", "keep")
    buttons = tuple(Choice(f"teaching.{answer}", Text(f"teaching.{answer}")) for answer in answers)
    return Reply(tuple(said), buttons, "teaching")


def answered(state: ChatState, answer: str) -> tuple[ChatState, tuple[Text, ...], tuple[Teach, ...]]:
    """The state after an answer, what is said, and what is to be kept. answer: yes, no, back or keep."""
    if answer == "keep":
        return state, (), ()
    if answer != "yes":
        return taken_back(state)
    state = replace(state, teaching=state.case_version)
    return (
        state,
        (Text("teaching.thanks"), Text("teaching.way_back")),
        (Teach(state.case_version, agreed=True),),
    )


def taken_back(state: ChatState) -> tuple[ChatState, tuple[Text, ...], tuple[Teach, ...]]:
    """The state without a consent, what is said, and what is to be kept."""
    return (
        replace(state, teaching=0),
        (Text("teaching.refused"),),
        (Teach(state.case_version, agreed=False),),
    )
