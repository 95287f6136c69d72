"""The signs of danger of a case, sorted by what was told of them: for whoever must know what was asked and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clinical.danger_signs import all_signs, signs_for
from bot.conversation.state import ChatState
from bot.messages import Text

__all__ = ["ToldSigns", "told"]


@dataclass(frozen=True, slots=True)
class ToldSigns:
    """Each sign that fits the patient's age once, as its question."""

    present: tuple[Text, ...]
    absent: tuple[Text, ...]
    unknown: tuple[Text, ...]
    not_asked: tuple[Text, ...]


def told(state: ChatState) -> ToldSigns:
    """What was told of each sign. A group that was answered 'none of these' is a no to each of its signs."""
    fitting = {s.id for s in signs_for(state.answers.get("age", ""))}
    sorted_: dict[str, list[Text]] = {"yes": [], "no": [], "unknown": [], "": []}
    for sign in all_signs():
        own = state.answers.get(sign.id, "")
        if own == "unknown":
            own = state.answers.get(f"{sign.id}.again", own)
        if sign.id in fitting and not own:
            grouped = state.answers.get(f"group{sign.group}", "")
            own = {"none": "no", "unknown": "unknown"}.get(grouped, "")
        elif not own:
            continue
        sorted_[own if own in sorted_ else ""].append(sign.question)
    return ToldSigns(*(tuple(sorted_[name]) for name in ("yes", "no", "unknown", "")))
