"""Shared fixtures: databases of both kinds, a vault, keys. Sockets beyond loopback are closed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from bot import migrations
from bot.database import connect
from tests import servers

# Master keys of the databases that tests take.
KEYS = {1: b"k" * 32}

# A skip names its reason; in CI only these may skip.
ALLOWED_SKIPS = (
    "NGOZI_TEST_DATA is not set",
    "systemd-analyze is not installed",
    "docker compose is not installed",
)


# Files of few tests that take minutes. Begun first, or one core waits for the other at the end (Makefile: --no-loadscope-reorder).
LONG = (
    "model/test_shipped.py",
    "faults/test_short.py",
    "worker/test_model_commands.py",
    "worker/test_bench.py",
    "worker/test_cli.py",
    "model/test_words.py",
    "console/test_admin_in_a_browser.py",
    "console/test_ground_in_a_browser.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffling of pytest-randomly; the others stay as they are."""
    items.sort(key=lambda item: next((n for n, end in enumerate(LONG) if item.path.match(end)), len(LONG)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    pytest_socket = pytest.importorskip("pytest_socket")
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("CI") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if not any(allowed in reason for allowed in ALLOWED_SKIPS):
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} was skipped in CI ({reason}); expected it to run, or its reason to be allowed"
            )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own."""
    try:
        with servers.postgres_server() as url:
            yield url
    except servers.Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.RedisServer]:
    """A Redis of our own."""
    try:
        server = servers.RedisServer()
    except servers.Missing as missing:
        pytest.skip(str(missing))
    server.start()
    yield server
    server.stop()


@contextmanager
def _database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database, dropped at the end."""
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {template}"))
    yield postgres_url.rpartition("/")[0] + "/" + name
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """An empty database on the server."""
    with _database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a migrated, empty database on the server: copying it takes a tenth of migrating another."""
    name = "migrated"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}"))
    admin.dispose()
    made = connect(postgres_url.rpartition("/")[0] + "/" + name)
    migrations.upgrade(made)
    made.dispose()
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file."""
    file = tmp_path_factory.mktemp("migrated") / "ngozi.sqlite3"
    made = connect(f"sqlite:///{file}")
    migrations.upgrade(made)
    made.dispose()
    return file


@pytest.fixture
def copied_postgres(postgres_url: str, migrated_postgres: str) -> Iterator[str]:
    """A migrated, empty database of a test's own on the server."""
    with _database(postgres_url, migrated_postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database: each test that takes it runs on both kinds."""
    if request.param == "sqlite":
        file = tmp_path / "ngozi.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        return f"sqlite:///{file}"
    return str(request.getfixturevalue("copied_postgres"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database of each kind."""
    made = connect(database_url, keys=KEYS)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The photograph folder, which is not part of the repository."""
    folder = os.environ.get("NGOZI_TEST_DATA")
    if not folder:
        pytest.skip("NGOZI_TEST_DATA is not set; expected the folder that holds pad_ufes_20")
    return Path(folder)
