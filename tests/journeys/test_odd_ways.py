"""What people and platforms do beside the plain course: refusing, danger, albums, blocking, outages, closed windows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import func, select, update

import locales
from bot.database import transaction
from bot.tables import Chat, FindingsJob, InboundRow, Photo
from locales import Text
from tests.fakes.twilio_server import Fault
from tests.journeys.course import ANSWERS_BEFORE, begin
from tests.journeys.person import Person, TelegramPerson, WhatsAppPerson, drawn_photo, meet
from tests.journeys.town import Town, until

pytestmark = pytest.mark.timeout(300)


def said(name: str, **args: object) -> str:
    """The English sentence of an id."""
    return locales.placeholders.without_isolates(locales.render(Text(name, args), "en"))


def keys(town: Town, person: Person) -> list[str]:
    return [row.key for row in town.replies(person.channel, person.address)]


def rows_of(town: Town, person: Person, table: Any) -> list[Any]:
    chat = town.chat_id(person.channel, person.address)
    with town.reading() as connection:
        return list(connection.execute(select(table).where(table.chat_id == chat)).all())


def consented(person: Person) -> None:
    begin(person, "en")
    person.choose("consent.yes")


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "webchat"])
def test_who_refuses_is_asked_about_danger_and_their_photo_is_never_fetched(town: Town, channel: str) -> None:
    person = meet(town, channel, "en")
    begin(person, "en", drawn_photo(1))
    answer = person.choose("consent.no")
    assert said("consent.dropped") in answer[-1].plain
    for code in ANSWERS_BEFORE[:3]:
        person.choose(code)
    for code in ("shape.spot", "site.back"):
        person.choose(code)
    answer = person.choose("danger4.none")
    assert said("sent.no_danger") in answer[-1].plain
    assert keys(town, person)[-1] == "refused"
    assert rows_of(town, person, Photo) == []
    assert rows_of(town, person, FindingsJob) == []
    if isinstance(person, TelegramPerson):
        # The fake notes the file that was asked for where other calls have a chat.
        assert person.files
        assert not [c for c in town.telegram.api.calls if c["chat"] in person.files]
    if channel == "whatsapp":
        theirs_ = [m for m in town.twilio.messages.values() if m.from_ == person.address]
        until(lambda: not any(m.media for m in theirs_), "Twilio's copy deleted unseen")


@pytest.mark.parametrize("channel", ["telegram", "whatsapp", "webchat"])
def test_a_sign_that_means_now_ends_in_go_now_without_any_finding(town: Town, channel: str) -> None:
    person = meet(town, channel, "en")
    consented(person)
    person.choose("age.adult")
    last = person.choose("danger1.yes")
    for _ in range(12):
        if keys(town, person)[-1] == "now":
            break
        name = town.replies(channel, person.address)[-1].key
        last = person.choose(f"{name}.yes")
    assert keys(town, person)[-1] == "now"
    assert said("now.go") in last[-1].plain
    answer = person.send_photo(drawn_photo(2))
    assert said("photo.not_now") in answer[-1].plain
    answer = person.say("what is it?")
    assert said("now.go") in answer[-1].plain
    assert not {"findings", "looking", "photo"} & set(keys(town, person))
    assert rows_of(town, person, FindingsJob) == []
    assert rows_of(town, person, Photo) == []


def test_an_album_of_ten_on_telegram_is_one_turn(town: Town) -> None:
    person = meet(town, "telegram", "en")
    assert isinstance(person, TelegramPerson)
    consented(person)
    before = len(keys(town, person))
    photos = [drawn_photo(n) for n in range(10)]
    for n, photo in enumerate(photos):
        album = person.photo(photo, media_group_id="album-1")
        person.push({"message": person.message(**album)}, wait=n == 9)
    assert len(person.heard()) == 1
    assert len(keys(town, person)) == before + 1
    rows = [r for r in rows_of(town, person, InboundRow) if r.album]
    assert len(rows) == 10
    assert len({r.turn_id for r in rows}) == 1
    # A case takes six; the person is told.
    assert len(rows_of(town, person, Photo)) == 6
    assert said("photo.enough") in person.everything()[-1].plain


def test_three_photographs_at_once_on_whatsapp_are_one_turn(town: Town) -> None:
    person = meet(town, "whatsapp")
    assert isinstance(person, WhatsAppPerson)
    consented(person)
    before = len(keys(town, person))
    photos = [drawn_photo(n) for n in range(3)]
    for photo in photos:
        person.push(photos=(photo,))
    assert len(person.heard()) == 1
    assert len(keys(town, person)) == before + 1
    rows = [r for r in rows_of(town, person, InboundRow) if r.album]
    assert len({r.turn_id for r in rows}) == 1
    assert len(rows_of(town, person, Photo)) == 3
    assert town.twilio.leaks == []


def test_an_edited_message_is_taken_as_said_again(town: Town) -> None:
    person = meet(town, "telegram", "en")
    assert isinstance(person, TelegramPerson)
    consented(person)
    answer = person.say("hmm")
    assert said("typed.unclear") in answer[-1].plain
    edited = person.message(text="30") | {
        "message_id": person.message_id - 100,
        "edit_date": int(time.time()),
    }
    person.push({"edited_message": edited})
    assert len(person.heard()) == 1
    assert keys(town, person)[-1] == "danger1"


def test_what_cannot_be_used_gets_a_sentence_that_says_what_to_send(town: Town) -> None:
    person = meet(town, "telegram", "en")
    assert isinstance(person, TelegramPerson)
    consented(person)
    file = {"file_id": "x", "file_unique_id": "y"}
    sticker = {"width": 5, "height": 5, "is_animated": False, "is_video": False, "type": "regular"}
    for kind, content in (
        ("sticker", file | sticker),
        ("voice", file | {"duration": 3}),
        ("location", {"latitude": 1.5, "longitude": 2.5}),
    ):
        person.push({"message": person.message(**{kind: content})})
        assert said(f"unusable.{kind}") in person.heard()[-1].plain
    other = meet(town, "whatsapp")
    assert isinstance(other, WhatsAppPerson)
    begin(other, "en")
    for kind, fields in (
        ("sticker", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/webp", "MessageType": "sticker"}),
        ("voice", {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "audio/ogg", "MessageType": "audio"}),
        ("location", {"Latitude": "1.5", "Longitude": "2.5", "MessageType": "location"}),
    ):  # fmt: skip
        other.push(fields=fields)
        assert said(f"unusable.{kind}") in other.heard()[-1].plain


def test_in_a_group_one_sentence_is_said_and_then_nothing(town: Town) -> None:
    person = meet(town, "telegram", "en")
    assert isinstance(person, TelegramPerson)
    own, person.address = person.address, f"-{person.address}"
    for text in ("hello all", "somebody there?", "/start"):
        message = person.message(text=text)
        message |= {"from": {"id": int(own), "is_bot": False, "first_name": "Amara"}}
        message["chat"] = {"id": int(person.address), "title": "Us", "type": "group"}
        person.push({"message": message})
    person.heard()
    assert [h.plain for h in person.everything()] == [said("group.private")]


def test_who_blocked_us_gets_nothing_more_until_they_come_back(town: Town) -> None:
    person = meet(town, "telegram", "en")
    consented(person)
    shown = len(person.everything())
    town.telegram.fault("blocked", person.address, times=1)
    assert person.say("30") == []
    chat = town.chat_id("telegram", person.address)
    with town.reading() as connection:
        assert connection.execute(select(Chat.stopped).where(Chat.id == chat)).scalar_one()
    assert len(person.everything()) == shown
    answer = person.say("hello")
    assert len(answer) == 1
    assert keys(town, person)[-1] == "danger1"


def test_a_chat_that_migrated_is_followed(town: Town) -> None:
    person = meet(town, "telegram", "en")
    consented(person)
    moved = str(int(person.address) + 400_000)
    town.telegram.fault("migrate", person.address, times=1, migrate_to=int(moved))
    person._send(text="30")
    until(lambda: town.telegram.sent(moved), "the reply at the new address")
    assert town.chat_id("telegram", person.address) is None
    assert town.chat_id("telegram", moved) is not None


def test_a_flood_is_waited_for_and_holds_up_nobody_else(town: Town) -> None:
    slow, other = meet(town, "telegram", "en"), meet(town, "telegram", "en")
    consented(slow)
    consented(other)
    town.telegram.fault("flood", slow.address, times=1, retry_after=3)
    slow._send(text="30")
    until(lambda: not town.telegram.api.faults or town.telegram.api.faults[-1].times == 0, "the refusal")
    refused_at = time.time()
    assert len(other.say("30")) == 1
    assert len(slow.heard()) == 1
    sent = [r for r in town.telegram.api.log if r["event"] == "sendMessage" and r["chat"] == slow.address]
    assert sent[-1]["at"] - refused_at >= 2.0
    assert town.replies("telegram", slow.address)[-1].attempts == 0


def test_beyond_the_window_a_reply_is_parked_and_goes_first_when_they_write(town: Town) -> None:
    person = meet(town, "whatsapp")
    begin(person, "en")
    shown = len(person.everything())
    # The answer to this is ready only a day later.
    town.twilio.faults.append(Fault(on="create", kind="error", times=1, status=500, to=person.address))
    person._send(text="1")
    until(lambda: town.replies("whatsapp", person.address)[-1].error, "the first try")
    chat = town.chat_id("whatsapp", person.address)
    with transaction(town.parts.engine) as connection:
        connection.execute(
            update(Chat).where(Chat.id == chat).values(last_inbound_at=time.time() - 25 * 3600)
        )
    until(lambda: town.replies("whatsapp", person.address)[-1].state == "parked", "the reply parked")
    assert len(person.everything()) == shown
    # A number for a question that had not left is no answer to it.
    (answer,) = person.say("3")
    row = town.replies("whatsapp", person.address)[-1]
    assert (row.key, answer.text) == ("age", row.parts[0])
    person.say("3")
    assert town.replies("whatsapp", person.address)[-1].key == "danger1"
    with town.reading() as connection:
        states = connection.execute(
            select(func.count()).where(InboundRow.chat_id == chat, InboundRow.state != "done")
        ).scalar_one()
    assert states == 0
