"""The audit trail: whatever is done to its rows is found; nobody edits them; an erasure leaves it whole."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from bot import audit
from bot.audit import Head, Link
from bot.clock import db_now
from bot.database import connect, reading, transaction
from bot.errors import NgoziError
from bot.tables import Audit, AuditHead, Rate
from tests.conftest import KEYS

OTHER = {**KEYS, 2: b"n" * 32}
CHAIN_KEYS = {1: b"a" * 32, 2: b"b" * 32}


def chained(links: list[Link]) -> tuple[list[tuple[Link, str]], Head]:
    rows, previous = [], ""
    for link in links:
        previous = audit.mac_of(CHAIN_KEYS[link.key_id or 1], previous, link)
        rows.append((link, previous))
    return rows, Head(len(rows), previous)


values = st.dictionaries(
    st.text(max_size=5), st.integers(-5, 5) | st.text(max_size=5) | st.none(), max_size=3
)
links = st.lists(
    st.builds(
        Link,
        seq=st.just(0),
        at=st.floats(0, 2e9),
        what=st.text(max_size=8),
        subject=st.text(max_size=8),
        by=st.none() | st.integers(1, 9),
        before=st.none() | values,
        after=st.none() | values,
        details=values,
        key_id=st.just(1),
    ),
    min_size=1,
    max_size=8,
).map(lambda found: [replace(link, seq=n + 1) for n, link in enumerate(found)])


@given(links)
def test_a_chain_that_nobody_touched_is_whole(found: list[Link]) -> None:
    rows, head = chained(found)
    assert audit.broken(rows, "", head, CHAIN_KEYS) is None


@given(links, st.data())
def test_any_edit_removal_repetition_or_reordering_of_rows_is_found(
    found: list[Link], data: st.DataObject
) -> None:
    rows, head = chained(found)
    at = data.draw(st.integers(0, len(rows) - 1))
    link, mac = rows[at]
    kind = data.draw(st.sampled_from(["edit", "mac", "remove", "twice", "swap", "cut", "renumber"]))
    changed: list[tuple[Link, str | None]] = list(rows)
    if kind == "edit":
        field = data.draw(st.sampled_from(["at", "what", "subject", "by", "before", "after", "details"]))
        new: dict[str, Any] = {
            "at": link.at + 1.0, "what": link.what + "x", "subject": link.subject + "x", "by": (link.by or 0) + 1,
            "before": {"x": 99}, "after": {"x": 99}, "details": {**link.details, "xxxxxx": 1},
        }  # fmt: skip
        changed[at] = (replace(link, **{field: new[field]}), mac)
    elif kind == "mac":
        changed[at] = (link, None if data.draw(st.booleans()) else "0" * 64)
    elif kind == "remove":
        del changed[at]
    elif kind == "twice":
        changed.insert(at, changed[at])
    elif kind == "swap":
        other = data.draw(st.integers(0, len(rows) - 1))
        if other == at:
            return
        changed[at], changed[other] = changed[other], changed[at]
    elif kind == "cut":
        changed = changed[:at]
    else:
        # A row is taken out and what follows gets new numbers, as one would do by hand.
        changed = [(replace(row, seq=n + 1), m) for n, (row, m) in enumerate(rows[:at] + rows[at + 1 :])]
    assert audit.broken(changed, "", head, CHAIN_KEYS) is not None


@given(links)
def test_a_row_of_an_older_key_behind_a_newer_one_is_found(found: list[Link]) -> None:
    rows, _ = chained([replace(link, key_id=2) for link in found] + [replace(found[0], seq=len(found) + 1)])
    broken = audit.broken(rows, "", Head(len(rows), rows[-1][1]), CHAIN_KEYS)
    assert broken is not None
    assert broken.fault == "key_older"


def fill(engine: Engine, count: int = 3) -> None:
    for n in range(count):
        with transaction(engine) as connection:
            audit.record(
                connection, "tried", n, by=7, before={"role": "chw"}, after={"role": "admin"}, photos=2
            )


def verdict(engine: Engine, keys: dict[int, bytes] = KEYS, known: Head | None = None) -> audit.Break | None:
    with reading(engine) as connection:
        return audit.verify(connection, keys, known)


def head(engine: Engine) -> Head:
    with reading(engine) as connection:
        return audit.head(connection)


def test_rows_are_numbered_without_a_gap_and_the_trail_is_whole(engine: Engine) -> None:
    assert verdict(engine) is None
    fill(engine)
    with reading(engine) as connection:
        rows = connection.execute(select(Audit).order_by(Audit.id)).all()
    assert [row.seq for row in rows] == [1, 2, 3]
    assert [(row.by_person, row.before, row.after, row.details) for row in rows[:1]] == [
        (7, {"role": "chw"}, {"role": "admin"}, {"photos": 2})
    ]
    assert verdict(engine) is None


def test_what_is_rolled_back_leaves_no_row_and_no_gap(engine: Engine) -> None:
    fill(engine, 1)
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        audit.record(connection, "tried", 1)
        raise ZeroDivisionError
    fill(engine, 1)
    assert head(engine).seq == 2
    assert verdict(engine) is None


def test_the_database_refuses_to_edit_or_delete_a_row(engine: Engine) -> None:
    fill(engine)
    tries: list[Any] = [
        update(Audit).values(what="nothing"),
        delete(Audit).where(Audit.seq == 1),
        delete(Audit),
    ]
    if engine.dialect.name == "postgresql":
        tries.append(text("truncate audit"))
    for statement in tries:
        with pytest.raises(DatabaseError, match="neither edited nor cut"), transaction(engine) as connection:
            connection.execute(statement)
    assert verdict(engine) is None


def unlock(engine: Engine) -> None:
    """What somebody with the database's own tools can do."""
    with transaction(engine) as connection:
        for trigger in ("audit_keep_rows", "audit_keep_whole"):
            on = "" if engine.dialect.name == "sqlite" else " on audit"
            connection.execute(text(f"drop trigger {trigger}{on}"))


@pytest.mark.parametrize(
    ("statement", "fault", "seq"),
    [
        (update(Audit).where(Audit.seq == 2).values(subject="8"), "edited", 2),
        (update(Audit).where(Audit.seq == 1).values(by_person=8), "first", 1),
        (update(Audit).where(Audit.seq == 3).values(at=Audit.at + 1), "edited", 3),
        (delete(Audit).where(Audit.seq == 2), "missing", 2),
        (delete(Audit).where(Audit.seq == 3), "cut", 3),
        (delete(Audit), "cut", 1),
        (update(AuditHead).values(seq=2), "extra", 3),
        (update(AuditHead).values(mac="0" * 64), "head", 3),
        (insert(Audit).values(at=db_now(), what="old", subject="1", details={}), "first", 1),
        (
            insert(Audit).values(at=db_now(), what="new", subject="1", details={}, seq=4, key_id=1, mac="0"),
            "extra",
            4,
        ),
    ],
)
def test_where_the_triggers_are_gone_the_chain_says_which_row(
    engine: Engine, statement: Any, fault: str, seq: int
) -> None:
    fill(engine)
    unlock(engine)
    with transaction(engine) as connection:
        connection.execute(statement)
    broken = verdict(engine)
    assert broken is not None
    assert (broken.fault, broken.seq) == (fault, seq)


def test_a_tail_cut_together_with_the_head_is_found_by_a_head_that_was_written_down(engine: Engine) -> None:
    fill(engine)
    kept = head(engine)
    unlock(engine)
    with transaction(engine) as connection:
        mac = connection.execute(select(Audit.mac).where(Audit.seq == 2)).scalar_one()
        connection.execute(delete(Audit).where(Audit.seq == 3))
        connection.execute(update(AuditHead).values(seq=2, mac=mac))
    assert verdict(engine) is None, "nothing in the database shows it"
    broken = verdict(engine, known=kept)
    assert broken is not None
    assert broken.fault == "cut"
    fill(engine, 2)
    broken = verdict(engine, known=kept)
    assert broken is not None
    assert (broken.fault, broken.seq) == ("head", 3)


def test_rows_of_before_the_chain_are_covered_by_its_first_link(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(
            insert(Audit).values(at=5.0, what="case_erased", subject="4", details={"replies": 1})
        )
    fill(engine)
    assert verdict(engine) is None
    unlock(engine)
    with transaction(engine) as connection:
        connection.execute(update(Audit).where(Audit.seq.is_(None)).values(subject="5"))
    broken = verdict(engine)
    assert broken is not None
    assert broken.fault == "first"


def test_a_new_master_key_goes_on_with_the_chain_and_the_old_one_may_go(database_url: str) -> None:
    first = connect(database_url, keys=KEYS)
    fill(first)
    first.dispose()
    second = connect(database_url, keys=OTHER)
    fill(second)
    with transaction(second) as connection:
        audit.keep_keys(connection, OTHER)
    newest = {2: OTHER[2]}
    assert verdict(second, OTHER) is None
    assert verdict(second, newest) is None
    # And once more: what was kept is sealed anew.
    third = {2: OTHER[2], 3: b"t" * 32}
    with transaction(second) as connection:
        audit.keep_keys(connection, third)
    assert verdict(second, {3: third[3]}) is None
    second.dispose()


def test_without_the_old_key_kept_the_trail_says_so(engine: Engine) -> None:
    fill(engine)
    broken = verdict(engine, {2: OTHER[2]})
    assert broken is not None
    assert broken.fault == "key_unknown"


def test_a_database_opened_without_keys_writes_no_row(database_url: str) -> None:
    engine = connect(database_url)
    with pytest.raises(NgoziError, match="master keys"), transaction(engine) as connection:
        audit.record(connection, "tried", 1)
    engine.dispose()


def test_many_writers_at_once_give_one_whole_chain(engine: Engine) -> None:
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for n in range(10):
                with transaction(engine) as connection:
                    audit.record(connection, "tried", f"{number}-{n}")
                    audit.record(connection, "tried", f"{number}-{n}-again")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert head(engine).seq == 80
    assert verdict(engine) is None


@pytest.mark.postgres
def test_two_writers_that_record_in_opposite_order_do_not_block_each_other(copied_postgres: str) -> None:
    """One records and then locks a row; the other locks that row and then records. The head is locked after all else."""
    engine = connect(copied_postgres, keys=KEYS)
    with transaction(engine) as connection:
        connection.execute(insert(Rate).values(scope="a", free_at=0.0))
    both, failed = threading.Barrier(2, timeout=10), []

    def record_then_lock() -> None:
        with transaction(engine) as connection:
            audit.record(connection, "tried", 1)
            both.wait()
            connection.execute(update(Rate).where(Rate.scope == "a").values(free_at=1.0))

    def lock_then_record() -> None:
        with transaction(engine) as connection:
            connection.execute(update(Rate).where(Rate.scope == "a").values(free_at=2.0))
            both.wait()
            audit.record(connection, "tried", 2)

    def run(one: Any) -> None:
        try:
            one()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in (record_then_lock, lock_then_record)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert head(engine).seq == 2
    engine.dispose()
