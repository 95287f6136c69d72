"""The question of a reminder, and what is to be asked when: pure, from the state alone.

A reminder names no condition and nothing of what was said: the telephone may be shared (clinical.md section 6, Messages).
"""

from __future__ import annotations

from dataclasses import replace

from bot.clinical import follow_up
from bot.clinical.follow_up import Kind
from bot.conversation import another, course
from bot.conversation.events import Asking, ReminderDue
from bot.conversation.state import ChatState
from bot.durations import DAY_S
from bot.messages import Choice, Reply, Text, Urgency

__all__ = [
    "KEY",
    "QUESTIONS",
    "ask",
    "may_answer",
    "may_ask",
    "may_say_worse",
    "next_days",
    "planned",
    "to_be_seen",
    "unseen",
    "waits",
]

QUESTIONS: tuple[Kind, ...] = ("better", "visit")

# How the key of its reply begins.
KEY = "reminder."
# A question of last week is not asked today: where it could not be sent (WhatsApp's window, an outage) it goes.
GOOD_FOR_S = 3 * DAY_S
# So long after the person's last words a question of language, of erasing or the like stands in the way of a reminder. Design.
TALKING_S = 3 * 3600.0

_ANSWERS: dict[Kind, tuple[tuple[str, str], ...]] = {
    "better": (("better", "later.better"), ("same", "later.same"), ("worse", "later.worse")),
    "visit": (("yes", "answer.yes"), ("not_yet", "later.not_yet")),
}
_QUESTION: dict[Kind, str] = {"better": "later.ask_better", "visit": "later.ask_visit"}


def ask(kind: Kind) -> Reply:
    """The question, with its answers and 'stop asking'."""
    answers = (*_ANSWERS[kind], ("stop", "later.stop"))
    buttons = tuple(Choice(f"{kind}.{answer}", Text(label)) for answer, label in answers)
    return Reply((Text(_QUESTION[kind]),), buttons, f"{KEY}{kind}", GOOD_FOR_S)


def planned(state: ChatState) -> tuple[Asking, ...]:
    """What is to be asked of a case whose result was told, at most two questions a case."""
    if state.answers.get("later.stop"):
        return ()
    # What a result of before left to be asked is asked with this one's.
    asks = follow_up.plan(another.reached(state), _codes(state), suspicious=another.suspicious(state))
    first = state.reminders_asked
    return tuple(
        Asking(one.kind, first + n, one.days) for n, one in enumerate(asks[: follow_up.MOST - first], 1)
    )


def may_ask(state: ChatState, event: ReminderDue) -> bool:
    """False where the case has moved on, was closed or came to 'go now', where another question was just asked, or after STOP.

    A result that the present case left behind is asked about too, and a case that has come to an urgency but to no result.
    """
    return not _talking(state, event) and _fits(state, event)


def _fits(state: ChatState, event: ReminderDue) -> bool:
    told = state.answers
    of_this = event.case_version == state.case_version == state.told and _has_result(state)
    of_open = event.case_version == state.case_version and another.untold(state) is not None
    of_left = event.case_version == state.left_version != 0 and not state.at_once
    return (
        (of_this or of_left or of_open)
        and not state.stopped
        and not state.handover
        and state.reminders_asked < follow_up.MOST
        and not told.get("later.stop")
        and (told.get("later.better") != "better" or (event.kind == "visit" and to_be_seen(state)))
        and not (event.kind == "visit" and not unseen(state))
    )


def waits(state: ChatState, event: ReminderDue) -> bool:
    """True where it would be asked, but for a question of ours that was asked just now: it is asked later."""
    return _talking(state, event) and _fits(replace(state, overlay=""), event)


def _talking(state: ChatState, event: ReminderDue) -> bool:
    between = state.overlay in ("", *QUESTIONS)
    if between and (another.untold(state) is None or event.case_version != state.case_version):
        return False
    # What nobody has answered for so long is put away.
    return state.last_at is not None and event.at < state.last_at + TALKING_S


def may_answer(state: ChatState) -> bool:
    """True where an answer to a reminder is understood though something else was said since."""
    return state.reminders_asked > 0 and state.told == state.case_version and _has_result(state)


def may_say_worse(state: ChatState) -> bool:
    """True where "worse" is of what was told: a result, or how soon somebody is to be seen who refused."""
    if state.overlay not in ("", *QUESTIONS) or state.handover:
        return False
    told = state.told == state.case_version and _has_result(state)
    return told or course.part(state) == "refused"


def unseen(state: ChatState) -> bool:
    """True while nobody has said that a health worker looked at it."""
    return state.answers.get("later.visit") != "yes"


def to_be_seen(state: ChatState) -> bool:
    """True while somebody must look at it whom nobody has seen yet, however it is by now."""
    pressing = another.reached(state) is not Urgency.ROUTINE or another.suspicious(state)
    return pressing and unseen(state)


def next_days(state: ChatState) -> int:
    """In how many days the next question of the plan comes, counted from the last one; 0 where none is left."""
    asks = follow_up.plan(another.reached(state), _codes(state), suspicious=another.suspicious(state))
    number = state.reminders_asked
    if number >= min(len(asks), follow_up.MOST):
        return 0
    return asks[number].days - (asks[number - 1].days if number else 0)


def _has_result(state: ChatState) -> bool:
    return course.part(state) in course.RESULTS and course.soon(state) is not Urgency.NOW


def _codes(state: ChatState) -> tuple[str, ...]:
    found = state.findings
    if course.part(state) != "findings" or found is None or found.abstained:
        return ()
    return tuple(c.code for c in found.conditions)
