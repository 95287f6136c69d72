"""`ngozi model ear`: teaches the second listener for danger signs and writes the weights that chats use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from worker import model_commands, model_shell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.clinical.alarms import Heard, Reading
    from model.told_fit import Fitted, Line

__all__ = ["HEAD", "ear", "line_age", "shares"]

HEAD = "statements | denials | harmless"


def line_age(kind: str) -> str:
    """The age group of somebody of whom a line of the corpus is said."""
    return "infant" if kind in ("D21", "D24") else "child" if kind in ("D01", "D02") else "adult"


def shares(kinds: Sequence[str], heard: Sequence[Heard]) -> str:
    """Of statements, denials and harmless lines the share sent off or handed over, plus the share that is asked about."""
    cells = []
    for group in (lambda k: k not in ("NO", "OK"), lambda k: k == "NO", lambda k: k == "OK"):
        of = [h for kind, h in zip(kinds, heard, strict=True) if group(kind)]
        now = [bool(h.harm or h.pressing) for h in of]
        asked = sum(not n and bool(h.hinted or h.stated) for n, h in zip(now, of, strict=True))
        cells.append(f"{sum(now) / len(of):.1%} + {asked / len(of):.1%}" if of else "-")
    return " | ".join(cells)


@model_commands.app.command()
def ear(
    out: Annotated[
        Path | None, typer.Option(help="the file written (default: the one that chats use)")
    ] = None,
) -> None:
    """Teaches the second listener for danger signs what people may type, and writes its weights.

    Prints, for each language, what is heard of lines that were held out (five folds), by the word lists and by both: the share
    sent off at once, and the share of which a sign is asked at once.
    """
    from bot.clinical import ear as second
    from model import told_fit

    path = out or Path(str(second.__file__)).with_name(second.FILE)
    lines = {file.stem: told_fit.corpus(file.stem) for file in sorted(told_fit.TOLD.glob("*.txt"))}
    kinds = {line.kind for of in lines.values() for line in of}
    signs = tuple(sorted(kinds - {*told_fit.NOT_STATED}))
    held = {code: _held(code, of, signs) for code, of in lines.items()}
    say = Console()
    fitted: dict[str, told_fit.Fitted] = {}
    readings: dict[str, list[Reading]] = {}
    for code, (asked, stated) in _limits(held).items():
        fitted[code] = told_fit.scaled(held[code].fitted, (asked, stated))
        readings[code] = _readings(held[code], signs, asked, stated)
        say.print(f"{code}: asked from {asked:.3f}, stated from {stated:.3f}")
    with model_shell.one_sentence():
        told_fit.write(fitted, signs, path)
    say.print(f"written to {path}\n", soft_wrap=True)
    for row in _table(lines, readings):
        say.print(row, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Held:
    """One language. fitted: on all its lines. lists: what the word lists hear of each line. scores: of each line and sign, by who
    was not shown the line. highest: of each line, over the signs that it does not deny."""

    lines: Sequence[Line]
    fitted: Fitted
    lists: Sequence[Reading]
    scores: NDArray[np.float64]
    highest: NDArray[np.float64]


def _held(code: str, lines: Sequence[Line], signs: tuple[str, ...]) -> _Held:
    import numpy as np

    from bot.clinical import alarms
    from bot.clinical import ear as second
    from bot.clinical.grams import PLACES, traits
    from bot.clinical.matching import read
    from model import told_fit

    typed, kinds = [read(line.text) for line in lines], [line.kind for line in lines]
    seen = [traits(t.words) for t in typed]
    fold, scores = told_fit.fold_of(kinds), np.zeros((len(kinds), len(signs)))
    for n in range(told_fit.FOLDS):
        shown = np.flatnonzero(fold != n)
        one = told_fit.fit([seen[i] for i in shown], [kinds[i] for i in shown], signs, PLACES)
        held_out = second.Ear(signs, one.weights, one.scale, one.bias)
        for i in np.flatnonzero(fold == n):
            scores[i] = held_out.hear(typed[i])
    lists = [alarms.reading(line.text, line_age(line.kind), code) for line in lines]
    undenied = np.array([[s not in r.denied for s in signs] for r in lists])
    highest = np.where(undenied, scores, -np.inf).max(axis=1)
    return _Held(lines, told_fit.fit(seen, kinds, signs, PLACES), lists, scores, highest)


def _limits(held: Mapping[str, _Held]) -> dict[str, tuple[float, float]]:
    """From which score on a sign is asked about, in all languages alike, and from which on it is stated in each."""
    import numpy as np

    from model import told_fit

    harmless = [[line.kind == "OK" for line in one.lines] for one in held.values()]
    asked = told_fit.asked_from(
        np.concatenate([one.highest[of] for one, of in zip(held.values(), harmless, strict=True)])
    )
    found = {}
    for code, one in held.items():
        may_not = [
            line.kind == "OK" or (line.kind == "NO" and not r.unsure)
            for line, r in zip(one.lines, one.lists, strict=True)
        ]
        found[code] = (asked, told_fit.stated_from(one.highest[may_not]))
    return found


def _readings(one: _Held, signs: tuple[str, ...], asked: float, stated: float) -> list[Reading]:
    """What both listeners make of each line, the second with the scores by who was not shown it."""
    return [
        replace(r, scores=dict(zip(signs, ((row - asked) / (stated - asked)).tolist(), strict=True)))
        for r, row in zip(one.lists, one.scores, strict=True)
    ]


def _table(lines: Mapping[str, Sequence[Line]], readings: Mapping[str, Sequence[Reading]]) -> Iterator[str]:
    """What is heard of held-out lines, in Markdown: of each language and of all, by the word lists and by both."""
    from bot.clinical import alarms

    yield f"| held out | listener | {HEAD} |\n| --- | --- | --- | --- | --- |"
    for name, codes in (*((code, (code,)) for code in lines), ("all", tuple(lines))):
        kinds = [line.kind for code in codes for line in lines[code]]
        heard = [reading for code in codes for reading in readings[code]]
        both = [alarms.joined(r, line_age(kind)) for r, kind in zip(heard, kinds, strict=True)]
        yield f"| {name} | lists | {shares(kinds, [r.heard for r in heard])} |"
        yield f"| {name} | both | {shares(kinds, both)} |"
