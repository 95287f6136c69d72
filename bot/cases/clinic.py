"""The clinicians' queue: cases that wait for a person's answer, who is answering, and the answer's way back.

A case is sent (`escalate`), claimed by one clinician for a while, answered, and told to the chat that looks after it. None of
this touches what the conversation saves, so a worker's turn and a clinician's answer at the same moment both stay.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, case, not_, or_, select, update

from bot.cases import notes
from bot.cases.store import OWED, Case, CaseMoved, read
from bot.cases.weighing_sql import by_urgency
from bot.casework import answers
from bot.clock import db_now
from bot.conversation import course
from bot.conversation.handover import HARM
from bot.messages import Urgency
from bot.sealing import Sealer
from bot.tables import CaseRow, Chat

__all__ = [
    "CLAIM_S",
    "answer",
    "answers_to_tell",
    "claim",
    "claimed",
    "escalate",
    "in_queue",
    "pass_on",
    "queue",
    "release",
    "second_back",
    "take_over",
    "told",
]

# A claim that is neither answered nor renewed for so long is free again.
CLAIM_S = 1800.0


def escalate(connection: Connection, case_id: int, reason: str) -> None:
    """Puts an open case into the queue; one that waits already keeps its place. reason: a code, 'unsure', 'cancer', 'asked' ...

    Whoever has taken it up meanwhile goes on. 'harm' (`bot.conversation.handover`) stays while the case waits. Raises CaseMoved
    where the case is closed or gone.
    """
    there = (
        update(CaseRow)
        .where(CaseRow.id == case_id, *_waits())
        .values(reason=case((CaseRow.reason == HARM, HARM), else_=reason[:24]))
    )
    put = (
        update(CaseRow)
        # On PostgreSQL this waits for whoever puts it there at this moment, and is looked at again: their claim stays.
        .where(CaseRow.id == case_id, CaseRow.closed_at.is_(None), not_(and_(*_waits())))
        .values(
            escalated_at=db_now(),
            reason=reason[:24],
            answered_at=None,
            answer_told_at=case((_untold(), OWED), else_=None),
            second_by=None,
        )
    )
    if not any(connection.execute(one).rowcount for one in (there, put, there)):
        raise CaseMoved(f"case {case_id} is not open; expected an open one to be sent to a clinician")


def queue(connection: Connection, limit: int = 50, *, person_id: int | None = None) -> list[Case]:
    """Cases that wait and that nobody is answering: the most pressing first, of equal ones the one that waits longest.

    person_id: only those that this clinician may take.
    """
    theirs = () if person_id is None else (_by_another(person_id),)
    rows = connection.execute(
        select(CaseRow)
        .where(*_waits(), _unclaimed(), *theirs)
        .order_by(by_urgency(), CaseRow.escalated_at, CaseRow.id)
        .limit(limit)
    ).all()
    return [read(row) for row in rows]


def in_queue(connection: Connection, code: str) -> Case | None:
    """The waiting case of this code, claimed or not: a clinician may open it whoever's it is. None where none waits."""
    row = connection.execute(select(CaseRow).where(CaseRow.code == code, *_waits())).first()
    return None if row is None else read(row)


def claimed(connection: Connection, person_id: int) -> list[Case]:
    """Cases that this clinician has claimed and not answered, as long as the claim lasts; oldest claim first."""
    rows = connection.execute(
        select(CaseRow)
        .where(*_waits(), CaseRow.claimed_by == person_id, CaseRow.claimed_until > db_now())
        .order_by(CaseRow.claimed_until, CaseRow.id)
    ).all()
    return [read(row) for row in rows]


def claim(
    connection: Connection, case_id: int, person_id: int, claim_s: float = CLAIM_S, *, waiting: bool = True
) -> bool:
    """True where the case is this clinician's to answer now (claimed or renewed); False where another's, no longer waiting, or
    for another clinician, whose second opinion they asked for themselves. waiting: False takes any open case.
    """
    done = connection.execute(
        update(CaseRow)
        .where(
            CaseRow.id == case_id,
            *(_waits() if waiting else (CaseRow.closed_at.is_(None),)),
            or_(_unclaimed(), CaseRow.claimed_by == person_id),
            _by_another(person_id),
        )
        .values(claimed_by=person_id, claimed_until=db_now() + claim_s)
    )
    return bool(done.rowcount == 1)


def take_over(connection: Connection, case_id: int, person_id: int) -> bool:
    """True where the open case is this clinician's to answer now, whoever had it; False where it waits for a second opinion that
    they asked for themselves.
    """
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, CaseRow.closed_at.is_(None), _by_another(person_id))
        .values(claimed_by=person_id, claimed_until=db_now() + CLAIM_S)
    )
    return bool(done.rowcount == 1)


def release(connection: Connection, case_id: int, person_id: int) -> bool:
    """Gives a claimed case back to the queue; False where it was not theirs."""
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, CaseRow.claimed_by == person_id)
        .values(claimed_by=None, claimed_until=None)
    )
    return bool(done.rowcount == 1)


def second_back(connection: Connection, case_id: int, person_id: int) -> bool:
    """Takes this clinician's request for a second opinion back; False where they made none, or another is giving it now."""
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, *_waits(), CaseRow.second_by == person_id, _unclaimed())
        .values(second_by=None, reason=case((CaseRow.reason == "second", "desk"), else_=CaseRow.reason))
    )
    return bool(done.rowcount == 1)


def pass_on(connection: Connection, case_id: int, person_id: int, to: int | None, reason: str = "") -> None:
    """Gives a claimed case to another clinician, or to any (to: None), in its old place of the queue.

    to: their claim lasts as any does; who is not there loses it to the queue. reason: a code that takes the old one's place, ''
    to leave it; 'second': another than this clinician is to answer it, until the case is handed back to them.
    Raises CaseMoved where the case was not this clinician's.
    """
    done = connection.execute(
        update(CaseRow)
        .where(
            CaseRow.id == case_id,
            *_waits(),
            CaseRow.claimed_by == person_id,
            CaseRow.claimed_until > db_now(),
        )
        .values(
            claimed_by=to,
            claimed_until=None if to is None else db_now() + CLAIM_S,
            **({"reason": reason[:24]} if reason else {}),
            **({"second_by": person_id} if reason == "second" else {}),
            **({"second_by": case((CaseRow.second_by == to, None), else_=CaseRow.second_by)} if to else {}),
        )
    )
    if done.rowcount != 1:
        raise CaseMoved(
            f"case {case_id} is not claimed by person {person_id}; expected the claim to be theirs"
        )


def answer(
    connection: Connection,
    sealer: Sealer,
    case_id: int,
    person_id: int,
    text: str,
    opinion: Urgency | None = None,
) -> int:
    """The id of the note that holds the clinician's answer; the chat that looks after the case is due to be told.

    text: as `answers.from_note` reads it; what it asks for is waited for.
    opinion: how soon, in the clinician's own word; None leaves what was said before.
    Raises CaseMoved where the claim was lost to another, the case is closed, answered or gone, or the chat was not told the
    answer before this one yet: it tells the last, and that one would be lost.
    """
    row = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, *_waits(), CaseRow.claimed_by == person_id, ~_owed())
        .values(
            answered_at=db_now(),
            answer_told_at=None,
            claimed_by=None,
            claimed_until=None,
            second_by=None,
            # What is waited for now, whichever way it was asked for; an earlier question is done with.
            asked=answers.asks_for(answers.from_note(text)),
            **({} if opinion is None else {"opinion": opinion.value}),
        )
        .returning(CaseRow)
    ).first()
    if row is None:
        raise CaseMoved(
            f"case {case_id} is not claimed by person {person_id}; expected the claim to be theirs"
        )
    if opinion is not None:
        # The row is locked by now: what is read is what stands under the clinician's word.
        over = course.urgency(read(row).state)
        connection.execute(update(CaseRow).where(CaseRow.id == case_id).values(opinion_over=over.value))
    note_id = notes.add(connection, sealer, case_id, "clinician", text, person_id)
    # No lease is taken: where a turn of the chat is under way, it, or the next, finds the answer.
    connection.execute(
        update(Chat)
        .where(Chat.id == row.chat_id, or_(Chat.due_at.is_(None), Chat.due_at > db_now()))
        .values(due_at=db_now())
    )
    return note_id


def answers_to_tell(connection: Connection, chat_id: int) -> list[Case]:
    """Answered cases of the chat of which it was not told yet; the text is the last clinician's note of each."""
    rows = connection.execute(
        select(CaseRow)
        .where(CaseRow.chat_id == chat_id, or_(_untold(), _owed()))
        .order_by(CaseRow.answered_at, CaseRow.id)
    ).all()
    return [read(row) for row in rows]


def told(connection: Connection, case_id: int, answered_at: float | None) -> None:
    """The chat has been told the answer: written in the transaction that queues the replies.

    answered_at: of the case as it was read, None where its answer was owed. Raises CaseMoved where that answer is not to be told
    any more, as another chat told it and another answer may stand there now: that one is still to tell.
    """
    done = connection.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id, or_(and_(_untold(), CaseRow.answered_at == answered_at), _owed()))
        .values(answer_told_at=db_now())
    )
    if done.rowcount != 1:
        raise CaseMoved(f"case {case_id} has another answer, or none to tell; expected the one that was read")


def _untold() -> ColumnElement[bool]:
    return and_(CaseRow.answered_at.is_not(None), CaseRow.answer_told_at.is_(None))


def _owed() -> ColumnElement[bool]:
    return and_(CaseRow.answer_told_at.is_not(None), CaseRow.answer_told_at == OWED)


def _waits() -> tuple[ColumnElement[bool], ...]:
    return (CaseRow.escalated_at.is_not(None), CaseRow.answered_at.is_(None), CaseRow.closed_at.is_(None))


def _by_another(person_id: int) -> ColumnElement[bool]:
    return or_(CaseRow.second_by.is_(None), CaseRow.second_by != person_id)


def _unclaimed() -> ColumnElement[bool]:
    return or_(CaseRow.claimed_until.is_(None), CaseRow.claimed_until < db_now())
