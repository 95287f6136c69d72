"""Cases in the database: opened, found, saved, closed. Handed over: `moving`. Erased: `forgotten`. Their codes: `taken_codes`.

A case belongs to one chat. Whoever saves one that somebody else has saved meanwhile is refused (`CaseMoved`) and does the work
again on what is there: nothing is written over.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update
from sqlalchemy.orm import aliased

from bot.cases import taken_codes, weighing_sql
from bot.casework import codes, weighing
from bot.clock import db_now
from bot.conversation import course
from bot.conversation.state import BadState, ChatState, from_json, new_state, to_json
from bot.errors import LeaseLost, NgoziError
from bot.messages import Urgency, worst
from bot.tables import CaseRow, Chat, Person

__all__ = [
    "OWED",
    "Case",
    "CaseMoved",
    "Ending",
    "Progress",
    "by_code",
    "by_id",
    "changed",
    "close",
    "due_today",
    "load_open",
    "mine",
    "number_of",
    "open_case",
    "origin_of",
    "read",
    "reopen",
    "save",
    "set_place",
]

log = logging.getLogger(__name__)

Progress = Literal["", "better", "same", "worse", "seen"]
Ending = Literal["", "seen", "better", "referred", "lost", "died", "other"]
# In answer_told_at: the case was sent again before its chat was told the answer, which is still owed.
OWED = 0.0


class CaseMoved(LeaseLost):
    """Somebody else saved, closed, handed over or erased the case; whatever was done here must be thrown away."""


@dataclass(frozen=True, slots=True)
class Case:
    """One skin problem of one patient. Times: epoch s.

    version: counts saves (that of the conversation inside is `state.case_version`). chat_id: the chat that looks after it.
    patient_chat_id: where plain words for the patient go, None where the patient has no chat with us. origin: see `origin_of`;
    origin_at: when the last message of it came. opinion: how soon in a clinician's own word; opinion_over: what was reached when
    it was given, None where nothing was known (`bot.casework.weighing`). progress: as the worker told last.
    found_urgency: how soon by what was found, no clinician's word weighed in; None where nothing is known. Column `urgency`.
    due_at: when it is to be looked at again. told_at: when the findings were said. handed_to: the person it was handed to.
    escalated_at, reason: sent to the clinicians, and why; claimed_by, claimed_until: who is answering;
    answered_at: answered since it was sent; answer_told_at: and the chat was told so. place_id, second_by: see bot.tables.
    asked: what a clinician asked for, until it came.
    """

    id: int
    code: str
    version: int
    chat_id: int
    patient_chat_id: int | None
    origin: str
    origin_at: float | None
    state: ChatState
    found_urgency: Urgency | None
    opinion: Urgency | None
    opinion_over: Urgency | None
    progress: Progress
    opened_at: float
    touched_at: float
    due_at: float | None
    told_at: float | None
    closed_at: float | None
    outcome: Ending
    handed_to: int | None
    escalated_at: float | None
    reason: str
    claimed_by: int | None
    claimed_until: float | None
    answered_at: float | None
    answer_told_at: float | None
    place_id: str = ""
    asked: Literal["", "photo", "answer"] = ""
    second_by: int | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def reached(self) -> Urgency:
        """How soon the patient must be seen, by all that is known now; a clinician's word stands above what it was given on."""
        return weighing.how_soon(self.opinion, self.opinion_over, course.urgency(self.state))

    @property
    def by_clinician(self) -> bool:
        """True where that is the clinician's own word."""
        return weighing.by_clinician(self.opinion, self.opinion_over, course.urgency(self.state))

    @property
    def of_desk(self) -> bool:
        """True for a health worker's patient, False for the chat's own case: who leaves a desk keeps none of its patients."""
        return codes.serves(self.code, self.state.case_version)

    @property
    def waits(self) -> bool:
        """True while a clinician's answer is waited for."""
        return self.is_open and self.escalated_at is not None and self.answered_at is None


def origin_of(keys: Mapping[int, bytes], forwarded_from: str) -> str:
    """A keyed hash of whom a message was forwarded from: two are the same person or not, and nobody can be named by it.

    '' where that is not known. keys: the master keys.
    """
    if not forwarded_from:
        return ""
    return hmac.new(keys[max(keys)], b"origin\0" + forwarded_from.encode(), hashlib.sha256).hexdigest()


def open_case(
    connection: Connection,
    chat_id: int,
    state: ChatState,
    *,
    patient_chat_id: int | None = None,
    origin: str = "",
    origin_at: float | None = None,
    code: str = "",
) -> Case:
    """A new case of the chat, with a code that no other has or had lately.

    code: of `taken_codes.proposed`, where it is being told to somebody already. Raises CaseMoved where it was taken meanwhile.
    """
    if code and not taken_codes.take(connection, code):
        raise CaseMoved(f"code {code} is taken; expected a free one")
    case_id = connection.execute(
        insert(CaseRow)
        .values(
            code=code or taken_codes.take_fresh(connection),
            version=1,
            chat_id=chat_id,
            patient_chat_id=patient_chat_id,
            origin=origin,
            origin_at=origin_at,
            opinion="",
            progress="",
            state=to_json(state),
            language=state.language,
            urgency=state.floor or "",
            opened_at=db_now(),
            touched_at=db_now(),
            outcome="",
            reason="",
        )
        .returning(CaseRow.id)
    ).scalar_one()
    case = by_id(connection, case_id)
    assert case is not None  # written above, in this transaction
    return case


def by_id(connection: Connection, case_id: int) -> Case | None:
    """The case of this number, whoever's it is; None where it was erased."""
    row = connection.execute(select(CaseRow).where(CaseRow.id == case_id)).first()
    return None if row is None else read(row)


def by_code(connection: Connection, chat_id: int, code: str) -> Case | None:
    """The case of this code if it is the chat's, or another chat's of the same person; open or closed. Else None."""
    row = connection.execute(select(CaseRow).where(CaseRow.code == code, mine(chat_id))).first()
    return None if row is None else read(row)


def number_of(connection: Connection, code: str) -> int | None:
    """The number of the case of this code, whoever's it is; None where there is none."""
    return connection.execute(select(CaseRow.id).where(CaseRow.code == code)).scalar_one_or_none()


def load_open(connection: Connection, chat_id: int) -> list[Case]:
    """All open cases of the chat and of its person's other chats, oldest first. What was handed over is the new chat's."""
    rows = connection.execute(
        select(CaseRow).where(mine(chat_id), CaseRow.closed_at.is_(None)).order_by(CaseRow.id)
    ).all()
    return [read(row) for row in rows]


def due_today(connection: Connection, chat_id: int, until: float) -> list[Case]:
    """Open cases that are to be looked at before `until` (epoch s, the end of the chat's day): most pressing, then earliest."""
    rows = connection.execute(
        select(CaseRow)
        .where(mine(chat_id), CaseRow.closed_at.is_(None), CaseRow.due_at < until)
        .order_by(weighing_sql.by_urgency(), CaseRow.due_at, CaseRow.id)
    ).all()
    return [read(row) for row in rows]


def save(connection: Connection, case: Case) -> Case:
    """Writes state, language, urgency, progress, due_at, told_at, origin, origin_at, patient_chat_id; the case as it is stored.

    What a clinician wrote meanwhile stays. The urgency is never lower than the conversation's floor. Raises CaseMoved.
    """
    row = changed(
        connection,
        case,
        state=to_json(case.state),
        language=case.state.language,
        urgency=worst(case.found_urgency, case.state.floor) or "",
        due_at=case.due_at,
        told_at=case.told_at,
        origin=case.origin,
        origin_at=case.origin_at,
        progress=case.progress,
        patient_chat_id=case.patient_chat_id,
    )
    return read(row)


def set_place(connection: Connection, case_id: int, place_id: str) -> None:
    """Where the worker would send the patient; nothing where a place stands there already."""
    connection.execute(
        update(CaseRow).where(CaseRow.id == case_id, CaseRow.place_id == "").values(place_id=place_id)
    )


def close(connection: Connection, case: Case, outcome: Ending) -> Case:
    """Closes it with what became of the patient; nothing is due, nobody is waited for. Raises CaseMoved."""
    if outcome not in get_args(Ending) or not outcome:
        raise NgoziError(f"outcome is {outcome!r}; expected one of {', '.join(get_args(Ending)[1:])}")
    row = changed(
        connection,
        case,
        closed_at=db_now(),
        outcome=outcome,
        due_at=None,
        claimed_by=None,
        claimed_until=None,
    )
    taken_codes.left(connection, case.code)
    return read(row)


def reopen(connection: Connection, case: Case) -> Case:
    """Opens a closed case again, under the same code. Raises CaseMoved."""
    row = changed(connection, case, closed_at=None, outcome="")
    taken_codes.back(connection, case.code)
    return read(row)


def mine(chat_id: int) -> ColumnElement[bool]:
    """Cases of the chat, and of whichever other chats its active person has."""
    this, other = aliased(Chat), aliased(Chat)
    person = (
        select(this.person_id)
        .join(Person, Person.id == this.person_id)
        .where(this.id == chat_id, Person.active)
        .scalar_subquery()
    )
    return or_(
        CaseRow.chat_id == chat_id, CaseRow.chat_id.in_(select(other.id).where(other.person_id == person))
    )


def changed(connection: Connection, case: Case, **values: Any) -> Any:
    """The row after it was written. Raises CaseMoved where it is not the case that was read any more."""
    row = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case.id, CaseRow.version == case.version)
        .values({"version": CaseRow.version + 1, "touched_at": db_now(), **values})
        .returning(CaseRow)
    ).first()
    if row is None:
        raise CaseMoved(
            f"case {case.id} has no version {case.version} any more; expected nobody to change it"
        )
    return row


_READ = ("state", "found_urgency", "opinion", "opinion_over")


def read(row: Any) -> Case:
    """The case of a row of `cases`."""
    try:
        state = from_json(row.state)
    except BadState:
        # Better a case that asks anew than one that cannot be opened.
        log.error("case_state_unreadable", extra={"case_id": row.id})
        state = new_state()
    return Case(
        state=state,
        found_urgency=Urgency(row.urgency) if row.urgency else None,
        opinion=Urgency(row.opinion) if row.opinion else None,
        opinion_over=Urgency(row.opinion_over) if row.opinion_over else None,
        **{f.name: getattr(row, f.name) for f in fields(Case) if f.name not in _READ},
    )
