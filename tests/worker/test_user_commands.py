"""`ngozi user` and `ngozi places`: what they print, and what they change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, insert, select, text, update
from typer.testing import CliRunner

from bot import invitations, migrations, people, places
from bot.cases import store, taken_codes
from bot.casework import codes
from bot.clock import db_now
from bot.console import logins, sessions
from bot.conversation.state import new_state
from bot.database import connect, reading, transaction
from bot.errors import NgoziError
from bot.settings import Settings
from bot.tables import Chat, Person
from worker import audit_commands, effects, place_commands, user_commands

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


def a_patient(engine: Engine, chat: int) -> store.Case:
    """An open case of somebody's patient, as a desk makes it."""
    with transaction(engine) as connection:
        (code,) = taken_codes.proposed(connection, 1)
        state = new_state("en", codes.first_version(code))
        return store.open_case(connection, chat, state, code=code)


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
        joined = invitations.redeem(connection, Settings.read().master_keys, chat, code)
    assert isinstance(joined, invitations.Redeemed)
    listed = ngozi(user_commands.app, "list")
    assert listed.split()[:3] == [str(joined.person_id), "clinician", "active"]


def test_an_invitation_is_listed_by_its_number_and_withdrawn(home: Engine) -> None:
    ngozi(user_commands.app, "invite", "--role", "clinician")
    assert "open invitation 1  clinician" in ngozi(user_commands.app, "list")
    assert ngozi(user_commands.app, "withdraw", "1") == "withdrawn\n"
    assert "invitation" not in ngozi(user_commands.app, "list")
    with pytest.raises(NgoziError, match="invitation is 1; expected the number of an open one"):
        ngozi(user_commands.app, "withdraw", "1")


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
    a_patient(home, chat)
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


def test_a_workers_own_case_is_handed_to_nobody(home: Engine) -> None:
    first, chat = a_worker(home, "1")
    second, other = a_worker(home, "2")
    patient = a_patient(home, chat)
    with transaction(home) as connection:
        own = store.open_case(connection, chat, new_state())
    assert "open cases 1" in ngozi(user_commands.app, "list")
    assert "now: 1" in ngozi(user_commands.app, "remove", str(first), "--to", str(second))
    with transaction(home) as connection:
        assert [case.id for case in store.load_open(connection, other)] == [patient.id]
        assert [case.id for case in store.load_open(connection, chat)] == [own.id]
    assert ngozi(user_commands.app, "remove", str(first)) == "removed\n", "nobody is waited for"


def test_cases_that_are_with_nobody_are_listed_and_given_to_a_health_worker(home: Engine) -> None:
    first, chat = a_worker(home, "1")
    second, other = a_worker(home, "2")
    a_patient(home, chat)
    ngozi(user_commands.app, "remove", str(first))
    with transaction(home) as connection:
        effects.erase(connection, chat, Settings.read())
    assert "open cases that are with nobody: 1" in ngozi(user_commands.app, "list")
    with pytest.raises(NgoziError, match="expected an active health worker"):
        ngozi(user_commands.app, "give", str(first))
    assert f"with person {second} now: 1" in ngozi(user_commands.app, "give", str(second))
    with transaction(home) as connection:
        assert len(store.load_open(connection, other)) == 1
    assert "with nobody" not in ngozi(user_commands.app, "list")


def test_nobody_is_removed_where_the_cases_cannot_be_handed_over(home: Engine) -> None:
    first, chat = a_worker(home, "1")
    second, other = a_worker(home, "2")
    a_patient(home, chat)
    with transaction(home) as connection:
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


PASSWORD = "nine wet goats sing"


def typed(app: object, words: list[str], said: str) -> Result:
    return CliRunner().invoke(app, words, input=said)  # type: ignore[arg-type]


def test_the_first_admin_is_added_and_the_password_is_printed_nowhere(home: Engine) -> None:
    done = typed(user_commands.app, ["add", "Amina", "--role", "admin", "--password-stdin"], f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "amina (admin, person 1)" in done.output
    assert PASSWORD not in done.output
    with reading(home) as connection:
        first = logins.named(connection, "amina")
    assert first is not None
    assert logins.check(first, PASSWORD)
    assert not first.must_change, "whoever typed it is its owner"
    done = typed(
        user_commands.app, ["add", "bisi", "--role", "clinician", "--password-stdin"], f"{PASSWORD}\n"
    )
    with reading(home) as connection:
        second = logins.named(connection, "bisi")
    assert second is not None
    assert second.must_change
    assert "signs in as bisi" in ngozi(user_commands.app, "list")


@pytest.mark.parametrize(
    ("words", "said", "why"),
    [
        (["add", "amina", "--role", "admin"], "elevenchars", "short"),
        (["add", "amina.bello", "--role", "admin"], "amina.bello!", "name"),
        (["add", "amina", "--role", "patient"], PASSWORD, "role is 'patient'"),
        (["add", "a", "--role", "admin"], PASSWORD, "name is 'a'"),
        (["add", "amina", "--role", "admin", "--person", "9"], PASSWORD, "person is 9"),
        (["password", "nobody"], PASSWORD, "name is 'nobody'"),
    ],
)
def test_what_cannot_sign_in_is_one_sentence(home: Engine, words: list[str], said: str, why: str) -> None:
    done = typed(user_commands.app, [*words, "--password-stdin"], said + "\n")
    assert isinstance(done.exception, NgoziError)
    assert why in str(done.exception)
    assert said not in str(done.exception)


def test_a_worker_with_a_chat_gets_a_login_and_keeps_both(home: Engine) -> None:
    person, chat = a_worker(home, "1")
    words = ["add", "amina", "--role", "clinician", "--person", str(person), "--password-stdin"]
    assert typed(user_commands.app, words, f"{PASSWORD}\n").exit_code == 0
    with transaction(home) as connection:
        assert people.role_of(connection, chat) == "clinician"
        people.leave(connection, chat)
        known = logins.of_person(connection, person)
    assert known is not None
    assert known.open, "they still sign in at the console"


def test_a_forgotten_password_is_replaced_and_sessions_end(home: Engine) -> None:
    typed(user_commands.app, ["add", "amina", "--role", "admin", "--password-stdin"], f"{PASSWORD}\n")
    with transaction(home) as connection:
        token = sessions.start(connection, 1)
    assert (
        typed(user_commands.app, ["password", "amina", "--password-stdin"], "ten dry goats sing\n").exit_code
        == 0
    )
    with reading(home) as connection:
        known = logins.named(connection, "amina")
        assert sessions.find(connection, token) is None
    assert known is not None
    assert known.must_change
    assert logins.check(known, "ten dry goats sing")


def test_the_trail_is_whole_and_where_it_was_cut_the_command_says_so(home: Engine) -> None:
    typed(user_commands.app, ["add", "amina", "--role", "admin", "--password-stdin"], f"{PASSWORD}\n")
    said = ngozi(audit_commands.app, "verify")
    assert "is whole" in said
    end = said.split()[-1]
    ngozi(audit_commands.app, "verify", "--head", end)
    with transaction(home) as connection:
        connection.execute(text("drop trigger audit_keep_whole"))
        connection.execute(text("delete from audit"))
    done = typed(audit_commands.app, ["verify"], "")
    assert (done.exit_code, done.output.strip()) == (
        1,
        "the audit trail is broken: the tail is cut: row 1 and what follows are missing",
    )
    assert isinstance(typed(audit_commands.app, ["verify", "--head", "1:abc"], "").exception, NgoziError)
