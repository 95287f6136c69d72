"""A wrong photograph is taken back: of a patient the last one that came, and what it led to is not told any more."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.conversation import another, course, splitting, typed
from bot.conversation.events import DropPhotos
from bot.conversation.state import ChatState

__all__ = ["last_photo", "photographs", "taken", "wanted"]

_ENDS = re.compile(r"[.!…।።]+")
_ASKS = "?؟፧"


def last_photo(state: ChatState) -> tuple[ChatState, DropPhotos] | None:
    """The state without the photograph that came last, and what goes; None where there is none."""
    there = photographs(state)
    return taken(state, there[-1]) if there else None


def photographs(state: ChatState) -> tuple[str, ...]:
    """Names of the photographs of this problem, in the order in which they came: ids, of what waits references."""
    return (*state.photos, *state.spare, *(a.ref for a in state.pending if a.kind == "photo"))


def taken(state: ChatState, name: str) -> tuple[ChatState, DropPhotos]:
    """The state without one of its photographs, and what goes.

    Where it was looked at, the case is looked at anew without it. How soon was told stays: never milder (rule 2).
    """
    waiting = [a for a in state.pending if a.kind == "photo"]
    if name in (a.ref for a in waiting):
        left = tuple(a for a in state.pending if a.ref != name)
        asked = state.overlay == "which" and len(waiting) == 1
        state = replace(state, pending=left, overlay="" if asked else state.overlay)
        gone = DropPhotos(tuple(a for a in waiting if a.ref == name))
        return replace(state, pending_since=state.pending_since if left else None), gone
    gone = DropPhotos(photo_ids=(name,))
    if name in state.spare:
        return replace(state, spare=tuple(i for i in state.spare if i != name)), gone
    photos = tuple(i for i in state.photos if i != name)
    if state.requested != state.case_version or course.part(state) == "now":
        return replace(state, photos=photos), gone
    reached = course.urgency(state) if state.told == state.case_version else None
    return replace(another.anew(state, reached), photos=photos), gone


def wanted(state: ChatState, text: str) -> bool:
    """True where the words say that a photograph is the wrong one, and no more than that.

    "Please do not delete the photo" and "the first one was the wrong photo" say more, and delete nothing.
    """
    if any(mark in text for mark in _ASKS):
        return False
    said = [
        p for p in splitting.parts(_ENDS.sub(",", text)) if typed.mentions("wrong_photo", p, state.speaks)
    ]
    return bool(said) and all(_alone(part, state.speaks) for part in said)


def _alone(part: str, language: str) -> bool:
    beside = typed.without("wrong_photo", part, language)
    return not typed.without("beside_wrong", beside, language) if beside else True
