"""Whose a photograph is, where words beside it speak of somebody: "this is my wife", of a case that is not known to be hers.

Of a case whose age was told such a photograph waits, and it is asked whether it is of the same person. Rather a question too many
than a photograph in the case of somebody else. A mother who wrote of her daughter from the start is not asked.
"""

from __future__ import annotations

from dataclasses import replace

import locales
from bot.conversation import course, photos
from bot.conversation.state import ChatState
from bot.messages import Inbound

__all__ = ["begun", "heard", "is_asked", "of_same", "of_this", "others", "texts"]

# What is written on to a word for a person and leaves it the same one: "daughter's", "মেয়ের", "የልጄ", "لابنتي". Normalised.
_BEFORE = ("የ", "ለ", "ل", "و")
_BEHIND = ("s", "য়ের", "ের", "র")


def heard(state: ChatState, items: tuple[Inbound, ...]) -> ChatState:
    """The state with who is spoken of. Before the age is told it is the person of the case; later it may be somebody else.

    What the last message said of somebody counts for a photograph that comes next ("my wife has it too").
    """
    if not _is_open(state):
        return of_this(state, items)
    sent = any(a.kind == "photo" for item in items for a in item.attachments)
    # A photograph that waits keeps its words, and so do words of which it is asked whose they are of.
    before = state.whose_now if sent or state.pending or state.overlay == "which" else ()
    return replace(state, whose_now=tuple(dict.fromkeys((*before, *others(state, texts(items))))))


def of_this(state: ChatState, items: tuple[Inbound, ...]) -> ChatState:
    """The state, of whose person what was written is."""
    said = _people(texts(items), state.language)
    return replace(state, whose=tuple(dict.fromkeys((*state.whose, *said))), whose_now=())


def others(state: ChatState, written: list[str]) -> tuple[str, ...]:
    """The words in these texts for somebody of whom the case is not known to be."""
    known = {_plain(word) for word in state.whose}
    return tuple(word for word in _people(written, state.language) if _plain(word) not in known)


def is_asked(state: ChatState) -> bool:
    """True where a photograph that comes now may be of somebody else, and would be looked at with this case."""
    if not state.whose_now or not _is_open(state) or state.consent != "yes":
        return False
    return course.part(state) != "now" and not photos.not_taken(state)


def of_same(state: ChatState) -> ChatState:
    """The state after it was said that the photograph is of the same person: these words are of them too."""
    return replace(state, whose=tuple(dict.fromkeys((*state.whose, *state.whose_now))), whose_now=())


def begun(before: ChatState, state: ChatState) -> ChatState:
    """The new case of a photograph of somebody else, with the words for them and the signs of danger that stand open.

    They may have been written of this person; they are asked once more at the worst.
    """
    told = before.answers
    signs = [key.removesuffix(".own") for key, said in told.items() if key.endswith(".own") and said == "ask"]
    open_ = [s for s in signs if f"{s}.again" not in told and f"{s}.also" not in told and told.get(s) != "no"]
    asked = {key: told[key] for s in open_ for key in (s, f"{s}.own") if key in told}
    return replace(state, whose=before.whose_now, whose_now=(), answers={**state.answers, **asked})


def _is_open(state: ChatState) -> bool:
    return "age" in state.answers or photos.AGE_BEFORE in state.answers


def texts(items: tuple[Inbound, ...]) -> list[str]:
    """What was written in these, captions too; what a button says is no text of theirs."""
    return [item.text for item in items if item.kind != "choice" and item.text]


def _people(written: list[str], language: str) -> tuple[str, ...]:
    """The words for a person in what was written, of the chat's language and English: whoever it is, by the word alone."""
    known = locales.words("words.somebody_else", language or "en")
    said = [f" {locales.normalise(text)} " for text in written]
    return tuple(sorted(word for word in known if any(f" {word} " in text for text in said)))


def _plain(word: str) -> str:
    """The word without what only says "of" or "for", or one more of them: "daughters" is no other person than "daughter"."""
    for before in _BEFORE:
        word = word.removeprefix(before) if len(word) > 3 else word
    return next((word.removesuffix(b) for b in _BEHIND if word.endswith(b) and len(word) > 3), word)
