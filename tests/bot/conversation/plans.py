"""Plans of any shape that the engine could send."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.clinical import symptoms
from bot.messages import Plan, Question
from bot.plans import MOST


@st.composite
def _questions(draw: st.DrawFn, before: tuple[str, ...] = ()) -> Question | None:
    left = [key for key in symptoms.symptoms() if key not in before]
    if len(before) >= MOST or draw(st.integers(0, 3)) == 0:
        return None
    key = draw(st.sampled_from(left))
    return Question(key, *(draw(_questions((*before, key))) for _ in range(3)))


PLANS = st.builds(Plan, first=_questions())
