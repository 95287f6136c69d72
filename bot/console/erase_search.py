"""Finds what somebody wants erased, by what they can tell: a case's code, the code that links their chat, or the chat's address.

What is found is shown by its numbers only. Erasing itself is an order to a worker (bot.orders).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from bot import join_codes, people
from bot.cases import left, store
from bot.casework import codes
from bot.tables import CaseRow, Chat, Invitation, Person, Photo

__all__ = ["Found", "find", "one"]


@dataclass(frozen=True, slots=True)
class Found:
    """What can be erased. kind: 'chat' (all that a person's chat holds) or 'case' (one case of a health worker's).

    code: of the case, '' for a chat. since: epoch s. photos, cases: how many go with it.
    """

    kind: str
    id: int
    channel: str
    code: str
    since: float
    photos: int
    cases: int


def find(connection: Connection, keys: Mapping[int, bytes], text: str) -> list[Found]:
    """What fits; [] for nothing. The chat of somebody who works here is never among it: a role is taken away first."""
    text = text.strip()
    case_ids: list[int] = []
    chat_ids: list[int] = []
    channel, _, rest = text.partition(":")
    account, _, address = rest.partition(":")
    if address:
        chat_ids += connection.execute(
            select(Chat.id).where(
                Chat.channel == channel,
                Chat.account == account,
                Chat.address == address,
                people.talks(),
                Chat.channel != left.CLINIC,
            )
        ).scalars()
    elif (link := join_codes.looks_like_code(text)) is not None:
        hashes = [join_codes.hashed(key, link) for key in keys.values()]
        linked = select(Invitation.case_id).where(Invitation.code_hash.in_(hashes))
        case_ids += [number for number in connection.execute(linked).scalars() if number is not None]
    else:
        named = [code for code, _ in codes.found_in(text)]
        case_ids += connection.execute(select(CaseRow.id).where(CaseRow.code.in_(named))).scalars()
    found = [one for case_id in dict.fromkeys(case_ids) for one in _of_case(connection, case_id, chat_ids)]
    theirs = [chat_id for chat_id in dict.fromkeys(chat_ids) if not _works(connection, chat_id)]
    return found + [_chat(connection, chat_id) for chat_id in theirs]


def one(connection: Connection, kind: str, number: int) -> Found | None:
    """The chat or case of that number where `find` could have shown it; else None."""
    if kind == "chat":
        there = select(Chat.id).where(Chat.id == number, people.talks(), Chat.channel != left.CLINIC)
        if connection.execute(there).first() is None or _works(connection, number):
            return None
        return _chat(connection, number)
    return _case(connection, number) if _of_desk(connection, number) else None


def _of_case(connection: Connection, case_id: int, chat_ids: list[int]) -> list[Found]:
    """The case; its patient's chat is added to `chat_ids`. A patient's own case is their chat's, and goes with that."""
    row = connection.execute(
        select(CaseRow.chat_id, CaseRow.patient_chat_id).where(CaseRow.id == case_id)
    ).one()
    if row.patient_chat_id is not None:
        chat_ids.append(row.patient_chat_id)
    if not _of_desk(connection, case_id):
        chat_ids.append(row.chat_id)
        return []
    return [_case(connection, case_id)]


def _case(connection: Connection, case_id: int) -> Found:
    row = connection.execute(
        select(CaseRow.code, CaseRow.opened_at, Chat.channel)
        .join(Chat, Chat.id == CaseRow.chat_id)
        .where(CaseRow.id == case_id)
    ).one()
    photos = connection.execute(select(func.count()).where(Photo.case_id == case_id)).scalar_one()
    return Found("case", case_id, row.channel, row.code, row.opened_at, photos, 1)


def _chat(connection: Connection, chat_id: int) -> Found:
    row = connection.execute(select(Chat.channel, Chat.created_at).where(Chat.id == chat_id)).one()
    photos = connection.execute(select(func.count()).where(Photo.chat_id == chat_id)).scalar_one()
    cases = connection.execute(
        select(func.count()).where(or_(CaseRow.chat_id == chat_id, CaseRow.patient_chat_id == chat_id))
    ).scalar_one()
    return Found("chat", chat_id, row.channel, "", row.created_at, photos, cases)


def _of_desk(connection: Connection, case_id: int) -> bool:
    """True of a case of somebody's patient, whoever works here still. A patient's own goes with their chat."""
    case = store.by_id(connection, case_id)
    return case is not None and (case.of_desk or _works(connection, case.chat_id))


def _works(connection: Connection, chat_id: int) -> bool:
    return (
        connection.execute(
            select(Person.id).join(Chat, Chat.person_id == Person.id).where(Chat.id == chat_id, Person.active)
        ).first()
        is not None
    )
