"""Places of the body in typed words: "my knee", "usoni", "ظهري", "all over"."""

from __future__ import annotations

import locales
from bot.clinical import statements
from bot.conversation.splitting import parts
from bot.messages import Choice

__all__ = ["named", "same"]

# The lists of words, and what is said where a kind of problem has no such place of its own.
_WIDER = {
    "face": "",
    "nose": "face",
    "lip": "face",
    "ear": "head_neck",
    "head_neck": "",
    "trunk": "",
    "back": "",
    "arm": "",
    "forearm": "",
    "hand": "",
    "leg_foot": "",
    "many": "",
}
# "Came back", "on the other hand": a word of a place that names none.
_NO_PLACE = "no_place"
# The arm or the hand, a finger or a toe: beside a clear place it may be another one or the same.
_UNCLEAR = "unclear"


def named(offered: tuple[Choice, ...], text: str, language: str) -> str | None:
    """The code of the place of the body that a text names, of several places 'many'; None where it names none.

    offered: choices of the question where on the body. '' where the text is in doubt, or what it names is not offered. A place
    that is denied ("not on the face") is not counted. The chat's own language and English say it, else all the others that agree.
    """
    codes = {one.code for one in offered if one.code.startswith("site.")}
    if not codes:
        return None
    denied = statements.hedged(text, language)
    plain = [part for part in parts(text) if not denied or not statements.hedged(part, language)]
    own = language or "en"
    found = _found(plain, own)
    if not found - {_NO_PLACE, _UNCLEAR}:
        found.discard(_UNCLEAR)
    if found == {_NO_PLACE}:
        return ""
    if not found:
        others = {
            frozenset(there - {_NO_PLACE})
            for code in locales.languages()
            if code != own and (there := _found(plain, code)) - {_NO_PLACE, _UNCLEAR}
        }
        found = set(next(iter(others))) if len(others) == 1 else set()
        if not found:
            return "" if denied and _found(parts(text), own) else None
    unclear = _UNCLEAR in found
    found -= {_NO_PLACE, _UNCLEAR}
    sites = {site if f"site.{site}" in codes else _WIDER[site] or site for site in found}
    # The nose is of the face.
    sites -= {_WIDER[site] for site in sites}
    code = f"site.{sites.pop()}" if len(sites) == 1 else "site.many"
    if unclear and code != "site.many":
        return ""
    return code if code in codes else ""


def same(site: str, other: str) -> bool:
    """True where two places are one, or one is a part of the other."""
    return site == other or other == _WIDER.get(site) or site == _WIDER.get(other)


def _found(texts: list[str], language: str) -> set[str]:
    """The places of which a phrase stands in one of the texts, in one language; the longest phrase comes first."""
    phrases = {
        phrase: site
        for site in (*_WIDER, _NO_PLACE, _UNCLEAR)
        for phrase in locales.words(f"words.site_{site}", language)
    }
    longest = max((len(phrase.split()) for phrase in phrases), default=0)
    found: set[str] = set()
    for text in texts:
        words = locales.normalise(text).split()
        n = 0
        while n < len(words):
            sizes = range(min(longest, len(words) - n), 0, -1)
            size = next((k for k in sizes if " ".join(words[n : n + k]) in phrases), 0)
            if size:
                found.add(phrases[" ".join(words[n : n + size])])
            n += size or 1
    return found
