"""Inbound rows: receive, next, finish, park. Beside it only erasing and the table of ages change them.

An update is kept before anything can fail on its content. A duplicate (same account, same external id) changes
nothing. Rows of a chat are taken in order: Telegram's message_id, elsewhere the time received, then row id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, case, func, or_, select, update

from bot import copies, outbox_silence
from bot.channels import Account, RawUpdate
from bot.clock import db_now
from bot.database import insert_for, transaction
from bot.tables import Chat, InboundRow, ReplyRow

__all__ = ["MAX_ATTEMPTS", "Pending", "finish", "let_go", "park", "pending", "receive", "replay", "start"]

# How long photographs that belong together may trickle in. In use elsewhere: 0.6 to 2.5 s, cap 10 s (facts 2.2).
SETTLE_S = 2.5
SETTLE_CAP_S = 10.0
# Nothing is put off for longer: a time further ahead is of a clock that was set back since.
LONGEST_WAIT_S = 90.0
# A row whose handling died this often is given up. Kills of a deployment day must not reach it by chance.
MAX_ATTEMPTS = 5
# Several photographs in one turn: Telegram's album is 10 at most; more than that is not one problem.
GROUP_MAX = 10


@dataclass(frozen=True, slots=True)
class Pending:
    """The next rows of a chat that make one turn. wait_s > 0: an album still settles."""

    ids: tuple[int, ...]
    payloads: tuple[str, ...]
    attempts: int
    wait_s: float


def receive(
    engine: Engine, account: Account, updates: Sequence[RawUpdate], received_at: float | None = None
) -> list[int]:
    """Keeps the updates, in one transaction; the ids of the chats that have something new, after the commit.

    received_at: epoch s, for updates that waited in the spool or were missed. Raises sqlalchemy's DBAPIError where the database
    refuses.
    """
    woken: dict[int, None] = {}
    with transaction(engine) as connection:
        for item in updates:
            chat_id = receive_one(connection, account, item, received_at)
            if chat_id is not None:
                woken[chat_id] = None
    return list(woken)


def receive_one(
    connection: Connection, account: Account, item: RawUpdate, received_at: float | None = None
) -> int | None:
    """Keeps one update inside the caller's transaction; its chat's id, or None for a duplicate or nobody's update.

    Of one that waited in the spool or at the provider while its chat was erased nothing is kept but its id, and nobody answers
    it.
    """
    when = db_now() if received_at is None else received_at
    insert = insert_for(connection)
    chat_id, works = _chat(connection, account, item.address) if item.address else (None, False)
    position = item.order if item.order is not None else _last_position(connection, chat_id)
    settle = db_now() + SETTLE_S if item.album else None
    late = chat_id is not None and received_at is not None and _erased_since(connection, chat_id, received_at)
    row = connection.execute(
        insert(InboundRow)
        .values(
            chat_id=chat_id,
            channel=account.channel,
            account=account.name,
            external_id=item.external_id[:120],
            payload=None if late else item.payload,
            position=position,
            album=item.album[:120],
            settle_until=settle,
            received_at=when,
            # An update that belongs to no chat is kept for a person to look at.
            state="done" if late else "received" if chat_id is not None else "parked",
            error=None if chat_id is not None else "unreadable",
        )
        .on_conflict_do_nothing(index_elements=["channel", "account", "external_id"])
        .returning(InboundRow.id)
    ).scalar_one_or_none()
    if row is None or chat_id is None:
        return None
    if late:
        # It was said before all was erased, and goes with it: its id alone is kept, so that a repeat is known.
        if account.channel in copies.REDACTED:
            copies.forget(connection, account, "", item.external_id)
        return None
    copies.note(connection, account.channel, chat_id, item.external_id)
    if item.album:
        _settle_together(connection, chat_id, item.album, late=received_at is not None)
    # One that comes late may have been overtaken by a later one.
    overtaken = (Chat.last_inbound_at > when, Chat.last_inbound_at)
    last = when if received_at is None else case(overtaken, else_=when)
    connection.execute(
        update(Chat)
        .where(Chat.id == chat_id)
        .values(due_at=func.coalesce(Chat.due_at, db_now()), last_inbound_at=last)
    )
    if works:
        # In a patient's chat the turn does it: what they wrote may be STOP, and then nothing of it leaves.
        outbox_silence.resume(connection, chat_id, ReplyRow.expires_at.is_(None))
    return chat_id


def _erased_since(connection: Connection, chat_id: int, at: float) -> bool:
    erased_at = connection.execute(select(Chat.erased_at).where(Chat.id == chat_id)).scalar_one()
    return erased_at is not None and at < erased_at


def _chat(connection: Connection, account: Account, address: str) -> tuple[int, bool]:
    """The chat's id, and whether it is of somebody who works here; its row is locked by this transaction (so that `release` and
    we take turns).
    """
    insert = insert_for(connection)
    row = connection.execute(
        insert(Chat)
        .values(
            channel=account.channel,
            account=account.name,
            address=address,
            created_at=db_now(),
            stopped=False,
            turns=0,
        )
        # A no-op update: it returns the id and takes the row's lock.
        .on_conflict_do_update(index_elements=["channel", "account", "address"], set_={"address": address})
        .returning(Chat.id, Chat.person_id)
    ).one()
    return int(row.id), row.person_id is not None


def _last_position(connection: Connection, chat_id: int | None) -> int:
    """A button press carries no number of its own: it comes after all that is already here."""
    if chat_id is None:
        return 0
    return int(
        connection.execute(
            select(func.coalesce(func.max(InboundRow.position), 0)).where(InboundRow.chat_id == chat_id)
        ).scalar_one()
    )


def _settle_together(connection: Connection, chat_id: int, album: str, *, late: bool) -> None:
    """Everything of this album waits for the newest, but not longer than the cap after its first.

    late: what comes late comes all at once, long after the cap.
    """
    together = (InboundRow.chat_id == chat_id, InboundRow.state == "received", InboundRow.album == album)
    first = connection.execute(select(func.min(InboundRow.received_at)).where(*together)).scalar_one()
    cap = first + SETTLE_CAP_S
    newest = db_now() + SETTLE_S
    until = newest if late else case((newest < cap, newest), else_=cap)
    connection.execute(update(InboundRow).where(*together).values(settle_until=until))


def pending(connection: Connection, chat_id: int) -> Pending | None:
    """The rows that make the chat's next turn, or None. Photographs of one album come together."""
    rows = connection.execute(
        select(
            InboundRow.id,
            InboundRow.payload,
            InboundRow.album,
            InboundRow.attempts,
            func.coalesce(InboundRow.settle_until - db_now(), 0.0).label("wait_s"),
        )
        .where(InboundRow.chat_id == chat_id, InboundRow.state == "received")
        .order_by(InboundRow.position, InboundRow.received_at, InboundRow.id)
        .limit(GROUP_MAX * 2)
    ).all()
    if not rows:
        return None
    head = rows[0]
    if head.album:
        # A burst ends where something else was said; an album with an id may be interleaved.
        group = [r for r in rows if r.album == head.album] if head.album != "burst" else _run(rows)
    else:
        group = [head]
    group = group[:GROUP_MAX]
    return Pending(
        ids=tuple(r.id for r in group),
        payloads=tuple(r.payload or "" for r in group),
        attempts=max(r.attempts for r in group),
        wait_s=max((r.wait_s for r in group if 0.0 < r.wait_s <= LONGEST_WAIT_S), default=0.0),
    )


def _run(rows: Sequence[Any]) -> list[Any]:
    taken = []
    for row in rows:
        if row.album != "burst":
            break
        taken.append(row)
    return taken


def start(connection: Connection, ids: Sequence[int]) -> None:
    """Counts an attempt; committed before the work begins, so that a crash in it is counted."""
    connection.execute(
        update(InboundRow).where(InboundRow.id.in_(ids)).values(attempts=InboundRow.attempts + 1)
    )


def wait(connection: Connection, ids: Sequence[int], seconds: float) -> None:
    """Puts rows off: nobody takes them before."""
    connection.execute(
        update(InboundRow).where(InboundRow.id.in_(ids)).values(settle_until=db_now() + seconds)
    )


def give_back(connection: Connection, ids: Sequence[int]) -> None:
    """Takes a counted attempt back: what failed was not the row's fault (a server was away)."""
    connection.execute(
        update(InboundRow)
        .where(InboundRow.id.in_(ids), InboundRow.attempts > 0)
        .values(attempts=InboundRow.attempts - 1)
    )


def finish(connection: Connection, ids: Sequence[int], turn_id: int) -> None:
    """Marks rows as handled by this turn and empties them; each belongs to exactly one turn."""
    connection.execute(
        update(InboundRow)
        .where(InboundRow.id.in_(ids), or_(InboundRow.turn_id.is_(None), InboundRow.turn_id == turn_id))
        .values(state="done", turn_id=turn_id, payload=None)
    )


def park(connection: Connection, ids: Sequence[int], turn_id: int, error: str) -> None:
    """Gives rows up (dead letter); the payload stays for whoever looks into it. error: a short static name."""
    connection.execute(
        update(InboundRow)
        .where(InboundRow.id.in_(ids))
        .values(state="parked", turn_id=turn_id, error=error[:80])
    )


def replay(connection: Connection, row_id: int) -> int | None:
    """Has a dead letter handled once more, as if it had just come; its chat, or None where it cannot be.

    One that belongs to no chat, or whose text is gone, stays where it is.
    """
    chat_id = connection.execute(
        select(InboundRow.chat_id).where(InboundRow.id == row_id, InboundRow.state == "parked")
    ).scalar_one_or_none()
    if chat_id is None:
        return None
    # The chat first: the order of locks everywhere.
    connection.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
    done = connection.execute(
        update(InboundRow)
        .where(InboundRow.id == row_id, InboundRow.state == "parked", InboundRow.payload.is_not(None))
        .values(state="received", attempts=0, turn_id=None, settle_until=None, error=None)
    )
    if done.rowcount != 1:
        return None
    connection.execute(
        update(Chat).where(Chat.id == chat_id).values(due_at=func.coalesce(Chat.due_at, db_now()))
    )
    return int(chat_id)


def let_go(connection: Connection, row_id: int) -> bool:
    """Empties a dead letter: nobody will look at it. False where it is none."""
    done = connection.execute(
        update(InboundRow)
        .where(InboundRow.id == row_id, InboundRow.state == "parked")
        .values(state="done", payload=None)
    )
    return bool(done.rowcount == 1)
