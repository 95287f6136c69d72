"""Reads a CSV file of places. The file is taken for hostile: it comes from a spreadsheet that many hands have filled.

One fault anywhere, and nothing is taken; all faults are named at once, each with its line. What a cell may hold is said in
deploy/TECHNICIAN.md, with an example beside it.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import NgoziError
from bot.place import Place, called
from bot.place_cells import LONGEST, NEEDED, as_meant, because, breaks, cut, fault, listed, point_fault

__all__ = ["COLUMNS", "LONGEST", "NEEDED", "BadPlaces", "Fault", "read", "row_of", "write"]

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
SIZE_BYTES = 2_000_000
ROWS = 10_000
# More than this helps nobody to mend a file.
FAULTS = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. line: of the file, from 1; 0: the whole file. column: '' the whole line.

    reason: a `locales.reasons.Reason` where a message says the same. Of a cell it shows the beginning, enough to find it.
    """

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


def read(data: bytes, standing: Iterable[Place] = (), *, alone: bool = False) -> list[Place]:
    """The places of a file. standing: those of the directory. alone: the file takes the place of the directory.

    Where the file has no column for it, a place keeps what it has: a list of names and districts must not take the telephone
    number, nor open what is closed. Raises BadPlaces, also where one of another id stands there by that name.
    """
    known = {place.id: place for place in standing}
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    faults: list[Fault] = []
    places: list[Place] = []
    seen: dict[tuple[str, ...], int] = {}
    line = 0
    try:
        header = _header(next(reader, []))
        _check_header(header)
        for cells in reader:
            first, line = line + 1 if line else 2, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(places) >= ROWS:
                raise BadPlaces(
                    [Fault(line, "", because("rows", "more than {most} places; expected fewer", most=ROWS))]
                )
            found = list(_row(first, header, cells, places, seen, known))
            faults += found
            if len(faults) >= FAULTS:
                break
    except csv.Error:
        said = because("no_csv", "is no CSV; expected cells parted by commas, and every quote closed")
        faults.append(Fault(reader.line_num, "", said))
    if not faults and not alone:
        faults = _beside(places, known, seen)
    if not faults and not places:
        faults = [Fault(0, "", because("none", "holds no place; expected a line for each under the header"))]
    if faults:
        raise BadPlaces(faults[:FAULTS])
    return places


def write(rows: Iterable[Mapping[str, str]], *, comma: bool = False) -> bytes:
    """A file that `read` takes, of rows as `row_of` gives them or a form does; UTF-8 with the mark that spreadsheets look for.

    comma: for a spreadsheet that keeps the comma for decimals, so that a double click finds columns, and degrees.
    """
    out = io.StringIO(newline="")
    parted = ";" if comma else ","
    made = csv.DictWriter(
        out, COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n", delimiter=parted
    )
    made.writeheader()
    for row in rows:
        made.writerow(
            {**row, **{name: row[name].replace(".", ",") for name in ("lat", "lon")}} if comma else row
        )
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
        said = because("bytes", "has {size} bytes; expected at most {most}", size=len(data), most=SIZE_BYTES)
        raise BadPlaces([Fault(0, "", said)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reason = because("utf_8", "is not UTF-8; expected the spreadsheet saved as 'CSV UTF-8'")
        raise BadPlaces([Fault(line, "", reason)]) from None
    for c in text:
        if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn") and c not in "\n\r\t\u200c\u200d":
            line = text[: text.index(c)].count("\n") + 1
            said = because(
                "invisible",
                "holds the invisible character {character}; expected none",
                character=f"U+{ord(c):04X}",
            )
            raise BadPlaces([Fault(line, "", said)])
    return text


def _delimiter(text: str) -> str:
    """What parts the cells: a semicolon where spreadsheets keep the comma for decimals. No column has either in its name."""
    header = text.partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _header(cells: Sequence[str]) -> list[str]:
    """The names of the columns, without the nameless ones that a spreadsheet adds where somebody touched a cell to the right."""
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in COLUMNS if name in NEEDED and name not in header]
    if unknown or missing or len(set(header)) != len(header):
        said = because(
            "header",
            "the header is {value}; expected {columns}",
            value=cut(",".join(header), 200),
            columns=",".join(COLUMNS),
        )
        raise BadPlaces([Fault(1, "", said)])


def _row(
    line: int,
    header: list[str],
    cells: list[str],
    places: list[Place],
    seen: dict[tuple[str, ...], int],
    known: Mapping[str, Place],
) -> Iterator[Fault]:
    """The faults of one row; where there is none, its place is added to `places`."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(header):
        said = because("cells", "has {number} cells; expected {most}", number=len(cells), most=len(header))
        yield Fault(line, "", said)
        return
    values = {name: as_meant(name, " ".join(cell.split())) for name, cell in zip(header, cells, strict=True)}
    raw = dict(zip(header, cells, strict=True))
    wrong = [
        Fault(line, name, reason)
        for name in header
        if (reason := breaks(raw[name]) or fault(name, values[name]))
    ]
    if not wrong and (there := known.get(values["id"])) is not None:
        values = {**row_of(there), **values}
        values["active"] = values["active"] or row_of(there)["active"]
    if not wrong:
        wrong = [Fault(line, "lat", reason) for reason in (point_fault(values),) if reason]
    if wrong:
        yield from wrong
        return
    place = _made(values)
    for key in (("id", place.id), ("name", *called(place))):
        if key in seen:
            said = because(
                "twice",
                "{value} stands in line {line} already; expected each once",
                value=cut(values[key[0]]),
                line=seen[key],
            )
            yield Fault(line, key[0], said)
            return
        seen[key] = line
    places.append(place)


def _beside(
    places: Sequence[Place], known: Mapping[str, Place], seen: Mapping[tuple[str, ...], int]
) -> list[Fault]:
    """Open places that would stand twice: those that stay have another of that name, which people would be sent to as well."""
    mine = {place.id for place in places}
    others = {called(place): place for place in known.values() if place.active and place.id not in mine}
    return [
        Fault(
            seen["id", place.id],
            "name",
            because(
                "stands",
                "{value} stands in this region already, with the id {other}; expected that id, or another name",
                value=cut(place.name),
                other=cut(others[called(place)].id),
            ),
        )
        for place in places
        if place.active and called(place) in others
    ]


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
        languages=listed(said.get("languages", "")),
        services=listed(said.get("services", "")),
        active=said.get("active", "yes") != "no",
    )
