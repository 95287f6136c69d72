"""Turns and deliveries speak with one library, note which, and count what a pack lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

import locales
from bot import outbox
from bot.conversation import step
from bot.database import transaction
from bot.messages import Reply, Text
from bot.packs import counted, seed, watch
from bot.packs import stage as packs_stage
from bot.packs.rows import PackUntranslated, PackWord
from bot.tables import Chat
from locales.catalogue import Translations
from tests.worker.stage import Stage, stage
from tests.worker.test_turn import Talk
from worker import deliver, turn


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made
    locales.use(None)


def less(name: str) -> locales.Library:
    """A library whose Swahili lacks one sentence."""
    library = locales.shipped()
    whole = library.translations("sw")
    forms = {key: said for key, said in whole.forms.items() if key[0] != name}
    handed = locales.Handed(library.pack("sw"), Translations(forms, whole.plural, whole.plural_of))
    return library.with_packs({"sw": handed})


def words(scene: Stage) -> dict[str, int]:
    with transaction(scene.engine) as connection:
        rows = connection.execute(select(PackWord.word, PackWord.times)).all()
    return {row.word: row.times for row in rows}


def test_words_that_were_not_understood_are_counted_and_not_who_typed_them(scene: Stage) -> None:
    alone = Talk(scene, "alone")
    alone.say("hello")
    alone.send("choice", choice="consent.yes")
    alone.turn()
    for _ in range(counted.SHOWN_FROM + 1):
        alone.say("zzyzxia 0700123456")
    assert words(scene) == {"": counted.SHOWN_FROM + 1}, "one person's word is not shown, however often"
    for n in range(20):
        talk = Talk(scene, f"p{n}")
        talk.say("hello")
        talk.send("choice", choice="consent.yes")
        talk.turn()
        talk.say("zzyzxia 0700123456")
        if "zzyzxia" in words(scene):
            break
    assert n + 2 >= counted.SHOWN_FROM
    assert words(scene) == {"zzyzxia": counted.SHOWN_FROM + 2 + n}


def test_words_that_were_understood_are_not_counted(scene: Stage) -> None:
    talk = Talk(scene)
    talk.say("hello")
    talk.send("choice", choice="consent.yes")
    talk.turn()
    talk.say("help")
    assert words(scene) == {}


def test_a_sentence_that_is_sent_in_english_is_counted_once_a_reply(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "look", lambda engine: locales.use(less("findings.still_looking")))
    chat = scene.chat()
    for _ in range(2):
        with transaction(scene.engine) as connection:
            outbox.queue(connection, chat, 1, [Reply((Text("findings.still_looking"),))], "sw")
        deliver.run(scene.parts, chat)
        scene.pass_time(60)
    with transaction(scene.engine) as connection:
        row = connection.execute(select(PackUntranslated)).one()
    assert (row.language, row.message_id, row.times) == ("sw", "findings.still_looking", 2)


def test_a_chat_notes_the_version_that_it_is_held_in(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        seed.plant(connection)
        live = packs_stage.live_version(connection, "sw")
    assert live is not None
    talk = Talk(scene)
    talk.say("hello")
    talk.send("choice", choice="language.sw")
    talk.turn()
    deliver.run(scene.parts, talk.chat)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.pack_version)).scalar_one() == live.tag
    assert {row.pack_version for row in talk.replies() if row.language == "sw" and row.parts} <= {live.tag}


def test_a_pack_that_goes_live_in_the_middle_of_a_turn_waits_for_the_next(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[locales.Library] = []
    other = less("now.go")

    def stepped(state, event):  # type: ignore[no-untyped-def]
        seen.append(locales.library())
        locales.use(other)
        seen.append(locales.library())
        return step(state, event)

    monkeypatch.setattr(watch, "look", lambda engine: None)
    monkeypatch.setattr(turn.conversation, "step", stepped)
    talk = Talk(scene)
    talk.say("hello")
    talk.say("hello again")
    assert seen[0] is seen[1] is locales.shipped()
    assert seen[2] is seen[3] is other
