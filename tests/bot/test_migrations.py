"""A database of any earlier revision is brought up to date with its rows, on both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from bot import migrations
from bot.channels import webchat_store  # noqa: F401 - its table belongs to the metadata
from bot.database import connect, transaction
from bot.packs import rows  # noqa: F401 - and these
from bot.tables import Base

SID = "SM" + "a" * 31


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of revision 0001."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path / 'ngozi.sqlite3'}")
    else:
        engine = connect(request.getfixturevalue("fresh_postgres"))
    _to(engine, "0001")
    yield engine
    engine.dispose()


def _to(engine: Engine, revision: str) -> None:
    config = migrations._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if revision != "-1" else command.downgrade)(config, revision)


def _fill(engine: Engine) -> None:
    """A WhatsApp chat and a Telegram chat with what 0001 knows of their messages."""
    rows = [
        "insert into chats (id, channel, account, address, stopped, created_at, turns) values "
        "(1, 'whatsapp', 'main', 'whatsapp:+15550123', false, 1, 3), (2, 'telegram', 'main', '7', false, 1, 1)",
        "insert into inbound (id, chat_id, channel, account, external_id, position, album, received_at, state, attempts) values "
        f"(1, 1, 'whatsapp', 'main', '{SID}1', 0, '', 10, 'done', 1), (2, 2, 'telegram', 'main', '77', 1, '', 10, 'done', 1), "
        f"(3, null, 'whatsapp', 'main', 'sha256:{'0' * 64}', 0, '', 10, 'parked', 0)",
        "insert into replies (id, uuid, chat_id, turn_id, key, texts, language, parts_sent, state, rank, attempts, provider_id, "
        f"resent, created_at) values (1, '{'b' * 32}', 1, 1, '', '{{}}', 'en', 2, 'sent', 0, 0, '{SID}3', 0, 20), "
        f"(2, '{'c' * 32}', 2, 1, '', '{{}}', 'en', 1, 'sent', 0, 0, '12', 0, 20)",
        # The first of two parts: only its status callback still names it.
        f"insert into receipts (outgoing_id, provider_id, rank, error, at) values ('{'b' * 32}-0', '{SID}2', 2, '', 21), "
        f"('{'b' * 32}-1', '{SID}3', 2, '', 22)",
        "insert into photos (id, chat_id, name, master_key_id, size_bytes, width_px, height_px, origin_ref, origin_message, "
        f"created_at, expires_at) values ('p', 1, 'p', 1, 1, 1, 1, '', '{SID}4', 5, 1e12)",
        "insert into forgets (id, channel, account, ref, message_ref, attempts, next_try_at) values "
        f"(1, 'whatsapp', 'main', '', '{SID}9', 3, 5)",
    ]  # fmt: skip
    with transaction(engine) as connection:
        for row in rows:
            connection.exec_driver_sql(row)


def test_a_first_database_is_upgraded_with_the_ids_it_still_knows(first: Engine) -> None:
    _fill(first)
    migrations.upgrade(first)
    migrations.upgrade(first)
    assert migrations.current(first) == migrations.head()
    with transaction(first) as connection:
        held = connection.execute(
            text("select chat_id, provider_id, at from copies order by provider_id")
        ).all()
        assert [tuple(r) for r in held] == [
            (1, SID + "1", 10),
            (1, SID + "2", 21),
            (1, SID + "3", 22),
            (1, SID + "4", 5),
        ]
        assert (
            connection.execute(text("select count(*) from chats where erased_at is null")).scalar_one() == 2
        )
        # Its age counts from the upgrade, or it would be given up at once.
        assert connection.execute(text("select created_at from forgets")).scalar_one() > 1.7e9  # fmt: skip


def test_jobs_of_before_plans_are_for_findings_and_plans_go_with_the_column(first: Engine) -> None:
    _fill(first)
    _to(first, "0005")
    job = (
        "insert into findings_jobs (chat_id, case_version, photo_ids, answers, floor, state, attempts, alone, applied, created_at{}) "
        "values (1, 1, '[]', '{{}}', 'week', 'wanted', 0, false, false, 5{})"
    )
    with transaction(first) as connection:
        connection.exec_driver_sql(job.format("", "").replace("{{}}", "{}"))
    _to(first, "0006")
    with transaction(first) as connection:
        connection.exec_driver_sql(job.format(", kind", ", 'plan'").replace("{{}}", "{}"))
        kinds = connection.execute(text("select kind from findings_jobs order by kind")).scalars()
        assert list(kinds) == ["findings", "plan"]
    _to(first, "-1")
    with transaction(first) as connection:
        assert connection.execute(text("select count(*) from findings_jobs")).scalar_one() == 1


def test_what_was_said_to_clinicians_about_anothers_case_is_marked(first: Engine) -> None:
    _to(first, "0021")
    rows = [
        "insert into people (id, role, created_at, active) values (1, 'chw', 1, true), (2, 'clinician', 1, false)",
        "insert into chats (id, channel, account, address, stopped, created_at, turns, person_id) values "
        "(1, 'webchat', 'main', 'a', false, 1, 1, 1), (2, 'webchat', 'main', 'b', false, 1, 1, 2)",
        "insert into cases (id, chat_id, code, version, state, opened_at, touched_at, origin, urgency, opinion, outcome, reason, "
        "progress) "
        "values (1, 1, 'A2-22', 1, '{}', 1, 1, '', '', '', '', '', ''), (2, 2, 'A3-33', 1, '{}', 1, 1, '', '', '', '', '', '')",
        *(
            "insert into replies (id, uuid, chat_id, turn_id, key, texts, language, parts_sent, state, rank, attempts, resent, "
            f"created_at, case_id) values ({number}, '{number}', {chat}, 1, '', '{{}}', 'en', 0, 'sent', 0, 0, 0, 1, {case})"
            for number, chat, case in [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, "null")]
        ),
    ]  # fmt: skip
    with transaction(first) as connection:
        for row in rows:
            connection.exec_driver_sql(row)
    migrations.upgrade(first)
    with transaction(first) as connection:
        marked = connection.execute(text("select id from replies where aside order by id")).scalars().all()
    assert marked == [2]


def test_the_migrations_make_the_tables_of_the_code(first: Engine) -> None:
    migrations.upgrade(first)
    with first.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_later_revisions_can_be_undone(first: Engine, times: int) -> None:
    _fill(first)
    migrations.upgrade(first)
    for _ in range(times):
        _to(first, "-1")
    newest_first = [r.revision for r in ScriptDirectory.from_config(migrations._config()).walk_revisions()]
    assert migrations.current(first) == newest_first[times]
    migrations.upgrade(first)
    assert migrations.current(first) == newest_first[0]
