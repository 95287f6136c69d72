"""One chat, from claim to replies queued.

lease the chat -> its next rows -> parse -> conversation.step (photographs fetched in between) -> state, replies and
effects in ONE transaction -> next rows, until there are none -> release. No transaction is open while the network works.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

import locales
from bot import (
    asked,
    conversation,
    inbox,
    outbox,
    outbox_silence,
    people,
    photo_terms,
    places,
    precedence,
    reminders,
    talk,
    weekly,
)
from bot.cases import left, notes, teaching
from bot.cases.store import Case, CaseMoved
from bot.channels import Account, Channel, MediaFailed
from bot.clock import db_now, now
from bot.conversation import handover, later
from bot.conversation.desk.events import CaseEvent, OpinionCame, WeekEnded
from bot.conversation.events import (
    DropPhotos,
    EraseChat,
    Event,
    FetchPhotos,
    FindingsReady,
    HandOver,
    PhotosReady,
    PlanReady,
    Remind,
    ReminderDue,
    Said,
    TalkReady,
    Teach,
    Ticked,
    TurnParked,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.conversation.state import offered_of, overlay_of
from bot.database import reading, transaction
from bot.errors import LeaseLost
from bot.findings import findings_from_json
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold, take
from bot.media.vault import VaultError
from bot.messages import Inbound, Reply
from bot.packs import watch
from bot.plans import BadPlan, plan_from_json
from bot.queue import DELIVER, THINK, TURN, Wakes
from bot.tables import Chat, FindingsJob
from worker import (
    awaited,
    case_erasing,
    counting,
    desk,
    duty,
    effects,
    joining,
    linking,
    listening,
    opinions,
    patient_cases,
    telling,
)
from worker.parts import Parts
from worker.photographs import Fetched, fetch_all
from worker.units import ChatRow, Unit, show_typing, stopped_after, use_up, wake_at_after

__all__ = ["run"]

log = logging.getLogger(__name__)

# After a failure that may pass (a server away, a photograph not yet there), by attempt.
BACKOFF_S = (1.0, 3.0, 8.0, 20.0, 60.0)
NO_ACCOUNT_S = 60.0
# What offers something and is no question; and that they must be seen today, which is said beside one, once.
_NO_QUESTIONS = (*outbox_silence.SAID_ONCE, "alarm", "refused")
_SAID_BESIDE = ("findings.do.today",)


def run(parts: Parts, chat_id: int) -> None:
    """Takes the chat and works until nothing is waiting; returns at once where somebody else has it."""
    lease_s = parts.settings.lease_s
    with transaction(parts.engine) as connection:
        token = take(connection, TURN_LEASE, chat_id, lease_s)
    if token is None:
        return
    while True:
        watch.look(parts.engine)
        try:
            # One library of packs from the first word to the last, whatever goes live meanwhile.
            with locales.held():
                unit = _next(parts, chat_id, token)
                if unit is None or not _handle(parts, chat_id, token, unit):
                    return
        except LeaseLost:
            log.info("turn_lease_lost", extra={"chat_id": chat_id})
            return


def _next(parts: Parts, chat_id: int, token: str) -> Unit | None:
    """The next unit, its attempt counted; or None, and the chat is released until its next due time."""
    with transaction(parts.engine) as connection:
        # Locks the chat's row: a message that is being received now is seen below, or sets due_at after us.
        hold(connection, TURN_LEASE, chat_id, token, parts.settings.lease_s)
        chat = _chat(connection, chat_id)
        if chat.account.channel == left.CLINIC:
            # Nobody is there: what comes for its cases waits for who gets them.
            hold(connection, TURN_LEASE, chat_id, token, None, due_at=None)
            return None
        waiting = inbox.pending(connection, chat_id)
        if waiting is not None and chat.account not in parts.channels:
            # An account that this worker does not know yet (settings changed): its messages wait for it.
            hold(connection, TURN_LEASE, chat_id, token, None, due_at=db_now() + NO_ACCOUNT_S)
            return None
        if waiting is not None and waiting.wait_s <= 0:
            inbox.start(connection, waiting.ids)
            heard = people.anyone_works(connection)
            return _unit(parts, connection, chat, waiting, heard=heard)
        job = connection.execute(
            select(
                FindingsJob.id,
                FindingsJob.kind,
                FindingsJob.case_version,
                FindingsJob.result,
                FindingsJob.case_id,
            )
            .where(
                FindingsJob.chat_id == chat_id,
                FindingsJob.state.in_(("done", "parked")),
                FindingsJob.applied.is_(False),
                # Of a patient whose health worker works here no more it waits for who gets the case, as an answer does.
                *(() if chat.works else (FindingsJob.case_id.is_(None),)),
            )
            .order_by(FindingsJob.id)
            .limit(1)
        ).first()
        if job is not None:
            return Unit(_answered(job), job_id=job.id, made_for=job.case_id)
        talk_wait_s = talk.wait_s(connection, chat_id)
        if talk_wait_s == 0.0:
            talk.expire(connection, chat_id)
            talk_wait_s = talk.wait_s(connection, chat_id)
        if talked := talk.done(connection, parts.sealer, chat_id, own=not chat.works):
            return _talked(talked[0])
        answered = sorted(opinions.waiting(connection, chat), key=lambda case: parts.untold.get(case.id, 0))
        if answered and answered[0].id not in parts.untold:
            return _opinion(parts, connection, answered[0])
        if connection.execute(select(Chat.id).where(Chat.id == chat_id, Chat.wake_at <= db_now())).first():
            return Unit(Ticked(_tick_time(connection, chat_id)))
        # Last: a case that time has ended is not asked about.
        if reminder := reminders.due(connection, chat_id, parts.settings.quiet):
            if not chat.stopped:
                return _reminded(reminder)
            reminders.drop(connection, chat_id)
        if chat.role == "chw" and chat.person_id is not None:
            ended = weekly.due(connection, chat_id, chat.person_id, parts.settings.quiet)
            if ended is not None:
                return Unit(WeekEnded(now()), weekly=ended)
        if answered:
            # It failed before: nothing else of the chat waits for it.
            return _opinion(parts, connection, answered[0])
        # The language model has its time; then the chat goes on without it.
        waits = [waiting.wait_s if waiting is not None else None, talk_wait_s]
        wait_s = min((w for w in waits if w is not None), default=None)
        due = db_now() + wait_s if wait_s is not None else None
        hold(connection, TURN_LEASE, chat_id, token, None, due_at=due)
    if wait_s is not None:
        parts.wake(TURN, chat_id, wait_s + 0.05)
    return None


def _answered(job: Row[tuple[int, str, int, dict[str, Any] | None, int | None]]) -> Event:
    """What the engine said: findings, or a plan (none where it could make none)."""
    if job.kind != "plan":
        return FindingsReady(job.case_version, findings_from_json(job.result or {}), now())
    plan = None
    if job.result is not None:
        try:
            plan = plan_from_json(job.result)
        except BadPlan:
            log.exception("plan_unreadable", extra={"job_id": job.id})
    return PlanReady(job.case_version, plan, now())


def _talked(said: talk.Talked) -> Unit:
    event = TalkReady(said.case_version, said.kind, said.text, said.question, said.features, now())
    return Unit(event, talk_id=said.id, made_for=said.case_id)


def _opinion(parts: Parts, connection: Connection, case: Case) -> Unit:
    """A clinician's answer about one of the chat's cases."""
    written = notes.of_case(connection, parts.sealer, case.id, "clinician")
    words = written[-1].text if written else ""
    event = OpinionCame(case.code, words, case.opinion, now(), case.opinion_over)
    tries = parts.untold.get(case.id, 0)
    return Unit(event, answered_id=case.id, answered_at=case.answered_at, attempts=tries)


def _reminded(due: reminders.Due) -> Unit:
    return Unit(ReminderDue(due.case_version, due.kind, due.number, now()), reminder_id=due.id)


def _tick_time(connection: Connection, chat_id: int) -> float:
    """Now, and not before the time that was asked for (the database's clock may run ahead of ours)."""
    wake_at = connection.execute(select(Chat.wake_at).where(Chat.id == chat_id)).scalar_one()
    return max(now(), wake_at or 0.0)


def _chat(connection: Connection, chat_id: int) -> ChatRow:
    row = connection.execute(
        select(Chat.channel, Chat.account, Chat.address, Chat.state, Chat.stopped, Chat.person_id).where(
            Chat.id == chat_id
        )
    ).one()
    role = people.role_of(connection, chat_id) if row.person_id is not None else "patient"
    account = Account(row.channel, row.account)
    return ChatRow(chat_id, account, row.address, row.state, row.stopped, role, row.person_id)


def _unit(
    parts: Parts, connection: Connection, chat: ChatRow, waiting: inbox.Pending, *, heard: bool
) -> Unit:
    """Parses the rows; one that cannot be parsed is parked by itself, the others go on. heard: as in `Said`."""
    if waiting.attempts >= inbox.MAX_ATTEMPTS:
        log.error("turn_gave_up", extra={"chat_id": chat.id, "attempts": waiting.attempts})
        return Unit(TurnParked(now()), ids=waiting.ids, parked=dict.fromkeys(waiting.ids, "gave_up"))
    channel = parts.channels.get(chat.account)
    items: list[Inbound] = []
    parked: dict[int, str] = {}
    for row_id, payload in zip(waiting.ids, waiting.payloads, strict=True):
        try:
            if channel is None:
                raise ValueError("no such account")
            items.append(channel.parse(payload))
        except Exception as error:  # noqa: BLE001 - whatever a parser stumbles over: this row is put aside
            log.error(
                "inbound_unreadable",
                extra={"chat_id": chat.id, "row_id": row_id, "error": type(error).__name__},
            )
            parked[row_id] = "unreadable" if channel is not None else "no_account"
    event: Event
    if items:
        settings = parts.settings
        point = next((i.location for i in items if i.location is not None), None)
        # Of a health worker's chat the desk looks for places itself.
        only = None if chat.works else places.emergency_in(connection)
        near = places.emergency_in(connection, point) if point is not None and not chat.works else None
        event = Said(
            tuple(items),
            now(),
            here=Here(
                channel=chat.account.channel,
                unreviewed=settings.allow_unreviewed,
                emergency=settings.emergency,
                crisis_line=settings.crisis_line,
                violence_line=settings.violence_line,
                photo_days=photo_terms.in_force(connection, settings.photo_days),
            ),
            heard=heard,
            place=only.name if only is not None else "",
            near=near.name if near is not None else "",
            unheard=(unheard := _unheard(connection, chat)),
            too_early=not unheard and _too_early(connection, chat, waiting.ids, items),
            mapped=only is not None or (not chat.works and places.for_emergencies(connection)),
        )
    else:
        event = TurnParked(now())
    return Unit(event, waiting.ids, parked, attempts=waiting.attempts, items=tuple(items))


def _unheard(connection: Connection, chat: ChatRow) -> bool:
    """True where the question of a reminder stands open that has not reached the person."""
    stands = not chat.works and overlay_of(chat.state) in later.QUESTIONS
    return stands and outbox_silence.unheard(connection, chat.id, later.KEY)


def _too_early(connection: Connection, chat: ChatRow, ids: tuple[int, ...], items: list[Inbound]) -> bool:
    """True where typed words were written before the question that stands open had left."""
    if not any(item.kind == "message" and item.text for item in items):
        return False
    sent_at = min((item.sent_at for item in items if item.sent_at is not None), default=None)
    return asked.after_the_words(connection, chat.id, offered_of(chat.state), ids, sent_at)


def _handle(parts: Parts, chat_id: int, token: str, unit: Unit) -> bool:
    """Steps the conversation and commits what it led to. False where the chat was put back: its next try comes later."""
    try:
        with transaction(parts.engine) as connection:
            chat = _chat(connection, chat_id)
        channel = parts.channels.get(chat.account)
        woken, dropped = _work(parts, chat, token, channel, unit)
    except CaseMoved:
        log.info("turn_case_moved", extra={"chat_id": chat_id})
        _put_back(parts, chat_id, token, unit, counts=False)
        return False
    except (LeaseLost, KeyboardInterrupt):
        raise
    except SQLAlchemyError as error:
        log.warning("turn_database_failed", extra={"chat_id": chat_id, "error": type(error).__name__})
        _put_back(parts, chat_id, token, unit, counts=False)
        return False
    except MediaFailed as error:
        log.info("turn_waits_for_media", extra={"chat_id": chat_id, "reason": error.reason})
        _put_back(parts, chat_id, token, unit, counts=True)
        return False
    except Exception:  # the outermost loop of a turn: the row is tried again, then parked and the person told
        log.exception("turn_failed", extra={"chat_id": chat_id, "attempts": unit.attempts + 1})
        if isinstance(unit.event, TurnParked | Ticked):
            _give_up(parts, chat_id, token, unit)
            return True
        _put_back(parts, chat_id, token, unit, counts=True)
        return False
    if unit.answered_id is not None:
        parts.untold.pop(unit.answered_id, None)
    for task, row_id in woken:
        parts.wake(task, row_id)
    for drop in dropped:
        for photo_id in drop.photo_ids:
            # Their keys are gone already; where this fails the sweep deletes the file.
            with contextlib.suppress(VaultError):
                parts.vault.delete(photo_id)
    return True


def _work(
    parts: Parts, chat: ChatRow, token: str, channel: Channel | None, unit: Unit
) -> tuple[Wakes, list[DropPhotos]]:
    """Does the unit's work by who writes in the chat: what to wake, and photographs whose files may go."""
    if want := listening.wanted(parts, chat, unit):
        return listening.read_aloud(parts, chat, token, channel, unit, want), []
    if linked := linking.meant(parts, chat, unit):
        unit = linked
    elif invitation := joining.code_of(unit):
        return joining.join(parts, chat, token, unit, invitation), []
    if unit.weekly is not None and chat.role != "chw":
        # Their role was taken away at this moment.
        with transaction(parts.engine) as connection:
            weekly.done(connection, unit.weekly, parts.settings.quiet)
        return [], []
    if unit.made_for is not None and not chat.works:
        # The same; it waits for who gets the case.
        return [], []
    if isinstance(unit.event, OpinionCame) and not chat.works:
        return opinions.tell_patient(parts, chat, token, unit, unit.event), []
    if chat.works:
        work = desk.converse(parts, chat, token, channel, unit)
        return desk.commit(parts, chat, token, unit, work), work.dropped
    outcome = _converse(parts, chat, token, channel, unit)
    return _commit(parts, chat, token, unit, outcome), outcome.dropped


def _give_up(parts: Parts, chat_id: int, token: str, unit: Unit) -> None:
    """What fails even when it is only to be parked, or a tick, is not tried for ever; the chat goes on without it."""
    with transaction(parts.engine) as connection:
        late = {"wake_at": now() + 3600.0} if isinstance(unit.event, Ticked) else {}
        hold(connection, TURN_LEASE, chat_id, token, parts.settings.lease_s, turns=Chat.turns + 1, **late)
        turn_id = effects.record_turn(connection, chat_id, "GaveUp")
        if unit.ids:
            inbox.park(connection, unit.ids, turn_id, "gave_up")
            outbox_silence.resume(connection, chat_id)


@dataclass
class Stepped:
    """What the conversation made of an event. began_with: the case's version before it; None where that could not be read."""

    state: conversation.ChatState
    began_with: int | None = None
    before: conversation.ChatState = field(default_factory=conversation.new_state)
    replies: list[Reply] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    wanted: WantFindings | WantPlan | None = None
    asked: list[WantAnswer] = field(default_factory=list)
    reminds: list[Remind] = field(default_factory=list)
    taught: list[Teach] = field(default_factory=list)
    dropped: list[DropPhotos] = field(default_factory=list)
    harms: list[handover.Harm] = field(default_factory=list)
    erase: bool = False


def _converse(parts: Parts, chat: ChatRow, token: str, channel: Channel | None, unit: Unit) -> Stepped:
    began_with = None
    try:
        state = conversation.from_json(chat.state) if chat.state else conversation.new_state()
        began_with = state.case_version
    except conversation.BadState:
        # Better a chat that begins anew than one that never answers again.
        log.error("state_unreadable", extra={"chat_id": chat.id})
        state = conversation.new_state()
    if state.teaching:
        # A clinician may have taken it back at the console, by the patient's word.
        with reading(parts.engine) as connection:
            if not teaching.stands_in_chat(connection, chat.id, state.teaching):
                state = replace(state, teaching=0)
    outcome = Stepped(state, began_with, state)
    show_typing(channel, chat, unit)
    assert not isinstance(unit.event, CaseEvent | OpinionCame | WeekEnded), "events of a desk"
    events: list[Event] = [unit.event]
    while events:
        event = events.pop(0)
        step = conversation.step(outcome.state, event)
        outcome.state = step.state
        outcome.replies += step.replies
        for effect in step.effects:
            match effect:
                case FetchPhotos(attachments=sent):
                    speaks, tries = outcome.state.speaks, unit.attempts
                    results = fetch_all(parts, chat.id, token, channel, sent, attempts=tries, language=speaks)
                    outcome.fetched += results
                    events.append(PhotosReady(tuple(r.result for r in results), now()))
                case WantFindings() | WantPlan():
                    outcome.wanted = effect
                case WantAnswer():
                    outcome.asked.append(effect)
                case Remind():
                    outcome.reminds.append(effect)
                case Teach():
                    outcome.taught.append(effect)
                case DropPhotos():
                    outcome.dropped.append(effect)
                case HandOver(harm=harm):
                    outcome.harms.append(harm)
                case EraseChat():
                    outcome.erase = True
                case _:
                    assert_never(effect)
    return outcome


def _commit(parts: Parts, chat: ChatRow, token: str, unit: Unit, outcome: Stepped) -> Wakes:
    """State, replies and effects in one transaction; what to wake afterwards."""
    woken: Wakes = []
    stopped = stopped_after(chat, unit)
    wake_at = wake_at_after(unit, outcome.state.wake_at)
    why = patient_cases.reason(outcome.before, outcome.state)
    with transaction(parts.engine) as connection:
        concerned = patient_cases.concerned(connection, parts.settings, why)
        ended = linking.ending(connection, chat.id, outcome.state, erased=outcome.erase)
        on_duty = duty.chats(connection, outcome.harms)
        others = {*(concerned or ()), *on_duty, *linking.chats(unit, ended)}
        if outcome.erase:
            others |= set(case_erasing.beside(connection, chat_id=chat.id))
        if concerned is not None or others:
            telling.lock(connection, {chat.id, *others})
        hold(
            connection,
            TURN_LEASE,
            chat.id,
            token,
            parts.settings.lease_s,
            state=conversation.to_json(outcome.state),
            wake_at=wake_at,
            stopped=stopped,
            turns=Chat.turns + 1,
            pack_version=effects.pack_version(outcome.state.speaks),
        )
        turn_id = effects.record_turn(connection, chat.id, type(unit.event).__name__)
        if outcome.erase:
            effects.erase(connection, chat.id, parts.settings)
        woken += linking.link(parts, connection, chat, turn_id, unit)
        woken += linking.end(connection, turn_id, chat.id, ended, erased=outcome.erase)
        use_up(connection, unit, turn_id)
        if isinstance(unit.event, Said) and unit.event.unheard:
            outbox_silence.take_back(connection, chat.id, later.KEY)
        effects.note_not_understood(
            connection, parts.settings, chat.id, outcome.state.speaks, unit.items, outcome.replies
        )
        if outcome.state.case_version != outcome.began_with:
            # What the language model said of an earlier case goes with it, and what was to be asked of it later.
            talk.drop(connection, chat.id, but=outcome.state.case_version)
            # But for what the result that was left behind has to ask: until the new case has one.
            kept = (outcome.state.case_version, outcome.state.left_version)
            reminders.drop(connection, chat.id, but=kept)
        if unit.reminder_id is not None:
            told = bool(outcome.replies) and not stopped
            if isinstance(unit.event, ReminderDue) and later.waits(outcome.state, unit.event):
                reminders.put_off(connection, unit.reminder_id)
            else:
                reminders.close(connection, chat.id, unit.reminder_id, asked=told)
        for remind in outcome.reminds:
            reminders.write(connection, chat.id, remind, parts.settings.quiet)
        most, agreed_to = parts.settings.photo_days, outcome.state.consent_days
        effects.keep_photos(connection, chat.id, chat.account, outcome.fetched, most, agreed_to)
        counting.of_patient(parts, connection, chat.id, outcome.before, outcome.state, outcome.fetched)
        for taught in outcome.taught:
            effects.teach(connection, chat.id, taught, outcome.state.speaks)
        for drop in outcome.dropped:
            effects.drop_photos(connection, chat.account, drop)
        if outcome.wanted is not None:
            woken.append((THINK, effects.want_findings(connection, chat.id, outcome.wanted)))
        for question in outcome.asked:
            talk_id = talk.want_answer(
                connection, parts.sealer, chat.id, question.case_version, question.question
            )
            if talk_id is not None:
                woken.append((THINK, talk_id))
        effects.follow_moves(connection, chat.id, unit.items)
        if not outcome.erase:
            woken += duty.of_patient(connection, chat.id, turn_id, outcome.state, outcome.harms)
        if concerned is not None:
            woken += patient_cases.escalate(connection, chat.id, turn_id, outcome.state, why)
        elif not (stopped or outcome.erase):
            photo = any(f.stored is not None and f.result.attachment.kind == "photo" for f in outcome.fetched)
            outcome.replies += awaited.of_patient(
                parts, connection, chat.id, outcome.before, outcome.state, unit, photo
            )
        if stopped:
            outbox_silence.hush(connection, chat.id)
            reminders.drop(connection, chat.id)
        else:
            if outcome.state.stopped and isinstance(unit.event, Said):
                outbox_silence.hush(connection, chat.id)
            if isinstance(unit.event, Said) and unit.event.too_early:
                outcome.replies = precedence.not_in_line(connection, chat.id, outcome.replies)
            keys = {reply.key for reply in outcome.replies}
            if keys & {"now", "handover"}:
                must = () if "now" in keys else _SAID_BESIDE
                precedence.end_questions(connection, chat.id, _NO_QUESTIONS, must)
            hurried = bool(unit.items) and precedence.hasten(connection, chat.id)
            if outcome.replies:
                outbox.queue(connection, chat.id, turn_id, outcome.replies, outcome.state.speaks)
            freed = (
                bool(unit.ids) and not outcome.state.stopped and outbox_silence.resume(connection, chat.id)
            )
            if outcome.replies or freed or hurried:
                woken.append((DELIVER, chat.id))
    return woken


def _put_back(parts: Parts, chat_id: int, token: str, unit: Unit, *, counts: bool) -> None:
    """Releases the chat until its next try; where the database is away too, the lease runs out by itself.

    Raises LeaseLost where another has taken the chat over.
    """
    wait_s = BACKOFF_S[min(unit.attempts, len(BACKOFF_S) - 1)]
    if unit.answered_id is not None:
        parts.untold[unit.answered_id] = unit.attempts + 1
    try:
        with transaction(parts.engine) as connection:
            if unit.answered_id is not None:
                # What else is to come is not put off with it.
                waiting, talk_wait_s = inbox.pending(connection, chat_id), talk.wait_s(connection, chat_id)
                others = [waiting.wait_s if waiting is not None else None, talk_wait_s]
                wait_s = min([wait_s, *(max(0.0, other) for other in others if other is not None)])
            if unit.ids:
                # Whoever wakes the chat meanwhile must not use up its tries.
                inbox.wait(connection, unit.ids, wait_s)
                if not counts:
                    inbox.give_back(connection, unit.ids)
            if unit.job_id is not None and counts:
                # Findings that cannot be told are not tried for ever.
                connection.execute(
                    update(FindingsJob)
                    .where(FindingsJob.id == unit.job_id)
                    .values(applied=True, state="parked")
                )
            if unit.talk_id is not None and counts:
                talk.not_told(connection, unit.talk_id)
            if unit.reminder_id is not None and counts:
                reminders.close(connection, chat_id, unit.reminder_id, asked=False)
            if unit.weekly is not None and counts:
                weekly.done(connection, unit.weekly, parts.settings.quiet)
            hold(connection, TURN_LEASE, chat_id, token, None, due_at=db_now() + wait_s)
    except SQLAlchemyError as error:
        log.warning("turn_not_released", extra={"chat_id": chat_id, "error": type(error).__name__})
    parts.wake(TURN, chat_id, wait_s)


def overdue(connection: Connection, limit: int) -> list[int]:
    """Chats with work that is due and that nobody holds."""
    free = or_(Chat.turn_until.is_(None), Chat.turn_until < db_now())
    return list(
        connection.execute(
            select(Chat.id)
            .where(or_(Chat.due_at <= db_now(), Chat.wake_at <= db_now()), free)
            .order_by(Chat.due_at)
            .limit(limit)
        ).scalars()
    )
