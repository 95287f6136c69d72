"""A turn: all or nothing, once, in order; whatever one message does, the next is served."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update

from bot import audit as trail
from bot import inbox, outbox, silence
from bot.channels import MediaFailed, RawUpdate, Sent
from bot.clock import db_now
from bot.conversation.moments import PATIENCE_S
from bot.conversation.planning import ASKED, PLAN_S
from bot.database import transaction
from bot.media.drawn import draw
from bot.media.vault import VaultError
from bot.messages import Attachment, Outgoing, Reply, Text
from bot.queue import CeleryWake, make_celery
from bot.tables import Audit, Chat, FindingsJob, Forget, InboundRow, Photo, ReplyRow, Turn
from tests.conftest import KEYS
from tests.faults.script import AGREE, ANSWERS
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from worker import deliver, effects, photographs, turn
from worker.engine import Engine as FindingsEngine


def jpeg(seed: int = 1) -> bytes:
    buffer = io.BytesIO()
    draw(skin_type=5, lesion="NEV", size_px=480, seed=seed).save(buffer, "JPEG")
    return buffer.getvalue()


class Talk:
    """One person on a stage."""

    def __init__(self, scene: Stage, address: str = "p1") -> None:
        self.scene = scene
        self.address = address
        self.count = 0
        self.chat = 0

    def send(self, kind: str = "message", album: str = "", **said: Any) -> None:
        """One message into the inbox."""
        self.count += 1
        if said.get("text"):
            self.scene.read(self.chat)
        payload = json.dumps({"kind": kind, "language_hint": "en", **said})
        raw = RawUpdate(f"{self.address}-{self.count}", self.address, payload, self.count, album)
        found = inbox.receive(self.scene.engine, self.scene.account, [raw])
        self.chat = found[0] if found else self.chat

    def turn(self) -> None:
        turn.run(self.scene.parts, self.chat)

    def say(self, words: str) -> list[str]:
        """A typed message and its turn; the keys of what was queued by it."""
        before = len(self.replies())
        self.send(text=words)
        self.turn()
        return [r.key for r in self.replies()[before:]]

    def photo(self, ref: str = "f1", **said: Any) -> None:
        self.scene.channel.photos.setdefault(ref, jpeg())
        self.send(attachments=[{"ref": ref, "message_ref": f"m-{ref}"}], **said)

    def replies(self) -> list[ReplyRow]:
        with transaction(self.scene.engine) as connection:
            return list(
                connection.execute(
                    select(ReplyRow).where(ReplyRow.chat_id == self.chat).order_by(ReplyRow.id)
                ).all()
            )  # type: ignore[arg-type]

    def to_findings(self) -> None:
        """The shortest way from a photograph to the menu."""
        self.to_last_answer()
        FindingsEngine(self.scene.parts, StandIn).run()
        self.turn()
        self.say(ANSWERS[-2])

    def to_last_answer(self) -> None:
        """All that leads to findings; the engine has planned, and is asked for them."""
        self.photo()
        self.turn()
        self.say(AGREE)
        for answer in ANSWERS[:-2]:
            if self.say(answer) == []:
                self.planned()

    def planned(self) -> None:
        """The engine answers, where a plan is wanted of it."""
        with transaction(self.scene.engine) as connection:
            wanted = connection.execute(select(FindingsJob.kind).where(FindingsJob.state == "wanted"))
            kinds = list(wanted.scalars())
        if kinds == ["plan"]:
            FindingsEngine(self.scene.parts, StandIn).run()
            self.turn()


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def talk(scene: Stage) -> Talk:
    return Talk(scene)


def count(scene: Stage, table: Any) -> int:
    with transaction(scene.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def states(scene: Stage) -> list[str]:
    with transaction(scene.engine) as connection:
        return list(connection.execute(select(InboundRow.state).order_by(InboundRow.id)).scalars())


def test_the_script_of_the_harness_reaches_findings(talk: Talk) -> None:
    talk.to_findings()
    assert talk.replies()[-1].key == "findings"


def test_every_message_belongs_to_exactly_one_turn_and_every_turn_has_its_reply(
    talk: Talk, scene: Stage
) -> None:
    talk.to_findings()
    with transaction(scene.engine) as connection:
        turns = list(connection.execute(select(InboundRow.turn_id)).scalars())
        answered = set(connection.execute(select(ReplyRow.turn_id)).scalars())
    assert len(set(turns)) == len(turns) == talk.count
    assert None not in turns
    # Two of them asked the engine: for a plan, and for findings. Their reply is that of the turn which the answer made.
    assert len(set(turns) - answered) == count(scene, FindingsJob) == 2
    with transaction(scene.engine) as connection:
        made = connection.execute(select(Turn.id).where(Turn.event.in_(("PlanReady", "FindingsReady"))))
        assert len(ids := list(made.scalars())) == 2
    assert set(ids) <= answered


def to_plan(talk: Talk) -> None:
    """A plan is wanted of the engine."""
    talk.photo()
    talk.turn()
    talk.say(AGREE)
    for answer in ANSWERS:
        if talk.say(answer) == []:
            return


def test_a_plan_is_asked_for_answered_and_walked(talk: Talk, scene: Stage) -> None:
    to_plan(talk)
    with transaction(scene.engine) as connection:
        job = connection.execute(select(FindingsJob)).one()
        assert (job.kind, job.state) == ("plan", "wanted")
        connection.execute(
            update(FindingsJob).values(
                state="done", result={"first": ["grew", None, ["hurt"] + [None] * 3, None]}
            )
        )
    talk.turn()
    assert talk.replies()[-1].key == "grew"
    assert talk.say("no") == ["hurt"]
    assert talk.say("no") == []
    with transaction(scene.engine) as connection:
        found = connection.execute(
            select(FindingsJob.answers).where(FindingsJob.kind == "findings")
        ).scalar_one()
    assert {found["grew"], found["hurt"]} == {"no"}


@pytest.mark.parametrize("result", [None, {"first": "?"}, {}])
def test_a_plan_that_could_not_be_made_or_read_leaves_the_fixed_order(
    talk: Talk, scene: Stage, result: dict[str, Any] | None
) -> None:
    to_plan(talk)
    with transaction(scene.engine) as connection:
        connection.execute(
            update(FindingsJob).values(state="parked" if result is None else "done", result=result)
        )
    talk.turn()
    assert talk.replies()[-1].key == ASKED[0]
    assert count(scene, FindingsJob) == 1


def test_a_plan_that_nobody_makes_is_given_up_after_a_while(talk: Talk, scene: Stage) -> None:
    """The engine is dead: the tick comes from the row's wake_at, and a plan that comes later is dropped."""
    to_plan(talk)
    with transaction(scene.engine) as connection:
        state = json.loads(connection.execute(select(Chat.state)).scalar_one() or "")
        assert state["wake_at"] == pytest.approx(state["last_at"] + PLAN_S)
        state |= {"wake_at": state["wake_at"] - 16, "planned_at": state["planned_at"] - 16}
        connection.execute(update(Chat).values(state=json.dumps(state), wake_at=state["wake_at"]))
        assert turn.overdue(connection, 10) == [talk.chat]
    talk.turn()
    assert talk.replies()[-1].key == ASKED[0]
    replies = len(talk.replies())
    FindingsEngine(scene.parts, StandIn).run()
    talk.turn()
    assert len(talk.replies()) == replies
    with transaction(scene.engine) as connection:
        assert connection.execute(select(FindingsJob.applied)).scalar_one() is True


def test_an_album_of_ten_becomes_one_turn(talk: Talk, scene: Stage) -> None:
    for n in range(10):
        talk.photo(f"f{n}", album="a1")
    talk.turn()
    assert count(scene, Turn) == 0
    with transaction(scene.engine) as connection:
        connection.execute(update(InboundRow).values(settle_until=db_now() - 1))
    talk.turn()
    assert count(scene, Turn) == 1
    assert len(talk.replies()) == 1


def test_before_consent_no_photograph_is_fetched(talk: Talk, scene: Stage) -> None:
    def never(attachment: Attachment) -> None:
        raise AssertionError("fetched before consent")

    scene.channel.on_fetch = never
    talk.photo()
    talk.turn()
    assert count(scene, Photo) == 0
    assert states(scene) == ["done"]


def test_after_yes_the_photograph_is_stored_clean_and_encrypted(talk: Talk, scene: Stage) -> None:
    talk.photo()
    talk.turn()
    talk.say(AGREE)
    assert count(scene, Photo) == 1
    (name,) = scene.parts.vault.names()
    assert not (Path(scene.parts.settings.media_url) / name).read_bytes().startswith(b"\xff\xd8")


def test_an_unreadable_update_is_parked_told_and_the_next_is_served(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    with transaction(scene.engine) as connection:
        connection.execute(text("select 1"))
    inbox.receive(scene.engine, scene.account, [RawUpdate("bad", talk.address, "{", 2)])
    talk.count += 1
    talk.turn()
    talk.say("hello")
    assert states(scene) == ["done", "parked", "done"]
    assert len(talk.replies()) == 3


def test_a_fault_of_the_parser_parks_its_row_at_once(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scene.channel.parse

    def parse(payload: str) -> Any:
        if "boom" in payload:
            raise KeyError("a field that no update ever lacked")
        return real(payload)

    monkeypatch.setattr(scene.channel, "parse", parse)
    talk.send(text="boom")
    talk.turn()
    assert states(scene) == ["parked"]
    talk.say("hello")
    assert states(scene) == ["parked", "done"]
    assert len(talk.replies()) == 2


def test_a_message_that_always_fails_is_given_up_told_and_the_next_is_served(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.say("hello")
    real = turn.conversation.step

    def step(state: Any, event: Any) -> Any:
        if any("boom" in i.text for i in getattr(event, "items", ())):
            raise RuntimeError("a fault in our code")
        return real(state, event)

    monkeypatch.setattr(turn.conversation, "step", step)
    talk.send(text="boom")
    for _ in range(inbox.MAX_ATTEMPTS + 1):
        talk.turn()
        scene.pass_time(120)
    assert states(scene) == ["done", "parked"]
    talk.say("hello")
    assert states(scene)[-1] == "done"
    assert len(talk.replies()) == 3


def test_a_photograph_that_does_not_come_is_tried_again_then_told(talk: Talk, scene: Stage) -> None:
    scene.channel.photos["f1"] = MediaFailed("http 503", retryable=True)
    tries: list[str] = []
    scene.channel.on_fetch = lambda a: tries.append(a.ref)
    talk.photo()
    talk.turn()
    talk.send(text=AGREE)
    for _ in range(5):
        talk.turn()
        scene.pass_time(120)
    assert len(tries) == photographs.FETCH_TRIES
    assert states(scene) == ["done", "done"]
    assert "photo.refused.unfetchable" in json.dumps(talk.replies()[-1].texts)


def test_a_photograph_that_is_late_is_no_lost_lease(
    talk: Talk, scene: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    scene.channel.photos["f1"] = MediaFailed("http 503", retryable=True)
    talk.photo()
    talk.turn()
    talk.send(text=AGREE)
    with caplog.at_level(logging.INFO, turn.__name__):
        talk.turn()
    assert told_by_turns(caplog) == ["turn_waits_for_media"]
    # Nobody works on it until its next try.
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.turn_token)).scalar_one() is None
    assert states(scene)[-1] == "received"


def told_by_turns(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What an operator reads of the turns, in order."""
    return [record.message for record in caplog.records if record.name == turn.__name__]


def test_a_file_that_is_no_photograph_is_told_and_stored_nowhere(talk: Talk, scene: Stage) -> None:
    scene.channel.photos["f1"] = b"GIF89a nothing"
    talk.photo()
    talk.turn()
    talk.say(AGREE)
    assert scene.parts.vault.names() == []
    assert "photo.refused." in json.dumps(talk.replies()[-1].texts)


def test_a_turn_whose_lease_was_taken_over_writes_nothing(
    talk: Talk, scene: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    talk.photo()
    talk.turn()
    before = len(talk.replies())

    def slow(_: Attachment) -> None:
        with transaction(scene.engine) as connection:
            connection.execute(update(Chat).values(turn_token="somebody else"))

    scene.channel.on_fetch = slow
    talk.send(text=AGREE)
    with caplog.at_level(logging.INFO, turn.__name__):
        talk.turn()
    assert told_by_turns(caplog) == ["turn_lease_lost"]
    assert len(talk.replies()) == before
    assert count(scene, Photo) == 0
    assert states(scene) == ["done", "received"]


def long_wait(talk: Talk, scene: Stage) -> None:
    """Findings that have been wanted for a minute and are not there."""
    talk.to_last_answer()
    assert talk.replies()[-1].key == "elevation"
    with transaction(scene.engine) as connection:
        asked = json.loads(connection.execute(select(Chat.state)).scalar_one() or "")
        assert asked["wake_at"] == pytest.approx(asked["last_at"] + PATIENCE_S)
        asked |= {"wake_at": asked["wake_at"] - 61, "requested_at": asked["requested_at"] - 61}
        connection.execute(update(Chat).values(state=json.dumps(asked), wake_at=asked["wake_at"]))
        assert turn.overdue(connection, 10) == [talk.chat]


def test_a_long_wait_is_said_once_whoever_dies_over_it(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_wait(talk, scene)

    def die(*_: Any) -> Any:
        raise KeyboardInterrupt

    # Killed before it committed: nothing was said, the lease runs out and another says it.
    with monkeypatch.context() as patch:
        patch.setattr(turn, "_commit", die)
        with pytest.raises(KeyboardInterrupt):
            talk.turn()
    assert talk.replies()[-1].key == "elevation"
    scene.pass_time(1000)
    # Killed after it committed, before it let go.
    real = turn._next
    calls: list[int] = []

    def once(*args: Any) -> Any:
        calls.append(1)
        return real(*args) if len(calls) == 1 else die()

    with monkeypatch.context() as patch:
        patch.setattr(turn, "_next", once)
        with pytest.raises(KeyboardInterrupt):
            talk.turn()
    scene.pass_time(1000)
    talk.turn()
    assert [r.key for r in talk.replies()][-2:] == ["elevation", "takes_longer"]
    FindingsEngine(scene.parts, StandIn).run()
    talk.turn()
    assert [r.key for r in talk.replies()][-3:] == ["elevation", "takes_longer", "skin"]


def test_findings_that_are_there_before_the_word_on_a_long_wait_take_its_place(
    talk: Talk, scene: Stage
) -> None:
    long_wait(talk, scene)
    FindingsEngine(scene.parts, StandIn).run()
    talk.turn()
    assert [r.key for r in talk.replies()][-2:] == ["elevation", "skin"]


def test_findings_of_an_older_case_are_dropped(talk: Talk, scene: Stage) -> None:
    talk.to_last_answer()
    FindingsEngine(scene.parts, StandIn).run()
    with transaction(scene.engine) as connection:
        connection.execute(update(FindingsJob).values(case_version=FindingsJob.case_version - 1))
    talk.turn()
    assert not {"skin", "findings"} & {r.key for r in talk.replies()}
    with transaction(scene.engine) as connection:
        assert set(connection.execute(select(FindingsJob.applied)).scalars()) == {True}


def test_a_person_who_blocked_us_is_told_nothing_until_they_write(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    talk.send(kind="stopped")
    talk.turn()
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.stopped)).scalar_one() is True
    deliver.run(scene.parts, talk.chat)
    assert scene.channel.sent == []
    talk.say("hello")
    deliver.run(scene.parts, talk.chat)
    assert len(scene.channel.sent) == 1


def test_delete_my_data_leaves_nothing_but_an_audit_entry(talk: Talk, scene: Stage) -> None:
    talk.to_findings()
    names = scene.parts.vault.names()
    assert names
    talk.say("delete")
    talk.say("1")
    assert count(scene, Photo) == count(scene, FindingsJob) == 0
    assert len(talk.replies()) == 1
    with transaction(scene.engine) as connection:
        audit = connection.execute(select(Audit)).one()
        assert trail.verify(connection, KEYS) is None, (
            "an erasure adds to the trail and takes nothing out of it"
        )
        forgets = list(connection.execute(select(Forget.message_ref)).scalars())
        payloads = set(connection.execute(select(InboundRow.payload)).scalars())
    assert audit.what == "chat_erased"
    assert talk.address not in json.dumps([audit.subject, audit.details])
    assert forgets == ["m-f1"]
    assert payloads == {None}


def test_a_chat_that_moved_keeps_its_state(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    talk.send(kind="migrated", migrated_to="p2")
    talk.turn()
    moved = Talk(scene, "p2")
    moved.send(text="hello")
    assert moved.chat == talk.chat


def test_a_vault_that_is_away_costs_time_not_the_photograph(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.media.vault import Vault

    talk.photo()
    talk.turn()
    real = Vault.put
    failing = [1, 2]

    def put(self: Vault, data: bytes) -> Any:
        if failing:
            failing.pop()
            raise VaultError("the storage is away")
        return real(self, data)

    monkeypatch.setattr(Vault, "put", put)
    talk.send(text=AGREE)
    for _ in range(4):
        talk.turn()
        scene.pass_time(120)
    assert count(scene, Photo) == 1


def test_whatsapps_copy_is_to_be_forgotten_once_ours_is_stored(engine: Engine, tmp_path: Path) -> None:
    with stage(engine, tmp_path, "whatsapp") as scene:
        talk = Talk(scene)
        talk.photo()
        talk.turn()
        assert count(scene, Forget) == 0
        talk.say("English")
        talk.say(AGREE)
        with transaction(engine) as connection:
            rows = connection.execute(select(Forget.ref, Forget.message_ref)).all()
    assert [tuple(r) for r in rows] == [("f1", "m-f1")]


def test_refused_consent_forgets_the_reference_and_stores_nothing(engine: Engine, tmp_path: Path) -> None:
    with stage(engine, tmp_path, "whatsapp") as scene:
        talk = Talk(scene)
        talk.photo()
        talk.turn()
        talk.say("English")
        talk.say("no")
        assert count(scene, Photo) == 0
        assert count(scene, Forget) == 1
        assert talk.replies()[-1].key == "age"


def test_an_erasure_from_the_command_line_is_the_same(talk: Talk, scene: Stage) -> None:
    talk.to_findings()
    with transaction(scene.engine) as connection:
        effects.erase(connection, talk.chat, scene.parts.settings)
    assert count(scene, Photo) == count(scene, ReplyRow) == 0


def test_a_failure_before_the_conversation_begins_counts_and_gives_the_chat_back(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = turn._chat, [0]

    def chat(connection: Any, chat_id: int) -> Any:
        calls[0] += 1
        if calls[0] == 2:  # the first read of the handling; the claim has read it once
            raise RuntimeError("a fault in our code")
        return real(connection, chat_id)

    monkeypatch.setattr(turn, "_chat", chat)
    talk.send(text="hello")
    talk.turn()
    with transaction(scene.engine) as connection:
        assert connection.execute(select(InboundRow.state, InboundRow.attempts)).one() == ("received", 1)
        held = connection.execute(select(Chat.turn_token, Chat.turn_until, Chat.due_at)).one()
    assert held[:2] == (None, None)
    assert held[2] is not None
    scene.pass_time(60)
    talk.turn()
    assert states(scene) == ["done"]
    assert len(talk.replies()) == 1


@pytest.mark.parametrize(
    "text", ["My child has a rash and cannot breathe well", "mtoto hawezi kupumua", "لا يتنفس"]
)
def test_go_now_needs_no_model_no_engine_and_no_broker(engine: Engine, tmp_path: Path, text: str) -> None:
    """Nobody listens at the broker's address: the reply is a row of the turn, and whoever delivers sends it."""
    broker = "redis://127.0.0.1:1/0"
    key = base64.b64encode(bytes(32)).decode()
    env = {
        "NGOZI_MODEL": "off",
        "NGOZI_BROKER_URL": broker,
        "NGOZI_SECRET_KEY": key,
        "NGOZI_EMERGENCY": "112",
    }
    with (
        stage(engine, tmp_path, env=env) as scene,
        contextlib.closing(CeleryWake(make_celery(broker))) as wake,
    ):
        talk = Talk(dataclasses.replace(scene, parts=dataclasses.replace(scene.parts, wake=wake)))
        talk.send(text=text)
        talk.turn()
        assert [r.key for r in talk.replies()] == ["now"]
        assert "112" in json.dumps(talk.replies()[0].texts)
        with transaction(engine) as connection:
            assert connection.execute(select(func.count()).select_from(FindingsJob)).scalar_one() == 0
        deliver.run(scene.parts, talk.chat)
        assert "112" in scene.channel.sent[0].text


def in_line(talk: Talk, key: str, state: str) -> int:
    """A reply that was made before and has not left."""
    with transaction(talk.scene.engine) as connection:
        outbox.queue(connection, talk.chat, 1, [Reply((Text("help.what"),), (), key)], "en")
        reply_id = connection.execute(select(func.max(ReplyRow.id))).scalar_one()
        due = db_now() + 600 if state == "queued" else None
        connection.execute(
            update(ReplyRow).where(ReplyRow.id == reply_id).values(state=state, next_try_at=due, attempts=2)
        )
    return int(reply_id)


def said(talk: Talk) -> list[str]:
    """The keys of what leaves from now on, in order."""
    talk.scene.channel.sent.clear()
    for _ in range(20):
        deliver.run(talk.scene.parts, talk.chat)
        talk.scene.pass_time(601)
    keys = {r.uuid: r.key for r in talk.replies()}
    return [keys[o.id.partition("-")[0]] for o in talk.scene.channel.sent]


@pytest.mark.parametrize("state", ["queued", "sending", "parked"])
def test_after_stop_nothing_leaves_that_was_said_before(talk: Talk, state: str) -> None:
    talk.say("hello")
    said(talk)
    for key in ("skin", "findings"):
        in_line(talk, key, state)
    talk.send(text="STOP")
    with transaction(talk.scene.engine) as connection:
        # Whatever delivers meanwhile: what waited for the person to write is not freed by a STOP.
        assert (outbox.next_due(connection, talk.chat) is None) == (state == "parked")
    talk.turn()
    assert said(talk) == ["stop"]
    talk.say("STOP")
    assert said(talk) == ["stop"]
    # A result is owed until they write again; a question that is over is not.
    talk.say("hello")
    assert said(talk) == ["findings", talk.replies()[-1].key]


def test_a_result_that_a_stop_holds_back_does_not_stay_for_ever(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    said(talk)
    held = in_line(talk, "findings", "queued")
    with transaction(scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.id == held).values(parts_sent=1, parts=["a", "b"]))
    talk.say("STOP")
    said(talk)
    with transaction(scene.engine) as connection:
        assert outbox.drop_stale(connection) == 0
        connection.execute(update(ReplyRow).values(expires_at=ReplyRow.expires_at - silence.HUSHED_S))
        assert outbox.drop_stale(connection) == 1


def test_a_send_that_a_stop_meets_under_way_ends_with_the_part_that_left(talk: Talk, scene: Stage) -> None:
    talk.say("hello")
    said(talk)
    row = in_line(talk, "skin", "queued")
    with transaction(scene.engine) as connection:
        connection.execute(
            update(ReplyRow).where(ReplyRow.id == row).values(parts=["a", "b"], choices=[], next_try_at=None)
        )
        connection.execute(update(Chat).values(send_due_at=db_now()))
    send = scene.channel.send
    stopping: list[str] = []

    def meanwhile(outgoing: Outgoing) -> Sent:
        if not stopping:
            stopping.append(outgoing.text)
            talk.say("STOP")
        return send(outgoing)

    scene.channel.send = meanwhile  # type: ignore[method-assign]
    assert said(talk) == ["skin", "stop"]
    assert [r.state for r in talk.replies() if r.key == "skin"][-1] == "dropped"
