"""One place where one can be sent, and the nearest of several. Pure; the directory itself is `bot.places`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "FOR_EMERGENCIES",
    "KINDS",
    "SERVICES",
    "Place",
    "called",
    "distance_km",
    "emergency",
    "for_emergencies",
    "nearest_of",
    "offers",
]

KINDS = ("post", "clinic", "hospital", "specialist", "other")
SERVICES = ("general", "skin", "emergency", "surgery", "leprosy", "ntd", "child", "maternity", "laboratory")
# Where an emergency is taken, if no place says that it takes them.
FOR_EMERGENCIES = ("hospital", "clinic")
# Mean radius of the earth (IUGG); a sphere is right to 0.5 %, and roads are not straight anyway.
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """One place. country: ISO 3166 letters. lat, lon: degrees, both or neither. languages, services: codes.

    hours, directions: as people there would say it, in the language of the place. active: False: known, but nobody is sent there.
    """

    id: str
    name: str
    kind: str
    country: str
    region: str
    lat: float | None = None
    lon: float | None = None
    phone: str = ""
    hours: str = ""
    languages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    active: bool = True
    directions: str = ""

    @property
    def map_link(self) -> str:
        """A link that opens any telephone's map at the place; '' where the point is not known."""
        if self.lat is None or self.lon is None:
            return ""
        return f"https://www.openstreetmap.org/?mlat={self.lat:.5f}&mlon={self.lon:.5f}#map=16/{self.lat:.5f}/{self.lon:.5f}"


def called(place: Place) -> tuple[str, str, str]:
    """What people know a place by: two open ones of the same name in the same region are one place twice."""
    return (place.name.casefold(), place.region.casefold(), place.country)


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The way over the ground between two points given in degrees, in km, as the bird flies (haversine)."""
    north1, north2 = math.radians(lat1), math.radians(lat2)
    half = (
        math.sin((north2 - north1) / 2) ** 2
        + math.cos(north1) * math.cos(north2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def nearest_of(
    places: Iterable[Place], lat: float, lon: float, service: str = "", limit: int = 3
) -> list[tuple[Place, float]]:
    """The active places nearest to a point that offer the service ('' any), each with its distance in km."""
    far = [
        (place, distance_km(lat, lon, place.lat, place.lon))
        for place in places
        if place.lat is not None and place.lon is not None and offers(place, service)
    ]
    return sorted(far, key=lambda found: (found[1], found[0].id))[:limit]


def for_emergencies(known: Iterable[Place]) -> list[Place]:
    """The active places that offer 'emergency'; where none says so, the hospitals and clinics."""
    active = [place for place in known if place.active]
    fit = [place for place in active if "emergency" in place.services]
    return fit or [place for place in active if place.kind in FOR_EMERGENCIES]


def emergency(known: Iterable[Place], point: tuple[float, float] | None = None) -> Place | None:
    """Where somebody in danger would be sent: the nearest place to a point, else the only one; None where nobody knows which.

    point: degrees. Of the active places those that offer 'emergency', where none says so the hospitals and clinics.
    """
    fit = for_emergencies(known)
    near = nearest_of(fit, *point, limit=1) if point is not None else []
    return near[0][0] if near else fit[0] if len(fit) == 1 else None


def offers(place: Place, service: str) -> bool:
    """Whether somebody may be sent there for a service; '' for any."""
    return place.active and (not service or service in place.services)
