"""The inbox: an update is kept once, in order, and belongs to exactly one turn. Both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, func, select, update

from bot import inbox
from bot.channels import Account, RawUpdate
from bot.clock import db_now
from bot.database import transaction
from bot.tables import Chat, Copy, Forget, InboundRow

TELEGRAM = Account("telegram", "main")
WHATSAPP = Account("whatsapp", "main")


def raw(number: int, *, address: str = "c1", order: int | None = None, album: str = "") -> RawUpdate:
    return RawUpdate(f"u{number}", address, f'{{"n": {number}}}', order, album)


def taken(engine: Engine, chat_id: int) -> list[tuple[str, ...]]:
    """Works the chat off as the turn worker does; the payloads of every turn."""
    turns = []
    while True:
        with transaction(engine) as connection:
            waiting = inbox.pending(connection, chat_id)
            if waiting is None or waiting.wait_s > 0:
                return turns
            inbox.finish(connection, waiting.ids, len(turns) + 1)
        turns.append(waiting.payloads)


def test_ten_duplicates_change_nothing(engine: Engine) -> None:
    woken = inbox.receive(engine, TELEGRAM, [raw(1)])
    assert len(woken) == 1
    for _ in range(10):
        assert inbox.receive(engine, TELEGRAM, [raw(1)]) == []
    assert taken(engine, woken[0]) == [('{"n": 1}',)]


def test_what_settled_before_the_clock_was_set_back_does_not_wait_for_an_hour(engine: Engine) -> None:
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(1, album="a")])
    assert taken(engine, chat) == []
    with transaction(engine) as connection:
        connection.execute(update(InboundRow).values(settle_until=db_now() + 3602))
    assert taken(engine, chat) == [('{"n": 1}',)]


def test_a_duplicate_after_its_turn_changes_nothing(engine: Engine) -> None:
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(1)])
    taken(engine, chat)
    assert inbox.receive(engine, TELEGRAM, [raw(1)]) == []
    assert taken(engine, chat) == []


def test_the_same_id_on_another_account_is_another_message(engine: Engine) -> None:
    assert inbox.receive(engine, TELEGRAM, [raw(1)])
    assert inbox.receive(engine, Account("telegram", "second"), [raw(1)])


def test_duplicates_sent_at_once_by_many_threads_are_kept_once(engine: Engine) -> None:
    gate = threading.Barrier(8)
    failures: list[BaseException] = []

    def send() -> None:
        gate.wait()
        try:
            for number in range(5):
                inbox.receive(engine, TELEGRAM, [raw(number, order=number)])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with transaction(engine) as connection:
        assert connection.execute(select(func.count()).select_from(InboundRow)).scalar_one() == 5
        assert connection.execute(select(func.count()).select_from(Chat)).scalar_one() == 1


def test_telegrams_message_id_decides_the_order(engine: Engine) -> None:
    for number in (3, 1, 2):
        (chat,) = inbox.receive(engine, TELEGRAM, [raw(number, order=number)])
    assert [t[0] for t in taken(engine, chat)] == ['{"n": 1}', '{"n": 2}', '{"n": 3}']


def test_a_button_press_comes_after_what_is_already_there(engine: Engine) -> None:
    inbox.receive(engine, TELEGRAM, [raw(1, order=50)])
    inbox.receive(engine, TELEGRAM, [raw(2, order=None)])
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(3, order=51)])
    assert [t[0] for t in taken(engine, chat)] == ['{"n": 1}', '{"n": 2}', '{"n": 3}']


def test_what_waited_in_the_spool_keeps_its_place(engine: Engine) -> None:
    (chat,) = inbox.receive(engine, WHATSAPP, [raw(2)])
    inbox.receive(engine, WHATSAPP, [raw(1)], received_at=1_000.0)
    assert [t[0] for t in taken(engine, chat)] == ['{"n": 1}', '{"n": 2}']


def settle(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(update(InboundRow).values(settle_until=db_now() - 1))


def test_an_album_of_ten_becomes_one_turn(engine: Engine) -> None:
    for number in range(10):
        (chat,) = inbox.receive(engine, TELEGRAM, [raw(number, order=number, album="a")])
    with transaction(engine) as connection:
        waiting = inbox.pending(connection, chat)
    assert waiting is not None
    assert 0 < waiting.wait_s <= inbox.SETTLE_S
    settle(engine)
    (turn,) = taken(engine, chat)
    assert len(turn) == 10


def test_a_burst_ends_where_something_else_was_said(engine: Engine) -> None:
    for number, album in enumerate(("burst", "burst", "", "burst")):
        (chat,) = inbox.receive(engine, WHATSAPP, [raw(number, album=album)])
    settle(engine)
    assert [len(t) for t in taken(engine, chat)] == [2, 1, 1]


def test_an_album_does_not_settle_for_ever(engine: Engine) -> None:
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(0, order=0, album="a")])
    with transaction(engine) as connection:
        connection.execute(update(InboundRow).values(received_at=db_now() - inbox.SETTLE_CAP_S))
    inbox.receive(engine, TELEGRAM, [raw(1, order=1, album="a")])
    with transaction(engine) as connection:
        waiting = inbox.pending(connection, chat)
    assert waiting is not None
    assert waiting.wait_s <= 0.01
    assert len(waiting.ids) == 2


def test_an_update_of_nobody_is_kept_for_a_person_to_look_at(engine: Engine) -> None:
    assert inbox.receive(engine, TELEGRAM, [RawUpdate("sha256:00", "", "{")]) == []
    with transaction(engine) as connection:
        row = connection.execute(select(InboundRow)).one()
    assert (row.state, row.payload) == ("parked", "{")


def test_a_finished_row_holds_nothing_that_was_said(engine: Engine) -> None:
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(1)])
    taken(engine, chat)
    with transaction(engine) as connection:
        assert connection.execute(select(InboundRow.payload)).scalar_one() is None


@pytest.mark.parametrize("attempts", [1, 4])
def test_attempts_are_counted_and_given_back(engine: Engine, attempts: int) -> None:
    (chat,) = inbox.receive(engine, TELEGRAM, [raw(1)])
    with transaction(engine) as connection:
        waiting = inbox.pending(connection, chat)
        assert waiting is not None
        for _ in range(attempts):
            inbox.start(connection, waiting.ids)
        inbox.give_back(connection, waiting.ids)
        again = inbox.pending(connection, chat)
    assert again is not None
    assert again.attempts == attempts - 1


@pytest.mark.parametrize("before", [True, False])
def test_what_was_said_before_an_erasing_and_comes_late_begins_nothing(engine: Engine, before: bool) -> None:
    (chat,) = inbox.receive(engine, WHATSAPP, [raw(1)])
    taken(engine, chat)
    with transaction(engine) as connection:
        connection.execute(update(Chat).values(erased_at=1_000.0, due_at=None, last_inbound_at=900.0))
    woken = inbox.receive(engine, WHATSAPP, [raw(2)], received_at=970.0 if before else 1_030.0)
    with transaction(engine) as connection:
        row = connection.execute(select(InboundRow).where(InboundRow.external_id == "u2")).one()
        then = connection.execute(select(Chat.due_at, Chat.last_inbound_at)).one()
        redacted = list(connection.execute(select(Forget.message_ref)).scalars())
        held = list(connection.execute(select(Copy.provider_id)).scalars())
    if before:
        assert (woken, row.state, row.payload) == ([], "done", None)
        assert tuple(then) == (None, 900.0)
        assert redacted == ["u2"]
        assert "u2" not in held
        assert inbox.receive(engine, WHATSAPP, [raw(2)]) == [], "its id is known: no repeat brings it back"
    else:
        assert (woken, row.state, row.payload) == ([chat], "received", '{"n": 2}')
        assert redacted == []
    # What is said from now on is answered.
    assert inbox.receive(engine, WHATSAPP, [raw(3)]) == [chat]
