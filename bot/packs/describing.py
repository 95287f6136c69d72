"""What somebody says of a language (name, plural rule, voice, parent): hostile until proven, as its sentences are. Pure."""

from __future__ import annotations

import re

from bot.packs.store import About
from locales import gate, sentences
from locales.reasons import why

__all__ = ["faults"]

_VOICE = re.compile(r"[a-z0-9+_-]{0,40}")
_LONGEST_NAME = 60
_STRANGE = ("placeholder", "brace", "bidi", "character", "markup", "link", "phone")


def faults(code: str, about: About, codes: tuple[str, ...]) -> list[str]:
    """What is wrong with it; [] where it may be kept. codes: of all packs."""
    found = [_of("name", reason) for reason in _strange(about.name)]
    if not about.name.strip() or len(about.name) > _LONGEST_NAME or "\n" in about.name:
        found.append(
            why(
                "console.gate.name",
                "name is {said}; expected one line of 1 to {most} characters",
                said=repr(about.name[:20]),
                most=_LONGEST_NAME,
            )
        )
    for who in (*about.translators, *about.reviewers):
        found += [_of(repr(who[:20]), reason) for reason in _strange(who)]
    found += list(gate.plural_rule(code, about.plural))
    if not _VOICE.fullmatch(about.voice):
        found.append(
            why(
                "console.gate.voice",
                "voice is {said}; expected small letters, digits and {marks}",
                said=repr(about.voice[:20]),
                marks="+ _ -",
            )
        )
    if about.parent and (about.parent == code or about.parent not in codes):
        found.append(
            why(
                "console.gate.parent_other",
                "parent is {said}; expected the code of another pack",
                said=repr(about.parent[:20]),
            )
        )
    return found


def _of(what: str, reason: str) -> str:
    return why("console.gate.of", "{what}: {reason}", what=what, reason=reason)


def _strange(text: str) -> list[str]:
    """Characters, marks, links and telephone numbers that have no place in a name."""
    return [why for kind, why in sentences.faults("", text, direction="ltr") if kind in _STRANGE]
