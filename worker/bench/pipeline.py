"""Messages through the whole pipeline: inbox -> turn -> engine -> deliver -> a sink in this process.

`python -m worker.bench.pipeline inline|embedded|paced ...`; one line of figures on standard output.
inline    one thread, a stand-in for the model: what the code costs
embedded  the embedded runner with its worker threads and a stand-in in the child process: AT_ONCE people at once
paced     the embedded runner with the real model: one new person and photograph each `interval`
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import func, select

from bot import inbox, logs, migrations
from bot.channels import Channel, RawUpdate
from bot.channels.registry import WEBCHAT
from bot.channels.webchat import WebChat
from bot.database import transaction
from bot.errors import NgoziError
from bot.messages import Outgoing
from bot.queue import TURN
from bot.settings import Settings
from bot.tables import FindingsJob
from worker import parts as parts_room
from worker.bench.child import answer, end_with_parent
from worker.bench.machine import memory
from worker.bench.pairs import percentile
from worker.bench.stand_in import StandIn
from worker.bench.talks import Sink, Talk, drawn_photos
from worker.embedded import ENGINE_COMMAND, embedded
from worker.engine import Engine
from worker.inline import Inline
from worker.opened import database
from worker.parts import Parts

__all__ = ["main"]

AT_ONCE = 8
MOST_TALKS = 5_000
# A wake-up that was lost is made good by the sweep after 15 s; longer silence is a fault.
SILENCE_S = 40.0
MODEL_WAIT_S = 120.0
WARM_PHOTOS = 2
STAND_IN_COMMAND = (sys.executable, "-m", "worker.bench.stand_in")


@dataclass
class Crowd:
    """People who talk through one process's parts. told: what the sink was given and nobody has read yet."""

    parts: Parts
    told: queue.SimpleQueue[Outgoing]
    talks: dict[str, Talk] = field(default_factory=dict)

    def begin(self) -> Talk:
        """Somebody new sends a photograph."""
        talk = Talk(len(self.talks))
        self.talks[talk.address] = talk
        self.give(talk.begin())
        return talk

    def hear(self, outgoing: Outgoing) -> bool:
        """Whoever it was for answers; True where they have done."""
        talk = self.talks[outgoing.address]
        before = talk.finished
        update = talk.hear(outgoing)
        if update is not None:
            self.give(update)
        return talk.finished and not before

    def give(self, update: RawUpdate) -> None:
        """One message comes in."""
        for chat_id in inbox.receive(self.parts.engine, WEBCHAT, (update,)):
            self.parts.wake(TURN, chat_id)


def _to_sink(parts: Parts) -> queue.SimpleQueue[Outgoing]:
    """Where the replies arrive from now on; the web chat's adapter is taken out for it."""
    told: queue.SimpleQueue[Outgoing] = queue.SimpleQueue()
    adapter = cast(WebChat, parts.channels[WEBCHAT])
    cast(dict[Any, Channel], parts.channels)[WEBCHAT] = Sink(adapter, drawn_photos(), told.put)
    return told


@contextmanager
def _inline(settings: Settings) -> Iterator[tuple[Parts, Inline]]:
    wake = Inline()
    parts = parts_room.build(settings, wake)
    wake.parts = parts
    wake.engine = Engine(parts, StandIn)
    try:
        yield parts, wake
    finally:
        parts.engine.dispose()


def inline(settings: Settings, seconds: float) -> dict[str, Any]:
    """Figures of one person after the other in one thread."""
    with _inline(settings) as (parts, wake):
        crowd = Crowd(parts, _to_sink(parts))
        _talk_inline(crowd, wake)  # warm
        crowd.talks.clear()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds and len(crowd.talks) < MOST_TALKS:
            _talk_inline(crowd, wake)
        return _rates(crowd, time.perf_counter() - began)


def _talk_inline(crowd: Crowd, wake: Inline) -> None:
    talk = crowd.begin()
    wake.run()
    while not talk.finished:
        try:
            crowd.hear(crowd.told.get_nowait())
        except queue.Empty:
            raise _stopped(talk) from None
        wake.run()
    while not crowd.told.empty():
        crowd.hear(crowd.told.get_nowait())


def _stopped(talk: Talk) -> NgoziError:
    return NgoziError(
        f"a conversation got no further after {talk.sent} messages; expected findings and the menu"
    )


def together(settings: Settings, seconds: float) -> dict[str, Any]:
    """Figures of AT_ONCE people at once in the embedded runner; as one has done, another begins."""
    with embedded(settings, engine_command=STAND_IN_COMMAND) as (parts, child):
        if child is None or not child.ready.wait(MODEL_WAIT_S):
            raise NgoziError("the stand-in of the model did not start; expected it to")
        crowd = Crowd(parts, _to_sink(parts))
        crowd.begin()
        _hear_until_done(crowd, 1)  # warm
        crowd.talks.clear()
        began = time.perf_counter()
        for _ in range(AT_ONCE):
            crowd.begin()
        open_talks = AT_ONCE
        while open_talks:
            if _hear_until_done(crowd, 1):
                open_talks -= 1
            if time.perf_counter() - began < seconds and len(crowd.talks) < MOST_TALKS:
                crowd.begin()
                open_talks += 1
        figures = _rates(crowd, time.perf_counter() - began)
        return {**figures, "at_once": AT_ONCE, "memory": [memory("embedded, stand-in model", os.getpid())]}


def _hear_until_done(crowd: Crowd, wanted: int) -> int:
    done = 0
    while done < wanted:
        try:
            outgoing = crowd.told.get(timeout=SILENCE_S)
        except queue.Empty:
            raise NgoziError(f"nobody was answered for {SILENCE_S:g} s; expected replies") from None
        done += outgoing.address in crowd.talks and crowd.hear(outgoing)
    return done


def paced(settings: Settings, photos: int, interval_s: float, command: Sequence[str]) -> dict[str, Any]:
    """Figures of one photograph each `interval_s`, whether or not those before are answered."""
    with embedded(settings, engine_command=tuple(command)) as (parts, child):
        if child is None:
            raise NgoziError("NGOZI_MODEL is 'off'; expected a model")
        if not child.ready.wait(MODEL_WAIT_S):
            raise NgoziError(f"the model was not ready after {MODEL_WAIT_S:g} s; expected it to load")
        crowd = Crowd(parts, _to_sink(parts))
        for _ in range(WARM_PHOTOS):
            crowd.begin()
        _hear_until_done(crowd, WARM_PHOTOS)
        warm = len(crowd.talks)
        began = time.perf_counter()
        done = 0
        while done < photos:
            begun = len(crowd.talks) - warm
            if begun < photos and time.perf_counter() >= began + begun * interval_s:
                crowd.begin()
                continue
            pause_s = (
                max(0.0, began + begun * interval_s - time.perf_counter()) if begun < photos else SILENCE_S
            )
            try:
                done += crowd.hear(crowd.told.get(timeout=pause_s))
            except queue.Empty:
                if begun == photos:
                    raise NgoziError(f"{photos - done} of {photos} got no findings; expected all") from None
        talks = list(crowd.talks.values())[warm:]
        processes = [memory("embedded parent (web, workers)", os.getpid())]
        if child.pid is not None:
            processes.append(memory("model child", child.pid))
        return {**_times(talks), "interval_s": interval_s, **_seen(parts), "memory": processes}


def _times(talks: Sequence[Talk]) -> dict[str, Any]:
    """Photo to findings is the photograph's turn and the findings' together; the time people take to answer is theirs."""
    photo = [t.photo_ms or 0.0 for t in talks]
    think = [t.think_ms or 0.0 for t in talks]
    both = [a + b for a, b in zip(photo, think, strict=True)]
    figures: dict[str, Any] = {"n": len(talks)}
    for name, values in (("photo_turn", photo), ("answers_to_findings", think), ("photo_to_findings", both)):
        figures[name] = {f"p{q}_ms": round(percentile(values, q), 1) for q in (50, 95, 100)}
    return figures


def _seen(parts: Parts) -> dict[str, Any]:
    """Which model answered, and how many of the drawn pictures it took for skin that it knows."""
    with transaction(parts.engine) as connection:
        found = select(FindingsJob.result).where(FindingsJob.kind == "findings")
        results = list(connection.execute(found).scalars())
        parked = connection.execute(
            select(func.count()).where(FindingsJob.state == "parked").select_from(FindingsJob)
        ).scalar_one()
    return {
        "model": next((r["model"] for r in results if r and r["model"]), ""),
        "failed": sum(1 for r in results if r and r["reason"] == "failed") + int(parked),
        "abstained": sum(1 for r in results if r and r["abstained"]),
    }


def _rates(crowd: Crowd, seconds: float) -> dict[str, Any]:
    talks = list(crowd.talks.values())
    waits = [w for t in talks for w in t.waits_ms]
    messages, replies = sum(t.sent for t in talks), sum(t.heard for t in talks)
    return {
        "talks": len(talks),
        "messages": messages,
        "replies": replies,
        "seconds": round(seconds, 2),
        "messages_per_second": round(messages / seconds, 2),
        "replies_per_second": round(replies / seconds, 2),
        "reply_p50_ms": round(percentile(waits, 50), 1),
        "reply_p95_ms": round(percentile(waits, 95), 1),
    }


def main() -> None:
    """Measures and tells."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("inline", "embedded", "paced"))
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--photos", type=int, default=1)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--stand-in", action="store_true")
    given = parser.parse_args()
    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    end_with_parent()
    with database(settings) as engine:
        migrations.upgrade(engine)
    if given.kind == "inline":
        answer(**inline(settings, given.seconds))
    elif given.kind == "embedded":
        answer(**together(settings, given.seconds))
    else:
        command = STAND_IN_COMMAND if given.stand_in else ENGINE_COMMAND
        answer(**paced(settings, given.photos, given.interval, command))


if __name__ == "__main__":
    try:
        main()
    except NgoziError as error:
        raise SystemExit(str(error)) from None
