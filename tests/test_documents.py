"""README and its companions say what is so. `python -m tests.test_documents` writes the generated parts of README anew."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.settings_table import TABLE
from tests.test_deploy import command_tree

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md", ROOT / "deploy" / "TECHNICIAN.md"]

# Every folder of the repository, and the files a reader should know of, with a phrase each.
TREE = {
    "bot/": "the domain of chats; imports no torch",
    "bot/channels/": "adapters: a platform's words <-> ours, and the protocol they share",
    "bot/channels/telegram/": "Telegram: parse, send, register, failures",
    "bot/channels/whatsapp/": "WhatsApp through Twilio: signature, forms, media, templates",
    "bot/clinical/": "danger signs, symptoms, conditions: data with sources, pure functions",
    "bot/conversation/": "pure: (state, event) -> (state, replies, effects)",
    "bot/conversation/desk/": "a health worker's chat: many cases, what belongs where, clinicians",
    "bot/media/": "photographs: check, strip, judge, encrypt, store, erase",
    "bot/media/curves/": "what the photo coach rejects, measured",
    "bot/migrations/": "the database's revisions (Alembic)",
    "bot/web/": "webhooks, web chat, console, health page",
    "bot/web/console/": "the pages of the console; what they do is done elsewhere",
    "bot/web/console/static/": "their style, and a little JavaScript",
    "bot/web/console/templates/": "the pages, in messages of the packs",
    "bot/web/static/": "the page of the web chat",
    "bot/inbox.py": "receive, claim, finish, park: the only writer of inbound rows",
    "bot/outbox.py": "what is to be sent: queue, retries",
    "bot/receipts.py": "what a provider says of a message afterwards",
    "bot/pace.py": "how fast messages may leave",
    "bot/breakers.py": "an account whose provider is down is tried seldom",
    "bot/reminders.py": "questions that are asked later: rows with a due time, asked once",
    "bot/quiet_hours.py": "when nobody is spoken to first, by the people's time zone",
    "bot/copies.py": "ids of messages that a provider holds too, so that erasing reaches them",
    "bot/listening.py": "read aloud: who asks for it, and what a chat has chosen",
    "bot/leases.py": "one conditional UPDATE gives work to one process",
    "bot/spool.py": "where Twilio's calls wait while the database refuses",
    "bot/queue.py": "wake-up calls and the names of tasks and queues",
    "bot/settings.py": "the one reader of the environment",
    "bot/settings_table.py": "the table of settings",
    "bot/tables.py": "the tables, and what each state of a row means",
    "bot/casework/": "what is true of a case whoever holds it, pure: codes, how soon, by when, answers",
    "bot/cases/": "a health worker's cases: store, clinicians' queue, notes",
    "bot/console/": "who may sign in, and what each role may see and do; what the administrator's pages ask",
    "bot/packs/": "language packs in the database: versions and their life, upload, live switch, preview",
    "bot/audit.py": "the audit trail: a chain of rows that nobody edits",
    "bot/people.py": "who stands behind a chat",
    "bot/invitations.py": "the codes that make a member, or link a patient to their case",
    "bot/place.py": "one place where people can be sent, and the nearest of several",
    "bot/places.py": "the directory of places: its rows",
    "bot/referral.py": "the referral letter",
    "bot/figures.py": "what the plots count",
    "bot/orders.py": "what the console wants of a worker: erasing, a backup",
    "worker/": "the top layer, where a message and a tensor meet; the command line",
    "worker/cli.py": "`ngozi`",
    "worker/turn.py": "one chat, from claim to replies queued",
    "worker/desk.py": "the turn of a health worker's chat: desk and cases in one transaction",
    "worker/engine.py": "findings wanted -> batch -> model -> written; the only caller of model",
    "worker/deliver.py": "from queued to sent",
    "worker/sweep.py": "wakes what is overdue, deletes what is due",
    "worker/retention.py": "what is too old goes: the sweep that holds to the table of ages",
    "worker/retention_rules.py": "the table of ages: what is kept how long",
    "worker/media_out.py": "what is seen and heard of a reply, opened when it leaves",
    "worker/voice/": "messages read aloud: espeak-ng, Opus, a cache of sentences",
    "worker/bench/": "`ngozi bench`: what this machine can do",
    "worker/embedded.py": "everything in one process",
    "model/": "pictures and numbers: network, training, evaluation; usable alone",
    "model/weights/": "the shipped model",
    "model/weights/skingpt/": "Q-Former, head, projection and LoRA, with how they were trained",
    "model/told/": "what people may type of danger, made up in ten languages: teaches the second listener",
    "model/report/": "figures of the shipped model on val, with plots",
    "locales/": "language packs, rendering, the gate a pack must pass",
    "locales/ngozi.pot": "every sentence a person may see, in English, with its id",
    "deploy/": "for the technician: units, containers, proxy, backup, restore",
    "deploy/systemd/": "units for one machine without containers",
    "deploy/TECHNICIAN.md": "install, back up, restore, upgrade, rotate keys, repair",
    "docs/": "the design of the conversation, measurements, pictures",
    "docs/screenshots/": "of the console",
    "tests/": "claims; fakes stand only at the wire",
    "tests/fakes/": "a Telegram and a Twilio of our own",
    "tests/faults/": "processes are killed, and the providers' logs are counted",
    "tests/journeys/": "webhook in, platform request out, in every language",
    "tests/simulator/": "a town of made-up patients, and what must hold in every talk: docs/simulator.md",
    "tests/simulator/phrases/": "how people speak of danger; never shown to who makes the matcher",
    "tests/data/": "platform updates as JSON, of made-up people",
}  # fmt: skip
# Folders whose names say it all: one pack a language, tests that mirror the packages.
PLAIN = re.compile(
    r"locales/[a-z]{2,3}(_\w+)?/|tests/(bot|worker|model|locales|console)/|tests/data/|bot/migrations/versions/|\.ci/"
)


def settings_table() -> str:
    lines = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for setting in TABLE:
        marks = [m for m, on in (("secret", setting.secret), ("per account", setting.per_account)) if on]
        default = f"`{setting.default}`" if setting.default else ""
        meaning = setting.meaning.replace("|", "\\|") + (f" *({', '.join(marks)})*" if marks else "")
        lines.append(f"| `{setting.name}` | {default} | {meaning} |")
    return "\n".join(lines)


def commands(command: Any = None, path: str = "ngozi") -> dict[str, str]:
    """{'ngozi demo': first sentence of its help, ...}"""
    command = command or command_tree()
    if not hasattr(command, "commands"):
        return {path: (command.help or "").strip().split("\n")[0]}
    found: dict[str, str] = {}
    for name, child in command.commands.items():
        found |= commands(child, f"{path} {name}")
    return found


def commands_table() -> str:
    lines = ["| command | what it does |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{name}` | {said} |" for name, said in sorted(commands().items()))])


def tree() -> str:
    lines = []
    for path, phrase in TREE.items():
        depth = path.rstrip("/").count("/")
        lines.append(
            f"{'  ' * depth + path.rstrip('/').rpartition('/')[2] + ('/' if path.endswith('/') else ''):<22} {phrase}"
        )
    return "\n".join(lines)


GENERATED = {"settings": settings_table, "commands": commands_table, "tree": tree}


def part(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README.read_text("utf-8"), re.S)
    assert found, f"README.md has no <!-- {name} --> ... <!-- /{name} -->"
    return found[1].strip("\n")


def tracked() -> list[str]:
    """Files of the repository, those not yet committed included."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", GENERATED)
def test_the_generated_part_of_readme_is_what_the_code_says(name: str) -> None:
    assert part(name) == GENERATED[name](), "run: .venv/bin/python -m tests.test_documents"


def test_the_settings_table_names_every_setting_with_a_meaning() -> None:
    rows = re.findall(r"^\| `(NGOZI_\w+)` \| (.*?) \| (.+?) \|$", part("settings"), re.M)
    assert [r[0] for r in rows] == [s.name for s in TABLE]
    assert all(len(r[2]) > 5 for r in rows)


def test_every_command_says_what_it_does() -> None:
    assert all(len(said) > 10 for said in commands().values())


def test_everything_in_the_tree_is_there() -> None:
    assert [p for p in TREE if not (ROOT / p).exists()] == []


def test_every_folder_is_in_the_tree() -> None:
    folders = {f"{parent}/" for name in tracked() for parent in map(str, Path(name).parents) if parent != "."}
    assert {f for f in folders if f not in TREE and not PLAIN.match(f)} == set()


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        file, _, mark = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        headings = (
            re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.M) if mark and there.is_file() else []
        )
        if not there.exists() or (mark and mark not in map(anchor, headings)):
            broken.append(target)
    assert broken == []


def test_the_readme_says_what_it_must_about_medicine() -> None:
    text = README.read_text("utf-8")
    section = text[text.index("## Not a medical device") :]
    assert [f"\n{n}. " in section for n in range(1, 9)] == [True] * 8
    for words in (
        "not CE-marked",
        "not FDA-cleared",
        "not clinically validated",
        "controller",
        "on call",
        "CC BY-NC-SA",
    ):
        assert words in section
    for words in ("V-VI", "CC BY 4.0", "#rc=3&rp=5xx,ct,rt&rt=4000", "15 January 2026", "telemedicine"):
        assert words in text


def test_the_readme_names_the_model_that_is_shipped() -> None:
    shipped = json.loads((ROOT / "model" / "weights" / "manifest.json").read_text("utf-8"))
    assert f"shipped {shipped['name']} {shipped['version']}" in README.read_text("utf-8")


def test_every_decision_has_a_date_and_one_paragraph() -> None:
    body = (ROOT / "DECISIONS.md").read_text("utf-8").split("\n\n")[2:]
    assert len(body) > 20
    assert [p[:60] for p in body if not re.match(r"\*\*\d{4}-\d\d-\d\d\. \S", p)] == []


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(d for extra in project["optional-dependencies"].values() for d in extra),
    ]
    names = {re.split(r"[\[<>=!~;]", d)[0] for d in wanted}
    said = (ROOT / "DECISIONS.md").read_text("utf-8").lower()
    # Hooks and stubs of what is named.
    assert {n for n in names if n.lower() not in said} - {"pre-commit", "types-pyyaml"} == set()


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert text.count("\n") > 195


def test_no_file_holds_the_address_of_a_package_registry() -> None:
    hosts = [  # in two pieces, so that this file holds none either
        "pypi" + ".org", "pythonhosted" + ".org", "download.pytorch" + ".org", "registry.npmjs" + ".org",
        "docker" + ".io", "ghcr" + ".io", "conda.anaconda" + ".org", "deb.debian" + ".org", "index" + "-url",
    ]  # fmt: skip
    found = []
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data[:4096]:
            found += [(name, host) for host in hosts if host.encode() in data]
    assert found == []


def rewrite() -> None:
    """Writes the generated parts of README.md."""
    text = README.read_text("utf-8")
    for name, make in GENERATED.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(pattern, lambda m, made=make(): f"{m[1]}{made}\n{m[2]}", text, flags=re.S)
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    rewrite()
