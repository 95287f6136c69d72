"""The next thing that happens to a chat, and the chat's row, as the parts of a turn hand them on."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, update

from bot import inbox, talk, weekly
from bot.cases.links import Link
from bot.channels import Account, Channel
from bot.clock import now
from bot.conversation.desk.events import DeskEvent
from bot.conversation.events import Ticked
from bot.messages import Inbound
from bot.people import Role
from bot.tables import FindingsJob

__all__ = ["ChatRow", "CodeTyped", "Unit", "show_typing", "stopped_after", "use_up", "wake_at_after"]


@dataclass(frozen=True, slots=True)
class CodeTyped:
    """The code of a case that the patient typed in their own chat. text: as it was typed."""

    text: str
    link: Link


@dataclass
class Unit:
    """The next thing that happens to the chat: an event, and the rows it uses up.

    answered_id: the case whose answer is told with it; answered_at: as `Case.answered_at` was.
    made_for: the health worker's case that findings or words were made for. typed_code: the patient's code that it uses up.
    weekly: whose summary it is.
    """

    event: DeskEvent
    ids: tuple[int, ...] = ()
    parked: dict[int, str] = field(default_factory=dict)
    job_id: int | None = None
    talk_id: int | None = None
    made_for: int | None = None
    reminder_id: int | None = None
    attempts: int = 0
    items: tuple[Inbound, ...] = ()
    answered_id: int | None = None
    answered_at: float | None = None
    typed_code: CodeTyped | None = None
    weekly: weekly.Due | None = None


@dataclass(frozen=True, slots=True)
class ChatRow:
    """What a turn needs of the chat's row. role: of whoever writes there; 'patient' where nobody was invited."""

    id: int
    account: Account
    address: str
    state: str | None
    stopped: bool
    role: Role = "patient"
    person_id: int | None = None

    @property
    def works(self) -> bool:
        """True where a health worker or clinician writes: the chat is a desk."""
        return self.role in ("chw", "clinician")


def stopped_after(chat: ChatRow, unit: Unit) -> bool:
    """Whether nothing may be said in the chat after what the platform told of it."""
    stopped = chat.stopped
    if any(i.kind in ("message", "choice", "edit") for i in unit.items):
        stopped = False
    if any(i.kind == "stopped" for i in unit.items):
        stopped = True
    return stopped


def wake_at_after(unit: Unit, wake_at: float | None) -> float | None:
    """When the chat wakes by itself (epoch s), by what its state asks for: a tick that asks for itself again must not spin."""
    if isinstance(unit.event, Ticked) and wake_at is not None and wake_at <= now():
        return now() + 3600.0
    return wake_at


def show_typing(channel: Channel | None, chat: ChatRow, unit: Unit) -> None:
    """Shows that an answer is made, where a button was pressed or a file came."""
    if channel is None:
        return
    for item in unit.items:
        if item.kind == "choice" or item.references:
            channel.typing(chat.address, item.reply_context)


def use_up(connection: Connection, unit: Unit, turn_id: int) -> None:
    """Marks the rows of the unit as used by this turn; those that cannot be read are parked."""
    done = [i for i in unit.ids if i not in unit.parked]
    if done:
        inbox.finish(connection, done, turn_id)
    for row_id, error in unit.parked.items():
        inbox.park(connection, [row_id], turn_id, error)
    if unit.job_id is not None:
        connection.execute(update(FindingsJob).where(FindingsJob.id == unit.job_id).values(applied=True))
    if unit.talk_id is not None:
        talk.told(connection, unit.talk_id)
