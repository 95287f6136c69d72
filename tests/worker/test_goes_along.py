"""Every table that names a chat or a case: what becomes of its rows when the chat is erased or too old, and when the case is.

Who adds one finds here where to say it. That it happens is tested where each erasing is.
"""

from __future__ import annotations

import pytest

import bot.channels.webchat_store
import bot.packs.rows  # noqa: F401  (the tables of both are in Base.metadata once they are imported)
from bot.tables import Base
from worker import chat_rows

WITH_A_CHAT = {
    **{table.__tablename__: "worker.chat_rows deletes them" for table in chat_rows.OF_A_CHAT},
    "reminders": "worker.chat_rows, by bot.reminders",
    "teaching_consents": "worker.chat_rows, by bot.cases.teaching",
    "photos": "worker.effects.erase deletes them; a chat that has one is not too old",
    "inbound": "worker.effects.erase wipes them, the ids stay for repeats; a chat that has one is not too old",
    "turns": "worker.effects.erase deletes all but the one that erases; worker.retention_acts all",
    "copies": "bot.copies.hand_over: deleted at the provider",
    "stragglers": "stay until what was being sent is known, then go; a chat that has one is not too old",
    "cases": "worker.case_erasing.of_chat: erased, or the clinic's; a chat that has one is not too old",
}
WITH_A_CASE = {
    "replies": "worker.case_erasing",
    "photos": "worker.case_erasing, and their keys with them",
    "findings_jobs": "worker.case_erasing",
    "talk_jobs": "worker.case_erasing",
    "figures": "worker.case_erasing, by bot.figures",
    "teaching_consents": "worker.case_erasing, by bot.cases.teaching",
    "case_notes": "bot.cases.forgotten",
    "case_views": "bot.cases.forgotten",
    "case_opinions": "bot.cases.forgotten: the last of each clinician stays, of no case and no day",
    "review_items": "bot.cases.forgotten: the scores stay, of no case",
    "invitations": "bot.cases.forgotten",
}


@pytest.mark.parametrize(("whole", "listed"), [("chats", WITH_A_CHAT), ("cases", WITH_A_CASE)])
def test_of_every_table_is_known_what_goes_along(whole: str, listed: dict[str, str]) -> None:
    naming = {
        table.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == whole for key in column.foreign_keys)
    }
    assert naming == set(listed)


def test_whatever_is_called_after_a_chat_or_case_leads_to_its_row() -> None:
    """A number without a foreign key would be seen by nobody, this test too."""
    loose = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(("chat_id", "case_id")) and not column.foreign_keys
    }
    assert loose == set()


def test_rows_of_a_chat_are_found_by_its_number() -> None:
    assert all("chat_id" in table.__table__.columns for table in chat_rows.OF_A_CHAT)
