"""What a worker or clinician can write at any moment, in every language and as /words; a case code may stand with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import locales
from bot.conversation import typed
from bot.conversation.desk import codes

__all__ = ["CLINICIAN", "OUTCOMES", "WORKER", "Typed", "parsed"]

# Each with its list of typed words in the packs (words.<list>), in the order in which they are looked for.
WORKER: Mapping[str, str] = {
    "list": "desk_list",
    "today": "desk_today",
    "week": "desk_week",
    "weekoff": "desk_week_off",
    "weekon": "desk_week_on",
    "open": "desk_open",
    "refer": "desk_refer",
    "hand": "desk_hand",
    "close": "desk_close",
    "escalate": "desk_escalate",
    "link": "desk_link",
    "signs": "desk_signs",
    "hear": "desk_hear",
    "wrong": "wrong_photo",
    "leave": "desk_leave",
    # As a patient says them.
    "better": "better",
    "same": "same",
    "worse": "worse",
    "teach": "teaching",
    "seen": "desk_seen",
}
CLINICIAN: Mapping[str, str] = {
    "queue": "clinic_queue",
    "take": "clinic_take",
    "open": "desk_open",
    "release": "clinic_release",
    "photo": "clinic_photo",
    "signs": "desk_signs",
    "leave": "desk_leave",
}
# What a patient's chat knows too.
_COMMON = ("stop", "delete", "help", "language", "new")
# Alone these are also answers to a question; they are commands only beside a code. 'Worse' of the case that was told last is
# understood without it too (`said`).
_BESIDE_CODE = ("better", "same", "worse", "seen")
# No command has more words.
_MOST_WORDS = 8
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
        if said in names:
            return Typed(said, code, more.strip())
        if common := typed.command(rest, language):
            return Typed(common, code, "")
    for one in _COMMON:
        if typed.is_word(one, rest, language):
            return Typed(one, code, "")
    for name, listed in names.items():
        if (code or name not in _BESIDE_CODE) and typed.is_word(listed, rest, language):
            return Typed(name, code, "")
    if code:
        for name, listed in names.items():
            if (behind := _after(listed, rest, language)) is not None:
                return Typed(name, code, behind)
    return Typed("", code, rest)


def _after(listed: str, text: str, language: str) -> str | None:
    """What stands behind the words of a list at the beginning of a text, as written; None where it begins with none of them."""
    words = text.split()
    begins = [locales.normalise(" ".join(words[:n])) for n in range(min(len(words), _MOST_WORDS))]
    for code in dict.fromkeys((language or "en", "en")):
        for phrase in sorted(locales.words(f"words.{listed}", code), key=len, reverse=True):
            if phrase and phrase in begins:
                return " ".join(words[begins.index(phrase) :])
    return None
