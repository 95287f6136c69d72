"""What a clinician asked for has come: another photograph, an answer in words. The case goes before the clinicians again.

Whatever the conversation makes of the message stays as it is; danger that is written is heard before anything here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

from bot.cases import clinic, notes, store
from bot.conversation import ChatState, course
from bot.conversation.desk import Case
from bot.conversation.events import Said
from bot.messages import Reply, Text, worst
from bot.tables import CaseRow
from worker.parts import Parts
from worker.units import Unit

__all__ = ["of_desk", "of_patient"]


def of_patient(
    parts: Parts, connection: Connection, chat_id: int, state: ChatState, unit: Unit, photo: bool
) -> list[Reply]:
    """What is said for it in a patient's own chat; [] where nothing was asked for or something else came.

    state: of the conversation after the message. photo: one came and was kept.
    """
    if not isinstance(unit.event, Said) or state.consent != "yes" or state.handover:
        return []
    row = connection.execute(
        select(CaseRow).where(CaseRow.chat_id == chat_id, CaseRow.closed_at.is_(None), CaseRow.asked != "")
    ).first()
    if row is None:
        return []
    words = [i.text.strip() for i in unit.items if i.kind in ("message", "edit") and i.text.strip()]
    if not (photo if row.asked == "photo" else words):
        return []
    case = store.read(row)
    kept = (*case.state.earlier_photos, *case.state.photos)
    earlier = tuple(one for one in kept if one not in state.photos)
    now = replace(state, earlier_photos=tuple(dict.fromkeys((*earlier, *state.earlier_photos))))
    urgency = worst(case.urgency, course.urgency(state))
    store.save(connection, replace(case, state=now, urgency=urgency))
    for text in words:
        notes.add(connection, parts.sealer, case.id, "patient", text)
    _again(connection, case.id)
    return [Reply((Text("clinic.kept"),), (), "kept")]


def of_desk(
    connection: Connection,
    rows: Mapping[str, store.Case],
    cases: Mapping[str, Case],
    photos: Sequence[str],
) -> None:
    """The same for the cases of a health worker. rows, cases: before and after, by code. photos: codes of those that got one."""
    for code, row in rows.items():
        after = cases.get(code)
        if not row.asked or not row.is_open or after is None or not after.open:
            continue
        answered = bool(after.notes) or dict(after.state.answers) != dict(row.state.answers)
        if code in photos if row.asked == "photo" else answered:
            _again(connection, row.id)


def _again(connection: Connection, case_id: int) -> None:
    clinic.escalate(connection, case_id, "came")
    connection.execute(update(CaseRow).where(CaseRow.id == case_id).values(asked=""))
