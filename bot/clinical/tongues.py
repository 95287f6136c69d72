"""Which packs' danger words are tried in a text: people mix languages, and a small word of one is another thing in the next.

The chat's language and English always; a pack of another script where its letters stand; a further pack of the same script where
the text has words of it that neither of those knows. Pure.
"""

from __future__ import annotations

import locales
from bot.clinical import listed
from bot.clinical.phrases import Word
from bot.clinical.scripts import script_of
from bot.clinical.spelling import DENYING, denied_in_itself, forms, squeezed
from locales import kept, kept_of_pack

__all__ = ["exactly", "known", "language_of", "reading", "spoken", "tongues"]

# So many letters make one word of a danger list enough, and so short a text needs no more.
_LONG = 5
_SHORT_TEXT = 3
_MOST_FURTHER = 2
# Letters that must be left of a word without the beginning of another language.
_SHORTEST_REST = 4


def tongues(words: tuple[str, ...], language: str = "") -> tuple[str, ...]:
    """The packs tried for these words. language: of the chat, '' where it is not known yet."""
    heard = locales.library().heard
    told = tuple(dict.fromkeys(("en", language) if language in heard else ("en",)))
    scripts = {script_of(word) for word in words} - {"LATIN", ""}
    others = [code for code in heard if code not in told]
    found = [code for code in others if _script(code) in scripts]
    strange = [w for w in dict.fromkeys(words) if script_of(w) == "LATIN" and not known(w, told)]
    if not strange:
        return (*told, *found)
    counts = {code: sum(_is_of(w, code) for w in strange) for code in others if code not in found}
    enough = 1 if not language or len(words) <= _SHORT_TEXT else 2
    wanted = [
        code
        for code, count in counts.items()
        if count >= enough or (count and any(len(w) >= _LONG and listed.lexicon(code).of(w) for w in strange))
    ]
    best = sorted(counts.values(), reverse=True)[:_MOST_FURTHER]
    further = [code for code in wanted if counts[code] >= best[-1]]
    if not language and not found and not further:
        # Nothing tells: rather all than none.
        further = [code for code in counts if _script(code) == "LATIN"]
    return (*told, *found, *further)


@kept(20_000)
def reading(word: str, codes: tuple[str, ...]) -> frozenset[Word]:
    """The words of danger phrases of these packs that a typed word is, with a small mistake where it is no word of theirs.

    A word that carries the beginning of one language and is of another ("inapeel", "amefaint") is read without it. A verb that is
    denied in itself is no misspelling of the one that is not.
    """
    books = [listed.lexicon(code) for code in codes]
    found = exactly(word, codes)
    if known(word, codes):
        return found
    rests = {
        rest
        for code in codes
        for begin in listed.attached(code)
        if len(rest := word.removeprefix(begin)) >= _SHORTEST_REST and rest != word
    }
    for rest in sorted(rests):
        found |= {w for w in exactly(rest, codes) if not w.before}
    near = frozenset[Word]().union(*(book.near(word) for book in books))
    if denied_in_itself(word):
        near = frozenset(w for w in near if w.stem.startswith(DENYING))
    return found | near


@kept(20_000)
def exactly(word: str, codes: tuple[str, ...]) -> frozenset[Word]:
    """The words of danger phrases of these packs that a typed word is as it stands."""
    return frozenset[Word]().union(*(listed.lexicon(code).of(word) for code in codes))


def spoken(words: tuple[str, ...], language: str, tried: tuple[str, ...]) -> tuple[str, ...]:
    """Of the packs tried those that this is said in: English, the chat's own, and the one that most of the words are of."""
    own = dict.fromkeys(("en", language, language_of(words, tried)))
    return tuple(code for code in own if code in tried)


def known(word: str, codes: tuple[str, ...]) -> bool:
    """True where a typed word is a word of one of these packs."""
    return any(_knows(code, word) for code in codes)


def language_of(words: tuple[str, ...], among: tuple[str, ...] = ()) -> str:
    """The pack that knows most of the words, '' where two know as many. among: the packs asked, all unless given."""
    codes = among or locales.languages()
    counts = sorted((sum(known(w, (code,)) for w in words), code) for code in codes)
    return counts[-1][1] if len(counts) < 2 or counts[-1][0] > counts[-2][0] else ""


@kept_of_pack(0, 20_000)
def _knows(code: str, word: str) -> bool:
    vocabulary = listed.vocabulary(code)
    return any(form in vocabulary for form in forms(word))


@kept_of_pack(1, 20_000)
def _is_of(word: str, code: str) -> bool:
    return _knows(code, word) or (len(squeezed(word)) >= _LONG and bool(listed.lexicon(code).of(word)))


@kept_of_pack(0)
def _script(code: str) -> str:
    return script_of(locales.pack(code).name)
