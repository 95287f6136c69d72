"""People who talk with Ngozi, and their words as the platforms send them. Made up; numbers from +1 555 01xx."""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass
from typing import Any

from bot.media.drawn import draw

__all__ = ["Person", "Photo", "Say", "people", "photo_bytes", "telegram_update", "twilio_push"]


@dataclass(frozen=True, slots=True)
class Say:
    """A typed message."""

    text: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph; several in a row with one album name come together."""

    seed: int
    album: str = ""
    deadly: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. script: what they send, in order; they wait for the answer before they go on.

    hurried: they send everything of a step at once (a list inside the script), without waiting.
    """

    channel: str
    number: int
    script: tuple[tuple[Say | Photo, ...], ...]

    @property
    def address(self) -> str:
        """The chat's address on the platform."""
        return (
            str(55_501_000 + self.number)
            if self.channel == "telegram"
            else f"whatsapp:+1555010{self.number:04d}"
        )


def script(
    first: tuple[Say | Photo, ...],
    photo: Photo | None,
    agree: str,
    answers: tuple[str, ...],
    asked_language: bool,
) -> tuple[tuple[Say | Photo, ...], ...]:
    """How they begin, their consent, a photograph if they did not begin with one, and one step an answer."""
    late = ((photo,),) if photo is not None else ()
    # WhatsApp gives no hint of a language: there it is asked first.
    tongue = ((Say("English"),),) if asked_language else ()
    return (first, *tongue, (Say(agree),), *late, *((Say(a),) for a in answers))


def people(count: int, agree: str, answers: tuple[str, ...]) -> list[Person]:
    """`count` people, half on each channel, who begin in different ways. answers: from consent to the menu."""
    made = []
    for number in range(count):
        channel = "telegram" if number % 2 == 0 else "whatsapp"
        begin = number // 2 % 4
        if begin == 0:
            first: tuple[Say | Photo, ...] = (Photo(number),)
        elif begin == 1:
            first = (Say("/start"),)
        elif begin == 2:
            first = tuple(Photo(number * 10 + n, album=f"a{number}") for n in range(3))
        else:
            first = (Say("habari"),)
        late = None if isinstance(first[0], Photo) else Photo(number)
        made.append(Person(channel, number, script(first, late, agree, answers, channel == "whatsapp")))
    return made


def photo_bytes(photo: Photo) -> bytes:
    """The drawn photograph as a JPEG."""
    image = draw(
        skin_type=1 + photo.seed % 6, lesion=("NEV", "BCC")[photo.seed % 2], size_px=480, seed=photo.seed
    )
    if photo.deadly:
        image = image.resize((444, 333))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def telegram_update(person: Person, said: Say | Photo, message_id: int | None = None) -> dict[str, Any]:
    """The update without its number (the fake gives that, and that of the message, as it counts what both sides write)."""
    user = {
        "id": int(person.address),
        "is_bot": False,
        "first_name": f"Person{person.number}",
        "language_code": "en",
    }
    message: dict[str, Any] = {
        "from": user,
        "chat": {"id": int(person.address), "first_name": user["first_name"], "type": "private"},
        # Now: what was written before a question had left is no answer to it.
        "date": int(time.time()),
    }
    if message_id is not None:
        message["message_id"] = message_id
    if isinstance(said, Say):
        message["text"] = said.text
        if said.text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(said.text)}]
    else:
        kind = "deadly" if said.deadly else "drawn"
        file_id = f"{kind}-{person.number}-{said.seed}"
        message["photo"] = [
            {
                "file_id": file_id,
                "file_unique_id": f"u{file_id}",
                "file_size": 20_000,
                "width": 480,
                "height": 480,
            }
        ]
        if said.album:
            message["media_group_id"] = said.album
    return {"message": message}


def twilio_push(person: Person, said: Say | Photo, url: str) -> dict[str, Any]:
    """What the fake Twilio is asked to push."""
    push: dict[str, Any] = {"url": url, "from": person.address, "body": ""}
    if isinstance(said, Say):
        push["body"] = said.text
    else:
        push["media"] = [
            {"content_type": "image/jpeg", "base64": base64.b64encode(photo_bytes(said)).decode()}
        ]
    return push
