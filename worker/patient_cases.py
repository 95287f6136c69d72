"""A patient's own case before the clinicians: where it must be seen soon, or nobody knows what it is.

Only where the deployment has a clinician and has not switched it off (NGOZI_ASK_CLINICIANS). The patient has agreed that those
who run the service see photograph and answers; nothing else changes for them: an answer comes into their chat in plain words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from bot import people
from bot.cases import clinic, store
from bot.conversation import ChatState, course
from bot.conversation.desk.events import Escalate
from bot.messages import Urgency
from bot.queue import Wakes
from bot.settings import Settings
from worker import duty, telling

__all__ = ["concerned", "escalate", "reason", "told"]

Reason = Literal["", "urgent", "unsure"]


def reason(before: ChatState, after: ChatState) -> Reason:
    """Why a clinician should see the case that this step has brought to its result; '' where none need."""
    if not told(before, after):
        return ""
    soon = course.soon(after)
    if soon in (Urgency.NOW, Urgency.TODAY):
        return "urgent"
    found = after.findings
    unsure = course.part(after) == "findings" and found is not None and found.abstained
    return "unsure" if soon is Urgency.WEEK and unsure else ""


def told(before: ChatState, after: ChatState) -> bool:
    """True where this step has brought the case to its result."""
    return _done(before) != _done(after) and _done(after) != 0


def _done(state: ChatState) -> int:
    """The case version that has its result and may be shown; 0 where none has, or where nobody agreed."""
    if state.consent != "yes" or state.stopped:
        return 0
    place = course.part(state)
    told = place == "now" or (place in course.RESULTS and state.told == state.case_version)
    return state.case_version if told and place not in ("private", "infant") else 0


def concerned(connection: Connection, settings: Settings, why: Reason) -> list[int] | None:
    """Chats of the clinicians who would be told; None where nobody is to be asked, () where they sign in at the console only."""
    if not why or not settings.ask_clinicians or not people.answers_cases(connection):
        return None
    return people.active_chats(connection, "clinician")


def _anew(earlier: ChatState, state: ChatState) -> bool:
    """True where the case is the earlier one looked at again: by its photographs, or as what it left behind."""
    photos = {*earlier.photos}
    left = state.left_version == earlier.case_version and not state.left_other
    return (
        earlier.case_version == state.case_version
        or left
        or bool(photos & {*state.earlier_photos, *state.photos})
    )


def escalate(connection: Connection, chat_id: int, turn_id: int, state: ChatState, why: Reason) -> Wakes:
    """Puts the chat's case into the queue, in place of an earlier one of the chat; what to wake. Chats are locked already.

    An earlier one that waits for its answer and is of another skin problem waits on.
    """
    for earlier in store.load_open(connection, chat_id):
        # Patients of who worked here before wait for another worker.
        if earlier.chat_id != chat_id or earlier.of_desk:
            continue
        if duty.stands_first(earlier) and duty.same_case(earlier.state, state):
            # Whoever is on duty was told of this very case, by its code: it gets its result and keeps its place.
            store.save(
                connection, replace(earlier, state=replace(state, opinion=None), told_at=state.last_at)
            )
            return []
        if earlier.waits and not _anew(earlier.state, state):
            continue
        store.close(connection, earlier, "other")
    # What a clinician told of it before is nothing that was found.
    state = replace(state, opinion=None)
    row = store.open_case(connection, chat_id, state)
    row = store.save(connection, replace(row, found_urgency=course.urgency(state), told_at=state.last_at))
    clinic.escalate(connection, row.id, why)
    return telling.clinicians(
        connection, turn_id, row, Escalate(row.code, why, row.found_urgency or Urgency.ROUTINE)
    )
