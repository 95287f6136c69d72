"""The line of SQLite's writers: first come, first served; nobody keeps a place that he does not use."""

from __future__ import annotations

import contextlib
import gc
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError, ProgrammingError

from bot import database, sqlite_writers
from bot.channels import Account, RawUpdate, Received
from bot.database import connect, reading, transaction
from bot.migrations import upgrade
from bot.sealing import Sealer
from bot.spool import Spool
from bot.sqlite_writers import Turnstile, turnstile
from bot.web.webhooks import Intake

SHORT_S = 0.3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.sqlite3"


@pytest.fixture
def lite(path: Path) -> Iterator[Engine]:
    made = connect(f"sqlite:///{path}")
    with transaction(made) as connection:
        connection.execute(text("create table counts (id integer primary key, n integer)"))
        connection.execute(text("insert into counts values (1, 0)"))
    yield made
    made.dispose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers wait SHORT_S instead of ten seconds (where asked for before the engine is made)."""
    monkeypatch.setattr(sqlite_writers, "BUSY_TIMEOUT_S", SHORT_S)
    monkeypatch.setattr(sqlite_writers, "LEAST_BUSY_S", SHORT_S)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", SHORT_S)


def add(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("update counts set n = n + 1"))


@contextlib.contextmanager
def writing_elsewhere(engine: Engine) -> Iterator[None]:
    """Another thread is in the middle of a transaction."""
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction(engine):
            inside.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(5)
    try:
        yield
    finally:
        done.set()
        thread.join()


def in_thread(*works: object) -> None:
    threads = [threading.Thread(target=work) for work in works]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def wait_until(true: object) -> None:
    end = time.monotonic() + 60  # of patience: nothing is measured
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.001)


def test_writers_come_in_in_the_order_in_which_they_came() -> None:
    line = Turnstile()
    first = object()
    line.enter(first, 1)
    order: list[int] = []

    def come(number: int) -> None:
        me = object()
        line.enter(me, 10)
        order.append(number)
        line.leave(me)

    threads = []
    for number in range(12):
        thread = threading.Thread(target=come, args=(number,))
        thread.start()
        wait_until(lambda: len(line._line) == len(threads) + 1)
        threads.append(thread)
    line.leave(first)
    for thread in threads:
        thread.join()
    assert order == list(range(12))


def test_of_sixteen_busy_writers_none_starves(lite: Engine) -> None:
    done = [0] * 16
    gate = threading.Barrier(16)

    def write(me: int) -> None:
        gate.wait()
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            add(lite)
            done[me] += 1

    in_thread(*(lambda me=me: write(me) for me in range(16)))
    with reading(lite) as connection:
        assert connection.execute(text("select n from counts")).scalar_one() == sum(done)
    # Turn by turn; at the end each stops by its own clock. Without the line the luckiest write many times what the others do.
    assert max(done) - min(done) <= max(3, max(done) // 20), done


def test_a_thread_that_raises_or_ends_in_a_transaction_lets_the_next_one_in(
    lite: Engine, impatient: None
) -> None:
    def raises() -> None:
        with contextlib.suppress(ZeroDivisionError), transaction(lite) as connection:
            connection.execute(text("update counts set n = n + 100"))
            raise ZeroDivisionError

    def ends() -> None:
        connection = lite.connect()
        connection.execute(text("update counts set n = n + 100"))  # and nobody commits or closes

    def loses_its_connection() -> None:
        with contextlib.suppress(PendingRollbackError), transaction(lite) as connection:
            connection.execute(text("update counts set n = n + 100"))
            connection.invalidate()

    for work in (raises, ends, loses_its_connection):
        in_thread(work)
        gc.collect()
        add(lite)
    with reading(lite) as connection:
        assert connection.execute(text("select n from counts")).scalar_one() == 3


def test_a_refused_commit_lets_the_next_one_in(lite: Engine) -> None:
    with transaction(lite) as connection:
        connection.execute(
            text("create table notes (of integer references counts (id) deferrable initially deferred)")
        )
    with pytest.raises(IntegrityError), transaction(lite) as connection:
        connection.execute(text("insert into notes values (7)"))
    in_thread(lambda: add(lite))
    with reading(lite) as connection:
        assert connection.execute(text("select n from counts")).scalar_one() == 1


def test_whoever_waits_too_long_gets_the_error_of_a_busy_database(impatient: None, lite: Engine) -> None:
    with writing_elsewhere(lite):
        began = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            add(lite)
        assert time.monotonic() - began >= SHORT_S
    add(lite)


def test_another_process_that_writes_is_waited_for_and_gives_the_same_error(
    impatient: None, lite: Engine, path: Path
) -> None:
    # A connection that knows nothing of our line, as another process's.
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(OperationalError, match="database is locked"):
            add(lite)
        other.execute("commit")
    in_thread(lambda: add(lite))
    with reading(lite) as connection:
        assert connection.execute(text("select n from counts")).scalar_one() == 1


@pytest.mark.parametrize(("in_line_s", "left_ms"), [(0.1, 10_000), (7.0, 3_000), (9.9, 1_000)])
def test_line_and_busy_timeout_together_are_no_longer_than_one_of_them(
    lite: Engine, monkeypatch: pytest.MonkeyPatch, in_line_s: float, left_ms: int
) -> None:
    """What went by in the line is not waited for again where another process holds the file."""
    enter = Turnstile.enter

    def slow(line: Turnstile, who: object, timeout_s: float) -> float:
        enter(line, who, timeout_s)
        return in_line_s

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Turnstile, "enter", slow)
        with transaction(lite) as connection:
            assert connection.execute(text("pragma busy_timeout")).scalar_one() == left_ms
    with transaction(lite) as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 10_000, "as before"


def test_the_line_tells_how_long_it_took() -> None:
    line, holder = Turnstile(), object()
    assert line.enter(holder, 1) == 0.0
    took: list[float] = []
    thread = threading.Thread(target=lambda: took.append(line.enter(object(), 60)))
    thread.start()
    wait_until(lambda: line._line)
    line.leave(holder)
    thread.join()
    assert took[0] > 0.0


def test_a_transaction_inside_another_fails_and_does_not_wait_for_itself(lite: Engine) -> None:
    # Whoever waits in the line ends with "database is locked".
    with transaction(lite), pytest.raises(ProgrammingError, match="inside another"):
        add(lite)
    add(lite)


def test_readers_wait_for_nobody(lite: Engine) -> None:
    with writing_elsewhere(lite), reading(lite) as connection:
        assert connection.execute(text("select n from counts")).scalar_one() == 0
    with transaction(lite) as writer:
        writer.execute(text("update counts set n = 5"))
        with reading(lite) as connection:
            assert connection.execute(text("select n from counts")).scalar_one() == 0


def test_one_file_has_one_line_however_it_is_named(lite: Engine, path: Path) -> None:
    (path.parent / "sub").mkdir()
    again = connect(f"sqlite:///{path.parent}/sub/../{path.name}")
    with transaction(lite), pytest.raises(ProgrammingError):
        add(again)
    again.dispose()
    assert turnstile(path) is not turnstile(path.with_name("other.sqlite3"))


def test_a_webhook_that_waits_too_long_in_line_goes_to_the_spool_or_asks_to_come_again(
    impatient: None, tmp_path: Path
) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'inbox.sqlite3'}")
    upgrade(engine)
    spool = Spool(tmp_path / "spool", Sealer({1: bytes(32)}))
    intake = Intake(engine, lambda *_: None, spool)
    account = Account("whatsapp", "main")
    with writing_elsewhere(engine):
        assert intake.keep(account, Received((RawUpdate("SM1", "a", "{}"),)), may_spool=True)
        assert not intake.keep(account, Received((RawUpdate("SM2", "b", "{}"),)), may_spool=False)
    assert spool.count() == 1
    assert intake.drain() == 1
    spool.close()
    engine.dispose()


VISITS = st.lists(
    st.tuples(st.sampled_from(["leave", "leave twice", "raise", "hurry"]), st.floats(0, 0.002)), max_size=40
)


@settings(max_examples=30, deadline=None)
@given(visits=VISITS)
def test_never_two_inside_and_nobody_left_behind(visits: list[tuple[str, float]]) -> None:
    """A visitor a tuple: how he goes, and how long he stays. 'hurry' waits hardly at all and may give up."""
    line = Turnstile()
    inside: list[object] = []
    most, given_up = [0], [0]

    def visit(how: str, stay_s: float) -> None:
        me = object()
        try:
            line.enter(me, 0.0005 if how == "hurry" else 20)
        except sqlite3.OperationalError:
            given_up[0] += 1
            return
        inside.append(me)
        most[0] = max(most[0], len(inside))
        with contextlib.suppress(ZeroDivisionError):
            try:
                time.sleep(stay_s)
                if how == "raise":
                    raise ZeroDivisionError
            finally:
                inside.remove(me)
                line.leave(me)
                if how == "leave twice":
                    line.leave(me)

    in_thread(*(lambda v=v: visit(*v) for v in visits))
    assert most[0] <= 1
    assert given_up[0] <= sum(how == "hurry" for how, _ in visits)
    assert line._holder is None
    assert not line._line
