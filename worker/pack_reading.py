"""What a reviewer at a terminal is shown before they approve it: each sentence beside its English, never a list of names.

Approved is what was read: sentence by sentence with an answer each, or all that `--list` printed, by the hash that stood under
it. The hash is of every English, translation and revision that was shown, so that nothing passes that changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.packs.written import Sentence
from locales.catalogue import Entry

__all__ = ["Shown", "asked", "digest", "lines", "waiting"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One sentence that waits for a reader."""

    entry: Entry
    forms: tuple[str, ...]
    revision: int


def waiting(
    said: Mapping[str, Sentence], template: Mapping[str, Entry], by: int, tier: int | None = None
) -> tuple[list[Shown], int]:
    """What nobody has approved yet, the first tier first, and how many more only somebody else may approve.

    tier: of this tier and the lower ones; None: all.
    """
    found, own = [], 0
    for name, entry in template.items():
        one = said.get(name)
        if one is None or one.reviewed_by is not None or not one.of(entry):
            continue
        if tier is not None and entry.tier > tier:
            continue
        if one.edited_by == by:
            own += 1
        else:
            found.append(Shown(entry, one.of(entry), one.revision))
    return sorted(found, key=lambda one: one.entry.tier), own


def lines(one: Shown) -> list[str]:
    """The sentence as it is shown: where it stands, the English, the translation, each form on a line."""
    shown = [
        f"{one.entry.id} (tier {one.entry.tier})",
        *(f"  # {note}" for note in one.entry.note.splitlines()),
    ]
    shown += [f"  en: {text}" for text in one.entry.source]
    return shown + [f"  ->  {text}" for text in one.forms]


def digest(shown: Sequence[Shown]) -> str:
    """What stands under a list: 16 letters and digits that no other list has."""
    whole = [[one.entry.id, *one.entry.source, *one.forms, one.revision] for one in shown]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()[:16]


def asked(
    shown: Sequence[Shown], tell: Callable[[str], None], ask: Callable[[str], str]
) -> tuple[dict[str, int], bool]:
    """Shows one sentence after the other and takes an answer to each: (revisions of those found right by id, whether all were).

    ask: the answer to a question; '' or what is neither y nor q is a no, and EOFError ends it like q.
    """
    right: dict[str, int] = {}
    for number, one in enumerate(shown, start=1):
        for line in lines(one):
            tell(line)
        try:
            said = ask(f"{number} of {len(shown)}: right? y, n, or q to stop").strip().casefold()
        except EOFError:
            break
        if said == "q":
            break
        if said in ("y", "yes"):
            right[one.entry.id] = one.revision
    return right, len(right) == len(shown)
