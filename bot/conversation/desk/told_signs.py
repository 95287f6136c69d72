"""The signs of danger of a case, sorted by what was told of them: for whoever must know what was asked and what was not."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clinical.danger import group_signs
from bot.clinical.danger_signs import GROUPS, all_signs
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
    sorted_: dict[str, list[Text]] = {"yes": [], "no": [], "unknown": [], "": []}
    age = state.answers.get("age", "")
    # In which group it is, or was when that one was answered.
    fitting = {s.id: group for group in GROUPS for s in group_signs(age, group, state.answers)}
    for sign in all_signs():
        own = _own(state, sign.id)
        if own or sign.id in fitting:
            sorted_[own or _of_group(state, fitting[sign.id])].append(sign.question)
    return ToldSigns(*(tuple(sorted_[name]) for name in ("yes", "no", "unknown", "")))


def _own(state: ChatState, sign: str) -> str:
    """What was said of the sign itself, in answer to its question or in own words; '' where nothing was."""
    told = state.answers
    if told.get(f"{sign}.own") == "yes":
        return "yes"
    said = told.get(sign, "")
    said = told.get(f"{sign}.again", said) if said == "unknown" else said
    return said if said in ("yes", "no", "unknown") else ""


def _of_group(state: ChatState, group: int) -> str:
    said = state.answers.get(f"group{group}", "")
    return {"none": "no", "unknown": "unknown"}.get(said, "")
