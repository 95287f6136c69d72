"""The referral letter of a case, made of what its conversation knows."""

from __future__ import annotations

from datetime import datetime

from bot import referral
from bot.clinical import conditions, examine
from bot.conversation import course, results
from bot.conversation.desk import facts, professional, told_signs
from bot.conversation.desk.events import Around
from bot.conversation.desk.state import Case
from bot.messages import Text

__all__ = ["letter"]


def letter(case: Case, around: Around, at: float, language: str) -> tuple[Text, ...]:
    """What a health facility should know, to show or print. at: epoch s."""
    state = case.state
    signs = told_signs.told(state)
    named = results.named(state)
    found = course.found(state)
    about = {key: facts.label(state, key) for key in ("age", "shape", "site", "duration")}
    return referral.letter(
        referral.Referral(
            code=case.code,
            written=datetime.fromtimestamp(at, around.zone).date(),
            urgency=case.reached,
            opinion=case.by_clinician,
            age=about["age"],
            kind=about["shape"],
            site=about["site"],
            duration=about["duration"],
            answers=facts.answered(state),
            named=[(c.certainty, conditions.entry(c.code).name) for c in named],
            reasons=[Text(one) for one in found.reasons] if found is not None and named else (),
            present=signs.present,
            unknown=signs.unknown,
            absent=len(signs.absent),
            not_asked=len(signs.not_asked),
            examine=examine.by_hand(professional.kind_of(state), frozenset(c.code for c in named)),
            to=around.place_for(case.reached),
            photos=len(state.photos + state.earlier_photos),
            unreviewed=state.here.unreviewed,
            health=facts.health(state),
        ),
        language,
    )
