"""The template and the translations, as read from disk with Babel.

Nothing is compiled: the .po is what a translator edits, what git keeps and what runs.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

__all__ = [
    "BadCatalogue",
    "Entry",
    "Translations",
    "Unit",
    "hash_of",
    "header",
    "header_in",
    "parse_units",
    "plural_of",
    "read_template",
    "read_translations",
    "read_units",
    "repeated",
    "repeated_in",
    "template_hash",
]

_CONTEXT = re.compile(r'^msgctxt\s+"(.*)"\s*$')
_NOTE = re.compile(r"^(tier|max|later):\s*(\d+)\s*$")


class BadCatalogue(ValueError):
    """A .po or .pot file that cannot be read."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One message of a file as it stands there. line: of its msgid. strings: empty where not translated."""

    id: str
    source: tuple[str, ...]
    strings: tuple[str, ...]
    comments: tuple[str, ...]
    fuzzy: bool
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the template.

    source: the English sentence, or its singular and plural. tier: 1 must be translated before a language
    runs; 2 and 3 may fall back. max: most characters of the rendered sentence without its arguments, or None.
    note: what the translator is told. tier_given: the template says the tier. later: of tier 1, but asked only of a pack
    that goes live: one that spoke before the sentence was of tier 1 goes on without it.
    """

    id: str
    source: tuple[str, ...]
    tier: int = 2
    max: int | None = None
    note: str = ""
    tier_given: bool = True
    later: bool = False

    @property
    def plural(self) -> bool:
        """True where the sentence depends on `{count}`."""
        return len(self.source) > 1


@dataclass(frozen=True, slots=True)
class Translations:
    """One language's sentences: (id, English sentence) -> its forms, one where the message has no plural.

    A changed English sentence is another key and so untranslated. plural_of(n): which form n takes.
    plural: the Plural-Forms header, '' where there is none.
    """

    forms: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    plural: str = ""
    plural_of: Callable[[int], int] = lambda n: int(n != 1)

    def of(self, entry: Entry) -> tuple[str, ...]:
        """The forms of a message in this language, () where it is not translated."""
        return self.forms.get((entry.id, entry.source[0]), ())


def read_units(path: Path) -> tuple[list[Unit], dict[str, str]]:
    """The messages of a file in order, and its header. Raises BadCatalogue."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadCatalogue(f"{path.name} cannot be read: {error}") from error
    return parse_units(data, path.name)


def parse_units(data: bytes, name: str) -> tuple[list[Unit], dict[str, str]]:
    """The messages of a file's bytes in order, and its header. Raises BadCatalogue."""
    catalog = _read(data, name)
    units = [
        Unit(
            id=message.context or "",
            source=_tuple(message.id),
            strings=_tuple(message.string),
            comments=tuple(comment.strip() for comment in message.auto_comments),
            fuzzy=message.fuzzy,
            line=message.lineno or 0,
        )
        for message in catalog
        if message.id
    ]
    return units, {str(name): str(value).strip() for name, value in catalog.mime_headers}


def header(path: Path, name: str) -> str:
    """One header of a file whose messages cannot be read, or ''."""
    return header_in(path.read_text(encoding="utf-8", errors="replace") if path.is_file() else "", name)


def header_in(text: str, name: str) -> str:
    """One header of a file's text, or ''."""
    found = re.search(rf'^"{re.escape(name)}:\s*(.*?)(?:\\n)?"\s*$', text, re.MULTILINE)
    return found.group(1) if found else ""


def repeated(path: Path) -> list[tuple[str, int]]:
    """Ids that stand in a file more than once, with the line of the repetition (Babel keeps the last)."""
    return repeated_in(path.read_text(encoding="utf-8"))


def repeated_in(whole: str) -> list[tuple[str, int]]:
    """As `repeated`, of a file's text."""
    seen: set[str] = set()
    found: list[tuple[str, int]] = []
    for line, text in enumerate(whole.splitlines(), start=1):
        context = _CONTEXT.match(text)
        if context:
            if context.group(1) in seen:
                found.append((context.group(1), line))
            seen.add(context.group(1))
    return found


def read_template(path: Path) -> dict[str, Entry]:
    """The messages of a template by id, in the file's order. Raises BadCatalogue."""
    entries: dict[str, Entry] = {}
    for unit in read_units(path)[0]:
        entries.setdefault(unit.id, _entry(unit))
    return entries


def read_translations(path: Path) -> Translations:
    """The sentences of a .po; fuzzy and empty ones are left out. Raises BadCatalogue."""
    units, headers = read_units(path)
    plural = headers.get("Plural-Forms", "")
    try:
        choose = plural_of(plural)
    except BadCatalogue as error:
        raise BadCatalogue(f"{path.name}: {error}") from error
    forms = {
        (unit.id, unit.source[0]): unit.strings
        for unit in units
        if not unit.fuzzy and unit.strings and all(string.strip() for string in unit.strings)
    }
    return Translations(forms, plural, choose)


@lru_cache(maxsize=64)
def plural_of(said: str) -> Callable[[int], int]:
    """Which form a number takes by a Plural-Forms header; 'n != 1' where it says nothing. Raises BadCatalogue."""
    rule = re.search(r"plural\s*=\s*([^;]+)", said)
    try:
        return gettext.c2py(rule.group(1).strip() if rule else "n != 1")
    except ValueError as error:
        raise BadCatalogue(f"Plural-Forms is {said!r}: {error}") from error


# Pages of a pack ask it of every sentence, each time of the same English.
@lru_cache(maxsize=8192)
def hash_of(source: tuple[str, ...]) -> str:
    """16 hex digits that stand for an English sentence (singular and plural): a translation is made for exactly one."""
    return hashlib.sha256("\0".join(source).encode()).hexdigest()[:16]


def template_hash(template: Mapping[str, Entry]) -> str:
    """16 hex digits that stand for all English sentences of a template."""
    whole = "\n".join(f"{entry.id}\0{hash_of(entry.source)}" for entry in template.values())
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _read(data: bytes, name: str) -> Catalog:
    try:
        return read_po(io.BytesIO(data), abort_invalid=True)
    # What Babel's parser stumbles over is not always its own error: an unknown charset is a LookupError, a message without
    # its text an IndexError.
    except (PoFileError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadCatalogue(f"{name} cannot be read: {error}") from error


def _entry(unit: Unit) -> Entry:
    notes: list[str] = []
    numbers: dict[str, int] = {}
    for comment in unit.comments:
        found = _NOTE.match(comment)
        if found:
            numbers[found.group(1)] = int(found.group(2))
        else:
            notes.append(comment)
    return Entry(
        id=unit.id,
        source=unit.source,
        tier=numbers.get("tier", 2),
        max=numbers.get("max"),
        note=" ".join(notes),
        tier_given="tier" in numbers,
        later=numbers.get("later") == 1,
    )


def _tuple(strings: object) -> tuple[str, ...]:
    if isinstance(strings, (tuple, list)):
        return tuple(str(s) for s in strings)
    return (str(strings),) if strings else ()
