"""A patient's own chat is linked to a health worker's case by a code, and let go of again; the worker is told.

The code is looked up before the conversation is asked what it says (`meant`) and used in the turn's transaction (`link`): whoever
was faster meanwhile makes the turn be done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, update

from bot import invitations, join_codes, outbox, people, silence
from bot.cases import links
from bot.cases.store import CaseMoved
from bot.conversation import ChatState
from bot.conversation.desk import voice
from bot.conversation.events import Linked, Said
from bot.database import transaction
from bot.messages import OPINION, Reply, Text
from bot.parts_told import FAILED
from bot.queue import Wakes
from bot.tables import ReplyRow
from bot.telling import NO_TURN
from worker import telling
from worker.parts import Parts
from worker.units import ChatRow, CodeTyped, Unit

__all__ = ["COPIES", "UNTOLD", "chats", "end", "ending", "erased_by_clinic", "link", "meant", "tell"]

# What the patient alone would have heard; the rest of what is said in their chat is of their own conversation.
COPIES = (OPINION, "closed")
# `rank` says of a failed reply that it failed at the provider, after it had left; it is taken back once its worker was told.
UNTOLD = (ReplyRow.state == "failed", ReplyRow.rank == FAILED, ReplyRow.key.in_(COPIES))
# A message that a worker forwarded or read out has the code among its words: so many words are looked at.
_MOST_WORDS = 80


def meant(parts: Parts, chat: ChatRow, unit: Unit) -> Unit | None:
    """The unit as an event of the conversation where a patient's message holds a case's code that is good now; else None.

    A sentence with the code in it counts too, for people pass on what they were sent; any other sentence is left alone.
    """
    if chat.works or len(unit.items) != 1 or not isinstance(unit.event, Said):
        return None
    item = unit.items[0]
    if item.kind != "message" or item.attachments:
        return None
    words = item.text.split()
    typed = [t for t in (item.text, *words[:_MOST_WORDS]) if join_codes.looks_like_code(t) is not None]
    if not typed:
        return None
    with transaction(parts.engine) as connection:
        for text in typed:
            case_id = invitations.case_meant(connection, parts.settings.master_keys, chat.id, text)
            found = None if case_id is None else links.of_case(connection, case_id)
            if found is not None:
                return replace(unit, event=Linked(unit.event), typed_code=CodeTyped(text, found))
    return None


def ending(connection: Connection, chat_id: int, state: ChatState, *, erased: bool) -> list[links.Link]:
    """Cases that the chat lets go of with this turn: it was stopped, or erased."""
    return links.of_patient(connection, chat_id) if erased or state.stopped else []


def chats(unit: Unit, ended: Sequence[links.Link]) -> set[int]:
    """Chats of health workers that are told something by this turn; they are locked before."""
    told = {one.chat_id for one in ended}
    return told | ({unit.typed_code.link.chat_id} if unit.typed_code is not None else set())


def link(parts: Parts, connection: Connection, chat: ChatRow, turn_id: int, unit: Unit) -> Wakes:
    """Uses the code and tells the worker; what to wake. Raises CaseMoved where it is not good any more."""
    typed = unit.typed_code
    if typed is None:
        return []
    done = invitations.redeem(connection, parts.settings.master_keys, chat.id, typed.text)
    if not isinstance(done, invitations.Linked) or links.of_case(connection, done.case_id) != typed.link:
        raise CaseMoved(f"the code that was typed in chat {chat.id} is not good any more, or its case moved")
    return tell(connection, turn_id, typed.link, Text("desk.link.done"))


def end(
    connection: Connection, turn_id: int, chat_id: int, ended: Sequence[links.Link], *, erased: bool
) -> Wakes:
    """Takes the links away (with an erased chat its cases went) and tells the workers, also of an answer that was still to be
    told there; what to wake.
    """
    if not ended:
        return []
    kept = set() if erased else _kept_back(connection, chat_id, ended)
    links.unlink(connection, chat_id)
    woken: Wakes = []
    for one in ended:
        if one.chat_id != chat_id:
            said = [Text(f"desk.link.{'erased' if erased else 'ended'}")]
            if one.case_id in kept:
                said.append(Text("desk.link.unheard"))
            woken += tell(connection, turn_id, one, *said)
    return woken


def _kept_back(connection: Connection, chat_id: int, ended: Sequence[links.Link]) -> set[int]:
    """Cases of which something in line is not told the patient any more: it would wait for them, and be nobody's by then."""
    cases = [one.case_id for one in ended if one.chat_id != chat_id]
    dropped = connection.execute(
        update(ReplyRow)
        .where(
            ReplyRow.chat_id == chat_id,
            ReplyRow.case_id.in_(cases),
            ReplyRow.key.in_(COPIES),
            ReplyRow.state.in_((*outbox.OPEN_STATES, "parked")),
        )
        .values(state="dropped", error=silence.SAID_STOP)
        .returning(ReplyRow.case_id)
    ).scalars()
    # What the platform took and gave back afterwards has not been heard either; that is told with the rest.
    refused = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.chat_id == chat_id, ReplyRow.case_id.in_(cases), *UNTOLD)
        .values(rank=0)
        .returning(ReplyRow.case_id)
    ).scalars()
    return {case_id for case_id in (*dropped, *refused) if case_id is not None}


def erased_by_clinic(connection: Connection, one: links.Link) -> Wakes:
    """Tells the health worker that a case of theirs was erased for its patient, by its code alone; what to wake."""
    return tell(connection, NO_TURN, one, Text("desk.erased_by_clinic"))


def tell(connection: Connection, turn_id: int, one: links.Link, *said: Text) -> Wakes:
    """Tells the health worker of a linked case something about it; what to wake."""
    if people.role_of(connection, one.chat_id) not in people.INVITED:
        # Who works here no more hears nothing of the patients they had.
        return []
    # An erased case has no row any more: the reply is the desk's own.
    about = links.of_case(connection, one.case_id)
    reply = Reply((voice.address(one.code), *said), (), "linked")
    return telling.tell(connection, one.chat_id, turn_id, reply, None if about is None else one.case_id)
