"""A clinician's answer on its way to a patient's own chat: in plain words, marked as the clinician's."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from bot import conversation, outbox
from bot.cases import clinic
from bot.conversation.desk.clinic import words_of
from bot.conversation.desk.events import OpinionCame
from bot.database import transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.messages import Reply, Text, worst
from bot.queue import DELIVER
from bot.tables import Chat
from worker import effects
from worker.parts import Parts
from worker.units import ChatRow, Unit

__all__ = ["for_patient", "tell_patient"]


def for_patient(event: OpinionCame) -> Reply:
    """The answer as the patient is told it."""
    said = [Text("clinic.patient", {"words": words_of(event.words)})]
    if event.opinion is not None:
        said.append(Text(f"clinic.patient.{event.opinion.value}"))
    return Reply(tuple(said), (), "opinion")


def tell_patient(
    parts: Parts, chat: ChatRow, token: str, unit: Unit, event: OpinionCame
) -> list[tuple[str, int]]:
    """Tells the chat whose own case was answered; the urgency of the case may rise with it, and falls with nothing."""
    state = conversation.new_state()
    with contextlib.suppress(conversation.BadState):
        state = conversation.from_json(chat.state) if chat.state else state
    state = replace(state, floor=worst(state.floor, event.opinion))
    with transaction(parts.engine) as connection:
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
        if unit.answered_id is not None:
            clinic.told(connection, unit.answered_id)
        if chat.stopped or state.stopped:
            return []
        outbox.queue(connection, chat.id, turn_id, [for_patient(event)], state.speaks, unit.answered_id)
    return [(DELIVER, chat.id)]
