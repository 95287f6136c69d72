"""Who is on duty hears at once of somebody who wants to die or is hurt by somebody. Facts: clinical.md 5.4.

The case goes before the clinicians, above all others, and each of them is told in their own chat: its code and which danger,
nothing else. It is told once as long as the case waits; once a clinician has answered, the same words begin anew. What a patient
agreed to does not come into it, nor NGOZI_ASK_CLINICIANS: but of who agreed to nothing the case holds the hand-over alone.
Of a colleague they hear who it is, and neither which danger nor a word of theirs: there is no case, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot import colleagues, people
from bot.cases import clinic, store
from bot.conversation import ChatState, handover, new_state
from bot.messages import Reply, Text, Urgency
from bot.queue import Wakes
from worker import awaited, telling

__all__ = ["chats", "of_desk", "of_member", "of_patient", "reached_beside", "same_case", "stands_first"]


def chats(connection: Connection, harms: Sequence[object]) -> list[int]:
    """Chats of the clinicians who are told; they are locked before. harms: what was handed over, () where nothing was."""
    return people.active_chats(connection, "clinician") if harms else []


def of_patient(
    connection: Connection, chat_id: int, turn_id: int, state: ChatState, harms: Sequence[handover.Harm]
) -> Wakes:
    """Puts the chat's own case before the clinicians and tells them; what to wake. Chats are locked already."""
    if not harms or not people.answers_cases(connection):
        return []
    row = next((one for one in _own(connection, chat_id) if same_case(one.state, state)), None)
    if _told(row, harms):
        return []
    kept = _kept(state)
    if row is None:
        for earlier in _own(connection, chat_id):
            if not earlier.waits:
                store.close(connection, earlier, "other")
        row = store.open_case(connection, chat_id, kept)
    return _alert(connection, turn_id, replace(row, state=kept), harms)


def of_desk(
    connection: Connection,
    turn_id: int,
    before: store.Case | None,
    row: store.Case,
    harms: Sequence[handover.Harm],
) -> Wakes:
    """The same for a health worker's patient. before, row: the case as it was before the turn, None for a new one, and is now."""
    if _told(before, harms) or not row.is_open or not people.answers_cases(connection):
        return []
    return _alert(connection, turn_id, row, harms)


def reached_beside(connection: Connection, chat_id: int) -> bool:
    """True where a clinician is reached in a chat, another one than this."""
    return any(one != chat_id for one in people.active_chats(connection, "clinician"))


def of_member(connection: Connection, turn_id: int, chat_id: int, person_id: int | None) -> Wakes:
    """Tells the other clinicians that whoever works in this chat may be in danger; what to wake. Chats are locked already."""
    name = colleagues.name_of(connection, person_id)
    number = Text("desk.hand.member", {"number": str(person_id or 0)})
    who = Text("plain.text", {"text": name}) if name else number
    reply = Reply((Text("clinic.harm.member", {"who": who}),), (), "on_duty")
    woken: Wakes = []
    for other in people.active_chats(connection, "clinician"):
        if other != chat_id:
            woken += telling.tell(connection, other, turn_id, reply, None)
    return woken


def stands_first(row: store.Case) -> bool:
    """True while somebody who may be in danger waits for a person: until then the case is as pressing as any can be."""
    return row.waits and row.reason == handover.HARM


def same_case(row: ChatState, chat: ChatState) -> bool:
    """True where the conversation is at this case of its own: also once its version moved on, by what was handed over in it."""
    return awaited.is_at(chat, row) or bool(
        handover.marks(row.answers).items() & handover.marks(chat.answers).items()
    )


def _own(connection: Connection, chat_id: int) -> list[store.Case]:
    return [one for one in store.load_open(connection, chat_id) if one.chat_id == chat_id and not one.of_desk]


def _told(row: store.Case | None, harms: Sequence[handover.Harm]) -> bool:
    """True where those on duty know all of it and have not answered yet."""
    if row is None or not stands_first(row):
        return False
    return all(f"handover.{harm}" in row.state.answers for harm in harms)


def _kept(state: ChatState) -> ChatState:
    """What the clinicians may see: all where the person agreed that people here see it, else that they were handed over."""
    if state.consent == "yes":
        # What a clinician told of it before is nothing that was found.
        return replace(state, opinion=None)
    fresh = new_state(state.language, state.case_version)
    return replace(fresh, answers=handover.marks(state.answers), last_at=state.last_at)


def _alert(connection: Connection, turn_id: int, row: store.Case, harms: Sequence[handover.Harm]) -> Wakes:
    row = store.save(connection, replace(row, found_urgency=Urgency.NOW))
    clinic.escalate(connection, row.id, handover.HARM)
    return telling.on_duty(
        connection, turn_id, row, tuple(Text(f"clinic.harm.{harm}") for harm in dict.fromkeys(harms))
    )
