"""The conditions that may be named in a chat, in everyday words: those that the model names, and those that answers suspect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from bot.clinical import rows
from bot.clinical.danger_signs import AGES
from bot.messages import Text, Urgency

__all__ = ["ConditionEntry", "HomeAt", "catalogue", "community", "entry", "everything", "parse", "unknown"]

_TEXTS = ("name", "about", "contagious", "home", "when", "examine", "work", "lasts")
# What a row holds beside: how answers speak for it (`bot.clinical.community`).
_RULES = {"kinds", "ages", "sites", "needs", "uncleared", "raise", "lower", "sooner"}


@dataclass(frozen=True, slots=True)
class HomeAt:
    """What is done at home at some places of the body or at some ages; an empty set is any."""

    text: Text
    sites: frozenset[str]
    ages: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """One condition. urgency: how soon a person must be seen for it, before anything raises it.

    name: words that fit into a sentence after 'could be'. home: what is done at home where no row of home_at fits.
    when: what makes it more pressing than `urgency`; said only while the urgency is this one. examine: who must examine and
    what by hand. work: whether one may work or go to school. report: a health programme wants to know of it. sources: field ->
    (source, tag) of the collected facts.
    """

    code: str
    urgency: Urgency
    cancer: bool
    name: Text
    about: Text
    contagious: Text
    home: Text
    when: Text
    examine: Text
    work: Text
    lasts: Text
    report: bool
    sources: Mapping[str, tuple[str, str]]
    status: rows.Status
    home_at: tuple[HomeAt, ...] = ()

    def home_for(self, age: str, site: str) -> Text:
        """What is done at home, of a place of the body and an age group; '' for what is not known."""
        fitting = (
            one.text
            for one in self.home_at
            if (not one.sites or site in one.sites) and (not one.ages or age in one.ages)
        )
        return next(fitting, self.home)

    @property
    def homes(self) -> tuple[Text, ...]:
        """Everything that may be said of home."""
        return (self.home, *(one.text for one in self.home_at))


@cache
def catalogue() -> Mapping[str, ConditionEntry]:
    """The conditions that the model names, by code. Raises BadRow where the file is wrong."""
    return parse(rows.document("conditions.yaml"))


@cache
def community() -> Mapping[str, ConditionEntry]:
    """The conditions that answers alone can suspect, by code. Raises BadRow where the file is wrong."""
    return parse(rows.document("community.yaml"))


@cache
def everything() -> Mapping[str, ConditionEntry]:
    """Every condition that may be named, by code. Raises BadRow where one code stands in both files."""
    twice = catalogue().keys() & community().keys()
    if twice:
        raise rows.BadRow(f"{sorted(twice)} stand in conditions.yaml and community.yaml; expected each once")
    return MappingProxyType({**catalogue(), **community()})


def entry(code: str) -> ConditionEntry:
    """The condition of that code, '' for what stands where nothing may be named. Raises KeyError."""
    return everything()[code] if code else unknown()


@cache
def unknown() -> ConditionEntry:
    """What is said where nothing may be named; its code is ''."""
    return _entry("", rows.document("conditions.yaml").get("unknown"), "unknown")


def parse(document: Mapping[str, object]) -> Mapping[str, ConditionEntry]:
    """The conditions of a read data file. Raises BadRow."""
    listed = document.get("conditions")
    if not isinstance(listed, dict) or not listed:
        raise rows.BadRow(f"conditions is {listed!r}; expected a mapping of codes")
    return MappingProxyType({code: _entry(code, row, f"conditions.{code}") for code, row in listed.items()})


def _entry(code: str, row: object, where: str) -> ConditionEntry:
    needed = {"urgency", "cancer", "report", "status", *_TEXTS}
    said = rows.known_keys(row, where, needed, _RULES)
    sources: dict[str, tuple[str, str]] = {}
    texts: dict[str, Text] = {}
    for part in _TEXTS:
        field = _field(said, part, "text", where, sources)
        texts[part] = Text(rows.message_id(field, "text", f"{where}.{part}"))
    urgent = _field(said, "urgency", "is", where, sources)
    report = _field(said, "report", "is", where, sources)
    return ConditionEntry(
        code=code,
        urgency=rows.urgency(urgent, "is", f"{where}.urgency"),
        cancer=rows.flag(said, "cancer", where),
        report=rows.flag(report, "is", f"{where}.report"),
        sources=MappingProxyType(sources),
        status=rows.status(said, where),
        home_at=_home_at(said["home"], f"{where}.home"),
        **texts,
    )


def _home_at(field: object, where: str) -> tuple[HomeAt, ...]:
    listed = field.get("at", []) if isinstance(field, dict) else []
    if not isinstance(listed, list):
        raise rows.BadRow(f"{where}: at is {listed!r}; expected a list of rows")
    found = []
    for n, row in enumerate(listed):
        at = f"{where}.at[{n}]"
        said = rows.known_keys(row, at, {"text"}, {"sites", "ages"})
        sites, ages = (rows.words(said, key, at) if key in said else () for key in ("sites", "ages"))
        if not (sites or ages) or not set(ages) <= set(AGES):
            raise rows.BadRow(f"{at}: sites {sites}, ages {ages}; expected one of them, ages of {AGES}")
        found.append(HomeAt(Text(rows.message_id(said, "text", at)), frozenset(sites), frozenset(ages)))
    return tuple(found)


def _field(
    said: Mapping[str, object], part: str, value: str, where: str, sources: dict[str, tuple[str, str]]
) -> Mapping[str, object]:
    """A field that is {`value`, source, tag}; its source goes into `sources`."""
    more = {"at"} if part == "home" else set()
    field = rows.known_keys(said[part], f"{where}.{part}", {value, "source", "tag"}, more)
    at = f"{where}.{part}"
    sources[part] = rows.text(field, "source", at), rows.choice(field, "tag", at, rows.TAGS)
    return field
