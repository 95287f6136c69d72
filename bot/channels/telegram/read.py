"""A webhook body or a polled update as a `RawUpdate`: only what the inbox must know, nothing of the content.

Pure and forgiving: nothing that a verified body holds may raise, or one poison update would block its chat
(Telegram sends it again for a day, and nothing of that chat after it).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from bot.channels import RawUpdate

__all__ = ["ALLOWED_UPDATES", "from_body", "from_object"]

# What we ask Telegram for; whatever else comes (an old setting) is acknowledged and dropped.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

# Every kind of update that belongs to a chat. Of these only messages carry the number that orders the chat:
# an edit has the number of what it edits, the others none.
_IN_A_CHAT = ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member")
_ORDERED = ("message", "channel_post")

_LARGEST_ID = 2**63 - 1
_LONGEST_ALBUM = 64


def from_body(body: bytes) -> RawUpdate | None:
    """The update in a verified webhook body; None for one that concerns no chat (an inline query, a poll).

    A body that makes no sense is kept whole under 'sha256:<hex>' with address ''.
    """
    try:
        payload = body.decode("utf-8")
        update = json.loads(payload)
    except (ValueError, RecursionError):
        return _senseless(body)
    return from_object(update, payload)


def from_object(update: object, payload: str) -> RawUpdate | None:
    """The same for an update that is already decoded; payload: its JSON text."""
    if not isinstance(update, dict) or not _is_id(update.get("update_id")):
        return _senseless(payload.encode("utf-8", "replace"))
    for kind in _IN_A_CHAT:
        if kind in update:
            return _in_chat(update, kind, update[kind], payload)
    press = update.get("callback_query")
    # Without a message the button was in an inline result in somebody else's chat.
    if isinstance(press, dict) and "message" in press:
        return _in_chat(update, "callback_query", press["message"], payload)
    if "callback_query" in update and not isinstance(press, dict):
        return _senseless(payload.encode("utf-8", "replace"))
    return None


def _in_chat(update: Mapping[str, object], kind: str, holder: object, payload: str) -> RawUpdate:
    chat = holder.get("chat") if isinstance(holder, dict) else None
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    if not isinstance(holder, dict) or not _is_id(chat_id, negative=True):
        return _senseless(payload.encode("utf-8", "replace"))
    number, album = holder.get("message_id"), holder.get("media_group_id")
    return RawUpdate(
        external_id=str(update["update_id"]),
        address=str(chat_id),
        payload=payload,
        order=number if kind in _ORDERED and isinstance(number, int) and _is_id(number) else None,
        album=album if kind == "message" and isinstance(album, str) and len(album) <= _LONGEST_ALBUM else "",
    )


def _is_id(value: object, *, negative: bool = False) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return (-_LARGEST_ID if negative else 0) <= value <= _LARGEST_ID


def _senseless(body: bytes) -> RawUpdate:
    # PostgreSQL's text holds no NUL, and no store holds broken UTF-8.
    readable = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return RawUpdate(external_id=f"sha256:{hashlib.sha256(body).hexdigest()}", address="", payload=readable)
