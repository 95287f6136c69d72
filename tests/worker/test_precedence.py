"""What nobody may wait ten minutes for overtakes a reply that is tried again later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot import outbox
from bot.channels import SendFailed
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Reply, Text
from bot.tables import Chat
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from worker import deliver

CANNOT_BREATHE = "my throat is swelling and I cannot breathe"


@pytest.fixture(params=["telegram", "whatsapp"])
def scene(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, request.param) as made:
        yield made


def held_up(scene: Stage, kind: str = "unknown", tries: int = 3) -> Worker:
    """Somebody whose second question about danger waits for its next try."""
    person = Worker(scene, "p1")
    person.say("hello")
    person.press("consent.yes", "age.adult")
    deliver.run(scene.parts, person.chat)
    scene.pass_time(100)
    person.press("danger1.none")
    scene.channel.script = [SendFailed(kind, code="ReadTimeout")] * tries  # type: ignore[arg-type]
    for n in range(tries):
        deliver.run(scene.parts, person.chat)
        if n < tries - 1:
            scene.pass_time(outbox.RETRIES_S[n] + 1)
    assert person.replies()[-1].key == "danger3"
    scene.channel.sent.clear()
    return person


def left(scene: Stage, person: Worker) -> list[str]:
    """The keys of what has left since, in the order in which it left."""
    keys = {reply.uuid: reply.key for reply in person.replies()}
    return [keys[one.id.partition("-")[0]] for one in scene.channel.sent]


def test_go_now_does_not_wait_for_a_question_that_is_tried_again(scene: Stage) -> None:
    person = held_up(scene)
    person.say(CANNOT_BREATHE)
    deliver.run(scene.parts, person.chat)
    assert "now" in left(scene, person)


def test_go_now_leaves_though_what_waits_fails_again(scene: Stage) -> None:
    person = held_up(scene)
    scene.channel.script = [SendFailed("unknown", code="ReadTimeout")]
    person.say(CANNOT_BREATHE)
    deliver.run(scene.parts, person.chat)
    assert left(scene, person) == ["now"]


def test_a_question_that_surely_did_not_leave_does_not_follow_go_now(scene: Stage) -> None:
    person = held_up(scene, kind="later")
    person.say(CANNOT_BREATHE)
    scene.pass_time(700)
    deliver.run(scene.parts, person.chat)
    assert left(scene, person) == ["now"]
    assert {reply.key: reply.state for reply in person.replies()}["danger3"] == "dropped"


def test_a_result_in_line_is_not_lost_for_people_who_are_there(scene: Stage) -> None:
    person = held_up(scene, kind="later")
    with transaction(scene.engine) as connection:
        outbox.queue(connection, person.chat, 1, [Reply((Text("menu.more"),), (), "findings")], "en")
    person.say("I want to kill myself")
    deliver.run(scene.parts, person.chat)
    assert sorted(left(scene, person)) == ["findings", "handover"]


@pytest.mark.parametrize("key", ["on_duty", "queued", "opinion", "handover", "alarm"])
def test_what_is_told_in_another_chat_overtakes_too(scene: Stage, key: str) -> None:
    chat = scene.chat()
    scene.say(chat, "menu.more")
    scene.channel.script = [SendFailed("unknown")] * 3
    for pause_s in (6, 61, 0):
        deliver.run(scene.parts, chat)
        scene.pass_time(pause_s)
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("menu.thanks"),), (), key)], "en")
    deliver.run(scene.parts, chat)
    assert [reply.state for reply in scene.replies()] == ["sending", "sent"]


def test_one_urgent_reply_does_not_wait_for_another_that_is_tried_again(scene: Stage) -> None:
    chat = scene.chat()
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("menu.more"),), (), "on_duty")], "en")
    scene.channel.script = [SendFailed("later")]
    deliver.run(scene.parts, chat)
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("menu.more"),), (), "on_duty")], "en")
    deliver.run(scene.parts, chat)
    assert [reply.state for reply in scene.replies()] == ["queued", "sent"]


def test_the_rest_stays_in_order(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "menu.more")
    scene.channel.script = [SendFailed("later")]
    deliver.run(scene.parts, chat)
    scene.say(chat, "menu.thanks")
    deliver.run(scene.parts, chat)
    assert [reply.state for reply in scene.replies()] == ["queued", "queued"]


def test_who_writes_is_not_kept_waiting_and_spends_no_try(scene: Stage) -> None:
    person = held_up(scene)
    for _ in range(4):
        scene.channel.script = [SendFailed("unknown", code="ReadTimeout")]
        scene.pass_time(10)  # the pace of the account
        person.say("hello?")
        deliver.run(scene.parts, person.chat)
    waiting = next(reply for reply in person.replies() if reply.key == "danger3")
    assert (waiting.state, waiting.attempts) == ("sending", 3), "four messages have used up no try"
    scene.pass_time(10)
    person.say("hello?")
    deliver.run(scene.parts, person.chat)
    assert left(scene, person)[0] == "danger3"


def test_what_was_sent_too_fast_is_not_hurried(scene: Stage) -> None:
    person = held_up(scene, kind="later", tries=1)
    with transaction(scene.engine) as connection:
        connection.exec_driver_sql("update replies set error = 'status 63018' where next_try_at is not null")
    person.say("hello?")
    deliver.run(scene.parts, person.chat)
    assert left(scene, person) == []


def test_what_is_queued_while_the_line_is_released_wakes_it(scene: Stage) -> None:
    """The chat is due when the first of those that wait is: what overtakes moves that forward."""
    chat = scene.chat()
    scene.say(chat, "menu.more")
    scene.channel.script = [SendFailed("later")]
    deliver.run(scene.parts, chat)
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("menu.thanks"),), (), "on_duty")], "en")
    scene.channel.script = [SendFailed("outage")]
    deliver.run(scene.parts, chat)
    with transaction(scene.engine) as connection:
        due_s = connection.execute(select(Chat.send_due_at - db_now()).where(Chat.id == chat)).scalar_one()
    assert due_s < 5.0, "the shorter of the two pauses"


def test_a_next_try_of_before_the_clock_was_set_back_does_not_wait_for_an_hour(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, "menu.more")
    scene.channel.script = [SendFailed("outage")]
    deliver.run(scene.parts, chat)
    scene.pass_time(-3600)
    deliver.run(scene.parts, chat)
    assert [reply.state for reply in scene.replies()] == ["sent"]
