"""The contract of a channel, its limits, and how its failures are told apart.

An adapter translates between a platform and `bot.messages`; it knows no database and no conversation.
Six members, no base class: `receive`, `parse`, `fetch`, `send`, `typing`, `forget`. All are synchronous and
safe to call from several threads; `receive` does no input or output at all.

registry       the adapters of all configured accounts
telegram       Telegram
telegram_poll  its updates fetched, for a machine without a public address
whatsapp       WhatsApp, by Twilio
webchat        our own page as a platform
webchat_store  what is shown there: one row a message
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.messages import Attachment, Inbound, Outgoing

__all__ = [
    "LIMITS",
    "Account",
    "Channel",
    "DeliveryStatus",
    "Forged",
    "HttpRequest",
    "Limits",
    "MediaFailed",
    "RawUpdate",
    "Received",
    "SendFailed",
    "Sent",
    "Webhook",
]


@dataclass(frozen=True, slots=True)
class Account:
    """Our bot or number on a channel: (channel, name), e.g. ('telegram', 'main')."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform allows. Source: shared facts, messaging.md sections 2.2 and 3.5.

    text_units: longest text; counted in UTF-16 units where `utf16`. per_second: messages of the account.
    chat_interval_s: least seconds between two messages to one chat. window_s: how long after the person's last
    message free text may be sent; None = always. buttons: how many real buttons the channel shows (0: the choices are
    written as a numbered list). album: how photographs that belong together are known:
    'id' (the platform marks them), 'burst' (nearness in time), 'update' (they come in one update).
    copy: where the provider's copy of a photograph lies: 'server' (deleted as soon as ours is stored) or 'chat' (it is the
    person's own message: deleted only when they ask for erasure). looks_up: the provider can be asked whether it has a
    message, so whoever is not sure asks before sending again. voice_caption: longest text that goes with a
    voice note (0: a voice note carries no words).
    """

    text_units: int
    utf16: bool
    per_second: float
    chat_interval_s: float
    window_s: float | None
    buttons: int
    album: Literal["id", "burst", "update"]
    typing_every_s: float | None
    copy: Literal["server", "chat"]
    looks_up: bool
    voice_caption: int = 0


LIMITS: Mapping[str, Limits] = {
    # Fourteen buttons are ours: the twelve places of the body, 'Listen', and one to spare.
    "telegram": Limits(4096, True, 30.0, 1.0, None, 14, "id", 4.0, "chat", False, 1024),
    # 1,600 characters (error 21617); about one message in 6 s to one person (131056, second-hand).
    "whatsapp": Limits(1600, True, 80.0, 6.0, 24 * 3600.0, 0, "burst", 20.0, "server", True),
    "webchat": Limits(4096, False, 1000.0, 0.0, None, 14, "update", None, "server", True, 4096),
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A webhook call as it came. headers: lower-case names. query: raw string without '?'."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One update, verified but not parsed: what the inbox keeps before anything can fail on its content.

    external_id: unique per (channel, account); a repeat is a duplicate. address: the chat, opaque.
    order: a number that grows within the chat (Telegram message_id) or None. album: '' or what groups
    photographs that belong together (see `Limits.album`). payload: JSON text that `parse` takes. sent_at: of one that is brought
    late, when it was sent at the latest (epoch s, our clock); None where it comes at once.
    """

    external_id: str
    address: str
    payload: str
    order: int | None = None
    album: str = ""
    sent_at: float | None = None


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What a provider says of a message we sent. outgoing_id: `Outgoing.id`, from the callback URL, or ''."""

    outgoing_id: str
    provider_id: str
    status: Literal["accepted", "sent", "delivered", "read", "failed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A verified webhook call. `answer`: the body to return with 200, with its content type."""

    updates: tuple[RawUpdate, ...] = ()
    statuses: tuple[DeliveryStatus, ...] = ()
    answer: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the provider accepted. looked_up: it was found there, not sent again."""

    provider_id: str
    looked_up: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """What a platform says of the address it delivers to, '' for none. waiting: updates in its line. failed_at: epoch s of its
    last failure to deliver, None for none. A channel whose platform can be asked has `webhook() -> Webhook`.
    """

    address: str
    waiting: int
    failed_at: float | None


class Forged(Exception):
    """The call does not carry the proof (secret, signature) that it comes from the platform: 403."""


# One photograph holds its chat: what does not come within so long, with all tries of a channel's own, fails as TOO_SLOW.
FETCH_LIMIT_S = 45.0
TOO_SLOW = "too slow"


class MediaFailed(Exception):
    """A photograph could not be fetched. retryable: worth another try. reason: short, no address, no person."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class SendFailed(Exception):
    """A message was not accepted. Errors are data; the send loop knows no provider.

    kind:
      'later'    this message may succeed later: uses up a try
      'outage'   connection failed, 5xx, account-wide 429: opens the account's breaker, uses up no try
      'slow'     this chat is too fast: wait `retry_after_s`, uses up no try
      'never'    can not succeed (bad content, bad address): failed
      'stopped'  the person blocked us or opted out: the chat is stopped
      'window'   outside the 24 h window and no template: park until they write
      'moved'    the chat moved to `moved_to`: send there
      'unknown'  the request left and no answer came: it may have been accepted
    code: the provider's error code as text, for logs.
    """

    def __init__(
        self,
        kind: Literal["later", "outage", "slow", "never", "stopped", "window", "moved", "unknown"],
        *,
        code: str = "",
        retry_after_s: float | None = None,
        moved_to: str = "",
    ) -> None:
        super().__init__(f"{kind} {code}".strip())
        self.kind = kind
        self.code = code
        self.retry_after_s = retry_after_s
        self.moved_to = moved_to


class Channel(Protocol):
    """A platform, translated."""

    def receive(self, request: HttpRequest) -> Received:
        """The updates and statuses of one webhook call. Raises Forged. No input or output.

        A verified body that makes no sense yields one RawUpdate with external_id 'sha256:<hex of body>' and
        address '' (it is kept for a person to look at) - never an error, so that no poison blocks a chat.
        """
        ...

    def parse(self, payload: str) -> Inbound:
        """The update in our words. Raises ValueError where it makes no sense (that one row is parked)."""
        ...

    def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a photograph, at most 20 MiB. Raises MediaFailed."""
        ...

    def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message. Raises SendFailed."""
        ...

    def typing(self, address: str, reply_context: str) -> None:
        """Shows that we are at work, where the platform can. Never raises for the platform's sake."""
        ...

    def forget(self, attachment: Attachment) -> None:
        """Deletes the provider's copy, where its interface lets us; with an empty `ref`, the text of `message_ref`.

        Raises MediaFailed.
        """
        ...
