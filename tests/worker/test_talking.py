"""The language model beside the engine: nobody waits for it, nobody's row fails with another's, nothing outlives its case."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sqlalchemy import Engine as Database
from sqlalchemy import delete, select, update

from bot import conversation, inbox, talk
from bot.cases import store
from bot.channels import RawUpdate
from bot.clock import db_now
from bot.conversation.events import Event, Said, Step, TalkReady, WantAnswer
from bot.conversation.state import ChatState
from bot.database import transaction
from bot.sealing import Sealer, sealed_with
from bot.tables import Chat, FindingsJob, Heartbeat, TalkJob
from model.analysis import Analysis, CatalogueEntry
from model.generate import Generator
from model.prompts import Turn
from model.requests import Request
from tests.bot.conversation.test_talk import ABOUT, ADVICE, NAMED, SEEN, found
from tests.faults.stand_in import StandIn
from tests.model.tiny_lm import WIDTH, decode, language_model
from tests.worker.stage import Stage, stage
from tests.worker.test_engine import want
from worker import effects, talking, turn
from worker.engine import Engine
from worker.engine_threads import EngineThreads, beat
from worker.loaded import Loaded, Speech
from worker.talking import MAX_ALONE

SOFT = np.random.default_rng(3).normal(size=(3, WIDTH)).astype(np.float16).tobytes()
BROKEN = np.full((3, WIDTH), np.nan, np.float16).tobytes()
QUESTION = "What is there?"


class Speaker:
    """The seam's methods over a tiny random language model; the generator is the real one."""

    name = "tiny"
    languages = ("en",)

    def __init__(self, say: Callable[[list[int]], str] = decode) -> None:
        self.model = language_model("llama")
        self.generator = Generator(self.model, say, rows=4)
        self.asked: list[tuple[bytes, tuple[Turn, ...], bool]] = []

    def request(
        self,
        soft: bytes,
        turns: Sequence[Turn],
        *,
        exact: bool = False,
        chat: str | None = None,
        deadline_s: float | None = None,
    ) -> Request:
        self.asked.append((soft, tuple(turns), exact))
        rows = torch.from_numpy(np.frombuffer(soft, np.float16).reshape(-1, WIDTH).astype(np.float32))
        words = "".join(t.question + (t.answer or "") for t in turns)
        with torch.no_grad():
            ids = torch.tensor([ord(c) % 101 for c in words])
            embeds = torch.cat([rows, self.model.get_input_embeddings()(ids)])
        return Request(embeds, 6, exact=exact, chat=chat, deadline_s=deadline_s)

    def concepts(self, text: str) -> tuple[str, ...]:
        return ("raised",) if text else ()

    asked_of = said_of = "home"

    def topic_asked(self, question: str) -> Future[str]:
        return self.generator.call(lambda: self.asked_of)

    def topic_said(self, text: str) -> str:
        return self.said_of


class Seeing(StandIn):
    """A diagnoser with soft tokens."""

    def __init__(self, soft: bytes = SOFT, **changes: Any) -> None:
        self.changes = {"soft": soft, **changes}

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]:
        return [replace(a, **self.changes) for a in super().analyse_batch(cases, catalogue)]


@pytest.fixture
def scene(engine: Database, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def make(scene: Stage) -> Iterator[Callable[..., tuple[Engine, Speaker]]]:
    made: list[Engine] = []

    def build(diagnoser: StandIn | None = None, **options: Any) -> tuple[Engine, Speaker]:
        speaker = Speaker(**options)
        engine = Engine(scene.parts, lambda: Loaded(diagnoser or Seeing(), Speech(speaker, QUESTION)))
        engine.warm()
        made.append(engine)
        return engine, speaker

    yield build
    for engine in made:
        engine.close()


def talker(engine: Engine) -> talking.Talking:
    assert engine.talking is not None
    return engine.talking


def rows(scene: Stage) -> list[Any]:
    with transaction(scene.engine) as connection:
        return list(connection.execute(select(TalkJob).order_by(TalkJob.id)).all())


def chat_of(scene: Stage, job: int) -> int:
    with transaction(scene.engine) as connection:
        return int(connection.execute(select(FindingsJob.chat_id).where(FindingsJob.id == job)).scalar_one())


def ask(scene: Stage, chat: int, question: str, version: int = 1) -> int | None:
    with transaction(scene.engine) as connection:
        return talk.want_answer(connection, scene.parts.sealer, chat, version, question)


def said(scene: Stage, chat: int) -> list[talk.Talked]:
    with transaction(scene.engine) as connection:
        return talk.done(connection, scene.parts.sealer, chat)


def until(true: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and not true():
        time.sleep(0.02)
    return true()


class Heard:
    """A conversation in place of the real one: notes events, answers with effects."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[Event] = []
        self.effects: list[WantAnswer] = []
        self.fails = 0
        monkeypatch.setattr(turn.conversation, "step", self.step)

    def step(self, state: ChatState, event: Event) -> Step:
        if isinstance(event, TalkReady) and self.fails:
            self.fails -= 1
            raise RuntimeError("cannot be told")
        self.events.append(event)
        found, self.effects = self.effects, []
        return Step(state, (), tuple(found))

    def ready(self) -> list[TalkReady]:
        return [e for e in self.events if isinstance(e, TalkReady)]


def come_in(scene: Stage) -> None:
    inbox.receive(scene.engine, scene.account, [RawUpdate("u1", "c1", '{"kind": "message", "text": "why?"}')])


def test_a_description_follows_the_findings_and_is_kept_sealed(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    job = want(scene, "c1")
    engine, speaker = make()
    engine.run()
    assert [(r.kind, r.state, r.findings_job_id) for r in rows(scene)] == [("describe", "wanted", job)]
    talker(engine).run()
    assert speaker.asked == [(SOFT, (Turn(QUESTION),), True)]
    (row,) = rows(scene)
    with transaction(scene.engine) as connection:
        kept = connection.execute(select(FindingsJob.soft)).scalar_one()
    assert kept is not None
    assert SOFT not in kept
    assert b"raised" not in row.result
    turn.run(scene.parts, row.chat_id)
    assert [type(e).__name__ for e in heard.events] == ["FindingsReady", "TalkReady"]
    (ready,) = heard.ready()
    assert (ready.kind, ready.case_version, ready.features) == ("describe", 1, ("raised",))
    assert len(ready.text) == 6
    assert rows(scene)[0].applied


@pytest.mark.parametrize("diagnoser", [Seeing(b""), Seeing(abstained=True, reason="unsure")])
def test_what_names_nothing_or_was_not_seen_is_not_described(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], diagnoser: Seeing
) -> None:
    want(scene, "c1")
    engine, _ = make(diagnoser)
    engine.run()
    assert rows(scene) == []


def test_without_a_language_model_a_question_fails_in_the_same_turn(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    chat = chat_of(scene, want(scene, "c1"))
    Engine(scene.parts, Seeing).run()
    assert rows(scene) == []
    turn.run(scene.parts, chat)
    heard.effects = [WantAnswer(1, "why?")]
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(wake_at=db_now() - 1, turn_until=None, turn_token=None))
    turn.run(scene.parts, chat)
    assert [(e.kind, e.text, e.question) for e in heard.ready()] == [("answer", "", "why?")]


def test_an_answer_is_made_from_what_was_said_before(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tiny model writes no English, and nobody has told findings here.
    monkeypatch.setattr(talking, "_state", lambda connection, chat: conversation.new_state())
    monkeypatch.setattr(talking, "may_stand", lambda state, kind, text: True)
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    ask(scene, chat, "why?")
    ask(scene, chat, "and then?")
    talker(engine).run()
    first, second, third = said(scene, chat)
    assert speaker.asked[1][1] == (Turn(QUESTION, first.text), Turn("why?"))
    assert speaker.asked[2][1] == (
        Turn(QUESTION, first.text),
        Turn("why?", second.text),
        Turn("and then?"),
    )
    assert [exact for _, _, exact in speaker.asked] == [True, False, False]
    assert third.question == "and then?"
    assert third.text
    assert all(b"why" not in (r.question or b"") for r in rows(scene))


@pytest.mark.parametrize(
    ("asked_of", "said_of", "state"),
    [("home", "home", "done"), ("home", "when", "parked"), ("", "", "parked"), ("", "home", "parked")],
)
def test_an_answer_that_is_not_to_its_question_counts_as_failed(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], asked_of: str, said_of: str, state: str
) -> None:
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()
    speaker.asked_of, speaker.said_of = asked_of, said_of
    ask(scene, chat, "May I swim?")
    talker(engine).run()
    description, answer = said(scene, chat)
    assert description.text  # it answers no question of the person's
    assert [r.state for r in rows(scene)] == ["done", state]
    assert bool(answer.text) == (state == "done")


def test_a_question_of_no_topic_does_not_wait_for_its_answer(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    gate = threading.Event()

    def slowly(ids: list[int]) -> str:
        gate.wait(20)
        return decode(ids)

    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make(say=slowly)
    engine.run()
    with transaction(scene.engine) as connection:
        connection.execute(delete(TalkJob))
    speaker.asked_of = ""
    ask(scene, chat, "Who won?")
    try:
        assert until(lambda: not talker(engine).step())
        assert [r.state for r in rows(scene)] == ["parked"]
        assert not gate.is_set()
    finally:
        gate.set()


def test_a_topic_that_cannot_be_had_shows_no_answer(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()

    def broken(question: str) -> Future[str]:
        failed: Future[str] = Future()
        failed.set_exception(RuntimeError("no numbers"))
        return failed

    monkeypatch.setattr(speaker, "topic_asked", broken)
    ask(scene, chat, "why?")
    talker(engine).run()
    assert [r.state for r in rows(scene)] == ["done", "parked"]


@pytest.mark.parametrize(
    ("description", "stands"),
    [
        (f"{SEEN} {NAMED} {ABOUT} {ADVICE}", True),
        (f"{SEEN} {NAMED} It is certainly harmless. Take 500 mg of aspirin.", False),
        (f"{SEEN} This could be a skin disease image of psoriasis.", False),
    ],
)
def test_a_description_that_the_guard_refuses_is_no_context_of_a_follow_up(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], description: str, stands: bool
) -> None:
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()
    with transaction(scene.engine) as connection:
        (job,) = connection.execute(select(TalkJob.id)).scalars()
        said_of_it = talk.seal_result(scene.parts.sealer, job, description, ("raised",))
        connection.execute(update(TalkJob).values(result=said_of_it))
        state = conversation.to_json(found().state)
        connection.execute(update(Chat).where(Chat.id == chat).values(state=state))
    ask(scene, chat, "why?")
    talker(engine).run()
    first = (Turn(QUESTION, description),) if stands else ()
    assert speaker.asked[-1][1] == (*first, Turn("why?"))


def test_in_a_workers_chat_the_case_says_what_stands(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    """The chat's own row holds the desk; each case has a conversation of its own."""
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()
    description = f"{SEEN} {NAMED} {ABOUT} {ADVICE}"
    with transaction(scene.engine) as connection:
        case = store.open_case(connection, chat, found().state)
        connection.execute(update(FindingsJob).values(case_id=case.id))
        (job,) = connection.execute(select(TalkJob.id)).scalars()
        kept = talk.seal_result(scene.parts.sealer, job, description, ("raised",))
        connection.execute(update(TalkJob).values(result=kept, case_id=case.id))
        connection.execute(update(Chat).values(state='{"desk": 1}'))
        talk.want_answer(connection, scene.parts.sealer, chat, 1, "why?", case.id)
    talker(engine).run()
    assert speaker.asked[-1][1] == (Turn(QUESTION, description), Turn("why?"))


def test_a_state_that_cannot_be_read_leaves_a_follow_up_without_context(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).values(state='{"format": 99}'))
    ask(scene, chat, "why?")
    talker(engine).run()
    assert speaker.asked[-1][1] == (Turn("why?"),)


def test_a_request_that_fails_is_parked_and_its_neighbours_are_answered(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    chats = [chat_of(scene, want(scene, f"c{n}")) for n in range(3)]
    engine, _ = make()
    engine.run()
    with transaction(scene.engine) as connection:
        bad = connection.execute(select(FindingsJob.id).where(FindingsJob.chat_id == chats[1])).scalar_one()
        broken = talk.seal_soft(scene.parts.sealer, bad, BROKEN)
        connection.execute(update(FindingsJob).where(FindingsJob.id == bad).values(soft=broken))
    talker(engine).run()
    assert [(r.state, r.attempts) for r in rows(scene)] == [("done", 0), ("parked", MAX_ALONE), ("done", 0)]
    assert said(scene, chats[1])[0].text == ""
    assert said(scene, chats[0])[0].text


def test_after_a_crash_rows_go_alone_and_only_such_tries_count(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    for n in range(3):
        want(scene, f"c{n}")
    engine, _ = make()
    engine.run()
    claims = talker(engine)._claims

    def die() -> None:
        with transaction(scene.engine) as connection:
            connection.execute(update(TalkJob).where(TalkJob.token.is_not(None)).values(until=db_now() - 1))

    assert len(claims.next(4, empty=True)) == 3
    die()
    assert {r.attempts for r in rows(scene)} == {0}
    assert claims.next(4, empty=False) == []
    for tries in range(1, MAX_ALONE + 1):
        (job,) = claims.next(4, empty=True)
        assert job.alone
        assert not job.worn_out
        assert rows(scene)[0].attempts == tries
        die()
    talker(engine).run()
    assert [r.state for r in rows(scene)] == ["parked", "done", "done"]
    assert [r.attempts for r in rows(scene)] == [MAX_ALONE, 1, 1]


@pytest.mark.parametrize("how", ["erased", "superseded"])
def test_what_was_erased_or_superseded_meanwhile_is_dropped_and_forgotten(
    scene: Stage,
    make: Callable[..., tuple[Engine, Speaker]],
    how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talking, "FORGET_S", 0.0)
    gate = threading.Event()

    def slowly(ids: list[int]) -> str:
        gate.wait(20)
        return decode(ids)

    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make(say=slowly)
    engine.run()
    assert talker(engine).step()
    scene.wakes.calls.clear()
    with transaction(scene.engine) as connection:
        if how == "erased":
            effects.erase(connection, chat, scene.parts.settings)
        else:
            talk.drop(connection, chat, but=2)
    gate.set()
    talker(engine).run()
    assert scene.wakes.calls == []
    assert all(r.state == "dropped" and r.result is None for r in rows(scene))
    forgotten = until(lambda: not talker(engine).step() and speaker.generator.health()["kept_rows"] == 0)
    assert forgotten, (talker(engine)._held, talker(engine)._running, speaker.generator.health())


def test_a_row_that_is_kept_goes_when_its_chat_is_erased(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talking, "FORGET_S", 0.0)
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()
    assert speaker.generator.health()["kept_rows"] == 1
    with transaction(scene.engine) as connection:
        effects.erase(connection, chat, scene.parts.settings)
    talker(engine).step()
    assert until(lambda: speaker.generator.health()["kept_rows"] == 0)


def test_nobody_waits_longer_than_the_deadline(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine is there: the chat's own turn ends the wait, and is due by itself."""
    heard = Heard(monkeypatch)
    chat = chat_of(scene, want(scene, "c1"))
    engine, _ = make()
    engine.run()
    turn.run(scene.parts, chat)
    assert heard.ready() == []
    with transaction(scene.engine) as connection:
        left = connection.execute(select(Chat.due_at - db_now())).scalar_one()
        assert talk.DEADLINE_S - 5 < left <= talk.DEADLINE_S
        connection.execute(update(TalkJob).values(created_at=TalkJob.created_at - talk.DEADLINE_S))
        connection.execute(update(Chat).values(due_at=db_now()))
        assert turn.overdue(connection, 5) == [chat]
    turn.run(scene.parts, chat)
    assert [e.text for e in heard.ready()] == [""]
    talker(engine).run()
    assert [r.state for r in rows(scene)] == ["parked"]


def test_a_message_comes_before_a_sentence(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    chat = chat_of(scene, want(scene, "c1"))
    engine, _ = make()
    engine.run()
    talker(engine).run()
    come_in(scene)
    with transaction(scene.engine) as connection:
        connection.exec_driver_sql("update inbound set settle_until = null")
    turn.run(scene.parts, chat)
    assert isinstance(heard.events[0], Said)
    assert isinstance(heard.events[-1], TalkReady)


def test_a_sentence_that_cannot_be_told_comes_again_as_a_failure(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    heard.fails = 1
    chat = chat_of(scene, want(scene, "c1"))
    engine, _ = make()
    engine.run()
    talker(engine).run()
    turn.run(scene.parts, chat)
    assert heard.ready() == []
    turn.run(scene.parts, chat)
    assert [e.text for e in heard.ready()] == [""]


def test_findings_do_not_wait_behind_a_sentence(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    gate = threading.Event()

    def slowly(ids: list[int]) -> str:
        gate.wait(20)
        return decode(ids)

    want(scene, "c1")
    engine, _ = make(say=slowly)
    engine.run()
    talker(engine).start(0.05)
    want(scene, "c2")
    assert engine.run() == 1
    gate.set()
    assert until(lambda: [r.state for r in rows(scene)] == ["done", "done"])


def test_leases_are_kept_while_a_row_runs_and_given_back_at_the_end(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    gate = threading.Event()

    def slowly(ids: list[int]) -> str:
        gate.wait(20)
        return decode(ids)

    want(scene, "c1")
    engine, _ = make(say=slowly)
    engine.run()
    talker(engine).step()
    with transaction(scene.engine) as connection:
        connection.execute(update(TalkJob).values(until=db_now() + 0.5))
    talker(engine)._renew_at = 0.0
    talker(engine).step()
    with transaction(scene.engine) as connection:
        assert connection.execute(select(TalkJob.until - db_now())).scalar_one() > 2
    threading.Timer(0.2, gate.set).start()
    engine.close()
    (row,) = rows(scene)
    assert (row.state, row.token, row.attempts, row.alone) in (
        ("wanted", None, 0, False),
        ("done", None, 0, False),  # it had finished before the generator was told to end
    )


def test_soft_tokens_go_with_their_photograph(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    want(scene, "c1")
    engine, _ = make()
    engine.run()
    with transaction(scene.engine) as connection:
        (photo,) = connection.execute(select(FindingsJob.photo_ids)).scalar_one()
        talk.forget_photos(connection, ("another",))
        assert connection.execute(select(FindingsJob.soft)).scalar_one() is not None
        talk.forget_photos(connection, (photo,))
        assert connection.execute(select(FindingsJob.soft)).scalar_one() is None


def test_what_is_sealed_follows_a_new_master_key(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    chat = chat_of(scene, want(scene, "c1"))
    engine, _ = make()
    engine.run()
    ask(scene, chat, "why?")
    talker(engine).run()
    before = said(scene, chat)
    both = {**scene.parts.settings.master_keys, 9: b"k" * 32}
    with transaction(scene.engine) as connection:
        assert talk.reseal(connection, Sealer(both)) == 4
        assert talk.reseal(connection, Sealer(both)) == 0
        assert talk.done(connection, Sealer({9: b"k" * 32}), chat) == before
        soft = connection.execute(select(FindingsJob.soft)).scalar_one()
    assert soft is not None
    assert sealed_with(soft) == 9


def test_an_engine_with_threads_of_its_own_is_only_woken(scene: Stage) -> None:
    speaker = Speaker()
    engine = Engine(scene.parts, lambda: Loaded(Seeing(), Speech(speaker, QUESTION)))
    threads = EngineThreads(scene.parts, engine, 60.0)
    threads.start()
    try:
        want(scene, "c1")
        threads.wake()
        assert until(lambda: [r.state for r in rows(scene)] == ["done"])
        beat(scene.parts, engine)
        with transaction(scene.engine) as connection:
            details = connection.execute(select(Heartbeat.details)).scalar_one()
        assert details is not None
        assert (details["loaded"], details["device"], details["language_model"]) == (True, "cpu", True)
    finally:
        threads.close()


def test_the_heartbeat_tells_what_is_being_loaded_while_it_is(scene: Stage) -> None:
    first, then = threading.Event(), threading.Event()

    def later() -> Speech:
        assert then.wait(20)
        return Speech(Speaker(), QUESTION)

    def load() -> Loaded:
        assert first.wait(20)
        return Loaded(Seeing(), later=later)

    def told(loading: str, loaded: bool, talks: bool) -> bool:
        with transaction(scene.engine) as connection:
            said = connection.execute(select(Heartbeat.details)).scalar_one_or_none()
        return said is not None and (said["loading"], said["loaded"], said["language_model"]) == (
            loading,
            loaded,
            talks,
        )

    threads = EngineThreads(scene.parts, Engine(scene.parts, load), 60.0)
    starting = threading.Thread(target=threads.start)
    starting.start()
    try:
        # Sooner than the next beat would have told it.
        assert until(lambda: told("findings", False, False))
        first.set()
        assert until(lambda: told("language model", True, False))
        then.set()
        assert until(lambda: told("", True, True))
    finally:
        first.set()
        then.set()
        starting.join()
        threads.close()


def test_what_fails_to_load_is_not_being_loaded_any_more(scene: Stage) -> None:
    def fails() -> Speech:
        raise OSError("no such folder")

    engine = Engine(scene.parts, lambda: Loaded(Seeing(), later=fails))
    engine.warm()
    with pytest.raises(OSError, match="no such folder"):
        engine.listen()
    assert engine.loading == ""


def test_the_pulse_does_not_touch_a_torch_that_is_being_imported(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))  # as another thread leaves it half-way
    beat(scene.parts, Engine(scene.parts, lambda: Loaded(Seeing())))
    with transaction(scene.engine) as connection:
        details = connection.execute(select(Heartbeat.details)).scalar_one()
    assert details is not None
    assert details["loaded"] is False
    assert "device_memory_mib" not in details


def test_a_chat_number_that_is_given_again_hears_nothing_of_the_former(
    scene: Stage, make: Callable[..., tuple[Engine, Speaker]]
) -> None:
    """SQLite gives the number of a deleted row again."""
    chat = chat_of(scene, want(scene, "c1"))
    engine, speaker = make()
    engine.run()
    talker(engine).run()
    with transaction(scene.engine) as connection:
        connection.execute(delete(FindingsJob))
        connection.execute(update(TalkJob).values(applied=True, case_version=7))
    again = want(scene, "c2")
    engine.run()
    with transaction(scene.engine) as connection:
        connection.execute(update(TalkJob).where(TalkJob.chat_id == chat).values(findings_job_id=again))
    talker(engine).run()
    assert speaker.asked[-1][1] == (Turn(QUESTION),)
    assert conversation.new_state().case_version == 1
