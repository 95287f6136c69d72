"""The one entrance of a worker's chat: which case an event concerns, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from bot.conversation import moments
from bot.conversation.desk import clinic, keeping, lists, professional, said, waiting
from bot.conversation.desk.events import Around, CaseEvent, DeskEvent, DeskStep, OpinionCame, WeekEnded
from bot.conversation.desk.sitting import DUE_AFTER_S, Sitting
from bot.conversation.desk.state import Case, DeskState
from bot.conversation.events import (
    Event,
    FindingsReady,
    Linked,
    PhotosReady,
    PlanReady,
    ReminderDue,
    Said,
    TalkReady,
    Ticked,
    TurnParked,
)
from bot.messages import OPINION, Text

__all__ = ["step"]


def step(desk: DeskState, event: DeskEvent, cases: Mapping[str, Case], around: Around) -> DeskStep:
    """What one event leads to: the desk, replies, effects and changed cases. Pure.

    cases: all of this chat's, by code. A case speaks in its own reply, its code in the first line.
    """
    sitting = Sitting(desk, cases, around, event.event.at if isinstance(event, CaseEvent) else event.at)
    match event:
        case Said():
            said.said(sitting, event)
        case CaseEvent(code=code, event=PhotosReady() as ready):
            if code in sitting.cases:
                keeping.listened(sitting, code, ready)
        case CaseEvent(code=code, event=inner):
            _of_case(sitting, code, inner, asked=True)
        case Ticked(at=at):
            _ticked(sitting, at)
        case OpinionCame():
            _answered(sitting, event)
        case WeekEnded():
            lists.weekly(sitting)
        case TurnParked():
            if not desk.stopped:
                sitting.say(Text("error.parked"), key="parked")
        case PlanReady() | FindingsReady() | TalkReady() | ReminderDue():
            _of_version(sitting, event)
        case Linked() | PhotosReady():
            pass  # a patient's chat alone is linked; a desk's photographs come as an event of their case
        case _:
            assert_never(event)
    done = sitting.done()
    everything = {**cases, **done.changed}
    left = {code: case for code, case in everything.items() if code not in done.gone}
    return replace(done, desk=replace(done.desk, wake_at=_wake_at(done.desk, left)))


def _of_case(sitting: Sitting, code: str, event: Event, *, asked: bool) -> None:
    if code not in sitting.cases:
        return
    case, replies = sitting.converse(code, event, asked=asked)
    for reply in replies:
        if asked:
            sitting.speak(case, reply)
        else:
            sitting.report(case, reply)


def _of_version(sitting: Sitting, event: PlanReady | FindingsReady | TalkReady | ReminderDue) -> None:
    """What the engine made for a version of a case: no other version of the chat lies in the same range."""
    for case in list(sitting.cases.values()):
        if case.open and case.serves(event.case_version):
            # The first question of a plan is what the worker waits for, unless they have gone on to another case.
            awaited = isinstance(event, PlanReady) and sitting.desk.current == case.code
            _of_case(sitting, case.code, event, asked=awaited)
            return


def _answered(sitting: Sitting, event: OpinionCame) -> None:
    """A clinician's answer: their words, and how soon in their own word, which stands above the rules' and is marked."""
    case = sitting.cases.get(event.code)
    if case is None:
        return
    case = replace(case, escalated=False)
    if event.opinion is not None:
        case = replace(case, opinion=event.opinion, opinion_over=event.over)
    sitting.put(replace(case, due_at=event.at + DUE_AFTER_S[case.reached]))
    soon = (professional.how_soon(case),) if event.opinion is not None else ()
    first, *more = clinic.told(event.words)
    sitting.say(Text("desk.opinion", {"words": first}), *more, *soon, about=event.code, key=OPINION)


def _ticked(sitting: Sitting, at: float) -> None:
    """Time passes for each case by itself, and for what was never sorted."""
    waiting.forget_old(sitting)
    for case in list(sitting.cases.values()):
        due = case.state.wake_at
        if due is None or due > at:
            continue
        if case.state.last_at is not None and at >= case.state.last_at + moments.SILENCE_S:
            _silent(sitting, case, at)
        elif case.open:
            _of_case(sitting, case.code, Ticked(at), asked=False)
        else:
            sitting.put(replace(case, state=replace(case.state, wake_at=_silence_due(case))))


def _silent(sitting: Sitting, case: Case, at: float) -> None:
    """After a month without a word the case goes, quietly, with its photographs."""
    sitting.converse(case.code, Ticked(at), asked=False)
    sitting.erase(case.code)


def _silence_due(case: Case) -> float | None:
    return None if case.state.last_at is None else case.state.last_at + moments.SILENCE_S


def _wake_at(desk: DeskState, cases: Mapping[str, Case]) -> float | None:
    due = [case.state.wake_at for case in cases.values()]
    due += waiting.forgotten_at(desk)
    return min((at for at in due if at is not None), default=None)
