"""The frozen data that cross the rooms of `bot`: what came in, what goes out, what was found.

`Text` is a catalogue message with its arguments; nothing here is a sentence in any language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from locales import Text

__all__ = [
    "OPINION",
    "Attachment",
    "Choice",
    "Condition",
    "Findings",
    "Inbound",
    "Media",
    "Medium",
    "Outgoing",
    "Plan",
    "Question",
    "Reply",
    "Text",
    "Urgency",
    "worst",
]


class Urgency(StrEnum):
    """How soon a person must be seen; the one scale of the whole house, from most to least pressing."""

    NOW = "now"
    TODAY = "today"
    WEEK = "week"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for `now` up to 3 for `routine`."""
        return list(Urgency).index(self)


def worst(*urgencies: Urgency | None) -> Urgency | None:
    """The most pressing of several urgencies; None where none was given. It never lowers one."""
    known = [u for u in urgencies if u is not None]
    return min(known, key=lambda u: u.rank) if known else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reference to something a person sent; the bytes are fetched later.

    ref: the channel's own handle (Telegram file_id, Twilio media URL, web chat vault name).
    kind: 'photo' (also an image sent as a document) or 'voice' (a voice message); nothing else is ever fetched.
    message_ref: what the provider's deletion call needs beside `ref` (Twilio: message sid), else ''.
    forwarded: a voice message that somebody else spoke.
    """

    ref: str
    kind: Literal["photo", "voice"] = "photo"
    mime: str = ""
    size_bytes: int | None = None
    message_ref: str = ""
    forwarded: bool = False


# What a person sent that cannot be used; each gets one kind sentence that says what to send.
Unusable = Literal[
    "sticker", "voice", "audio", "video", "document", "location", "contact", "poll", "other", "empty"
]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One update of a platform in our words.

    kind:
      'message'  text and/or photographs (a caption is text)
      'choice'   a pressed button; `choice` is the code of a `Choice` that we offered
      'edit'     an edited message; it answers anew the question that the message answered
      'unusable' something we can not use; `unusable` says what
      'group'    written in a group: one sentence, then silence
      'stopped'  the person blocked or opted out: nothing more may be sent
      'migrated' the chat lives on under `migrated_to`
      'noise'    nothing a person said (a join, a pin, our own echo): finished without a reply
    language_hint: a BCP 47 tag the platform gave, or ''; a hint only.
    sent_at: epoch seconds by the platform's clock, None where it gives none.
    reply_context: what `Channel.typing` needs (WhatsApp: the message sid), else ''.
    location: latitude and longitude in degrees, rounded to a hundredth (about 1 km), where a location was sent.
    recording: the voice message of an 'unusable' one; `attachments` are photographs only.
    ref: the platform's own name of the message, the same for its edits; '' where it tells of no edits.
    """

    kind: Literal["message", "choice", "edit", "unusable", "group", "stopped", "migrated", "noise"]
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    choice: str = ""
    unusable: Unusable | None = None
    language_hint: str = ""
    sent_at: float | None = None
    forwarded: bool = False
    forwarded_from: str = ""
    migrated_to: str = ""
    reply_context: str = ""
    location: tuple[float, float] | None = None
    recording: Attachment | None = None
    ref: str = ""

    @property
    def references(self) -> tuple[Attachment, ...]:
        """Everything of it that lies at the provider: photographs and the voice message."""
        return self.attachments if self.recording is None else (*self.attachments, self.recording)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered with a reply.

    code: 'question.answer' in ASCII, at most 60 bytes, unique over all questions, so that a button pressed
    late is never taken for the answer to another question.
    """

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Media:
    """Something to see or hear in a reply.

    kind 'photo': photo_id names a photograph of the vault; it goes before the words, with its caption.
    kind 'recording': photo_id names a voice message of the vault; it goes before the words.
    kind 'voice': `texts` are spoken in `language`; one at most in a reply, and it goes with the words where the channel can.
    """

    kind: Literal["photo", "voice", "recording"]
    photo_id: str = ""
    caption: Text | None = None
    texts: tuple[Text, ...] = ()
    language: str = ""


# The key of a reply with a clinician's answer: by it one is found, sent once more, copied to the patient's own chat.
OPINION = "opinion"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said in one message: paragraphs, then the choices.

    media: photographs and at most one voice note.
    key: optional name of what this is (e.g. 'findings'), by which replies are found again; never shown.
    good_for_s: where it has not left after so long it is dropped; None: it waits as long as it must.
    """

    paragraphs: tuple[Text, ...]
    choices: tuple[Choice, ...] = ()
    key: str = ""
    good_for_s: float | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Medium:
    """A photograph, a voice note of ours or a recording of a person on its way to a channel.

    data: the bytes, for a channel that is handed them. url: where a channel that fetches them finds them for an hour; '' where we
    have no public address. ref: our own handle, by which the web chat's page is served.
    """

    kind: Literal["photo", "voice", "recording"]
    data: bytes = field(repr=False)
    mime: str
    url: str = field(default="", repr=False)
    ref: str = field(default="", repr=False)


# What may leave while the channel allows no free text: the text, within a template; a knock, a template that says by itself that
# somebody is needed (the text where there is none); or nothing, for it would be shown on a locked screen.
Outside = Literal["text", "knock", "withheld"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way to a channel: rendered, split, ready to send.

    id: our uuid of the reply part; goes into status callback URLs. uncertain: an earlier try of this very part
    may have been accepted; where the provider can be asked, ask before sending. first_tried_at: epoch seconds.
    medium: goes with the text, which may be empty then. choices: (code, label) pairs; only on the last part. `text`
    already carries the numbered list where the
    channel shows no buttons (see `bot.channels.LIMITS`).
    """

    id: str
    address: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    uncertain: bool = False
    first_tried_at: float | None = None
    last_inbound_at: float | None = None
    medium: Medium | None = None
    outside: Outside = "text"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition in everyday certainty; percentages never travel to a chat."""

    code: str
    certainty: Literal["likely", "possible"]


@dataclass(frozen=True, slots=True)
class Findings:
    """What model, coach and rules say of one case: joined in `worker`, or made by the rules in `bot.conversation.ruled`.

    urgency never lower than what the danger signs gave. abstained: no condition may be named; `reason` is one
    of 'unsure', 'out_of_scope', 'unusable', 'failed'. unproven_skin: the model has not learned this skin.
    reasons: message ids of the answers that speak for what is named (because.itch_night). basis: 'model' or 'rules'; '' in
    findings of before 2026-11-26, which are the model's.
    """

    conditions: tuple[Condition, ...]
    urgency: Urgency
    abstained: bool = False
    reason: str = ""
    unproven_skin: bool = False
    model: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    basis: Literal["", "model", "rules"] = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a spot, by its key in `bot.clinical.symptoms`, and what is asked after each answer; None: nothing."""

    key: str
    yes: Question | None = None
    no: Question | None = None
    unknown: Question | None = None

    def after(self, answer: str) -> Question | None:
        """What is asked after an answer: 'yes', 'no' or 'unknown'."""
        return {"yes": self.yes, "no": self.no}.get(answer, self.unknown)


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions that matter after a photograph, as a tree that is walked without the engine.

    first: None where no answer could change what the person is told. Its JSON and its bounds: `bot.plans`.
    """

    first: Question | None = None
