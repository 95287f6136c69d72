"""Writes down what the plots count, in the transaction of the turn that it happened in (bot.figures)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from bot import figures
from bot.cases import store
from bot.conversation import ChatState
from worker import patient_cases
from worker.parts import Parts
from worker.photographs import Fetched

__all__ = ["of_desk", "of_patient", "photo_of_case"]


def of_patient(
    parts: Parts,
    connection: Connection,
    chat_id: int,
    before: ChatState,
    after: ChatState,
    fetched: Sequence[Fetched],
) -> None:
    """A turn of a patient's own chat."""
    today = figures.day_of(parts.settings.quiet.zone)
    coached = [item.result.coach for item in fetched if _counts(item)]
    if after.consent == "yes":
        figures.note_photos(connection, chat_id, coached, today)
    if patient_cases.told(before, after):
        figures.note_case(connection, chat_id, after, today)


def photo_of_case(parts: Parts, connection: Connection, case: store.Case, item: Fetched) -> None:
    """A photograph of a health worker's case."""
    if _counts(item):
        today = figures.day_of(parts.settings.quiet.zone)
        figures.note_photos(
            connection, case.chat_id, [item.result.coach], today, case_id=case.id, who=_who(case)
        )


def of_desk(
    parts: Parts,
    connection: Connection,
    before: Mapping[str, store.Case],
    after: Mapping[str, store.Case],
    near: str,
) -> None:
    """A turn of a health worker: cases, by code, whose result was told in it. near: id of the place nearest to the worker."""
    today = figures.day_of(parts.settings.quiet.zone)
    for code, case in after.items():
        earlier = before.get(code)
        if case.told_at is not None and (earlier is None or earlier.told_at is None):
            figures.note_case(
                connection, case.chat_id, case.state, today, case_id=case.id, who=_who(case), place_id=near
            )


def _counts(item: Fetched) -> bool:
    return item.stored is not None and item.result.attachment.kind == "photo"


def _who(case: store.Case) -> str:
    if case.patient_chat_id is not None:
        return f"chat {case.patient_chat_id}"
    return case.origin or f"case {case.id}"
