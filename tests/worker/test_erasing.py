"""Erasing a WhatsApp chat reaches every message at Twilio, however old, whatever stands in the way. At the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, func, select, update

from bot import inbox
from bot.channels.whatsapp import WhatsApp
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Reply, Text
from bot.outbox import queue
from bot.tables import Chat, Copy, Forget, InboundRow, Receipt, ReplyRow
from tests.bot.channels.whatsapp_support import PERSON, adapter, call, twilio  # noqa: F401 - a fixture
from tests.fakes.twilio_server import FakeTwilio, Fault
from tests.worker.stage import Stage, stage
from worker import deliver, erasing, retention, sweep

DAY_S = 86_400.0


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def whatsapp(twilio: FakeTwilio) -> WhatsApp:
    return adapter(twilio)


@pytest.fixture
def scene(engine: Engine, tmp_path: Path, whatsapp: WhatsApp) -> Iterator[Stage]:
    with stage(
        engine, tmp_path, "whatsapp", {"NGOZI_DATABASE_URL": engine.url.render_as_string(False)}
    ) as made:
        made.parts = replace(made.parts, channels={made.account: whatsapp})
        yield made


def talk(scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp) -> int:
    """Three messages in and a reply of several parts out; then two weeks pass."""
    for n in range(3):
        pushed = twilio.push({"url": "", "from": PERSON, "body": f"my arm {n}", "lost": True})
        message = twilio.messages[pushed["sid"]]
        (chat,) = inbox.receive(
            scene.engine, scene.account, whatsapp.receive(call(twilio.form(message))).updates
        )
    with transaction(scene.engine) as connection:
        ids = list(connection.execute(select(InboundRow.id)).scalars())
        inbox.finish(connection, ids, 1)
        queue(connection, chat, 1, [Reply(tuple(Text("help.what") for _ in range(40)))], "en")
    for _ in range(9):
        deliver.run(scene.parts, chat)
        scene.pass_time(60)
    (reply,) = scene.replies()
    assert (reply.state, reply.parts_sent > 1) == ("sent", True)
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(due_at=None, last_inbound_at=db_now() - 14 * DAY_S))
        connection.execute(update(InboundRow).values(received_at=db_now() - 14 * DAY_S))
        connection.execute(update(ReplyRow).values(created_at=db_now() - 14 * DAY_S))
        connection.execute(update(Receipt).values(at=db_now() - 14 * DAY_S))
    for message in twilio.messages.values():
        message.created -= 14 * DAY_S
        message.sent = message.created
    retention.run(scene.parts)
    assert left(scene, InboundRow) == left(scene, ReplyRow) == left(scene, Receipt) == 0
    assert left(scene, Copy) == len(twilio.messages) > 4
    return chat


def left(scene: Stage, table: type) -> int:
    with transaction(scene.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def hours_pass(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(Forget).values(next_try_at=db_now() - 1))


def bodies(twilio: FakeTwilio) -> int:
    return sum(bool(m.body) for m in twilio.messages.values())


def erase(scene: Stage) -> None:
    erasing.run(scene.parts.settings, f"whatsapp:main:{PERSON}", Console(quiet=True))
    assert left(scene, Copy) == 0


def test_messages_whose_rows_are_long_gone_are_redacted(
    scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:  # fmt: skip
    talk(scene, twilio, whatsapp)
    erase(scene)
    sweep.run(scene.parts)
    assert bodies(twilio) == 0
    assert left(scene, Forget) == 0, "the ids themselves are forgotten"


def test_a_process_that_dies_in_the_middle_is_followed_by_one_that_goes_on(
    scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    talk(scene, twilio, whatsapp)
    all_of_them = len(twilio.messages)
    erase(scene)
    real, calls = whatsapp.redact, [0]

    def redact(sid: str) -> None:
        calls[0] += 1
        if calls[0] == 3:
            raise Died
        real(sid)

    monkeypatch.setattr(whatsapp, "redact", redact)
    with pytest.raises(Died):
        sweep.run(scene.parts)
    assert bodies(twilio) == all_of_them - 2
    hours_pass(scene)
    sweep.run(scene.parts)
    assert (bodies(twilio), left(scene, Forget)) == (0, 0)


def test_what_is_gone_at_twilio_counts_as_done(
    scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:  # fmt: skip
    talk(scene, twilio, whatsapp)
    twilio.messages.pop(next(iter(twilio.messages)))
    erase(scene)
    sweep.run(scene.parts)
    assert (bodies(twilio), left(scene, Forget)) == (0, 0)


def test_an_outage_is_waited_out_but_not_for_ever(
    scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:  # fmt: skip
    talk(scene, twilio, whatsapp)
    count = len(twilio.messages)
    erase(scene)
    twilio.faults.append(Fault(on="update", status=503, times=2 * count))
    for _ in range(2):
        sweep.run(scene.parts)
        hours_pass(scene)
        assert bodies(twilio) == left(scene, Forget) == count
    sweep.run(scene.parts)
    assert (bodies(twilio), left(scene, Forget)) == (0, 0)


def test_an_outage_that_never_ends_is_not_waited_for(
    scene: Stage, twilio: FakeTwilio, whatsapp: WhatsApp
) -> None:  # fmt: skip
    talk(scene, twilio, whatsapp)
    erase(scene)
    twilio.faults.append(Fault(on="update", status=503, times=10**6))
    for _ in range(sweep.FORGET_TRIES):
        assert left(scene, Forget) == len(twilio.messages)
        sweep.run(scene.parts)
        hours_pass(scene)
    assert left(scene, Forget) == 0
