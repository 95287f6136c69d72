"""What a worker's chat remembers between two events, beside its cases; its JSON; and a case as the desk sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Literal, cast

from bot.casework import weighing
from bot.casework.codes import serves
from bot.conversation import course
from bot.conversation.here import Here, flat, taken_from
from bot.conversation.state import BadState, ChatState, attachment_of
from bot.messages import Inbound, Urgency

__all__ = ["KIND", "Case", "Crossed", "DeskState", "Held", "Note", "is_desk", "read_desk", "write_desk"]

KIND = "desk"
VERSION = 1

Role = Literal["chw", "clinician"]


@dataclass(frozen=True, slots=True)
class Note:
    """Words that belong to a case: forwarded from the patient, typed by the worker, or a clinician's (staff). at: epoch s."""

    at: float
    text: str
    forwarded: bool = False
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One patient's problem at a desk. state: its conversation. Times: epoch s.

    origin: of the forwards in it (a hash, see `gather.origin_of`), '' where unknown; origin_at: when the last one came.
    due_at: when the worker should look after it again. outcome: '' while it is open. escalated: it waits for a clinician.
    opinion: how soon in a clinician's own word; opinion_over: what was reached when it was given.
    progress: '', 'better', 'same', 'worse' or 'seen', as told last.
    notes: written in this step; noted: earlier ones are kept with the case, sealed, and not read here.
    """

    code: str
    state: ChatState
    opened_at: float
    touched_at: float
    origin: str = ""
    origin_at: float = 0.0
    due_at: float | None = None
    outcome: str = ""
    escalated: bool = False
    opinion: Urgency | None = None
    opinion_over: Urgency | None = None
    progress: str = ""
    noted: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def open(self) -> bool:
        """True until it is closed with an outcome."""
        return not self.outcome

    @property
    def empty(self) -> bool:
        """Opened by a word, with nothing in it yet."""
        held = (
            self.state.pending
            or self.state.photos
            or self.state.spare
            or self.notes
            or self.noted
            or self.origin
        )
        # A patient who refused has no photograph and no answers yet, and is a patient all the same.
        return not held and not self.state.answers and not self.state.consent

    @property
    def reached(self) -> Urgency:
        """How soon the patient must be seen, as far as it is known; a clinician's own word stands above what it was given on."""
        return weighing.how_soon(self.opinion, self.opinion_over, course.urgency(self.state))

    @property
    def by_clinician(self) -> bool:
        """True where that is the clinician's own word."""
        return weighing.by_clinician(self.opinion, self.opinion_over, course.urgency(self.state))

    @property
    def told(self) -> bool:
        """True once the worker has heard what the case comes to. Of who refused that is how soon, and where to."""
        place = course.part(self.state)
        if place == "refused":
            return not self.state.handover
        return place == "now" or (place in course.RESULTS and self.state.told == self.state.case_version)

    @property
    def asks(self) -> bool:
        """True while a question of the case waits for an answer."""
        place = course.part(self.state)
        return place not in course.RESULTS | course.WORKING and place not in ("now", "refused")

    def serves(self, case_version: int) -> bool:
        """True where this version is one of this case's."""
        return serves(self.code, case_version)


@dataclass(frozen=True, slots=True)
class Held:
    """An item that waits for 'same patient or new?': only what came, nothing fetched. group: items asked about together."""

    item: Inbound
    at: float
    group: int


@dataclass(frozen=True, slots=True)
class Crossed:
    """A case whose question stood open when that of another came by itself, at this time (epoch s)."""

    code: str
    at: float


@dataclass(frozen=True, slots=True)
class DeskState:
    """One chat of a health worker or clinician.

    current: code of the case last worked on; while it asks something, its question was shown last of all cases'.
    beside: code of a case that something came for since, of which words could be too. crossed: cases whose question stood open
    when that of another came by itself, oldest first: a word may have been typed before that was seen. unplaced: typed words of
    which it is asked whose they are, in rows: what was typed before something else came, and after it.
    offered: codes of the choices under our last list; the numbers that are typed mean these.
    overlay: '' or 'hand K7-42' while it is asked to whom that case goes (`handing`). draft: a clinician's answer to the current
    case, read back and not yet sent. held: items not yet put into a case, in order; groups: how many questions were asked about
    such.
    alarmed_at: when those on duty were last told to look after whoever works here (epoch s); not why.
    latitude, longitude: where the worker works, rounded to a hundredth of a degree. location_asked: they were asked for it.
    """

    kind: str = KIND
    version: int = VERSION
    role: Role = "chw"
    language: str = ""
    notice_in: str = ""
    stopped: bool = False
    group_told: bool = False
    greeted: bool = False
    here: Here = field(default_factory=Here)
    current: str = ""
    beside: str = ""
    crossed: tuple[Crossed, ...] = ()
    unplaced: tuple[tuple[str, ...], ...] = ()
    offered: tuple[str, ...] = ()
    overlay: str = ""
    draft: str = ""
    held: tuple[Held, ...] = ()
    groups: int = 0
    alarmed_at: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    location_asked: bool = False
    last_at: float | None = None
    wake_at: float | None = None

    @property
    def speaks(self) -> str:
        """The language to render replies in."""
        return self.language or "en"


def is_desk(text: str | None) -> bool:
    """True where a chat's stored state is a desk's, and not a patient's conversation."""
    if not text:
        return False
    try:
        read = json.loads(text)
    except ValueError:
        return False
    return isinstance(read, dict) and read.get("kind") == KIND


def write_desk(desk: DeskState) -> str:
    """The desk as JSON text; `read_desk` gives an equal one back."""
    return json.dumps(flat(asdict(desk)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_desk(text: str) -> DeskState:
    """The desk of a JSON text; fields of a newer version are left out. Raises BadState."""
    try:
        read = json.loads(text)
        if not isinstance(read, dict) or read.get("kind") != KIND:
            raise BadState(f"state of {len(text)} characters is no desk's")
        known = {f.name for f in fields(DeskState)}
        values: dict[str, object] = {key: value for key, value in read.items() if key in known}
        values["offered"] = tuple(str(code) for code in cast(list[object], values.get("offered", [])))
        values["here"] = taken_from(read)
        values["crossed"] = _crossed(read)
        rows = cast(list[list[object]], values.get("unplaced", []))
        values["unplaced"] = tuple(tuple(map(str, row)) for row in rows)
        held = cast(list[Mapping[str, object]], values.get("held", []))
        values["held"] = tuple(_held(one) for one in held)
        return replace(DeskState(**values), version=VERSION)  # type: ignore[arg-type]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadState(f"desk of {len(text)} characters cannot be read: {error}") from error


def _crossed(read: Mapping[str, object]) -> tuple[Crossed, ...]:
    """The cases of a stored desk; earlier versions kept one code, and its time beside it."""
    crossed = read.get("crossed", [])
    if isinstance(crossed, str):
        at = cast(float, read.get("crossed_at", 0.0))
        return (Crossed(crossed, float(at)),) if crossed else ()
    return tuple(Crossed(str(one["code"]), float(one["at"])) for one in cast(list[dict[str, str]], crossed))


def _held(read: Mapping[str, object]) -> Held:
    known = {f.name for f in fields(Inbound)}
    item = {k: v for k, v in cast(dict[str, object], read["item"]).items() if k in known}
    item["attachments"] = tuple(
        attachment_of(one) for one in cast(list[dict[str, object]], item.get("attachments", []))
    )
    if item.get("recording") is not None:
        item["recording"] = attachment_of(cast(dict[str, object], item["recording"]))
    if item.get("location") is not None:
        item["location"] = tuple(cast(list[float], item["location"]))
    at, group = cast(float, read["at"]), cast(int, read["group"])
    return Held(Inbound(**item), float(at), int(group))  # type: ignore[arg-type]
