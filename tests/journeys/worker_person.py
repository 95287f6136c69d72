"""A health worker or clinician with a phone: joins by a code, forwards from patients' chats, answers for one case at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot import invitations, people
from bot.database import transaction
from bot.tables import CaseRow, ReplyRow
from tests.journeys.course import begin
from tests.journeys.person import Heard, Person, TelegramPerson, WhatsAppPerson
from tests.journeys.town import Town

__all__ = ["answer_all", "cases_of", "forward", "join", "pick", "row"]

HARMLESS = ("consent.yes", "age.adult", "shape.spot", "site.arm", "skin.4", "duration.unknown")


def join(town: Town, person: Person, role: people.Role, language: str) -> None:
    """They say hello, choose their language, and type the code that somebody gave them."""
    begin(person, language)
    with transaction(town.parts.engine) as connection:
        code = invitations.invite(connection, town.parts.settings.master_keys, role)
    person.say(code.lower())
    assert row(town, person).key == "joined"


def row(town: Town, person: Person) -> ReplyRow:
    """The last reply of theirs."""
    return town.replies(person.channel, person.address)[-1]


def cases_of(town: Town, person: Person) -> list[Any]:
    """Their cases, oldest first."""
    chat = town.chat_id(person.channel, person.address)
    with town.reading() as connection:
        return list(
            connection.execute(select(CaseRow).where(CaseRow.chat_id == chat).order_by(CaseRow.id)).all()
        )


def forward(person: Person, patient: int, text: str = "", photo: bytes | None = None) -> list[Heard]:
    """They forward one message of a patient's chat. On Telegram its sender is known, on WhatsApp nobody knows whose it is."""
    if isinstance(person, TelegramPerson):
        origin = {
            "type": "user",
            "date": 1_790_000_000,
            "sender_user": {"id": 77_000 + patient, "is_bot": False, "first_name": "Made up"},
        }
        content = person.photo(photo) if photo is not None else {"text": text}
        person.push({"message": person.message(forward_origin=origin, **content)})
    else:
        assert isinstance(person, WhatsAppPerson)
        person.push(text, (photo,) if photo is not None else (), fields={"Forwarded": "true"})
    return person.heard()


def pick(town: Town, person: Person, code: str) -> list[Heard]:
    """They press a button under the last list, or type its number. code: as the reply's row has it."""
    offered = [r for r in town.replies(person.channel, person.address) if r.texts["choices"]][-1]
    codes = [c["code"] for c in offered.texts["choices"]]
    assert code in codes, (code, codes)
    if person.channel == "whatsapp":
        return person.say(str(codes.index(code) + 1))
    person._send(choice=code)
    return person.heard()


def answer_all(town: Town, person: Person, code: str) -> None:
    """They answer every question of a case with what is harmless, until the computer looks at it."""
    for _ in range(40):
        choices = [c["code"] for c in row(town, person).texts["choices"]]
        inner = [c.partition("~")[2] for c in choices if c.startswith(f"{code}~")]
        wanted = [c for c in inner if c in HARMLESS or (c.endswith((".none", ".no")) and c != "consent.no")]
        if not wanted:
            return
        pick(town, person, f"{code}~{wanted[0]}")
