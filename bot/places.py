"""Where one can be sent: the deployer's directory, read from a CSV file (`bot.place_file`); one place of it is `bot.place`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Text, cast, delete, insert, or_, select, update

from bot import audit
from bot.place import FOR_EMERGENCIES, Place, emergency
from bot.tables import CaseRow
from bot.tables import Place as PlaceRow

__all__ = [
    "Changes",
    "Leaving",
    "all_places",
    "emergency_in",
    "for_emergencies",
    "leaving",
    "lock",
    "named",
    "put",
    "save",
]


# Which rows tell where to go in an emergency; the first that any row meets decides (`bot.place.emergency`).
_TAKE_EMERGENCIES = (
    cast(PlaceRow.services, Text).like('%"emergency"%'),
    PlaceRow.kind.in_(FOR_EMERGENCIES),
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import did: ids by number. closed: those that were to be deleted, and that cases name."""

    added: int
    changed: int
    same: int
    removed: int
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """Places that a file does not hold, where it replaces the directory.

    deleted: those that no case names. closed: those that cases name, and that are open now: nobody is sent there any more, and
    the case keeps the name of where its patient was sent.
    """

    deleted: tuple[Place, ...] = ()
    closed: tuple[Place, ...] = ()

    @property
    def mark(self) -> str:
        """Short, and another one where other places would go."""
        return _hash([*self.deleted, *self.closed])[:16] if self.deleted or self.closed else ""


def emergency_in(connection: Connection, point: tuple[float, float] | None = None) -> Place | None:
    """`emergency` of the places in the database. Asked with every message, so it reads no more rows than tell."""
    for fits in _TAKE_EMERGENCIES:
        found = select(PlaceRow).where(PlaceRow.active, fits).order_by(PlaceRow.id)
        rows = connection.execute(found if point is not None else found.limit(2)).all()
        if rows:
            return emergency(map(_place, rows), point)
    return None


def for_emergencies(connection: Connection) -> bool:
    """True where the database has a place of which `emergency_in` may tell."""
    fits = select(PlaceRow.id).where(PlaceRow.active, or_(*_TAKE_EMERGENCIES))
    return connection.scalar(fits.limit(1)) is not None


def all_places(connection: Connection) -> list[Place]:
    """Every place, the inactive ones too, by id. Some hundreds: reading them all costs less than an index of the earth."""
    return [_place(row) for row in connection.execute(select(PlaceRow).order_by(PlaceRow.id)).all()]


def named(connection: Connection, place_id: str) -> Place | None:
    """The place of an id, an inactive one too."""
    row = connection.execute(select(PlaceRow).where(PlaceRow.id == place_id)).first()
    return None if row is None else _place(row)


def _place(row: Any) -> Place:
    values = {f.name: getattr(row, f.name) for f in fields(Place)}
    return Place(**{**values, "languages": tuple(row.languages), "services": tuple(row.services)})


def put(
    connection: Connection, places: Sequence[Place], *, replace: bool = False, by: int | None = None
) -> Changes:
    """Writes places by their ids. replace: those not among them leave (`leaving`); otherwise they stay as they are."""
    before = {place.id: place for place in all_places(connection)}
    added = changed = 0
    left = leaving(connection, places) if replace else Leaving()
    for place in places:
        values = {**asdict(place), "languages": list(place.languages), "services": list(place.services)}
        if place.id not in before:
            connection.execute(insert(PlaceRow).values(**values))
            added += 1
        elif before[place.id] != place:
            connection.execute(update(PlaceRow).where(PlaceRow.id == place.id).values(**values))
            changed += 1
    for some in _parted(left.deleted):
        connection.execute(delete(PlaceRow).where(PlaceRow.id.in_(some)))
    for some in _parted(left.closed):
        connection.execute(update(PlaceRow).where(PlaceRow.id.in_(some)).values(active=False))
    removed = len(left.deleted)
    done = Changes(added, changed, len(places) - added - changed, removed, len(left.closed))
    audit.record(
        connection,
        "places_imported",
        "places",
        by=by,
        before={"places": len(before), "sha256": _hash(before.values())},
        after={"places": len(before) + added - removed, "sha256": _hash(all_places(connection))},
        **asdict(done),
    )
    return done


def leaving(connection: Connection, places: Sequence[Place]) -> Leaving:
    """What would become of the places that are not among these, by id."""
    stay = {place.id for place in places}
    others = [place for place in all_places(connection) if place.id not in stay]
    named = set(connection.execute(select(CaseRow.place_id).distinct()).scalars()) if others else set()
    return Leaving(
        tuple(place for place in others if place.id not in named),
        tuple(place for place in others if place.id in named and place.active),
    )


def _parted(some: Sequence[Place]) -> Iterable[list[str]]:
    """Their ids, in portions that a database takes."""
    ids = [place.id for place in some]
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


def _hash(found: Iterable[Place]) -> str:
    """A hash of a whole directory: two are the same or not."""
    rows = [asdict(place) for place in found]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def lock(connection: Connection, place_id: str) -> None:
    """Whoever else would write this place waits for the end of the transaction."""
    connection.execute(select(PlaceRow.id).where(PlaceRow.id == place_id).with_for_update())


def save(connection: Connection, place: Place, by: int | None = None) -> None:
    """Writes one place, new or known by its id; the trail says which of its fields changed."""
    before = {known.id: known for known in all_places(connection)}.get(place.id)
    if before == place:
        return
    values = {**asdict(place), "languages": list(place.languages), "services": list(place.services)}
    if before is None:
        connection.execute(insert(PlaceRow).values(**values))
    else:
        connection.execute(update(PlaceRow).where(PlaceRow.id == place.id).values(**values))
    changed = [] if before is None else [k for k, v in asdict(place).items() if v != asdict(before)[k]]
    audit.record(
        connection,
        "place_added" if before is None else "place_changed",
        place.id,
        by=by,
        before=None if before is None else {"active": before.active, "sha256": _hash([before])},
        after={"active": place.active, "sha256": _hash([place])},
        fields=changed,
    )
