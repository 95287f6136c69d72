"""People with a phone: what they do, and what their phone shows, at the wire of each platform. Made up."""

from __future__ import annotations

import base64
import io
import re
import time
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

import locales
from bot.channels import webchat
from bot.clinical import questions
from bot.media.drawn import draw
from locales import Text
from locales.placeholders import without_isolates
from tests.journeys.town import TOKEN, Town, until

__all__ = ["Heard", "Person", "drawn_photo", "meet"]

BOT = TOKEN.partition(":")[0]
_YES_NO = {"changed", "bleed", "elevation", *questions.questions()}
_NUMBERED = re.compile(r"^\u200f?(\d{1,2})\.\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it reached the platform. buttons: (label, code)."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> str:
        """The text without marks that nobody sees."""
        return without_isolates(self.text).replace("\u200f", "")


def drawn_photo(seed: int, size_px: tuple[int, int] = (480, 480)) -> bytes:
    """A drawn JPEG that the coach takes."""
    image = draw(skin_type=1 + seed % 6, lesion=("NEV", "BCC")[seed % 2], size_px=480, seed=seed)
    buffer = io.BytesIO()
    image.resize(size_px).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def label_of(code: str, language: str) -> str:
    """What stands on the button of a code."""
    question, _, answer = code.partition(".")
    if question == "language":
        return locales.pack(answer).name
    if question.startswith("danger"):
        name = "answer.unknown" if answer == "unknown" else f"danger.{answer}"
    elif code == "look.unknown":
        name = code
    elif question in _YES_NO or re.fullmatch(r"d\d\d(again|also)?", question):
        name = f"answer.{answer}"
    else:
        name = "answer.unknown" if answer == "unknown" else code
    return without_isolates(locales.render(Text(name), language)).replace("\u200f", "")


class Person:
    """Somebody in a chat. language: what they read, for finding an answer in a numbered list."""

    channel = ""

    def __init__(self, town: Town, number: int, hint: str) -> None:
        self.town, self.number, self.hint, self.language = town, number, hint, "en"
        self._read = 0
        self.address = ""

    # By platform

    def _send(self, text: str = "", photo: bytes | None = None, choice: str = "") -> None:
        raise NotImplementedError

    def everything(self) -> list[Heard]:
        """All that their phone shows from us."""
        raise NotImplementedError

    # What they do: each returns what came in answer

    def say(self, text: str) -> list[Heard]:
        """They type."""
        self._send(text=text)
        return self.heard()

    def send_photo(self, photo: bytes, caption: str = "") -> list[Heard]:
        """They send a photograph."""
        self._send(text=caption, photo=photo)
        return self.heard()

    def choose(self, code: str) -> list[Heard]:
        """They press the button, or type the number that stands before its words."""
        offered = self.everything()[-1]
        if self.channel == "whatsapp":
            wanted = label_of(code, self.language)
            found = [n for n, label in _NUMBERED.findall(offered.plain) if label.strip() == wanted]
            assert len(found) == 1, f"{code} ({wanted!r}) is not one of the numbers of: {offered.plain}"
            self._send(text=found[0])
        else:
            assert code in [c for _, c in offered.buttons], f"{code} is not under: {offered}"
            self._send(choice=code)
        if code.startswith("language.") and code != "language.more":
            self.language = code.partition(".")[2]
        return self.heard()

    def heard(self, *, findings: bool = True) -> list[Heard]:
        """What is new, once the chat is quiet."""
        until(
            lambda: self.town.settled(self.channel, self.address, findings=findings),
            f"quiet on {self.channel}",
        )
        new = self.everything()[self._read :]
        self._read += len(new)
        return new


class TelegramPerson(Person):
    """On Telegram. Their photographs are files of the fake."""

    channel = "telegram"

    def __init__(self, town: Town, number: int, hint: str) -> None:
        super().__init__(town, number, hint)
        self.address = str(55_502_000 + number)
        self.message_id = 0
        self.files: list[str] = []

    def user(self) -> dict[str, Any]:
        user: dict[str, Any] = {"id": int(self.address), "is_bot": False, "first_name": "Amara"}
        return user | ({"language_code": self.hint} if self.hint else {})

    def message(self, **content: Any) -> dict[str, Any]:
        """A message of theirs, as Telegram writes it."""
        self.message_id += 100
        return {
            "message_id": self.message_id,
            "from": self.user(),
            "chat": {"id": int(self.address), "first_name": "Amara", "type": "private"},
            "date": int(time.time()),
            **content,
        }

    def photo(self, data: bytes, **more: Any) -> dict[str, Any]:
        """The content of a photograph message; the fake serves its file."""
        file_id = f"f{uuid.uuid4().hex}"
        self.files.append(file_id)
        self.town.telegram.api.files[file_id] = data
        size = {"file_id": file_id, "file_unique_id": "u" + file_id, "file_size": len(data)}
        return {"photo": [size | {"width": 90, "height": 90}, size | {"width": 480, "height": 480}], **more}

    def push(self, update: dict[str, Any], *, wait: bool = True) -> None:
        """An update of theirs, delivered by the fake's webhook calls."""
        pushed = self.town.telegram.push(update, bot=BOT)
        if wait:
            until(lambda: self.town.received(str(pushed["update_id"])), "the update in the inbox")

    def _send(self, text: str = "", photo: bytes | None = None, choice: str = "") -> None:
        if choice:
            holder = {"message_id": 1, "chat": {"id": int(self.address), "type": "private"}, "date": 1}
            query = {"id": uuid.uuid4().hex, "from": self.user(), "message": holder, "data": choice}
            return self.push({"callback_query": {**query, "chat_instance": "1"}})
        if photo is not None:
            return self.push(
                {"message": self.message(**self.photo(photo, **({"caption": text} if text else {})))}
            )
        return self.push({"message": self.message(text=text)})

    def everything(self) -> list[Heard]:
        return [
            Heard(r["text"], tuple((b[0], b[1]) for b in r["buttons"]))
            for r in self.town.telegram.sent(self.address)
        ]


class WhatsAppPerson(Person):
    """On WhatsApp, through Twilio."""

    channel = "whatsapp"

    def __init__(self, town: Town, number: int, hint: str) -> None:
        super().__init__(town, number, hint)
        self.address = f"whatsapp:+1555012{number:04d}"

    def push(self, body: str = "", photos: tuple[bytes, ...] = (), **more: Any) -> str:
        """A webhook call of Twilio's; the sid of the message."""
        media = [{"content_type": "image/jpeg", "base64": base64.b64encode(p).decode()} for p in photos]
        said = {"url": f"{self.town.url}/webhooks/whatsapp/main", "from": self.address, "body": body}
        done = self.town.twilio.push({**said, "media": media, **more})
        assert done["attempts"] == [200], done["attempts"]
        return str(done["sid"])

    def _send(self, text: str = "", photo: bytes | None = None, choice: str = "") -> None:
        self.push(text, (photo,) if photo is not None else ())

    def everything(self) -> list[Heard]:
        return [Heard(m.body) for m in list(self.town.twilio.messages.values()) if m.to == self.address]


class WebPerson(Person):
    """In a browser, as its page calls."""

    channel = "webchat"

    def __init__(self, town: Town, number: int, hint: str) -> None:
        super().__init__(town, number, hint)
        headers = {"Origin": town.url, **({"Accept-Language": hint} if hint else {})}
        self._http = httpx.Client(base_url=town.url, headers=headers, timeout=30, trust_env=False)
        town.leaving.append(self._http.close)
        self._http.post("/chat/session").raise_for_status()
        self.address = webchat.address_of(self._http.cookies["ngozi_chat"]) or ""
        self._shown: list[Heard] = []
        self._after = 0

    def _send(self, text: str = "", photo: bytes | None = None, choice: str = "") -> None:
        fields = {"id": uuid.uuid4().hex, **({"text": text} if text else {})}
        fields |= {"choice": choice} if choice else {}
        files = {name: (None, value) for name, value in fields.items()}
        if photo is not None:
            files["photo"] = ("photo.jpg", photo, "image/jpeg")  # type: ignore[assignment]
        end = time.monotonic() + 20
        while True:
            answer = self._http.post("/chat/messages", files=files)
            if answer.status_code not in (429, 503) or time.monotonic() > end:
                break
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code == 200, answer.text

    def everything(self) -> list[Heard]:
        data = self._http.get("/chat/events", params={"after": self._after}).raise_for_status().json()
        for line in data["messages"]:
            if line["direction"] == "out":
                buttons = tuple((c["label"], c["code"]) for c in line["choices"])
                self._shown.append(Heard(line["text"], buttons))
        self._after = data["after"]
        return self._shown


def meet(town: Town, channel: str, hint: str = "") -> Person:
    """Somebody new on a channel. hint: the language that the platform tells of them."""
    kinds = {"telegram": TelegramPerson, "whatsapp": WhatsAppPerson, "webchat": WebPerson}
    return kinds[channel](town, town.number(), hint)  # type: ignore[no-any-return]
