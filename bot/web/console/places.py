"""Referral places: the list, one place, a file of them in and out."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.responses import Response

import locales
from bot import place_file, places
from bot.database import reading, transaction
from bot.place import KINDS, SERVICES, Place, called
from bot.place_file import BadPlaces, Fault
from bot.web.console import look
from bot.web.console.frame import Console
from bot.web.console.visit import Visit
from locales.reasons import text_of

__all__ = ["add"]

# Fields of the form that are one cell of a file each; kind, services and active are chosen.
TEXTS = ("name", "country", "region", "lat", "lon", "phone", "hours", "directions", "languages")

EXAMPLES = {
    "country": "TZ",
    "lat": "-3.36667",
    "lon": "36.68333",
    "phone": "+255 000 000 000",
    "languages": "sw;en",
}


# A file that was asked about comes back in the form of the question, four characters for three bytes.
MOST_BYTES = place_file.SIZE_BYTES * 4 // 3 + 100_000
# So many names stand in the question; how many more there are is said.
NAMES = 40


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/places", "see_places", show, nav="console.nav.places", about="console.about.places")
    console.get("/places.csv", "see_places", export)
    console.get("/places/new", "manage_places", show_new)
    console.post(
        "/places/import", "manage_places", import_, most_bytes=MOST_BYTES, most_told=place_file.SIZE_BYTES
    )
    console.get("/places/at/{place}", "see_places", show_one)
    console.post("/places/save", "manage_places", save)
    console.post("/places/at/{place}/open", "manage_places", open_or_close)


def show(visit: Visit) -> Response:
    """All places, and a file in or out."""
    return _list(visit)


def export(visit: Visit) -> Response:
    """The file that can be brought in again."""
    with reading(visit.engine) as connection:
        found = places.all_places(connection)
    return Response(
        place_file.write(map(place_file.row_of, found), comma=look.has_decimal_comma(visit.language)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="places.csv"'},
    )


def import_(visit: Visit) -> Response:
    """Takes a whole file, or nothing of it and says why, line by line. Where places would go it is asked first."""
    data = _posted(visit)
    if data is None:
        return _list(visit, faults=[Fault(0, "", visit.shown("console.places.no_file"))])
    others_go = visit.form.get("replace") == "1"
    try:
        with transaction(visit.engine) as connection:
            read = place_file.read(data, places.all_places(connection), alone=others_go)
            left = places.leaving(connection, read) if others_go else places.Leaving()
            # Sure of those that were named, and of no others.
            if left.mark and (not visit.sure or visit.form.get("leaving") != left.mark):
                return _ask(visit, data, left)
            done = places.put(connection, read, replace=others_go, by=visit.me.person_id)
    except BadPlaces as bad:
        return _list(visit, faults=bad.faults)
    return _list(visit, done=done)


def _posted(visit: Visit) -> bytes | None:
    """The file, as it was chosen or as the question carried it; None for neither."""
    upload = visit.form.file("file")
    if upload is not None:
        return upload.data
    try:
        return base64.urlsafe_b64decode(visit.form.get("carried").encode("ascii")) or None
    except (binascii.Error, UnicodeEncodeError):
        return None


def _ask(visit: Visit, data: bytes, left: places.Leaving) -> Response:
    """Which places would go, before anything is written."""
    lists = []
    for known, some in (("leaving_deleted", left.deleted), ("leaving_closed", left.closed)):
        names = [place.name for place in some[:NAMES]]
        if len(some) > NAMES:
            names.append(visit.shown("console.places.leaving_more", count=len(some) - NAMES))
        if names:
            lists.append((visit.shown(f"console.places.{known}", count=len(some)), names))
    carried = base64.urlsafe_b64encode(data).decode("ascii")
    ask = visit.shown("console.sure.places", count=len(left.deleted) + len(left.closed))
    return visit.question("/places", ask, {"carried": carried, "leaving": left.mark}, lists)


def show_new(visit: Visit) -> Response:
    """An empty form."""
    return _form(visit, {"kind": "clinic", "active": "yes"}, new=True)


def show_one(visit: Visit) -> Response:
    """One place; whoever may not change it sees the same, without a button."""
    with reading(visit.engine) as connection:
        found = _found(places.all_places(connection), visit.path("place"))
    return (
        visit.problem(404)
        if found is None
        else _form(visit, place_file.row_of(found), new=False, mark=_mark(found))
    )


def save(visit: Visit) -> Response:
    """Writes the place if its cells would be taken from a file too."""
    new = visit.form.get("new") == "1"
    cells = {name: visit.form.get(name)[:500].strip() for name in ("id", "kind", *TEXTS)}
    cells["services"] = ";".join(code for code in visit.form.all("services") if code in SERVICES)
    cells["active"] = "yes" if visit.form.get("active") == "yes" else "no"
    try:
        (place,) = place_file.read(place_file.write([cells]))
    except BadPlaces as bad:
        return _form(visit, cells, new=new, faults=bad.faults, mark=visit.form.get("mark"))
    with transaction(visit.engine) as connection:
        places.lock(connection, place.id)
        known = places.all_places(connection)
        fault = _clash(visit, place, known, new)
        there = None if new else _found(known, place.id)
        mark = visit.form.get("mark")
        if fault is None and there is not None and mark and there != place and mark != _mark(there):
            return _form(visit, cells, new=False, there=there, moved=True)
        if fault is None:
            places.save(connection, place, visit.me.person_id)
    if fault is not None:
        return _form(visit, cells, new=new, faults=[fault], mark=mark)
    return visit.go("/places", said="saved")


def open_or_close(visit: Visit) -> Response:
    """Nobody is sent to a place that is closed; it stays in the list."""
    wanted = visit.form.get("open")
    if wanted not in ("yes", "no"):
        return visit.problem(400)
    with transaction(visit.engine) as connection:
        known = places.all_places(connection)
        found = _found(known, visit.path("place"))
        if found is not None and wanted == "yes" and _twin(found, known):
            return _list(visit, faults=[Fault(0, "name", visit.t("console.places.twice"))])
        if found is not None:
            places.save(connection, replace(found, active=wanted == "yes"), visit.me.person_id)
    return visit.problem(404) if found is None else visit.go("/places", said="saved")


def _clash(visit: Visit, place: Place, known: Sequence[Place], new: bool) -> Fault | None:
    """Why a place that is right in itself cannot stand beside the others."""
    there = _found(known, place.id)
    if new and there is not None:
        return Fault(0, "id", visit.t("console.places.taken"))
    if not new and there is None:
        return Fault(0, "id", visit.t("console.places.gone"))
    if place.active and _twin(place, known):
        return Fault(0, "name", visit.t("console.places.twice"))
    return None


def _twin(place: Place, known: Sequence[Place]) -> bool:
    """Whether another open place of that name stands in the region: people would be told of both."""
    return any(one.id != place.id and one.active and called(one) == called(place) for one in known)


def _found(known: Sequence[Place], place_id: str) -> Place | None:
    return next((place for place in known if place.id == place_id), None)


def _list(visit: Visit, faults: Sequence[Fault] = (), done: places.Changes | None = None) -> Response:
    with reading(visit.engine) as connection:
        found = places.all_places(connection)
    return visit.page(
        "places.html",
        400 if faults else 200,
        found=found,
        faults=[_of_file(visit, fault) for fault in faults],
        done=done,
        most=place_file.FAULTS,
        language_name=look.language_name,
    )


def _of_file(visit: Visit, fault: Fault) -> str:
    """A fault of a file in the language of the page. A column is called what it is called in the file."""
    reason = _reason(visit, fault)
    if not fault.line:
        return visit.t("console.places.at_file", reason=reason)
    if not fault.column:
        return visit.t("console.places.at_line", line=fault.line, reason=reason)
    return visit.t("console.places.at_cell", line=fault.line, column=fault.column, reason=reason)


def _reason(visit: Visit, fault: Fault) -> str:
    said = text_of(fault.reason)
    return fault.reason if said is None else locales.render(said, visit.language)


def _mark(place: Place) -> str:
    """A place as a short hash: for its form, to know it again."""
    return hashlib.sha256(repr(sorted(place_file.row_of(place).items())).encode()).hexdigest()[:16]


def _form(
    visit: Visit,
    cells: Mapping[str, str],
    *,
    new: bool,
    faults: Sequence[Fault] = (),
    mark: str = "",
    there: Place | None = None,
    moved: bool = False,
) -> Response:
    """mark: of the place as it was read. moved: another has changed it since; there: as it stands."""
    return visit.page(
        "place.html",
        409 if moved else 400 if faults else 200,
        mark=_mark(there) if there is not None else mark,
        moved=moved,
        stands=place_file.row_of(there) if there is not None else {},
        cells={name: cells.get(name, "") for name in place_file.COLUMNS},
        faults=[(fault.column, _reason(visit, fault)) for fault in faults],
        new=new,
        texts=TEXTS,
        kinds=KINDS,
        services=SERVICES,
        chosen=cells.get("services", "").split(";"),
        longest=place_file.LONGEST,
        examples=EXAMPLES,
        needed=place_file.NEEDED,
    )
