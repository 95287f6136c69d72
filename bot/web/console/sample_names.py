"""What the made-up cases of the preview are called in the language of the page (bot.packs.preview has their ids)."""

from __future__ import annotations

import locales
from bot.clinical import conditions, danger_signs
from bot.packs import preview
from bot.web.console.visit import Visit

__all__ = ["groups", "name"]


def groups(visit: Visit) -> list[tuple[str, list[tuple[str, str]]]]:
    """All samples as a picker shows them: (head of the group, '' for none; [(id, name)])."""
    found: dict[str, list[tuple[str, str]]] = {}
    for sample in preview.samples():
        kind, _, _ = sample.partition(".")
        found.setdefault(kind, []).append((sample, _inner(visit, sample)))
    return [
        ("" if kind == "talk" else visit.t(f"console.packs.sample_{kind}s"), listed)
        for kind, listed in found.items()
    ]


def name(visit: Visit, sample: str) -> str:
    """One sample where it stands by itself."""
    kind, _, _ = sample.partition(".")
    inner = _inner(visit, sample)
    if kind == "danger":
        return visit.t("console.packs.sample_danger", sign=inner)
    return visit.t("console.packs.sample_condition", condition=inner) if kind == "condition" else inner


def _inner(visit: Visit, sample: str) -> str:
    """The question for the sign, the name of the condition, or what the ordinary talk is called."""
    kind, _, code = sample.partition(".")
    if kind == "danger":
        return locales.render(danger_signs.sign(code).question, visit.language)
    if kind == "condition":
        return locales.render(conditions.entry(code).name, visit.language)
    return visit.t("console.packs.sample_talk")
