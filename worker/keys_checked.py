"""Whether the master keys are those under which this database was sealed: after a restore they may be others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, func, select

from bot.cases import notes
from bot.console import codes
from bot.errors import NgoziError
from bot.media import vault
from bot.sealing import Sealer, SealError
from bot.tables import CaseNote, Login, Photo

__all__ = ["check_keys"]


def check_keys(connection: Connection, keys: Mapping[int, bytes]) -> int:
    """Opens the newest sealed thing of each kind; how many kinds there were. Raises NgoziError for a key that does not fit."""
    sealer = Sealer(keys)
    opened = 0
    for what, blob, purpose, name in _newest(connection):
        try:
            sealer.open(blob, purpose=purpose, name=name)
        except SealError:
            photographs = connection.execute(
                select(func.count()).select_from(Photo).where(Photo.wrapped_key.is_not(None))
            ).scalar_one()
            raise NgoziError(
                f"the newest {what} does not open: NGOZI_SECRET_KEY is not the one under which this database was sealed "
                f"({photographs} photographs); expected the old one, or all of them"
            ) from None
        opened += 1
    return opened


def _newest(connection: Connection) -> Iterator[tuple[str, bytes, str, str]]:
    """(what, sealed, purpose, name) of each kind that there is."""
    photo = connection.execute(
        select(Photo.name, Photo.wrapped_key)
        .where(Photo.wrapped_key.is_not(None))
        .order_by(Photo.created_at.desc())
        .limit(1)
    ).first()
    if photo is not None:
        yield "photograph", photo.wrapped_key, vault.PURPOSE, photo.name
    note = connection.execute(
        select(CaseNote.id, CaseNote.text).order_by(CaseNote.id.desc()).limit(1)
    ).first()
    if note is not None:
        yield "case note", note.text, notes.PURPOSE, str(note.id)
    login = connection.execute(
        select(Login.id, Login.totp).where(Login.totp.is_not(None)).order_by(Login.id.desc()).limit(1)
    ).first()
    if login is not None:
        yield "secret of one-time codes", login.totp, codes.PURPOSE, str(login.id)
