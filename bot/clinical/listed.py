"""The danger words of the packs (`words.sign_*`, `words.hint_*`, `words.part_*`), read once for each library of packs.

A phrase belongs to the pack in which it stands, and its parts (`@fever`) are those of every pack: which of their words count in a
text is decided by the packs that are tried in it (`tongues`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import locales
from bot.clinical.matching import Lexicon
from bot.clinical.matching import read as typed
from bot.clinical.phrases import BadPhrase, Parts, Phrase, Word, parse, pieces, single_words, words_of
from bot.clinical.spelling import forms, plain
from locales import kept, kept_of_pack

log = logging.getLogger(__name__)

__all__ = [
    "alone",
    "attached",
    "by_beginning",
    "lexicon",
    "names",
    "own",
    "own_texts",
    "part",
    "phrases_of",
    "read",
    "single",
    "unless",
    "vocabulary",
]

_NEGATION = "words.part_negation"
# Lists that also hold beginnings and ends of words, written with a hyphen.
_FORMS = (_NEGATION, "words.part_attached", "words.part_with")
_HEARD = ("words.sign_", "words.hint_", "words.part_")
_OF_STAFF = "console."
# So many words a button has at most.
_SHORT = 8


@kept()
def names() -> tuple[str, ...]:
    """Ids of the lists of signs and hints."""
    return tuple(n for n in locales.library().template if n.startswith(_HEARD[:2]))


@kept_of_pack(1)
def own(name: str, code: str) -> tuple[str, ...]:
    """The phrases of a list in a pack itself: where it has none, nothing takes their place.

    A phrase that cannot be read is left out and logged: one slip in one pack must not deafen every chat.
    """
    good = []
    for phrase in _written(name, code):
        try:
            read(name, phrase)
        except BadPhrase as error:
            log.error("the pack %s has a phrase in %s that cannot be read: %s", code, name, error)
        else:
            good.append(phrase)
    return tuple(good)


def read(name: str, phrase: str) -> None:
    """Reads a phrase of a list. Raises BadPhrase; a list of parts holds words only, and beginnings and ends where it may."""
    if name in _FORMS and _is_form(phrase):
        return
    if name.startswith("words.part_") and set(phrase) & set("~+@"):
        raise BadPhrase(f"{phrase!r} is in a list of parts, which holds no ~, + and @")
    single_words(phrase)
    if any(not group.strip() for piece in phrase.removeprefix("-").split("+") for group in piece.split("~")):
        raise BadPhrase(f"{phrase!r} lacks words on one side of ~ or +")


def _written(name: str, code: str) -> tuple[str, ...]:
    library = locales.library()
    listed = library.translations(code).of(library.entry(name))
    return tuple(p for p in (phrase.strip() for phrase in listed[0].split("|")) if p) if listed else ()


@kept()
def part(name: str) -> tuple[tuple[str, str], ...]:
    """The phrases of a list of parts, of every pack, with the pack; without beginnings and ends of verbs.

    Raises BadPhrase where there is no such list.
    """
    if f"words.part_{name}" not in locales.library().template:
        raise BadPhrase(f"there is no list words.part_{name}")
    listed = ((code, p) for code in locales.library().heard for p in own(f"words.part_{name}", code))
    return tuple((code, p) for code, p in listed if "-" not in p and _parsed(p, code) is not None)


def _parsed(phrase: str, code: str, part: Parts | None = None) -> Phrase | None:
    """The phrase of a pack, None where it cannot be read: that is logged, and every other phrase still hears."""
    try:
        return parse(phrase, part or no_part, code)
    except BadPhrase as error:
        log.error("the pack %s has a phrase that cannot be read: %s", code, error)
        return None


def no_part(name: str) -> tuple[tuple[str, str], ...]:
    """For phrases that hold no list of parts. Raises BadPhrase."""
    raise BadPhrase(f"@{name} stands where no list of parts may")


@kept()
def single(name: str) -> frozenset[Word]:
    """The words of a list of parts whose phrases are single words."""
    sequences = (s for group in alone(name).parts[0] for s in group.sequences)
    return frozenset(w for sequence in sequences if len(sequence) == 1 for w in sequence[0].words)


@kept()
def single_of(name: str, codes: tuple[str, ...]) -> frozenset[Word]:
    """Those words of `single` that are of these packs."""
    return frozenset(w for w in single(name) if w.pack in codes)


@kept()
def phrases_of(name: str, codes: tuple[str, ...]) -> tuple[Phrase, ...]:
    """The phrases of a list of parts that are of these packs, each by itself."""
    return tuple(parse(p, no_part, code) for code, p in part(name) if code in codes)


@kept()
def alone(name: str) -> Phrase:
    """A list of parts as a phrase."""
    return parse(f"@{name}", part)


@kept()
def by_beginning(code: str) -> dict[Word, list[tuple[str, Phrase]]]:
    """Each phrase of a pack, with its list, under the words of which one must be there: a text has few of thousands."""
    found: dict[Word, list[tuple[str, Phrase]]] = {}
    for name in names():
        for said in own(name, code):
            try:
                phrase = parse(said, part, code)
            except BadPhrase as error:
                log.error("the pack %s has a phrase in %s that cannot be read: %s", code, name, error)
                continue
            if not phrase.parts:
                continue
            for word in min(phrase.begins, key=len):
                found.setdefault(word, []).append((name, phrase))
    return found


@kept()
def unless(name: str) -> tuple[Phrase, ...]:
    """What takes back a whole list wherever it is said, of every pack."""
    said = ((code, p) for code in locales.library().heard for p in own(name, code) if p.startswith("-"))
    return tuple(found for code, p in said if (found := _parsed(p, code, part)) is not None)


@kept_of_pack(0)
def lexicon(code: str) -> Lexicon:
    """The words of all lists of a pack."""
    listed = [n for n in locales.library().template if n.startswith(_HEARD)]
    written: set[str] = set()
    for name in listed:
        for said in own(name, code):
            if not (name in _FORMS and _is_form(said)):
                written |= pieces(said)
    words = words_of(written, code)
    denied = _denied_forms(code)
    return Lexicon(words, lambda word, stem: len(word) > len(stem) and _is_denied(word, denied))


@kept_of_pack(0)
def attached(code: str) -> tuple[str, ...]:
    """What this language writes before a word of another ('ina' in "inapeel"), longest first."""
    begins = {plain(p.rstrip("-")) for p in own("words.part_attached", code)}
    return tuple(sorted(begins, key=lambda b: (-len(b), b)))


def _is_form(phrase: str) -> bool:
    return phrase.startswith("-") or phrase.endswith("-") or ("-" in phrase and " " not in phrase)


@kept_of_pack(0)
def _denied_forms(code: str) -> tuple[tuple[str, str], ...]:
    """Beginnings and ends by which a verb says that it is not so ('ha-', '-নি', 'አል-ም')."""
    listed = (p.partition("-") for p in own(_NEGATION, code) if _is_form(p))
    return tuple(dict.fromkeys((plain(begin), plain(end)) for begin, _, end in listed))


def _is_denied(word: str, denied: tuple[tuple[str, str], ...]) -> bool:
    return any(
        word.startswith(begin) and word.endswith(end) and len(word) > len(begin) + len(end)
        for begin, end in denied
    )


@kept_of_pack(0)
def vocabulary(code: str) -> frozenset[str]:
    """Forms of all words of a pack, its sentences to people included: words that are what they are, and that tell its language.

    Not of what the console says: not every pack has it, and "umma" (the public) is no word of somebody whose skin itches.
    """
    library = locales.library()
    words: set[str] = set()
    for name, entry in library.template.items():
        if name.startswith(_OF_STAFF):
            continue
        for sentence in library.translations(code).of(entry):
            for word in plain(" ".join(_tokens(sentence))).split():
                words.update(forms(word))
    return frozenset(words)


@kept_of_pack(0)
def own_texts(code: str) -> frozenset[tuple[str, ...]]:
    """The words of every short text of a pack, buttons and typed words among them: who sends one of these tells nothing new."""
    library = locales.library()
    pieces = (
        piece
        for name, entry in library.template.items()
        if not name.startswith(_HEARD)
        for sentence in library.translations(code).of(entry)
        for piece in sentence.split("|")
        if len(piece.split()) <= _SHORT
    )
    return frozenset(typed(piece).words for piece in pieces)


def _tokens(sentence: str) -> Iterator[str]:
    """Words of a sentence or list, without stems that stand for many words."""
    for piece in sentence.replace("|", " ").replace("_", " ").replace("/", " ").replace(".", " ").split():
        if "*" not in piece and not piece.startswith(("@", "{")):
            yield piece
