"""A message that the provider never told us of counts from when it was sent, not from when it was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import copies, people
from bot.channels import RawUpdate
from bot.clock import now
from bot.database import transaction
from bot.tables import Chat, Forget, Heartbeat, InboundRow
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, keys
from worker import catching_up, turn


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def found(scene: Stage, *said: tuple[str, float], album: str = "") -> None:
    """The provider lists messages of the person, each with the time when it was sent."""
    missed = [
        RawUpdate(
            f"SM{int(at * 1000):032x}",
            "whatsapp:+1",
            json.dumps({"kind": "message", "language_hint": "en", "text": text, "sent_at": at}),
            album=album,
            sent_at=at,
        )
        for text, at in said
    ]
    scene.channel.missed_since = lambda since: iter(missed)  # type: ignore[attr-defined]
    with transaction(scene.engine) as connection:
        connection.execute(update(Heartbeat).values(at=0.0))
    catching_up.catch_up(scene.parts)


def test_what_was_written_before_all_was_erased_does_not_come_back(scene: Stage) -> None:
    person = Worker(scene, "whatsapp:+1")
    person.say("hello")
    person.press("consent.yes")
    person.say("delete")
    person.press("delete.yes")
    before = keys(person.replies())
    assert before[-1] == "deleted"
    found(scene, ("my arm itches", now() - 60))
    turn.run(scene.parts, person.chat)
    assert keys(person.replies()) == before, "nobody is greeted who had everything deleted"
    with transaction(scene.engine) as connection:
        texts = connection.execute(select(InboundRow.payload).where(InboundRow.chat_id == person.chat))
        assert not any(texts.scalars())
        assert connection.execute(select(Chat.id).where(people.talks())).first() is None
        assert "whatsapp" in copies.REDACTED
        refs = set(connection.execute(select(Forget.message_ref)).scalars())
    assert any(ref.startswith("SM") for ref in refs), "the provider's copy goes too"
    found(scene, ("I am back", now() + 1))
    turn.run(scene.parts, person.chat)
    assert len(person.replies()) == len(before) + 1


def test_the_window_counts_from_when_it_was_sent_and_is_not_shortened(scene: Stage) -> None:
    person = Worker(scene, "whatsapp:+1")
    at = now() - 3600
    found(scene, ("hello", at))
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.last_inbound_at)).scalar_one() == pytest.approx(at)
    person.say("are you there")
    found(scene, ("it itches", at + 5))
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.last_inbound_at)).scalar_one() > at + 3000


def test_photographs_that_were_missed_together_are_still_one_turn(scene: Stage) -> None:
    at = now() - 600
    found(scene, ("one", at), ("two", at + 1), album="burst")
    with transaction(scene.engine) as connection:
        until = connection.execute(select(InboundRow.settle_until)).scalars().all()
    settled = [one or 0.0 for one in until]
    # PostgreSQL's clock goes on within a transaction.
    assert max(settled) - min(settled) < 0.1
    assert min(settled) > now()


def test_a_message_that_no_database_takes_holds_up_none_of_the_others(scene: Stage) -> None:
    person = Worker(scene, "whatsapp:+1")
    half_a_sign = RawUpdate("SMpoison", "\ud800", "{}", sent_at=now() - 20)
    good = RawUpdate("SMgood", "whatsapp:+1", '{"kind": "message", "text": "hello"}', sent_at=now() - 10)
    scene.channel.missed_since = lambda since: iter([half_a_sign, good])  # type: ignore[attr-defined]
    assert catching_up.catch_up(scene.parts) == 1
    with transaction(scene.engine) as connection:
        person.chat = connection.execute(select(InboundRow.chat_id)).scalar_one()
    turn.run(scene.parts, person.chat)
    assert keys(person.replies()) == ["consent"]
