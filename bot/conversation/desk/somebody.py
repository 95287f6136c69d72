"""Of whom a photograph may be, by a worker's words beside or just before it: who only tells of the patient is no other one."""

from __future__ import annotations

import locales
from bot.conversation import typed, whose
from bot.conversation.desk.state import Case
from bot.conversation.state import ChatState
from bot.messages import Inbound

__all__ = ["spoken_of"]

_CHILDREN = ("child", "infant")


def spoken_of(case: Case, state: ChatState, items: tuple[Inbound, ...]) -> bool:
    """True where words for a person of whom the case is not known to be stand beside items, or just before them.

    case: with what was written just before as its last note. state: of the case, dressed.
    """
    before = case.notes[-1].text if case.notes else ""
    if any(not _is_patient(state, word, before) for word in state.whose_now):
        return True
    return any(
        not _is_patient(state, word, text)
        for text in whose.texts(items)
        for word in whose.others(state, [text])
    )


def _is_patient(state: ChatState, word: str, text: str) -> bool:
    """True where a word for a person is no other patient in a text: who says or holds something, the child of a child's case."""
    return _is_the_child(state, word, text) or _tells(state, word, text)


def _is_the_child(state: ChatState, word: str, text: str) -> bool:
    """True of the child's arm in a child's case; not where a word stands with it that makes it another child."""
    if state.answers.get("age") not in _CHILDREN:
        return False
    if word not in locales.own_words("words.a_child", state.speaks):
        return False
    said = f" {locales.normalise(text)} "
    return f" {word} " in said and not typed.stands("another_child", text, state.speaks)


def _tells(state: ChatState, word: str, text: str) -> bool:
    """True where each time behind the word, at once or one word later, stands that they say, hold or bring; none has it too."""
    if typed.stands("has_it", text, state.speaks):
        return False
    behind = f" {locales.normalise(text)} ".split(f" {word} ")[1:]
    telling = locales.own_words("words.tells_of_it", state.speaks)
    people = locales.words("words.somebody_else", state.language or "en")
    return bool(behind) and all(_begins(rest, telling, people) for rest in behind)


def _begins(rest: str, telling: frozenset[str], people: frozenset[str]) -> bool:
    """True where a text begins with one of the phrases, or does after one word that is no person."""
    first, _, later = rest.strip().partition(" ")
    if any(f"{rest.strip()} ".startswith(f"{phrase} ") for phrase in telling):
        return True
    return first not in people and any(f"{later} ".startswith(f"{phrase} ") for phrase in telling)
