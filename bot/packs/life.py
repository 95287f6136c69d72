"""What may happen to a version of a pack, and why not. Pure.

draft     being written; every edit brings a version back here
checked   the gate found nothing, and tier 1 is whole
reviewed  every sentence of tier 1 was read and approved by somebody who did not write it
live      speaks to people; it never changes again
retired   spoke, or was given up; a new version can be made of it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from locales import Text

__all__ = ["Facts", "Refused", "State", "Step", "refusals", "state_after", "state_text"]

State = Literal["draft", "checked", "reviewed", "live", "retired"]
Step = Literal["edit", "check", "review", "activate", "retire", "roll_back"]


class Refused(Exception):
    """A step that may not be taken. reasons: all of them, as messages of the catalogue."""

    def __init__(self, *reasons: Text) -> None:
        super().__init__(", ".join(reason.id for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a version. problems: what the gate finds now. missing, unread: of tier 1, how many sentences.

    previous: there is an earlier live version to go back to, and its tier 1 is whole. was_live: it has spoken before.
    """

    state: State
    edited_by: int | None
    problems: int = 0
    missing: int = 0
    unread: int = 0
    previous: bool = False
    was_live: bool = False


_FROM: Mapping[Step, tuple[State, ...]] = {
    "edit": ("draft", "checked", "reviewed"),
    "check": ("draft", "checked", "reviewed"),
    "review": ("checked",),
    "activate": ("reviewed",),
    "retire": ("draft", "checked", "reviewed", "live"),
    "roll_back": ("live",),
}
_AFTER: Mapping[Step, State] = {
    "edit": "draft",
    "check": "checked",
    "review": "reviewed",
    "activate": "live",
    "retire": "retired",
    "roll_back": "retired",
}


def refusals(step: Step, facts: Facts, person: int | None = None) -> tuple[Text, ...]:
    """Why a person may not take a step with a version; () where they may."""
    found: list[Text] = []
    # What was rolled back or retired by mistake, and cannot be edited since, may speak again by the same rule as before.
    again = step == "activate" and facts.state == "retired" and facts.was_live
    if facts.state not in _FROM[step] and not again:
        found.append(Text("console.packs.no_state", {"state": state_text(facts.state)}))
    if step in ("check", "review", "activate"):
        if facts.problems:
            found.append(Text("console.packs.no_problems", {"count": facts.problems}))
        if facts.missing:
            found.append(Text("console.packs.no_missing", {"count": facts.missing}))
    if step in ("review", "activate") and facts.unread:
        found.append(Text("console.packs.no_unread", {"count": facts.unread}))
    if step == "activate":
        if person is None:
            found.append(Text("console.packs.no_person"))
        elif person == facts.edited_by:
            found.append(Text("console.packs.no_last_editor"))
    if step == "roll_back" and not facts.previous:
        found.append(Text("console.packs.no_previous"))
    return tuple(found)


def state_after(step: Step) -> State:
    """The version's state when a step was taken."""
    return _AFTER[step]


def state_text(state: State) -> Text:
    """The state's name."""
    return Text(f"console.packs.state.{state}")
