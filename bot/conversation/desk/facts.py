"""What was told of a patient, in words: who, where, and the answers one by one."""

from __future__ import annotations

from bot.clinical import modifiers, symptoms
from bot.clinical.questions import questions
from bot.conversation.state import UNASKED, ChatState
from bot.messages import Text

__all__ = ["about", "answered", "answers", "health", "label"]

_KNOWN = ("age", "health", "shape", "site", "duration", "skin")


def about(state: ChatState) -> list[Text]:
    """Age group, kind of problem, place, how long and skin, as the labels of the choices say them."""
    return [Text(f"facts.{key}", {key: told}) for key in _KNOWN if (told := label(state, key)) is not None]


def health(state: ChatState) -> Text | None:
    """What raises how soon the person must be seen (rule 4), such as pregnancy; None where nothing does."""
    return label(state, "health") if state.answers.get("health") in modifiers.asked() else None


def label(state: ChatState, key: str) -> Text | None:
    """What was answered under a key, as the choice's label says it; None where it was not asked."""
    answer = state.answers.get(key, "")
    if answer in ("", UNASKED):
        return None
    return Text("answer.unknown") if answer == "unknown" else Text(f"{key}.{answer}")


def answered(state: ChatState) -> list[tuple[Text, Text]]:
    """Questions about the skin problem with the answers that were given."""
    asked = {key: one.question for key, one in questions().items()}
    asked |= {key: one.question for key, one in symptoms.symptoms().items()}
    return [
        (question, Text(f"answer.{said}"))
        for key, question in asked.items()
        if (said := state.answers.get(key)) in ("yes", "no", "unknown")
    ]


def answers(state: ChatState) -> list[Text]:
    """The same as lines."""
    return [
        Text("danger.line", {"sign": Text("facts.answer", {"question": question, "answer": answer})})
        for question, answer in answered(state)
    ]
