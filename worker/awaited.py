"""What a clinician asked for has come: another photograph, an answer in words. The case goes before the clinicians again.

Whatever the conversation makes of the message stays as it is; danger that is written is heard before anything here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

import locales
from bot.cases import clinic, notes, store
from bot.conversation import ChatState, course, typed
from bot.conversation.desk import Case
from bot.conversation.events import Said
from bot.messages import Reply, Text, worst
from bot.tables import CaseRow
from worker.parts import Parts
from worker.units import Unit

__all__ = ["is_at", "of_desk", "of_patient"]


def of_patient(
    parts: Parts,
    connection: Connection,
    chat_id: int,
    before: ChatState,
    state: ChatState,
    unit: Unit,
    photo: bool,
) -> list[Reply]:
    """What is said for it in a patient's own chat; [] where nothing was asked for or something else came.

    before, state: of the conversation before and after the message. photo: one came and was kept.
    """
    if not isinstance(unit.event, Said) or state.consent != "yes" or state.handover:
        return []
    rows = connection.execute(
        select(CaseRow).where(CaseRow.chat_id == chat_id, CaseRow.closed_at.is_(None), CaseRow.asked != "")
    ).all()
    # A case that the chat has left behind gets nothing that is said of another, nor does a patient of who worked here before.
    found = (one for one in map(store.read, rows) if not one.of_desk and is_at(before, one.state))
    case = next(found, None)
    texts = [i.text.strip() for i in unit.items if i.kind in ("message", "edit") and i.text.strip()]
    if case is None or any(_orders(text, state.speaks) for text in texts):
        return []
    words = [text for text in texts if not _greets(text, state.speaks)]
    if not (photo if case.asked == "photo" else words and is_at(state, case.state)):
        return []
    # What the clinicians said of it stands beside the case, and is nothing that was found.
    state = replace(state, opinion=None)
    known = case.found_urgency
    known = worst(known, course.urgency(state)) if is_at(state, case.state) else known
    store.save(connection, replace(case, state=_with_photos(case.state, state), found_urgency=known))
    for text in words:
        notes.add(connection, parts.sealer, case.id, "patient", text)
    _again(connection, case.id)
    return [Reply((Text("clinic.kept"),), (), "kept")]


def is_at(chat: ChatState, case: ChatState) -> bool:
    """True where the conversation is at this case: its version, or the same case that it looks at anew with other photographs."""
    anew = bool(case.photos) and {*case.photos} <= {*chat.earlier_photos, *chat.photos}
    return chat.case_version == case.case_version or anew


def _with_photos(case: ChatState, chat: ChatState) -> ChatState:
    """What is written of the case after the message."""
    kept = (*case.earlier_photos, *case.photos)
    if not is_at(chat, case):
        # The conversation has begun a new case with the photograph. The one that it was asked for keeps all it has.
        new = tuple(one for one in chat.photos if one not in kept)
        return replace(case, earlier_photos=kept, photos=new) if new else case
    earlier = tuple(one for one in kept if one not in chat.photos)
    # What a clinician reached for the case alone stays.
    floor = worst(case.floor, chat.floor)
    return replace(chat, floor=floor, earlier_photos=tuple(dict.fromkeys((*earlier, *chat.earlier_photos))))


def _orders(text: str, language: str) -> bool:
    """True for what is said to the conversation itself: 'new', 'help', '/start', the name of a language."""
    names = {locales.normalise(locales.pack(code).name) for code in locales.languages()}
    return bool(typed.command(text, language)) or locales.normalise(text) in names


def _greets(text: str, language: str) -> bool:
    return any(typed.is_word(word, text, language) for word in ("hello", "thanks"))


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
