"""When a chat is woken by the clock: silence, a photograph that nobody agreed to, findings that take long."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import course, planning, talk
from bot.conversation.state import ChatState
from bot.durations import DAY_S

__all__ = ["PATIENCE_S", "SILENCE_S", "UNANSWERED_PHOTO_S", "patience_due", "waking"]


# A chat waits so long for an answer, and a photograph that nobody agreed to so long for consent.
SILENCE_S = 30 * DAY_S
UNANSWERED_PHOTO_S = DAY_S
# Findings that take longer than this are said to: somebody who hears nothing sends the photograph again, or gives up.
PATIENCE_S = 60.0


def waking(state: ChatState) -> ChatState:
    """The state with the time at which silence has been long enough."""
    due = [state.last_at + SILENCE_S] if state.last_at is not None else []
    due += [state.pending_since + UNANSWERED_PHOTO_S] if state.pending_since is not None else []
    due += [at for at in (planning.due(state), patience_due(state), talk.answer_due(state)) if at is not None]
    return replace(state, wake_at=min(due, default=None))


def patience_due(state: ChatState) -> float | None:
    """When to say that the findings take longer (epoch s); None where none are awaited, or it was said of these."""
    if state.stopped or state.patience == state.case_version or course.part(state) != "waiting":
        return None
    return None if state.requested_at is None else state.requested_at + PATIENCE_S
