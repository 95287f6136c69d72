"""Listen: what was said is read aloud, and the conversation does not notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

import locales
from bot.channels import LIMITS
from bot.database import transaction
from bot.listening import asked, dressed, listed_place
from bot.messages import Inbound, Reply, Text
from bot.tables import Chat
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_media_out import NOTE, voiced
from worker import deliver


@pytest.fixture
def telegram(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        voiced(made)
        yield made


@pytest.fixture
def whatsapp(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp", {"NGOZI_PUBLIC_URL": "https://ngozi.example"}) as made:
        voiced(made)
        yield made


def state(scene: Stage, person: Worker) -> tuple[str | None, str]:
    with transaction(scene.engine) as connection:
        row = connection.execute(select(Chat.state, Chat.listen).where(Chat.id == person.chat)).one()
    return row.state, row.listen


def out(scene: Stage, person: Worker) -> list[str]:
    """Delivers; what each message was: 'words', 'voice' or 'voice+words'."""
    before = len(scene.channel.sent)
    deliver.run(scene.parts, person.chat)
    scene.pass_time(10)
    deliver.run(scene.parts, person.chat)
    return [
        "+".join(filter(None, ("voice" if o.medium else "", "words" if o.text else "")))
        for o in scene.channel.sent[before:]
    ]


def test_a_press_reads_the_message_that_it_stands_under_and_changes_nothing_else(telegram: Stage) -> None:
    person = Worker(telegram, "p1")
    person.say("hello")
    assert out(telegram, person) == ["words"]
    code, label = telegram.channel.sent[-1].choices[-1]
    assert label == locales.render(Text("listen.button"), "en")
    before = state(telegram, person)
    (reply,) = person.press(code)
    assert state(telegram, person) == (before[0], "once")
    assert reply.key == "listen"
    assert out(telegram, person) == ["voice"]
    assert telegram.channel.sent[-1].medium is not None
    assert telegram.channel.sent[-1].medium.data == NOTE
    spoken, language = telegram.parts.speaker.asked[-1]  # type: ignore[union-attr]
    assert language == "en"
    first = person.replies()[0].texts
    assert list(spoken) == [p["id"] for p in first["paragraphs"]] + ["listen.choice"] * len(first["choices"])


def test_always_comes_with_the_second_press_and_then_every_message_is_one_voice_with_words(
    telegram: Stage,
) -> None:
    person = Worker(telegram, "p1")
    person.say("hello")
    out(telegram, person)
    code = telegram.channel.sent[-1].choices[-1][0]
    person.press(code)
    out(telegram, person)
    assert telegram.channel.sent[-1].choices == ()
    person.press(code)
    out(telegram, person)
    assert [c for c, _ in telegram.channel.sent[-1].choices] == ["listen.always"]
    person.press("listen.always")
    assert state(telegram, person)[1] == "always"
    out(telegram, person)
    person.say("hello")
    assert out(telegram, person) == ["voice+words"]
    assert telegram.channel.sent[-1].choices[-1][0] == "listen.off"
    person.press("listen.off")
    out(telegram, person)
    person.say("hello")
    assert out(telegram, person) == ["words"]
    assert not any(c.startswith("listen.") for c, _ in telegram.channel.sent[-1].choices), "no is a no"


def test_on_whatsapp_listen_is_the_last_number_and_a_word(whatsapp: Stage) -> None:
    person = Worker(whatsapp, "p1")
    person.say("hello")
    out(whatsapp, person)
    count = len(person.replies()[-1].texts["choices"])
    assert f"{count + 1}. " + locales.render(Text("listen.button"), "en") in whatsapp.channel.sent[-1].text
    before = state(whatsapp, person)[0]
    person.say(str(count + 1))
    assert out(whatsapp, person) == ["voice"]
    person.say("Listen")
    assert out(whatsapp, person)[0] == "voice"
    assert state(whatsapp, person)[0] == before


def test_another_chats_message_is_not_read(telegram: Stage) -> None:
    one, two = Worker(telegram, "p1"), Worker(telegram, "p2")
    one.say("hello")
    two.say("hello")
    (reply,) = two.press(f"listen.{one.replies()[0].id}")
    assert reply.texts["paragraphs"][0]["id"] == "media.voice_gone"
    assert not reply.texts.get("media")


def test_without_a_voice_the_word_is_the_conversations(telegram: Stage) -> None:
    telegram.parts.__dict__["speaker"] = None
    person = Worker(telegram, "p1")
    person.say("hello")
    out(telegram, person)
    assert not any(c.startswith("listen.") for c, _ in telegram.channel.sent[-1].choices)
    assert person.say("listen")[-1].key != "listen"


def test_a_health_worker_hears_their_desk(telegram: Stage) -> None:
    worker = Worker(telegram, "w1")
    worker.join()
    before = state(telegram, worker)[0]
    assert worker.say("listen")[-1].key == "listen"
    assert state(telegram, worker)[0] == before


def test_erasing_forgets_the_choice(telegram: Stage) -> None:
    from worker import effects

    person = Worker(telegram, "p1")
    person.say("hello")
    with transaction(telegram.engine) as connection:
        connection.execute(update(Chat).values(listen="always"))
        effects.erase(connection, person.chat, telegram.parts.settings)
    assert state(telegram, person)[1] == ""


@pytest.mark.parametrize(
    ("language", "text", "what"),
    [
        ("en", "Listen", "read"),
        ("sw", "sikiliza", "read"),
        ("ar", "استمع", "read"),
        ("sw", "listen", "read"),
        ("en", "always listen", "always"),
        ("ar", "اقرأ لي دائماً", "always"),
        ("sw", "acha kunisomea", "off"),
        ("en", "I listen to the radio", ""),
        ("en", "yes", ""),
    ],
)
def test_the_words_of_each_language(language: str, text: str, what: str) -> None:
    found = asked(Inbound("message", text=text), language, None)
    assert (found.what if found else "") == what


def test_a_forwarded_word_is_the_patients_not_the_workers() -> None:
    assert asked(Inbound("message", text="listen", forwarded=True), "en", None) is None


def test_a_message_full_of_buttons_keeps_them(telegram: Stage) -> None:
    from bot.messages import Choice

    full = Reply((Text("stop.done"),), tuple(Choice(f"q.{n}", Text("answer.yes")) for n in range(14)))
    assert dressed(full, 7, "", "en", LIMITS["telegram"]) == full
    assert listed_place(full, "", LIMITS["whatsapp"]) == 15
    assert listed_place(full, "", LIMITS["telegram"]) is None


@pytest.mark.parametrize("channel", ["telegram", "webchat", "whatsapp"])
def test_go_now_and_the_longest_question_can_be_heard_on_every_channel(channel: str) -> None:
    from bot.conversation import questions, signs
    from tests.bot.conversation.talk import Talk

    talk = Talk()
    talk.say("he cannot breathe")
    now = signs.go_now(talk.state)
    spot = questions.ask_site(replace(talk.state, answers={"shape": "spot"}))
    for reply in (now, spot):
        choices = dressed(reply, 7, "", "en", LIMITS[channel]).choices
        assert [c.code for c in choices][-1] == "listen.7"
        assert len(choices) <= (LIMITS[channel].buttons or len(choices))
    assert listed_place(now, "", LIMITS["whatsapp"]) == 1
    assert dressed(now, 7, "never", "en", LIMITS[channel]) == now
    # A short sentence without a choice gets no list of one line.
    done = Reply((Text("stop.done"),))
    assert listed_place(done, "", LIMITS["whatsapp"]) is None


def test_a_health_workers_typed_number_is_the_answer_of_the_question_that_stands_open(
    whatsapp: Stage,
) -> None:
    """Findings of another case are reported between, without choices: 1 is no word for reading them aloud."""
    reported = Reply((Text("desk.case", {"code": "K7-42"}), Text("now.go")), (), "now")
    assert listed_place(reported, "", LIMITS["whatsapp"]) is None
    assert dressed(reported, 7, "", "en", LIMITS["whatsapp"]) == reported
