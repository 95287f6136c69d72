"""Twilio's forms in our words: message webhooks, status callbacks, messages listed after an outage. Pure.

Fields: messaging.md 3.3. `From` is opaque: 'whatsapp:+E164' or, since 2026, 'whatsapp:US.1349...' without a
number (BSUID); nothing is ever read out of it, no country and no language.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import parse_qsl

from bot.channels import DeliveryStatus, RawUpdate
from bot.messages import Attachment, Inbound, Unusable

__all__ = ["inbound", "is_status", "raw_update", "status", "unknown_update"]

SID: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
ADDRESS: Final = re.compile(r"whatsapp:[\x21-\x7e]{1,200}")
# A question and its answer; before them, in a health worker's chat, the case's code (K7-42~).
CHOICE: Final = re.compile(r"(?:[A-Z][0-9]-[0-9]{2,5}~)?[a-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
MAX_CHOICE_BYTES: Final = 60
MAX_MEDIA: Final = 20

# Who wrote: nobody here needs it, so it is not kept. Of where they are: to about a kilometre, where they sent it.
_DROPPED: Final = frozenset({"ProfileName", "WaId", "ChannelMetadata", "Address", "Label"})
_ROUNDED: Final = frozenset({"Latitude", "Longitude"})

_STATUS: Final[Mapping[str, str]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def is_status(fields: Mapping[str, str]) -> bool:
    """Whether this is a status callback. An inbound message also has an SmsStatus: 'received'."""
    if "MessageStatus" in fields:
        return True
    return fields.get("SmsStatus", "received").lower() not in {"received", "receiving"}


def status(fields: Mapping[str, str], query: str) -> DeliveryStatus | None:
    """What a status callback says; None where it tells nothing that we use."""
    said = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    provider_id = fields.get("MessageSid") or fields.get("SmsSid", "")
    mapped = _STATUS.get(said.lower())
    if mapped is None or not SID.fullmatch(provider_id):
        return None
    reply = dict(parse_qsl(query, keep_blank_values=True)).get("reply", "")
    code = fields.get("ErrorCode", "")
    return DeliveryStatus(reply, provider_id, mapped, code if code.isdecimal() else "")  # type: ignore[arg-type]


def raw_update(fields: Mapping[str, str], body: bytes) -> RawUpdate:
    """The message as the inbox keeps it: every parameter but names and places of people."""
    sid, address = fields.get("MessageSid", ""), fields.get("From", "")
    makes_sense = (
        SID.fullmatch(sid) and ADDRESS.fullmatch(address) and {"Body", "To", "AccountSid"} <= fields.keys()
    )
    if not makes_sense:
        return unknown_update(fields, body)
    return RawUpdate(
        sid, address, _payload(fields), album="burst" if fields.get("NumMedia", "0") != "0" else ""
    )


def unknown_update(fields: Mapping[str, str], body: bytes) -> RawUpdate:
    """A verified call that makes no sense, kept for a person to look at."""
    return RawUpdate(f"sha256:{hashlib.sha256(body).hexdigest()}", "", _payload(fields))


def _payload(fields: Mapping[str, str]) -> str:
    kept = {
        name: _rounded(value) if name in _ROUNDED else value
        for name, value in fields.items()
        if name not in _DROPPED
    }
    return json.dumps(kept, sort_keys=True)


def _rounded(degrees: str) -> str:
    """Degrees to a hundredth; '' for what is no number of degrees."""
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?", degrees.strip()):
        return ""
    return str(round(float(degrees), 2))


def _location(fields: Mapping[str, str]) -> tuple[float, float] | None:
    latitude, longitude = (_rounded(fields.get(name, "")) for name in ("Latitude", "Longitude"))
    if not latitude or not longitude:
        return None
    point = float(latitude), float(longitude)
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None


def inbound(payload: str) -> Inbound:
    """The message in our words. Raises ValueError where it makes no sense."""
    fields = _fields(payload)
    sid = fields.get("MessageSid", "")
    if not SID.fullmatch(sid):
        raise ValueError("MessageSid is missing or malformed; expected SM or MM and 32 hexadecimal digits")
    # PostgreSQL keeps no NUL.
    text = fields.get("Body", "").replace("\x00", "").strip()
    photos, unusable, recording = _media(fields, sid)
    kind: str = "message"
    choice = ""
    pressed = fields.get("ButtonPayload") or fields.get("ListId", "")
    if fields.get("OptOutType", "").upper() == "STOP":
        kind = "stopped"
    elif fields.get("MessageType", "") in {"reaction", "system"}:
        kind = "noise"
    elif photos:
        unusable = None
    elif pressed and CHOICE.fullmatch(pressed) and len(pressed) <= MAX_CHOICE_BYTES:
        kind, choice = "choice", pressed
        text = text or _label(fields)
    elif unusable:
        kind = "unusable"
    elif not (text := text or _label(fields)):
        kind = "unusable"
        unusable = "location" if "Latitude" in fields or fields.get("MessageType") == "location" else "empty"
    return Inbound(
        kind=kind,  # type: ignore[arg-type]
        text=text,
        attachments=photos,
        choice=choice,
        unusable=unusable if kind == "unusable" else None,
        sent_at=_sent_at(fields),
        forwarded="true" in {fields.get("Forwarded", ""), fields.get("FrequentlyForwarded", "")},
        reply_context=sid,
        location=_location(fields) if kind == "unusable" and unusable == "location" else None,
        recording=recording if kind == "unusable" and unusable == "voice" else None,
    )


def _fields(payload: str) -> dict[str, str]:
    try:
        fields = json.loads(payload)
    except RecursionError:
        raise ValueError("the payload is nested too deeply") from None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise ValueError("the payload is no form; expected an object of texts")
    return fields


def _label(fields: Mapping[str, str]) -> str:
    return (fields.get("ButtonText") or fields.get("ListTitle", "")).replace("\x00", "").strip()


def _media(
    fields: Mapping[str, str], sid: str
) -> tuple[tuple[Attachment, ...], Unusable | None, Attachment | None]:
    """The photographs, what else came with them, and the first voice message. NumMedia is 1 at most today; all of them are
    read anyway.
    """
    photos: list[Attachment] = []
    recording: Attachment | None = None
    other: Unusable | None = None
    message_type = fields.get("MessageType", "")
    count = fields.get("NumMedia", "") or "0"
    if not count.isdecimal() or len(count) > 4:
        raise ValueError("NumMedia is no small number; expected an integer from 0")
    for n in range(min(int(count), MAX_MEDIA)):
        url = fields.get(f"MediaUrl{n}", "")
        mime = fields.get(f"MediaContentType{n}", "").partition(";")[0].strip().lower()
        what = _kind(mime, message_type)
        if what is None and url:
            photos.append(Attachment(url, mime=mime, message_ref=sid))
        else:
            other = other or what or "other"
            if what == "voice" and url and recording is None:
                recording = Attachment(url, "voice", mime=mime, message_ref=sid)
    return tuple(photos), other, recording


def _kind(mime: str, message_type: str) -> Unusable | None:
    """What a media type is to us; None = a photograph."""
    if mime == "image/webp" and message_type not in {"image", "document"}:
        return "sticker"  # Twilio: WebP is for stickers only
    family = mime.partition("/")[0]
    if family == "image":
        return None
    if family == "audio":
        return "voice" if mime in {"audio/ogg", "audio/opus"} else "audio"
    if family == "video":
        return "video"
    if mime in {"text/vcard", "text/x-vcard", "text/directory"}:
        return "contact"
    if family in {"application", "text"}:
        return "document"
    return "other"


def _sent_at(fields: Mapping[str, str]) -> float | None:
    """Webhooks carry no time; a message listed after an outage does (`DateSent`, RFC 2822)."""
    if not (date := fields.get("DateSent", "")):
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
