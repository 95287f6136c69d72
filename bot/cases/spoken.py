"""What was said about a case, in the order of time: our replies as they were sent, and what people wrote (sealed notes).

What a person typed is not kept once it was understood (bot.inbox); their answers stand in the case itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, or_, select

import locales
from bot import people, reply_json
from bot.cases import notes
from bot.cases.store import Case
from bot.casework import answers
from bot.clock import db_now
from bot.messages import Text
from bot.sealing import Sealer
from bot.tables import Photo, ReplyRow

__all__ = ["MOST_REPLIES", "Line", "Picture", "is_cut", "pictures", "said"]

MOST_REPLIES = 60
# What is said to somebody who is hurt or wants to die is not of the skin, and not for whoever reads the case.
_NOT_SHOWN = ("handover",)


@dataclass(frozen=True, slots=True)
class Line:
    """One message. who: 'ngozi', or the kind of a note. texts: rendered paragraphs, or ids to render (a clinician's answer).

    language: of `texts` where they are rendered, '' where nobody knows. author: a person's number. sent: it has left.
    """

    at: float
    who: Literal["ngozi", "clinician", "staff", "worker", "patient"]
    texts: Sequence[str | Text]
    language: str = ""
    author: int | None = None
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph or a voice message that is kept. at: epoch s. kind: 'photo' or 'voice'."""

    id: str
    kind: str
    at: float
    width_px: int
    height_px: int


def said(connection: Connection, sealer: Sealer, case: Case) -> list[Line]:
    """The newest replies and all notes of the case, oldest first."""
    lines = [_of_note(note) for note in notes.of_case(connection, sealer, case.id)]
    rows = connection.execute(
        select(
            ReplyRow.created_at,
            ReplyRow.texts,
            ReplyRow.parts,
            ReplyRow.language,
            ReplyRow.state,
        )
        .where(_of_case(connection, case), ReplyRow.key.not_in(_NOT_SHOWN), ReplyRow.state != "dropped")
        .order_by(ReplyRow.id.desc())
        .limit(MOST_REPLIES)
    ).all()
    for row in rows:
        texts = [t for part in row.parts or () if (t := part if isinstance(part, str) else part["text"])]
        if row.parts is None:
            reply = reply_json.reply_from_json(row.texts)
            texts = [locales.render(paragraph, row.language) for paragraph in reply.paragraphs]
        if texts:
            lines.append(
                Line(
                    row.created_at,
                    "ngozi",
                    texts,
                    row.language,
                    sent=row.state not in ("queued", "sending", "parked"),
                )
            )
    return sorted(lines, key=lambda line: line.at)


def is_cut(lines: Sequence[Line]) -> bool:
    """Whether Ngozi may have written more than stands there."""
    return sum(line.who == "ngozi" for line in lines) >= MOST_REPLIES


def _of_note(note: notes.Note) -> Line:
    if note.kind == "clinician":
        return Line(note.at, "clinician", answers.texts(answers.from_note(note.text)), "", note.author)
    return Line(note.at, note.kind, (note.text,), "", note.author)


def _of_case(connection: Connection, case: Case) -> ColumnElement[bool]:
    """Replies of a worker's case name it; a patient's own case is what their chat was about until it was closed."""
    # What a clinician is shown of it in their own chat, and writes there before it is sent, nobody else has heard.
    own = and_(ReplyRow.case_id == case.id, ReplyRow.aside.is_(False))
    # Whoever had it and works here no more is a patient in that chat: their own talk is not this case's.
    if case.of_desk or people.role_of(connection, case.chat_id) in people.INVITED:
        return own
    until = db_now() if case.closed_at is None else case.closed_at
    return or_(
        own,
        and_(ReplyRow.chat_id == case.chat_id, ReplyRow.case_id.is_(None), ReplyRow.created_at <= until),
    )


def pictures(connection: Connection, case: Case) -> list[Picture]:
    """Photographs and voice messages that are kept with the case, earliest first; private parts are never kept."""
    state = case.state
    ids = (*state.photos, *state.spare, *state.earlier_photos, *state.recordings)
    rows = connection.execute(
        select(Photo.id, Photo.kind, Photo.created_at, Photo.width_px, Photo.height_px)
        .where(or_(Photo.case_id == case.id, Photo.id.in_(ids)), Photo.wrapped_key.is_not(None))
        .order_by(Photo.created_at, Photo.id)
    ).all()
    return [Picture(row.id, row.kind, row.created_at, row.width_px, row.height_px) for row in rows]
