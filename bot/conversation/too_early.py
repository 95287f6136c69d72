"""An answer that was written before its question could be read: "no", "no" to one question is not a no to the next."""

from __future__ import annotations

from bot.conversation import course, saying, typed
from bot.conversation.state import ChatState
from bot.messages import Inbound

__all__ = ["fits_any", "heard_still"]


def heard_still(state: ChatState, items: tuple[Inbound, ...]) -> tuple[Inbound, ...]:
    """The items without those words that would answer the question that stands open, whichever it is.

    Of several texts the last one answers: "thanks" before a "no" makes it no answer to what could not be read. Words of danger
    and whatever else came with them are heard. Of a result's menu such words deny nothing.
    """
    if course.part(state) in course.RESULTS and not (state.overlay or state.handover):
        return items
    return tuple(item for item in items if not (_is_plain(item) and _answers(state, item.text)))


def _is_plain(item: Inbound) -> bool:
    beside = item.attachments or item.recording or item.location or item.forwarded
    return item.kind == "message" and not beside


def _answers(state: ChatState, text: str) -> bool:
    if fits_any(text, state.speaks):
        return True
    code = typed.choice(saying.present(state).choices, text, state.speaks)
    return code.partition(".")[2] in typed.BARE


def fits_any(text: str, language: str) -> bool:
    """True for a yes, a no, a "don't know", or numbers of a list, by themselves."""
    numbers = [part for part in text.replace(",", " ").split() if part]
    if numbers and all(part.strip(".)").isdecimal() for part in numbers):
        return True
    return bool(typed.number(text, language)) or typed.is_bare(text, language)
