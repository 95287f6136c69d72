"""A clinician's turn: which cases wait, taking one (nobody else can), and the answer into its row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select

import locales
from bot.cases import clinic, deeds, notes, seen, store
from bot.cases.at_desk import at_desk
from bot.casework import answers
from bot.conversation.desk import Around, DeskState
from bot.conversation.desk.events import AnswerCase, ReleaseCase, TakeCase, Taken, Waiting
from bot.conversation.desk.state import Note
from bot.errors import NgoziError
from bot.queue import TURN, Wakes
from bot.tables import Photo
from worker import duty
from worker.parts import Parts
from worker.units import ChatRow

__all__ = ["Deed", "around", "carry_out", "chats_of"]

Deed = TakeCase | ReleaseCase | AnswerCase


def around(parts: Parts, connection: Connection, chat: ChatRow, desk: DeskState) -> Around:
    """What a clinician's step is told: the queue, and in full the cases that they have taken."""
    person_id = chat.person_id or 0
    waiting = clinic.queue(connection, person_id=person_id)
    taken = clinic.claimed(connection, person_id)
    return Around(
        codes=(),
        clinicians=True,
        zone=parts.settings.quiet.zone,
        queue=tuple(_waiting(parts, connection, row, desk.speaks) for row in waiting),
        taken=tuple(_waiting(parts, connection, row, desk.speaks) for row in taken),
        on_duty=duty.reached_beside(connection, chat.id),
    )


def _waiting(parts: Parts, connection: Connection, row: store.Case, language: str) -> Waiting:
    written = notes.of_case(connection, parts.sealer, row.id)
    photos = connection.execute(
        select(Photo.id, Photo.kind, Photo.created_at)
        .where(
            or_(Photo.case_id == row.id, Photo.id.in_((*row.state.photos, *row.state.recordings))),
            Photo.wrapped_key.is_not(None),
        )
        .order_by(Photo.created_at, Photo.id)
    ).all()
    return Waiting(
        case=at_desk(row),
        since=row.escalated_at or row.opened_at,
        reason=row.reason,
        notes=tuple(
            Note(n.at, n.text, n.kind == "patient", n.kind == "staff")
            for n in written
            if n.kind != "clinician"
        ),
        photos=tuple(
            Taken(photo.id, locales.day(photo.created_at, language, parts.settings.quiet.zone))
            for photo in photos
            if photo.kind == "photo"
        ),
        recordings=tuple(one.id for one in photos if one.kind == "voice"),
    )


def chats_of(connection: Connection, wanted: Sequence[Deed]) -> list[int]:
    """Chats that are told what these deeds lead to."""
    found = [clinic.in_queue(connection, deed.code) for deed in wanted if isinstance(deed, AnswerCase)]
    return [row.chat_id for row in found if row is not None]


def carry_out(parts: Parts, connection: Connection, chat: ChatRow, wanted: Sequence[Deed]) -> Wakes:
    """Writes what the clinician did, and into the audit trail; what to wake.

    Raises CaseMoved where another clinician was first: the turn is done again.
    """
    if chat.person_id is None:
        raise NgoziError(f"chat {chat.id} has nobody behind it; expected a clinician")
    woken: Wakes = []
    for deed in wanted:
        row = clinic.in_queue(connection, deed.code)
        if row is None:
            raise store.CaseMoved(f"case {deed.code} does not wait any more")
        match deed:
            case TakeCase():
                if not clinic.claim(connection, row.id, chat.person_id):
                    raise store.CaseMoved(f"case {row.id} is another clinician's")
                # All that is known of the case is shown with it.
                seen.saw(connection, row.id, chat.person_id)
                deeds.note_claim(connection, row, chat.person_id)
            case ReleaseCase():
                if row.claimed_by == chat.person_id:
                    deeds.release(connection, row.id, chat.person_id)
            case AnswerCase(words=words, opinion=opinion):
                note = clinic.answer(connection, parts.sealer, row.id, chat.person_id, words, opinion)
                said = answers.from_note(words)
                deeds.note_answer(connection, row, chat.person_id, said, opinion, note, where="chat")
                woken.append((TURN, row.chat_id))
    return woken
