"""Reads a CSV file of places. The file is taken for hostile: it comes from a spreadsheet that many hands have filled.

One fault anywhere, and nothing is taken; all faults are named at once, each with its line. What a cell may hold is said in
deploy/TECHNICIAN.md, with an example beside it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from babel.core import Locale, UnknownLocaleError, get_global

from bot.errors import NgoziError
from bot.places import KINDS, SERVICES, Place

__all__ = ["COLUMNS", "BadPlaces", "Fault", "read", "row_of", "write"]

COLUMNS = (
    "id",
    "name",
    "kind",
    "country",
    "region",
    "lat",
    "lon",
    "phone",
    "hours",
    "directions",
    "languages",
    "services",
    "active",
)
NEEDED = frozenset({"id", "name", "kind", "country", "region"})
LONGEST = {"id": 40, "name": 120, "region": 80, "phone": 24, "hours": 120, "directions": 200}
SIZE_BYTES = 2_000_000
ROWS = 10_000
# More than this helps nobody to mend a file.
FAULTS = 50

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,10})?")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")
_LINK = re.compile(r"://|www\.|@|\b[\w-]{2,}\.[a-z]{2,}(?:/|\b)", re.IGNORECASE)
# What a spreadsheet would run (OWASP, CSV injection), the full-width twins too.
_FORMULA = tuple("=+-@\t\r|%＝＋－＠")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. line: of the file, from 1; 0: the whole file. column: '' the whole line."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        return f"{where}{', ' + self.column if self.column else ''}: {self.reason}"


class BadPlaces(NgoziError):
    """The file cannot be taken. faults: why, in the order of the file, at most FAULTS."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def read(data: bytes) -> list[Place]:
    """The places of a file. Raises BadPlaces."""
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults: list[Fault] = []
    places: list[Place] = []
    seen: dict[tuple[str, ...], int] = {}
    line = 0
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header)
        for cells in reader:
            first, line = line + 1 if line else 2, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(places) >= ROWS:
                raise BadPlaces([Fault(line, "", f"more than {ROWS} places; expected fewer")])
            found = list(_row(first, header, cells, places, seen))
            faults += found
            if len(faults) >= FAULTS:
                break
    except csv.Error as error:
        faults.append(Fault(reader.line_num, "", f"is no CSV: {error}"))
    if not faults and not places:
        faults = [Fault(0, "", "holds no place; expected a line for each under the header")]
    if faults:
        raise BadPlaces(faults[:FAULTS])
    return places


def write(rows: Iterable[Mapping[str, str]]) -> bytes:
    """A file that `read` takes, of rows as `row_of` gives them or a form does; UTF-8 with the mark that spreadsheets look for."""
    out = io.StringIO(newline="")
    made = csv.DictWriter(out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n")
    made.writeheader()
    made.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def row_of(place: Place) -> dict[str, str]:
    """The cells of a place, by column."""
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind,
        "country": place.country,
        "region": place.region,
        "lat": "" if place.lat is None else _degrees_text(place.lat),
        "lon": "" if place.lon is None else _degrees_text(place.lon),
        "phone": place.phone,
        "hours": place.hours,
        "directions": place.directions,
        "languages": ";".join(place.languages),
        "services": ";".join(place.services),
        "active": "yes" if place.active else "no",
    }


def _degrees_text(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _decoded(data: bytes) -> str:
    if len(data) > SIZE_BYTES:
        raise BadPlaces([Fault(0, "", f"has {len(data)} bytes; expected at most {SIZE_BYTES}")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reason = "is not UTF-8; expected the spreadsheet saved as 'CSV UTF-8'"
        raise BadPlaces([Fault(line, "", reason)]) from None
    for c in text:
        if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn") and c not in "\n\r\t\u200c\u200d":
            line = text[: text.index(c)].count("\n") + 1
            raise BadPlaces([Fault(line, "", f"holds the invisible character U+{ord(c):04X}; expected none")])
    return text


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in COLUMNS if name in NEEDED and name not in header]
    if unknown or missing or len(set(header)) != len(header):
        shown = ",".join(header)[:200]
        raise BadPlaces([Fault(1, "", f"the header is {shown!r}; expected {','.join(COLUMNS)}")])


def _row(
    line: int, header: list[str], cells: list[str], places: list[Place], seen: dict[tuple[str, ...], int]
) -> Iterator[Fault]:
    """The faults of one row; where there is none, its place is added to `places`."""
    if len(cells) != len(header):
        yield Fault(line, "", f"has {len(cells)} cells; expected {len(header)}")
        return
    said = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=True)}
    raw = dict(zip(header, cells, strict=True))
    wrong = [
        Fault(line, name, reason)
        for name in header
        if (reason := _breaks(raw[name]) or _fault(name, said[name]))
    ]
    if not wrong:
        wrong = [Fault(line, "lat", reason) for reason in (_point_fault(said),) if reason]
    if wrong:
        yield from wrong
        return
    place = _made(said)
    for key in (("id", place.id), ("name", place.name.casefold(), place.region.casefold(), place.country)):
        if key in seen:
            yield Fault(
                line, key[0], f"{said[key[0]]!r} stands in line {seen[key]} already; expected each once"
            )
            return
        seen[key] = line
    places.append(place)


def _breaks(cell: str) -> str:
    return "holds a line break or tab; expected one line" if re.search(r"[\n\r\t]", cell.strip()) else ""


def _fault(name: str, cell: str) -> str:
    """Why a cell cannot be taken; '' where it can."""
    if not cell:
        return "is empty; expected something" if name in NEEDED else ""
    if len(cell) > LONGEST.get(name, 200):
        return f"has {len(cell)} characters; expected at most {LONGEST.get(name, 200)}"
    return _CHECKS[name](cell)


def _words(cell: str) -> str:
    if cell.startswith(_FORMULA):
        return f"{cell[:20]!r} begins like a formula; expected words"
    if _LINK.search(cell):
        return f"{cell[:40]!r} looks like a link or an address; expected words (a space after a full stop)"
    if any(c in cell for c in "<>{}[]*`~\\"):
        return f"{cell[:40]!r} holds a mark such as <, {{ or *; expected plain words"
    return "" if any(c.isalnum() for c in cell) else f"{cell[:20]!r} has no letter; expected words"


def _matches(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    return lambda cell: "" if pattern.fullmatch(cell) else f"is {cell[:40]!r}; expected {expected}"


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    return lambda cell: "" if cell in allowed else f"is {cell[:40]!r}; expected one of {', '.join(allowed)}"


def _degrees(most: int) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if _NUMBER.fullmatch(cell) and abs(float(cell)) <= most:
            return ""
        return f"is {cell[:40]!r}; expected degrees from -{most} to {most} with a point, such as -3.36667"

    return check


def _country(cell: str) -> str:
    if cell in get_global("territory_currencies") and cell != "ZZ":
        return ""
    return f"is {cell[:40]!r}; expected two large letters of ISO 3166, such as TZ"


def _telephone(cell: str) -> str:
    digits = sum(c.isdigit() for c in cell)
    if _PHONE.fullmatch(cell) and cell.isascii() and 3 <= digits <= 15:
        return ""
    return f"is {cell[:40]!r}; expected 3 to 15 digits, such as +255 000 000 000"


def _language_codes(cell: str) -> str:
    for code in _listed(cell):
        try:
            Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            return f"{code[:40]!r} is no language that Babel knows; expected codes such as sw;en"
    return ""


def _service_codes(cell: str) -> str:
    unknown = [code for code in _listed(cell) if code not in SERVICES]
    return f"{unknown[0][:40]!r} is no service; expected some of {';'.join(SERVICES)}" if unknown else ""


def _point_fault(said: Mapping[str, str]) -> str:
    lat, lon = said.get("lat", ""), said.get("lon", "")
    if bool(lat) != bool(lon):
        return "lat and lon come together; expected both or neither"
    if lat and float(lat) == 0 == float(lon):
        return "0, 0 lies in the sea; expected the place's own point, or nothing"
    return ""


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in re.split(r"[;, ]+", cell) if code))


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "id": _matches(_ID, "letters, digits, - and _"),
    "name": _words,
    "kind": _one_of(KINDS),
    "country": _country,
    "region": _words,
    "lat": _degrees(90),
    "lon": _degrees(180),
    "phone": _telephone,
    "hours": _words,
    "directions": _words,
    "languages": _language_codes,
    "services": _service_codes,
    "active": _one_of(("yes", "no")),
}


def _made(said: Mapping[str, str]) -> Place:
    lat, lon = said.get("lat", ""), said.get("lon", "")
    return Place(
        id=said["id"],
        name=said["name"],
        kind=said["kind"],
        country=said["country"],
        region=said["region"],
        lat=float(lat) if lat else None,
        lon=float(lon) if lon else None,
        phone=said.get("phone", ""),
        hours=said.get("hours", ""),
        directions=said.get("directions", ""),
        languages=_listed(said.get("languages", "")),
        services=_listed(said.get("services", "")),
        active=said.get("active", "yes") != "no",
    )
