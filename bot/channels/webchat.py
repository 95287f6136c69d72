"""The web chat as a channel: our own page is the platform, a table of what is shown is its wire.

A chat is keyed by a random 128-bit secret in the browser's cookie; its address is the secret's SHA-256, so
whoever reads the database cannot take a chat over. What the page sends comes through `bot.web.chat`, which
seals photographs and voice messages and hands one RawUpdate to the inbox; `update` and `parse` are the two ends of that
payload.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels import Forged, HttpRequest, MediaFailed, RawUpdate, Received, SendFailed, Sent
from bot.media import recordings
from bot.media.handles import handle, stored
from bot.media.vault import Vault, VaultError, VaultUnavailable
from bot.messages import Attachment, Inbound, Outgoing

__all__ = [
    "MAX_PHOTOS",
    "MAX_PHOTO_BYTES",
    "MAX_TEXT",
    "MAX_VOICE_BYTES",
    "Shown",
    "WebChat",
    "address_of",
    "as_update",
    "choice_code",
    "client_id",
    "handle",
    "new_secret",
    "photo_mime",
    "refs",
    "stored",
    "update",
    "voice_mime",
]

MAX_PHOTOS = 6
MAX_PHOTO_BYTES = 20 << 20
MAX_TEXT = 4000
# As long as on every channel: about 5 minutes.
MAX_VOICE_BYTES = recordings.MAX_BYTES

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_SECRET = re.compile(r"[0-9a-f]{32}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,40}")
# A question and its answer; before them, in a health worker's chat, the case's code (K7-42~).
_CHOICE = re.compile(r"([A-Z][0-9]-[0-9]{2,5}~)?[a-z0-9_]{1,30}(\.[A-Za-z0-9_-]{1,30}){1,2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Shown(Protocol):
    """Where messages are put for the page to show; `bot.channels.webchat_store` is the real one."""

    def put(self, outgoing: Outgoing) -> None:
        """Puts a message down; the same id a second time changes nothing."""
        ...


def new_secret() -> str:
    """A fresh chat secret: 128 random bits, 32 hexadecimal digits."""
    return secrets.token_hex(16)


def address_of(secret: str) -> str | None:
    """The address of the chat that this cookie opens, or None where the cookie is not one of ours."""
    if not _SECRET.fullmatch(secret):
        return None
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def client_id(text: str) -> str | None:
    """The page's id of a message where it is well formed, else None."""
    return text if _CLIENT_ID.fullmatch(text) else None


def choice_code(text: str) -> str | None:
    """The code of a button where it is well formed ('question.answer'), else None."""
    return text if len(text) <= 60 and _CHOICE.fullmatch(text) else None


def update(
    address: str,
    uuid: str,
    *,
    text: str = "",
    choice: str = "",
    photos: Sequence[Mapping[str, object]] = (),
    voice: Mapping[str, object] | None = None,
    language_hint: str = "",
    at: float,
) -> RawUpdate:
    """What the inbox keeps of one message. photos, voice: 'ref', 'mime', 'size' each. at: epoch seconds."""
    payload = {
        "v": 1,
        "id": uuid,
        "text": text,
        "choice": choice,
        "photos": [dict(photo) for photo in photos],
        "language": language_hint if _LANGUAGE.fullmatch(language_hint) else "",
        "at": at,
    }
    if voice is not None:
        payload["voice"] = dict(voice)
    return as_update(address, uuid, json.dumps(payload, ensure_ascii=False, separators=(",", ":")))


def as_update(address: str, uuid: str, payload: str) -> RawUpdate:
    """The update of a payload that was put down before."""
    return RawUpdate(external_id=f"{address}:{uuid}", address=address, payload=payload)


def photo_mime(data: bytes) -> str | None:
    """The type of a photograph by its first bytes, or None for what is no photograph we take.

    A first look that keeps other files out of the vault; `bot.media.intake` decides.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return None


def voice_mime(data: bytes) -> str | None:
    """The type of a voice message by its first bytes, or None for what no browser of ours records; the worker decides."""
    return recordings.mime(data)


def refs(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The vault handles in a payload that `update` made."""
    voice = payload.get("voice")
    sealed = (*payload.get("photos", ()), *(() if voice is None else (voice,)))
    return tuple(str(one["ref"]) for one in sealed)


class WebChat:
    """The web chat, translated. Synchronous; safe to call from several threads where store and vault are."""

    def __init__(self, shown: Shown, vault: Vault) -> None:
        self._shown = shown
        self._vault = vault

    def receive(self, request: HttpRequest) -> Received:
        """Nothing, ever: the page speaks to `bot.web.chat`; other calls carry no proof. Raises Forged."""
        raise Forged("the web chat has no webhook")

    def parse(self, payload: str) -> Inbound:
        """The page's message in our words. Raises ValueError where it makes no sense."""
        data = json.loads(payload)
        if not isinstance(data, dict) or data.get("v") != 1:
            raise ValueError("web chat payload is not of version 1")
        photos, at = data.get("photos"), data.get("at")
        if not isinstance(photos, list) or len(photos) > MAX_PHOTOS:
            raise ValueError(f"web chat payload has no list of at most {MAX_PHOTOS} photos")
        if isinstance(at, bool) or not isinstance(at, int | float):
            raise ValueError("web chat payload has no time")
        text, choice = _words(data, "text"), _words(data, "choice")
        attachments = tuple(_attachment(photo) for photo in photos)
        if choice and choice_code(choice) is None:
            raise ValueError("web chat payload has a malformed choice")
        if data.get("voice") is not None:
            return Inbound(
                "unusable",
                unusable="voice",
                recording=_attachment(data["voice"], "voice"),
                language_hint=_words(data, "language"),
                sent_at=float(at),
            )
        if not (text.strip() or choice or attachments):
            return Inbound("unusable", unusable="empty", sent_at=float(at))
        return Inbound(
            "choice" if choice else "message",
            text=text,
            choice=choice,
            attachments=attachments,
            language_hint=_words(data, "language"),
            sent_at=float(at),
        )

    def fetch(self, attachment: Attachment) -> bytes:
        """The bytes as the person sent them, at most 20 MiB; of a voice message 1 MiB. Raises MediaFailed."""
        try:
            return self._vault.get(stored(attachment.ref))
        except VaultUnavailable as error:
            raise MediaFailed("storage", retryable=True) from error
        except (VaultError, ValueError) as error:
            raise MediaFailed("gone", retryable=False) from error

    def send(self, outgoing: Outgoing) -> Sent:
        """Puts the message where the page finds it; an id already there is not put twice."""
        try:
            self._shown.put(outgoing)
        except (OperationalError, InterfaceError, PoolTimeout, OSError) as error:
            raise SendFailed("outage", code=type(error).__name__) from error
        except SQLAlchemyError as error:  # this message's own trouble must not close the channel for others
            raise SendFailed("later", code=type(error).__name__) from error
        return Sent(provider_id=outgoing.id)

    def typing(self, address: str, reply_context: str) -> None:
        """Nothing: the page is told 'looking' from the findings that are wanted (`webchat_store.pulses`)."""

    def forget(self, attachment: Attachment) -> None:
        """Destroys the sealed copy. Raises MediaFailed."""
        try:
            self._vault.delete(stored(attachment.ref).name)
        except VaultUnavailable as error:
            raise MediaFailed("storage", retryable=True) from error
        except (VaultError, ValueError) as error:
            raise MediaFailed("handle", retryable=False) from error


def _words(data: Mapping[str, object], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"web chat payload: {key} is {type(value).__name__}, expected text")
    return value


def _attachment(sent: object, kind: Literal["photo", "voice"] = "photo") -> Attachment:
    if not isinstance(sent, dict) or not isinstance(sent.get("ref"), str) or not sent["ref"]:
        raise ValueError(f"web chat payload has a {kind} without a handle")
    size = sent.get("size")
    return Attachment(
        ref=sent["ref"],
        kind=kind,
        mime=str(sent.get("mime", "")),
        size_bytes=size if isinstance(size, int) and not isinstance(size, bool) else None,
    )
