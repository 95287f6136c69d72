"""What a deployment is like, where a chat is held: brought by every message, kept in a chat's and a desk's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import cast

__all__ = ["Here", "flat", "taken_from"]


@dataclass(frozen=True, slots=True)
class Here:
    """The facts of the deployment that a reply may need.

    channel: name of the channel. unreviewed: True where packs or clinical rows run that no clinician signed.
    emergency, crisis_line, violence_line: telephone numbers, '' where none is set. photo_days: how long photographs are kept.
    """

    channel: str = ""
    # By name from here: two telephone numbers side by side would be changed about without a word.
    _: KW_ONLY
    unreviewed: bool = True
    emergency: str = ""
    crisis_line: str = ""
    violence_line: str = ""
    photo_days: int = 30


def flat(values: Mapping[str, object]) -> dict[str, object]:
    """The values of a state as they are stored: these facts among its other fields."""
    facts = cast(dict[str, object], values["here"])
    return {**{name: value for name, value in values.items() if name != "here"}, **facts}


def taken_from(stored: Mapping[str, object]) -> Here:
    """The facts that stand among the other fields of a stored state; as by default where an older one lacks them."""
    known = {f.name for f in fields(Here)}
    return Here(**{name: value for name, value in stored.items() if name in known})  # type: ignore[arg-type]
