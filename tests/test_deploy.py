"""What an operator is given: settings and commands that exist, units and compose files that load, a restore that restores."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from sqlalchemy import Engine, func, make_url, select

from bot.clock import db_now
from bot.database import connect, transaction
from bot.errors import SettingError
from bot.media.vault import Stored, Vault
from bot.settings import Settings
from bot.settings_table import TABLE
from bot.tables import Chat, Photo
from bot.web.chat_form import MAX_BODY_BYTES
from bot.web.webhooks import LARGEST_BODY

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "DECISIONS.md",
    ROOT / "CHANGELOG.md",
]  # and TECHNICIAN.md, in deploy/
NAMES = {s.name for s in TABLE}
PER_ACCOUNT = {s.name for s in TABLE if s.per_account}
KEY_1 = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
KEY_2 = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
# Set by hand in a test, or to be told apart from settings: not ours to document.
NOT_SETTINGS = re.compile(r"NGOZI_(TEST|FUZZ)")


def deploy_files() -> list[Path]:
    return sorted(p for p in DEPLOY.rglob("*") if p.is_file())


def named_settings(text: str) -> set[str]:
    return {n.rstrip("_") for n in re.findall(r"NGOZI_[A-Z_]+[A-Z]", text) if not NOT_SETTINGS.match(n)}


def is_setting(name: str) -> bool:
    stem, mark, account = name.partition("__")
    return name in NAMES or (bool(mark and account) and stem in PER_ACCOUNT)


@pytest.mark.parametrize("path", [*deploy_files(), *DOCUMENTS], ids=lambda p: p.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    unknown = {n for n in named_settings(path.read_text("utf-8")) if not is_setting(n)}
    assert not unknown


def env_example() -> dict[str, str]:
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    found = (re.fullmatch(r"#?(NGOZI_\w+)=(.*)", line) for line in lines)
    return {m[1]: m[2] for m in found if m}


def test_the_example_names_every_setting() -> None:
    assert NAMES - set(env_example()) == set()


def test_the_example_shows_the_defaults_of_the_code() -> None:
    shown = env_example()
    for setting in TABLE:
        if re.fullmatch(r"[\w.:/,-]+", setting.default) and setting.name not in (
            "NGOZI_HOME",
            "NGOZI_BROKER_URL",
        ):
            assert shown[setting.name] == setting.default


def test_the_example_is_read_by_the_settings_once_its_key_is_filled_in(tmp_path: Path) -> None:
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    env = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    env |= {"NGOZI_SECRET_KEY": KEY_1, "NGOZI_HOME": str(tmp_path / "home")}
    settings = Settings.read(env)
    assert not settings.embedded
    assert settings.public_url == "https://ngozi.example.org"


# --- commands ----------------------------------------------------------------------------------------------------


def command_tree() -> Any:
    from worker import cli

    if not any(group.name == "lang" for group in cli.app.registered_groups):
        cli.mount()
    return typer.main.get_command(cli.app)


# What may stand before `ngozi` in a line: a path, ExecStart, a wrapper that runs it with the settings.
CALL = re.compile(
    r"(?:.*(?:ngozi-run\.sh|timeout \d+|exec \w+|ExecStart=\S*/)\s*)?(?:\S*/)?ngozi (?P<rest>[a-z-].*)"
)
EXEC_FORM = re.compile(r'(?:command:|CMD)\s*(\["ngozi".*?\])')


def ngozi_calls(text: str) -> list[list[str]]:
    """Every call of ngozi in a unit, a compose file, a Dockerfile or a document, as words after 'ngozi'."""
    calls = [re.findall(r'"([^"]*)"', found)[1:] for found in EXEC_FORM.findall(text)]
    for line in text.splitlines():
        # In prose a call stands in `...`; in a unit or a block of commands it is a line.
        spans = re.findall(r"`([^`]+)`", line) if "`" in line else re.split(r"  +#| && |; ", line)
        for span in spans:
            if (found := CALL.match(span.strip())) is not None:
                calls.append(re.sub(r"['\"]", " ", found["rest"].rstrip(".,)")).split())
    return calls


def wrong_in(call: list[str], command: Any) -> str:
    """What of the call does not exist; '' where all of it does."""
    words = list(call)
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            return "" if words in ([], ["--help"]) else f"option {words[0]}"
        name = words.pop(0)
        if name not in command.commands:
            return f"command {name}"
        command = command.commands[name]
    known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
    unknown = [w for w in words if w.startswith("--") and w.partition("=")[0] not in known]
    return f"option {unknown[0]} of {command.name}" if unknown else ""


@pytest.mark.parametrize("path", [*deploy_files(), *DOCUMENTS], ids=lambda p: p.name)
def test_every_command_and_option_that_is_named_exists(path: Path) -> None:
    tree = command_tree()
    wrong = {" ".join(c): w for c in ngozi_calls(path.read_text("utf-8")) if (w := wrong_in(c, tree))}
    assert not wrong


def test_the_look_for_commands_sees_them_and_what_is_wrong_with_them() -> None:
    calls = ngozi_calls((DEPLOY / "TECHNICIAN.md").read_text("utf-8"))
    assert ["migrate"] in calls
    assert ["rotate"] in calls
    assert ["register"] in calls
    assert ["worker", "--queues", "beat"] in ngozi_calls((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert ["worker", "--queues", "beat"] in ngozi_calls(
        (DEPLOY / "systemd/ngozi-beat.service").read_text("utf-8")
    )
    assert wrong_in(["serve", "--no-such"], command_tree())
    assert wrong_in(["fly"], command_tree())


def test_units_and_containers_serve_every_queue() -> None:
    from bot.queue import QUEUE_OF

    units = "\n".join(p.read_text("utf-8") for p in UNITS)
    for text in (units, (DEPLOY / "compose.yaml").read_text("utf-8")):
        workers = [c for c in ngozi_calls(text) if c[0] == "worker"]
        served = {queue for c in workers for queue in c[c.index("--queues") + 1].split(",")}
        assert served == {*QUEUE_OF.values(), "beat"}


# --- units, containers, proxy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [p for p in UNITS if p.suffix == ".service"], ids=lambda p: p.name)
def test_every_service_is_hardened_and_comes_back(path: Path) -> None:
    lines = set(path.read_text("utf-8").splitlines())
    wanted = {
        "User=ngozi",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        "ReadWritePaths=/var/lib/ngozi",
        "Restart=always",
        "EnvironmentFile=/etc/ngozi/ngozi.env",
        "CapabilityBoundingSet=",
    }
    assert wanted <= lines


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_systemd_takes_every_unit(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS:
        # The program and the user are there only on an installed machine.
        text = re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.M)
        (tmp_path / unit.name).write_text(re.sub(r"^(User|Group)=.*", r"\1=root", text, flags=re.M), "utf-8")
    env = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "ngozi" in line]
    assert (done.returncode, said) == (0, [])


def _compose() -> list[str] | None:
    """Docker's own plugin, or the program of the system's packages, which needs no engine to read a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True, check=False).returncode
        ):
            return command
    return None


def test_docker_compose_takes_the_file(tmp_path: Path) -> None:
    command = _compose()
    if command is None:
        pytest.skip("docker compose is not installed")
    (tmp_path / "password").write_text("x")
    file = tmp_path / "compose.yaml"
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    said = subprocess.run([*command, "version"], capture_output=True, text=True, check=True).stdout
    if "version 1." in said:
        # Version 1 (Debian 12) is older than the top-level name, and knows the rest.
        text = "version: '3.8'\n" + "".join(
            line for line in text.splitlines(keepends=True) if not line.startswith("name:")
        )
    file.write_text(text)
    env = {**os.environ, "ENV_FILE": str(DEPLOY / "env.example"), "PASSWORD_FILE": str(tmp_path / "password")}
    done = subprocess.run(
        [*command, "--project-directory", str(DEPLOY), "-f", str(file), "config", "--quiet"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    file.write_text(text.replace("depends_on", "depends_in", 1))
    broken = subprocess.run(
        [*command, "--project-directory", str(DEPLOY), "-f", str(file), "config", "--quiet"],
        env=env,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert broken.returncode != 0


def test_every_container_of_ours_is_confined_and_has_its_settings() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) >= {"web", "worker", "sweep", "gpu", "beat", "redis", "postgres"}
    for name, service in services.items():
        assert service["read_only"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert name == "migrate" or service["healthcheck"], name
        if name not in ("redis", "postgres"):
            assert service["user"] == "10001:10001", name
            assert service["cap_drop"] == ["ALL"], name
            assert service["env_file"], name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name


def test_the_web_image_has_no_torch_and_the_worker_image_has_it_first() -> None:
    instructions = {
        name: [line for line in (DEPLOY / name).read_text("utf-8").splitlines() if not line.startswith("#")]
        for name in ("Dockerfile.web", "Dockerfile.worker")
    }
    assert not [line for line in instructions["Dockerfile.web"] if "torch" in line or "[model]" in line]
    installs = [line for line in instructions["Dockerfile.worker"] if "pip install" in line]
    assert installs[0] == "RUN pip install torch==2.13.0"
    assert all("USER ngozi" in lines for lines in instructions.values())


def test_the_web_image_can_read_aloud() -> None:
    lines = (DEPLOY / "Dockerfile.web").read_text("utf-8").splitlines()
    extras = [
        re.fullmatch(r'ARG EXTRAS="\[([a-z0-9,]+)\]"', line) for line in lines if line.startswith("ARG")
    ]
    assert [found[1].split(",") for found in extras if found] == [["voice"]]
    (install,) = [line for line in lines if line.startswith("RUN pip install")]
    assert '".${EXTRAS}"' in install
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {re.split(r"[<>=~\[ ]", one)[0] for one in project["optional-dependencies"]["voice"]}
    assert {"av", "espeakng-loader"} <= needed


def test_the_proxy_lets_in_what_the_web_process_takes_and_no_more() -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    limits = dict(re.findall(r"request_body @(\w+) \{\s*max_size (\d+)MiB", text))
    assert int(limits["webhooks"]) << 20 == LARGEST_BODY
    assert int(limits["chat"]) << 20 == MAX_BODY_BYTES
    assert "client_max_body_size 1m" in (DEPLOY / "TECHNICIAN.md").read_text("utf-8")


# --- back up and restore -----------------------------------------------------------------------------------------


def environment(home: Path, database_url: str, key: str = KEY_1) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NGOZI_", "PG"))}
    return kept | {"NGOZI_HOME": str(home), "NGOZI_DATABASE_URL": database_url, "NGOZI_SECRET_KEY": key}


def sh(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(w) for w in words], env=env, capture_output=True, text=True, check=False, timeout=120
    )


def fill(engine: Engine, settings: Settings, photograph: bytes) -> None:
    """A chat with one photograph."""
    stored = Vault(settings.media_url, settings.master_keys).put(photograph)
    with transaction(engine) as connection:
        chat_id = connection.execute(
            Chat.__table__.insert()
            .values(channel="telegram", account="main", address="15550100", created_at=db_now())
            .returning(Chat.id)
        ).scalar_one()
        connection.execute(
            Photo.__table__.insert().values(
                id=stored.name,
                chat_id=chat_id,
                name=stored.name,
                wrapped_key=stored.wrapped_key,
                master_key_id=stored.master_key_id,
                size_bytes=stored.size_bytes,
                width_px=2,
                height_px=2,
                created_at=db_now(),
                expires_at=db_now() + 86_400.0,
            )
        )


def photographs(engine: Engine, settings: Settings) -> list[bytes]:
    vault = Vault(settings.media_url, settings.master_keys)
    with transaction(engine) as connection:
        rows = connection.execute(select(Photo)).all()
    return [vault.get(Stored(r.name, r.wrapped_key, r.master_key_id, r.size_bytes)) for r in rows]


def empty_copy(database_url: str, home: Path, engine: Engine) -> str:
    """The address of an empty database of the same kind (PostgreSQL: ours, emptied)."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{home / 'ngozi.sqlite3'}"
    with transaction(engine) as connection:
        connection.exec_driver_sql("drop schema public cascade")
        connection.exec_driver_sql("create schema public")
    return database_url


def test_a_restored_backup_has_its_rows_and_its_photographs_open(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite") and shutil.which("pg_dump") is None:
        pytest.fail("pg_dump is not installed; expected it with PostgreSQL")
    old, new, photograph = tmp_path / "old", tmp_path / "new", os.urandom(3000)
    before = environment(old, database_url)
    fill(engine, Settings.read(before), photograph)
    (old / "spool").mkdir()
    (old / "spool" / "1-a.spool").write_bytes(b"waiting")
    made = sh(before, DEPLOY / "backup.sh", tmp_path / "backups")
    assert made.returncode == 0, made.stderr
    backup = Path(made.stdout.splitlines()[-1])
    assert not (backup / "secret_key").exists()
    assert photograph not in b"".join(p.read_bytes() for p in backup.rglob("*") if p.is_file())

    after = environment(new, empty_copy(database_url, new, engine))
    restored = sh(after, DEPLOY / "restore.sh", backup)
    assert restored.returncode == 0, restored.stderr
    fresh = connect(after["NGOZI_DATABASE_URL"])
    try:
        assert photographs(fresh, Settings.read(after)) == [photograph]
        with transaction(fresh) as connection:
            assert connection.execute(select(func.count()).select_from(Chat)).scalar_one() == 1
    finally:
        fresh.dispose()
    assert (new / "spool" / "1-a.spool").read_bytes() == b"waiting"
    again = sh(after, DEPLOY / "restore.sh", backup)
    assert again.returncode == 1
    assert "nothing was restored" in again.stderr


def test_a_backup_taken_while_a_row_is_being_written_is_whole(tmp_path: Path) -> None:
    from bot import migrations

    url = f"sqlite:///{tmp_path / 'home' / 'ngozi.sqlite3'}"
    env = environment(tmp_path / "home", url)
    engine = connect(url)
    migrations.upgrade(engine)
    with transaction(engine) as connection:
        connection.execute(
            Chat.__table__.insert().values(
                channel="telegram", account="main", address="15550101", created_at=db_now()
            )
        )
        made = sh(env, DEPLOY / "backup.sh", tmp_path / "backups")
    engine.dispose()
    assert made.returncode == 0, made.stderr
    copy = connect(f"sqlite:///{made.stdout.splitlines()[-1]}/database.sqlite3")
    with transaction(copy) as connection:
        assert connection.execute(select(func.count()).select_from(Chat)).scalar_one() == 0
    copy.dispose()


def test_a_damaged_backup_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    from bot import migrations

    url = f"sqlite:///{tmp_path / 'home' / 'ngozi.sqlite3'}"
    env = environment(tmp_path / "home", url)
    engine = connect(url)
    migrations.upgrade(engine)
    fill(engine, Settings.read(env), b"photograph")
    engine.dispose()
    backup = Path(sh(env, DEPLOY / "backup.sh", tmp_path / "backups").stdout.splitlines()[-1])
    photo = next((backup / "media").iterdir())
    photo.write_bytes(photo.read_bytes()[:-1] + b"\0\0")
    new = environment(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'ngozi.sqlite3'}")
    refused = sh(new, DEPLOY / "restore.sh", backup)
    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_the_key_is_in_a_backup_only_where_it_was_asked_for(tmp_path: Path) -> None:
    from bot import migrations

    url = f"sqlite:///{tmp_path / 'home' / 'ngozi.sqlite3'}"
    env = environment(tmp_path / "home", url)
    engine = connect(url)
    migrations.upgrade(engine)
    engine.dispose()
    made = sh(env, DEPLOY / "backup.sh", tmp_path / "backups", "--with-key")
    key = Path(made.stdout.splitlines()[-1]) / "secret_key"
    assert key.read_text().strip() == KEY_1
    assert key.stat().st_mode & 0o077 == 0
    assert sh(env, DEPLOY / "backup.sh", tmp_path / "b", "--wrong").returncode == 2


def test_rotated_keys_open_the_photographs_and_the_old_key_may_go(tmp_path: Path) -> None:
    from rich.console import Console

    from bot import migrations
    from worker.erasing import rotate_keys

    url = f"sqlite:///{tmp_path / 'home' / 'ngozi.sqlite3'}"
    engine = connect(url)
    migrations.upgrade(engine)
    fill(engine, Settings.read(environment(tmp_path / "home", url)), b"photograph")
    both = Settings.read(environment(tmp_path / "home", url, f"2:{KEY_2},1:{KEY_1}"))
    rotate_keys(both, Console(quiet=True))
    only_new = Settings.read(environment(tmp_path / "home", url, f"2:{KEY_2}"))
    assert photographs(engine, only_new) == [b"photograph"]
    engine.dispose()


SHOW = 'printf "%s|%s|%s|%s" "$PGPASSWORD" "$PGHOST" "$PGPORT" "$PGDATABASE"'


def placed(tmp_path: Path, url: str) -> subprocess.CompletedProcess[str]:
    script = f'places=$(python3 {shlex.quote(str(DEPLOY / "place.py"))}) || exit; eval "$places"; {SHOW}'
    return sh(environment(tmp_path, url), "bash", "-c", script)


def test_a_password_with_odd_characters_reaches_postgresql_whole(tmp_path: Path) -> None:
    said = placed(tmp_path, "postgresql+psycopg://ngozi:p%40ss%2F%27w%20rd@db.example:5433/skin")
    assert said.stdout == "p@ss/'w rd|db.example|5433|skin"


@pytest.mark.parametrize("password", ["pa/ss", "12/ss", "p#a", "p?a", "p:a", "/#?:", "[x]", "100%", "p%2Fa"])
@pytest.mark.parametrize("rest", ["db.example:5433/skin", "db.example/skin?connect_timeout=3", "[::1]/skin"])
def test_backup_and_restore_read_the_address_as_ngozi_does(tmp_path: Path, password: str, rest: str) -> None:
    """A password out of base64 has a slash every second time; Ngozi runs with it, so it must be backed up with it."""
    url = f"postgresql+psycopg://ngozi:{password}@{rest}"
    read = make_url(Settings.read(environment(tmp_path, url)).database_url)
    said = placed(tmp_path, url)
    assert said.stdout == f"{read.password}|{read.host}|{read.port or 5432}|{read.database}", said.stderr


@pytest.mark.parametrize("password", ["gehe@im/x", "gehe@im"])
def test_an_address_that_could_be_read_in_two_ways_is_refused_and_not_shown(
    tmp_path: Path, password: str
) -> None:
    url = f"postgresql+psycopg://ngozi:{password}@db.example/skin"
    with pytest.raises(SettingError, match="%40") as refused:
        Settings.read(environment(tmp_path, url))
    said = placed(tmp_path, url)
    assert said.returncode != 0
    assert "%40" in said.stderr
    for told in (str(refused.value), said.stderr, said.stdout):
        assert "gehe" not in told
        assert password[5:] not in told


def test_the_command_that_the_example_names_writes_a_password_for_an_address(tmp_path: Path) -> None:
    text = (DEPLOY / "env.example").read_text("utf-8")
    (command,) = re.findall(r"python3 -c '(from urllib[^']*)'", text)
    password = "p/#?@:% 'w"
    done = subprocess.run(
        ["python3", "-c", command], input=password + "\n", capture_output=True, text=True, check=True
    )
    url = f"postgresql+psycopg://ngozi:{done.stdout.strip()}@db.example/skin"
    assert make_url(Settings.read(environment(tmp_path, url)).database_url).password == password
    assert placed(tmp_path, url).stdout == f"{password}|db.example|5432|skin"


@pytest.mark.parametrize(
    ("status", "said", "ill"),
    [
        (200, "ok", 0),
        (503, "no model answers", 0),
        (503, "an alert reached nobody", 0),
        (503, "no worker has swept lately", 1),
        (503, "database away", 1),
    ],
)
def test_a_model_that_does_not_answer_is_no_illness_of_the_clock(status: int, said: str, ill: int) -> None:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"status": said}).encode())

    beat = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["beat"]
    asks = beat["healthcheck"]["test"][3]
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        asks = asks.replace("'web', 8000", f"'127.0.0.1', {server.server_port}")
        asks = asks.replace("web:8000", f"127.0.0.1:{server.server_port}")
        done = subprocess.run([sys.executable, "-c", asks], check=False, capture_output=True)
    assert done.returncode == ill
