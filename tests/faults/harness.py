"""`make faults`: people talk, processes are killed, servers go away; then the fake providers' logs are counted.

    python -m tests.faults.harness --all [--out DIR]      every scenario at full size
    python -m tests.faults.harness --scenario kills --stack production --people 100 --kills 50

Counted from the logs of the fake Telegram and Twilio, never from our tables: every step of every person was answered
with exactly the texts that the same code gives without any fault, in order; every photograph was fetched (Telegram) or
stored and deleted there (Twilio); doubles are counted by channel.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import dataclasses
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.faults.counting import Told, judge, matched
from tests.faults.people import Person, Photo, people, telegram_update, twilio_push
from tests.faults.reference import expected
from tests.faults.script import AGREE, ANSWERS
from tests.faults.stack import Stack
from tests.servers import RedisServer, free_port, postgres_server, wait_for_port

__all__ = ["Counts", "Scenario", "run"]

TOKEN = "1000:made-up-token-for-the-fault-harness"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "made-up-auth-token"
SENDER = "whatsapp:+15550100"
# What an operator is told to enter in Twilio's console (README): three more tries, also on 5xx and read timeouts.
OVERRIDES = "#rc=3&rp=5xx,ct,rt&rt=4000"
ANSWER_S = 150.0
LONGEST_SETTLE_S = 180.0
# Only what is at work is killed: a process younger than this has not begun yet.
AT_WORK_S = 1.5


@dataclass(frozen=True)
class Scenario:
    """What goes wrong. kind: kills | redis | readonly | duplicates | none.

    whatsapp_steps: how many steps of their script people on WhatsApp go (0: all; there a message leaves only every 6 s).
    lease_s, sweep_s: settings of the stack: how fast the work of a dead process is found.
    """

    kind: str
    stack: str
    people: int
    kills: int = 0
    outage_s: float = 0.0
    seed: int = 1
    whatsapp_steps: int = 0
    lease_s: float = 6.0
    sweep_s: float = 2.0

    @property
    def settle_s(self) -> float:
        """How long nothing may come until nothing more will: a lease that runs out, a sweep that sees it, a start."""
        return self.lease_s + 2 * self.sweep_s + 4.0


@dataclass
class Counts:
    """What the providers' logs say."""

    scenario: Scenario
    people: int = 0
    inbound: int = 0
    replies_expected: int = 0
    replies_once: int = 0
    doubles_telegram: int = 0
    doubles_whatsapp: int = 0
    missing: int = 0
    wrong: int = 0
    out_of_order: int = 0
    albums_split: int = 0
    waits: int = 0
    photos: int = 0
    photos_lost: int = 0
    unanswered_people: int = 0
    kills: int = 0
    restarts: int = 0
    seconds: float = 0.0
    first_differences: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing lost, nothing wrong, nothing out of order, nobody left alone, and the trouble really made.

        No double on WhatsApp, and none on Telegram where nothing was killed or away: there is no window without a crash.
        """
        unexplained = self.doubles_telegram and not (self.kills or self.scenario.outage_s)
        return not (
            self.missing
            or self.wrong
            or self.out_of_order
            or self.photos_lost
            or self.unanswered_people
            or self.doubles_whatsapp
            or unexplained
            or self.kills < self.scenario.kills
        )


class Logs:
    """The fake providers' logs, read as they grow: what was accepted, by address, and which photographs were given out."""

    def __init__(self, telegram: Path, twilio: Path) -> None:
        self._paths = {"telegram": telegram, "whatsapp": twilio}
        self._offsets = {"telegram": 0, "whatsapp": 0}
        self._told: dict[str, list[Told]] = {}
        self._pushed: dict[str, set[str]] = {}
        self._kept: set[str] = set()
        self._lock = threading.Lock()

    def told(self, address: str) -> list[Told]:
        """What an address was sent, in order of acceptance."""
        with self._lock:
            self._read_all()
            return list(self._told.get(address, ()))

    def pushed_photos(self, address: str) -> set[str]:
        """The photograph messages that Twilio pushed for somebody."""
        with self._lock:
            self._read_all()
            return set(self._pushed.get(address, ()))

    def kept_photos(self) -> set[str]:
        """Telegram: files that were given out. Twilio: messages whose photograph was deleted there, as ours is stored."""
        with self._lock:
            self._read_all()
            return set(self._kept)

    def _read_all(self) -> None:
        for channel, path in self._paths.items():
            self._read(channel, path)

    def _read(self, channel: str, path: Path) -> None:
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._offsets[channel])
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offsets[channel] += len(whole)
        for line in whole.splitlines():
            entry = json.loads(line)
            match channel, entry.get("event"):
                case "telegram", "sendMessage":
                    self._told.setdefault(str(entry["chat"]), []).append(Told(entry["text"]))
                case "telegram", "file":
                    self._kept.add(entry["file_id"])
                case "whatsapp", "accepted":
                    self._told.setdefault(entry["to"], []).append(Told(entry["body"], entry["reply"]))
                case "whatsapp", "pushed" if entry["sid"].startswith("MM"):
                    self._pushed.setdefault(entry["from"], set()).add(entry["sid"])
                case "whatsapp", "deleted":
                    self._kept.add(entry["sid"])


@dataclass
class Town:
    """Everything that runs for one scenario."""

    stack: Stack
    logs: Logs
    telegram_url: str
    twilio_url: str
    web_url: str
    broker: RedisServer | None
    database_url: str
    client: httpx.Client


def run(scenario: Scenario, folder: Path, say: Callable[[str], None] = print) -> Counts:
    """Plays one scenario and counts."""
    crowd = [_shortened(p, scenario.whatsapp_steps) for p in people(scenario.people, AGREE, ANSWERS)]
    began = time.monotonic()
    with _town(scenario, folder) as town:
        wanted = expected(crowd, _plain_env(folder, town))
        _check_script(wanted)
        say(
            f"  {scenario.kind}/{scenario.stack}: {len(crowd)} people, {sum(len(s) for w in wanted.values() for s in w)} replies expected"
        )
        town.stack.start()
        wait_for_port(int(town.web_url.rpartition(":")[2]), 60)
        _until_healthy(town)
        stop = threading.Event()
        trouble = threading.Thread(target=_trouble, args=(scenario, town, stop, say), daemon=True)
        copies = 10 if scenario.kind == "duplicates" else 1
        with ThreadPoolExecutor(max_workers=len(crowd)) as pool:
            talks = [
                pool.submit(_talk, person, wanted[person.address], town, copies, n, scenario)
                for n, person in enumerate(crowd)
            ]
            trouble.start()
            answered = [t.result() for t in talks]
        stop.set()
        trouble.join(120)
        _settle(town, crowd, scenario)
        counts = _count(scenario, crowd, wanted, town)
        counts.unanswered_people = answered.count(False)
        counts.kills = town.stack.kills
        counts.restarts = sum(max(0, r.starts - 1) for r in town.stack.roles)
    counts.seconds = round(time.monotonic() - began, 1)
    return counts


def _shortened(person: Person, steps: int) -> Person:
    if not steps or person.channel != "whatsapp":
        return person
    return dataclasses.replace(person, script=person.script[:steps])


def _check_script(wanted: dict[str, list[list[str]]]) -> None:
    """A double is known as the same text twice running: no script may be told one text twice running by itself."""
    for address, steps in wanted.items():
        texts = [text for step in steps for text in step]
        if not all(steps) or any(a == b for a, b in itertools.pairwise(texts)):
            raise AssertionError(
                f"the script of {address} is told nothing, or one text twice running; mend tests/faults/script.py"
            )


def _plain_env(folder: Path, town: Town) -> dict[str, str]:
    keep = (
        "NGOZI_TELEGRAM_TOKEN",
        "NGOZI_TWILIO_ACCOUNT_SID",
        "NGOZI_TWILIO_AUTH_TOKEN",
        "NGOZI_WHATSAPP_FROM",
        "NGOZI_PUBLIC_URL",
        "NGOZI_SECRET_KEY",
        "NGOZI_ALLOW_UNREVIEWED",
        "NGOZI_EMERGENCY",
        "NGOZI_WORDS",
        "NGOZI_LISTEN",
    )
    return {k: town.stack.env[k] for k in keep}


@contextlib.contextmanager
def _town(scenario: Scenario, folder: Path) -> Iterator[Town]:
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        listener = socket.socket()
        held.callback(listener.close)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        web = f"http://127.0.0.1:{listener.getsockname()[1]}"
        telegram_log, twilio_log = folder / "telegram.jsonl", folder / "twilio.jsonl"
        telegram_port, twilio_port = free_port(), free_port()
        secret = "harness-secret"
        hook = f"{web}/webhooks/telegram/main"
        for command in (
            [
                "tests.fakes.telegram_server",
                "--port",
                str(telegram_port),
                "--log",
                str(telegram_log),
                "--retry-unit-s",
                "0.3",
                "--webhook",
                hook,
                "--secret",
                secret,
                "--token",
                TOKEN,
            ],
            [
                "tests.fakes.twilio_server",
                "--port",
                str(twilio_port),
                "--log",
                str(twilio_log),
                "--account-sid",
                ACCOUNT_SID,
                "--auth-token",
                AUTH_TOKEN,
                "--from-address",
                SENDER,
            ],
        ):
            process = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL)
            held.callback(lambda p=process: (p.kill(), p.wait()))
        wait_for_port(telegram_port)
        wait_for_port(twilio_port)
        env = {
            "NGOZI_HOME": str(folder / "home"),
            "NGOZI_SECRET_KEY": base64.b64encode(b"f" * 32).decode(),
            "NGOZI_PUBLIC_URL": web,
            "NGOZI_TELEGRAM_TOKEN": TOKEN,
            "NGOZI_TELEGRAM_SECRET": secret,
            "NGOZI_TELEGRAM_API": f"http://127.0.0.1:{telegram_port}",
            "NGOZI_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "NGOZI_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "NGOZI_TWILIO_API": f"http://127.0.0.1:{twilio_port}",
            "NGOZI_WHATSAPP_FROM": SENDER,
            "NGOZI_ALLOW_UNREVIEWED": "1",
            "NGOZI_EMERGENCY": "112",
            "NGOZI_LEASE_S": f"{scenario.lease_s:g}",
            "NGOZI_SWEEP_S": f"{scenario.sweep_s:g}",
            "NGOZI_METRICS": "1",
            "NGOZI_WORDS": "0",
            "NGOZI_LISTEN": "0",
            "NGOZI_LOG": "info",
        }
        broker = None
        if scenario.stack == "production":
            broker = RedisServer()
            broker.start()
            held.callback(broker.stop)
            env["NGOZI_DATABASE_URL"] = held.enter_context(postgres_server())
            env["NGOZI_BROKER_URL"] = broker.url
            subprocess.run(
                [sys.executable, "-m", "worker.cli", "migrate"],
                env={**os.environ, **env},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            stack = Stack.production(env, folder / "ngozi.log", listener)
        else:
            env["NGOZI_DATABASE_URL"] = f"sqlite:///{folder / 'home' / 'ngozi.sqlite3'}"
            stack = Stack.embedded(env, folder / "ngozi.log", listener)
        held.callback(stack.stop)
        client = held.enter_context(httpx.Client(timeout=30, limits=httpx.Limits(max_connections=200)))
        yield Town(
            stack,
            Logs(telegram_log, twilio_log),
            f"http://127.0.0.1:{telegram_port}",
            f"http://127.0.0.1:{twilio_port}",
            web,
            broker,
            env["NGOZI_DATABASE_URL"],
            client,
        )


def _until_healthy(town: Town, timeout_s: float = 90.0) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if town.client.get(town.web_url + "/health").status_code == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(f"the stack is not healthy after {timeout_s:g} s; see {town.stack.log}")


def _talk(
    person: Person, wanted: Sequence[Sequence[str]], town: Town, copies: int, turn: int, scenario: Scenario
) -> bool:
    """Says the script step by step, each after the answer to the one before; False where an answer never came."""
    # They do not all begin in the same second, and outages find people in the middle of their talk.
    time.sleep(turn * max(scenario.kills, scenario.outage_s, 5.0) * 0.7 / max(1, scenario.people))
    so_far: list[str] = []
    for step, answers in zip(person.script, wanted, strict=True):
        for said in step:
            _push(person, said, town, copies)
        so_far += answers
        end = time.monotonic() + ANSWER_S
        while matched(town.logs.told(person.address), so_far) < len(so_far):
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
    return True


def _push(person: Person, said: Any, town: Town, copies: int) -> None:
    if person.channel == "telegram":
        asked = {
            "update": telegram_update(person, said),
            "bot": TOKEN.partition(":")[0],
            "copies": copies,
        }
        town.client.post(town.telegram_url + "/control/push", json=asked).raise_for_status()
        return
    push = twilio_push(person, said, f"{town.web_url}/webhooks/whatsapp/main{OVERRIDES}") | {"copies": copies}
    town.client.post(town.twilio_url + "/control/push", json=push, timeout=60).raise_for_status()


def _trouble(scenario: Scenario, town: Town, stop: threading.Event, say: Callable[[str], None]) -> None:
    chance = random.Random(scenario.seed)
    if scenario.kind == "kills":
        while not stop.is_set() or town.stack.kills < scenario.kills:
            if town.stack.kills >= scenario.kills:
                return
            if scenario.stack == "embedded":
                # All of it is one process: while it starts, nothing is there that a kill could interrupt.
                with contextlib.suppress(TimeoutError):
                    _until_healthy(town, 30.0)
            killed = town.stack.kill_one(chance, AT_WORK_S)
            time.sleep(0.6 + chance.random() * 0.8 if killed else 0.1)
    elif scenario.kind == "redis" and town.broker is not None:
        time.sleep(5)
        say("    Redis stops")
        town.broker.stop()
        time.sleep(scenario.outage_s)
        town.broker.start()
        say("    Redis is back, empty")
    elif scenario.kind == "readonly":
        time.sleep(5)
        say("    the database refuses writes")
        with _refusing(town.database_url):
            time.sleep(scenario.outage_s)
        say("    the database takes writes again")


@contextlib.contextmanager
def _refusing(database_url: str) -> Iterator[None]:
    """A database that takes no write."""
    if database_url.startswith("sqlite"):
        import sqlite3

        held = sqlite3.connect(
            database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=10, check_same_thread=False
        )
        held.execute("BEGIN EXCLUSIVE")
        yield
        held.execute("ROLLBACK")
        held.close()
        return
    import psycopg

    address = database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as admin:
        name = address.rpartition("/")[2]
        admin.execute(f"alter database {name} set default_transaction_read_only = on")
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = %s",
            (name,),
        )
        yield
        admin.execute("set default_transaction_read_only = off")
        admin.execute(f"alter database {name} set default_transaction_read_only = off")
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = %s",
            (name,),
        )


def _settle(town: Town, crowd: Sequence[Person], scenario: Scenario) -> None:
    """Waits until nothing more comes: what is still on its way may be a double, and must be counted."""
    end = time.monotonic() + LONGEST_SETTLE_S
    quiet_since, last = time.monotonic(), (-1, -1)
    while time.monotonic() - quiet_since < scenario.settle_s and time.monotonic() < end:
        count = (sum(len(town.logs.told(p.address)) for p in crowd), len(town.logs.kept_photos()))
        if count != last:
            quiet_since, last = time.monotonic(), count
        time.sleep(0.5)


def _sent_photos(person: Person, town: Town) -> set[str]:
    """The names under which the provider knows this person's photographs."""
    if person.channel == "whatsapp":
        return town.logs.pushed_photos(person.address)
    photos = [said for step in person.script for said in step if isinstance(said, Photo)]
    return {telegram_update(person, said, 1)["message"]["photo"][0]["file_id"] for said in photos}


def _count(
    scenario: Scenario, crowd: Sequence[Person], wanted: dict[str, list[list[str]]], town: Town
) -> Counts:
    counts = Counts(scenario, people=len(crowd))
    kept = town.logs.kept_photos()
    for person in crowd:
        should = [text for step in wanted[person.address] for text in step]
        sent = _sent_photos(person, town)
        taken = sum(isinstance(said, Photo) for step in person.script for said in step)
        found = judge(
            town.logs.told(person.address),
            should,
            album=any(isinstance(s, Photo) and s.album for step in person.script for s in step),
            sent_photos=sent,
            kept_photos=kept,
        )
        counts.inbound += sum(len(step) for step in person.script)
        counts.photos += taken
        # Fewer than they sent: the platform itself was never given it, and nothing below could miss it.
        counts.photos_lost += found.photos_lost + max(0, taken - len(sent))
        counts.replies_expected += len(should)
        counts.replies_once += found.once
        if person.channel == "telegram":
            counts.doubles_telegram += found.doubles
        else:
            counts.doubles_whatsapp += found.doubles
        counts.albums_split += found.split
        counts.waits += found.waits
        counts.missing += found.missing
        counts.wrong += found.wrong
        counts.out_of_order += found.out_of_order
        if found.difference and len(counts.first_differences) < 3:
            counts.first_differences.append(f"{person.channel} {person.number}: {found.difference}")
    return counts


FULL = (
    Scenario("kills", "production", 100, kills=60),
    Scenario("kills", "embedded", 100, kills=50),
    Scenario("redis", "production", 40, outage_s=60.0),
    Scenario("readonly", "production", 40, outage_s=20.0),
    Scenario("readonly", "embedded", 40, outage_s=20.0),
    Scenario("duplicates", "production", 30),
    Scenario("duplicates", "embedded", 30),
)


def table(results: Sequence[Counts]) -> str:
    """The counts as Markdown."""
    lines = [
        "| fault | stack | people | messages in | replies expected | arrived, right and in order | missing | wrong | out of order | albums split | photographs | lost | doubles Telegram | doubles WhatsApp | kills | seconds |",
        "|" + " --- |" * 16,
    ]
    for c in results:
        what = c.scenario.kind + (f" {c.scenario.outage_s:g} s" if c.scenario.outage_s else "")
        lines.append(
            f"| {what} | {c.scenario.stack} | {c.people} | {c.inbound} | {c.replies_expected} | {c.replies_once} | {c.missing} | {c.wrong} | "
            f"{c.out_of_order} | {c.albums_split} | {c.photos} | {c.photos_lost} | {c.doubles_telegram} | {c.doubles_whatsapp} | {c.kills} | {c.seconds:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Runs scenarios; exit status 1 where anything was lost, wrong or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--scenario", default="kills")
    parser.add_argument("--stack", default="production", choices=("production", "embedded"))
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--outage-s", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None)
    asked = parser.parse_args()
    chosen = (
        FULL
        if asked.all
        else (
            Scenario(
                asked.scenario,
                asked.stack,
                asked.people,
                asked.kills if asked.scenario == "kills" else 0,
                asked.outage_s,
                asked.seed,
            ),
        )
    )
    out = asked.out or Path(tempfile.mkdtemp(prefix="ngozi-faults-"))
    results = []
    for number, scenario in enumerate(chosen):
        counts = run(scenario, out / f"{number}-{scenario.kind}-{scenario.stack}")
        results.append(counts)
        print(json.dumps({k: v for k, v in asdict(counts).items() if k != "scenario"}), flush=True)
        (out / "counts.md").write_text(table(results) + "\n")
    print(table(results))
    print(f"logs in {out}")
    raise SystemExit(0 if all(c.good for c in results) else 1)


if __name__ == "__main__":
    main()
