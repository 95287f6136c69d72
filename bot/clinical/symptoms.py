"""What an answer about a spot, or the place where it is, raises by itself, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import modifiers, rows
from bot.messages import Text, Urgency, worst

__all__ = ["Place", "Symptom", "parse", "parse_places", "places", "raised_by", "symptoms"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """One question about a spot. label: its yes, in a list. urgency: what a yes means by itself, None where nothing."""

    key: str
    question: Text
    label: Text
    urgency: Urgency | None
    source: str
    tag: str
    status: rows.Status


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the body where any spot means at least `urgency`."""

    site: str
    urgency: Urgency
    source: str
    tag: str
    status: rows.Status


@cache
def symptoms() -> Mapping[str, Symptom]:
    """The questions about a spot by key: changed, grew, bleed, hurt, itch, elevation."""
    return parse(rows.document("symptoms.yaml"))


@cache
def places() -> Mapping[str, Place]:
    """The places by site. Raises BadRow where the file is wrong."""
    return parse_places(rows.document("symptoms.yaml"))


def raised_by(answers: Mapping[str, str]) -> Urgency | None:
    """What the yes answers and the place of a spot raise; a no never lowers anything. Source: clinical.md 3.2, 3.4.

    Of a spot a modifier makes it one step more pressing, as it does a sign of danger (section 1, rule 4), and makes nothing of
    nothing. Of a rash the rules say themselves what makes it sooner.
    """
    place = places().get(answers.get("site", "")) if answers.get("shape") == "spot" else None
    said = (s.urgency for s in symptoms().values() if answers.get(s.key) == "yes")
    reached = worst(*said, place.urgency if place is not None else None)
    if answers.get("shape") != "spot":
        return reached
    return modifiers.raised(reached, modifiers.held(answers.get("age", ""), answers.get("health", "")))


def parse(document: Mapping[str, object]) -> Mapping[str, Symptom]:
    """The symptoms of a read data file. Raises BadRow."""
    listed = document.get("symptoms")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"symptoms is {listed!r}; expected a list of rows")
    found: dict[str, Symptom] = {}
    for n, row in enumerate(listed):
        where = f"symptoms[{n}]"
        said = rows.known_keys(
            row, where, {"key", "question", "label", "source", "tag", "status"}, {"urgency"}
        )
        key = rows.text(said, "key", where)
        if key in found:
            raise rows.BadRow(f"{where}: key {key!r} stands twice")
        found[key] = Symptom(
            key=key,
            question=Text(rows.message_id(said, "question", where)),
            label=Text(rows.message_id(said, "label", where)),
            urgency=_urgency(said, where) if "urgency" in said else None,
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found


def parse_places(document: Mapping[str, object]) -> Mapping[str, Place]:
    """The places of a read data file. Raises BadRow."""
    listed = document.get("places")
    if not isinstance(listed, list):
        raise rows.BadRow(f"places is {listed!r}; expected a list of rows")
    found: dict[str, Place] = {}
    for n, row in enumerate(listed):
        where = f"places[{n}]"
        said = rows.known_keys(row, where, {"site", "urgency", "source", "tag", "status"}, set())
        site = rows.text(said, "site", where)
        if site in found:
            raise rows.BadRow(f"{where}: site {site!r} stands twice")
        found[site] = Place(
            site=site,
            urgency=_urgency(said, where),
            source=rows.text(said, "source", where),
            tag=rows.choice(said, "tag", where, rows.TAGS),
            status=rows.status(said, where),
        )
    return found


def _urgency(said: Mapping[str, object], where: str) -> Urgency:
    """Week or routine: with a modifier it is today at most, and what must be seen now is a sign of danger. Raises BadRow."""
    urgency = rows.urgency(said, "urgency", where)
    if urgency.rank < Urgency.WEEK.rank:
        raise rows.BadRow(f"{where}: urgency is {urgency.value!r}; expected 'week' or 'routine'")
    return urgency
