"""What must hold in every talk, looked at after every event; and what is counted by case."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import locales
from bot.channels import LIMITS
from bot.clinical.danger_signs import FIT_GROUP
from bot.clinical.follow_up import MOST
from bot.conversation import ChatState, photos
from bot.conversation.events import (
    EraseChat,
    Event,
    FetchPhotos,
    FindingsReady,
    ReminderDue,
    Said,
    Ticked,
    WantAnswer,
    WantFindings,
    WantPlan,
)
from bot.conversation.moments import SILENCE_S
from bot.messages import Inbound, Reply, Urgency
from bot.rendering import render_reply
from tests.simulator.minds import is_result, texts_in

__all__ = ["Case", "Problem", "Watcher", "bytes_of", "is_go_now", "keeps_quiet"]

# After "go now" a case shows none of these.
_TOO_MUCH = ("findings", "photo", "looking", "described")
# What may still be asked then: what the person asked for by a command.
_MAY_ASK = ("delete", "language")
_QUIET = ("noise", "migrated", "stopped", "group")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must not happen. kind: a few words, counted in the table."""

    kind: str
    what: str


@dataclass(slots=True)
class Case:
    """One case as it was talked through. messages: parts we sent. size_bytes: their text and buttons as sent.

    to_result: messages until the result or "go now", 0 where neither came. answers: messages that answered what the person
    said or sent of themselves after it: a question, thanks, a sticker, a photograph after "go now".
    """

    messages: int = 0
    size_bytes: int = 0
    to_result: int = 0
    answers: int = 0
    end: str = ""
    urgency: str = ""
    reminders: int = 0


def is_go_now(reply: Reply, sign: str = "") -> bool:
    """True where a message sends the person off now. Of D45 it is the fixed hand-over with the deployer's numbers."""
    if reply.key == "now":
        return True
    return sign == "D45" and (
        reply.key == "handover" or any(text.id.startswith("help.danger") for text in texts_in(reply))
    )


def keeps_quiet(items: tuple[Inbound, ...]) -> bool:
    """True for what needs no answer."""
    return any(item.kind in _QUIET for item in items)


def bytes_of(reply: Reply, language: str, channel: str) -> tuple[int, int]:
    """(messages, bytes of text and buttons) of a reply as the channel sends it. Raises where it cannot be rendered."""
    rendered = render_reply(reply, language, LIMITS[channel])
    size = 0
    for number, part in enumerate(rendered.parts, start=1):
        payload: dict[str, object] = {"text": part}
        if number == len(rendered.parts) and rendered.choices:
            payload["reply_markup"] = {
                "inline_keyboard": [
                    [{"text": label, "callback_data": code}] for code, label in rendered.choices
                ]
            }
        size += len(json.dumps(payload, ensure_ascii=False).encode())
    return len(rendered.parts), size


@dataclass(slots=True)
class Watcher:
    """Watches one chat."""

    channel: str
    problems: list[Problem] = field(default_factory=list)
    cases: list[Case] = field(default_factory=lambda: [Case()])

    def problem(self, kind: str, what: str) -> None:
        """Notes a problem, once a kind."""
        if kind not in {p.kind for p in self.problems}:
            self.problems.append(Problem(kind, what))

    def event(
        self,
        before: ChatState,
        event: Event,
        after: ChatState,
        replies: tuple[Reply, ...],
        effects: tuple[object, ...],
    ) -> None:
        """Looks at one event."""
        began = self._began_anew(before, event, after, effects)
        if began:
            self.cases.append(Case())
        elif before.floor is not None and (after.floor is None or after.floor.rank > before.floor.rank):
            self.problem("urgency fell", f"{before.floor.value} became {after.floor}")
        if before.floor is Urgency.NOW and not began:
            for reply in replies:
                if reply.key in _TOO_MUCH or (reply.choices and reply.key not in _MAY_ASK):
                    self.problem("said too much", f"{reply.key or 'a menu'} after 'go now'")
        self._lost(before, after, began)
        over = bool(self.cases[-1].to_result)
        for reply in replies:
            sent = self._count(reply, after)
            if over and isinstance(event, Said) and _answers(reply, before, after):
                self.cases[-1].answers += sent
            if isinstance(event, ReminderDue):
                self._reminded(reply, before)
        if isinstance(event, Said) and not keeps_quiet(event.items) and not replies:
            # What is said of these comes in seconds; that it does come is seen by whoever waits.
            waits = any(isinstance(e, FetchPhotos | WantAnswer | WantPlan | WantFindings) for e in effects)
            if not waits:
                self.problem("dead end", "no reply to a message")
        if isinstance(event, FindingsReady) and event.case_version != before.case_version and replies:
            self.problem("case mixed", "findings of another version were told")

    def _began_anew(
        self, before: ChatState, event: Event, after: ChatState, effects: tuple[object, ...]
    ) -> bool:
        """True where the event ended the case, as the person wanted or after long silence."""
        if after.case_version == before.case_version or after.answers:
            return False
        if any(isinstance(e, EraseChat) for e in effects):
            return bool(before.answers or before.photos)
        if isinstance(event, Ticked):
            if before.last_at is None or event.at < before.last_at + SILENCE_S:
                self.problem("case lost", "a case ended by itself before 30 days of silence")
            return True
        if not isinstance(event, Said):
            self.problem("case lost", f"a case ended by {type(event).__name__}")
        return True

    def _lost(self, before: ChatState, after: ChatState, began: bool) -> None:
        if began:
            return
        # A sign that was spoken of after it was answered is asked again: its question stands in the place of its answer.
        asked = {key.removesuffix(".own") for key, said in after.answers.items() if said == "ask"}
        kept = {key for key in before.answers if key.split(".")[0] not in asked}
        gone = kept - set(after.answers) - {"photo"}
        if after.answers.get("site") == "private" != before.answers.get("site"):
            # Words told of private parts: what fits the place is asked of that place.
            gone -= {f"group{FIT_GROUP}"}
        if photos.AGE_BEFORE in after.answers:
            # Words told of a small baby: whose skin it is is asked once more, and stands there till then.
            gone -= {"age"}
        moved_on = after.case_version != before.case_version
        # "Worse" asks for what is felt and for danger again; who it is and what was photographed stay.
        again = moved_on and "age" in after.answers and set(before.photos) <= set(after.earlier_photos)
        if gone and not again and not (moved_on and not after.answers):
            self.problem("case lost", f"answers are gone: {', '.join(sorted(gone))}")

    def _reminded(self, reply: Reply, before: ChatState) -> None:
        """A reminder names nothing of the case, comes at most twice, and never after 'go now' or stop."""
        self.cases[-1].reminders += 1
        if self.cases[-1].reminders > MOST:
            self.problem("reminder", f"the case was asked about {self.cases[-1].reminders} times")
        if before.stopped or before.floor is Urgency.NOW:
            self.problem("reminder", "after stop or 'go now'")
        if any(text.id.startswith("condition.") or "findings" in text.id for text in texts_in(reply)):
            self.problem("reminder", "it names what was found")

    def _count(self, reply: Reply, state: ChatState) -> int:
        """The messages that a reply was sent as."""
        case = self.cases[-1]
        for text in (*reply.paragraphs, *(c.label for c in reply.choices)):
            if not locales.render(text, state.speaks, strict=True):
                self.problem("empty text", text.id)
        messages, size = bytes_of(reply, state.speaks, self.channel)
        case.messages += messages
        case.size_bytes += size
        if reply.key == "now" or is_result(reply):
            case.to_result = case.to_result or case.messages
            case.end = "now" if reply.key == "now" else case.end or "result"
        if state.floor is not None:
            case.urgency = state.floor.value
        return messages


def _answers(reply: Reply, before: ChatState, after: ChatState) -> bool:
    """True where nothing new was found and nothing is asked: the menu or "go now" stands under it as before."""
    if reply.key == "now":
        return before.floor is Urgency.NOW
    return is_result(reply) and before.told == after.told
