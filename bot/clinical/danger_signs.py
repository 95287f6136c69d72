"""The signs of danger, as data: what is asked of everybody, what where it fits, and what is only heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bot.clinical import modifiers, rows
from bot.messages import Text, Urgency

__all__ = [
    "AGES",
    "FIT_GROUP",
    "GROUPS",
    "KINDS",
    "MOST_LINES",
    "DangerSign",
    "all_signs",
    "fitting",
    "kind_of",
    "parse",
    "sign",
    "signs_for",
]

AGES = ("infant", "child", "adult", "middle", "older")
# The short set is asked in groups 1 and 3; what fits the kind of problem, the age and the place is group 4. Group 2 is joined to
# group 3 since 2026-11-27: a number is never given another meaning, because the answers of open conversations name it.
GROUPS = (1, 2, 3, 4)
FIT_GROUP = 4
KINDS = ("spot", "rash", "bite", "burn", "other")
# A list that is longer is not read [Design]. Only what is marked `last` is left out, and of a rash alone: the rules ask it of one
# that looks like it (`questions.asked_of`).
MOST_LINES = 9

_NEEDED = {"id", "who", "question", "urgency", "when", "source", "tag", "status"}
_OPTIONAL = {
    "group",
    "ages",
    "kinds",
    "sites",
    "with",
    "alone",
    "now_with",
    "check",
    "aid",
    "last",
    "often",
    "counts",
    "known",
    "fills",
    "after",
    "once",
    "note",
}


@dataclass(frozen=True, slots=True)
class DangerSign:
    """One sign. A yes means `urgency`.

    when: 'always' (in message `group`), 'fit' (group 4: where ages, kinds and sites fit; an empty set fits everything) or
    'heard' (not asked by itself). also: a second question after a yes; only with a yes (or don't know) to it does `urgency` hold,
    else `alone`. now_with: ids of signs together with which it means now. check: how to look again. aid: first aid that is said
    with 'go now'. last: leaves first where a message has not room for all. often: of its urgency asked first. counts: modifiers
    that it speaks of itself: they do not raise it. known: modifiers with which it is a yes of its kinds, unasked. fills: kinds of
    which it is asked where their message has a line left. after: signs after a yes to which it is asked by itself, of its kinds,
    where it had no line. once: the group that it was in before, 0 where in none. source: section and register entry of
    the collected facts.
    """

    id: str
    who: str
    question: Text
    urgency: Urgency
    when: str
    group: int
    ages: frozenset[str]
    kinds: frozenset[str]
    sites: frozenset[str]
    source: str
    tag: str
    status: rows.Status
    also: Text | None = None
    alone: Urgency | None = None
    now_with: tuple[str, ...] = ()
    check: Text | None = None
    aid: Text | None = None
    last: bool = False
    often: bool = False
    counts: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    fills: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    once: int = 0


@cache
def all_signs() -> tuple[DangerSign, ...]:
    """Every sign in the order of the table. Raises BadRow where the file is wrong."""
    return parse(rows.document("danger_signs.yaml"))


def sign(sign_id: str) -> DangerSign:
    """The sign of that id. Raises KeyError."""
    for found in all_signs():
        if found.id == sign_id:
            return found
    raise KeyError(sign_id)


def signs_for(age: str) -> tuple[DangerSign, ...]:
    """The short set of an age group, in order; '' (age not told) is asked as an adult."""
    return tuple(s for s in all_signs() if s.when == "always" and (age or "adult") in s.ages)


def kind_of(answers: Mapping[str, str]) -> str:
    """The kind of problem as the rows name it, of `KINDS`; '' while it is not known."""
    shape = answers.get("shape", "")
    kind = answers.get("wound_kind", "") if shape == "wound" else shape
    return kind if kind in KINDS else ""


def fitting(age: str, kind: str, site: str) -> tuple[DangerSign, ...]:
    """The signs of group 4: those that fit, the most pressing first, at most `MOST_LINES` but for a small baby.

    kind: of `KINDS`. site: a place of the body, '' where none is asked (then rows for certain places do not fit).
    """
    here = [s for s in all_signs() if s.when == "fit" and age in s.ages and (not s.sites or site in s.sites)]
    fit = [s for s in here if not s.kinds or kind in s.kinds]

    # What is asked of few ages stands before what is asked of all: a child's measles before a known leprosy.
    def place(s: DangerSign) -> tuple[int, bool, int]:
        return s.urgency.rank, s.last, min(len(s.ages), len(AGES) - 1)

    ordered = sorted(fit, key=place)
    # Of a small baby nothing is asked later that could make up for a line.
    room = len(ordered) if age == "infant" else max(0, MOST_LINES - sum(not s.last for s in ordered))
    spared = [s for s in ordered if s.last][room:]
    asked = [s for s in ordered if s not in spared]
    # What is asked by itself where it has no line waits for one.
    filling = sorted((s for s in here if kind in s.fills), key=lambda s: (bool(s.after), place(s)))
    more = filling[: max(0, MOST_LINES - len(asked))]
    return tuple(sorted((*asked, *more), key=place))


def parse(document: Mapping[str, object]) -> tuple[DangerSign, ...]:
    """The signs of a read data file. Raises BadRow."""
    listed = document.get("signs")
    if not isinstance(listed, list) or not listed:
        raise rows.BadRow(f"signs is {listed!r}; expected a list of rows")
    signs = tuple(_sign(row, f"signs[{n}]") for n, row in enumerate(listed))
    ids = [s.id for s in signs]
    if len(set(ids)) != len(ids):
        raise rows.BadRow(f"ids of signs are {ids}; expected each once")
    for found in signs:
        if not set(found.now_with) <= set(ids):
            raise rows.BadRow(f"{found.id}: now_with is {found.now_with}; expected ids of signs")
        if not found.after <= set(ids):
            raise rows.BadRow(f"{found.id}: after is {sorted(found.after)}; expected ids of signs")
    return signs


def _sign(row: object, where: str) -> DangerSign:
    said = rows.known_keys(row, where, _NEEDED, _OPTIONAL)
    where = f"{where} {said['id']}"
    if ("with" in said) != ("alone" in said):
        raise rows.BadRow(f"{where}: 'with' and 'alone' come together")
    when = rows.choice(said, "when", where, ("always", "fit", "heard"))
    group = said.get("group", FIT_GROUP if when == "fit" else 0)
    if not isinstance(group, int) or (group not in (1, 3) if when == "always" else "group" in said):
        raise rows.BadRow(f"{where}: group is {group!r}; expected 1 or 3 where it is always asked, else none")
    once = said.get("once", 0)
    if not isinstance(once, int) or once not in (0, *GROUPS):
        raise rows.BadRow(f"{where}: once is {once!r}; expected one of {GROUPS}")

    def optional(key: str) -> Text | None:
        return Text(rows.message_id(said, key, where)) if key in said else None

    def some(key: str, allowed: tuple[str, ...]) -> frozenset[str]:
        listed = rows.words(said, key, where) if key in said else ()
        if key in said and (not listed or (allowed and not set(listed) <= set(allowed))):
            raise rows.BadRow(f"{where}: {key} is {said[key]!r}; expected some of {allowed}")
        return frozenset(listed)

    return DangerSign(
        id=rows.text(said, "id", where),
        who=rows.choice(said, "who", where, ("all", "adult", "child", "infant")),
        question=Text(rows.message_id(said, "question", where)),
        urgency=rows.urgency(said, "urgency", where),
        when=when,
        group=group,
        ages=some("ages", AGES) or frozenset(AGES),
        kinds=some("kinds", KINDS),
        sites=some("sites", ()),
        source=rows.text(said, "source", where),
        tag=rows.choice(said, "tag", where, rows.TAGS),
        status=rows.status(said, where),
        also=optional("with"),
        alone=rows.urgency(said, "alone", where) if "alone" in said else None,
        now_with=rows.words(said, "now_with", where) if "now_with" in said else (),
        check=optional("check"),
        aid=optional("aid"),
        last="last" in said,
        often="often" in said,
        counts=some("counts", tuple(m.key for m in modifiers.modifiers())),
        known=some("known", tuple(m.key for m in modifiers.modifiers())),
        fills=some("fills", KINDS),
        after=some("after", ()),
        once=once,
    )
