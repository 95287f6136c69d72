"""What can happen to a desk beside a chat's own events, what it can ask the world to do, and what it is told of the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from bot.conversation.desk.state import Case, DeskState, Note
from bot.conversation.events import DropPhotos, Effect, EraseChat, Event
from bot.conversation.handover import HARM
from bot.messages import Reply, Urgency
from bot.place import Place

__all__ = [
    "AnswerCase",
    "Around",
    "CaseEvent",
    "DeskEffect",
    "DeskEvent",
    "DeskStep",
    "Escalate",
    "ForCase",
    "GiveCase",
    "LeaveDesk",
    "LinkPatient",
    "Nearby",
    "OfDesk",
    "OpinionCame",
    "ReleaseCase",
    "Summary",
    "TakeCase",
    "Taken",
    "Waiting",
    "WeekEnded",
    "Weekly",
]


@dataclass(frozen=True, slots=True)
class Nearby:
    """A place where a patient can be sent. distance_km: from where the worker works, None where that is not known."""

    place: Place
    distance_km: float | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A photograph kept with a case. day: when it came, as the reader's language writes it."""

    photo_id: str
    day: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one worker's cases. opened, closed: within the time asked for; outcomes: of those closed then.

    open, urgencies, overdue, waiting: as things stand: still open, those by urgency ('' unknown), past their due time, with the
    clinicians.
    """

    opened: int
    closed: int
    outcomes: Mapping[str, int]
    open: int
    urgencies: Mapping[str, int]
    overdue: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case before the clinicians. since: epoch s. notes: what was written about it.

    photos: those kept with it, earliest first. recordings: ids of voice messages.
    """

    case: Case
    since: float
    reason: str = ""
    notes: tuple[Note, ...] = ()
    photos: tuple[Taken, ...] = ()
    recordings: tuple[str, ...] = ()

    @property
    def of_harm(self) -> bool:
        """True where the patient wants to die or is hurt by somebody, and waits for a person since."""
        return self.reason == HARM


@dataclass(frozen=True, slots=True)
class Around:
    """What a step needs of the world.

    codes: fresh case codes, that nobody has; a step uses at most as many as items came, and one. places: nearest first;
    without distances the few that there are, by name; emergencies: the same of those to which an emergency is taken. locate:
    a location of the worker would tell which of several is nearest.
    members: the health workers a case can be given to: number -> name, '' for who has none. clinicians: somebody can be asked.
    week: the numbers of the last seven days, where they are asked for or due. zone: of the clock on the wall here.
    invitation: a fresh code for a patient, good for nothing before `LinkPatient`.
    queue, taken: of a clinician: cases that wait, and those that they are answering. on_duty: a clinician other than who works
    here is reached in a chat.
    """

    codes: tuple[str, ...]
    places: tuple[Nearby, ...] = ()
    members: Mapping[int, str] = field(default_factory=dict)
    clinicians: bool = False
    week: Summary | None = None
    zone: tzinfo = UTC
    invitation: str = ""
    locate: bool = False
    queue: tuple[Waiting, ...] = ()
    taken: tuple[Waiting, ...] = ()
    on_duty: bool = False
    emergencies: tuple[Nearby, ...] = ()

    def places_for(self, urgency: Urgency) -> tuple[Nearby, ...]:
        """Where a patient could be sent who is to be seen so soon."""
        return self.emergencies if urgency is Urgency.NOW else self.places

    @property
    def place(self) -> Place | None:
        """Where a patient would be sent who is no emergency."""
        return self.place_for(Urgency.ROUTINE)

    def place_for(self, urgency: Urgency) -> Place | None:
        """Where they would be sent: the nearest such place, or the only one; None where that is not known."""
        fit = self.places_for(urgency)
        known = len(fit) == 1 or (fit and fit[0].distance_km is not None)
        return fit[0].place if known else None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """An event of one case, such as the photographs that were fetched for it."""

    code: str
    event: Event


@dataclass(frozen=True, slots=True)
class OpinionCame:
    """A clinician has answered about a case. words: theirs. opinion: how soon, in their own word; None where not said.

    over: what was reached when they said it, None where nothing was known.
    """

    code: str
    words: str
    opinion: Urgency | None
    at: float
    over: Urgency | None = None


@dataclass(frozen=True, slots=True)
class WeekEnded:
    """It is time for the weekly summary that comes by itself."""

    at: float


DeskEvent = Event | CaseEvent | OpinionCame | WeekEnded


@dataclass(frozen=True, slots=True)
class ForCase:
    """An effect that concerns one case."""

    code: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class GiveCase:
    """Hand the case over to another member, by number; the member's chat is told."""

    code: str
    member: int


@dataclass(frozen=True, slots=True)
class LinkPatient:
    """Make `invitation` the code by which the patient of the case links their own chat to it."""

    code: str
    invitation: str


@dataclass(frozen=True, slots=True)
class Escalate:
    """Put the case before the clinicians. reason: 'asked', 'unsure' or 'suspicion'."""

    code: str
    reason: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class MemberInDanger:
    """Tell whoever is on duty, at once, that whoever works in this chat may be in danger: never what they wrote."""


@dataclass(frozen=True, slots=True)
class LeaveDesk:
    """The chat is a patient's again from here on."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Whether the weekly summary is to come by itself."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class TakeCase:
    """A clinician answers this case now; nobody else can meanwhile."""

    code: str


@dataclass(frozen=True, slots=True)
class ReleaseCase:
    """The case waits for any clinician again."""

    code: str


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """A clinician's answer. opinion: how soon in their own word, None where it stays as it was."""

    code: str
    words: str
    opinion: Urgency | None


# What the worker is to do for the desk itself, of no case's conversation.
OfDesk = (
    GiveCase
    | LinkPatient
    | Escalate
    | MemberInDanger
    | LeaveDesk
    | Weekly
    | TakeCase
    | ReleaseCase
    | AnswerCase
    | DropPhotos
    | EraseChat
)
DeskEffect = ForCase | OfDesk


@dataclass(frozen=True, slots=True)
class DeskStep:
    """What one event led to. changed: cases to be written; gone: codes of cases to be erased."""

    desk: DeskState
    replies: tuple[Reply, ...] = ()
    effects: tuple[DeskEffect, ...] = ()
    changed: Mapping[str, Case] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
