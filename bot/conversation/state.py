"""What is remembered of one chat between two events, and its JSON.

Where a chat stands is not stored: it follows from what is known (`bot.conversation.course`), so a state can not
contradict itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Literal, cast

from bot.conversation.here import Here, flat, taken_from
from bot.findings import findings_from_json, findings_to_json
from bot.messages import Attachment, Findings, Plan, Urgency
from bot.plans import BadPlan, plan_from_json, plan_to_json

__all__ = [
    "VERSION",
    "BadState",
    "ChatState",
    "Glance",
    "attachment_of",
    "case_version_of",
    "from_json",
    "glance",
    "new_state",
    "offered_of",
    "offers",
    "overlay_of",
    "rested",
    "to_json",
]

VERSION = 2
# The first key of that name is the conversation's own: keys are sorted, and of what stands before it nothing has one. A text in
# JSON cannot look like it, because there a quotation mark has a backslash before it.
_CASE_VERSION = re.compile(r'"case_version": ?(\d{1,15})')
_OVERLAY = re.compile(r'"overlay": ?"(\w*)"')


class BadState(ValueError):
    """A stored state that cannot be read."""


@dataclass(frozen=True, slots=True)
class ChatState:
    """One chat.

    language: code of a pack, '' while not known (`speaks` is what to render in). consent: '' not answered, 'yes', 'no'.
    consent_days: how long photographs would be kept, as they were told when they agreed; 0 where it was not noted then.
    recordings: ids of stored voice messages of this case.
    pending: photographs and voice messages that came before consent, or photographs of which it is asked whose they are
    (overlay 'which'); references only; pending_since: epoch s of the first.
    photos, spare: ids of stored photographs of the present case: used, and kept aside by the coach. earlier_photos: those from
    before the case was opened again ('worse'), for whoever compares.
    answers: what was told of the present case, see `bot.conversation.questions`. floor: the most pressing urgency reached in this
    case by what was answered and found; it never falls. opinion: how soon a clinician told the person of this case, None where
    none did: of a chat alone, a stored case has the clinicians' opinions beside it. requested, told: case version for which
    findings were asked, for which the result was said.
    planned, unplanned: case version for which a plan of questions was asked for, and for which it was given up; planned_at: since
    when (epoch s); plan: of the present case. planned_for: what it was made from (`bot.conversation.planning`).
    requested_at: epoch s of the message that led to asking. patience: case version for which it was said that it takes longer.
    findings: of the present case. description: what the language model said of it (its text, then the features) before the
    findings were told; it is said after them. offered: codes of the choices under our last message. overlay: a question that
    stands before the course, '' or 'delete', 'language' or 'teaching', that of a reminder, 'better' or 'visit'
    (`bot.conversation.later`), or 'which' (`bot.conversation.another`). told_at: when the result was told (epoch s), about.
    left_version: case version of a result that was told and left behind by the present case, 0 where none; left_soon: how soon
    somebody was to be seen by it; left_suspicious: it may be a cancer; left_other: it was of another skin problem.
    whose: words for the person of this case ("daughter") that were written before their age was told, or of a photograph of
    the case; whose_now: words for somebody else, in the last message or of a photograph of which it is asked whose it is.
    unclaimed: of `photos` those that came last, until something is written: it may say whose they are.
    place, near: names of where to go in an emergency, as in `Said`; the nearest is kept. mapped: as in `Said`.
    last_ref: the platform's name of the last message, '' after a button; edits: of earlier ones, each with a space and the key of
    the answer that it gave. photo_asked: case version for which a clinician asked for another photograph.
    reminded: case version for which it was said what to ask later. reminders_asked: how often the case was asked about.
    ahead: the same for a case that has no result yet, by the urgency it reached: '12.today', '' for none. today_told: the person
    has heard in this case that they must be seen today. owed: the question of a reminder that never arrived, by the version of
    its case: '12.visit'; it is asked when they write.
    carry: ids of messages to be said with the next reply. meanwhile: topic asked for
    while findings were being made. described: case version of which the description was said. asked: case version for which the
    language model's answer to a question is awaited, 0 where none is; asked_at: since when (epoch s). The question itself is
    not kept here. teaching: case version of which the person said that it may teach the model, 0 where none.
    handover: what of being hurt or wanting to die was said, until the person goes on with their skin;
    handover_told: they said that they are safe. heard: somebody works here who can hear a voice message. stopped: nothing is
    said until the person writes. timed: a health worker's patient: how long it has been there is asked, and what they have in
    one list. choosing, chosen: several of that list are being chosen, and which were (`bot.conversation.picking`).
    wake_at: epoch s, when `Ticked` is due.
    """

    version: int = VERSION
    language: str = ""
    notice_in: str = ""
    consent: Literal["", "yes", "no"] = ""
    consent_at: float | None = None
    consent_channel: str = ""
    consent_days: int = 0
    recordings: tuple[str, ...] = ()
    pending: tuple[Attachment, ...] = ()
    pending_since: float | None = None
    case_version: int = 1
    photos: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    earlier_photos: tuple[str, ...] = ()
    rejections: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    floor: Urgency | None = None
    opinion: Urgency | None = None
    planned: int = 0
    planned_at: float | None = None
    planned_for: str = ""
    plan: Plan | None = None
    unplanned: int = 0
    requested: int = 0
    requested_at: float | None = None
    patience: int = 0
    told: int = 0
    told_at: float | None = None
    left_version: int = 0
    left_soon: Urgency | None = None
    left_suspicious: bool = False
    left_other: bool = False
    whose: tuple[str, ...] = ()
    whose_now: tuple[str, ...] = ()
    unclaimed: tuple[str, ...] = ()
    photo_asked: int = 0
    last_ref: str = ""
    edits: tuple[str, ...] = ()
    findings: Findings | None = None
    description: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    overlay: Literal["", "delete", "language", "teaching", "better", "visit", "which"] = ""
    carry: tuple[str, ...] = ()
    meanwhile: str = ""
    reminded: int = 0
    reminders_asked: int = 0
    ahead: str = ""
    today_told: bool = False
    owed: str = ""
    described: int = 0
    asked: int = 0
    asked_at: float | None = None
    teaching: int = 0
    handover: Literal["", "die", "hurt"] = ""
    handover_told: bool = False
    stopped: bool = False
    group_told: bool = False
    here: Here = field(default_factory=Here)
    heard: bool = True
    place: str = ""
    near: str = ""
    mapped: bool = False
    timed: bool = False
    choosing: bool = False
    chosen: tuple[str, ...] = ()
    last_at: float | None = None
    wake_at: float | None = None

    @property
    def speaks(self) -> str:
        """The language to render replies in: the chat's, or English while none is known."""
        return self.language or "en"

    @property
    def at_once(self) -> bool:
        """True where the person must go now, by a sign of danger or a clinician's word: nothing more is asked."""
        return Urgency.NOW in (self.floor, self.opinion)


def new_state(language: str = "", case_version: int = 1) -> ChatState:
    """A chat of which nothing is known.

    case_version: above that of any earlier case of the chat, so that late findings for it are dropped.
    """
    return ChatState(language=language, case_version=case_version)


def rested(state: ChatState) -> ChatState:
    """What stays of a chat after a month of silence: nothing of a case, and what is said there later needs.

    The number goes on: late findings must find no case.
    """
    fresh = new_state(state.language, state.case_version + 1)
    return replace(fresh, stopped=state.stopped, group_told=state.group_told, here=state.here)


def to_json(state: ChatState) -> str:
    """The state as JSON text; `from_json` gives an equal state back."""
    values = flat(asdict(state))
    if state.findings is not None:
        values["findings"] = findings_to_json(state.findings)
    if state.plan is not None:
        values["plan"] = plan_to_json(state.plan)
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# What version 1 did not ask. A case that was past it is not thrown back: it says that it was never asked.
_NEW_IN_2 = ("health", "shape", "wound_kind", "site", "group4")
UNASKED = "unasked"


def _from_1(read: dict[str, object]) -> dict[str, object]:
    answers = read.get("answers")
    case = read.get("case_version", 1)
    if (
        not isinstance(answers, dict)
        or "age" not in answers
        or case not in (read.get("requested"), read.get("told"))
    ):
        return read
    return {**read, "answers": {**dict.fromkeys(_NEW_IN_2, UNASKED), **answers}}


# Older version -> what makes the next one of it. A field that is only new needs nothing here: it takes its default.
_MIGRATIONS: dict[int, Callable[[dict[str, object]], dict[str, object]]] = {1: _from_1}


def from_json(text: str) -> ChatState:
    """The state of a JSON text of this or an older version; fields of a newer one are left out. Raises BadState."""
    read = _read(text)
    try:
        return _state(read)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadState(f"state of version {read.get('version')} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Glance:
    """What is asked of many states at once; see `ChatState`."""

    consent: str
    photos: tuple[str, ...]
    earlier_photos: tuple[str, ...]
    answers: Mapping[str, str]


def glance(text: str) -> Glance:
    """As `from_json`, of these fields alone: a quarter of the time. Raises BadState."""
    read = _read(text)
    try:
        # As they were written: `to_json` writes texts.
        photos, earlier = (cast(list[str], read.get(name, ())) for name in ("photos", "earlier_photos"))
        answers = cast(dict[str, str], read.get("answers", {}))
        return Glance(str(read.get("consent", "")), tuple(photos), tuple(earlier), answers)
    except TypeError as error:
        raise BadState(f"state of version {read.get('version')} cannot be read: {error}") from error


def case_version_of(text: str) -> int:
    """The `case_version` of a text that `to_json` wrote, without reading the rest; 1 where there is none, as `from_json`."""
    found = _CASE_VERSION.search(text)
    return int(found[1]) if found else 1


def overlay_of(text: str | None) -> str:
    """The `overlay` of a stored state, '' where there is none, without reading the whole."""
    found = _OVERLAY.search(text or "")
    return found[1] if found else ""


def offers(text: str | None) -> bool:
    """True where a stored state, a desk's too, has an answer to offer: a question stands open. False where it cannot be read."""
    return bool(offered_of(text))


def offered_of(text: str | None) -> tuple[str, ...]:
    """The codes that a stored state, a desk's too, offers; none where it cannot be read."""
    try:
        read = json.loads(text) if text else None
    except ValueError:
        return ()
    found = read.get("offered") if isinstance(read, dict) else None
    return tuple(str(code) for code in found) if isinstance(found, list) else ()


def _read(text: str) -> dict[str, object]:
    """The JSON object of a text, brought to this version. Raises BadState."""
    try:
        read = json.loads(text)
    except ValueError as error:
        raise BadState(f"state is {len(text)} characters that are no JSON: {error}") from error
    if not isinstance(read, dict):
        raise BadState(f"state is a {type(read).__name__}; expected an object")
    version = read.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadState(f"version is {version!r}; expected an integer from 1")
    while version < VERSION:
        read = _MIGRATIONS[version](cast(dict[str, object], read))
        version += 1
    return cast(dict[str, object], read)


def _state(read: Mapping[str, object]) -> ChatState:
    known = {f.name for f in fields(ChatState)}
    values: dict[str, object] = {key: value for key, value in read.items() if key in known}
    values["version"] = VERSION
    values["here"] = taken_from(read)
    for name in (
        "photos",
        "spare",
        "earlier_photos",
        "recordings",
        "offered",
        "carry",
        "description",
        "edits",
        "chosen",
        "whose",
        "whose_now",
        "unclaimed",
    ):
        if name in values:
            values[name] = tuple(str(item) for item in cast(list[object], values[name]))
    if "answers" in values:
        answers = cast(dict[object, object], values["answers"])
        values["answers"] = {str(key): str(value) for key, value in answers.items()}
    if "pending" in values:
        values["pending"] = tuple(
            attachment_of(item) for item in cast(list[dict[str, object]], values["pending"])
        )
    for name in ("floor", "left_soon", "opinion"):
        if values.get(name) is not None:
            values[name] = Urgency(str(values[name]))
    if values.get("findings") is not None:
        values["findings"] = findings_from_json(cast(dict[str, object], values["findings"]))
    if values.get("plan") is not None:
        try:
            values["plan"] = plan_from_json(cast(dict[str, object], values["plan"]))
        except BadPlan:
            # Made by another version: the fixed order takes its place, and nothing else is lost.
            values["plan"] = None
            values["unplanned"] = values.get("case_version", 1)
    return ChatState(**values)  # type: ignore[arg-type]


def attachment_of(read: Mapping[str, object]) -> Attachment:
    """The reference of a JSON object; fields of a newer version are left out."""
    known = {f.name for f in fields(Attachment)}
    return Attachment(**{k: v for k, v in read.items() if k in known})  # type: ignore[arg-type]
