"""Plays the town and writes its table: python -m tests.simulator --people 1000 --seed 1 [--data DIR]"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bot import migrations
from bot.database import connect
from tests.simulator.hearing import MOMENTS, hear_all
from tests.simulator.labels import rows
from tests.simulator.people import Person, person
from tests.simulator.phrases import FILES
from tests.simulator.playing import Played, play, transcript
from tests.simulator.report import table
from tests.simulator.screening import rates, screen, wrong
from tests.simulator.stages import play_all
from tests.simulator.wards import worker

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Returns 1 where anything went wrong in any talk."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    asked.add_argument("--people", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--data", type=Path, default=os.environ.get("NGOZI_TEST_DATA"))
    asked.add_argument("--only", type=int, help="the talk of one person, whole")
    asked.add_argument(
        "--shown", type=int, default=3, help="how many talks of each kind of failure are printed"
    )
    asked.add_argument(
        "--unseen", action="store_true", help="print the phrases that the matcher's makers must not see"
    )
    asked.add_argument(
        "--missed", action="store_true", help="only the phrases of the seen half that are heard wrongly"
    )
    asked.add_argument(
        "--hearing",
        action="store_true",
        help="every phrase straight through the screening, no talks; with --missed too",
    )
    asked.add_argument(
        "--turns", type=int, default=60, help="how many also talk over the real turn and a database"
    )
    asked.add_argument("--workers", type=int, default=300, help="health workers, each with several patients")
    asked.add_argument("--out", type=Path, default=ROOT / "docs" / "simulator.md")
    told = asked.parse_args()
    if told.hearing:
        heard = [one for file in FILES for one in screen(file)]
        print("\n".join(wrong(heard) if told.missed else rates(heard)))
        return 0
    if told.missed:
        print("\n".join(_missed()))
        return 0
    data = rows(Path(told.data)) if told.data else ()
    if told.only is not None:
        print(transcript(play(person(told.only, told.seed, data)), show_unseen=told.unseen))
        return 0
    played = [play(person(number, told.seed, data)) for number in range(told.people)]
    again = _again([one.person for one in played[: told.turns]])
    wards = [worker(number, told.seed, data).play() for number in range(told.workers)]
    shown: dict[str, int] = {}
    for one in (*played, *again[0]):
        for problem in one.problems:
            shown[problem.kind] = shown.get(problem.kind, 0) + 1
            if shown[problem.kind] <= told.shown:
                print(f"== {problem.kind}\n{transcript(one, show_unseen=told.unseen)}\n")
    for ward in wards:
        for problem in ward.problems:
            shown[problem.kind] = shown.get(problem.kind, 0) + 1
            print(f"== worker {ward.number}, {problem.kind}\n")
    about = (
        f"{told.people} people, seed {told.seed}, {'with' if data else 'without'} the answers of the data set; "
        f"commit {_commit()}, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}. Written by "
        f"`python -m tests.simulator --people {told.people} --seed {told.seed}{' --data DIR' if data else ''}`."
    )
    made = table(played, [heard for file in FILES for heard in hear_all(file)], about, again, wards)
    told.out.write_text(made, encoding="utf-8")
    print(made)
    return 1 if shown else 0


def _missed() -> list[str]:
    wrong = [
        heard
        for file in FILES
        for heard in hear_all(file)
        if heard.moment == MOMENTS[1] and heard.go_now != heard.phrase.states and not heard.phrase.unseen
    ]
    return [
        f"{h.phrase.file} {h.phrase.sign or 'harmless'} {'missed' if h.phrase.states else 'false alarm'}: {h.phrase.text}"
        for h in wrong
    ]


def _again(everybody: list[Person]) -> tuple[list[Played], list[str]]:
    if not everybody:
        return [], []
    with tempfile.TemporaryDirectory(prefix="ngozi-simulator-") as folder:
        engine = connect(f"sqlite:///{folder}/ngozi.sqlite3", keys={1: b"k" * 32})
        migrations.upgrade(engine)
        try:
            return play_all(engine, Path(folder), everybody)
        finally:
            engine.dispose()


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=10"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
