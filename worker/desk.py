"""The turn of a health worker's chat: the desk and its open cases in, changed cases and replies out, in one transaction.

Locks: chats before cases; of several chats the lower number first. A case that somebody else changed meanwhile makes the
whole turn be done again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never, cast

from sqlalchemy import Connection

from bot import (
    colleagues,
    conversation,
    invitations,
    join_codes,
    outbox,
    outbox_silence,
    people,
    places,
    precedence,
    reminders,
    talk,
    weekly,
)
from bot.cases import clinic, moving, notes, store, summary, taken_codes, teaching
from bot.cases.at_desk import at_desk
from bot.casework import codes
from bot.channels import Channel
from bot.clock import now
from bot.conversation import course, handover
from bot.conversation.desk import (
    Around,
    Case,
    CaseEvent,
    DeskState,
    DeskStep,
    handing,
    is_desk,
    lists,
    professional,
    read_desk,
    voice,
    wording,
    write_desk,
)
from bot.conversation.desk import step as step_desk
from bot.conversation.desk.events import (
    AnswerCase,
    DeskEvent,
    Escalate,
    ForCase,
    GiveCase,
    LeaveDesk,
    LinkPatient,
    MemberInDanger,
    Nearby,
    OfDesk,
    OpinionCame,
    ReleaseCase,
    TakeCase,
    WeekEnded,
    Weekly,
)
from bot.conversation.events import (
    DropPhotos,
    Effect,
    EraseChat,
    FetchPhotos,
    HandOver,
    PhotosReady,
    Remind,
    Said,
    Teach,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.database import transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.messages import OPINION, Reply, Text, Urgency, worst
from bot.place import Place, for_emergencies, nearest_of
from bot.queue import DELIVER, THINK, Wakes
from bot.tables import Chat
from bot.telling import NOT_REACHED
from worker import awaited, case_erasing, clinicians, counting, duty, effects, opinions, telling
from worker.parts import Parts
from worker.photographs import Fetched, fetch_all
from worker.units import ChatRow, Unit, show_typing, stopped_after, use_up, wake_at_after

__all__ = ["DeskStepped", "commit", "converse", "state_of"]

log = logging.getLogger(__name__)

# Channels in which a person can send where they are.
_LOCATES = ("telegram", "whatsapp")


@dataclass
class DeskStepped:
    """What the desk made of an event. rows: the cases as they were read, by code; photographs with the code of their case.

    near: id of the place where the worker would send somebody, '' where not known.
    """

    desk: DeskState
    rows: dict[str, store.Case]
    cases: dict[str, Case]
    changed: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    fetched: list[tuple[str, Fetched]] = field(default_factory=list)
    wanted: dict[str, WantFindings | WantPlan] = field(default_factory=dict)
    asked: list[tuple[str, WantAnswer]] = field(default_factory=list)
    dropped: list[DropPhotos] = field(default_factory=list)
    taught: list[tuple[str, Teach]] = field(default_factory=list)
    given: list[GiveCase] = field(default_factory=list)
    links: list[LinkPatient] = field(default_factory=list)
    clinical: list[clinicians.Deed] = field(default_factory=list)
    escalated: list[Escalate] = field(default_factory=list)
    harms: dict[str, list[handover.Harm]] = field(default_factory=dict)
    in_danger: bool = False
    weekly: bool | None = None
    erase: bool = False
    leave: bool = False
    near: str = ""


def state_of(chat: ChatRow) -> DeskState:
    """The desk of a worker's chat; one that was a patient's until now keeps its language."""
    role: Literal["chw", "clinician"] = "clinician" if chat.role == "clinician" else "chw"
    if is_desk(chat.state):
        try:
            return replace(read_desk(chat.state or ""), role=role)
        except conversation.BadState:
            log.error("desk_unreadable", extra={"chat_id": chat.id})
            return DeskState(role=role, here=Here(channel=chat.account.channel))
    before = conversation.new_state()
    if chat.state:
        try:
            before = conversation.from_json(chat.state)
        except conversation.BadState:
            log.error("state_unreadable", extra={"chat_id": chat.id})
    return DeskState(
        role=role,
        language=before.language,
        notice_in=before.notice_in,
        here=Here(channel=chat.account.channel),
    )


def converse(parts: Parts, chat: ChatRow, token: str, channel: Channel | None, unit: Unit) -> DeskStepped:
    """Steps the desk; photographs are fetched in between, as for a patient's chat."""
    desk = state_of(chat)
    event = _with_origins(parts, unit.event)
    with transaction(parts.engine) as connection:
        rows = _rows(connection, chat, desk, event)
        around = _around(parts, connection, chat, desk, event)
        noted = notes.noted(connection, [row.id for row in rows.values()])
        agreed = teaching.standing(connection, rows.values())
    outcome = DeskStepped(
        desk, rows, {code: _case(row, row.id in noted, row.id in agreed) for code, row in rows.items()}
    )
    outcome.near = around.place.id if around.place is not None else ""
    show_typing(channel, chat, unit)
    events: list[DeskEvent] = [event]
    while events:
        step = step_desk(outcome.desk, events.pop(0), outcome.cases, around)
        _take(outcome, step)
        for effect in step.effects:
            match effect:
                case ForCase(code=code, effect=FetchPhotos(attachments=sent)):
                    speaks, tries = outcome.desk.speaks, unit.attempts
                    results = fetch_all(parts, chat.id, token, channel, sent, attempts=tries, language=speaks)
                    outcome.fetched += [(code, one) for one in results]
                    ready = PhotosReady(tuple(r.result for r in results), now())
                    events.append(CaseEvent(code, ready))
                case ForCase(code=code, effect=of_case):
                    _keep_of_case(outcome, code, of_case)
                case _:
                    _keep(outcome, effect)
    return outcome


def _with_origins(parts: Parts, event: DeskEvent) -> DeskEvent:
    """The event with a keyed hash in place of whom messages were forwarded from: no name enters the desk."""
    if not isinstance(event, Said):
        return event
    keys = parts.settings.master_keys
    items = tuple(
        replace(
            i,
            # A channel's post is nobody's message.
            forwarded_from=""
            if i.forwarded_from.startswith("channel:")
            else store.origin_of(keys, i.forwarded_from),
        )
        for i in event.items
    )
    return replace(event, items=items)


def _rows(connection: Connection, chat: ChatRow, desk: DeskState, event: DeskEvent) -> dict[str, store.Case]:
    """Open cases of the worker, and closed ones that the message names, or a choice of which it may be the number."""
    rows = {row.code: row for row in store.load_open(connection, chat.id)}
    named: list[str] = []
    if isinstance(event, Said):
        for item in event.items:
            named += [code for code, _ in codes.found_in(item.text)]
            named += [code for code, _ in codes.found_in(item.choice.partition("~")[0])]
        named += [code for one in desk.offered for code, _ in codes.found_in(one.partition("~")[0])]
    elif isinstance(code := getattr(event, "code", None), str):
        named.append(code)
    for code in named:
        if code not in rows and (row := store.by_code(connection, chat.id, code)) is not None:
            rows[code] = row
    return rows


def _case(row: store.Case, noted: bool, agreed: bool) -> Case:
    # What stands now: the patient may have taken it back in their own chat, or at the clinic.
    state = replace(row.state, teaching=row.state.case_version if agreed else 0)
    return replace(at_desk(row), state=state, noted=noted)


def _around(parts: Parts, connection: Connection, chat: ChatRow, desk: DeskState, event: DeskEvent) -> Around:
    fresh = 1 + (len(event.items) + len(desk.held) if isinstance(event, Said) else 0)
    week = None
    if chat.role == "clinician":
        return clinicians.around(parts, connection, chat, desk)
    if isinstance(event, WeekEnded) or (isinstance(event, Said) and lists.asked_for_week(desk, event)):
        week = summary.of_week(connection, chat.id, event.at - lists.WEEK_S, event.at)
    known = [place for place in places.all_places(connection) if place.active]
    return Around(
        codes=taken_codes.proposed(connection, fresh),
        places=_places(known, desk),
        emergencies=_places(for_emergencies(known), desk),
        locate=len(known) > 1
        and desk.latitude is None
        and not desk.location_asked
        and chat.account.channel in _LOCATES,
        members=colleagues.of(connection, chat.person_id),
        clinicians=people.answers_cases(connection),
        on_duty=duty.reached_beside(connection, chat.id),
        week=week,
        zone=parts.settings.quiet.zone,
        invitation=join_codes.fresh_code(),
    )


def _places(known: list[Place], desk: DeskState) -> tuple[Nearby, ...]:
    """The nearest of the places; without a location those of a directory that has only a few."""
    if desk.latitude is not None and desk.longitude is not None:
        near = nearest_of(known, desk.latitude, desk.longitude, limit=2)
        return tuple(Nearby(place, km) for place, km in near)
    few = sorted(known, key=lambda place: place.name) if len(known) <= professional.MOST_PLACES else []
    return tuple(map(Nearby, few))


def _take(outcome: DeskStepped, step: DeskStep) -> None:
    outcome.desk = step.desk
    outcome.cases |= dict(step.changed)
    outcome.changed |= set(step.changed)
    for code in step.gone:
        outcome.cases.pop(code, None)
        outcome.changed.discard(code)
        outcome.gone.append(code)
    outcome.replies += step.replies


def _keep_of_case(outcome: DeskStepped, code: str, effect: Effect) -> None:
    match effect:
        case WantFindings() | WantPlan():
            outcome.wanted[code] = effect
        case WantAnswer():
            outcome.asked.append((code, effect))
        case HandOver(harm=harm):
            outcome.harms.setdefault(code, []).append(harm)
        case Teach():
            outcome.taught.append((code, effect))
        case DropPhotos():
            outcome.dropped.append(effect)
        case FetchPhotos() | Remind() | EraseChat():
            # Photographs are fetched between the steps, the desk itself keeps the day to ask, and a case erases no chat.
            log.error("desk_effect_unknown", extra={"effect": type(effect).__name__})
        case _:
            assert_never(effect)


def _keep(outcome: DeskStepped, effect: OfDesk) -> None:
    match effect:
        case DropPhotos():
            outcome.dropped.append(effect)
        case GiveCase():
            outcome.given.append(effect)
        case LinkPatient():
            outcome.links.append(effect)
        case TakeCase() | ReleaseCase() | AnswerCase():
            outcome.clinical.append(effect)
        case Escalate():
            outcome.escalated.append(effect)
        case MemberInDanger():
            outcome.in_danger = True
        case EraseChat():
            outcome.erase = True
        case LeaveDesk():
            outcome.leave = True
        case Weekly(wanted=wanted_weekly):
            outcome.weekly = wanted_weekly
        case _:
            assert_never(effect)


def commit(parts: Parts, chat: ChatRow, token: str, unit: Unit, outcome: DeskStepped) -> Wakes:
    """Desk, cases, replies and effects in one transaction; what to wake afterwards. Raises CaseMoved, LeaseLost."""
    woken: Wakes = []
    stopped = stopped_after(chat, unit)
    state = write_desk(outcome.desk)
    if outcome.leave or outcome.erase:
        # Who erases everything is nobody here any more: a role is a trace too.
        state = conversation.to_json(conversation.new_state(outcome.desk.language))
    wake_at = wake_at_after(unit, outcome.desk.wake_at)
    with transaction(parts.engine) as connection:
        others = _other_chats(connection, chat.id, unit, outcome)
        telling.lock(connection, {chat.id, *others})
        hold(
            connection,
            TURN_LEASE,
            chat.id,
            token,
            parts.settings.lease_s,
            state=state,
            wake_at=wake_at,
            stopped=stopped,
            turns=Chat.turns + 1,
            pack_version=effects.pack_version(outcome.desk.speaks),
        )
        turn_id = effects.record_turn(connection, chat.id, type(unit.event).__name__)
        if outcome.erase:
            effects.erase(connection, chat.id, parts.settings)
        saved = _save(parts, connection, chat, outcome)
        use_up(connection, unit, turn_id)
        if unit.reminder_id is not None:
            # Of the time when the chat was a patient's: a worker has a list of who is due.
            reminders.close(connection, chat.id, unit.reminder_id, asked=False)
        if unit.weekly is not None:
            weekly.done(connection, unit.weekly, parts.settings.quiet)
        if outcome.weekly is not None and chat.person_id is not None:
            weekly.switch(connection, chat.person_id, outcome.weekly, parts.settings.quiet)
        if isinstance(unit.event, OpinionCame) and unit.answered_id is not None:
            clinic.told(connection, unit.answered_id, unit.answered_at)
            row = saved.get(unit.event.code)
            if row is not None and row.patient_chat_id in others:
                plain = opinions.for_patient(unit.event, row.state.floor, of_worker=row.reached)
                known = opinions.copied(connection, row.patient_chat_id, row.id, unit.answered_at)
                copied = (
                    [] if known else telling.tell(connection, row.patient_chat_id, turn_id, plain, row.id)
                )
                woken += copied
                if not (known or copied):
                    outcome.replies = [_in_person(reply) for reply in outcome.replies]
        for code, one in outcome.fetched:
            case_id, agreed_to = (
                (saved[code].id, saved[code].state.consent_days) if code in saved else (None, 0)
            )
            most = parts.settings.photo_days
            effects.keep_photos(connection, chat.id, chat.account, [one], most, agreed_to, case_id)
            if code in saved:
                counting.photo_of_case(parts, connection, saved[code], one)
        counting.of_desk(parts, connection, outcome.rows, saved, outcome.near)
        for drop in outcome.dropped:
            effects.drop_photos(connection, chat.account, drop)
        for code, wanted in outcome.wanted.items():
            if code in saved:
                job_id = effects.want_findings(connection, saved[code].chat_id, wanted, saved[code].id)
                woken.append((THINK, job_id))
        for code, question in outcome.asked:
            if code in saved:
                woken += _ask(parts, connection, saved[code], question)
        awaited.of_desk(
            connection, outcome.rows, outcome.cases, [code for code, one in outcome.fetched if one.stored]
        )
        for code, taught in outcome.taught:
            if code in saved:
                _teach(connection, saved[code], taught, outcome.desk.speaks, chat.person_id)
        keys = parts.settings.master_keys
        for wanted_link in outcome.links:
            if wanted_link.code in saved:
                case_id = saved[wanted_link.code].id
                invitations.invite_patient(connection, keys, case_id, wanted_link.invitation, chat.person_id)
        for told in outcome.escalated:
            if told.code in saved:
                clinic.escalate(connection, saved[told.code].id, told.reason)
                woken += telling.clinicians(connection, turn_id, saved[told.code], told)
        for code, harms in outcome.harms.items():
            if code in saved:
                woken += duty.of_desk(connection, turn_id, outcome.rows.get(code), saved[code], harms)
        if outcome.in_danger:
            woken += duty.of_member(connection, turn_id, chat.id, chat.person_id)
        if outcome.clinical:
            woken += clinicians.carry_out(parts, connection, chat, outcome.clinical)
        for gift in outcome.given:
            if gift.code in saved:
                woken += _give(connection, turn_id, saved[gift.code], gift, chat)
        if outcome.leave:
            people.leave(connection, chat.id)
        if stopped:
            outbox_silence.drop_all(connection, chat.id, "stopped")
        elif outcome.replies:
            if isinstance(unit.event, Said) and unit.event.too_early:
                outcome.replies = precedence.not_in_line(connection, chat.id, outcome.replies)
            for reply in outcome.replies:
                case_id = _case_of(connection, chat, saved, reply)
                outbox.queue(connection, chat.id, turn_id, [reply], outcome.desk.speaks, case_id)
            woken.append((DELIVER, chat.id))
        heard = isinstance(unit.event, Said) and not (stopped or outcome.desk.stopped)
        if heard and any(
            [outbox_silence.resume(connection, chat.id), precedence.hasten(connection, chat.id)]
        ):
            woken.append((DELIVER, chat.id))
        effects.follow_moves(connection, chat.id, unit.items)
    return woken


def _other_chats(connection: Connection, chat_id: int, unit: Unit, outcome: DeskStepped) -> list[int]:
    """Other chats that are told something, or lose something: who gets a case, the clinicians where one is asked or a case is
    erased, the patient of an answer.
    """
    found = [people.chat_of(connection, gift.member) for gift in outcome.given]
    if isinstance(unit.event, OpinionCame) and unit.event.code in outcome.rows:
        found.append(outcome.rows[unit.event.code].patient_chat_id)
    found += clinicians.chats_of(connection, outcome.clinical)
    if outcome.escalated or outcome.harms or outcome.in_danger:
        found += people.active_chats(connection, "clinician")
    erased = [outcome.rows[code].id for code in outcome.gone if code in outcome.rows]
    if outcome.erase or erased:
        whose = chat_id if outcome.erase else None
        found += case_erasing.beside(connection, chat_id=whose, case_ids=erased)
    return sorted({one for one in found if one is not None})


def _save(parts: Parts, connection: Connection, chat: ChatRow, outcome: DeskStepped) -> dict[str, store.Case]:
    """Writes changed cases, new ones and what was written about them; erases those that are gone. All rows, by code."""
    rows = {} if outcome.erase else dict(outcome.rows)
    for code in outcome.gone:
        row = rows.pop(code, None)
        if row is not None:
            case_erasing.erase_case(connection, row.id, parts.settings)
    for code in sorted(outcome.changed):
        case = outcome.cases[code]
        row = rows.get(code)
        if row is None:
            row = store.open_case(connection, chat.id, case.state, origin=case.origin, code=code)
        if case.open and not row.is_open:
            row = store.reopen(connection, row)
        row = store.save(connection, _written(row, case))
        if not case.open and row.is_open:
            row = store.close(connection, row, cast(store.Ending, case.outcome))
        if code in outcome.rows and outcome.rows[code].state.case_version != case.state.case_version:
            talk.drop(connection, row.chat_id, but=case.state.case_version, case_id=row.id)
        for note in case.notes:
            kind: notes.Kind = "patient" if note.forwarded else "worker"
            author = None if note.forwarded else chat.person_id
            notes.add(connection, parts.sealer, row.id, kind, note.text, author)
        if outcome.near and not row.place_id:
            store.set_place(connection, row.id, outcome.near)
        rows[code] = row
    return rows


def _written(row: store.Case, case: Case) -> store.Case:
    return replace(
        row,
        state=case.state,
        found_urgency=_found_urgency(row, case),
        due_at=case.due_at,
        # Who refused has no result: what is counted and compared of results is not theirs.
        told_at=row.told_at or (now() if case.told and course.part(case.state) != "refused" else None),
        origin=case.origin,
        origin_at=case.origin_at or None,
        progress=cast(store.Progress, case.progress),
    )


def _found_urgency(row: store.Case, case: Case) -> Urgency | None:
    """How soon, as the row says it. Not known is not routine: nothing stands there before a sign was found or the result told."""
    known = course.urgency(case.state) if case.told or case.state.floor else None
    return worst(known, Urgency.NOW if duty.stands_first(row) else None)


def _case_of(
    connection: Connection, chat: ChatRow, saved: Mapping[str, store.Case], reply: Reply
) -> int | None:
    """The case that a reply speaks of. What a clinician is shown is of a case that another chat looks after."""
    code = voice.about(reply)
    if code in saved:
        return saved[code].id
    return store.number_of(connection, code) if code and chat.role == "clinician" else None


def _in_person(reply: Reply) -> Reply:
    """The answer, with what is to be done where the patient's own chat could not be told it."""
    if reply.key != OPINION:
        return reply
    return replace(reply, paragraphs=(*reply.paragraphs, NOT_REACHED))


def _teach(connection: Connection, case: store.Case, said: Teach, language: str, by: int | None) -> None:
    """The patient's word on teaching the model, as the worker took it."""
    if said.agreed:
        version = f"{language} {effects.pack_version(language)}"
        teaching.agree(connection, version, said.case_version, case_id=case.id, by=by)
    else:
        teaching.withdraw(connection, case, by)


def _ask(parts: Parts, connection: Connection, row: store.Case, question: WantAnswer) -> Wakes:
    talk_id = talk.want_answer(
        connection, parts.sealer, row.chat_id, question.case_version, question.question, row.id
    )
    return [(THINK, talk_id)] if talk_id is not None else []


def _give(connection: Connection, turn_id: int, row: store.Case, gift: GiveCase, chat: ChatRow) -> Wakes:
    """Hands the case over and tells the other worker. The reply has no choices: it changes nothing of what they are at."""
    moved = moving.hand_over(connection, row, gift.member, by=chat.person_id)
    said = (
        voice.address(row.code),
        handing.came_from(chat.person_id or 0, colleagues.name_of(connection, chat.person_id)),
        wording.status(_case(moved, noted=False, agreed=False), now()),
        Text("desk.open_it", {"code": row.code}),
    )
    return telling.tell(connection, moved.chat_id, turn_id, Reply(said, (), "came"), row.id)
