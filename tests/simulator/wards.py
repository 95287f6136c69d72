"""Health workers with several mixed patients: whatever is interleaved with what, each thing lands in its own case once."""

from __future__ import annotations

import random
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import locales
from bot.clinical import alarms
from bot.conversation import course
from bot.conversation.desk import Around, Case, CaseEvent, DeskState, read_desk, step, write_desk
from bot.conversation.desk.codes import unwrapped
from bot.conversation.desk.events import DeskEvent, ForCase
from bot.conversation.events import (
    FetchPhotos,
    FindingsReady,
    PhotoResult,
    PhotosReady,
    PlanReady,
    Said,
    WantFindings,
    WantPlan,
)
from bot.conversation.here import Here
from bot.messages import Attachment, Choice, Inbound, Reply, Urgency
from tests.simulator.checks import Problem, is_go_now
from tests.simulator.labels import Row
from tests.simulator.minds import Mind
from tests.simulator.people import Person, languages, person
from tests.simulator.playing import Line
from tests.simulator.worlds import answered, planned

__all__ = ["Ward", "worker"]

MOST_MOVES = 400
_LETTERS = "ACDEFHJKMNPRTWXY"
_FRESH = tuple(
    f"{a}{b}-{c}" for b in range(2, 10) for c in (*range(22, 30), *range(32, 40)) for a in _LETTERS
)
# What is asked once and is then true of the patient, as the case must hold it.
_TRUE = {"age": "age", "shape": "kind", "site": "site", "skin": "skin"}


@dataclass(slots=True)
class Patient:
    """One patient of a worker. to_send: what is still to be forwarded, in their order. origin: as the platform tells it, or ''."""

    name: str
    person: Person
    mind: Mind
    origin: str
    to_send: list[Inbound]
    code: str = ""
    shown: Reply = field(default_factory=lambda: Reply(()))


@dataclass(slots=True)
class Ward:
    """One worker, their patients, and what became of them."""

    number: int
    seed: int
    language: str
    channel: str
    patients: dict[str, Patient]
    rng: random.Random
    desk: DeskState
    cases: dict[str, Case] = field(default_factory=dict)
    landed: dict[str, set[str]] = field(default_factory=dict)
    whose: dict[str, str] = field(default_factory=dict)
    due: list[DeskEvent] = field(default_factory=list)
    at: float = 1_700_000_000.0
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, kind: str, what: str) -> None:
        """Notes a problem, once a kind."""
        if kind not in {p.kind for p in self.problems}:
            self.problems.append(Problem(kind, what))

    # The desk

    def event(self, event: DeskEvent) -> list[Reply]:
        """What the worker is told after an event, and what its effects led to at once."""
        fresh = tuple(code for code in _FRESH if code not in self.cases)[:12]
        done = step(self.desk, event, self.cases, Around(fresh, clinicians=True))
        self.desk = read_desk(write_desk(done.desk))
        for code, case in done.changed.items():
            self._watch(code, case)
            self._lands(code, case)
            self.cases[code] = replace(case, notes=(), noted=case.noted or bool(case.notes))
        for code in done.gone:
            self.problem("case lost", f"{code} was erased, and nobody asked for it")
        said = list(done.replies)
        self.lines += [Line("we", reply=reply) for reply in done.replies]
        for effect in done.effects:
            if not isinstance(effect, ForCase):
                continue
            if isinstance(effect.effect, FetchPhotos):
                results = tuple(PhotoResult(a, f"id-{a.ref}") for a in effect.effect.attachments)
                said += self.event(CaseEvent(effect.code, PhotosReady(results, self.at)))
            elif isinstance(effect.effect, WantFindings):
                patient = self._of(effect.code)
                if patient is not None:
                    found = answered(patient.person, effect.effect, self.rng)
                    self.due.append(
                        CaseEvent(effect.code, FindingsReady(effect.effect.case_version, found, self.at))
                    )
            elif isinstance(effect.effect, WantPlan):
                patient = self._of(effect.code)
                plan = planned(patient.person, self.rng) if patient and self.rng.random() < 0.9 else None
                said += self.event(
                    CaseEvent(effect.code, PlanReady(effect.effect.case_version, plan, self.at))
                )
        self._read(said)
        return said

    def hear(self, *items: Inbound, means: str, of: Patient | None = None) -> list[Reply]:
        """The worker's next message. of: whose things these are."""
        self.at += self.rng.choice((5.0, 20.0, 90.0))
        self.lines.append(Line("they", means))
        before = set(self.cases)
        said = self.event(Said(items, self.at, here=Here(channel=self.channel, emergency="999")))
        # The last answer of a case is followed by its findings, and by nothing before them.
        if not said and not any(course.part(case.state) in course.WORKING for case in self.cases.values()):
            self.problem("dead end", f"no reply to: {means}")
        for code in sorted(set(self.cases) - before):
            if of is None or of.code:
                self.problem("case mixed", f"{code} began with: {means}")
            else:
                of.code = code
                self._read(said)
        return said

    def _watch(self, code: str, case: Case) -> None:
        before = self.cases.get(code)
        if before is None or before.state.floor is None:
            return
        if case.state.floor is None or case.state.floor.rank > before.state.floor.rank:
            self.problem("urgency fell", f"{code}: {before.state.floor} became {case.state.floor}")

    def _read(self, said: list[Reply]) -> None:
        """Under which message of which case the open buttons stand."""
        for reply in said:
            codes = {unwrapped(choice.code)[0] for choice in reply.choices} - {""}
            if len(codes) > 1:
                # A list opens several cases, or asks of which a word is; it answers nothing in any of them.
                if not all(unwrapped(c.code)[1].startswith(("desk.", "whose.")) for c in reply.choices):
                    self.problem("case mixed", f"buttons of {sorted(codes)} under one message")
                continue
            for code in codes:
                patient = self._of(code)
                if patient is not None:
                    inner = tuple(Choice(unwrapped(c.code)[1], c.label) for c in reply.choices)
                    patient.shown = replace(reply, choices=inner)

    def _of(self, code: str) -> Patient | None:
        return next((p for p in self.patients.values() if p.code == code), None)

    # The worker

    def play(self) -> Ward:
        """The whole shift. Never raises: what went wrong is among the problems."""
        try:
            self._shift()
            self._settle()
            self._look()
        except Exception as error:  # whatever goes wrong is told with the talk that led to it
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.problem("exception", f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})")
        return self

    def _shift(self) -> None:
        for _ in range(MOST_MOVES):
            sending = [p for p in self.patients.values() if p.to_send]
            asked = [p for p in self.patients.values() if p.code and self.cases[p.code].asks]
            if not sending and not asked and not self.desk.held and not self.due:
                return
            draws = self.rng.random()
            if self.due and (draws < 0.3 or not (sending or asked or self.desk.held)):
                self.event(self.due.pop(self.rng.randrange(len(self.due))))
            elif self.desk.held and (draws < 0.6 or not (sending or asked)):
                self._settle_one()
            elif sending and (draws < 0.75 or not asked):
                self._forwards(self.rng.choice(sending))
            elif draws > 0.95:
                self._by_the_way()
            elif asked:
                self._answers(self.rng.choice(asked))
            else:
                self._by_the_way()
        self.problem("dead end", f"no end after {MOST_MOVES} moves")

    def _forwards(self, patient: Patient) -> None:
        """One thing, or an album; sometimes with the case's code in a caption."""
        count = 2 if len(patient.to_send) > 1 and self.rng.random() < 0.25 else 1
        items = [patient.to_send.pop(0) for _ in range(count)]
        self.whose |= dict.fromkeys(map(name_of, items), patient.name)
        sign = patient.person.said
        planted = sign is not None and any(sign.text in item.text for item in items)
        if planted and patient.code and count == 1 and self.rng.random() < 0.3:
            # Told to the worker, who types it behind a command.
            items = [self._typed(patient, items[0])]
        elif patient.code and self.rng.random() < 0.25:
            first = items[0]
            items[0] = replace(first, text=f"{patient.code} {first.text}".strip())
        means = "; ".join(name_of(i) + (f" '{i.text}'" if i.attachments and i.text else "") for i in items)
        said = self.hear(*items, means=f"forwards from {patient.name}: {means}", of=patient)
        # How much the matcher hears is measured of patients (test_simulator); what it hears the desk must answer at once.
        awaited = planted and sign is not None and alarms.hear(sign.text, "", self.language)
        if awaited and sign is not None and not any(is_go_now(reply, sign.sign) for reply in said):
            self.problem("sign missed", f"{sign.sign} forwarded in {sign.file}, no 'go now'")

    def _typed(self, patient: Patient, item: Inbound) -> Inbound:
        word = self.rng.choice([*sorted(locales.words("words.better", self.language)), "better", "seen"])
        return Inbound("message", text=f"{patient.code} {word} {item.text}")

    def _settle_one(self) -> None:
        """Answers 'same patient or new?' as the worker knows it."""
        group = self.desk.held[0].group
        whose = {self.whose[name_of(h.item)] for h in self.desk.held if h.group == group}
        if len(whose) > 1:
            self.hear(Inbound("choice", choice=f"gather{group}.split"), means="they are of several patients")
            return
        patient = self.patients[whose.pop()]
        where = patient.code or "new"
        means = f"these are {patient.name}'s: {where}"
        self.hear(
            Inbound("choice", choice=f"gather{group}.{where}"),
            means=means,
            of=None if patient.code else patient,
        )

    def _answers(self, patient: Patient) -> None:
        """Answers the open question of one patient's case, by its buttons or, without buttons, by opening it first."""
        if self.channel == "whatsapp" or not patient.shown.choices:
            said = self.hear(
                Inbound("message", text=f"/open {patient.code}"),
                means=f"/open {patient.code}   [{patient.name}]",
            )
            if not any(reply.choices for reply in said):
                self.problem("dead end", f"{patient.code} asks, and shows nothing to answer")
                return
        patient.mind.heard((patient.shown,))
        choice = patient.mind.answer(patient.shown)
        before = {code: case for code, case in self.cases.items() if code != patient.code}
        if self.channel == "whatsapp":
            number = 1 + [c.code for c in patient.shown.choices].index(choice.code)
            said = self.hear(
                Inbound("message", text=str(number)), means=f"types {number} [{patient.code}~{choice.code}]"
            )
            if any(reply.key == "whose" for reply in said):
                self.hear(Inbound("message", text=patient.code), means=f"it is for {patient.code}")
        else:
            wrapped = f"{patient.code}~{choice.code}"
            self.hear(Inbound("choice", choice=wrapped), means=f"presses {wrapped}")
        if {code: self.cases[code] for code in before} != before:
            self.problem("case mixed", f"an answer of {patient.code} changed another case")

    def _by_the_way(self) -> None:
        what = self.rng.choice(("/list", "/today", "sticker", "hour"))
        if what == "hour":
            self.at += 3700.0
        elif what == "sticker":
            self.hear(Inbound("unusable", unusable="sticker"), means="sends: sticker")
        else:
            self.hear(Inbound("message", text=what), means=what)

    # What became of it

    def _settle(self) -> None:
        for _ in range(60):
            if not self.desk.held:
                return
            self._settle_one()
        self.problem("dead end", "'same patient or new?' is asked for ever")

    def _look(self) -> None:
        """Everything that was forwarded lies in its own patient's case, once; and each case says what is true of them."""
        for name, owner in self.whose.items():
            homes = sorted(code for code, inside in self.landed.items() if name in inside)
            own = self.patients[owner].code
            if not homes and own and self._takes_no_more(self.cases[own]):
                continue
            if homes != [own]:
                kind = "case mixed" if set(homes) - {own} else "case lost"
                self.problem(kind, f"{name} of {owner} ({own or 'no case'}) lies in {homes}")
        for patient in self.patients.values():
            if not patient.code:
                self.problem("case lost", f"{patient.name} has no case")
                continue
            case = self.cases[patient.code]
            for key, of in _TRUE.items():
                told = case.state.answers.get(key)
                # Where a rash's list has not the very place, the mind takes the nearest that it has.
                true = {getattr(patient.person.truth, of), *(("face", "many") if key == "site" else ())}
                if told is not None and told not in true:
                    self.problem(
                        "case mixed", f"{patient.code}: {key} is {told}, which is not {patient.name}'s"
                    )
            place = course.part(case.state)
            if not case.told and place != "refused":
                self.problem("dead end", f"{patient.code} was left at {place}")
            if patient.person.pressed and place == "now" and case.state.floor is not Urgency.NOW:
                self.problem("urgency fell", f"{patient.code} is at 'now' with {case.state.floor}")

    def _lands(self, code: str, case: Case) -> None:
        """Notes everything that lies in a case now: what is replaced or looked at anew later was not lost."""
        state = case.state
        inside = self.landed.setdefault(code, set())
        inside |= {note.text for note in case.notes} | {a.ref for a in state.pending}
        inside |= {i.removeprefix("id-") for i in (*state.photos, *state.spare)}

    def _takes_no_more(self, case: Case) -> bool:
        """True where photographs are let go of by rule: refused, 'go now', private parts, a small baby."""
        return case.state.consent == "no" or course.part(case.state) in ("now", "private", "infant")


def name_of(item: Inbound) -> str:
    """What an item is known by: its photograph, or its words."""
    return item.attachments[0].ref if item.attachments else item.text


def worker(number: int, seed: int, rows: Sequence[Row] = ()) -> Ward:
    """A health worker with two to five patients, none of whom has a habit: the worker answers for them."""
    rng = random.Random(f"{seed}/worker/{number}")
    language = rng.choice(languages())
    channel = rng.choice(("telegram", "whatsapp"))
    patients: dict[str, Patient] = {}
    known = rng.random() < 0.6
    for n in range(rng.randrange(2, 6)):
        drawn = person(1000 * (number + 1) + n, seed, rows, language)
        one = replace(drawn, habits=frozenset(), no_engine=False, harmless=())
        name = f"patient{n}"
        origin = f"origin-{number}-{n}" if known and rng.random() < 0.8 else ""
        patients[name] = Patient(name, one, Mind(one), origin, _items(rng, name, one, origin))
    return Ward(
        number,
        seed,
        language,
        channel,
        patients,
        rng,
        DeskState(language=language, here=Here(channel=channel)),
    )


def _items(rng: random.Random, name: str, one: Person, origin: str) -> list[Inbound]:
    items = [
        Inbound(
            "message", attachments=(Attachment(f"{name}-photo{n}"),), forwarded=True, forwarded_from=origin
        )
        for n in range(rng.randrange(1, 4))
    ]
    items += [
        Inbound("message", text=f"{name} note {n}", forwarded=True, forwarded_from=origin)
        for n in range(rng.randrange(0, 3))
    ]
    rng.shuffle(items)
    if one.said is not None:
        items.insert(
            rng.randrange(len(items) + 1),
            Inbound("message", text=f"{one.said.text} ({name})", forwarded=True, forwarded_from=origin),
        )
    return items
