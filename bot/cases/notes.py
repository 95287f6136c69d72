"""What people wrote about a case: a clinician's answer, what one left for the next (staff), a worker's remark, the patient's own
words. Sealed, never in a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import Connection, insert, select, update

from bot.clock import db_now
from bot.sealing import Sealer, SealError, sealed_with
from bot.tables import CaseNote

__all__ = ["LONGEST", "Kind", "Note", "add", "noted", "of_case", "reseal"]

Kind = Literal["clinician", "staff", "worker", "patient"]
PURPOSE = "case note"
# What a message of any channel can hold.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Note:
    """One note. at: epoch s. author: a person's number, None where the patient wrote it. text: '' where its key is gone."""

    id: int
    case_id: int
    at: float
    author: int | None
    kind: Kind
    text: str


def add(
    connection: Connection, sealer: Sealer, case_id: int, kind: Kind, text: str, author: int | None = None
) -> int:
    """The id of the new note. The text is bound to its row."""
    note_id = int(
        connection.execute(
            insert(CaseNote)
            .values(case_id=case_id, at=db_now(), author=author, kind=kind, text=b"")
            .returning(CaseNote.id)
        ).scalar_one()
    )
    sealed = sealer.seal(text[:LONGEST].encode(), purpose=PURPOSE, name=str(note_id))
    connection.execute(update(CaseNote).where(CaseNote.id == note_id).values(text=sealed))
    return note_id


def of_case(connection: Connection, sealer: Sealer, case_id: int, kind: Kind | None = None) -> list[Note]:
    """The notes of a case, oldest first; all or of one kind."""
    wanted = select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.id)
    if kind is not None:
        wanted = wanted.where(CaseNote.kind == kind)
    return [
        Note(row.id, row.case_id, row.at, row.author, cast(Kind, row.kind), _opened(sealer, row.id, row.text))
        for row in connection.execute(wanted).all()
    ]


def noted(connection: Connection, case_ids: Sequence[int]) -> frozenset[int]:
    """Which of these cases have notes."""
    return frozenset(
        connection.execute(
            select(CaseNote.case_id).where(CaseNote.case_id.in_(case_ids)).distinct()
        ).scalars()
    )


def _opened(sealer: Sealer, note_id: int, blob: bytes) -> str:
    try:
        return sealer.open(blob, purpose=PURPOSE, name=str(note_id)).decode()
    except SealError:  # its master key is gone: the case is still to be read
        return ""


def reseal(connection: Connection, sealer: Sealer) -> int:
    """Seals with the newest master key what an older one sealed; how many notes."""
    count = 0
    for note_id, blob in _blobs(connection):
        if sealed_with(blob) == sealer.key_id:
            continue
        plain = sealer.open(blob, purpose=PURPOSE, name=str(note_id))
        fresh = sealer.seal(plain, purpose=PURPOSE, name=str(note_id))
        connection.execute(update(CaseNote).where(CaseNote.id == note_id).values(text=fresh))
        count += 1
    return count


def _blobs(connection: Connection, batch: int = 200) -> Iterator[tuple[int, bytes]]:
    last = 0
    while rows := connection.execute(
        select(CaseNote.id, CaseNote.text).where(CaseNote.id > last).order_by(CaseNote.id).limit(batch)
    ).all():
        for row in rows:
            yield row.id, row.text
        last = rows[-1].id
