"""The audit trail: who changed what, when. The only writer of its table, and who looks whether it is whole.

A row holds ids, hashes and counts, never what a patient said, so an erasure leaves the trail as it is. Rows are chained: each
has the next number and a MAC over the MAC before it and the row itself, under a key derived from the master key. Triggers
refuse changes; whoever gets past them (with the database's own tools) leaves a chain that does not hold. What a chain cannot
show by itself is a tail that was cut together with the head: the head that somebody wrote down elsewhere shows it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, func, insert, select, update

from bot import database
from bot.clock import db_now
from bot.errors import NgoziError
from bot.sealing import Sealer
from bot.tables import Audit, AuditHead, AuditKey, Login

__all__ = [
    "Break",
    "Head",
    "Link",
    "Row",
    "broken",
    "head",
    "keep_keys",
    "kinds",
    "mac_of",
    "record",
    "rows",
    "verify",
]

DERIVED_FOR = b"ngozi audit"
PURPOSE = "audit key"
CHUNK = 1000

Fault = Literal["edited", "first", "missing", "extra", "cut", "key_unknown", "key_older", "head"]


@dataclass(frozen=True, slots=True)
class Link:
    """One row as it is chained. at: epoch s."""

    seq: int | None
    at: float
    what: str
    subject: str
    by: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    details: Mapping[str, Any]
    key_id: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the number of its last row, and that row's MAC ('' of an empty one)."""

    seq: int
    mac: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.mac}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is shown. by_name: how that person signs in, '' for who does not."""

    id: int
    link: Link
    by_name: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where the trail does not hold. seq: the number of the first row that is wrong or not there."""

    seq: int
    fault: Fault

    def __str__(self) -> str:
        return {
            "edited": f"row {self.seq} was edited",
            "missing": f"row {self.seq} is missing",
            "extra": f"row {self.seq} stands behind the end of the chain",
            "cut": f"the tail is cut: row {self.seq} and what follows are missing",
            "first": "row 1, or a row that is older than the chain, was edited, or NGOZI_SECRET_KEY is another key than then "
            "(after a restore: 'ngozi check')",
            "key_unknown": f"row {self.seq} was chained with a master key that is not known",
            "key_older": f"row {self.seq} was chained with an older key than the row before it",
            "head": f"the head that was given does not fit row {self.seq}",
        }[self.fault]


def record(
    connection: Connection,
    what: str,
    subject: int | str,
    by: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **details: Any,
) -> None:
    """Adds a row. what: a fixed word. subject: an id or a hash. by: the number of the person who did it.

    before, after, details: ids, hashes, counts and fixed words as JSON, never what a patient or a translator wrote. Inside
    `bot.database.transaction` it is written at its end, because all writers need the head's lock. Raises NgoziError where the
    engine was opened without master keys.
    """
    keys = database.keys_of(connection)
    if keys is None:
        raise NgoziError("the database was opened without master keys; expected connect(url, keys=...)")
    key_id = max(keys)
    given = (_plain(before), _plain(after), _plain(details) or {})

    def write() -> None:
        end = connection.execute(
            select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1).with_for_update()
        ).one()
        key = _derived(keys[key_id])
        previous = end.mac if end.seq else _base(connection, key)
        link = Link(
            end.seq + 1,
            connection.execute(select(db_now())).scalar_one(),
            what,
            str(subject),
            by,
            given[0],
            given[1],
            given[2],
            key_id,
        )
        mac = mac_of(key, previous, link)
        connection.execute(
            insert(Audit).values(
                seq=link.seq,
                at=link.at,
                what=what,
                subject=link.subject,
                by_person=by,
                before=given[0],
                after=given[1],
                details=given[2],
                key_id=key_id,
                mac=mac,
            )
        )
        connection.execute(update(AuditHead).where(AuditHead.id == 1).values(seq=link.seq, mac=mac))

    database.last(connection, write)


def head(connection: Connection) -> Head:
    """Where the chain ends."""
    found = connection.execute(select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one()
    return Head(found.seq, found.mac)


def rows(
    connection: Connection,
    *,
    what: str = "",
    subject: str = "",
    by: int | None = None,
    before_id: int | None = None,
    most: int = 50,
) -> list[Row]:
    """Rows that fit, the latest first; `before_id` goes on behind a page."""
    wanted = (
        select(Audit, Login.name)
        .outerjoin(Login, Login.person_id == Audit.by_person)
        .order_by(Audit.id.desc())
        .limit(most)
    )
    if what:
        wanted = wanted.where(Audit.what == what)
    if subject:
        wanted = wanted.where(Audit.subject == subject)
    if by is not None:
        wanted = wanted.where(Audit.by_person == by)
    if before_id is not None:
        wanted = wanted.where(Audit.id < before_id)
    return [Row(row.id, _link(row), row.name or "") for row in connection.execute(wanted).all()]


def kinds(connection: Connection) -> list[str]:
    """The words that `what` has been so far."""
    return sorted(connection.execute(select(Audit.what).distinct()).scalars())


def verify(connection: Connection, keys: Mapping[int, bytes], known: Head | None = None) -> Break | None:
    """The first place where the trail does not hold; None where it is whole. keys: the master keys.

    known: a head that was written down earlier; the chain must still go through it. Reads all rows: in one `reading`.
    """
    derived = {number: _derived(key) for number, key in keys.items()}
    sealer = Sealer(keys)
    for row in connection.execute(select(AuditKey)).all():
        if row.key_id not in derived:
            derived[row.key_id] = sealer.open(row.sealed, purpose=PURPOSE, name=str(row.key_id))
    # The greatest number before the head: whoever adds a row meanwhile must not look like a fault.
    top = connection.execute(select(func.max(Audit.seq))).scalar_one() or 0
    end = head(connection)
    if top > end.seq:
        return Break(end.seq + 1, "extra")
    first = connection.execute(select(Audit.key_id).where(Audit.seq == 1)).scalar_one_or_none()
    base = _base(connection, derived[first]) if first in derived else ""
    wanted = select(Audit).where(Audit.seq <= end.seq).order_by(Audit.seq)
    with connection.execute(wanted, execution_options={"yield_per": CHUNK}) as found:
        return broken(((_link(row), row.mac) for row in found), base, end, derived, known)


def broken(
    rows: Iterable[tuple[Link, str | None]],
    base: str,
    end: Head,
    keys: Mapping[int, bytes],
    known: Head | None = None,
) -> Break | None:
    """`verify` without a database. rows: by number, with their MACs. base: before the first. keys: the chain's, by number."""
    previous, last, newest = base, 0, 0
    for link, mac in rows:
        expected = last + 1
        if link.seq != expected:
            return Break(expected, "missing")
        if expected > end.seq:
            return Break(expected, "extra")
        if link.key_id is None or link.key_id not in keys:
            return Break(expected, "key_unknown")
        if link.key_id < newest:
            return Break(expected, "key_older")
        if not hmac.compare_digest(mac_of(keys[link.key_id], previous, link), mac or ""):
            return Break(expected, "edited" if last else "first")
        if known is not None and known.seq == expected and known.mac != mac:
            return Break(expected, "head")
        previous, last, newest = mac or "", expected, link.key_id
    if last < max(end.seq, known.seq if known else 0):
        return Break(last + 1, "cut")
    return None if last == 0 or end.mac == previous else Break(last, "head")


def keep_keys(connection: Connection, keys: Mapping[int, bytes]) -> None:
    """Keeps the chain's keys of older master keys, sealed with the newest, so that those may go (`ngozi rotate`)."""
    sealer = Sealer(keys)
    held = {row.key_id: row.sealed for row in connection.execute(select(AuditKey)).all()}
    for number in sorted({*held, *keys} - {max(keys)}):
        name = str(number)
        key = (
            _derived(keys[number])
            if number in keys
            else sealer.open(held[number], purpose=PURPOSE, name=name)
        )
        sealed = sealer.seal(key, purpose=PURPOSE, name=name)
        if number in held:
            connection.execute(update(AuditKey).where(AuditKey.key_id == number).values(sealed=sealed))
        else:
            connection.execute(insert(AuditKey).values(key_id=number, sealed=sealed))


def mac_of(key: bytes, previous: str, link: Link) -> str:
    """The MAC of a row behind another: HMAC-SHA256, hexadecimal."""
    return hmac.new(key, previous.encode() + b"\0" + _canonical(link).encode(), hashlib.sha256).hexdigest()


def _canonical(link: Link) -> str:
    """One writing of a row: JSON arrays in a fixed order, keys sorted, nothing between."""
    row = [
        link.seq,
        link.at,
        link.what,
        link.subject,
        link.by,
        link.before,
        link.after,
        link.details,
        link.key_id,
    ]
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _base(connection: Connection, key: bytes) -> str:
    """What stands before the first row: the MAC over all rows that are older than the chain."""
    mac = ""
    for row in connection.execute(select(Audit).where(Audit.seq.is_(None)).order_by(Audit.id)):
        mac = mac_of(key, mac, _link(row))
    return mac


def _link(row: Any) -> Link:
    return Link(
        row.seq,
        row.at,
        row.what,
        row.subject,
        row.by_person,
        row.before,
        row.after,
        row.details,
        row.key_id,
    )


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What comes back from a JSON column, so that the MAC is over what will be read."""
    return None if value is None else dict(json.loads(json.dumps(value, allow_nan=False)))


def _derived(master_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=DERIVED_FOR).derive(master_key)
