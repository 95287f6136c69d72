"""`ngozi user` and `ngozi places`: what they print, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update
from typer.testing import CliRunner

from bot import migrations, people, places
from bot.cases import store
from bot.clock import db_now
from bot.conversation.state import new_state
from bot.database import connect, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from bot.tables import Chat, Person
from worker import place_commands, user_commands

EXAMPLE = Path(__file__).parents[2] / "deploy" / "places.example.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The database that the commands find in the environment."""
    monkeypatch.setenv("NGOZI_HOME", str(tmp_path / "home"))
    settings = Settings.read()
    engine = connect(settings.database_url, keys=settings.master_keys)
    migrations.upgrade(engine)
    yield engine
    engine.dispose()


def ngozi(app: object, *words: str) -> str:
    done = CliRunner().invoke(app, words, catch_exceptions=False)  # type: ignore[arg-type]
    assert done.exit_code == 0, done.output
    return done.output


def a_worker(engine: Engine, address: str) -> tuple[int, int]:
    with transaction(engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=db_now(), active=True).returning(Person.id)
        ).scalar_one()
        chat = connection.execute(
            insert(Chat)
            .values(
                channel="telegram",
                account="main",
                address=address,
                created_at=db_now(),
                stopped=False,
                turns=0,
                person_id=person,
            )
            .returning(Chat.id)
        ).scalar_one()
    return person, chat


def test_the_code_that_is_printed_lets_somebody_join(home: Engine) -> None:
    code = ngozi(user_commands.app, "invite", "--role", "clinician", "--days", "3").splitlines()[0]
    with transaction(home) as connection:
        chat = connection.execute(
            insert(Chat)
            .values(
                channel="telegram", account="main", address="7", created_at=db_now(), stopped=False, turns=0
            )
            .returning(Chat.id)
        ).scalar_one()
        joined = people.redeem(connection, Settings.read().master_keys, chat, code)
    assert isinstance(joined, people.Redeemed)
    listed = ngozi(user_commands.app, "list")
    assert listed.split()[:3] == [str(joined.person_id), "clinician", "active"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "admin"), "--role is 'admin'; expected chw or clinician"),
        (("--role", "chw", "--days", "0"), "days is 0; expected 1 to 90"),
    ],
)
def test_a_wrong_invitation_is_refused_with_what_was_expected(
    home: Engine, words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(NgoziError, match=said):
        ngozi(user_commands.app, "invite", *words)
    assert ngozi(user_commands.app, "list").startswith("nobody yet")


def test_a_removed_workers_cases_are_named_and_can_be_handed_over_later(home: Engine) -> None:
    first, chat = a_worker(home, "1")
    second, other = a_worker(home, "2")
    with transaction(home) as connection:
        store.open_case(connection, chat, new_state())
    assert "open cases 1" in ngozi(user_commands.app, "list")
    assert "open cases that are with nobody now: 1." in ngozi(user_commands.app, "remove", str(first))
    with transaction(home) as connection:
        assert people.role_of(connection, chat) == "patient"
    assert f"open cases that are with person {second} now: 1" in ngozi(
        user_commands.app, "remove", str(first), "--to", str(second)
    )
    with transaction(home) as connection:
        assert len(store.load_open(connection, other)) == 1
        assert store.load_open(connection, chat) == []


def test_nobody_is_removed_where_the_cases_cannot_be_handed_over(home: Engine) -> None:
    first, chat = a_worker(home, "1")
    second, other = a_worker(home, "2")
    with transaction(home) as connection:
        store.open_case(connection, chat, new_state())
        connection.execute(update(Chat).where(Chat.id == other).values(stopped=True))
    with pytest.raises(NgoziError, match="expected an active one who has a chat"):
        ngozi(user_commands.app, "remove", str(first), "--to", str(second))
    with pytest.raises(NgoziError, match="person is 99; expected a number"):
        ngozi(user_commands.app, "remove", "99")
    with transaction(home) as connection:
        assert connection.execute(select(Person.active).where(Person.id == first)).scalar_one()


def test_places_are_imported_listed_and_replaced(home: Engine, tmp_path: Path) -> None:
    assert ngozi(place_commands.app, "list").startswith("no places yet")
    assert "5 added" in ngozi(place_commands.app, "import", str(EXAMPLE))
    listed = ngozi(place_commands.app, "list")
    assert "Ziwani District Hospital, Ziwani, TZ" in listed
    assert "(not active)" in listed
    one = tmp_path / "one.csv"
    one.write_text("\n".join(EXAMPLE.read_text("utf-8").splitlines()[:2]) + "\n", "utf-8")
    assert "0 added, 0 changed, 1 as before, 4 deleted" in ngozi(
        place_commands.app, "import", str(one), "--replace"
    )


def test_a_file_with_a_fault_changes_nothing(home: Engine, tmp_path: Path) -> None:
    ngozi(place_commands.app, "import", str(EXAMPLE))
    bad = tmp_path / "bad.csv"
    bad.write_text(
        EXAMPLE.read_text("utf-8").replace("Kijani Health Post", "Another Post").replace("always open", "=1"),
        "utf-8",
    )
    done = CliRunner().invoke(place_commands.app, ["import", str(bad), "--replace"])
    assert "line 4, hours: '=1' begins like a formula" in done.output
    assert isinstance(done.exception, NgoziError)
    assert str(done.exception) == "faults in bad.csv: 1; nothing was imported"
    with transaction(home) as connection:
        assert {p.name for p in places.all_places(connection)} >= {
            "Kijani Health Post",
            "Ziwani District Hospital",
        }
    with pytest.raises(NgoziError, match="cannot be read"):
        ngozi(place_commands.app, "import", str(tmp_path / "none.csv"))
