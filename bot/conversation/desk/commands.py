"""What a worker or clinician can write at any moment, in every language and as /words; a case code may stand with it."""

from __future__ import annotations

from dataclasses import dataclass

import locales
from bot.conversation import typed
from bot.conversation.desk import codes

__all__ = ["CLINICIAN", "OUTCOMES", "WORKER", "Typed", "parsed"]

# In the order in which they are looked for. Words are in the packs under words.desk_<name> and words.clinic_<name>.
WORKER = (
    *("list", "today", "week", "open", "refer", "hand", "close", "escalate", "signs"),
    *("better", "same", "worse", "seen"),
)
CLINICIAN = ("queue", "take", "open", "release", "photo", "signs")
# What a patient's chat knows too.
_COMMON = ("stop", "delete", "help", "language", "new")
_ALONE = ("leave",)
# Alone these are also answers to a question; they are commands only beside a code.
_BESIDE_CODE = ("better", "same", "worse", "seen")
# How a case can end.
OUTCOMES = ("better", "seen", "referred", "lost", "died", "other")


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed text, taken apart. command: '' for none. code: of a known case, '' for none. rest: what is neither."""

    command: str
    code: str
    rest: str


def parsed(text: str, language: str, known: frozenset[str], role: str) -> Typed:
    """Command, case code and the rest of a text. With a code (or as /word) a command may be followed by more words."""
    code, rest = codes.found(text, known)
    names = CLINICIAN if role == "clinician" else WORKER
    if rest.strip().startswith("/"):
        word, _, more = rest.strip()[1:].partition(" ")
        said = word.partition("@")[0].casefold().replace("_", "")
        if said in (*names, *_ALONE):
            return Typed(said, code, more.strip())
        if common := typed.command(rest, language):
            return Typed(common, code, "")
    for one in _COMMON:
        if typed.is_word(one, rest, language):
            return Typed(one, code, "")
    for name in (*names, *_ALONE):
        if not code and name in _BESIDE_CODE:
            continue
        if typed.is_word(_list_of(name), rest, language):
            return Typed(name, code, "")
    if code:
        for name in names:
            if (behind := _after(name, rest, language)) is not None:
                return Typed(name, code, behind)
    return Typed("", code, rest)


def _list_of(name: str) -> str:
    """Under which list of the packs a command's words stand."""
    return f"clinic_{name}" if name in ("queue", "take", "release", "photo") else f"desk_{name}"


def _after(name: str, text: str, language: str) -> str | None:
    """What stands behind the command's words at the beginning of a text; None where it does not begin with them."""
    said = locales.normalise(text)
    for code in dict.fromkeys((language or "en", "en")):
        for phrase in sorted(locales.words(f"words.{_list_of(name)}", code), key=len, reverse=True):
            if said.startswith(phrase + " "):
                return said[len(phrase) + 1 :]
    return None
