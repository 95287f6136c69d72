"""A version before the gate of `locales`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import locales
from bot import reply_json
from bot.clinical import phrase_gate
from bot.packs import shelf, whole
from bot.packs.store import Version
from bot.packs.written import Sentence
from locales import gate
from locales.catalogue import Entry, Translations, Unit
from locales.gate import Problem
from locales.reasons import text_of, why

__all__ = ["Line", "kept", "of_sentence", "problems", "report", "told"]

# How a report says of what it speaks: file and line, the kind of the problem, the sentence where it is one.
_WHERE = re.compile(r"[^ ]+: \[[a-z0-9-]+\](?: ([A-Za-z0-9_.-]+))?(?:: (.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One problem of a report. id: of the sentence, '' where it is about the whole pack. english: whatever the page speaks."""

    id: str
    said: str
    english: bool


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
    return found + [
        Problem(code, file, 0, "phrase", "", _unreadable(line.partition("] ")[2])) for line in lines
    ]


def kept(problem: Problem) -> dict[str, Any]:
    """The problem as a version's report keeps it: so that it can be said in any language later."""
    text = text_of(problem.reason)
    where = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return {
        "where": f"{where}: [{problem.kind}]{' ' + problem.id if problem.id else ''}",
        "reason": None if text is None else reply_json.text_to_json(text),
        "english": str(problem.reason),
    }


def told(reason: str, language: str) -> str:
    """A reason in the language of who reads it; in English where it is a parser's own word."""
    text = text_of(reason)
    return str(reason) if text is None else locales.render(text, language)


def report(version: Version, language: str) -> list[Line]:
    """The lines of a version's report. Those of before reasons were messages stay as they were written."""
    lines = []
    for line in version.report:
        where = line if isinstance(line, str) else line["where"]
        found = _WHERE.fullmatch(where)
        name = (found[1] or "") if found else ""
        if isinstance(line, str):
            lines.append(Line(name, (found[2] or line) if found else line, True))
        elif line["reason"] is not None and line["reason"]["id"] in locales.library().template:
            lines.append(
                Line(name, locales.render(reply_json.text_from_json(line["reason"]), language), False)
            )
        else:
            lines.append(Line(name, line["english"], True))
    return lines


def _unreadable(said: str) -> str:
    return why("console.gate.phrase", "cannot be read: {error}", error=said)


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
    if len(unit.strings) == count:
        return ""
    return why(
        "console.gate.forms",
        "{forms} forms; the plural rule has {expected}",
        forms=len(unit.strings),
        expected=count,
    )
