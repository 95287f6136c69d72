"""A reply that is on its way while its chat is erased: nothing is marked, nothing comes back, what was taken is redacted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from bot import inbox, outbox, outbox_silence, receipts
from bot.channels import DeliveryStatus, RawUpdate, SendFailed, Sent
from bot.channels.webchat import WebChat
from bot.channels.webchat_store import SqlWebChatStore
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Outgoing, Reply, Text
from bot.tables import Chat, Copy, Forget, Receipt, ReplyRow, Straggler
from tests.bot.channels.whatsapp_support import PERSON, adapter, twilio  # noqa: F401 - a fixture
from tests.fakes.twilio_server import FakeTwilio, Fault
from tests.worker.stage import Stage, stage
from worker import deliver, effects, stragglers, sweep

WORDS = ("help.what", "help.commands")


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


def erase(scene: Stage, chat: int) -> None:
    """As a turn does: chat first, then everything, then the confirmation."""
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == chat).values(turns=Chat.turns + 1))
        effects.erase(connection, chat, scene.parts.settings)
        outbox.queue(connection, chat, 2, [Reply((Text("delete.done"),), (), "deleted")], "en")


def while_sending(
    scene: Stage, happens: Callable[[], None], answer: Sent | BaseException | None = None
) -> None:
    """Lets something happen while the next request is under way; then the provider's answer, or the process's death."""
    usual = scene.channel.send

    def send(outgoing: Outgoing) -> Sent:
        scene.channel.send = usual  # type: ignore[method-assign]
        happens()
        if isinstance(answer, BaseException):
            raise answer
        return answer or usual(outgoing)

    scene.channel.send = send  # type: ignore[method-assign]


def redacted(scene: Stage) -> list[str]:
    with transaction(scene.engine) as connection:
        return sorted(connection.execute(select(Forget.message_ref)).scalars())


def count(scene: Stage, table: type) -> int:
    with transaction(scene.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def due_now(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(Straggler).values(next_try_at=db_now() - 1))


def only_the_confirmation_waits(scene: Stage) -> None:
    (reply,) = scene.replies()
    assert (reply.key, reply.state, reply.parts, reply.provider_id) == ("deleted", "queued", None, None)


def test_a_reply_taken_while_its_chat_is_erased_is_redacted_and_marks_nothing(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, *WORDS)
    while_sending(scene, lambda: erase(scene, chat), Sent("SMlate"))
    deliver.run(scene.parts, chat)
    only_the_confirmation_waits(scene)
    assert redacted(scene) == ["SMlate"]
    assert count(scene, Copy) == count(scene, Receipt) == 0
    deliver.run(scene.parts, chat)
    assert [r.state for r in scene.replies()] == ["sent"]
    assert len(scene.channel.sent) == 1


def test_a_reply_that_was_claimed_but_had_not_left_never_leaves(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    real = deliver.render_reply

    def render(*given: object) -> object:
        monkeypatch.setattr(deliver, "render_reply", real)
        erase(scene, chat)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(deliver, "render_reply", render)
    deliver.run(scene.parts, chat)
    # SQLite gave the erased reply's number to the confirmation: its words must not be the old ones.
    only_the_confirmation_waits(scene)
    assert scene.channel.sent == []
    assert redacted(scene) == []
    assert count(scene, Straggler) == 0


def test_a_refusal_that_comes_after_the_erasure_changes_nothing(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    while_sending(scene, lambda: erase(scene, chat), SendFailed("never", code="63001"))
    deliver.run(scene.parts, chat)
    only_the_confirmation_waits(scene)
    assert redacted(scene) == []


def test_a_worker_that_dies_after_the_acceptance_leaves_a_question_that_is_asked(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    while_sending(scene, lambda: erase(scene, chat), Died())
    with pytest.raises(Died):
        deliver.run(scene.parts, chat)
    deliver.run(scene.parts, chat)  # the confirmation, as P1
    asked: list[tuple[str, bool]] = []
    answers: list[Sequence[str] | SendFailed] = [SendFailed("outage", code="connect"), ["SMlost", "P1"]]

    def sent_between(address: str, since: float, until: float) -> Sequence[str]:
        asked.append((address, since < until))
        answer = answers.pop(0)
        if isinstance(answer, SendFailed):
            raise answer
        return answer

    scene.channel.sent_between = sent_between  # type: ignore[attr-defined]
    stragglers.settle(scene.parts)
    assert asked == [], "not before the worker has surely given up"
    due_now(scene)
    stragglers.settle(scene.parts)
    stragglers.settle(scene.parts)
    assert len(asked) == 1, "an outage is waited out"
    due_now(scene)
    stragglers.settle(scene.parts)
    assert asked == [("c1", True)] * 2
    assert redacted(scene) == ["SMlost"], "what belongs to the talk since stays until it is erased itself"
    assert count(scene, Straggler) == 0


def test_nothing_is_taken_for_lost_while_another_reply_is_on_its_way(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    while_sending(scene, lambda: erase(scene, chat), Died())
    with pytest.raises(Died):
        deliver.run(scene.parts, chat)
    scene.channel.sent_between = lambda *_: ["SMlost", "SMconfirming"]  # type: ignore[attr-defined]
    with transaction(scene.engine) as connection:
        connection.execute(update(ReplyRow).values(state="sending"))
    due_now(scene)
    stragglers.settle(scene.parts)
    assert redacted(scene) == []
    assert count(scene, Straggler) == 1


def test_what_may_have_arrived_before_a_stop_is_asked_after_when_all_is_erased(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    waits = [r.key for r in scene.replies()]

    def stopped() -> None:
        with transaction(scene.engine) as connection:
            outbox_silence.hush(connection, chat, waits)

    while_sending(scene, stopped, Died())
    with pytest.raises(Died):
        deliver.run(scene.parts, chat)
    assert [r.state for r in scene.replies()] == ["parked"]
    erase(scene, chat)
    scene.channel.sent_between = lambda *_: ["SMlost"]  # type: ignore[attr-defined]
    due_now(scene)
    stragglers.settle(scene.parts)
    assert redacted(scene) == ["SMlost"]


def test_a_question_that_nobody_answers_is_given_up(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    while_sending(scene, lambda: erase(scene, chat), Died())
    with pytest.raises(Died):
        deliver.run(scene.parts, chat)

    def away(*_: object) -> Sequence[str]:
        raise SendFailed("outage", code="connect")

    scene.channel.sent_between = away  # type: ignore[attr-defined]
    for _ in range(stragglers.TRIES):
        assert count(scene, Straggler) == 1
        due_now(scene)
        stragglers.settle(scene.parts)
    assert count(scene, Straggler) == 0


def test_a_status_of_an_erased_reply_is_not_kept_and_its_message_is_redacted(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    uuid = scene.replies()[0].uuid
    while_sending(scene, lambda: erase(scene, chat), Died())
    with pytest.raises(Died):
        deliver.run(scene.parts, chat)
    for status in ("sent", "delivered"):
        with transaction(scene.engine) as connection:
            receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SMtold", status), scene.account)  # type: ignore[arg-type]
    assert redacted(scene) == ["SMtold"]
    assert count(scene, Receipt) == count(scene, Copy) == 0


def test_a_status_that_comes_in_the_middle_of_an_erasure_leaves_nothing(scene: Stage) -> None:
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    deliver.run(scene.parts, chat)
    uuid = scene.replies()[0].uuid

    def told() -> None:
        with transaction(scene.engine) as connection:
            receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SMother", "delivered"), scene.account)

    with transaction(scene.engine) as connection:
        effects.erase(connection, chat, scene.parts.settings)
        callback = threading.Thread(target=told)
        callback.start()
        time.sleep(0.5)
    callback.join()
    assert redacted(scene) == ["P1", "SMother"]
    assert count(scene, Receipt) == count(scene, Copy) == 0


def test_a_part_that_left_twice_is_redacted_twice(scene: Stage) -> None:
    """The first sending's id comes by its status only; the lease was lost to another worker, not to an erasure."""
    chat = scene.chat()
    scene.say(chat, WORDS[0])
    uuid = scene.replies()[0].uuid
    with transaction(scene.engine) as connection:
        receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SMone", "failed", "30008"), scene.account)

    def taken_over() -> None:
        with transaction(scene.engine) as connection:
            connection.execute(update(Chat).values(send_token="other", send_until=db_now() - 1))

    while_sending(scene, taken_over, Sent("SMtwo"))
    deliver.run(scene.parts, chat)
    deliver.run(scene.parts, chat)
    erase(scene, chat)
    assert redacted(scene) == ["P1", "SMone", "SMtwo"]


def test_on_the_page_of_the_web_chat_nothing_reappears(engine: Engine, tmp_path: Path) -> None:
    with stage(engine, tmp_path, "webchat") as scene:
        store = SqlWebChatStore(engine)
        page = WebChat(store, scene.parts.vault)
        scene.channel.send = page.send  # type: ignore[method-assign]
        chat = scene.chat()
        for ending in (None, Died()):
            scene.say(chat, WORDS[0])

            def late(outgoing: Outgoing, ending: BaseException | None = ending) -> Sent:
                scene.channel.send = page.send  # type: ignore[method-assign]
                erase(scene, chat)
                sent = page.send(outgoing)
                if ending is not None:
                    raise ending
                return sent

            scene.channel.send = late  # type: ignore[method-assign]
            try:
                deliver.run(scene.parts, chat)
            except Died:
                assert len(store.after("c1", 0)) == 1
            due_now(scene)
            stragglers.settle(scene.parts)
            assert store.after("c1", 0) == []
            deliver.run(scene.parts, chat)
            assert [line.text for line in store.after("c1", 0)] != []


def test_at_the_wire_a_lost_answer_is_found_and_redacted(
    engine: Engine,
    tmp_path: Path,
    twilio: FakeTwilio,
) -> None:
    with stage(engine, tmp_path, "whatsapp") as scene:
        parts = replace(scene.parts, channels={scene.account: adapter(twilio)})
        (chat,) = inbox.receive(engine, scene.account, [RawUpdate("SM" + "1" * 32, PERSON, "{}")])
        with transaction(engine) as connection:
            inbox.finish(connection, [1], 1)
        scene.say(chat, WORDS[0])
        deliver.run(parts, chat)
        scene.say(chat, WORDS[1])
        twilio.faults.append(Fault(on="create", kind="accept_then_drop"))
        deliver.run(parts, chat)
        assert [r.state for r in scene.replies()] == ["sent", "sending"]
        erase(scene, chat)
        deliver.run(parts, chat)
        assert [bool(m.body) for m in twilio.messages.values()] == [True, True, True]
        due_now(scene)
        for _ in range(2):
            sweep.run(parts)
        assert [bool(m.body) for m in twilio.messages.values()] == [False, False, True]
        assert count(scene, Straggler) == count(scene, Forget) == 0
