"""A .po that somebody sends: hostile until proven. Bytes in; out come all its sentences, or none and the reasons by line.

Looked at in this order: size, encoding, characters, the header (read by ourselves; Babel never sees a header that was sent), ids,
then every sentence by the rules of `locales.gate`. What is only not translated for the English of today (a changed original, a
fuzzy mark, a message that is not used any more) is no fault: it stays untranslated and is said. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.clinical import listed
from bot.clinical.phrases import BadPhrase
from bot.packs.export import STATE
from locales import gate, wordlists
from locales.catalogue import BadCatalogue, Entry, Translations, Unit, parse_units, plural_of
from locales.gate import Problem
from locales.packs import Pack
from locales.reasons import why

__all__ = ["MOST_BYTES", "Upload", "read"]

MOST_BYTES = 3_000_000
MOST_LINES = 60_000
LONGEST_LINE = 30_000
# Characters of one sentence, or of one list of words: what is longer is not looked at any further.
LONGEST_SENTENCE = 2_000
LONGEST_LIST = 30_000
# So many faults are told; a file with more has another trouble.
MOST_TOLD = 200
# An upgrade drops a few messages; a file with more that nobody knows is no file of this program.
MOST_GONE = 200
_FILE = "ngozi.po"
_NOTED = ("stale", "fuzzy", "gone")
_HEADER_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*(.*)")
_KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[[0-9]\])?)[ \t]+(\".*\")")
_SAMPLE = (*range(121), 1000, 1001, 1_000_000)


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of a file. faults: then there is no sentence. notes: what stays untranslated, and why.

    sentences: message id to its forms, only those that are translated; what is empty in the file leaves what is there.
    as_of: the version's last edit (epoch s) when the file was downloaded, None where it does not say.
    """

    faults: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    sentences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    as_of: float | None = None


class _Fault(Exception):
    """The first thing for which a file cannot even be read."""

    def __init__(self, line: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.line, self.kind, self.reason = line, kind, reason


def read(data: bytes, pack: Pack, template: Mapping[str, Entry], inherited: Translations) -> Upload:
    """The sentences of a file for a pack, or what is wrong with it. inherited: see locales.gate.translations."""
    try:
        text = _text(data)
        every, header = _units(text, pack)
    except _Fault as fault:
        return Upload((Problem(pack.code, _FILE, fault.line, fault.kind, "", fault.reason),))
    # A translator works for weeks; what the server was rid of meanwhile stops nothing, and never lands.
    gone = [unit for unit in every if unit.id not in template and gate.is_id(unit.id)]
    gone = gone if len(gone) <= MOST_GONE else []
    left_out = {id(unit) for unit in gone}
    units = [unit for unit in every if id(unit) not in left_out]
    found = [
        *_outside(every, pack),
        *_gone(gone, pack),
        *_sentences(units, pack, template, inherited),
    ]
    faults = tuple(sorted((p for p in found if p.kind not in _NOTED), key=lambda p: (p.line, p.kind)))
    notes = tuple(p for p in found if p.kind in _NOTED)
    if faults:
        return Upload(faults[:MOST_TOLD], notes)
    said = {
        unit.id: unit.strings
        for unit in units
        if not unit.fuzzy and any(unit.strings) and template[unit.id].source == unit.source
    }
    return Upload((), notes, said, _as_of(header))


def _unreadable(said: str) -> str:
    """What a reader of files or of phrases says itself, in English."""
    return why("console.gate.phrase", "cannot be read: {error}", error=said)


# The file as a whole


def _text(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise _Fault(
            0,
            "size",
            why(
                "console.gate.bytes",
                "has {size} bytes; expected at most {most}",
                size=len(data),
                most=MOST_BYTES,
            ),
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Fault(line, "encoding", why("console.gate.encoding", "is not UTF-8 here")) from None
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise _Fault(
            0,
            "size",
            why(
                "console.gate.many_lines",
                "has {size} lines; expected at most {most}",
                size=len(lines),
                most=MOST_LINES,
            ),
        )
    for number, whole in enumerate(lines, start=1):
        if len(whole) > LONGEST_LINE:
            raise _Fault(
                number,
                "size",
                why(
                    "console.gate.long_line",
                    "a line of {length} characters; expected at most {most}",
                    length=len(whole),
                    most=LONGEST_LINE,
                ),
            )
        for c in whole:
            if c != "\t" and unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp"):
                raise _Fault(
                    number,
                    "character",
                    why(
                        "console.gate.file_character",
                        "{character} does not belong in a file of sentences",
                        character=f"U+{ord(c):04X}",
                    ),
                )
    return text


def _as_of(header: Mapping[str, str]) -> float | None:
    found = re.fullmatch(r"[0-9]{1,9} ([0-9]{1,12}(?:\.[0-9]{1,9})?)", header.get(STATE.lower(), ""))
    return float(found.group(1)) if found else None


def _units(text: str, pack: Pack) -> tuple[list[Unit], dict[str, str]]:
    """The messages of a text whose header is in order, and that. Raises _Fault."""
    lines = text.split("\n")
    begins, ends, header = _header(lines)
    told = _header_fits(header, pack, begins + 1)
    # Babel reads a header that we wrote, in as many lines, so that numbers of lines stay.
    ours = ['msgid ""', f'msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: {pack.plural}\\n"']
    plain = [*lines[:begins], *ours, *[""] * (ends - begins - 2), *lines[ends:]]
    plain = ["" if n < ends and line.startswith("#") else line for n, line in enumerate(plain)]
    begun = sum(1 for line in plain if re.match(r"\s*msgid\s", line)) - 1
    try:
        units, _ = parse_units("\n".join(plain).encode(), _FILE)
    except BadCatalogue as error:
        at = re.search(r" on (\d+)$", str(error))
        raise _Fault(int(at.group(1)) + 1 if at else 0, "file", _unreadable(str(error))) from None
    if len(units) != begun:
        raise _Fault(
            0,
            "duplicate",
            why(
                "console.gate.file_twice",
                "{begun} messages begin, {different} are different ones",
                begun=begun,
                different=len(units),
            ),
        )
    return units, told


def _header(lines: list[str]) -> tuple[int, int, str]:
    """(first line, line after the last, text) of the header: the first message, with an empty msgid. Raises _Fault.

    No other message may have an empty msgid: readers of .po files take it for a header too.
    """
    entries = list(_entries(lines))
    if not entries or entries[0][1:3] != ("msgid", ""):
        raise _Fault(
            1,
            "header",
            why(
                "console.gate.header_first",
                "expected the file to begin with {msgid} and its header",
                msgid='msgid ""',
            ),
        )
    if len(entries) < 2 or entries[1][1] != "msgstr":
        raise _Fault(
            entries[0][0] + 1,
            "header",
            why("console.gate.header_msgstr", "expected msgstr after {msgid}", msgid='msgid ""'),
        )
    for at, keyword, said, _ in entries[1:]:
        if keyword == "msgid" and not said:
            raise _Fault(
                at + 1, "header", why("console.gate.second_header", "a second message without English")
            )
    return entries[0][0], entries[1][3], entries[1][2]


def _entries(lines: list[str]) -> Iterator[tuple[int, str, str, int]]:
    """(line, keyword, text with its escapes but \\n undone, line after) of everything that is no comment. Raises _Fault."""
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line or line.startswith("#"):
            at += 1
            continue
        found = _KEYWORD.fullmatch(line)
        if found is None:
            raise _Fault(
                at + 1,
                "file",
                why(
                    "console.gate.keyword", "expected msgctxt, msgid or msgstr with a text in quotation marks"
                ),
            )
        pieces, end = [found.group(2)], at + 1
        while end < len(lines) and lines[end].strip().startswith('"'):
            pieces.append(lines[end].strip())
            end += 1
        for n, piece in enumerate(pieces):
            if not re.fullmatch(r'"(?:[^"\\]|\\[\\"nt])*"', piece):
                raise _Fault(
                    at + 1 + n,
                    "file",
                    why("console.gate.quotes", "quotation marks or backslashes that do not fit together"),
                )
        yield at, found.group(1), "".join(p[1:-1] for p in pieces).replace("\\n", "\n"), end
        at = end


def _header_fits(header: str, pack: Pack, line: int) -> dict[str, str]:
    """The header's values by name in small letters. Raises _Fault where they do not fit the pack."""
    said: dict[str, str] = {}
    for one in header.split("\n"):
        if not one:
            continue
        found = _HEADER_LINE.fullmatch(one)
        name = found.group(1).lower() if found else ""
        if found is None or name in said:
            raise _Fault(
                line,
                "header",
                why(
                    "console.gate.header_line",
                    "{said} stands twice or is no 'Name: value'",
                    said=repr(one[:60]),
                ),
            )
        said[name] = found.group(2).strip()
    charset = re.search(r"charset\s*=\s*([\w-]+)", said.get("content-type", ""))
    if charset is None or charset.group(1).lower() not in ("utf-8", "utf8"):
        raise _Fault(line, "header", why("console.gate.charset", "expected Content-Type with charset=UTF-8"))
    language = said.get("language", "").replace("_", "-")
    if language != pack.code:
        raise _Fault(
            line,
            "header",
            why(
                "console.gate.language",
                "Language is {said}; expected {expected}",
                said=repr(language[:20]),
                expected=repr(pack.code),
            ),
        )
    count, rule = gate.read_rule(said.get("plural-forms", ""))
    wanted = gate.read_rule(pack.plural)
    if count != wanted[0]:
        raise _Fault(
            line,
            "plural-count",
            why(
                "console.gate.plural_forms",
                "says {forms} plural forms; the pack has {expected}",
                forms=count,
                expected=wanted[0],
            ),
        )
    try:
        theirs = [plural_of(f"nplurals={count}; plural={rule};")(n) for n in _SAMPLE]
    except (BadCatalogue, ArithmeticError):
        raise _Fault(
            line,
            "plural-rule",
            why("console.gate.rule_senseless", "the rule {rule} makes no sense", rule=repr(rule[:60])),
        ) from None
    if theirs != [plural_of(pack.plural)(n) for n in _SAMPLE]:
        raise _Fault(
            line,
            "plural-rule",
            why(
                "console.gate.other_rule", "the rule is another one than {expected}", expected=repr(wanted[1])
            ),
        )
    return said


# Its sentences


def _outside(units: list[Unit], pack: Pack) -> Iterator[Problem]:
    """What is wrong before a sentence is read: ids twice, and lengths that are not looked at any further."""
    times = Counter(unit.id for unit in units)
    for unit in units:
        if times[unit.id] > 1:
            twice = why("console.gate.twice", "the id stands more than once")
            yield Problem(pack.code, _FILE, unit.line, "duplicate", unit.id, twice)
        longest = max(map(len, unit.strings), default=0)
        if longest > _most(unit):
            reason = why("console.gate.very_long", "{length} characters in one sentence", length=longest)
            yield Problem(pack.code, _FILE, unit.line, "too-long", unit.id, reason)


def _gone(units: list[Unit], pack: Pack) -> Iterator[Problem]:
    """units: messages that this installation does not have, by an id as ours are."""
    for unit in units:
        left = why("console.gate.gone", "there is no such message any more; it was left out")
        yield Problem(pack.code, _FILE, unit.line, "gone", unit.id, left)


def _most(unit: Unit) -> int:
    return LONGEST_LIST if wordlists.is_list(unit.id) else LONGEST_SENTENCE


def _sentences(
    units: list[Unit], pack: Pack, template: Mapping[str, Entry], inherited: Translations
) -> Iterator[Problem]:
    short = [unit for unit in units if max(map(len, unit.strings), default=0) <= _most(unit)]
    rule = gate.read_rule(pack.plural)
    for problem in gate.translations(pack, _FILE, short, template, rule, inherited):
        if problem.kind != "missing":
            yield problem
    for unit in short:
        if unit.id in template and wordlists.is_heard(unit.id) and any(unit.strings):
            for phrase in filter(None, (p.strip() for p in unit.strings[0].split("|"))):
                try:
                    listed.read(unit.id, phrase)
                except BadPhrase as error:
                    yield Problem(
                        pack.code, _FILE, unit.line, "phrase", unit.id, _unreadable(str(error)[:200])
                    )
