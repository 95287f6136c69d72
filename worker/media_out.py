"""What is seen and heard of a reply: laid out when its words are, opened when it leaves.

A part of a reply is a text, or {"text", "medium": {"kind", "ref"}}: photographs first, then the words, and the voice note with
them where the channel lets words go with one. ref: a photograph's id, or the handle of a voice note sealed in the vault (its
file is nobody's after two days, see worker.sweep).
"""

from __future__ import annotations

import logging
from typing import Any, Literal, cast

import locales
from bot import outbox
from bot.cases import sight
from bot.channels import Limits
from bot.clock import now
from bot.database import reading
from bot.media import address
from bot.media.handles import handle, stored
from bot.media.vault import Stored, VaultError, VaultUnavailable
from bot.messages import Media, Medium, Reply, Text
from bot.rendering import Rendered
from bot.web.media import typed
from locales.placeholders import units
from worker.parts import Parts

__all__ = ["Part", "composed", "taken"]

log = logging.getLogger(__name__)

Part = str | dict[str, Any]

# Instead of a photograph that is gone, or that this chat may not see.
GONE = "media.photo_gone"
NOT_HERE = "media.photo_not_here"
# Instead of a recording, for either reason.
UNPLAYABLE = "media.recording_not_here"


def composed(parts: Parts, reply: Reply, rendered: Rendered, limits: Limits) -> list[Part]:
    """The reply's parts in the order in which they leave; a voice note that cannot be made is left out."""
    seen: list[Part] = [_photo(m, rendered.language) for m in reply.media if m.kind != "voice"]
    words: list[Part] = list(rendered.parts)
    spoken = next((m for m in reply.media if m.kind == "voice"), None)
    note = _voice(parts, spoken) if spoken is not None else None
    if note is None:
        # Asked for and not to be had: said, never silence.
        return [*seen, *words] or [locales.render(Text("listen.none"), rendered.language)]
    medium = {"kind": "voice", "ref": note}
    if not words:
        return [*seen, {"text": "", "medium": medium}]
    only = words[-1]
    if len(words) == 1 and units(str(only), limits.utf16) <= limits.voice_caption:
        return [*seen, {"text": only, "medium": medium}]
    return [*seen, *words[:-1], {"text": "", "medium": medium}, only]


def _photo(media: Media, language: str) -> Part:
    caption = "" if media.caption is None else locales.render(media.caption, language)
    return {"text": caption, "medium": {"kind": media.kind, "ref": media.photo_id}}


def _voice(parts: Parts, media: Media) -> str | None:
    """The handle of the sealed voice note; None where there is no voice, or it did not work: the words do not wait for it."""
    speaker = parts.speaker
    audio = speaker.spoken(media.texts, media.language) if speaker is not None else None
    if audio is None:
        return None
    try:
        return handle(parts.vault.put(audio))
    except VaultUnavailable:
        log.warning("voice_note_not_stored")
        return None


def taken(parts: Parts, chat_id: int, due: outbox.Due) -> tuple[str, Medium | None]:
    """Words and medium of the next part, as they may leave now. Raises VaultUnavailable where the storage is away."""
    assert due.parts is not None
    part = due.parts[due.parts_sent]
    if isinstance(part, str):
        return part, None
    text, kind, ref = str(part["text"]), str(part["medium"]["kind"]), str(part["medium"]["ref"])
    if kind != "voice":
        return _photo_taken(parts, chat_id, due, text, ref, kind)
    data = _opened(parts, stored(ref))
    if data is None:
        # Older than its file: the words are what counts. A note by itself leaves a sentence.
        return text or locales.render(Text("media.voice_gone"), due.language), None
    return text, _medium(parts, due, "voice", data, ref)


def _photo_taken(
    parts: Parts, chat_id: int, due: outbox.Due, text: str, photo_id: str, kind: str
) -> tuple[str, Medium | None]:
    """A photograph, or a person's recording, for whoever may see it at this moment."""
    with reading(parts.engine) as connection:
        allowed = sight.may_see(connection, chat_id, photo_id)
        sealed = sight.of_photo(connection, photo_id) if allowed else None
    if not allowed:
        log.warning("photo_not_theirs", extra={"chat_id": chat_id, "photo_id": photo_id})
        return locales.render(Text(NOT_HERE if kind == "photo" else UNPLAYABLE), due.language), None
    data = _opened(parts, sealed) if sealed is not None else None
    if data is None:
        gone = Text(GONE if kind == "photo" else UNPLAYABLE)
        return "\n".join(filter(None, (text, locales.render(gone, due.language)))), None
    return text, _medium(parts, due, kind, data, photo_id)


def _medium(parts: Parts, due: outbox.Due, kind: str, data: bytes, ref: str) -> Medium:
    known = cast(Literal["photo", "voice", "recording"], kind)
    named = (
        address.Named("voice", due.uuid, due.parts_sent) if known == "voice" else address.Named(known, ref)
    )
    url = address.url(parts.settings.public_url, parts.settings.master_keys, named, now())
    return Medium(known, data, typed(data, known).mime, url=url, ref=ref)


def _opened(parts: Parts, sealed: Stored) -> bytes | None:
    try:
        return parts.vault.get(sealed)
    except VaultUnavailable:
        raise
    except VaultError:
        return None
