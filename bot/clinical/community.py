"""How answers speak for a condition and against it: the community rules, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from bot.clinical import rows
from bot.clinical.danger_signs import AGES, KINDS
from bot.messages import Urgency

__all__ = ["Clue", "Rule", "Sooner", "parse", "rules"]

Strength = Literal["some", "strong"]


@dataclass(frozen=True, slots=True)
class Clue:
    """An answer that counts. ask: key of a question or look. says: the answer that raises or lowers."""

    ask: str
    says: Literal["yes", "no"]
    strength: Strength


@dataclass(frozen=True, slots=True)
class Sooner:
    """What makes a condition more pressing.

    by: 'ask' (a yes to a question), 'health', 'age' or 'site' (a modifier, an age group, a place of the body). owed: whether
    it is asked of whoever is told of the condition, also where no question is left.
    """

    by: str
    value: str
    urgency: Urgency
    source: str
    tag: str
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition's rule.

    ages, sites: where it is typical; empty where it is anywhere. needs: the question without whose yes it is not named, ''.
    uncleared: strong signs whose absence says nothing against it; 'look' where no look does.
    """

    code: str
    kinds: frozenset[str]
    ages: frozenset[str]
    sites: frozenset[str]
    needs: str
    uncleared: frozenset[str]
    raises: tuple[Clue, ...]
    lowers: tuple[Clue, ...]
    sooner: tuple[Sooner, ...]
    sources: Mapping[str, tuple[str, str]]


@cache
def rules() -> Mapping[str, Rule]:
    """The rules by code, in the order of the file. Raises BadRow where the file is wrong."""
    return parse(rows.document("community.yaml"))


def parse(document: Mapping[str, object]) -> Mapping[str, Rule]:
    """The rules of a read data file. Raises BadRow."""
    listed = document.get("conditions")
    if not isinstance(listed, dict) or not listed:
        raise rows.BadRow(f"conditions is {listed!r}; expected a mapping of codes")
    return {code: _rule(code, row, f"conditions.{code}") for code, row in listed.items()}


def _rule(code: str, row: object, where: str) -> Rule:
    if not isinstance(row, dict) or "kinds" not in row or "raise" not in row:
        raise rows.BadRow(f"{where}: expected kinds and raise")
    sources: dict[str, tuple[str, str]] = {}
    raises = _clues(row["raise"], f"{where}.raise", "raise", sources)
    lowers = _clues(row["lower"], f"{where}.lower", "lower", sources) if "lower" in row else ()
    asked = [clue.ask for clue in (*raises, *lowers)]
    if len(set(asked)) != len(asked):
        raise rows.BadRow(f"{where}: {sorted(asked)}; expected each question once, to raise or to lower")

    def some(key: str, allowed: tuple[str, ...]) -> frozenset[str]:
        found = rows.words(row, key, where) if key in row else ()
        if allowed and not set(found) <= set(allowed):
            raise rows.BadRow(f"{where}: {key} is {row[key]!r}; expected some of {allowed}")
        return frozenset(found)

    sooner = row.get("sooner", [])
    if not isinstance(sooner, list):
        raise rows.BadRow(f"{where}: sooner is {sooner!r}; expected a list of rows")
    return Rule(
        code=code,
        kinds=some("kinds", KINDS),
        ages=some("ages", AGES),
        sites=some("sites", ()),
        needs=rows.text(row, "needs", where) if "needs" in row else "",
        uncleared=some("uncleared", (*asked, "look")),
        raises=raises,
        lowers=lowers,
        sooner=tuple(_sooner(one, f"{where}.sooner[{n}]") for n, one in enumerate(sooner)),
        sources=sources,
    )


def _clues(row: object, where: str, part: str, sources: dict[str, tuple[str, str]]) -> tuple[Clue, ...]:
    named = {"strong", "some", "strong_no", "some_no"}
    said = rows.known_keys(row, where, {"source", "tag"}, named)
    sources[part] = rows.text(said, "source", where), rows.choice(said, "tag", where, rows.TAGS)
    return tuple(
        Clue(key, "no" if name.endswith("_no") else "yes", cast(Strength, name.removesuffix("_no")))
        for name in said
        if name in named
        for key in rows.words(said, name, where)
    )


def _sooner(row: object, where: str) -> Sooner:
    said = rows.known_keys(row, where, {"urgency", "source", "tag"}, {"ask", "health", "age", "site", "owed"})
    by = [name for name in ("ask", "health", "age", "site") if name in said]
    if len(by) != 1:
        raise rows.BadRow(f"{where}: {by}; expected one of ask, health, age, site")
    return Sooner(
        by=by[0],
        value=rows.text(said, by[0], where),
        urgency=rows.urgency(said, "urgency", where),
        source=rows.text(said, "source", where),
        tag=rows.choice(said, "tag", where, rows.TAGS),
        owed=rows.flag(said, "owed", where) if "owed" in said else False,
    )
