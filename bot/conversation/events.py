"""What can happen to a chat, and what a chat can ask the world to do.

`step(state, event) -> Step` is pure: it reads no clock, no database and no settings; all it needs is in the
state, the event and the language packs. The worker carries the effects out.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from bot.clinical.follow_up import Kind
from bot.conversation.here import Here
from bot.conversation.state import ChatState
from bot.messages import Attachment, Findings, Inbound, Plan, Reply

__all__ = [
    "Asking",
    "DropPhotos",
    "Effect",
    "EraseChat",
    "Event",
    "FetchPhotos",
    "FindingsReady",
    "Linked",
    "PhotoResult",
    "PhotosReady",
    "PlanReady",
    "Remind",
    "ReminderDue",
    "Said",
    "TalkReady",
    "Teach",
    "Ticked",
    "TurnParked",
    "WantAnswer",
    "WantFindings",
    "WantPlan",
]


@dataclass(frozen=True, slots=True)
class Said:
    """The person wrote. items: usually one; an album's photographs together, in order. at: epoch s (ours).

    heard: somebody works here who can be shown what a patient sends. place: name of the only place for an emergency that the
    deployment knows, '' where it knows none or several; near: of the nearest, where they sent a location.
    unheard: the question of a reminder that was asked last has not reached them. too_early: what stands open had not left when
    they wrote. mapped: the deployment knows places, of which the nearest is told to who sends a location.
    """

    items: tuple[Inbound, ...]
    at: float
    here: Here = field(default_factory=lambda: Here("webchat"))
    _: KW_ONLY
    heard: bool = True
    place: str = ""
    near: str = ""
    unheard: bool = False
    too_early: bool = False
    mapped: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """The person typed the code of a health worker's case of theirs: answers about it are told here from now on. said: how."""

    said: Said

    @property
    def at(self) -> float:
        return self.said.at


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What became of one attachment: stored under `photo_id`, or refused.

    refused: None or one of 'format', 'truncated', 'too_many_pixels', 'too_big', 'empty', 'unfetchable'.
    coach: None where the photograph is good, else 'blurred', 'dark', 'bright', 'small'. text: the words of a voice message,
    where the deployment has a model that writes them down.
    """

    attachment: Attachment
    photo_id: str = ""
    refused: str | None = None
    coach: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class PhotosReady:
    """The photographs and voice messages that `FetchPhotos` asked for; same turn, same reply."""

    results: tuple[PhotoResult, ...]
    at: float


@dataclass(frozen=True, slots=True)
class FindingsReady:
    """The engine answered for case version `case_version`; dropped where the case has moved on."""

    case_version: int
    findings: Findings
    at: float


@dataclass(frozen=True, slots=True)
class PlanReady:
    """The engine's plan for case version `case_version`, None where it could make none; dropped where nobody waits for it."""

    case_version: int
    plan: Plan | None
    at: float


@dataclass(frozen=True, slots=True)
class TalkReady:
    """What the language model said of the present case, raw: it passes the guard before anybody reads it.

    text: '' where it failed. features: the described features by the model's concept codes or words (Speaker.concepts).
    """

    case_version: int
    kind: Literal["describe", "answer"]
    text: str
    question: str = ""
    features: tuple[str, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ticked:
    """`ChatState.wake_at` has passed."""

    at: float


@dataclass(frozen=True, slots=True)
class TurnParked:
    """A message of this chat could not be handled after all its tries; the person is told, the chat goes on."""

    at: float


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """It is time to ask about case version `case_version` again; dropped where the case has moved on."""

    case_version: int
    kind: Kind
    number: int
    at: float


Event = (
    Said | Linked | PhotosReady | PlanReady | FindingsReady | TalkReady | Ticked | TurnParked | ReminderDue
)


@dataclass(frozen=True, slots=True)
class FetchPhotos:
    """Fetch, check and store these photographs and voice messages now; the answer is `PhotosReady` within the same turn."""

    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class DropPhotos:
    """Forget these, and the provider's copies.

    attachments: references that were never used (consent refused, 24 h of silence, more photographs than a case takes).
    photo_ids: stored photographs and voice messages to erase at once (private parts, a baby, replaced ones, 30 days of silence).
    """

    attachments: tuple[Attachment, ...] = ()
    photo_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WantFindings:
    """Ask the engine.

    answers: only what was told, as `model.answers` reads it: age (years, the middle of the group that was
    chosen), site, skin_type ('1' to '6'), and yes or no under itch, grew, hurt, changed, bleed, elevation; beside
    them age_group (infant, child, adult, middle, older) and skin ('1' to '6', albinism, unknown).
    floor: the urgency that danger signs and answers gave; findings never go below it.
    """

    case_version: int
    photo_ids: tuple[str, ...]
    answers: dict[str, str] = field(default_factory=dict)
    floor: Literal["now", "today", "week", "routine"] = "routine"


@dataclass(frozen=True, slots=True)
class WantPlan:
    """Ask the engine which questions matter. Fields as in WantFindings; answers also hold 'unknown' of what was asked before."""

    case_version: int
    photo_ids: tuple[str, ...]
    answers: dict[str, str] = field(default_factory=dict)
    floor: Literal["now", "today", "week", "routine"] = "routine"


@dataclass(frozen=True, slots=True)
class WantAnswer:
    """A free-text question about the present case, for the language model."""

    case_version: int
    question: str


@dataclass(frozen=True, slots=True)
class Asking:
    """One question for later. number: which of the case, from 1. days: from now."""

    kind: Kind
    number: int
    days: int


@dataclass(frozen=True, slots=True)
class Remind:
    """What is to be asked later of this case, in place of all that was wanted before; nothing where `asks` is empty."""

    case_version: int
    asks: tuple[Asking, ...] = ()


@dataclass(frozen=True, slots=True)
class Teach:
    """Whether the case of this version may teach the model. agreed False: nothing of this person (of a worker: this case) may."""

    case_version: int
    agreed: bool


@dataclass(frozen=True, slots=True)
class HandOver:
    """Tell whoever is on duty, at once: the person wants to die or hurts themself ('die'), or somebody hurts them ('hurt').

    Given each time that it is said; whether they know it already is for the worker to find out.
    """

    harm: Literal["die", "hurt"]


@dataclass(frozen=True, slots=True)
class EraseChat:
    """Erase rows, photographs and what the provider lets us delete; the worker keeps only the audit entry.

    The state that comes with it is a fresh one (language kept), its reply the confirmation.
    """


Effect = (
    FetchPhotos | DropPhotos | WantPlan | WantFindings | WantAnswer | Remind | Teach | HandOver | EraseChat
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one event led to. At most one reply an event; `replies` has more only where a person is told two things."""

    state: ChatState
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
