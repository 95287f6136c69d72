"""The referral letter of a case, to show or print."""

from __future__ import annotations

from bot.conversation.desk import professional
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Text

__all__ = ["letter"]


def letter(case: Case, around: Around, at: float) -> tuple[Text, ...]:
    """What a health facility should know. at: epoch s."""
    return professional.answer(case, around).paragraphs
