"""`ngozi model ear`: teaches the second listener for danger signs and writes the weights that chats use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from worker import model_commands, model_shell

if TYPE_CHECKING:
    from bot.clinical.alarms import Heard

__all__ = ["HEAD", "ear", "line_age", "shares"]

HEAD = "statements | denials | harmless"


def line_age(kind: str) -> str:
    """The age group of somebody of whom a line of the corpus is said."""
    return "infant" if kind in ("D21", "D24") else "child" if kind in ("D01", "D02") else "adult"


def shares(kinds: Sequence[str], heard: Sequence[Heard]) -> str:
    """Of statements, denials and harmless lines the share sent off or handed over, plus the share that is asked about."""
    from bot.clinical.danger_signs import sign
    from bot.messages import Urgency

    cells = []
    for group in (lambda k: k not in ("NO", "OK"), lambda k: k == "NO", lambda k: k == "OK"):
        of = [h for kind, h in zip(kinds, heard, strict=True) if group(kind)]
        now = [bool(h.harm) or any(sign(s).urgency is Urgency.NOW for s in h.stated) for h in of]
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
    import numpy as np

    from bot.clinical import alarms
    from bot.clinical import ear as second
    from bot.clinical.grams import PLACES, traits
    from bot.clinical.matching import read
    from model import told_fit

    path = out or Path(str(second.__file__)).with_name(second.FILE)
    codes = sorted(file.stem for file in told_fit.TOLD.glob("*.txt"))
    lines = {code: told_fit.corpus(code) for code in codes}
    kinds = [line.kind for code in codes for line in lines[code]]
    signs = tuple(sorted(set(kinds) - {*told_fit.NOT_STATED}))
    fitted: dict[str, told_fit.Fitted] = {}
    lists: dict[str, list[alarms.Reading]] = {}
    scored: dict[str, Any] = {}
    highest: dict[str, Any] = {}
    say = Console()
    for code in codes:
        typed = [read(line.text) for line in lines[code]]
        seen, of = [traits(t.words) for t in typed], [line.kind for line in lines[code]]
        fitted[code] = told_fit.fit(seen, of, signs, PLACES)
        fold, found = told_fit.fold_of(of), np.zeros((len(of), len(signs)))
        for n in range(told_fit.FOLDS):
            shown = np.flatnonzero(fold != n)
            one = told_fit.fit([seen[i] for i in shown], [of[i] for i in shown], signs, PLACES)
            held_out = second.Ear(signs, one.weights, one.scale, one.bias)
            for i in np.flatnonzero(fold == n):
                found[i] = held_out.hear(typed[i])
        scored[code] = found
        lists[code] = [alarms.reading(line.text, line_age(line.kind), code) for line in lines[code]]
        undenied = np.array([[s not in r.denied for s in signs] for r in lists[code]])
        highest[code] = np.where(undenied, found, -np.inf).max(axis=1)
    is_ok = np.array([kind == "OK" for kind in kinds])
    asked = told_fit.asked_from(np.concatenate([highest[code] for code in codes])[is_ok])
    readings: list[alarms.Reading] = []
    for code in codes:
        may_not = [
            line.kind == "OK" or (line.kind == "NO" and not r.unsure)
            for line, r in zip(lines[code], lists[code], strict=True)
        ]
        stated = told_fit.stated_from(highest[code][may_not])
        fitted[code] = told_fit.scaled(fitted[code], (asked, stated))
        readings += [
            replace(r, scores=dict(zip(signs, ((row - asked) / (stated - asked)).tolist(), strict=True)))
            for r, row in zip(lists[code], scored[code], strict=True)
        ]
        say.print(f"{code}: asked from {asked:.3f}, stated from {stated:.3f}")
    with model_shell.one_sentence():
        told_fit.write(fitted, signs, path)
    say.print(f"written to {path}\n", soft_wrap=True)
    say.print(f"| held out | listener | {HEAD} |\n| --- | --- | --- | --- | --- |", soft_wrap=True)
    whose = [code for code in codes for _ in lines[code]]
    for code in (*codes, "all"):
        at = [n for n, c in enumerate(whose) if code in (c, "all")]
        of = [kinds[n] for n in at]
        for name, heard_by in (
            ("lists", [readings[n].heard for n in at]),
            ("both", [alarms.joined(readings[n], line_age(kinds[n])) for n in at]),
        ):
            say.print(f"| {code} | {name} | {shares(of, heard_by)} |", soft_wrap=True)
