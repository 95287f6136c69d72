"""A version before the gate of `locales`."""

from __future__ import annotations

from collections.abc import Mapping

import locales
from bot.clinical import phrase_gate
from bot.packs import shelf, whole
from bot.packs.store import Version
from bot.packs.written import Sentence
from locales import gate
from locales.catalogue import Entry, Translations, Unit
from locales.gate import Problem

__all__ = ["of_sentence", "problems"]


def problems(version: Version, said: Mapping[str, Sentence], library: locales.Library) -> list[Problem]:
    """What the gate finds in a version; tier 1 that is missing is counted by itself (bot.packs.whole)."""
    code, about = version.language, version.about
    pack = shelf.pack_of(version)
    file = f"{code}/{version.number}"
    found = [Problem(code, file, 0, *fault) for fault in gate.about(pack, (*library.codes, code))]
    rule = [Problem(code, file, 0, "plural-rule", "", why) for why in gate.plural_rule(code, about.plural)]
    if rule:
        return found + rule
    inherited = shelf.inherited(code, library)
    listed = whole.units(said, library.template)
    of_units = gate.translations(
        pack, file, listed, library.template, gate.read_rule(about.plural), inherited
    )
    found += [one for one in of_units if one.kind != "missing"]
    found += [
        Problem(code, file, 0, "plural-count", unit.id, _miscounted(unit, about.plural))
        for unit in listed
        if _miscounted(unit, about.plural)
    ]
    handed = shelf.handed(version, said, library.template)
    with locales.holding(shelf.beside(library, code, handed)):
        lines = phrase_gate.problems([code])
    return found + [Problem(code, file, 0, "phrase", "", line.partition("] ")[2]) for line in lines]


def of_sentence(
    version: Version, entry: Entry, forms: tuple[str, ...], template: Mapping[str, Entry]
) -> list[str]:
    """What the gate finds in one sentence by itself: reasons."""
    if not any(forms):
        return []
    unit = Unit(entry.id, entry.source, forms, (), False, 0)
    rule = gate.read_rule(version.about.plural)
    found = gate.translations(shelf.pack_of(version), "", [unit], template, rule, Translations())
    reasons = [one.reason for one in found if one.kind != "missing"]
    return list(dict.fromkeys(filter(None, [*reasons, _miscounted(unit, version.about.plural)])))


def _miscounted(unit: Unit, plural: str) -> str:
    """What is wrong with how many forms a message has, '' where nothing is."""
    count = gate.read_rule(plural)[0] if len(unit.source) > 1 else 1
    return "" if len(unit.strings) == count else f"{len(unit.strings)} forms; the plural rule has {count}"
