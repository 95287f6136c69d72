"""The patient of a health worker's case has linked this chat to it: one sentence, and what stood open is asked again.

Nothing else of the chat changes: not its case, not its answers, not what it agreed to.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, heard, language, saying, screening
from bot.conversation.events import Linked, Step
from bot.conversation.state import ChatState
from bot.messages import Reply, Text

__all__ = ["DONE", "linked"]

DONE = Text("join.patient")


def linked(state: ChatState, event: Linked) -> Step:
    """What is said. Danger that stands beside the code comes first, as in any message."""
    items = event.said.items
    screened = screening.screened(state, items)
    if screened.answered:
        return _behind(heard.said(state, event.said))
    state = replace(heard.present(state, event.said), stopped=False)
    if not state.language:
        state = replace(state, language=language.guessed(items, state.here.unreviewed))
    if not state.language:
        # Told in the language that they choose now.
        state = replace(state, carry=(*state.carry, DONE.id))
        return saying.say_only(state, saying.present(state))
    if course.part(state) == "now" or state.handover:
        return _behind(saying.say(state))
    if not state.offered and not state.consent:
        # Nothing was asked here yet: who only wants to hear an answer is not asked anything.
        return saying.say_only(state, Reply((*screened.notes, DONE), (), "linked"))
    return saying.say(state, *screened.notes, DONE)


def _behind(step: Step) -> Step:
    """The step with the sentence after what is said."""
    if not step.replies:
        return Step(step.state, (Reply((DONE,), (), "linked"),), step.effects)
    *before, last = step.replies
    return replace(step, replies=(*before, replace(last, paragraphs=(*last.paragraphs, DONE))))
