"""What the technician is told to type with containers: its names are those of the compose file, and its restore restores.

Docker itself is not here: a stand-in on PATH runs what is told to run inside of a container, with PostgreSQL's own programs.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, make_url

from bot.database import connect
from bot.settings import Settings
from tests.test_deploy import DEPLOY, ROOT, command_tree, environment, fill, photographs, wrong_in

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name for name, one in SERVICES.items() if one.get("env_file")}
PREFIX = "docker compose -f deploy/compose.yaml"
DOCUMENT = (DEPLOY / "TECHNICIAN.md").read_text("utf-8")

# Runs `exec` and `run` here; of everything else it notes that it was asked.
DOCKER = """#!{python}
import json, os, sys
words = sys.argv[1:]
with open(os.environ["NOTED"], "a") as noted:
    noted.write(json.dumps(words) + "\\n")
assert words[:3] == ["compose", "-f", "deploy/compose.yaml"], words
kind, rest = words[3], words[4:]
if kind in ("exec", "run"):
    while rest[0].startswith("-"):
        rest.pop(0)
    service, *command = rest
    if command[0] != "ngozi":
        if service == "postgres":
            # On our server, where role and database have other names.
            user, database = os.environ["PGUSER"], os.environ["PGDATABASE"]
            command = [user if before == "--username" else database if one == "ngozi" else one
                       for before, one in zip(["", *command], command)]
            if command[0] in ("dropdb", "createdb"):
                command[1:1] = ["--maintenance-db=template1"]
        os.execvp(command[0], command)
"""


def block(name: str) -> str:
    """The commands that stand below a mark in the document."""
    (found,) = re.findall(rf"<!-- containers: {name} -->\n```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(found)


def calls() -> list[list[str]]:
    """The words after the compose file of every call in the document, up to where the shell goes on."""
    every = re.findall(rf"{re.escape(PREFIX)} ([^\n`]*)", DOCUMENT)
    return [shlex.split(re.split(r" [<>|] |  +#| #|\)|\.\.\.", call)[0]) for call in every]


def parted(call: list[str]) -> tuple[str, list[str], list[str]]:
    """(what compose does, its services, what runs inside)"""
    kind, rest = call[0], call[1:]
    if kind in ("exec", "run"):
        at = next(n for n, word in enumerate(rest) if not word.startswith("-"))
        return kind, [rest[at]], rest[at + 1 :]
    return kind, [word for word in rest if not word.startswith("-")], []


def test_every_service_that_is_named_exists_and_all_of_ours_are_stopped() -> None:
    found = [parted(call) for call in calls()]
    assert len(found) > 15
    assert {kind for kind, _, _ in found} <= {"up", "build", "exec", "run", "stop", "logs"}
    for kind, services, _ in found:
        assert set(services) <= set(SERVICES), services
        if kind == "stop":
            assert set(services) == OURS - {"migrate"}


def test_what_runs_inside_is_of_that_image_and_names_the_same_things() -> None:
    tree, database = command_tree(), SERVICES["postgres"]["environment"]
    for _, (service, *_), inside in (parted(c) for c in calls() if c[0] in ("exec", "run")):
        if not inside:
            continue
        if inside[0] == "ngozi":
            assert service in OURS
            assert not wrong_in(inside[1:], tree) or inside[1:] == [], inside
        elif inside[0] == "tar":
            assert inside[1:3] == ["-C", "/var/lib/ngozi"]
            assert f"{COMPOSE['name']}:{inside[2]}" in SERVICES[service]["volumes"]
        else:
            assert service == "postgres"
            assert inside[inside.index("--username") + 1] == database["POSTGRES_USER"]
            named = inside[inside.index("--dbname") + 1] if "--dbname" in inside else inside[-1]
            assert named == database["POSTGRES_DB"]


def run_block(
    name: str, tmp_path: Path, home: Path, url: str, **replaced: str
) -> tuple[int, str, list[list[str]]]:
    """Types a block as it stands, but for where things lie on this machine: (status, what was said, calls of docker)."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "docker").write_text(DOCKER.replace("{python}", sys.executable))
    (tools / "docker").chmod(0o755)
    noted = tmp_path / f"{name}.calls"
    noted.unlink(missing_ok=True)
    script = block(name)
    for old, new in {**replaced, "/opt/ngozi": str(ROOT), "/var/lib/ngozi": str(home)}.items():
        script = script.replace(old, new)
    at = make_url(url)
    env = environment(home, url) | {
        "NOTED": str(noted), "PATH": f"{tools}:{os.environ['PATH']}", "PGHOST": at.host or "", "PGPORT": str(at.port or 5432),
        "PGUSER": at.username or "", "PGDATABASE": at.database or "", "PGPASSWORD": str(at.password or ""),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-ec", script], env=env, capture_output=True, text=True, check=False, timeout=120
    )
    calls = [json.loads(line)[3:] for line in noted.read_text().splitlines()] if noted.exists() else []
    return done.returncode, done.stdout + done.stderr, calls


@pytest.mark.postgres
def test_what_is_backed_up_out_of_containers_is_restored_into_them(
    copied_postgres: str, fresh_postgres: str, tmp_path: Path
) -> None:
    old, new, photograph = tmp_path / "old", tmp_path / "new", os.urandom(3000)
    engine: Engine = connect(copied_postgres)
    fill(engine, Settings.read(environment(old, copied_postgres)), photograph)
    engine.dispose()
    for name in ("spool/1-a.spool", "language/big", "backups/x", "training/x", "voice/x"):
        (old / name).parent.mkdir(exist_ok=True)
        (old / name).write_bytes(b"waiting")
    shelf = {"/var/backups/ngozi": str(tmp_path / "backups")}
    status, said, _ = run_block("back up", tmp_path, old, copied_postgres, **shelf)
    assert status == 0, said
    (backup,) = (tmp_path / "backups").iterdir()
    assert {p.name for p in backup.iterdir()} == {"database.dump", "files.tar", "SHA256SUMS"}
    assert all(p.stat().st_mode & 0o077 == 0 for p in backup.iterdir())

    new.mkdir()
    here = {"/var/backups/ngozi/ngozi-20261123T020000Z": str(backup)}
    status, said, asked = run_block("restore", tmp_path, new, fresh_postgres, **here)
    assert status == 0, said
    assert [call[0] for call in asked] == ["build", "up", "run", "exec", "up", "exec"]
    assert asked[1][-2:] == ["postgres", "redis"], "nothing of Ngozi runs on half a restore"
    restored = connect(fresh_postgres)
    assert photographs(restored, Settings.read(environment(new, fresh_postgres))) == [photograph]
    restored.dispose()
    assert {p.name for p in new.iterdir()} == {"media", "spool"}
    assert (new / "spool" / "1-a.spool").read_bytes() == b"waiting"

    # Typed again it overwrites nothing.
    (new / "spool" / "1-a.spool").write_bytes(b"newer")
    status, said, _ = run_block("restore", tmp_path, new, fresh_postgres, **here)
    assert status != 0
    assert (new / "spool" / "1-a.spool").read_bytes() == b"newer"
    (new / "spool" / "1-a.spool").unlink()
    photo = next((new / "media").iterdir())
    photo.unlink()
    status, said, _ = run_block("restore", tmp_path, new, fresh_postgres, **here)
    assert status != 0
    assert "already exists" in said

    # In the place of a broken database.
    status, said, asked = run_block("empty", tmp_path, new, fresh_postgres)
    assert status == 0, said
    assert asked[0] == ["stop", "web", "worker", "sweep", "gpu", "beat"]
    for file in [*(new / "media").iterdir(), *(new / "spool").iterdir()]:
        file.unlink()
    status, said, _ = run_block("restore", tmp_path, new, fresh_postgres, **here)
    assert status == 0, said

    damaged = backup / "files.tar"
    damaged.write_bytes(damaged.read_bytes()[:-512])
    status, _, asked = run_block("restore", tmp_path, new, fresh_postgres, **here)
    assert (status != 0, asked) == (True, [])


def test_an_upgrade_checks_the_new_images_before_it_stops_the_old_ones(tmp_path: Path) -> None:
    merge = "cd /opt/ngozi && git fetch && git merge <the new version>"
    status, said, asked = run_block(
        "upgrade", tmp_path, tmp_path, "postgresql+psycopg://ngozi@127.0.0.1/ngozi", **{merge: "true"}
    )
    assert status == 0, said
    assert [call[0] for call in asked] == ["build", "run", "stop", "up", "exec"]
    assert asked[1][-2:] == ["ngozi", "check"]
