"""The signs of danger of a case, sorted by what was told of them: for whoever must know what was asked and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clinical.danger_signs import all_signs, signs_for
from bot.conversation.state import ChatState
from bot.messages import Text

__all__ = ["ToldSigns", "listed", "told"]


@dataclass(frozen=True, slots=True)
class ToldSigns:
    """Each sign that fits the patient's age once, as its question."""

    present: tuple[Text, ...]
    absent: tuple[Text, ...]
    unknown: tuple[Text, ...]
    not_asked: tuple[Text, ...]


def listed(state: ChatState) -> list[Text]:
    """All signs under what was told of them."""
    sorted_ = told(state)
    said: list[Text] = []
    for heading, signs in (
        ("desk.signs.yes", sorted_.present),
        ("desk.signs.list_no", sorted_.absent),
        ("desk.signs.list_unknown", sorted_.unknown),
        ("desk.signs.list_not_asked", sorted_.not_asked),
    ):
        if signs:
            said += [Text(heading), *(Text("danger.line", {"sign": sign}) for sign in signs)]
    return said


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
