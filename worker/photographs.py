"""A photograph on its way in: fetched from its channel, checked, stripped, judged, encrypted and stored."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.channels import Channel, MediaFailed
from bot.conversation.events import PhotoResult
from bot.media.coach import judge_bytes
from bot.media.intake import PhotoRefused, accept
from bot.media.vault import Stored, Vault
from bot.messages import Attachment

__all__ = ["Fetched", "fetch"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the conversation is told, and what the database keeps where the photograph was accepted."""

    result: PhotoResult
    stored: Stored | None = None
    width_px: int = 0
    height_px: int = 0


def fetch(channel: Channel | None, vault: Vault, attachment: Attachment, *, last_try: bool) -> Fetched:
    """The photograph, stored; or why not. Raises MediaFailed where another try may bring it (not on the last)."""
    try:
        if channel is None:
            raise MediaFailed("no such account", retryable=False)
        data = channel.fetch(attachment)
    except MediaFailed as error:
        if error.retryable and not last_try:
            raise
        log.warning("photo_unfetchable", extra={"reason": error.reason})
        return Fetched(PhotoResult(attachment, refused="unfetchable"))
    try:
        photograph = accept(data)
    except PhotoRefused as refused:
        return Fetched(PhotoResult(attachment, refused=refused.reason))
    verdict = judge_bytes(photograph.jpeg)
    stored = vault.put(photograph.jpeg)
    result = PhotoResult(attachment, photo_id=stored.name, coach=verdict.reason)
    return Fetched(result, stored, photograph.width_px, photograph.height_px)
