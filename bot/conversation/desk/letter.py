"""The referral letter of a case, made of what its conversation knows."""

from __future__ import annotations

from datetime import UTC, datetime

from bot import referral
from bot.clinical import conditions, examine
from bot.conversation import course, results
from bot.conversation.desk import facts, told_signs
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Text

__all__ = ["letter"]


def letter(case: Case, around: Around, at: float, language: str) -> tuple[Text, ...]:
    """What a health facility should know, to show or print. at: epoch s."""
    state = case.state
    signs = told_signs.told(state)
    named = results.named(state)
    known = conditions.catalogue()
    about = {key: facts.label(state, key) for key in ("age", "shape", "site")}
    return referral.letter(
        referral.Referral(
            code=case.code,
            written=datetime.fromtimestamp(at, UTC).date(),
            urgency=case.urgency,
            opinion=case.opinion is not None,
            age=about["age"],
            kind=about["shape"],
            site=about["site"],
            answers=facts.answered(state),
            named=[(c.certainty, known[c.code].name) for c in named if c.code in known],
            present=signs.present,
            unknown=signs.unknown,
            absent=len(signs.absent),
            not_asked=len(signs.not_asked),
            examine=examine.by_hand(course.part(state), frozenset(c.code for c in named)),
            to=around.places[0].place if around.places else None,
            photos=len(state.photos),
            unreviewed=state.unreviewed,
        ),
        language,
    )
