"""The gate: what is wrong with the template and the packs of a folder.

Only a pack without a problem may be shipped. What a machine can not see (is it the right word?) is a
reviewer's to say, and the pack's `status` tells whether one has.
"""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from babel.core import Locale, UnknownLocaleError
from babel.messages.plurals import PLURALS

from locales import clips, sentences, wordlists
from locales.catalogue import (
    BadCatalogue,
    Entry,
    Translations,
    Unit,
    header,
    read_template,
    read_translations,
    read_units,
    repeated,
)
from locales.packs import BadPack, Pack, pack_codes, read_pack
from locales.reasons import why

__all__ = ["Problem", "about", "check", "is_id", "plural_rule", "read_rule", "translations"]

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_COUNTS = range(1001)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. kind: a fixed word for the class of fault. line: 0: the whole file."""

    language: str
    file: str
    line: int
    kind: str
    id: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: [{self.kind}] {self.id + ': ' if self.id else ''}{self.reason}"


def is_id(name: str) -> bool:
    """True where a message may have that id."""
    return len(name) <= 80 and _ID.fullmatch(name) is not None


def check(root: Path, language: str | None = None) -> list[Problem]:
    """What is wrong with the template and the packs under `root`, or with one pack; [] when all pass."""
    try:
        template = read_template(root / "ngozi.pot")
        units = read_units(root / "ngozi.pot")[0]
        again = repeated(root / "ngozi.pot")
    except BadCatalogue as error:
        return [Problem("en", "ngozi.pot", 0, "file", "", str(error))]
    problems: list[Problem] = []
    if language in (None, "en"):
        problems += _duplicates("en", "ngozi.pot", again)
        problems += _template(template, units)
    codes = pack_codes(root) if language is None else (language,)
    for code in codes:
        problems += _pack(root, code, template)
    return problems


def _template(template: Mapping[str, Entry], units: list[Unit]) -> Iterator[Problem]:
    def problem(unit: Unit, kind: str, reason: str) -> Problem:
        return Problem("en", "ngozi.pot", unit.line, kind, unit.id, reason)

    for unit in units:
        entry = template[unit.id]
        if not _ID.fullmatch(unit.id):
            yield problem(unit, "id", "expected small letters, digits and dots, such as 'consent.ask'")
        if entry.tier not in (1, 2, 3) or not entry.tier_given:
            yield problem(unit, "tier", "expected a comment '#. tier: 1', 2 or 3")
        if not entry.note:
            yield problem(unit, "note", "expected a comment that tells the translator where it is shown")
        if any(unit.strings):
            yield problem(unit, "template", "a template holds no translations")
        if entry.plural and "{count}" not in entry.source[1]:
            yield problem(unit, "placeholder", "a plural message needs {count}")
        for kind, reason in _faults(entry, entry.source, "ltr", _forms("n != 1", 2)):
            yield problem(unit, kind, reason)
    lists = [(unit, unit.source[0]) for unit in units]
    yield from (problem(unit, "collision", reason) for unit, reason in wordlists.collisions(lists))


def _pack(root: Path, code: str, template: Mapping[str, Entry]) -> Iterator[Problem]:
    where = f"{code}/pack.toml"
    try:
        pack = read_pack(root, code)
    except (BadPack, KeyError) as error:
        yield Problem(code, where, 0, "pack", "", str(error))
        return
    yield from (Problem(code, where, 0, *fault) for fault in about(pack, pack_codes(root)))
    yield from (Problem(code, name, 0, "clip", "", why) for name, why in clips.faults(root, template, code))
    if code == "en":
        return
    file = f"{code}/LC_MESSAGES/ngozi.po"
    # Babel refuses a file whose messages have more forms than its header says: the header is judged first.
    plural = header(root / file, "Plural-Forms")
    yield from (Problem(code, file, 0, "plural-rule", "", reason) for reason in plural_rule(code, plural))
    try:
        units, headers = read_units(root / file)
    except BadCatalogue as error:
        yield Problem(code, file, 0, "file", "", str(error))
        return
    yield from _duplicates(code, file, repeated(root / file))
    if headers.get("Language", "").replace("_", "-") != code:
        reason = f"Language is {headers.get('Language')!r}; expected {code!r}"
        yield Problem(code, file, 0, "header", "", reason)
    inherited = _inherited(root, pack.code)
    yield from translations(pack, file, units, template, read_rule(plural), inherited)


def about(pack: Pack, codes: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with what is said of a pack: (kind, id, reason). codes: of all packs."""
    try:
        direction = Locale.parse(pack.code, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        direction = pack.direction
    if direction != pack.direction:
        yield (
            "pack",
            "",
            why(
                "console.gate.direction",
                "direction is {said}; the language is written {written}",
                said=repr(pack.direction),
                written=repr(direction),
            ),
        )
    if pack.parent and pack.parent not in codes:
        said = repr(pack.parent)
        yield (
            "pack",
            "",
            why("console.gate.parent", "parent is {said}; expected the code of a pack", said=said),
        )
    if not pack.translators:
        yield (
            "pack",
            "",
            why("console.gate.translators", "translators is empty; expected who wrote the sentences"),
        )
    if pack.claims_review and not pack.reviewed:
        yield (
            "review",
            "",
            why(
                "console.gate.unsigned",
                "says it is reviewed, but nobody signed version {version}",
                version=pack.version,
            ),
        )


def _duplicates(code: str, file: str, again: list[tuple[str, int]]) -> Iterator[Problem]:
    for message_id, line in again:
        twice = why("console.gate.twice", "the id stands more than once")
        yield Problem(code, file, line, "duplicate", message_id, twice)


def plural_rule(code: str, said: str) -> Iterator[str]:
    """What is wrong with a Plural-Forms header of a language."""
    count, rule = read_rule(said)
    if not count:
        yield why(
            "console.gate.plural_header",
            "Plural-Forms is {said}; expected {example}",
            said=repr(said),
            example="'nplurals=N; plural=RULE;'",
        )
        return
    try:
        used = {gettext.c2py(rule)(n) for n in _COUNTS}
    except (ValueError, ArithmeticError) as error:
        yield why(
            "console.gate.plural_senseless",
            "the rule {rule} makes no sense: {error}",
            rule=repr(rule),
            error=str(error),
        )
        return
    if used != set(range(count)):
        yield why(
            "console.gate.plural_unlike",
            "{name} is {forms}, but the rule gives the forms {given}",
            name="nplurals",
            forms=count,
            given=str(sorted(used)),
        )
    expected = _expected_plurals(code)
    if expected not in (None, count):
        yield why(
            "console.gate.plural_table",
            "{name} is {forms}; Babel's table has {expected} for {code}",
            name="nplurals",
            forms=count,
            expected=expected or 0,
            code=repr(code),
        )


def read_rule(said: str) -> tuple[int, str]:
    """How many forms a Plural-Forms header says and by which rule; (0, '') where it cannot be read."""
    found = re.fullmatch(r"nplurals\s*=\s*(\d{1,2})\s*;\s*plural\s*=\s*([^;]+);?\s*", said)
    return (int(found.group(1)), found.group(2).strip()) if found else (0, "")


def _expected_plurals(code: str) -> int | None:
    """How many forms Babel knows for a language: from its gettext table, else from CLDR, else None."""
    for name in (code.replace("-", "_"), code.split("-")[0]):
        if name in PLURALS:
            return int(PLURALS[name][0])
    try:
        return len(Locale.parse(code, sep="-").plural_form.tags) + 1
    except (UnknownLocaleError, ValueError):
        return None


def _forms(rule: str, count: int) -> tuple[frozenset[str], ...]:
    """For each plural form what it may leave out: `count` where the form is for one number only, as 2."""
    try:
        plural_of = gettext.c2py(rule)
        times = Counter(plural_of(n) for n in _COUNTS)
    except (ValueError, ArithmeticError):
        return (frozenset(),) * count
    return tuple(frozenset({"count"}) if times[form] <= 1 else frozenset() for form in range(count))


def translations(
    pack: Pack,
    file: str,
    units: list[Unit],
    template: Mapping[str, Entry],
    plural: tuple[int, str],
    inherited: Translations,
) -> Iterator[Problem]:
    """What is wrong with the sentences of a pack, wherever they come from.

    file: what problems call it. plural: how many forms, and the rule. inherited: what a regional pack takes from its language.
    """

    def problem(unit: Unit, kind: str, reason: str) -> Problem:
        return Problem(pack.code, file, unit.line, kind, unit.id, reason)

    forms = _forms(plural[1], plural[0])
    done: set[str] = set()
    for unit in units:
        entry = template.get(unit.id)
        if entry is None:
            yield problem(unit, "unknown", why("console.gate.unknown", "no such message in ngozi.pot"))
        elif entry.source != unit.source:
            now = repr(entry.source[0])
            changed = why(
                "console.gate.stale", "the English is now {english}; translate it anew", english=now
            )
            yield problem(unit, "stale", changed)
        elif unit.fuzzy:
            guessed = why(
                "console.gate.fuzzy", "guessed from another sentence; translate it and drop the mark"
            )
            yield problem(unit, "fuzzy", guessed)
        elif any(unit.strings):
            done.add(unit.id)
            for kind, reason in _faults(entry, unit.strings, pack.direction, forms, pack.negation):
                yield problem(unit, kind, reason)
    for entry in template.values():
        if entry.tier == 1 and entry.id not in done and not inherited.of(entry):
            lacks = why("console.gate.missing", "tier 1 must be translated")
            yield Problem(pack.code, file, 0, "missing", entry.id, lacks)
    for unit, reason in wordlists.unknown_commands(template, units):
        yield problem(unit, "command", reason)
    lists = [(unit, unit.strings[0]) for unit in units if any(unit.strings)]
    yield from (problem(unit, "collision", reason) for unit, reason in wordlists.collisions(lists))
    yield from (
        problem(unit, "collision", reason) for unit, reason in wordlists.takes_command(template, lists)
    )


def _inherited(root: Path, code: str) -> Translations:
    """What a regional pack ('sw-CD') takes from its language ('sw'); nothing for a language itself."""
    path = root / code.rpartition("-")[0] / "LC_MESSAGES" / "ngozi.po"
    try:
        return read_translations(path) if "-" in code and path.is_file() else Translations()
    except BadCatalogue:
        return Translations()


def _faults(
    entry: Entry,
    strings: tuple[str, ...],
    direction: Literal["ltr", "rtl"],
    forms: tuple[frozenset[str], ...],
    negation: str = "",
) -> Iterator[tuple[str, str]]:
    """What is wrong with the sentences of one message, each plural form beside the English plural."""
    for index, sentence in enumerate(strings):
        if not sentence.strip():
            if entry.plural:
                yield (
                    "plural-count",
                    why(
                        "console.gate.form_empty",
                        "form {form} of {forms} is missing or empty",
                        form=index,
                        forms=len(strings),
                    ),
                )
            else:
                yield "empty", why("console.gate.empty", "is only white space")
            continue
        if wordlists.is_list(entry.id):
            yield from wordlists.faults(sentence)
            continue
        may_omit = forms[index] if entry.plural and index < len(forms) else frozenset()
        original = entry.source[-1]
        yield from sentences.faults(
            original, sentence, direction=direction, may_omit=may_omit, negation=negation
        )
        if entry.max is not None and len(sentence) > entry.max:
            yield (
                "too-long",
                why(
                    "console.gate.too_long",
                    "{length} characters; expected at most {most}",
                    length=len(sentence),
                    most=entry.max,
                ),
            )
        if strings is not entry.source and sentence in entry.source and len(sentence.split()) > 2:
            yield (
                "copied",
                why(
                    "console.gate.copied",
                    "is the English sentence; leave it untranslated and it will be shown all the same",
                ),
            )
