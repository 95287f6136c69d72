"""Where people talk: the conversation itself, with a clock, the photo coach and a stand-in for the engine."""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from bot.clinical import conditions
from bot.conversation import ChatState, from_json, new_state, step, to_json
from bot.conversation.events import (
    Effect,
    EraseChat,
    Event,
    FetchPhotos,
    FindingsReady,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Remind,
    ReminderDue,
    Said,
    TalkReady,
    Ticked,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Condition, Findings, Inbound, Plan, Reply, Urgency, worst
from bot.plans import plan_from_json
from tests.simulator.people import Person

__all__ = ["DAY_S", "PLANS", "PureWorld", "Watch", "World", "answered", "coach", "planned"]

DAY_S = 86_400.0
PLANS = Path(__file__).parent / "plans.json"
"""What the shipped model plans: label -> a plan for each photograph that it was not trained on (tests/simulator/measure.py)."""

# Looks at every event: the state before it, the event, the state after it, what was said, what was asked of the world.
Watch = Callable[[ChatState, Event, ChatState, tuple[Reply, ...], tuple[Effect, ...]], None]


def _nobody(*_: object) -> None:
    """Nobody looks."""


class World(Protocol):
    """What a talk needs of where it happens."""

    @property
    def state(self) -> ChatState:
        """What is remembered of the chat."""

    def hear(self, *items: Inbound) -> tuple[Reply, ...]:
        """The person's next message, and what is said in its turn."""

    def wait(self, seconds: float) -> tuple[Reply, ...]:
        """Time passes; what is said meanwhile."""

    @property
    def busy(self) -> bool:
        """True while something is being looked at or thought over that will still be answered."""


def answered(person: Person, wanted: WantFindings, rng: random.Random) -> Findings:
    """What the stand-in finds: the truth in most cases, sometimes another condition, sometimes nothing."""
    floor, known = Urgency(wanted.floor), conditions.catalogue()
    draws = rng.random()
    if draws < 0.12:
        reason = rng.choice(("unsure", "out_of_scope", "unusable", "failed"))
        return Findings((), worst(floor, Urgency.WEEK) or floor, True, reason)
    codes = list(known)
    true = person.truth.condition if person.truth.condition in known else rng.choice(codes)
    code = true if draws < 0.80 else rng.choice(codes)
    named = [Condition(code, rng.choice(("likely", "possible")))]
    if rng.random() < 0.4:
        named.append(Condition(rng.choice([c for c in codes if c != code]), "possible"))
    urgency = worst(floor, *(known[c.code].urgency for c in named)) or floor
    return Findings(tuple(named), urgency, model="stand-in")


@cache
def _plans() -> Mapping[str, tuple[Plan, ...]]:
    read: dict[str, list[Any]] = json.loads(PLANS.read_text("utf-8"))
    return {label: tuple(plan_from_json({"first": one}) for one in plans) for label, plans in read.items()}


def planned(person: Person, rng: random.Random) -> Plan:
    """What was planned for a photograph of the same condition; of one that the model does not know, for any photograph."""
    plans = _plans()
    known = plans.get(person.truth.condition)
    return rng.choice(known or [plan for label in sorted(plans) for plan in plans[label]])


def coach(person: Person, rng: random.Random) -> tuple[str | None, str | None]:
    """(refused, coach) for a photograph: most are good."""
    draws = rng.random()
    if draws < 0.04:
        return rng.choice(("format", "truncated", "empty", "unfetchable")), None
    return None, rng.choice(("blurred", "dark", "bright", "small")) if draws < 0.15 else None


@dataclass
class PureWorld:
    """One chat over `step`. Engine and language model answer later, some never."""

    person: Person
    watch: Watch = _nobody
    at: float = 1_700_000_000.0
    kept: ChatState = field(default_factory=new_state)
    effects: list[Effect] = field(default_factory=list)
    reminders: list[ReminderDue] = field(default_factory=list)
    _due: list[tuple[float, int, Event]] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.rng = self.person.chance("world")

    @property
    def state(self) -> ChatState:
        return self.kept

    @property
    def busy(self) -> bool:
        return bool(self._due)

    def hear(self, *items: Inbound) -> tuple[Reply, ...]:
        return self._event(Said(items, self.at, here=Here(channel=self.person.channel, emergency="999")))

    def wait(self, seconds: float) -> tuple[Reply, ...]:
        said: tuple[Reply, ...] = ()
        until = self.at + seconds
        for _ in range(200):
            answer = self._due[0][0] if self._due else None
            wake = self.kept.wake_at
            remind = self.reminders[0].at if self.reminders else None
            times = [t for t in (answer, wake, remind) if t is not None and t <= until]
            if not times:
                self.at = until
                return said
            self.at = max(self.at, min(times))
            if answer is not None and answer == min(times):
                said += self._event(heapq.heappop(self._due)[2])
            elif remind is not None and remind == min(times):
                said += self._event(self.reminders.pop(0))
            else:
                before = self.kept.wake_at
                said += self._event(Ticked(self.at))
                if self.kept.wake_at == before:
                    raise AssertionError(f"a tick at {self.at} asks for itself again")
        raise AssertionError(f"200 events within {seconds:g} s of waiting")

    def _event(self, event: Event) -> tuple[Reply, ...]:
        before = self.kept
        done = step(before, event)
        # What is kept between two turns is JSON.
        self.kept = from_json(to_json(done.state))
        assert self.kept == done.state, "the state changes when it is stored and read again"
        self.effects += done.effects
        self.watch(before, event, self.kept, done.replies, done.effects)
        said = done.replies
        for effect in done.effects:
            said += self._carried_out(effect)
        return said

    def _carried_out(self, effect: Effect) -> tuple[Reply, ...]:
        if isinstance(effect, FetchPhotos):
            results = []
            for attachment in effect.attachments:
                refused, poor = coach(self.person, self.rng)
                results.append(
                    PhotoResult(attachment, "" if refused else f"id-{attachment.ref}", refused, poor)
                )
            return self._event(PhotosReady(tuple(results), self.at))
        if isinstance(effect, WantFindings):
            if not self.person.no_engine:
                late = self._takes(20.0, 90.0)
                found = answered(self.person, effect, self.rng)
                self._later(FindingsReady(effect.case_version, found, self.at + late), late)
        elif isinstance(effect, WantPlan):
            if not self.person.no_engine and self.rng.random() < 0.95:
                plan = planned(self.person, self.rng) if self.rng.random() < 0.95 else None
                late = self._takes(14.0, 25.0)
                self._later(PlanReady(effect.case_version, plan, self.at + late), late)
        elif isinstance(effect, Remind):
            self.reminders = [
                ReminderDue(effect.case_version, one.kind, one.number, self.at + one.days * DAY_S)
                for one in effect.asks
            ]
        elif isinstance(effect, EraseChat):
            self.reminders = []
        elif isinstance(effect, WantAnswer) and self.rng.random() < 0.7:
            words = self.rng.choice(
                ("It may grow slowly, and a health worker can look at it.", "", "Take 500 mg.")
            )
            self._later(TalkReady(effect.case_version, "answer", words, effect.question, at=self.at + 5), 5.0)
        return ()

    def _takes(self, *seldom: float) -> float:
        """Seconds of the engine: as measured (0.5 to 0.8 s, README; 1.5 s for a plan on a busy core), seldom much longer."""
        return self.rng.choice((0.5, 1.0, 1.0, 2.0)) if self.rng.random() < 0.9 else self.rng.choice(seldom)

    def _later(self, event: Event, seconds: float) -> None:
        heapq.heappush(self._due, (self.at + seconds, next(self._count), event))
