"""A stored case as the conversation of a desk holds it."""

from __future__ import annotations

from bot.cases import store
from bot.conversation.desk import Case

__all__ = ["at_desk"]


def at_desk(row: store.Case) -> Case:
    """All that the row tells. What is kept beside it (notes, consent to teach) is for whoever asks for that."""
    return Case(
        code=row.code,
        state=row.state,
        opened_at=row.opened_at,
        touched_at=row.touched_at,
        origin=row.origin,
        origin_at=row.origin_at or 0.0,
        due_at=row.due_at,
        outcome=row.outcome,
        escalated=row.waits,
        opinion=row.opinion,
        opinion_over=row.opinion_over,
        progress=row.progress,
    )
