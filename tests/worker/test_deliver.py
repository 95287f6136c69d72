"""Delivering: once, in order, with the retry times and breakers of the house; never twice knowingly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from bot import (
    breakers,
    conversation,
    dead_letters,
    inbox,
    outbox,
    outbox_silence,
    pace,
    parts_told,
    receipts,
    silence,
)
from bot.channels import DeliveryStatus, RawUpdate, SendFailed, Sent
from bot.clock import db_now
from bot.database import transaction
from bot.messages import Outgoing, Reply, Text
from bot.parts_told import Told
from bot.tables import Chat, ReplyRow
from locales import library
from tests.worker.stage import Stage, stage
from worker import deliver, turn


@pytest.fixture
def telegram(engine: Engine, tmp_path: Path, known_ids: tuple[str, ...]) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


@pytest.fixture
def whatsapp(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        yield made


@pytest.fixture(scope="module")
def known_ids() -> tuple[str, ...]:
    """Three message ids that are in the catalogue."""
    plain = [
        i
        for i, entry in sorted(library().template.items())
        if "{" not in "".join(entry.source) and len(entry.source) == 1 and not i.startswith("words.")
    ]
    return tuple(plain[:3])


def state_of(stage: Stage, index: int = 0) -> str:
    return stage.replies()[index].state


def test_replies_leave_once_and_in_order(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, *known_ids)
    deliver.run(telegram.parts, chat)
    deliver.run(telegram.parts, chat)
    assert [o.id.partition("-")[0] for o in telegram.channel.sent] == [r.uuid for r in telegram.replies()]
    assert {r.state for r in telegram.replies()} == {"sent"}


def test_a_reply_that_fails_holds_back_those_after_it(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, *known_ids)
    telegram.channel.script = [SendFailed("later", code="x")]
    deliver.run(telegram.parts, chat)
    assert telegram.channel.sent == []
    telegram.pass_time(5.1)
    deliver.run(telegram.parts, chat)
    assert len(telegram.channel.sent) == 3
    assert not any(o.uncertain for o in telegram.channel.sent)


def test_the_first_send_and_three_retries_then_it_is_failed(
    telegram: Stage, known_ids: tuple[str, ...]
) -> None:
    chat = telegram.chat()
    telegram.say(chat, known_ids[0])
    telegram.channel.script = [SendFailed("later", code="x") for _ in range(9)]
    waits = []
    for _ in range(6):
        telegram.wakes.calls.clear()
        deliver.run(telegram.parts, chat)
        waits += [round(after) for _, _, after in telegram.wakes.calls if after]
        telegram.pass_time(601)
    assert waits == [5, 60, 600]
    assert len(telegram.channel.script) == 9 - 4
    assert state_of(telegram) == "failed"


def test_an_outage_costs_time_not_replies(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, known_ids[0])
    telegram.channel.script = [SendFailed("outage") for _ in range(20)]
    while telegram.channel.script:
        deliver.run(telegram.parts, chat)
        telegram.pass_time(61)
    assert telegram.replies()[0].attempts == 0
    deliver.run(telegram.parts, chat)
    assert state_of(telegram) == "sent"


def test_after_a_day_of_outage_tries_are_counted(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, known_ids[0])
    telegram.pass_time(outbox.OUTAGE_S + 1)
    telegram.channel.script = [SendFailed("outage") for _ in range(20)]
    for _ in range(6):
        deliver.run(telegram.parts, chat)
        telegram.pass_time(61)
    assert state_of(telegram) == "failed"


def test_an_open_breaker_stops_every_chat_of_the_account_and_lets_one_probe_through(
    telegram: Stage, known_ids: tuple[str, ...]
) -> None:
    chats = [telegram.chat(f"c{n}") for n in range(4)]
    for chat in chats:
        telegram.say(chat, known_ids[0])
    telegram.channel.script = [SendFailed("outage"), SendFailed("outage")]
    deliver.run(telegram.parts, chats[0])
    for chat in chats[1:]:
        deliver.run(telegram.parts, chat)
    assert len(telegram.channel.script) == 1
    telegram.pass_time(breakers.FIRST_S + 0.1)
    for chat in chats:
        deliver.run(telegram.parts, chat)
    assert telegram.channel.script == []
    assert telegram.channel.sent == []


def test_a_crash_after_acceptance_is_sent_again_and_counted(
    telegram: Stage, known_ids: tuple[str, ...]
) -> None:
    """The one documented window: marked `sending`, then the process died."""
    chat = telegram.chat()
    telegram.say(chat, known_ids[0])
    with transaction(telegram.engine) as connection:
        connection.execute(update(ReplyRow).values(state="sending"))
    deliver.run(telegram.parts, chat)
    assert [o.uncertain for o in telegram.channel.sent] == [True]
    assert telegram.replies()[0].resent == 1


def test_a_status_callback_tells_what_the_crash_hid(whatsapp: Stage, known_ids: tuple[str, ...]) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    uuid = whatsapp.replies()[0].uuid
    with transaction(whatsapp.engine) as connection:
        connection.execute(update(ReplyRow).values(state="sending"))
        receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SM1", "sent"))
    deliver.run(whatsapp.parts, chat)
    assert whatsapp.channel.sent == []
    assert (state_of(whatsapp), whatsapp.replies()[0].resent) == ("sent", 0)


def test_statuses_out_of_order_only_rise(whatsapp: Stage, known_ids: tuple[str, ...]) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    deliver.run(whatsapp.parts, chat)
    uuid = whatsapp.replies()[0].uuid
    for status in ("read", "delivered", "sent"):
        with transaction(whatsapp.engine) as connection:
            receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SM1", status))  # type: ignore[arg-type]
    assert state_of(whatsapp) == "read"


def test_a_person_who_blocked_us_gets_nothing_more(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, *known_ids)
    telegram.channel.script = [SendFailed("stopped", code="403")]
    deliver.run(telegram.parts, chat)
    assert telegram.channel.sent == []
    assert {r.state for r in telegram.replies()} == {"dropped"}


def test_outside_the_window_a_reply_waits_for_the_person(whatsapp: Stage, known_ids: tuple[str, ...]) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    whatsapp.channel.script = [SendFailed("window", code="63016")]
    deliver.run(whatsapp.parts, chat)
    assert state_of(whatsapp) == "parked"
    said = '{"kind": "message", "text": "hello", "language_hint": "en"}'
    inbox.receive(whatsapp.engine, whatsapp.account, [RawUpdate("SM1", "c1", said)])
    turn.run(whatsapp.parts, chat)
    deliver.run(whatsapp.parts, chat)
    assert len(whatsapp.channel.sent) == 2
    assert [o.id.partition("-")[0] for o in whatsapp.channel.sent] == [r.uuid for r in whatsapp.replies()]


def test_a_chat_that_is_too_fast_waits_alone(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    slow, other = telegram.chat("slow"), telegram.chat("other")
    telegram.say(slow, known_ids[0])
    telegram.say(other, known_ids[0])
    telegram.channel.script = [SendFailed("slow", code="429", retry_after_s=7)]
    deliver.run(telegram.parts, slow)
    deliver.run(telegram.parts, other)
    assert [o.address for o in telegram.channel.sent] == ["other"]
    assert telegram.replies()[0].attempts == 0
    telegram.pass_time(3)
    deliver.run(telegram.parts, slow)
    assert [o.address for o in telegram.channel.sent] == ["other"]
    telegram.pass_time(5)
    deliver.run(telegram.parts, slow)
    assert [o.address for o in telegram.channel.sent] == ["other", "slow"]


def test_a_chat_that_moved_is_followed(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat("old")
    telegram.say(chat, known_ids[0])
    telegram.channel.script = [SendFailed("moved", moved_to="new")]
    deliver.run(telegram.parts, chat)
    assert [o.address for o in telegram.channel.sent] == ["new"]


def test_the_pace_of_a_chat_is_held_across_processes(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    for _ in range(4):
        telegram.say(chat, *known_ids)
    for _ in range(3):
        deliver.run(telegram.parts, chat)
    assert len(telegram.channel.sent) <= pace.BURST + 1
    telegram.pass_time(60)
    deliver.run(telegram.parts, chat)
    assert len(telegram.channel.sent) <= 2 * pace.BURST + 2


def test_nothing_in_line_leaves_no_due_time(telegram: Stage, known_ids: tuple[str, ...]) -> None:
    chat = telegram.chat()
    telegram.say(chat, known_ids[0])
    deliver.run(telegram.parts, chat)
    with transaction(telegram.engine) as connection:
        row = connection.execute(select(Chat.send_due_at, Chat.send_token).where(Chat.id == chat)).one()
        assert (row.send_due_at, row.send_token) == (None, None)
        connection.execute(update(Chat).values(send_due_at=db_now() - 1))
        assert outbox.chats_with_work(connection, 10) == [chat]


def test_after_a_5xx_whatsapp_is_asked_before_the_reply_is_sent_again(
    whatsapp: Stage, known_ids: tuple[str, ...]
) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    whatsapp.channel.script = [SendFailed("outage", code="http_503"), SendFailed("outage", code="connect")]
    deliver.run(whatsapp.parts, chat)
    whatsapp.pass_time(61)
    deliver.run(whatsapp.parts, chat)
    whatsapp.pass_time(61)
    deliver.run(whatsapp.parts, chat)
    assert len(whatsapp.channel.sent) == 1
    assert whatsapp.replies()[0].attempts == 0


def test_a_failure_after_delivery_changes_nothing(whatsapp: Stage, known_ids: tuple[str, ...]) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    deliver.run(whatsapp.parts, chat)
    uuid = whatsapp.replies()[0].uuid
    for status in ("delivered", "failed"):
        with transaction(whatsapp.engine) as connection:
            receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SM1", status, "63016"))  # type: ignore[arg-type]
    assert state_of(whatsapp) == "delivered"


def test_a_window_that_closed_under_way_parks_the_reply(whatsapp: Stage, known_ids: tuple[str, ...]) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    deliver.run(whatsapp.parts, chat)
    uuid = whatsapp.replies()[0].uuid
    with transaction(whatsapp.engine) as connection:
        receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SM1", "failed", "63016"))
    assert (state_of(whatsapp), whatsapp.replies()[0].parts_sent) == ("parked", 0)


def test_a_person_who_opted_out_is_stopped_by_the_callback(
    whatsapp: Stage, known_ids: tuple[str, ...]
) -> None:
    chat = whatsapp.chat()
    whatsapp.say(chat, known_ids[0])
    deliver.run(whatsapp.parts, chat)
    uuid = whatsapp.replies()[0].uuid
    with transaction(whatsapp.engine) as connection:
        receipts.keep(connection, DeliveryStatus(f"{uuid}-0", "SM1", "failed", "63014"))
        assert connection.execute(select(Chat.stopped)).scalar_one() is True


# --- a reply in several parts, and what Twilio tells of each ---


class Letter:
    """A reply in two parts on its way to somebody on WhatsApp."""

    def __init__(self, scene: Stage) -> None:
        self.scene, self.chat = scene, scene.chat()
        with transaction(scene.engine) as connection:
            outbox.queue(connection, self.chat, 1, [Reply((Text("help.what"),), (), "findings")], "en")
            connection.execute(update(ReplyRow).values(parts=["FIRST", "SECOND"], choices=[]))

    @property
    def row(self) -> ReplyRow:
        return self.scene.replies()[0]

    def goes_on(self) -> list[str]:
        """What leaves now and in the next minutes, as long as anything does."""
        before = len(self.scene.channel.sent)
        for _ in range(8):
            deliver.run(self.scene.parts, self.chat)
            self.scene.pass_time(61)
        return [o.text for o in self.scene.channel.sent[before:]]

    def told(self, part: int, status: str, error: str = "", sid: str = "") -> str:
        """A status callback; the state of the reply after it."""
        said = DeliveryStatus(f"{self.row.uuid}-{part}", sid or f"P{part + 1}", status, error)  # type: ignore[arg-type]
        with transaction(self.scene.engine) as connection:
            receipts.keep(connection, said, self.scene.account)
        return self.row.state


@pytest.fixture
def letter(whatsapp: Stage) -> Letter:
    return Letter(whatsapp)


@pytest.mark.parametrize("second", ["", "sent", "delivered"])
def test_the_part_that_failed_goes_again_and_no_other(letter: Letter, second: str) -> None:
    assert letter.goes_on() == ["FIRST", "SECOND"]
    if second:
        assert letter.told(1, second) == "sent", "the first is not known to have come"
    assert letter.told(0, "failed", "63018") == "queued"
    assert letter.goes_on() == ["FIRST"]
    assert letter.row.state == "sent"
    # Twilio repeats itself: what was told of the message that failed is not of the one that left since.
    assert letter.told(0, "failed", "63018") == "sent"
    letter.told(0, "delivered", sid="P3")
    assert letter.told(1, "delivered") == "delivered"
    assert letter.row.error is None, "what failed once is over"


@pytest.mark.parametrize("word", ["accepted", "sent", "delivered", "failed"])
def test_what_was_told_before_our_own_mark_stands(letter: Letter, word: str) -> None:
    send = letter.scene.channel.send
    early: list[str] = []

    def told_meanwhile(outgoing: Outgoing) -> Sent:
        sent = send(outgoing)
        if outgoing.text not in early:
            early.append(outgoing.text)
            error = "63018" if word == "failed" else ""
            letter.told(int(outgoing.id[-1]), word, error, sent.provider_id)
        return sent

    letter.scene.channel.send = told_meanwhile  # type: ignore[method-assign]
    times = 2 if word == "failed" else 1
    assert letter.goes_on() == ["FIRST"] * times + ["SECOND"] * times
    assert letter.row.state == ("delivered" if word == "delivered" else "sent")


def test_what_failed_of_an_earlier_try_changes_nothing_for_the_one_that_was_taken(letter: Letter) -> None:
    letter.scene.channel.script = [SendFailed("outage", code="http_503")]
    assert letter.goes_on() == ["FIRST", "SECOND"]
    assert letter.told(0, "failed", "63018", sid="SMlost") == "sent"
    assert letter.told(0, "failed", "63018", sid="P1") == "queued"


def test_a_status_without_the_id_of_a_part_is_of_the_part_that_has_its_message(letter: Letter) -> None:
    letter.goes_on()
    letter.told(0, "failed", "63018")
    assert letter.goes_on() == ["FIRST"]
    with transaction(letter.scene.engine) as connection:
        receipts.keep(connection, DeliveryStatus("", "P3", "failed", "63018"), letter.scene.account)
    assert (letter.row.state, letter.row.parts_sent) == ("queued", 0)
    assert letter.goes_on() == ["FIRST"]


# --- STOP, and what was under way ---


def stopped(letter: Letter) -> None:
    with transaction(letter.scene.engine) as connection:
        outbox_silence.hush(connection, letter.chat, ("findings",))


def writes_again(letter: Letter) -> None:
    with transaction(letter.scene.engine) as connection:
        outbox_silence.resume(connection, letter.chat)


@pytest.mark.parametrize("stops", [1, 2])
@pytest.mark.parametrize("times", ["before", "under way"])
@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (SendFailed("outage", code="http_503"), True),
        (SendFailed("unknown", code="no_answer"), True),
        (SendFailed("later", code="x"), False),
        (SendFailed("outage", code="connect"), False),
        (SendFailed("window", code="63016"), False),
    ],
)
def test_a_stop_does_not_forget_what_may_have_arrived(
    letter: Letter, error: SendFailed, uncertain: bool, times: str, stops: int
) -> None:
    send = letter.scene.channel.send
    letter.scene.channel.script = [error]

    def meanwhile(outgoing: Outgoing) -> Sent:
        letter.scene.channel.send = send  # type: ignore[method-assign]
        if times == "under way":
            stopped(letter)
        return send(outgoing)

    letter.scene.channel.send = meanwhile  # type: ignore[method-assign]
    deliver.run(letter.scene.parts, letter.chat)
    first = letter.row.first_tried_at
    for _ in range(stops):
        stopped(letter)
    letter.scene.pass_time(3600)
    writes_again(letter)
    assert letter.goes_on() == ["FIRST", "SECOND"]
    assert [o.uncertain for o in letter.scene.channel.sent] == [uncertain, False]
    assert letter.row.resent == uncertain
    if uncertain:
        assert letter.scene.channel.sent[0].first_tried_at == first, "a provider is asked from then on"


def test_a_part_that_is_known_to_have_failed_is_not_looked_for_after_stop(letter: Letter) -> None:
    letter.goes_on()
    with transaction(letter.scene.engine) as connection:
        silent = replace(conversation.new_state(), stopped=True)
        connection.execute(update(Chat).values(state=conversation.to_json(silent)))
    assert letter.told(0, "failed", "63018") == "parked"
    writes_again(letter)
    assert letter.goes_on() == ["FIRST"]
    assert (letter.scene.channel.sent[-1].uncertain, letter.row.resent) == (False, 0)


def test_a_part_that_may_have_arrived_goes_before_one_that_failed_meanwhile(letter: Letter) -> None:
    letter.scene.channel.script = [None, SendFailed("outage", code="http_503")]
    deliver.run(letter.scene.parts, letter.chat)
    stopped(letter)
    assert letter.told(0, "failed", "63018", sid="P1") == "parked"
    writes_again(letter)
    assert letter.goes_on() == ["SECOND", "FIRST"]
    assert [o.uncertain for o in letter.scene.channel.sent[1:]] == [True, False]


def test_what_a_stop_held_back_is_good_for_ever_once_they_write(letter: Letter) -> None:
    letter.scene.channel.script = [None, SendFailed("slow", code="429", retry_after_s=30)]
    deliver.run(letter.scene.parts, letter.chat)
    stopped(letter)
    writes_again(letter)
    with transaction(letter.scene.engine) as connection:
        connection.execute(update(ReplyRow).values(expires_at=ReplyRow.expires_at - silence.HUSHED_S))
    assert letter.goes_on() == ["SECOND"]
    assert (letter.row.state, letter.row.error) == ("sent", None)


def test_a_window_that_closed_on_both_parts_parks_both_whichever_is_told_first(letter: Letter) -> None:
    letter.goes_on()
    letter.told(1, "failed", "63016")
    assert letter.told(0, "failed", "63016") == "parked"
    with transaction(letter.scene.engine) as connection:
        outbox_silence.resume(connection, letter.chat)
    assert letter.goes_on() == ["FIRST", "SECOND"]
    assert letter.row.state == "sent"


@pytest.mark.parametrize("order", [(0,), (0, 1), (1, 0)])
def test_a_part_that_was_refused_for_good_is_a_dead_letter_and_tried_again_it_is_that_part(
    letter: Letter, order: tuple[int, ...]
) -> None:
    letter.goes_on()
    for part in order:
        letter.told(part, *(("failed", "63024") if part == 0 else ("delivered",)))
    assert (letter.row.state, letter.row.error) == ("failed", "status 63024")
    row_id = letter.row.id
    with transaction(letter.scene.engine) as connection:
        assert dead_letters.replay(connection, row_id) == letter.chat
    assert letter.goes_on() == ["FIRST"]
    assert letter.row.state == "sent"


def test_words_do_not_wait_for_the_photograph_that_was_refused(letter: Letter) -> None:
    send = letter.scene.channel.send

    def refused_meanwhile(outgoing: Outgoing) -> Sent:
        if outgoing.text == "SECOND":
            assert letter.told(0, "failed", "63019") == "sending"
        return send(outgoing)

    letter.scene.channel.send = refused_meanwhile  # type: ignore[method-assign]
    assert letter.goes_on() == ["FIRST", "SECOND"]
    assert letter.row.state == "failed"
    assert letter.told(1, "delivered") == "failed"


def test_what_was_too_fast_goes_before_what_has_not_left(letter: Letter) -> None:
    letter.scene.channel.script = [None, SendFailed("slow", code="429", retry_after_s=30)]
    deliver.run(letter.scene.parts, letter.chat)
    assert (letter.row.state, letter.row.parts_sent) == ("queued", 1)
    assert letter.told(0, "failed", "63018", sid="P1") == "queued"
    assert letter.goes_on() == ["FIRST", "SECOND"]
    assert (letter.row.state, letter.row.resent) == ("sent", 0)


def test_a_part_that_may_still_come_is_not_given_up_with_the_other(letter: Letter) -> None:
    letter.goes_on()
    assert letter.told(0, "failed", "63019") == "failed"
    assert letter.told(1, "failed", "63018") == "queued"
    assert letter.goes_on() == ["SECOND"]
    assert (letter.row.state, letter.row.parts_sent) == ("failed", 0)


def test_a_failure_that_is_told_after_stop_sends_nothing_again(letter: Letter) -> None:
    letter.goes_on()
    with transaction(letter.scene.engine) as connection:
        stopped = replace(conversation.new_state(), stopped=True)
        connection.execute(update(Chat).values(state=conversation.to_json(stopped)))
    assert letter.told(0, "failed", "63018") == "parked"
    assert letter.goes_on() == []


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_however_it_is_told_every_part_ends_delivered_once_or_in_a_dead_letter(data: st.DataObject) -> None:
    """Bare of the database: a reply is driven by what a provider may tell, in any order, until it moves no more."""
    total = data.draw(st.integers(1, 4))
    told: dict[int, Told] = {}
    state, part, tries = "queued", 0, dict.fromkeys(range(total), 0)
    for _ in range(60):
        under_way = [n for n in range(total) if tries[n] and told[n].rank <= parts_told.RANK["sent"]]
        if state == "queued" and not (under_way and data.draw(st.booleans())):
            assert not tries[part] or told[part].failed, "a part left that the provider has"
            tries[part] += 1
            told[part] = _TAKEN
            part = parts_told.following(part, total, told)
            state = "sent" if part >= total else "queued"
            news = None
        elif under_way:
            news = data.draw(st.sampled_from(under_way))
            error = data.draw(st.sampled_from(["", "63018", "63019"])) if tries[news] < 3 else ""
            told[news] = Told(parts_told.RANK["failed" if error else "delivered"], error, "P")
        else:
            break
        ruling = parts_told.ruled(
            state, part, total, told, news if news in told and told[news].failed else None
        )
        if ruling is not None:
            state, part = ruling.state, ruling.next_part
    lost = [n for n in range(total) if told[n].failed]
    assert all(tries.values())
    assert state == ("failed" if lost else "delivered")
    assert not lost or part == lost[0]
    assert all(told[n].error == "63019" for n in lost)


_TAKEN = Told(parts_told.RANK["accepted"], "", "P")
