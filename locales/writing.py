"""The .po that a translator works on: every message of the template, with what is translated so far."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.plurals import PLURALS
from babel.messages.pofile import escape

from locales.catalogue import Entry, Unit, read_template, read_units

__all__ = ["first_plural", "merged", "po"]

_CLDR = {1: "nplurals=1; plural=0;", 2: "nplurals=2; plural=(n != 1);"}


def merged(root: Path, code: str) -> str:
    """The text of a language's .po, in the template's order; raises BadCatalogue.

    A translation stays where id and English sentence are as they were. Where the English sentence has changed, the old
    translation is kept as a comment ('# was:') and the message is untranslated. Messages that are gone are dropped.
    """
    path = root / code / "LC_MESSAGES" / "ngozi.po"
    units, headers = read_units(path) if path.is_file() else ([], {})
    plural = headers.get("Plural-Forms") or first_plural(code)
    known = {unit.id: unit for unit in units if not unit.fuzzy}
    return po(code, plural, read_template(root / "ngozi.pot"), known)


def po(
    code: str,
    plural: str,
    template: Mapping[str, Entry],
    known: Mapping[str, Unit],
    more: Mapping[str, str] | None = None,
) -> str:
    """The text of a .po: every message of the template with what `known` has for it. plural: its Plural-Forms header.

    more: further headers.
    """
    count = int(plural.split("=")[1].split(";")[0])
    head = (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: ngozi\\n"\n"Language: {code}\\n"\n"MIME-Version: 1.0\\n"\n'
        f'"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {plural}\\n"\n'
    )
    head += "".join(f'"{name}: {value}\\n"\n' for name, value in (more or {}).items())
    return "\n".join([head, *_blocks(template, known, count)])


def _blocks(template: Mapping[str, Entry], known: Mapping[str, Unit], count: int) -> list[str]:
    return [_block(entry, known.get(entry.id), count) for entry in template.values()]


def _block(entry: Entry, unit: Unit | None, count: int) -> str:
    lines = [f"#. {entry.note}"] if entry.note else []
    lines.append(f"#. tier: {entry.tier}")
    if entry.max is not None:
        lines.append(f"#. max: {entry.max}")
    same = unit is not None and unit.source == entry.source
    strings = unit.strings if unit is not None and same else ()
    if unit is not None and not same and any(unit.strings):
        lines += [f"# was: {escape(string)}" for string in unit.strings]
    lines.append(f"msgctxt {escape(entry.id)}")
    lines.append(f"msgid {escape(entry.source[0])}")
    if entry.plural:
        lines.append(f"msgid_plural {escape(entry.source[1])}")
        padded = (*strings, *[""] * count)[:count]
        lines += [f"msgstr[{index}] {escape(string)}" for index, string in enumerate(padded)]
    else:
        lines.append(f"msgstr {escape(strings[0] if strings else '')}")
    return "\n".join(lines) + "\n"


def first_plural(code: str) -> str:
    """A first Plural-Forms header: Babel's, else one that fits the number of forms of CLDR."""
    found = PLURALS.get(code.replace("-", "_")) or PLURALS.get(code.split("-")[0])
    if found:
        return f"nplurals={found[0]}; plural={found[1]};"
    try:
        return _CLDR.get(len(Locale.parse(code, sep="-").plural_form.tags) + 1, _CLDR[2])
    except (UnknownLocaleError, ValueError):
        return _CLDR[2]
