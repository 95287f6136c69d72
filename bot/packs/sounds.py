"""Sentences of a version that somebody at the console wants to hear: rows that a worker with a voice answers, kept for a day.

The web process has no voice. What is asked for is a sentence of a made-up sample, by its message id and arguments, never
words that somebody typed. The only writer of `pack_sounds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from bot import audit, reply_json
from bot.clock import db_now
from bot.database import insert_for
from bot.messages import Text
from bot.packs.rows import PackSound
from bot.tables import Heartbeat

__all__ = [
    "GIVE_UP_S",
    "MOST_WAITING",
    "Ordered",
    "Sound",
    "ask",
    "at_work",
    "finish",
    "found",
    "mute",
    "take",
    "waiting",
]

# So many may wait: one person listens to one sentence at a time.
MOST_WAITING = 10
# A worker that died over one leaves it to the next.
LEASE_S = 60.0
# A worker without a voice leaves an order to one that may have one. Nobody looks for one any more after so long.
GIVE_UP_S = 120.0
# How long a worker is taken to be at work after it was last seen, where NGOZI_SWEEP_S asks for no longer.
SEEN_S = 60.0
SWEEP, VOICE = "sweep", "voice"

State = Literal["wanted", "done", "none"]


@dataclass(frozen=True, slots=True)
class Sound:
    """What became of one. audio: Ogg Opus, once it is done.

    state: 'none' where no voice could say it, none did in GIVE_UP_S, or none is at work.
    """

    id: int
    state: State
    audio: bytes | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """One to be said."""

    id: int
    version_id: int
    text: Text


def ask(connection: Connection, version_id: int, text: Text, by: int) -> int | None:
    """The number of the order; None where too many wait already."""
    waiting_now = connection.execute(
        select(func.count()).select_from(PackSound).where(*_wanted())
    ).scalar_one()
    if waiting_now >= MOST_WAITING:
        return None
    number = int(
        connection.execute(
            insert(PackSound)
            .values(
                version_id=version_id,
                said=reply_json.text_to_json(text),
                state="wanted",
                by_person=by,
                created_at=db_now(),
            )
            .returning(PackSound.id)
        ).scalar_one()
    )
    audit.record(
        connection, "pack_sound_ordered", str(version_id), by, after={"sound": number, "message": text.id}
    )
    return number


def at_work(connection: Connection) -> None:
    """Notes that a worker with a voice is at work; it says so whenever it sweeps."""
    connection.execute(
        insert_for(connection)(Heartbeat)
        .values(process=VOICE, at=db_now())
        .on_conflict_do_update(index_elements=["process"], set_={"at": db_now()})
    )


def mute(connection: Connection, sweep_s: float) -> bool:
    """True where workers are at work and none of them has a voice: nobody need wait for one. sweep_s: seconds between sweeps."""
    seen = connection.execute(
        select(Heartbeat.process).where(
            Heartbeat.process.in_((SWEEP, VOICE)), Heartbeat.at > db_now() - max(SEEN_S, 3 * sweep_s)
        )
    ).scalars()
    return set(seen) == {SWEEP}


def found(connection: Connection, version_id: int, sound_id: int, *, silent: bool = False) -> Sound | None:
    """What became of an order for this version; None where there is none (any more). silent: what `mute` says."""
    row = connection.execute(
        select(PackSound.id, PackSound.state, PackSound.audio, and_(*_wanted()).label("hoped_for")).where(
            PackSound.id == sound_id, PackSound.version_id == version_id
        )
    ).first()
    if row is None:
        return None
    given_up = row.state == "wanted" and (silent or not row.hoped_for)
    return Sound(row.id, "none" if given_up else cast(State, row.state), row.audio)


def waiting(connection: Connection) -> bool:
    """True where one waits that nobody is at."""
    return connection.execute(select(PackSound.id).where(*_free()).limit(1)).first() is not None


def take(connection: Connection) -> Ordered | None:
    """The oldest that nobody is at, for who will say it now."""
    row = connection.execute(
        select(PackSound.id, PackSound.version_id, PackSound.said)
        .where(*_free())
        .order_by(PackSound.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    connection.execute(update(PackSound).where(PackSound.id == row.id).values(until=db_now() + LEASE_S))
    return Ordered(row.id, row.version_id, reply_json.text_from_json(row.said))


def finish(connection: Connection, sound_id: int, audio: bytes | None) -> None:
    """Ends an order. audio: None where no voice could say it. One that was ended meanwhile, by who took it over, stays so."""
    connection.execute(
        update(PackSound)
        .where(PackSound.id == sound_id, PackSound.state == "wanted")
        .values(state="none" if audio is None else "done", audio=audio, until=None)
    )


def _wanted() -> tuple[ColumnElement[bool], ...]:
    return PackSound.state == "wanted", PackSound.created_at > db_now() - GIVE_UP_S


def _free() -> tuple[ColumnElement[bool], ...]:
    return *_wanted(), or_(PackSound.until.is_(None), PackSound.until < db_now())
