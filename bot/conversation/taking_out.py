"""The wrong photograph is taken back: the last one that came goes, and what it led to is not told any more."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.conversation import another, course, splitting, typed
from bot.conversation.events import DropPhotos
from bot.conversation.state import ChatState

__all__ = ["last_photo", "wanted"]

_ENDS = re.compile(r"[.!…।።]+")
_ASKS = "?؟፧"


def last_photo(state: ChatState) -> tuple[ChatState, DropPhotos] | None:
    """The state without the photograph that came last, and what goes; None where there is none.

    Where it was looked at, the case is looked at anew without it. How soon was told stays: never milder (rule 2).
    """
    waiting = [a for a in state.pending if a.kind == "photo"]
    if waiting:
        left = tuple(a for a in state.pending if a != waiting[-1])
        asked = state.overlay == "which" and len(waiting) == 1
        state = replace(state, pending=left, overlay="" if asked else state.overlay)
        return replace(state, pending_since=state.pending_since if left else None), DropPhotos((waiting[-1],))
    if state.spare:
        return replace(state, spare=state.spare[:-1]), DropPhotos(photo_ids=state.spare[-1:])
    if not state.photos:
        return None
    gone = DropPhotos(photo_ids=state.photos[-1:])
    if state.requested != state.case_version or course.part(state) == "now":
        return replace(state, photos=state.photos[:-1]), gone
    reached = course.urgency(state) if state.told == state.case_version else None
    return replace(another.anew(state, reached), photos=state.photos[:-1]), gone


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
