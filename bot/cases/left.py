"""Cases that no health worker looks after any more: the clinic's, until one gets them.

Whoever was removed and erases their chat takes what is theirs along, and not their former patients'. Such a case moves to a chat
of the clinic's own: a row that belongs to no person and no platform, in which nobody reads or writes. Clinicians find it at the
console as before; findings and answers wait in its row for who gets it (`ngozi user give`, or people at the console).
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, exists, or_, select, update

from bot import audit, copies
from bot.cases import moving
from bot.cases.store import Case, read
from bot.casework import codes
from bot.channels import LIMITS, Account
from bot.clock import db_now
from bot.conversation.state import case_version_of
from bot.database import insert_for
from bot.tables import CaseRow, Chat, Figure, FindingsJob, Person, TalkJob

__all__ = ["CLINIC", "count", "keep", "with_nobody"]

# A channel that no platform has.
CLINIC = "clinic"


def keep(connection: Connection, case: Case, by: int | None = None) -> None:
    """The case stays when its chat goes: it is the clinic's now, with its notes and work under way, and names no person.

    by: who gave it to the clinic; None where the chat is erased.

    Photographs that came through the chat are moved by who erases it. What was only referred to at the provider is let go.
    Raises CaseMoved where it is not the case that was read any more.
    """
    chat = connection.execute(select(Chat.channel, Chat.account).where(Chat.id == case.chat_id)).one()
    if LIMITS[chat.channel].copy == "server":
        for attachment in case.state.pending:
            copies.forget(
                connection, Account(chat.channel, chat.account), attachment.ref, attachment.message_ref
            )
    clinic = _clinic(connection)
    moving.leave(connection, replace(case, state=replace(case.state, pending=(), pending_since=None)), clinic)
    for owner in (FindingsJob, TalkJob, Figure):
        connection.execute(update(owner).where(owner.case_id == case.id).values(chat_id=clinic))
    audit.record(
        connection,
        "case_left_to_clinic",
        case.id,
        by=by,
        before={"chat": case.chat_id},
        after={"chat": clinic},
    )


def with_nobody(connection: Connection) -> list[Case]:
    """Open cases of patients whose health worker was removed, or has erased their chat; by number."""
    works = exists().where(Person.id == Chat.person_id, Person.active)
    rows = connection.execute(
        select(CaseRow)
        .join(Chat, Chat.id == CaseRow.chat_id)
        .where(CaseRow.closed_at.is_(None), ~works)
        .order_by(CaseRow.id)
    ).all()
    return [case for row in rows if (case := read(row)).of_desk]


def count(connection: Connection) -> int:
    """How many open cases are the clinic's, or of somebody who was removed; conversations are not read for it."""
    rows = connection.execute(
        select(CaseRow.code, CaseRow.state)
        .join(Chat, Chat.id == CaseRow.chat_id)
        .outerjoin(Person, Person.id == Chat.person_id)
        .where(CaseRow.closed_at.is_(None), or_(Chat.channel == CLINIC, Person.active.is_(False)))
    ).all()
    return sum(codes.serves(row.code, case_version_of(row.state)) for row in rows)


def _clinic(connection: Connection) -> int:
    """The number of the clinic's chat, made where there is none yet. It is stopped: nothing is ever sent there."""
    connection.execute(
        insert_for(connection)(Chat)
        .values(
            channel=CLINIC,
            account=CLINIC,
            address=CLINIC,
            created_at=db_now(),
            stopped=True,
            turns=0,
        )
        .on_conflict_do_nothing(index_elements=["channel", "account", "address"])
    )
    return connection.execute(select(Chat.id).where(Chat.channel == CLINIC)).scalar_one()
