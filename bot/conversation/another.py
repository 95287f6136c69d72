"""One more photograph after a result: of the same skin problem, or of a new one? And what a result leaves behind it.

Until the person has said which, nothing changes: what was to be asked later is asked, and the clinicians' queue keeps the case.
A result with an urgency is not left behind by a new case: what was to be asked about it stays until the new one has its result,
and is asked with that one's. Nor is a case that has come to an urgency before it had a result. Design.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bot.clinical import conditions
from bot.conversation import course
from bot.conversation.events import DropPhotos, Effect
from bot.conversation.state import ChatState
from bot.messages import Attachment, Choice, Reply, Text, Urgency, worst

__all__ = [
    "SAME_S",
    "anew",
    "ask",
    "held",
    "leaving",
    "nothing_left",
    "reached",
    "recent",
    "result_first",
    "still",
    "suspicious",
    "taken",
    "untold",
]

# So long after its result a case is looked at again without the questions about danger: what they ask does not change sooner.
SAME_S = 24 * 3600.0


def ask(state: ChatState) -> Reply:
    """The question, with its two answers: of a photograph, or of words that came without one."""
    buttons = tuple(Choice(f"which.{answer}", Text(f"which.{answer}")) for answer in ("same", "new"))
    of_photo = state.pending or state.unclaimed
    return Reply((Text("which.ask" if of_photo else "which.ask_words"),), buttons, "which")


def held(
    state: ChatState, sent: tuple[Attachment, ...], at: float, most: int
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...]]:
    """The state in which it is asked. The photographs wait as they do for consent, by reference, `most` of them for a day."""
    known = tuple(dict.fromkeys((*state.pending, *sent)))
    kept, left = known[:most], known[most:]
    # Beside who can help nothing is asked; the question comes when that ends (`bot.conversation.saying`).
    overlay: Literal["", "which"] = "" if state.handover or result_first(state) else "which"
    state = replace(state, pending=kept, pending_since=state.pending_since or at, overlay=overlay)
    return state, (), (DropPhotos(left),) if left else ()


def result_first(state: ChatState) -> bool:
    """True where findings are being made or wait to be told: a photograph that may be of somebody else is asked of after them."""
    untold = state.requested == state.case_version != state.told
    return untold or course.part(state) in course.WORKING


def taken(state: ChatState) -> tuple[ChatState, tuple[Attachment, ...]]:
    """The state without the question, and the photographs that waited for its answer."""
    waited = state.pending
    return replace(state, pending=(), pending_since=None, overlay=""), waited


def recent(state: ChatState, at: float) -> bool:
    """True where the result was told not long ago."""
    return state.told_at is not None and at < state.told_at + SAME_S


def leaving(state: ChatState, *, other: bool) -> ChatState:
    """The state with what its told result leaves to be asked. other: what follows is another problem, not this one anew.

    A result of before stays what is left where the case has none yet. Who got better, was seen or asked to be left alone leaves
    nothing.
    """
    told = state.answers
    if state.told != state.case_version or course.part(state) not in course.RESULTS:
        if (
            other
            # A result was told, and a sign of danger is being asked after it: what was told stays.
            and (pressing := _pressing(state))
            and not told.get("later.stop")
            and told.get("later.visit") != "yes"
        ):
            return replace(
                state,
                left_version=state.case_version,
                left_soon=worst(pressing, state.left_soon),
                left_suspicious=suspicious(state),
                left_other=True,
            )
        return replace(state, left_other=other or state.left_other) if state.left_version else state
    better = (
        told.get("later.better") == "better" and reached(state) is Urgency.ROUTINE and not suspicious(state)
    )
    if told.get("later.stop") or better or told.get("later.visit") == "yes":
        return nothing_left(state)
    return replace(
        state,
        left_version=state.case_version,
        left_soon=reached(state),
        left_suspicious=suspicious(state),
        left_other=other,
    )


def _pressing(state: ChatState) -> Urgency | None:
    """How soon somebody is to be seen by a case that is asked about a sign, or has no result; None where it can wait."""
    asked = untold(replace(state, told=0))
    if state.told != state.case_version or state.at_once:
        return asked
    # What was found was told before the sign was asked.
    reached = worst(asked, course.urgency(state))
    return None if reached is Urgency.ROUTINE else reached


def anew(state: ChatState, reached: Urgency | None) -> ChatState:
    """The state in which the engine is asked once more about the same problem. reached: what it had come to; another look never
    lowers that (rule 2).
    """
    floor = state.floor if reached in (None, Urgency.ROUTINE) else worst(state.floor, reached)
    state = leaving(state, other=False)
    return replace(state, case_version=state.case_version + 1, findings=None, description=(), floor=floor)


def untold(state: ChatState) -> Urgency | None:
    """How soon somebody is to be seen of whom no result was told yet, by what they answered so far; None where it can wait."""
    if state.told == state.case_version or state.consent != "yes" or state.at_once:
        return None
    reached = course.floor(state)
    return None if reached is Urgency.ROUTINE else reached


def nothing_left(state: ChatState) -> ChatState:
    """The state with nothing of an earlier result to be asked any more."""
    return replace(state, left_version=0, left_soon=None, left_suspicious=False, left_other=False)


def reached(state: ChatState) -> Urgency:
    """How soon somebody is to be seen, for this result and for the one that it left behind."""
    return worst(course.soon(state), state.left_soon) or Urgency.ROUTINE


def suspicious(state: ChatState) -> bool:
    """True where this result or the one that it left behind is a spot that may be a cancer, named or not."""
    found = state.findings
    named = course.part(state) == "findings" and found is not None and not found.abstained
    known = conditions.everything()
    cancer = named and any(known[c.code].cancer for c in found.conditions if c.code in known)  # type: ignore[union-attr]
    # A spot that is to be seen within a week may be one.
    spot = state.answers.get("shape") == "spot" and course.soon(state) is Urgency.WEEK
    return cancer or spot or state.left_suspicious


def still(state: ChatState) -> tuple[str, ...]:
    """Ids of what is said of the result that is left behind, where it has an urgency."""
    if state.left_soon not in (Urgency.TODAY, Urgency.WEEK):
        return ()
    return ("left.first", f"findings.do.{state.left_soon.value}")
