"""Voice messages: no machine here understands them, unless the deployment brings a model that writes them down.

They are kept with the case for whoever looks after it, under the same rules as photographs: held back before consent, never
fetched after a no or after 'go now', erased with the case. It is said plainly that nobody hears them now, and where nobody works
who could, that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import course, photos
from bot.conversation.events import DropPhotos, Effect, FetchPhotos, PhotoResult
from bot.conversation.state import ChatState
from bot.messages import Attachment, Inbound, Text

__all__ = ["FULL", "KEPT", "KEPT_ONLY", "MOST", "arrived", "not_understood", "ready", "sent"]

# Voice messages of one case.
MOST = 6
KEPT = Text("unusable.voice_kept")
KEPT_ONLY = Text("unusable.voice_kept_only")
# Said where one was not kept because there are so many already.
FULL = "unusable.voice_full"


def sent(items: Sequence[Inbound]) -> tuple[Attachment, ...]:
    """The voice messages among the items, each once."""
    spoken = (replace(i.recording, forwarded=i.forwarded) for i in items if i.recording is not None)
    return tuple(dict.fromkeys(spoken))


def arrived(
    state: ChatState, spoken: tuple[Attachment, ...], at: float
) -> tuple[ChatState, tuple[Effect, ...]]:
    """What becomes of voice messages that were just sent. Where they are fetched nothing is said yet: `ready` answers."""
    if state.consent == "no" or course.part(state) == "now":
        return state, (DropPhotos(spoken),)
    room = max(0, MOST - len(state.recordings))
    if not state.consent:
        known = tuple(a for a in state.pending if a.kind == "voice")
        taken = tuple(a for a in spoken if a not in known)[: max(0, room - len(known))]
        kept = replace(
            state, pending=state.pending + taken, pending_since=state.pending_since or (at if taken else None)
        )
        left = tuple(a for a in spoken if a not in taken and a not in known)
        return (_full(kept), (DropPhotos(left),)) if left else (kept, ())
    effects: list[Effect] = [FetchPhotos(spoken[:room])] if room else []
    if spoken[room:]:
        state = _full(state)
        effects.append(DropPhotos(spoken[room:]))
    return state, tuple(effects)


def _full(state: ChatState) -> ChatState:
    """The state in which it is said, with what is said next, that one was not kept; not beside a hand-over."""
    return state if state.handover or FULL in state.carry else replace(state, carry=(*state.carry, FULL))


def ready(
    state: ChatState, results: Sequence[PhotoResult]
) -> tuple[ChatState, tuple[Text, ...], tuple[Effect, ...], tuple[str, ...]]:
    """The state with what was kept, what is said of it, effects, and the words that were written down.

    results: of voice messages. Words come without a sentence of `ready`: they are answered as if they had been typed.
    """
    stored = tuple(r.photo_id for r in results if r.photo_id)
    if state.consent != "yes" or course.part(state) == "now":
        return state, (), (DropPhotos(photo_ids=stored),) if stored else (), ()
    state = replace(state, recordings=tuple(dict.fromkeys(state.recordings + stored)))
    words = tuple(r.text for r in results if r.text.strip())
    if words:
        return state, tuple(Text("voice.heard", {"text": text}) for text in words), (), words
    kept = KEPT if state.heard else KEPT_ONLY
    return state, (kept, *_if_bad(state)) if stored else not_understood(state), (), ()


def not_understood(state: ChatState, kind: str = "voice") -> tuple[Text, ...]:
    """What is said of something that cannot be used: nothing above "go now" or a hand-over, and no wish for a photograph where
    none would be looked at. kind: of `bot.messages.Unusable`.
    """
    if course.part(state) == "now" or state.handover:
        return ()
    said = Text(f"unusable.{kind}" if photos.may_invite(state) else "unusable.words")
    return (said, *_if_bad(state)) if kind == "voice" else (said,)


def _if_bad(state: ChatState) -> tuple[Text, ...]:
    """From the second voice message on, while a case is asked about: who only speaks is told what none can hear from them."""
    count = len(state.recordings) + sum(a.kind == "voice" for a in state.pending)
    return () if count < 2 or course.part(state) in course.RESULTS else (Text("unusable.voice_bad"),)
