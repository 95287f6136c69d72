"""The records of a spool's files: written, read one after the other, and whose chats wait in the files of other processes."""

from __future__ import annotations

import json
import logging
import os
import struct
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.channels import Account, DeliveryStatus, RawUpdate
from bot.sealing import Sealer, SealError

__all__ = ["LONGEST", "ChatKey", "Marks", "Others", "Spooled", "chat_key", "packed", "read"]

log = logging.getLogger(__name__)
_LENGTH = struct.Struct(">I")
# A body may have 1 MiB (bot.web.webhooks), and grows where it is quoted.
LONGEST = 8 << 20
# By its first bytes a file is known that was emptied and filled again: they are a random nonce.
_MARK = 32

ChatKey = tuple[str, str, str]
Marks = frozenset[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Spooled:
    """One thing that waits: an update or a status of an account, with the time it came."""

    account: Account
    at: float
    update: RawUpdate | None = None
    status: DeliveryStatus | None = None


def chat_key(item: Spooled) -> ChatKey | None:
    """The chat of an update; None of a status."""
    if item.update is None:
        return None
    return item.account.channel, item.account.name, item.update.address


def packed(item: Spooled, sealer: Sealer) -> bytes:
    """The record of an item, sealed."""
    blob = sealer.seal(json.dumps(asdict(item)).encode(), purpose="spool")
    return _LENGTH.pack(len(blob)) + blob


def read(handle: int, offset: int, sealer: Sealer, *, growing: bool = False) -> tuple[Spooled | None, int]:
    """The record at an offset and where the next begins; None for one that cannot be opened (skipped, logged).

    growing: another process appends; what is not whole yet is left for the next time, and the offset stays.
    """
    head = os.pread(handle, _LENGTH.size, offset)
    end = os.fstat(handle).st_size
    if len(head) < _LENGTH.size:
        return None, offset if growing else end
    (length,) = _LENGTH.unpack(head)
    blob = os.pread(handle, length, offset + _LENGTH.size) if 0 < length <= LONGEST else b""
    if len(blob) < length or not blob:
        if growing:
            return None, offset
        # A record torn by a crash was never answered 200.
        log.error("spool_torn", extra={"offset": offset})
        return None, end
    try:
        return _from_json(sealer.open(blob, purpose="spool")), offset + _LENGTH.size + length
    except (SealError, ValueError, KeyError, TypeError):
        log.error("spool_unreadable", extra={"offset": offset})
        return None, offset + _LENGTH.size + length


def _from_json(data: bytes) -> Spooled:
    raw = json.loads(data)
    return Spooled(
        account=Account(**raw["account"]),
        at=raw["at"],
        update=RawUpdate(**raw["update"]) if raw["update"] else None,
        status=DeliveryStatus(**raw["status"]) if raw["status"] else None,
    )


@dataclass
class _Seen:
    """How far a file was read, and since when each of its chats waits there."""

    mark: bytes
    offset: int = 0
    since: dict[ChatKey, float] = field(default_factory=dict)


class Others:
    """Chats that wait in files of other processes, alive or dead. Each record is opened once; the files are only read."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        """folder: where the files are."""
        self._folder, self._sealer = folder, sealer
        self._seen: dict[str, _Seen] = {}

    def since(self, key: ChatKey, but: Collection[Path]) -> float | None:
        """When the first came that waits for this chat in a file that is none of `but` (epoch s); None where none does."""
        files = [path for path in self._folder.glob("*.spool") if path not in but]
        names = {path.name for path in files}
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        found = [self._look(path).get(key) for path in files]
        return min((at for at in found if at is not None), default=None)

    def marks(self) -> Marks:
        """By what it is known that a file was emptied, or made anew, since: of those that `since` saw last."""
        return frozenset((name, seen.mark) for name, seen in self._seen.items())

    def _look(self, path: Path) -> dict[ChatKey, float]:
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return {}
        try:
            mark, size = os.pread(handle, _MARK, 0), os.fstat(handle).st_size
            seen = self._seen.get(path.name)
            if seen is None or seen.mark != mark or size < seen.offset:
                seen = self._seen[path.name] = _Seen(mark)
            while seen.offset < size:
                item, after = read(handle, seen.offset, self._sealer, growing=True)
                if after == seen.offset:
                    break
                seen.offset = after
                key = chat_key(item) if item is not None else None
                if item is not None and key is not None:
                    seen.since.setdefault(key, item.at)
            return seen.since
        finally:
            os.close(handle)
