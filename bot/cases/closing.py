"""Who is told that a clinician closed a case: the health worker who looks after it, and in plain words the patient."""

from __future__ import annotations

from sqlalchemy import Connection

from bot import people, telling
from bot.cases.store import Case, Ending
from bot.conversation.desk import voice
from bot.messages import Reply, Text
from bot.queue import Wakes

__all__ = ["lock", "tell"]


def lock(connection: Connection, case: Case) -> None:
    """The chats that are told something, or are due, are locked before the case, in order."""
    telling.lock(connection, {one for one in (case.chat_id, case.patient_chat_id) if one is not None})


def tell(connection: Connection, case: Case, outcome: Ending) -> Wakes:
    """Queues what is said, in the transaction that closes the case; what to wake.

    A patient's chat takes nothing back of how soon: whom nobody has seen does what was told before. Where the patient has died,
    it is left in peace; whom it cannot tell any more, their worker tells. Whose chat is no desk any more is told nothing of the
    patients they had.
    """
    woken: Wakes = []
    patient = case.patient_chat_id if case.of_desk else case.chat_id
    if outcome == "died":
        patient = None
    if case.of_desk and people.role_of(connection, case.chat_id) in people.INVITED:
        ended = Text("desk.closed_by_clinician", {"outcome": Text(f"desk.close.{outcome}")})
        said: tuple[Text, ...] = (voice.address(case.code), ended, Text("desk.closed"))
        if patient is not None and not telling.reaches(connection, patient):
            said = (*said, telling.NOT_REACHED)
        woken += telling.tell(connection, case.chat_id, telling.NO_TURN, Reply(said, (), "closed"), case.id)
    if patient is not None:
        plain = Reply((Text("clinic.closed"),), (), "closed")
        woken += telling.tell(connection, patient, telling.NO_TURN, plain, case.id)
    return woken
