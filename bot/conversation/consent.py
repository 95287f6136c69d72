"""Consent in three short sentences; nothing is looked at before a yes. Facts: clinical.md 5.2."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import language
from bot.conversation.events import DropPhotos, FetchPhotos
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text

__all__ = ["agreed", "ask", "refused", "who_sees"]


def ask(state: ChatState, *, told: bool = False) -> Reply:
    """The question of consent, with the other languages one tap away. told: what is agreed to stands in the message before."""
    said = [] if told else [Text("consent.who"), *who_sees(state)]
    if state.here.emergency:
        said.append(Text("consent.emergency", {"number": state.here.emergency}))
    if any(a.kind == "photo" for a in state.pending):
        said.append(Text("consent.photo_waits"))
    said.append(Text("consent.ask"))
    buttons = (
        Choice("consent.yes", Text("consent.yes")),
        Choice("consent.no", Text("consent.no")),
        *language.choices(state),
    )
    return Reply(tuple(said), buttons, "consent")


def who_sees(state: ChatState) -> tuple[Text, ...]:
    """Who sees what is sent and how long it is kept; it is said again to who asks before they agree."""
    return Text("consent.keep", {"count": state.here.photo_days}), Text("consent.may_refuse")


def agreed(state: ChatState, at: float) -> tuple[ChatState, tuple[Text, ...], tuple[FetchPhotos, ...]]:
    """The state after a yes, what is said, and the fetching of the photographs that waited for it."""
    waiting = state.pending
    state = replace(
        state,
        consent="yes",
        consent_at=at,
        consent_channel=state.here.channel,
        consent_days=state.here.photo_days,
        pending=(),
        pending_since=None,
    )
    if state.whose_now and any(a.kind == "photo" for a in waiting):
        # It came after a no, with words for somebody else.
        return replace(state, pending=waiting, pending_since=at, overlay="which"), (), ()
    if waiting:
        return state, (), (FetchPhotos(waiting),)
    # Who agrees after all has answered the questions about safety already.
    return state, () if "age" in state.answers else (Text("consent.thanks"),), ()


def refused(state: ChatState, at: float) -> tuple[ChatState, tuple[Text, ...], tuple[DropPhotos, ...]]:
    """The state after a no; photographs that waited are forgotten."""
    waiting = state.pending
    state = replace(
        state, consent="no", consent_at=at, consent_channel=state.here.channel, pending=(), pending_since=None
    )
    dropped = (Text("consent.dropped"),) if any(a.kind == "photo" for a in waiting) else ()
    return state, (*dropped, Text("consent.refused")), (DropPhotos(waiting),) if waiting else ()
