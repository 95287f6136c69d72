"""Settings: typed, checked at the edge; a wrong one is a sentence that names it."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot import master_key
from bot.errors import SettingError
from bot.settings import Settings
from bot.settings_table import TABLE

KEY = base64.b64encode(b"k" * 32).decode()


def read(tmp_path: Path, **env: str) -> Settings:
    return Settings.read({"NGOZI_HOME": str(tmp_path / "home"), **env})


def test_nothing_set_is_the_embedded_mode(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.embedded
    assert settings.database_url.startswith("sqlite:///")
    assert settings.telegram == ()


def test_the_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first = read(tmp_path).master_keys
    path = tmp_path / "home" / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(tmp_path).master_keys == first


def test_no_new_key_is_made_beside_a_database_that_another_key_has_sealed(
    tmp_path: Path, database_url: str
) -> None:
    """A folder was restored without its key: a new one would open nothing of it, and nobody would be told."""
    file = tmp_path / "home" / "secret_key"
    with pytest.raises(SettingError) as refused:
        read(tmp_path, NGOZI_DATABASE_URL=database_url)
    said = str(refused.value)
    assert str(file) in said
    assert "--with-key" in said
    assert "gone for good" in said
    assert "hidden" not in said
    assert "postgres:" not in said
    assert not file.exists()
    # The two ways out that it names: the key that was in force, or another under a number of its own.
    other = base64.b64encode(b"o" * 32).decode()
    assert read(tmp_path, NGOZI_DATABASE_URL=database_url, NGOZI_SECRET_KEY=f"99:{other}").master_keys == {
        99: b"o" * 32
    }
    file.touch(0o600)
    file.write_text(KEY + "\n")
    assert read(tmp_path, NGOZI_DATABASE_URL=database_url).master_keys == {1: b"k" * 32}


@pytest.mark.postgres
def test_a_key_is_made_for_an_empty_database_on_a_server(tmp_path: Path, fresh_postgres: str) -> None:
    made = read(tmp_path, NGOZI_DATABASE_URL=fresh_postgres).master_keys
    assert read(tmp_path, NGOZI_DATABASE_URL=fresh_postgres).master_keys == made


def test_a_key_that_another_process_made_meanwhile_together_with_the_database_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "home" / "secret_key"

    def begun_just_now(_: str) -> bool:
        file.touch(0o600)
        file.write_text(KEY + "\n")
        return True

    monkeypatch.setattr(master_key, "is_begun", begun_just_now)
    assert read(tmp_path).master_keys == {1: b"k" * 32}


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    read(tmp_path)
    (tmp_path / "home" / "secret_key").chmod(0o644)
    with pytest.raises(SettingError, match="0600"):
        read(tmp_path)


def test_production_makes_no_key_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="NGOZI_SECRET_KEY"):
        read(tmp_path, NGOZI_BROKER_URL="redis://127.0.0.1/0")


def test_numbered_keys_rotate(tmp_path: Path) -> None:
    other = base64.b64encode(b"o" * 32).decode()
    settings = read(tmp_path, NGOZI_SECRET_KEY=f"2:{other},1:{KEY}")
    assert settings.master_keys == {2: b"o" * 32, 1: b"k" * 32}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("NGOZI_PORT", "abc", "NGOZI_PORT is 'abc'; expected an integer from 0 to 65535"),
        ("NGOZI_PORT", "70000", "65535"),
        ("NGOZI_BROKER_URL", "amqp://user:hidden@x/", "redis"),
        ("NGOZI_DATABASE_URL", "mysql://u:hidden@h/d", "postgresql"),
        ("NGOZI_DATABASE_URL", "postgresql://u:hidden/hidden@h/d", "postgresql"),
        ("NGOZI_DATABASE_URL", "postgresql://u:hidden@hidden@h/d", "postgresql"),
        ("NGOZI_SECRET_KEY", "short", "32 bytes"),
        ("NGOZI_PUBLIC_URL", "ngozi.example.org", "https"),
        ("NGOZI_LOG", "loud", "debug"),
        ("NGOZI_ALLOW_UNREVIEWED", "maybe", "0 or 1"),
        ("NGOZI_TELEGRAM_TOKEN", "nonsense", "bot token"),
        ("NGOZI_PHOTO_DAYS", "0", "1 to 3650"),
        ("NGOZI_PROXIES", "proxy.local", "10.0.0.0/24"),
        ("NGOZI_TIMEZONE", "Lagos", "Africa/Lagos"),
        ("NGOZI_TIMEZONE", "../etc/passwd", "IANA"),
        ("NGOZI_QUIET_HOURS", "20", "20-7"),
        ("NGOZI_QUIET_HOURS", "20-24", "0 to 23"),
        ("NGOZI_TELEGRAM_TOKN", "1:abcdefghijkl", "a setting that Ngozi knows"),
    ],
)
def test_a_wrong_setting_names_itself_and_what_was_expected(
    tmp_path: Path, name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingError) as caught:
        read(tmp_path, **{name: value})
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert "hidden" not in str(caught.value).replace("(hidden)", "")


def test_several_bots_and_numbers_at_once(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        NGOZI_TELEGRAM_TOKEN="111:abcdefghijklmnop",
        NGOZI_TELEGRAM_TOKEN__CLINIC_B="222:abcdefghijklmnop",
        NGOZI_PUBLIC_URL="https://ngozi.example.org",
        NGOZI_TWILIO_ACCOUNT_SID="AC1",
        NGOZI_TWILIO_AUTH_TOKEN="t1",
        NGOZI_WHATSAPP_FROM="whatsapp:+15550100",
        NGOZI_WHATSAPP_FROM__CLINIC_B="whatsapp:+15550101",
    )
    assert [b.name for b in settings.telegram] == ["clinic_b", "main"]
    assert settings.telegram[0].secret != settings.telegram[1].secret
    assert [n.name for n in settings.whatsapp] == ["clinic_b", "main"]


def test_a_number_without_its_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="NGOZI_TWILIO_ACCOUNT_SID"):
        read(tmp_path, NGOZI_WHATSAPP_FROM="whatsapp:+15550100", NGOZI_PUBLIC_URL="https://x.example.org")


def test_settings_printed_show_no_secret(tmp_path: Path) -> None:
    settings = read(tmp_path, NGOZI_TELEGRAM_TOKEN="111:abcdefghijklmnop", NGOZI_SECRET_KEY=KEY)
    assert "abcdefghijklmnop" not in repr(settings)
    assert repr(b"k" * 32) not in repr(settings)


@pytest.mark.parametrize("password", ["pa/ss", "12/ss", "p#a", "p?a", "p:a", "p%2Fa"])
def test_a_password_of_an_address_is_known_as_a_secret_as_it_stands_and_as_it_is_meant(
    tmp_path: Path, password: str
) -> None:
    url = f"postgresql+psycopg://ngozi:{password}@db.example/skin"
    secrets = read(tmp_path, NGOZI_DATABASE_URL=url, NGOZI_SECRET_KEY=KEY).secret_values()
    assert {password, make_url(url).password} <= set(secrets)


@pytest.mark.parametrize("name", ["NGOZI_EMERGENCY", "NGOZI_CRISIS_LINE", "NGOZI_VIOLENCE_LINE"])
def test_a_telephone_number_is_a_number_as_people_dial_it(name: str, tmp_path: Path) -> None:
    read = Settings.read({"NGOZI_HOME": str(tmp_path), name: "0800 12-34"})
    assert "0800 12-34" in (read.emergency, read.crisis_line, read.violence_line)
    with pytest.raises(SettingError, match=name):
        Settings.read({"NGOZI_HOME": str(tmp_path), name: "call me"})


# Defaults that say where something comes from, instead of a value.
TOLD = {
    "NGOZI_DATABASE_URL", "NGOZI_BROKER_URL", "NGOZI_MEDIA_URL", "NGOZI_VOICE_URL", "NGOZI_SPOOL", "NGOZI_SECRET_KEY",
    "NGOZI_TELEGRAM_SECRET",
}  # fmt: skip


def test_what_the_table_says_holds_where_nothing_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    accounts = {
        "NGOZI_TELEGRAM_TOKEN": "1:abcdefghijkl", "NGOZI_PUBLIC_URL": "https://ngozi.example.org",
        "NGOZI_WHATSAPP_FROM": "whatsapp:+15550100", "NGOZI_TWILIO_ACCOUNT_SID": "AC1", "NGOZI_TWILIO_AUTH_TOKEN": "t",
    }  # fmt: skip
    table = {s.name: s.default for s in TABLE if s.default and s.name not in TOLD}
    assert len(table) > 15
    assert Settings.read(accounts) == Settings.read(table | accounts)


def test_a_key_file_that_stayed_empty_is_named_and_one_that_is_being_written_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk was full when the key was written; or another process has made the file and not yet filled it."""
    home = tmp_path / "home"
    home.mkdir()
    file = home / "secret_key"
    file.touch(0o600)
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    with pytest.raises(SettingError, match="secret_key"):
        read(tmp_path)
    assert waits

    monkeypatch.setattr("time.sleep", lambda _: file.write_text(KEY + "\n"))
    assert read(tmp_path).master_keys == {1: b"k" * 32}
