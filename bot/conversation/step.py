"""The one entrance of the conversation: which part handles an event."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import (
    course,
    heard,
    linking,
    moments,
    photos,
    planning,
    recordings,
    reminding,
    ruled,
    saying,
    talk,
)
from bot.conversation.events import (
    DropPhotos,
    Effect,
    Event,
    FindingsReady,
    Linked,
    PhotosReady,
    PlanReady,
    ReminderDue,
    Said,
    Step,
    TalkReady,
    Ticked,
    TurnParked,
)
from bot.conversation.state import ChatState, rested
from bot.messages import Reply, Text, Urgency, worst

__all__ = ["step"]


def step(state: ChatState, event: Event) -> Step:
    """What one event leads to: the new state, at most one reply (more where more is told), and effects. Pure."""
    done = reminding.owed(reminding.scheduled(talk.late(_handled(state, event))))
    return replace(done, state=moments.waking(done.state))


def _handled(state: ChatState, event: Event) -> Step:
    match event:
        case Said():
            return heard.said(state, event)
        case Linked():
            return linking.linked(state, event)
        case PhotosReady():
            return _photos_ready(state, event)
        case PlanReady():
            return _plan_ready(state, event)
        case FindingsReady():
            return _findings_ready(state, event)
        case TalkReady():
            return talk.ready(state, event)
        case Ticked():
            return _ticked(state, event.at)
        case ReminderDue():
            return reminding.due(state, event)
        case TurnParked():
            return Step(state) if state.stopped else saying.say(state, Text("error.parked"))


def _photos_ready(state: ChatState, event: PhotosReady) -> Step:
    """What is said of photographs and voice messages that were fetched; the words of one are answered as typed ones."""
    seen = tuple(r for r in event.results if r.attachment.kind == "photo")
    notes: tuple[Text, ...] = ()
    effects: tuple[Effect, ...] = ()
    if seen:
        state, notes, effects = photos.ready(state, replace(event, results=seen))
    spoken = tuple(r for r in event.results if r.attachment.kind == "voice")
    words: tuple[str, ...] = ()
    if spoken:
        state, more, gone, words = recordings.ready(state, spoken)
        notes, effects = (*notes, *more), (*effects, *gone)
    if state.stopped:
        return Step(state, (), effects)
    if not words:
        return saying.say(state, *notes, effects=effects)
    done = heard.typed_words(state, words, event.at, notes)
    return replace(done, effects=(*effects, *done.effects))


def _plan_ready(state: ChatState, event: PlanReady) -> Step:
    """The first question of the plan; a plan of an older case, or one that is no more waited for, is dropped."""
    waits = planning.awaited(state) and not state.at_once
    if not waits or event.case_version != state.case_version:
        return Step(state)
    return _planned(state, planning.made(state, event.plan))


def _planned(before: ChatState, state: ChatState) -> Step:
    """What follows from a plan, or from there being none. A question of ours that stands open is not talked over."""
    waited = course.part(before) == "planning"
    if state.stopped or not (waited or (course.part(state) == "danger" and not _shown(state))):
        return Step(state)
    if state.overlay or state.handover:
        state, effects = saying.engaged(state)  # the engine need not wait for the answer
        return Step(state, (), effects)
    return saying.say(state)


def _shown(state: ChatState) -> bool:
    """True where what stands open was shown. A sign that a new version of this program asks was not: nobody would answer it."""
    asked = {choice.code for choice in saying.present(state).choices}
    return bool(asked & set(state.offered))


def awaits_findings(state: ChatState, case_version: int) -> bool:
    """True where findings of this version would be taken: they were asked for, have not come, and no `now` has ended the case."""
    awaited = state.requested == case_version == state.case_version and state.findings is None
    return awaited and not state.at_once


def _findings_ready(state: ChatState, event: FindingsReady) -> Step:
    """The findings, said once; those of an older case, or of one that has come to 'go now', are dropped."""
    if not awaits_findings(state, event.case_version):
        return Step(state)
    # The model may raise the urgency up to `now`: then nothing of the findings is said.
    pressing = Urgency.NOW if event.findings.urgency is Urgency.NOW else None
    found = ruled.joined(event.findings, state.answers)
    state = replace(state, findings=found, floor=worst(state.floor, pressing))
    if course.part(state) in ("danger", "health") or (state.handover and not state.at_once):
        # A sign of danger or what raises it is being asked, or a person is being handed over: the findings are told after it.
        return Step(state) if state.stopped or _shown(state) else saying.say(state)
    return Step(state) if state.stopped else saying.say(replace(state, overlay=""))


def _ticked(state: ChatState, at: float) -> Step:
    """What time means: photographs nobody agreed to are forgotten after a day, everything after a month, both quietly,
    but for a photograph of which nobody said whose it is: that is told with the next reply;
    a plan that does not come is not waited for; findings that take long are said to; a question that the language model
    leaves open gets the catalogue's sentence.
    """
    if state.last_at is not None and at >= state.last_at + moments.SILENCE_S:
        ids = state.photos + state.spare + state.earlier_photos + state.recordings
        gone: tuple[Effect, ...] = (DropPhotos(state.pending, ids),) if state.pending or ids else ()
        return Step(rested(state), (), gone)
    if state.pending_since is not None and at >= state.pending_since + moments.UNANSWERED_PHOTO_S:
        dropped = (DropPhotos(state.pending),) if state.pending else ()
        overlay = "" if state.overlay == "which" else state.overlay
        # Whoever agreed believes that it was looked at: the next reply says that it was not.
        asked = state.consent == "yes" and any(a.kind == "photo" for a in state.pending)
        carry = (*state.carry, saying.NOT_LOOKED_AT) if asked else state.carry
        without = replace(state, pending=(), pending_since=None, overlay=overlay, carry=carry, whose_now=())
        return Step(without, (), dropped)
    plan = planning.due(state)
    if plan is not None and at >= plan:
        return _planned(state, planning.made(state, None))
    patience = moments.patience_due(state)
    if patience is not None and at >= patience:
        return _takes_longer(replace(state, patience=state.case_version))
    answer = talk.answer_due(state)
    if answer is not None and at >= answer:
        return talk.ready(state, TalkReady(state.case_version, "answer", "", at=at))
    return Step(state)


def _takes_longer(state: ChatState) -> Step:
    """Said once a request. Nothing is put over a question that stands open: who is asked is not left alone."""
    if state.overlay or state.handover:
        return Step(state)
    return saying.say_only(state, Reply((Text("findings.takes_longer"),), (), "takes_longer"))
