"""What is seen and heard leaves in order, to those who may see it, and never after it was erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

import locales
from bot import outbox, people, reply_json
from bot.channels import SendFailed
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Choice, Media, Reply, Text
from bot.tables import Chat, Person, Photo, ReplyRow
from tests.worker.stage import Stage, stage
from worker import deliver

NOTE = b"OggS made-up voice"
JPEG = b"\xff\xd8\xff made-up photograph"
YES = Choice("kind.yes", Text("answer.yes"))


class FakeSpeaker:
    """Says what it was asked to say."""

    def __init__(self, note: bytes | None = NOTE) -> None:
        self.note, self.asked = note, []  # type: ignore[var-annotated]

    def spoken(self, texts: Sequence[Text], language: str) -> bytes | None:
        self.asked.append((tuple(t.id for t in texts), language))
        return self.note


@pytest.fixture
def telegram(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def whatsapp(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp", {"NGOZI_PUBLIC_URL": "https://ngozi.example"}) as made:
        yield made


def member(scene: Stage, chat_id: int, role: people.Role) -> None:
    with transaction(scene.engine) as connection:
        person = connection.execute(
            insert(Person).values(role=role, created_at=1.0, active=True).returning(Person.id)
        ).scalar_one()
        connection.execute(update(Chat).where(Chat.id == chat_id).values(person_id=person))


def a_photo(scene: Stage, chat_id: int) -> str:
    sealed = scene.parts.vault.put(JPEG)
    with transaction(scene.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id=sealed.name,
                chat_id=chat_id,
                name=sealed.name,
                wrapped_key=sealed.wrapped_key,
                master_key_id=sealed.master_key_id,
                size_bytes=len(JPEG),
                width_px=1,
                height_px=1,
                created_at=db_now(),
                expires_at=2e12,
            )
        )
    return sealed.name


def queue(scene: Stage, chat_id: int, *media: Media, words: str = "stop.done", key: str = "") -> None:
    paragraphs = (Text(words),) if words else ()
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat_id, 1, [Reply(paragraphs, (YES,), key, media=media)], "en")


def photo(scene: Stage, chat_id: int, day: str = "26 November") -> Media:
    said = Text("clinic.photo", {"code": "K7-42", "number": "1", "of": "1", "day": day})
    return Media("photo", photo_id=a_photo(scene, chat_id), caption=said)


def english(message_id: str) -> str:
    return locales.render(Text(message_id), "en")


@pytest.fixture(autouse=True)
def _words() -> None:
    assert english("stop.done")


def test_a_reply_with_media_is_the_same_after_it_was_kept() -> None:
    reply = Reply(
        (Text("stop.done"),),
        (YES,),
        "x",
        media=(
            Media(
                "photo",
                photo_id="ab" * 16,
                caption=Text("listen.choice", {"number": 1, "label": Text("answer.yes")}),
            ),
            Media("voice", texts=(Text("stop.done"),), language="sw"),
        ),
    )
    assert reply_json.reply_from_json(reply_json.reply_to_json(reply), "x") == reply


def test_photographs_go_before_the_words_and_the_buttons_under_the_words(telegram: Stage) -> None:
    patient, doctor = telegram.chat("p"), telegram.chat("d")
    member(telegram, doctor, "clinician")
    queue(telegram, doctor, photo(telegram, patient, "1 May"), photo(telegram, patient, "9 May"))
    deliver.run(telegram.parts, doctor)
    sent = telegram.channel.sent
    assert [o.text.partition(", ")[2] for o in sent[:2]] == ["1 May", "9 May"]
    assert [o.medium.data if o.medium else b"" for o in sent] == [JPEG, JPEG, b""]
    assert [bool(o.choices) for o in sent] == [False, False, True]
    assert len({o.id for o in sent}) == 3


@pytest.mark.parametrize("role", [None, "chw", "admin"])
def test_nobody_else_is_sent_a_patients_photograph(telegram: Stage, role: people.Role | None) -> None:
    patient, other = telegram.chat("p"), telegram.chat("o")
    if role is not None:
        member(telegram, other, role)
    queue(telegram, other, photo(telegram, patient))
    deliver.run(telegram.parts, other)
    assert [o.medium for o in telegram.channel.sent] == [None, None]
    assert telegram.channel.sent[0].text == english("media.photo_not_here")


def test_a_recording_that_cannot_be_played_is_not_called_a_photograph(telegram: Stage) -> None:
    other = telegram.chat("o")
    queue(telegram, other, Media("recording", photo_id="ab" * 16))
    deliver.run(telegram.parts, other)
    doctor = telegram.chat("d")
    member(telegram, doctor, "clinician")
    queue(telegram, doctor, Media("recording", photo_id="ab" * 16))
    deliver.run(telegram.parts, doctor)
    told = [o.text for o in telegram.channel.sent if o.text == english("media.recording_not_here")]
    assert len(told) == 2, "one of nobody's chat, and one that was erased"


def test_a_role_taken_back_while_the_reply_waits_is_a_photograph_not_sent(telegram: Stage) -> None:
    patient, doctor = telegram.chat("p"), telegram.chat("d")
    member(telegram, doctor, "clinician")
    queue(telegram, doctor, photo(telegram, patient))
    telegram.channel.script = [SendFailed("later", code="x")]
    deliver.run(telegram.parts, doctor)
    with transaction(telegram.engine) as connection:
        connection.execute(update(Person).values(active=False))
    telegram.pass_time(6)
    deliver.run(telegram.parts, doctor)
    assert telegram.channel.sent[0].medium is None


def test_an_erased_photograph_is_one_sentence(telegram: Stage) -> None:
    patient, doctor = telegram.chat("p"), telegram.chat("d")
    member(telegram, doctor, "clinician")
    queue(telegram, doctor, photo(telegram, patient))
    with transaction(telegram.engine) as connection:
        connection.execute(update(Photo).values(wrapped_key=None))
    deliver.run(telegram.parts, doctor)
    first = telegram.channel.sent[0]
    assert first.medium is None
    assert first.text.endswith(english("media.photo_gone"))


def test_a_photograph_that_fails_is_tried_again_and_only_it(telegram: Stage) -> None:
    patient, doctor = telegram.chat("p"), telegram.chat("d")
    member(telegram, doctor, "clinician")
    queue(telegram, doctor, photo(telegram, patient), photo(telegram, patient))
    telegram.channel.script = [None, SendFailed("later", code="x")]
    deliver.run(telegram.parts, doctor)
    assert len(telegram.channel.sent) == 1
    telegram.pass_time(6)
    deliver.run(telegram.parts, doctor)
    assert len(telegram.channel.sent) == 3
    assert telegram.replies()[0].state == "sent"


def test_whatsapp_is_told_an_address_that_opens_the_photograph(whatsapp: Stage) -> None:
    from bot.media import address

    patient, doctor = whatsapp.chat("p"), whatsapp.chat("d")
    member(whatsapp, doctor, "clinician")
    queue(whatsapp, doctor, photo(whatsapp, patient))
    deliver.run(whatsapp.parts, doctor)
    medium = whatsapp.channel.sent[0].medium
    assert medium is not None
    token = medium.url.removeprefix("https://ngozi.example/media/")
    from bot.clock import now

    assert address.read_token(whatsapp.parts.settings.master_keys, token, now()) == address.Named(
        "photo", medium.ref
    )


def voiced(scene: Stage, note: bytes | None = NOTE) -> FakeSpeaker:
    speaker = FakeSpeaker(note)
    scene.parts.__dict__["speaker"] = speaker
    return speaker


def spoken(words: str = "stop.done") -> Media:
    return Media("voice", texts=(Text(words),), language="en")


def test_on_telegram_the_voice_carries_the_words_in_one_message(telegram: Stage) -> None:
    voiced(telegram)
    chat = telegram.chat()
    queue(telegram, chat, spoken())
    deliver.run(telegram.parts, chat)
    (sent,) = telegram.channel.sent
    assert sent.medium is not None
    assert (sent.medium.kind, sent.medium.data, sent.text) == ("voice", NOTE, english("stop.done"))
    assert sent.choices


def test_on_whatsapp_the_voice_goes_by_itself_before_the_words(whatsapp: Stage) -> None:
    voiced(whatsapp)
    chat = whatsapp.chat()
    queue(whatsapp, chat, spoken())
    deliver.run(whatsapp.parts, chat)
    assert [(o.text != "", o.medium is not None) for o in whatsapp.channel.sent] == [
        (False, True),
        (True, False),
    ]


def test_a_voice_is_made_once_however_often_it_is_sent(telegram: Stage) -> None:
    speaker = voiced(telegram)
    chat = telegram.chat()
    queue(telegram, chat, spoken())
    telegram.channel.script = [SendFailed("later", code="x"), SendFailed("later", code="x")]
    for _ in range(3):
        deliver.run(telegram.parts, chat)
        telegram.pass_time(61)
    assert len(telegram.channel.sent) == 1
    assert len(speaker.asked) == 1


def test_without_a_voice_the_words_go_and_a_note_alone_is_a_sentence(telegram: Stage) -> None:
    voiced(telegram, None)
    chat = telegram.chat()
    queue(telegram, chat, spoken())
    queue(telegram, chat, spoken(), words="", key="listen")
    deliver.run(telegram.parts, chat)
    assert [o.medium for o in telegram.channel.sent] == [None, None]
    assert [o.text for o in telegram.channel.sent] == [english("stop.done"), english("listen.none")]


def test_a_note_whose_file_is_gone_is_a_sentence(telegram: Stage) -> None:
    voiced(telegram)
    chat = telegram.chat()
    queue(telegram, chat, spoken(), words="", key="listen")
    telegram.channel.script = [SendFailed("later", code="x")]
    deliver.run(telegram.parts, chat)
    for name in telegram.parts.vault.names():
        telegram.parts.vault.delete(name)
    telegram.pass_time(6)
    deliver.run(telegram.parts, chat)
    assert [o.text for o in telegram.channel.sent] == [english("media.voice_gone")]


def test_rows_of_an_earlier_version_still_leave(telegram: Stage) -> None:
    chat = telegram.chat()
    queue(telegram, chat)
    with transaction(telegram.engine) as connection:
        connection.execute(update(ReplyRow).values(parts=["as rendered before"], choices=[]))
    deliver.run(telegram.parts, chat)
    assert [o.text for o in telegram.channel.sent] == ["as rendered before"]
