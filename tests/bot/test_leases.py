"""Leases: one holder at a time, whatever happens at once; the rules hold under any order of events."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update

from bot.clock import db_now
from bot.database import transaction
from bot.errors import LeaseLost
from bot.leases import TURN, hold, take
from bot.tables import Chat


def make_chat(engine: Engine, address: str = "c1") -> int:
    with transaction(engine) as connection:
        return int(
            connection.execute(
                insert(Chat)
                .values(
                    channel="webchat",
                    account="main",
                    address=address,
                    created_at=db_now(),
                    stopped=False,
                    turns=0,
                )
                .returning(Chat.id)
            ).scalar_one()
        )


def expire(engine: Engine, chat: int) -> None:
    with transaction(engine) as connection:
        connection.execute(update(Chat).where(Chat.id == chat).values(turn_until=db_now() - 1))


def test_a_lease_of_before_the_clock_was_set_back_does_not_hold_for_an_hour(engine: Engine) -> None:
    chat = make_chat(engine)
    with transaction(engine) as connection:
        assert take(connection, TURN, chat, 120)
        assert take(connection, TURN, chat, 120) is None
        connection.execute(update(Chat).where(Chat.id == chat).values(turn_until=db_now() + 3720))
        assert take(connection, TURN, chat, 120)


def test_of_sixteen_threads_one_gets_the_lease(engine: Engine) -> None:
    chat = make_chat(engine)
    gate = threading.Barrier(16)
    tokens: list[str | None] = []

    def try_it() -> None:
        gate.wait()
        with transaction(engine) as connection:
            tokens.append(take(connection, TURN, chat, 60))

    threads = [threading.Thread(target=try_it) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 16
    assert sum(token is not None for token in tokens) == 1


def test_an_expired_lease_is_taken_over_and_the_first_holder_loses(engine: Engine) -> None:
    chat = make_chat(engine)
    with transaction(engine) as connection:
        first = take(connection, TURN, chat, 60)
    expire(engine, chat)
    with transaction(engine) as connection:
        second = take(connection, TURN, chat, 60)
    assert first is not None
    assert second is not None
    with pytest.raises(LeaseLost), transaction(engine) as connection:
        hold(connection, TURN, chat, first, None, turns=99)
    with transaction(engine) as connection:
        assert connection.execute(select(Chat.turns)).scalar_one() == 0
        hold(connection, TURN, chat, second, None, turns=1)


def test_what_a_loser_wrote_in_the_same_transaction_is_gone(engine: Engine) -> None:
    chat = make_chat(engine)
    with transaction(engine) as connection:
        first = take(connection, TURN, chat, 60)
    assert first is not None
    expire(engine, chat)
    with transaction(engine) as connection:
        take(connection, TURN, chat, 60)
    with pytest.raises(LeaseLost), transaction(engine) as connection:
        connection.execute(update(Chat).where(Chat.id == chat).values(stopped=True))
        hold(connection, TURN, chat, first, 60)
    with transaction(engine) as connection:
        assert connection.execute(select(Chat.stopped)).scalar_one() is False


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["take", "release", "write", "expire"]), st.integers(0, 2)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_only_the_holder_ever_writes(engine: Engine, actions: list[tuple[str, int]]) -> None:
    """Three workers, any order: a model of the lease in plain Python agrees with the database at every step."""
    with transaction(engine) as connection:
        connection.execute(Chat.__table__.delete())
    chat = make_chat(engine)
    tokens: list[str | None] = [None, None, None]
    holder: int | None = None
    free = True
    written = 0
    for action, worker in actions:
        if action == "expire":
            expire(engine, chat)
            free = True
        elif action == "take":
            with transaction(engine) as connection:
                token = take(connection, TURN, chat, 60)
            assert (token is not None) == free
            if token is not None:
                tokens[worker], holder, free = token, worker, False
        else:
            token = tokens[worker]
            if token is None:
                continue
            try:
                with transaction(engine) as connection:
                    hold(
                        connection,
                        TURN,
                        chat,
                        token,
                        None if action == "release" else 60,
                        turns=Chat.turns + 1,
                    )
            except LeaseLost:
                assert worker != holder
                tokens[worker] = None
            else:
                # An expired lease that nobody took over may still complete: its work was not done twice.
                assert worker == holder
                written += 1
                if action == "release":
                    tokens[worker], holder, free = None, None, True
                else:
                    free = False
        with transaction(engine) as connection:
            assert connection.execute(select(Chat.turns)).scalar_one() == written
