"""The command: bad input is one sentence with the value and what was expected, exit status 2, never a traceback."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import SQLAlchemyError

from bot import migrations
from bot.database import connect, lacks_tables, reading, transaction
from bot.media.vault import Vault
from bot.settings import Settings
from bot.tables import Chat, Photo

# Nothing answers there: what is refused is refused before anybody is asked.
BROKER = "redis://127.0.0.1:1/0"
KEY = base64.b64encode(b"k" * 32).decode()


def ngozi(*arguments: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NGOZI_")}
    return subprocess.run(
        [sys.executable, "-m", "worker.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**clean, "NGOZI_HOME": str(home), "NGOZI_WORDS": "0", **env},
    )


@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        (["try", "/no/such/photo.jpg"], {}, "/no/such/photo.jpg"),
        (["try", "PHOTO", "--lang", "xx"], {}, "'xx'; expected one of"),
        (["try", "PHOTO", "--answers", "nonsense"], {}, "nonsense"),
        (["serve"], {"NGOZI_PORT": "abc"}, "NGOZI_PORT is 'abc'; expected an integer from 0 to 65535"),
        (["serve"], {}, "NGOZI_EMERGENCY is ''; expected the emergency number of the country"),
        (["serve"], {"NGOZI_EMERGENCY": "112"}, "NGOZI_ALLOW_UNREVIEWED"),
        (["worker"], {}, "NGOZI_BROKER_URL is 'memory://'; expected redis"),
        (
            ["worker"],
            {"NGOZI_BROKER_URL": BROKER, "NGOZI_SECRET_KEY": KEY},
            "NGOZI_EMERGENCY is ''; expected",
        ),
        (
            ["worker", "--queues", "beat"],
            {"NGOZI_BROKER_URL": BROKER, "NGOZI_SECRET_KEY": KEY},
            "NGOZI_EMERGENCY",
        ),
        (["poll"], {"NGOZI_TELEGRAM_TOKEN": "123456:ABC-DEF-GHI"}, "NGOZI_EMERGENCY is ''; expected"),
        (["poll"], {}, "NGOZI_TELEGRAM_TOKEN"),
        (["erase", "--chat", "nobody", "--yes"], {}, "channel:account:address"),
        (["migrate"], {"NGOZI_DATABASE_URL": "mysql://u:p@h/d"}, "NGOZI_DATABASE_URL"),
        (["serve"], {"NGOZI_TELEGRAM_TOKN": "1:a"}, "NGOZI_TELEGRAM_TOKN"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_status_2(
    tmp_path: Path, arguments: list[str], env: dict[str, str], expected: str
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"x")
    done = ngozi(*[str(photo) if a == "PHOTO" else a for a in arguments], home=tmp_path / "home", **env)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_home_that_was_never_migrated_is_said_to_be_so_and_not_to_be_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for arguments in (["user", "remove", "3"], ["user", "list"]):
        done = ngozi(*arguments, home=home)
        assert done.returncode == 2
        assert "no tables of this version; expected 'ngozi migrate'" in done.stderr
        assert "does not answer" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert ngozi("migrate", home=home).returncode == 0
    assert (
        "person is 3; expected a number of 'ngozi user list'"
        in ngozi("user", "remove", "3", home=home).stderr
    )
    away = ngozi("user", "list", home=home, NGOZI_DATABASE_URL="postgresql+psycopg://u:p@127.0.0.1:1/d")
    assert away.returncode == 2
    assert "does not answer" in away.stderr


def test_postgresql_without_tables_is_told_from_one_that_is_away(fresh_postgres: str) -> None:
    engine = connect(fresh_postgres)
    with pytest.raises(SQLAlchemyError) as caught, reading(engine) as connection:
        connection.execute(text("SELECT 1 FROM people"))
    assert lacks_tables(caught.value)
    engine.dispose()
    with (
        pytest.raises(SQLAlchemyError) as caught,
        reading(connect("postgresql+psycopg://u:p@127.0.0.1:1/d")) as connection,
    ):
        connection.execute(text("SELECT 1"))
    assert not lacks_tables(caught.value)


def test_a_file_that_is_no_photograph_is_answered_in_the_chat(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"not a photograph at all")
    done = ngozi("try", str(photo), home=tmp_path / "home", NGOZI_MODEL="off")
    assert done.returncode == 0, done.stderr
    assert "I cannot open this kind of file" in " ".join(done.stdout.split())
    assert "> [photograph]" in done.stdout


def test_check_names_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    done = ngozi("check", home=tmp_path / "home", NGOZI_MODEL="off")
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "run 'ngozi migrate'" in said
    assert "NGOZI_ALLOW_UNREVIEWED=1" in said
    assert "Traceback" not in done.stdout + done.stderr


def test_check_is_content_after_migrate_and_says_that_texts_are_drafts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert ngozi("migrate", home=home).returncode == 0
    done = ngozi("check", home=home, NGOZI_MODEL="off", NGOZI_ALLOW_UNREVIEWED="1", NGOZI_EMERGENCY="112")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("NOT REVIEWED") == 2


def test_check_says_that_the_key_is_not_the_one_of_the_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings.read({"NGOZI_HOME": str(home), "NGOZI_SECRET_KEY": KEY})
    engine = connect(settings.database_url, keys=settings.master_keys)
    migrations.upgrade(engine)
    stored = Vault(settings.media_url, settings.master_keys).put(b"x")
    with transaction(engine) as connection:
        chat = connection.execute(
            insert(Chat)
            .values(channel="telegram", account="main", address="1", created_at=0.0, stopped=False, turns=0)
            .returning(Chat.id)
        ).scalar_one()
        connection.execute(
            insert(Photo).values(
                id=stored.name,
                chat_id=chat,
                name=stored.name,
                wrapped_key=stored.wrapped_key,
                master_key_id=1,
                size_bytes=1,
                width_px=1,
                height_px=1,
                created_at=0.0,
                expires_at=1e12,
            )
        )
    engine.dispose()
    env = {"NGOZI_MODEL": "off", "NGOZI_ALLOW_UNREVIEWED": "1", "NGOZI_EMERGENCY": "112"}
    other = base64.b64encode(b"o" * 32).decode()
    for key, told in (
        (KEY, "ok key opens what was sealed"),
        (other, "NGOZI_SECRET_KEY is not the one under which"),
    ):
        done = ngozi("check", home=home, NGOZI_SECRET_KEY=key, **env)
        assert told in " ".join(done.stdout.split())
        assert done.returncode == (key == other)


def test_check_warns_of_each_line_to_call_that_is_not_set_and_refuses_a_missing_emergency_number(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    assert ngozi("migrate", home=home).returncode == 0
    numbers = {"NGOZI_EMERGENCY": "112", "NGOZI_CRISIS_LINE": "116", "NGOZI_VIOLENCE_LINE": "117"}
    for without in ("", *numbers):
        env = {name: "" if name == without else number for name, number in numbers.items()}
        done = ngozi("check", home=home, NGOZI_MODEL="off", NGOZI_ALLOW_UNREVIEWED="1", **env)
        said = " ".join(done.stdout.split())
        named = [name for name in numbers if f"{name} is not set" in said or f"{name} is ''" in said]
        assert named == [without] * bool(without)
        assert done.returncode == (without == "NGOZI_EMERGENCY")


def test_the_whole_chat_of_a_photograph_is_printed_in_arabic(tmp_path: Path) -> None:
    from bot.media.drawn import draw

    photo = tmp_path / "spot.jpg"
    draw(skin_type=6, lesion="NEV", size_px=480, seed=2).save(photo)
    done = ngozi("try", str(photo), "--lang", "ar", home=tmp_path / "home", NGOZI_MODEL="off")
    assert done.returncode == 0, done.stderr
    latin = [line for line in done.stdout.splitlines() if any("a" <= c <= "z" for c in line.lower())]
    # Names stay as they are; no sentence may be left in English.
    assert all(
        set("".join(c for c in line if c.isascii() and c.isalpha()))
        <= set("NgoziDELETESTOPNEWLANGUAGEphotograph")
        for line in latin
    )
