"""A kept update in our words (`Inbound`): pure, and ValueError is the only thing it raises.

python-telegram-bot reads the update, but is handed only the fields that are used here: a novelty in a field that
we do not need must not park what a person wrote. Error messages name fields, never what was in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

import telegram

from bot.messages import Attachment, Inbound, Unusable

__all__ = ["parse"]

_READ: Final = frozenset(
    {"message_id", "date", "edit_date", "chat", "from", "text", "caption", "photo", "live_photo", "document"}
    | {"forward_origin"}
)

# In the order in which they are looked for: a GIF is also sent as a document, a venue also as a location.
_UNUSABLE: Final[tuple[tuple[str, Unusable], ...]] = (
    ("animation", "video"),
    ("sticker", "sticker"),
    ("voice", "voice"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("document", "document"),
    ("location", "location"),
    ("venue", "location"),
    ("contact", "contact"),
    ("poll", "poll"),
)

# Messages that Telegram writes about the chat; nobody said them. A message with none of these and nothing that
# we know is something new that a person sent: it gets the sentence for 'other', never silence.
# fmt: off
_SERVICE: Final = frozenset(
    {
        "new_chat_members", "new_chat_member", "new_chat_participant", "left_chat_member",
        "left_chat_participant", "new_chat_title", "new_chat_photo", "delete_chat_photo",
        "group_chat_created", "supergroup_chat_created", "channel_chat_created",
        "message_auto_delete_timer_changed", "migrate_from_chat_id", "pinned_message", "successful_payment",
        "refunded_payment", "users_shared", "user_shared", "chat_shared", "connected_website",
        "write_access_allowed", "passport_data", "proximity_alert_triggered", "boost_added",
        "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
        "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
        "giveaway_created", "giveaway_completed", "video_chat_scheduled", "video_chat_started",
        "video_chat_ended", "video_chat_participants_invited", "web_app_data", "gift", "unique_gift",
        "gift_upgrade_sent", "paid_message_price_changed", "direct_message_price_changed",
        "checklist_tasks_done", "checklist_tasks_added", "chat_owner_left", "chat_owner_changed",
        "suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined",
        "suggested_post_paid", "suggested_post_refunded", "poll_option_added", "poll_option_deleted",
        "managed_bot_created",
    }
)
# fmt: on

_IMAGE_NAMES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
# What python-telegram-bot raises on fields of the wrong type, missing fields and impossible dates.
_SENSELESS: Final = (
    TypeError,
    KeyError,
    AttributeError,
    ValueError,
    IndexError,
    OverflowError,
    OSError,
    RecursionError,
    telegram.error.TelegramError,
)


def parse(payload: str) -> Inbound:
    """The update as `Inbound`. Raises ValueError where it makes no sense."""
    try:
        update = _object(json.loads(payload), "update")
    except RecursionError:
        raise ValueError("update is nested too deeply") from None
    except json.JSONDecodeError as error:
        # The exception carries the document: it must not travel on.
        raise ValueError(f"update is not JSON at character {error.pos}") from None
    try:
        if "message" in update:
            return _message(_object(update["message"], "message"), edited=False)
        if "edited_message" in update:
            return _message(_object(update["edited_message"], "edited_message"), edited=True)
        if "callback_query" in update:
            return _press(_object(update["callback_query"], "callback_query"))
        if "my_chat_member" in update:
            return _membership(_object(update["my_chat_member"], "my_chat_member"))
    except _SENSELESS as error:
        raise ValueError(f"update makes no sense: {type(error).__name__}") from None
    if "channel_post" in update or "edited_channel_post" in update:
        return Inbound("group")
    raise ValueError("update is none of message, edited_message, callback_query, my_chat_member")


def _message(raw: dict[str, object], *, edited: bool) -> Inbound:
    if "migrate_to_chat_id" in raw:
        return Inbound("migrated", migrated_to=str(_integer(raw["migrate_to_chat_id"], "migrate_to_chat_id")))
    message = telegram.Message.de_json({key: raw[key] for key in raw.keys() & _READ}, None)
    sender = message.from_user
    if sender is not None and sender.is_bot:
        return Inbound("noise")
    text = _text(message.text, "text") or _text(message.caption, "caption")
    photos = _photos(message, raw)
    unusable = next((ours for theirs, ours in _UNUSABLE if theirs in raw), None)
    if not text and not photos and unusable is None and _SERVICE & raw.keys():
        return Inbound("noise")
    if message.chat.type != telegram.constants.ChatType.PRIVATE:
        return Inbound("group")

    said_at = message.edit_date if edited and message.edit_date else message.date
    origin = _origin(message)
    kind, what = "message", None
    if edited:
        # A live location is "edited" each time the person moves; nothing of that was said to us.
        if not text and not photos:
            return Inbound("noise")
        # A changed caption brings its photograph again; it was counted when it first came.
        kind, photos = "edit", () if text else photos
    elif not photos and unusable is not None:
        kind, what = "unusable", unusable
    elif not photos and "text" not in raw:
        kind, what = "unusable", "other"
    elif not photos and not text.strip():
        kind, what = "unusable", "empty"
    return Inbound(
        kind,  # type: ignore[arg-type]  # one of the literals above
        text=text,
        attachments=photos,
        unusable=what,
        language_hint=_language(sender),
        sent_at=said_at.timestamp(),
        forwarded=origin is not None,
        forwarded_from=origin or "",
        location=_location(raw) if what == "location" else None,
        recording=_recording(message, raw) if what == "voice" else None,
        ref=str(message.message_id),
    )


def _location(raw: dict[str, object]) -> tuple[float, float] | None:
    """Where a sent location (or a venue's) is, to a hundredth of a degree; None where it makes no sense."""
    sent = raw.get("location")
    if not isinstance(sent, dict):
        venue = raw.get("venue")
        sent = venue.get("location") if isinstance(venue, dict) else None
    if not isinstance(sent, dict):
        return None
    latitude, longitude = sent.get("latitude"), sent.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return round(float(latitude), 2), round(float(longitude), 2)


def _photos(message: telegram.Message, raw: dict[str, object]) -> tuple[Attachment, ...]:
    """The photograph of a message: the largest of its sizes, or an image sent as a document (GIFs are no photo)."""
    where = f"{_integer(message.chat.id, 'chat.id')}:{_integer(message.message_id, 'message_id')}"
    sizes: Sequence[telegram.PhotoSize] = message.photo
    if not sizes and message.live_photo is not None:
        sizes = message.live_photo.photo or ()
    if sizes:
        largest = max(sizes, key=lambda size: (size.width * size.height, size.file_size or 0))
        return (_attachment(largest.file_id, "image/jpeg", largest.file_size, where),)
    document = message.document
    if document is None or "animation" in raw or not _is_image(document):
        return ()
    return (_attachment(document.file_id, _text(document.mime_type, "mime_type"), document.file_size, where),)


def _recording(message: telegram.Message, raw: dict[str, object]) -> Attachment | None:
    """The voice message; None where Telegram names no file."""
    said = raw.get("voice")
    if not isinstance(said, dict) or not said.get("file_id"):
        return None
    where = f"{_integer(message.chat.id, 'chat.id')}:{_integer(message.message_id, 'message_id')}"
    mime = _text(said.get("mime_type"), "mime_type")
    return replace(_attachment(said["file_id"], mime, said.get("file_size"), where), kind="voice")


def _attachment(file_id: object, mime: str, size_bytes: object, where: str) -> Attachment:
    if not isinstance(file_id, str) or not file_id:
        raise ValueError("file_id is not a text")
    size = _integer(size_bytes, "file_size") if size_bytes is not None else None
    return Attachment(ref=_text(file_id, "file_id"), mime=mime[:100], size_bytes=size, message_ref=where)


def _is_image(document: telegram.Document) -> bool:
    mime = _text(document.mime_type, "mime_type").lower()
    if mime not in {"", "application/octet-stream"}:
        return mime.startswith("image/")
    # Some phones send HEIC without a type.
    return PurePosixPath(_text(document.file_name, "file_name")).suffix.lower() in _IMAGE_NAMES


def _origin(message: telegram.Message) -> str | None:
    """Whose message was forwarded, as far as Telegram tells; None where it was not forwarded."""
    origin = message.forward_origin
    match origin:
        case None:
            return None
        case telegram.MessageOriginUser():
            return f"user:{_integer(origin.sender_user.id, 'sender_user.id')}"
        case telegram.MessageOriginHiddenUser():
            return f"hidden_user:{_text(origin.sender_user_name, 'sender_user_name')}"
        case telegram.MessageOriginChat():
            return f"chat:{_integer(origin.sender_chat.id, 'sender_chat.id')}"
        case telegram.MessageOriginChannel():
            return (
                f"channel:{_integer(origin.chat.id, 'chat.id')}:{_integer(origin.message_id, 'message_id')}"
            )
        case _:
            return _text(str(origin.type), "type")


def _press(raw: dict[str, object]) -> Inbound:
    holder = _object(raw.get("message"), "callback_query.message")
    query = telegram.CallbackQuery.de_json(
        {
            "id": raw.get("id"),
            "from": raw.get("from"),
            "chat_instance": "",
            "data": raw.get("data"),
            # Only where it was pressed; date 0 marks a message that is not there any more.
            "message": {"chat": holder.get("chat"), "message_id": holder.get("message_id"), "date": 0},
        },
        None,
    )
    code = _text(query.data, "data")
    if query.message is None or not code:
        return Inbound("noise")
    if query.message.chat.type != telegram.constants.ChatType.PRIVATE:
        return Inbound("group")
    query_id = _text(query.id, "id")
    return Inbound(
        "choice",
        choice=code,
        language_hint=_language(query.from_user),
        reply_context=f"cb:{query_id}" if query_id else "",
    )


def _membership(raw: dict[str, object]) -> Inbound:
    """'stopped' where the person blocked us or a group put us out, else 'noise'."""
    status = _object(raw.get("new_chat_member"), "new_chat_member").get("status")
    date = raw.get("date")
    at = float(date) if isinstance(date, int) and 0 < date < 2**40 else None
    return Inbound("stopped" if status in ("kicked", "left") else "noise", sent_at=at)


def _language(person: telegram.User | None) -> str:
    code = person.language_code if person is not None else None
    return code.replace("_", "-") if isinstance(code, str) and _LANGUAGE.fullmatch(code) else ""


def _object(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is a {type(value).__name__}; expected an object")
    return value


def _integer(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise ValueError(f"{name} is a {type(value).__name__}; expected a 64-bit integer")
    return value


def _text(value: object, name: str) -> str:
    """The text without what a database refuses: NUL and halves of characters; '' for None."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a text")
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
