"""The same people over the real turn and a real database; only the platform and the engine are stand-ins."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Engine, select, update

from bot import conversation, inbox, reply_json
from bot.channels import RawUpdate
from bot.conversation import ChatState, new_state
from bot.conversation.events import Effect, EraseChat, Event, FindingsReady, PlanReady, Said, WantFindings
from bot.database import transaction
from bot.findings import findings_to_json
from bot.messages import Inbound, Reply
from bot.plans import plan_to_json
from bot.tables import Chat, FindingsJob, InboundRow, ReplyRow
from tests.simulator.people import Person
from tests.simulator.playing import Played, play
from tests.simulator.worlds import Watch, answered, planned
from tests.worker.stage import Stage, stage
from tests.worker.test_turn import jpeg
from worker import turn

__all__ = ["TurnWorld", "play_all", "unfinished"]


@cache
def _photograph() -> bytes:
    return jpeg()


class TurnWorld:
    """One chat on a stage. Time does not pass here; the engine always answers, as soon as it is waited for."""

    def __init__(self, stage: Stage, person: Person, watch: Watch) -> None:
        self.stage, self.person, self.watch = stage, person, watch
        self.address = f"simulated-{person.number}"
        self.chat = 0
        self.rng = person.chance("world")
        self._count = itertools.count(1)
        self._read = 0

    @property
    def state(self) -> ChatState:
        if not self.chat:
            return new_state()
        with transaction(self.stage.engine) as connection:
            kept = connection.execute(select(Chat.state).where(Chat.id == self.chat)).scalar_one()
        return conversation.from_json(kept) if kept else new_state()

    @property
    def busy(self) -> bool:
        return bool(self._jobs())

    def hear(self, *items: Inbound) -> tuple[Reply, ...]:
        said: tuple[Reply, ...] = ()
        for item in items:
            for attachment in item.attachments:
                self.stage.channel.photos[attachment.ref] = _photograph()
            if self.chat:
                self.stage.read(self.chat)
            raw = RawUpdate(f"{self.address}-{next(self._count)}", self.address, json.dumps(asdict(item)))
            before = self.state
            found = inbox.receive(self.stage.engine, self.stage.account, [raw])
            self.chat = found[0] if found else self.chat
            said += self._turned(before, Said((item,), 0.0))
        return said

    def wait(self, seconds: float) -> tuple[Reply, ...]:
        said: tuple[Reply, ...] = ()
        # A plan without a question asks for findings at once: they are waited for too.
        for job in itertools.chain(self._jobs(), (job for _ in (1, 2) for job in self._jobs())):
            floor = cast(Literal["now", "today", "week", "routine"], job.floor)
            wanted = WantFindings(job.case_version, tuple(job.photo_ids), dict(job.answers), floor)
            found = answered(self.person, wanted, self.rng)
            plan = planned(self.person, self.rng)
            event: Event = FindingsReady(job.case_version, found, 0.0)
            result = findings_to_json(found)
            if job.kind == "plan":
                event, result = PlanReady(job.case_version, plan, 0.0), plan_to_json(plan)
            with transaction(self.stage.engine) as connection:
                connection.execute(
                    update(FindingsJob).where(FindingsJob.id == job.id).values(state="done", result=result)
                )
            said += self._turned(self.state, event)
        return said

    def _jobs(self) -> list[FindingsJob]:
        with transaction(self.stage.engine) as connection:
            wanted = select(FindingsJob).where(
                FindingsJob.chat_id == self.chat,
                FindingsJob.state == "wanted",
                FindingsJob.applied.is_(False),
            )
            return list(connection.execute(wanted).all())  # type: ignore[arg-type]

    def _turned(self, before: ChatState, event: Event) -> tuple[Reply, ...]:
        turn.run(self.stage.parts, self.chat)
        with transaction(self.stage.engine) as connection:
            rows = connection.execute(
                select(ReplyRow.id, ReplyRow.texts, ReplyRow.key)
                .where(ReplyRow.chat_id == self.chat, ReplyRow.id > self._read)
                .order_by(ReplyRow.id)
            ).all()
        said = tuple(reply_json.reply_from_json(row.texts, row.key) for row in rows)
        self._read = max((row.id for row in rows), default=self._read)
        effects: tuple[Effect, ...] = (EraseChat(),) if any(r.key == "deleted" for r in said) else ()
        if self.busy:
            # What the engine is asked for is a row here; its answer is what the person waits for.
            effects = (*effects, WantFindings(0, ()))
        self.watch(before, event, self.state, said, effects)
        return said


def play_all(engine: Engine, folder: Path, everybody: Sequence[Person]) -> tuple[list[Played], list[str]]:
    """The talks of people who all write at once to one bot, and the messages that were lost. engine: a migrated database."""
    with stage(engine, folder) as scene, ThreadPoolExecutor(4) as pool:
        played = list(
            pool.map(
                lambda one: play(
                    replace(one, channel="telegram", no_engine=False), partial(TurnWorld, scene)
                ),
                everybody,
            )
        )
        return played, unfinished(scene)


def unfinished(stage: Stage) -> list[str]:
    """Messages that were lost: every one must be in a turn that is done."""
    with transaction(stage.engine) as connection:
        rows = connection.execute(
            select(InboundRow.external_id, InboundRow.state).where(InboundRow.state != "done")
        ).all()
    return [f"{row.external_id}: {row.state}" for row in rows]
