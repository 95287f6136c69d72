"""What was told of a patient, in words: who, where, and the answers one by one."""

from __future__ import annotations

from bot.clinical import symptoms
from bot.conversation.state import ChatState
from bot.messages import Text

__all__ = ["about", "answered", "answers", "label"]

_KNOWN = ("age", "shape", "site", "skin")


def about(state: ChatState) -> list[Text]:
    """Age group, kind of problem, place and skin, as the labels of the choices say them."""
    return [Text(f"facts.{key}", {key: told}) for key in _KNOWN if (told := label(state, key)) is not None]


def label(state: ChatState, key: str) -> Text | None:
    """What was answered under a key, as the choice's label says it; None where it was not asked."""
    answer = state.answers.get(key, "")
    if not answer:
        return None
    return Text("answer.unknown") if answer == "unknown" else Text(f"{key}.{answer}")


def answered(state: ChatState) -> list[tuple[Text, Text]]:
    """Questions about the skin problem with the answers that were given."""
    return [
        (symptom.question, Text(f"answer.{said}"))
        for key, symptom in symptoms.symptoms().items()
        if (said := state.answers.get(key)) in ("yes", "no", "unknown")
    ]


def answers(state: ChatState) -> list[Text]:
    """The same as lines."""
    return [
        Text("danger.line", {"sign": Text("facts.answer", {"question": question, "answer": answer})})
        for question, answer in answered(state)
    ]
