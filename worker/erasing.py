"""Erasing a chat from the command line, and rotating master keys."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import Connection, select, update

from bot import audit, talk, telling
from bot.cases import left, links, notes
from bot.channels import Account
from bot.console import codes
from bot.database import transaction
from bot.errors import NgoziError, SettingError
from bot.media.vault import Stored, Vault
from bot.queue import Wakes
from bot.sealing import Sealer
from bot.settings import Settings
from bot.tables import Chat, InboundRow, Photo
from worker import case_erasing, effects, linking
from worker.opened import database

__all__ = ["erase_chat", "rotate_keys", "run"]


def run(settings: Settings, chat: str, out: Console) -> None:
    """Erases one chat, named channel:account:address. Files and the provider's copies go with the next sweep."""
    channel, _, rest = chat.partition(":")
    account, _, address = rest.partition(":")
    if not address:
        raise SettingError("--chat", chat, "channel:account:address, e.g. telegram:main:12345")
    with database(settings) as engine, transaction(engine) as connection:
        chat_id = connection.execute(
            select(Chat.id).where(Chat.channel == channel, Chat.account == account, Chat.address == address)
        ).scalar_one_or_none()
        if chat_id is None or not erase_chat(connection, chat_id, settings):
            raise NgoziError(f"--chat names no chat on {channel}:{account}; expected the address of one")
    out.print("erased; photographs' files and the provider's copies are deleted by the next sweep")


def erase_chat(connection: Connection, chat_id: int, settings: Settings, woken: Wakes | None = None) -> bool:
    """Erases one chat with all that it holds, as DELETE does; False where there is no such chat of a person.

    Health workers of whose cases it was the patient's are told. woken: gets what to wake; without it the sweep comes by.
    """
    linked = [one for one in links.of_patient(connection, chat_id) if one.chat_id != chat_id]
    # Chats first (the order of locks everywhere): a turn that is under way loses its lease, and what it did.
    beside = case_erasing.beside(connection, chat_id=chat_id)
    telling.lock(connection, {chat_id, *(one.chat_id for one in linked), *beside})
    row = connection.execute(
        select(Chat.channel, Chat.account, Chat.state).where(Chat.id == chat_id).with_for_update()
    ).first()
    if row is None or row.channel == left.CLINIC:
        return False
    connection.execute(
        update(Chat)
        .where(Chat.id == chat_id)
        .values(state=None, wake_at=None, turn_token=None, turn_until=None)
    )
    effects.drop_pending(connection, Account(row.channel, row.account), row.state)
    connection.execute(
        update(InboundRow)
        .where(InboundRow.chat_id == chat_id, InboundRow.state == "received")
        .values(state="done", payload=None)
    )
    effects.erase(connection, chat_id, settings)
    told = [one for link in linked for one in linking.erased_by_clinic(connection, link)]
    if woken is not None:
        woken += told
    return True


def rotate_keys(settings: Settings, out: Console) -> None:
    """Rewraps every photograph's key with the newest master key, and seals the language model's talk and the notes of
    cases anew with it.

    Can be stopped and started again.
    """
    newest = max(settings.master_keys)
    vault = Vault(settings.media_url, settings.master_keys)
    done = 0
    with database(settings) as engine:
        while True:
            with transaction(engine) as connection:
                rows = connection.execute(
                    select(Photo)
                    .where(Photo.master_key_id != newest, Photo.wrapped_key.is_not(None))
                    .limit(200)
                ).all()
                for row in rows:
                    fresh = vault.rewrap(
                        Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes), newest
                    )
                    connection.execute(
                        update(Photo)
                        .where(Photo.id == row.id)
                        .values(wrapped_key=fresh.wrapped_key, master_key_id=fresh.master_key_id)
                    )
            done += len(rows)
            if not rows:
                break
        with transaction(engine) as connection:
            talk.reseal(connection, Sealer(settings.master_keys))
            notes.reseal(connection, Sealer(settings.master_keys))
            codes.reseal(connection, Sealer(settings.master_keys))
            audit.keep_keys(connection, settings.master_keys)
    out.print(
        f"{done} keys rewrapped with master key {newest}. Older keys may go after a day, with the spool empty; "
        "with the oldest, the derived Telegram secret changes: then run 'ngozi serve --register'"
    )
