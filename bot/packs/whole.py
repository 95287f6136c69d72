"""How whole a version is: which of its sentences count, and what tier 1 lacks. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.packs.store import Sentence
from locales.catalogue import Entry, Translations, Unit

__all__ = ["tier_one", "units"]


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
