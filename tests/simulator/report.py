"""The table of a run: what held, how often, with intervals where it is a rate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import stdev

from tests.simulator.checks import Case
from tests.simulator.hearing import MOMENTS, Heard
from tests.simulator.people import HABITS
from tests.simulator.playing import Played
from tests.simulator.wards import Ward

__all__ = ["LIMITS", "Limits", "interval", "table", "totals"]

KINDS = (
    "dead end",
    "sign missed",
    "urgency fell",
    "said too much",
    "case lost",
    "case mixed",
    "said after stop",
    "reminder",
    "empty text",
    "exception",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is promised of a case, on average, and of harmless words."""

    messages: float = 12.0
    size_bytes: float = 60_000.0
    false_alarms: float = 0.03


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of a run. ended: cases that came to a result or "go now"."""

    ended: tuple[Case, ...]
    cases: int
    said: int
    told: int
    told_after: int
    pressed: int
    pressed_told: int
    not_asked: int
    harmless: int
    alarms: int

    def mean(self, of: str) -> float:
        """The mean of a field over the ended cases."""
        return float(sum(getattr(case, of) for case in self.ended)) / max(1, len(self.ended))

    def mean_interval(self, of: str) -> tuple[float, float]:
        """The 95 % interval of that mean, by the spread of the cases."""
        if len(self.ended) < 2:
            return 0.0, math.inf
        half = 1.959964 * stdev(getattr(case, of) for case in self.ended) / math.sqrt(len(self.ended))
        return self.mean(of) - half, self.mean(of) + half


def totals(played: Sequence[Played]) -> Totals:
    """What a run adds up to."""
    cases = [case for p in played for case in p.cases]
    return Totals(
        ended=tuple(case for case in cases if case.end),
        cases=len(cases),
        said=sum(p.told_now is not None for p in played),
        told=sum(p.told_now is True for p in played),
        told_after=sum(p.told_after for p in played),
        pressed=sum(p.pressed in ("now", "missed") for p in played),
        pressed_told=sum(p.pressed == "now" for p in played),
        not_asked=sum(p.pressed == "not asked" for p in played),
        harmless=sum(p.harmless_said for p in played),
        alarms=sum(len(p.alarms) for p in played),
    )


def interval(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a rate, after Wilson."""
    if not count:
        return 0.0, 1.0
    z, rate = 1.959964, hits / count
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def table(
    played: Sequence[Played],
    heard: Iterable[Heard],
    about: str,
    again: tuple[Sequence[Played], Sequence[str]] = ((), ()),
    wards: Sequence[Ward] = (),
) -> str:
    """The whole table in Markdown. about: date, commit, seed, in one sentence.

    again: talks over the real turn and database, and the messages lost there. wards: health workers and their patients.
    """
    sums = totals(played)
    low, high = sums.mean_interval("to_result")
    lines = ["# The simulator", "", about, "", "| what | promised | measured |", "| --- | --- | --- |"]
    count = Counter(problem.kind for p in played for problem in p.problems)
    lines += [f"| people with: {kind} | 0 | {count[kind]} of {len(played)} |" for kind in KINDS]
    lines += [
        f'| a sign said in free text, answered with "go now" in the same turn | all | {_rate(sums.told, sums.said)} |',
        f'| of the others: asked about that sign, and "go now" on its yes | | {sums.told_after} of {sums.said - sums.told} |',
        f'| a sign pressed as an answer, answered with "go now" | all | {_rate(sums.pressed_told, sums.pressed)}; '
        f"{sums.not_asked} more were never asked |",
        f"| harmless words taken for danger | at most {LIMITS.false_alarms:.0%} | {_rate(sums.alarms, sums.harmless)} |",
        f"| messages from us a case until its result, danger signs included | at most {LIMITS.messages:g} | "
        f"{sums.mean('to_result'):.1f} ({low:.1f} to {high:.1f}) |",
        f"| after it: reminders and what comes of them | | {sums.mean('messages') - sums.mean('to_result') - sums.mean('answers'):.1f} |",
        f"| after it: answers to what people ask or send of themselves | | {sums.mean('answers'):.1f} |",
        f"| text and buttons a case | at most {LIMITS.size_bytes / 1000:g} kB | {sums.mean('size_bytes') / 1000:.1f} kB |",
        "",
        f'{sums.cases} cases, {len(sums.ended)} of them came to a result or "go now"; the means are over these, with all that '
        "was said before and after.",
        "",
        *_again(*again),
        *_wards(wards),
        *_by("end", Counter(p.end for p in played)),
        *_by("language", Counter(p.person.language for p in played)),
        *_by(
            "habit",
            Counter(h for p in played for h in p.person.habits or ("cooperative",)),
            ("cooperative", *HABITS),
        ),
        *_by("drawn from", Counter(p.person.truth.source for p in played)),
        *_heard(list(heard)),
    ]
    return "\n".join(lines) + "\n"


def _rate(hits: int, count: int) -> str:
    if not count:
        return "none"
    low, high = interval(hits, count)
    return f"{hits} of {count}, {hits / count:.1%} ({low:.1%} to {high:.1%})"


def _again(played: Sequence[Played], lost: Sequence[str]) -> list[str]:
    if not played:
        return []
    kinds = Counter(kind for p in played for kind in {problem.kind for problem in p.problems})
    wrong = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "none"
    return [
        f"The first {len(played)} people once more over the real turn and a real database, all at once: "
        f"people with a problem: {wrong}; {len(lost)} messages lost.",
        "",
    ]


def _wards(wards: Sequence[Ward]) -> list[str]:
    if not wards:
        return []
    count = Counter(problem.kind for ward in wards for problem in ward.problems)
    patients, things = sum(len(w.patients) for w in wards), sum(len(w.whose) for w in wards)
    kinds = ("case mixed", "case lost", "urgency fell", "dead end", "exception", "sign missed")
    found = ", ".join(f"{kind} {count[kind]}" for kind in kinds)
    return [
        f"{len(wards)} health workers with {patients} patients forwarded {things} photographs and notes, mixed, with and without "
        f"the sender's name, and answered for them. Workers with a problem: {found}.",
        "",
    ]


def _by(name: str, counts: Counter[str], order: Sequence[str] = ()) -> list[str]:
    keys = [k for k in order if counts[k]] or sorted(counts)
    return [f"| {name} | people |", "| --- | --- |", *(f"| {key} | {counts[key]} |" for key in keys), ""]


def _heard(heard: list[Heard]) -> list[str]:
    lines = [
        "Every phrase once, at three moments of a case. `unseen`: every second statement, never shown to those who make the "
        "matcher.",
        "",
        f"| phrases | count | {' | '.join(MOMENTS)} |",
        f"| --- | --- | {' | '.join('---' for _ in MOMENTS)} |",
    ]
    for file in sorted({h.phrase.file for h in heard}):
        mine = [h for h in heard if h.phrase.file == file]
        for name, kept in (
            ("statements", [h for h in mine if h.phrase.states]),
            ("unseen statements", [h for h in mine if h.phrase.states and h.phrase.unseen]),
            ("denials, look-alikes", [h for h in mine if h.phrase.sign and not h.phrase.states]),
            ("harmless", [h for h in mine if not h.phrase.sign]),
        ):
            cells = []
            for moment in MOMENTS:
                at = [h for h in kept if h.moment == moment]
                told = sum(h.go_now for h in at), sum(h.asked for h in at)
                cells.append(f"{told[0] / len(at):.1%} + {told[1] / len(at):.1%}" if at else "-")
            lines.append(f"| {file}: {name} | {len(kept) // len(MOMENTS)} | {' | '.join(cells)} |")
    return [
        *lines,
        "",
        'Each share is that of phrases answered with "go now" (wanted of statements, not of the others), and of those of which a '
        "sign is asked at once.",
    ]
