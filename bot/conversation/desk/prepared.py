"""A clinician's answer in their chat: how it is read, and why prepared words are not sent. Pure."""

from __future__ import annotations

from bot.casework import answers
from bot.conversation.desk.events import Waiting
from bot.messages import Text, Urgency

__all__ = ["refused", "told", "words_of"]


def words_of(words: str) -> Text:
    """A clinician's words as they are read back: a prepared sentence in the reader's language, or their own."""
    return told(words)[0]


def told(words: str) -> tuple[Text, ...]:
    """A clinician's answer as it is told, sentence by sentence (bot.casework.answers)."""
    return answers.texts(answers.from_note(words))


def refused(words: str, opinion: Urgency | None, found: Waiting) -> Text | None:
    """Why prepared words are not sent, by the rules of the console (bot.casework.answers); own words answer for themselves."""
    answer = answers.from_note(words)
    if opinion is not None and answers.clash(answer, opinion) is not None:
        return Text("clinic.against", {"words": words_of(words), "soon": Text(f"desk.short.{opinion.value}")})
    if answer.said and answers.fault(answer, opinion, found.case.state.floor) == "own_words":
        return Text("clinic.less_than_signs")
    return None
