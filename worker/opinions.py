"""A clinician's answer on its way to a patient's own chat: in plain words, marked as the clinician's."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from sqlalchemy import Connection, func, select

from bot import conversation, outbox, stored_state
from bot.cases import clinic, store
from bot.clinical.clinic_says import to_a_patient
from bot.conversation.desk.clinic import told
from bot.conversation.desk.events import OpinionCame
from bot.database import transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.messages import OPINION, Reply, Text, Urgency, worst
from bot.queue import DELIVER, Wakes
from bot.tables import Chat, ReplyRow, Turn
from worker import effects
from worker.parts import Parts
from worker.units import ChatRow, Unit

__all__ = ["copied", "for_patient", "tell_patient", "waiting"]


def waiting(connection: Connection, chat: ChatRow) -> list[store.Case]:
    """Answered cases of which the chat is to be told now.

    Whose chat is no desk any more is told nothing of the patients they had: it would be told as of themselves. Those answers wait
    until the case is handed over. In a chat that was stopped they wait until the person writes.
    """
    if chat.stopped or stored_state.stopped(chat.state):
        return []
    return [case for case in clinic.answers_to_tell(connection, chat.id) if chat.works or not case.of_desk]


_AGREED = "clinic.say.same"


def for_patient(event: OpinionCame, reached: Urgency | None, *, of_worker: Urgency | None = None) -> Reply:
    """The answer as the patient is told it. reached: by the signs of danger.

    Where the clinician's word is less than that, it is told in the clinician's own words alone, not in a sentence of ours.
    of_worker: of a health worker's case how soon the worker was told: its patient was told nothing by the computer, and hears
    it with the agreement.
    """
    first, *more = (_to_a_patient(text, of_worker is not None) for text in told(event.words))
    said = [Text("clinic.patient", {"words": first}), *more]
    agreed = any(text.id == _AGREED for text in told(event.words))
    if event.opinion is None and of_worker is not None and agreed:
        said.append(Text(f"clinic.patient.{of_worker.value}"))
    if event.opinion is not None and (reached is None or event.opinion.rank <= reached.rank):
        said.append(Text(f"clinic.patient.{event.opinion.value}"))
    return Reply(tuple(said), (), OPINION)


def _to_a_patient(text: Text, of_worker: bool) -> Text:
    if text.id == _AGREED and of_worker:
        return Text("clinic.say.same.linked")
    return replace(text, id=to_a_patient(text.id))


def copied(connection: Connection, chat_id: int, case_id: int, answered_at: float | None) -> bool:
    """True where the patient's chat has this answer, or gets it: it was told with the chat that had the case before."""
    if answered_at is None:
        # Which of several answers is still owed, nothing tells: better twice than never.
        return False
    # A reply that waited and was freed is as young as that; which answer it brings, the turn says that told it.
    told_at = func.coalesce(Turn.created_at, ReplyRow.created_at)
    found = (
        select(ReplyRow.id)
        .outerjoin(Turn, Turn.id == ReplyRow.turn_id)
        .where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.case_id == case_id,
            ReplyRow.key == OPINION,
            ReplyRow.state.not_in(("failed", "dropped")),
            told_at >= answered_at,
        )
    )
    return connection.execute(found.limit(1)).first() is not None


def tell_patient(parts: Parts, chat: ChatRow, token: str, unit: Unit, event: OpinionCame) -> Wakes:
    """Tells the chat whose own case was answered. What it is told from then on is never later than that; what was found of the
    case stays as it was found.

    The answer is of the case that it was asked about, which may be an earlier one than what the chat is at by now.
    """
    state = conversation.new_state()
    with contextlib.suppress(conversation.BadState):
        state = conversation.from_json(chat.state) if chat.state else state
    with transaction(parts.engine) as connection:
        case = store.by_id(connection, unit.answered_id) if unit.answered_id is not None else None
        # The worse of the two: nothing that we say beside an emergency, this one or that, is weaker than it.
        reached = worst(state.floor, state.opinion, case.state.floor if case is not None else None)
        if case is not None and case.state.case_version == state.case_version:
            asked = state.case_version if case.asked == "photo" else state.photo_asked
            state = replace(state, opinion=worst(state.opinion, event.opinion), photo_asked=asked)
        hold(
            connection,
            TURN_LEASE,
            chat.id,
            token,
            parts.settings.lease_s,
            state=conversation.to_json(state),
            turns=Chat.turns + 1,
        )
        turn_id = effects.record_turn(connection, chat.id, "OpinionCame")
        if case is None or case.of_desk:
            # Erased with all that was said of it, or the chat was a desk until a moment ago.
            return []
        clinic.told(connection, case.id, unit.answered_at)
        reply = for_patient(event, reached)
        outbox.queue(connection, chat.id, turn_id, [reply], state.speaks, case.id)
    return [(DELIVER, chat.id)]
