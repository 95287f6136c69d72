"""A photograph on its way in: fetched from its channel, checked, stripped, judged, encrypted and stored; and read again.

A voice message goes the same way, but for the judging: it is written down where the deployment has a model for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from sqlalchemy import select

from bot.channels import TOO_SLOW, Channel, MediaFailed
from bot.conversation.events import PhotoResult
from bot.database import transaction
from bot.leases import TURN as TURN_LEASE
from bot.leases import hold
from bot.media import recordings
from bot.media.coach import judge_bytes
from bot.media.intake import PhotoRefused, accept
from bot.media.vault import Stored, Vault, VaultError, VaultUnavailable
from bot.messages import Attachment
from bot.tables import Photo
from worker.parts import Parts

__all__ = ["FETCH_TRIES", "Fetched", "fetch", "fetch_all", "read_back"]

log = logging.getLogger(__name__)

# Fetching gives up earlier than the row: the person is told which photograph did not come. What is written behind it, danger too,
# waits as long; so of one that drips in until its time is up there are fewer.
FETCH_TRIES = 4
SLOW_TRIES = 2


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the conversation is told, and what the database keeps where the photograph was accepted."""

    result: PhotoResult
    stored: Stored | None = None
    width_px: int = 0
    height_px: int = 0


def fetch_all(
    parts: Parts,
    chat_id: int,
    token: str,
    channel: Channel | None,
    attachments: Sequence[Attachment],
    *,
    attempts: int,
    language: str,
) -> list[Fetched]:
    """What a chat waits for within its turn, one after another; the chat's lease is renewed before each. Raises as `fetch`.

    attempts: tries of the turn's rows before this one. language: in which a voice message is written down.
    """
    found = []
    for attachment in attachments:
        with transaction(parts.engine) as connection:
            hold(connection, TURN_LEASE, chat_id, token, parts.settings.lease_s)
        hear = parts.hear_in(language)
        found.append(fetch(channel, parts.vault, attachment, attempts=attempts, hear=hear))
    return found


def fetch(
    channel: Channel | None,
    vault: Vault,
    attachment: Attachment,
    *,
    attempts: int,
    hear: Callable[[bytes], str] = lambda audio: "",
) -> Fetched:
    """The photograph or voice message, stored; or why not. Raises MediaFailed where another try may bring it (not on the last).

    attempts: tries before this one. hear: writes down what is said, '' where nothing is understood.
    """
    try:
        if channel is None:
            raise MediaFailed("no such account", retryable=False)
        return _kept(vault, attachment, channel.fetch(attachment), hear)
    except VaultUnavailable:
        # The storage is away: the chat does not wait for it longer than for a platform.
        failed = MediaFailed("storage", retryable=True)
    except MediaFailed as error:
        failed = error
    if failed.retryable and attempts + 1 < (SLOW_TRIES if failed.reason == TOO_SLOW else FETCH_TRIES):
        raise failed
    log.warning("photo_unfetchable", extra={"reason": failed.reason})
    return Fetched(PhotoResult(attachment, refused="unfetchable"))


def _kept(vault: Vault, attachment: Attachment, data: bytes, hear: Callable[[bytes], str]) -> Fetched:
    """What came, checked and stored. Raises VaultUnavailable."""
    if attachment.kind == "voice":
        return _kept_voice(vault, attachment, data, hear)
    try:
        photograph = accept(data)
    except PhotoRefused as refused:
        return Fetched(PhotoResult(attachment, refused=refused.reason))
    verdict = judge_bytes(photograph.jpeg)
    stored = vault.put(photograph.jpeg)
    result = PhotoResult(attachment, photo_id=stored.name, coach=verdict.reason)
    return Fetched(result, stored, photograph.width_px, photograph.height_px)


def _kept_voice(vault: Vault, attachment: Attachment, data: bytes, hear: Callable[[bytes], str]) -> Fetched:
    try:
        audio = recordings.accept(data)
    except PhotoRefused as refused:
        log.info("voice_refused", extra={"reason": refused.reason})
        return Fetched(PhotoResult(attachment, refused=refused.reason))
    stored = vault.put(audio)
    return Fetched(PhotoResult(attachment, photo_id=stored.name, text=hear(audio)), stored)


def read_back(parts: Parts, photo_ids: Sequence[str]) -> list[Image.Image]:
    """Those of the stored photographs that are still there, in this order (one may have been erased meanwhile).

    Raises VaultUnavailable where the storage is away; one that cannot be read is left out.
    """
    with transaction(parts.engine) as connection:
        rows = connection.execute(
            select(Photo).where(Photo.id.in_(photo_ids), Photo.wrapped_key.is_not(None))
        ).all()
    images: list[Image.Image] = []
    for row in sorted(rows, key=lambda r: photo_ids.index(r.id)):
        try:
            data = parts.vault.get(Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes))
        except VaultUnavailable:
            raise
        except VaultError as error:
            log.error("photo_unreadable", extra={"photo_id": row.id, "error": type(error).__name__})
            continue
        image = Image.open(BytesIO(data))
        image.load()
        images.append(image)
    return images
