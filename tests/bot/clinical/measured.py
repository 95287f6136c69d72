"""What each listener hears of the lists of tests/bot/clinical/lists: python -m tests.bot.clinical.measured

The word lists were tuned on these texts; the second listener was not taught them.
"""

from __future__ import annotations

from dataclasses import replace

from bot.clinical import alarms
from tests.bot.clinical.test_lists import LANGUAGES, listed
from worker.ear_command import HEAD, line_age, shares


def main() -> None:
    """Prints a row for each language and listener."""
    print(f"| lists | listener | {HEAD} |\n| --- | --- | --- | --- | --- |")
    rows = [
        (code, kind, alarms.reading(text, line_age(kind), code))
        for code in LANGUAGES
        for kind, text in listed(code)
    ]
    for code in (*LANGUAGES, "all"):
        of = [(kind, read) for c, kind, read in rows if code in (c, "all")]
        kinds = [kind for kind, _ in of]
        for name, heard in (
            ("lists", [read.heard for _, read in of]),
            ("second", [alarms.joined(replace(read, heard=alarms.Heard()), line_age(k)) for k, read in of]),
            ("both", [alarms.joined(read, line_age(k)) for k, read in of]),
        ):
            print(f"| {code} | {name} | {shares(kinds, heard)} |")


if __name__ == "__main__":
    main()
