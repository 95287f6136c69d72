"""What a provider tells of the parts of a reply, and what follows from it: which part goes again, and how the reply stands.

Every part is told of by itself, out of order, and before or after our own mark. A part that the provider has does not leave
again; one that failed does, where that may help, and what has not left yet does not wait for it: where a photograph could not be
delivered, the words must leave all the same.

A receipt is of one part. Where a part left twice, its word is that of the message that may still arrive: what is told of a failed
one gives way to any other, what failed of another one changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from bot.channels import DeliveryStatus
from bot.clock import db_now
from bot.database import insert_for
from bot.tables import Receipt

__all__ = [
    "AGAIN",
    "RANK",
    "Ruling",
    "Told",
    "following",
    "keep",
    "key",
    "keys",
    "of_parts",
    "part_of",
    "ruled",
    "took",
]

# A failure outranks "sent"; what was delivered cannot fail any more.
RANK = {"accepted": 1, "sent": 2, "failed": 3, "delivered": 4, "read": 5}
FAILED = RANK["failed"]
# 63016: the window closed under way. 63018: too fast; it was not delivered, so it may go again.
AGAIN = {"63016": "parked", "63018": "queued"}
LEFT = ("sent", "delivered", "read")


@dataclass(frozen=True, slots=True)
class Told:
    """The last word on a part."""

    rank: int
    error: str
    provider_id: str

    @property
    def failed(self) -> bool:
        return self.rank == FAILED

    @property
    def heard(self) -> bool:
        """More than that the provider took it."""
        return self.rank > RANK["accepted"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a reply stands from now on. next_part: the part that leaves next. error: the code of what failed, else ''."""

    state: str
    next_part: int
    rank: int = 0
    error: str = ""


def following(part: int, total: int, told: Mapping[int, Told]) -> int:
    """The part that leaves after this one; `total` where there is none. Those that the provider has are passed over."""
    after = part + 1
    while after < total and after in told and not told[after].failed:
        after += 1
    return after


def ruled(
    state: str, next_part: int, total: int, told: Mapping[int, Told], news: int | None = None
) -> Ruling | None:
    """What follows from what was told; None where nothing does. news: the part of which a failure was told just now.

    While a part is under way (`sending`) nothing is moved: whoever sends it comes here afterwards.
    """
    failed = [n for n in range(min(next_part, total)) if n in told and told[n].failed]
    again = [n for n in failed if told[n].error in AGAIN]
    if state == "failed" and news is not None and news in told and told[news].error in AGAIN:
        # It was given up for another part; this one can still arrive.
        again = [news]
    if state in ("queued", "failed", *LEFT) and again:
        return Ruling(AGAIN[told[again[0]].error], again[0], 0, told[again[0]].error)
    if state in ("parked", "failed"):
        return (
            Ruling(state, failed[0], FAILED * (state == "failed"), told[failed[0]].error) if failed else None
        )
    if state not in LEFT:
        # What is left of it leaves first.
        return None
    if failed:
        return Ruling("failed", failed[0], FAILED, told[failed[0]].error)
    rank = min((told[n].rank if n in told else 0 for n in range(total)), default=0)
    known = {RANK["delivered"]: "delivered", RANK["read"]: "read"}
    return Ruling(known.get(rank, state), next_part, rank)


# --- rows ---


def key(uuid: str, part: int) -> str:
    """The outgoing id of a part of a reply: how the provider, the web chat and a receipt name it."""
    return f"{uuid}-{part}"


def keys(uuid: str, parts: Sequence[object] | None, parts_sent: int) -> list[str]:
    """All outgoing ids that a reply can have. parts: as they were rendered, None where they were not."""
    return [key(uuid, n) for n in range(max(len(parts or ()), parts_sent, 1))]


def part_of(outgoing_id: str) -> int | None:
    """The number of the part in an outgoing id, None where none stands there."""
    number = outgoing_id.partition("-")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else None


def of_parts(connection: Connection, uuid: str, total: int) -> dict[int, Told]:
    """What is known of the parts of a reply, by number."""
    rows = connection.execute(
        select(Receipt.outgoing_id, Receipt.rank, Receipt.error, Receipt.provider_id).where(
            Receipt.outgoing_id.in_([key(uuid, n) for n in range(total)])
        )
    ).all()
    numbered = {part_of(row.outgoing_id): Told(row.rank, row.error, row.provider_id) for row in rows}
    return {n: one for n, one in numbered.items() if n is not None}


def keep(connection: Connection, status: DeliveryStatus) -> bool:
    """Keeps a status, if it says more than what is known of the part; whether it does. The chat's row is locked."""
    key, rank = status.outgoing_id[:48], RANK[status.status]
    provider_id, error = status.provider_id[:80], status.error[:40]
    known = connection.execute(
        select(Receipt.rank, Receipt.provider_id).where(Receipt.outgoing_id == key)
    ).first()
    if known is None:
        _write_first(connection, key, provider_id, rank, error)
        return True
    if known.provider_id == provider_id:
        more = bool(rank > known.rank)
    else:
        # Another message of the same part.
        more = bool(known.rank == FAILED or (rank != FAILED and rank > known.rank))
    if more:
        _write(connection, key, provider_id, rank, error)
    return more


def took(
    connection: Connection, outgoing_id: str, provider_id: str, told: Told | None, *, total: int
) -> Told | None:
    """The provider took the part: what was told of an earlier message of it that failed is over. What is known of it now.

    Of one of several that nothing was told of it is noted, so that it does not leave again with another that fails. It says
    less than any word of the provider's.
    """
    if told is None and total < 2:
        return None
    if told is not None and (not told.failed or told.provider_id == provider_id[:80]):
        return told
    write = _write_first if told is None else _write
    now_known = Told(RANK["accepted"], "", provider_id[:80])
    write(connection, outgoing_id[:48], now_known.provider_id, now_known.rank, "")
    return now_known


def _write_first(connection: Connection, key: str, provider_id: str, rank: int, error: str) -> None:
    connection.execute(
        insert_for(connection)(Receipt)
        .values(outgoing_id=key, provider_id=provider_id, rank=rank, error=error, at=db_now())
        .on_conflict_do_nothing()
    )


def _write(connection: Connection, key: str, provider_id: str, rank: int, error: str) -> None:
    connection.execute(
        update(Receipt)
        .where(Receipt.outgoing_id == key)
        .values(provider_id=provider_id, rank=rank, error=error, at=db_now())
    )
