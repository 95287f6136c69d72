"""What an engine says of its model: the name, and for the shipped one the figures of its card."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from bot.settings import Settings

__all__ = ["figures", "said"]


def said(settings: Settings, diagnoser: object) -> dict[str, Any]:
    """Plain JSON: 'model', and 'figures' (`figures`), which are those of the shipped model only."""
    name = str(getattr(diagnoser, "name", ""))
    found: dict[str, Any] = {"model": name}
    if name and settings.model == "shipped":
        found["figures"] = figures()
    return found


@cache
def figures() -> list[list[str]]:
    """The table under 'Figures' of model/MODEL_CARD.md, its head first; cells as they stand there."""
    _, _, section = files("model").joinpath("MODEL_CARD.md").read_text("utf-8").partition("\n## Figures\n")
    rows: list[list[str]] = []
    for line in section.splitlines():
        if line.startswith("| "):
            rows.append([cell.strip() for cell in line.strip("| ").split("|")])
        elif rows:
            break
    return [row for row in rows if set("".join(row)) - set("- ")]
