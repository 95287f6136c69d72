"""What somebody says of a language (name, plural rule, voice, parent): hostile until proven, as its sentences are. Pure."""

from __future__ import annotations

import re

from bot.packs.store import About
from locales import gate, sentences

__all__ = ["faults"]

_VOICE = re.compile(r"[a-z0-9+_-]{0,40}")
_LONGEST_NAME = 60
_STRANGE = ("placeholder", "brace", "bidi", "character", "markup", "link", "phone")


def faults(code: str, about: About, codes: tuple[str, ...]) -> list[str]:
    """What is wrong with it; [] where it may be kept. codes: of all packs."""
    found = [f"name: {reason}" for reason in _strange(about.name)]
    if not about.name.strip() or len(about.name) > _LONGEST_NAME or "\n" in about.name:
        found.append(f"name is {about.name[:20]!r}; expected one line of 1 to {_LONGEST_NAME} characters")
    for who in (*about.translators, *about.reviewers):
        found += [f"{who[:20]!r}: {reason}" for reason in _strange(who)]
    found += [f"plural rule: {reason}" for reason in gate.plural_rule(code, about.plural)]
    if not _VOICE.fullmatch(about.voice):
        found.append(f"voice is {about.voice[:20]!r}; expected small letters, digits, +, _ and -")
    if about.parent and (about.parent == code or about.parent not in codes):
        found.append(f"parent is {about.parent[:20]!r}; expected the code of another pack")
    return found


def _strange(text: str) -> list[str]:
    """Characters, marks, links and telephone numbers that have no place in a name."""
    return [why for kind, why in sentences.faults("", text, direction="ltr") if kind in _STRANGE]
