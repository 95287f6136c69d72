"""How whole a version is: which of its sentences count, and what tier 1 lacks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.packs.written import Sentence
from locales.catalogue import Entry, Translations, Unit

__all__ = ["SHOWN", "Share", "Show", "chosen", "shares", "tier_one", "units"]

Show = Literal["all", "tier1", "missing", "unread", "outdated"]
SHOWN: tuple[Show, ...] = ("all", "tier1", "missing", "unread", "outdated")


def units(said: Mapping[str, Sentence], template: Mapping[str, Entry]) -> list[Unit]:
    """The sentences that were made for the English of today, as the gate reads them; the others are untranslated."""
    found: list[Unit] = []
    for entry in template.values():
        one = said.get(entry.id)
        if one is not None and (forms := one.of(entry)):
            found.append(Unit(entry.id, entry.source, forms, (), False, 0))
    return found


def tier_one(
    said: Mapping[str, Sentence], template: Mapping[str, Entry], inherited: Translations
) -> tuple[list[str], list[str]]:
    """Ids of tier 1: those that are missing, and those that nobody has read yet. inherited: from its language."""
    missing, unread = [], []
    for entry in template.values():
        if entry.tier != 1:
            continue
        one = said.get(entry.id)
        if one is not None and one.of(entry):
            if one.reviewed_by is None:
                unread.append(entry.id)
        elif not inherited.of(entry):
            missing.append(entry.id)
    return missing, unread


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a tier there is: messages, those translated, and of these those that a second person has read."""

    total: int
    translated: int
    read: int


def shares(said: Mapping[str, Sentence], template: Mapping[str, Entry]) -> dict[int, Share]:
    """By tier how whole a version is."""
    counts: dict[int, list[int]] = {}
    for entry in template.values():
        count = counts.setdefault(entry.tier, [0, 0, 0])
        one = said.get(entry.id)
        translated = one is not None and bool(one.of(entry))
        count[0] += 1
        count[1] += translated
        count[2] += translated and one is not None and one.reviewed_by is not None
    return {tier: Share(*counts[tier]) for tier in sorted(counts)}


def chosen(
    said: Mapping[str, Sentence], template: Mapping[str, Entry], show: Show, words: str = ""
) -> list[str]:
    """Ids of the messages to show, in the template's order. words: stand in id, English or translation."""
    found = []
    needle = words.casefold().strip()
    for entry in template.values():
        one = said.get(entry.id)
        forms = one.of(entry) if one is not None else ()
        if (show == "missing" and forms) or (
            show == "unread" and not (forms and one and one.reviewed_by is None)
        ):
            continue
        if show == "outdated" and (forms or one is None or not one.forms):
            continue
        if show == "tier1" and entry.tier != 1:
            continue
        whole = " ".join((entry.id, *entry.source, *(one.forms if one is not None else ()))).casefold()
        if needle in whole:
            found.append(entry.id)
    return found
