"""How words are typed: their forms, shortened and misspelt, and when a typed word is another with a small mistake."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.clinical.scripts import folded, unelided
from locales import normalise

__all__ = [
    "DENYING",
    "FUZZY_ANY_FIRST",
    "FUZZY_FROM",
    "denied_in_itself",
    "forms",
    "plain",
    "same_word",
    "squeezed",
    "typed_forms",
]

# From so many letters on a word may have one mistake, in its first letter too, and two.
FUZZY_FROM, FUZZY_ANY_FIRST, FUZZY_TWO_FROM = 5, 6, 9

_ARABIC = re.compile(r"[\u0621-\u064a]")
# The article and what is written on to a word, longest first, with the fewest letters that must remain.
_ATTACHED = (
    ("وال", 2),
    ("فال", 2),
    ("بال", 2),
    ("كال", 2),
    ("لل", 2),
    ("ال", 2),
    ("و", 2),
    ("ف", 3),
    ("ب", 3),
    ("ل", 3),
    ("ك", 3),
)
_PRONOUNS = ("ها", "هم", "ني", "نا", "ه", "ي", "ك")
# Amharic, taken apart by `scripts`: of, in, for, from, as; the last five where they have swallowed a vowel.
_ETHIOPIC = re.compile("[\u1200-\u137f]")
_BEFORE = (
    ("እንድe", ""),
    ("ስልe", ""),
    ("ይe", ""),
    ("ብe", ""),
    ("ልe", ""),
    ("ክe", ""),
    *((f"{c}a", "እa") for c in "ይብልክ"),
)
# The article, whose, whom, and, also; of Bengali the article, of, to, in, and, only.
_BEHIND = ("ውን", "ቸው", "ውa", "ይy", "ንa", "ው", "ን", "ም", "ስ", "u")
# Amharic writes its "not" around the verb: "አይንቀጠቀጥም", he does not shake.
DENYING, _DENIED_END = ("እaል", "እaይ"), "ም"
_BENGALI = re.compile("[\u0980-\u09ff]")
_BEHIND_BENGALI = ("টার", "টাকে", "গুলা", "গুলি", "গুল", "টা", "টি", "কে", "ের", "তে", "য", "র", "ও", "ই")
# English is tried in every text, and writes one meaning in two ways.
_NOT = re.compile(r"\b(can|could|do|does|did|is|are|was|were|has|have|had|will|would|should)\s+not\b")
_SPELT = {
    "cnt": "cant",
    "kant": "cant",
    "carnt": "cant",
    "dnt": "dont",
    "dosnt": "doesnt",
    "dosent": "doesnt",
    "wnt": "wont",
}
_IN_SHORT = re.compile(rf"\b({'|'.join(_SPELT)})\b")
_DOUBLED = re.compile(r"(.)\1+")
_CANNOT = re.compile(r"\bc+a+n+o+t+\b")
_SHORT = {"can": "cant", "will": "wont"}


def plain(text: str) -> str:
    """Normalised and folded by script (`scripts`), with 'cannot' and 'does not' as 'cant' and 'doesnt'."""
    # Most single words of the packs need none of it.
    bare = text.isascii() and text.isalpha() and text.islower()
    said = text if bare else folded(normalise(unelided(text)))
    if "n" in said and "t" in said:
        # Most words of the packs do not hold both: asking first is cheaper than three searches.
        said = _IN_SHORT.sub(lambda m: _SPELT[m[1]], said)
        said = said if bare else _NOT.sub(lambda m: _SHORT.get(m[1], f"{m[1]}nt"), said)
        said = _CANNOT.sub("cant", said)
    return said


@lru_cache(maxsize=20_000)
def squeezed(word: str) -> str:
    """Without doubled letters: 'swolen' and 'swollen' are one."""
    return _DOUBLED.sub(r"\1", word)


@lru_cache(maxsize=20_000)
def typed_forms(word: str) -> tuple[str, ...]:
    """The forms of a typed word; in some scripts also without the pronoun, article or case that is written on behind."""
    found = list(forms(word))
    if _ARABIC.search(word):
        for form in tuple(found):
            found += _without(form, _PRONOUNS)
    elif _ETHIOPIC.search(word):
        # Two endings at most: "እባቡን" is snake, the, whom.
        for _ in range(2):
            found += [f for form in tuple(found) for f in _without(form, _BEHIND) if f not in found]
    elif _BENGALI.search(word):
        found += _without(found[0], _BEHIND_BENGALI)
    return tuple(dict.fromkeys(found))


def _without(form: str, endings: tuple[str, ...], least: int = 3) -> list[str]:
    return [f for e in endings if (f := form.removesuffix(e)) != form and len(f) >= least]


@lru_cache(maxsize=20_000)
def forms(word: str) -> tuple[str, ...]:
    """The word, and in Arabic and Ethiopic script the word without what is attached before it."""
    found = [squeezed(word)]
    if _ARABIC.search(word):
        for form in found:
            for attached, least in _ATTACHED:
                rest = form.removeprefix(attached)
                if rest != form and len(rest) >= least and rest not in found:
                    found.append(rest)
    elif _ETHIOPIC.search(word):
        for attached, begins in _BEFORE:
            if word.startswith(attached) and len(word) - len(attached) >= 3:
                found.append(squeezed(begins + word.removeprefix(attached)))
    return tuple(found)


def denied_in_itself(word: str) -> bool:
    """True of an Amharic verb with its "not" around it."""
    return word.startswith(DENYING) and word.endswith(_DENIED_END)


def same_word(stem: str, typed: str, mistakes: int = 2) -> bool:
    """True where a typed word is the stem with a small mistake: a letter more, less, other, or two changed about.

    mistakes: at most so many; two only in long words.
    """
    if len(stem) < FUZZY_FROM or abs(len(stem) - len(typed)) > 2:
        return False
    if len(stem) < FUZZY_ANY_FIRST and stem[0] != typed[:1]:
        return False
    most = min(mistakes, 2 if len(stem) >= FUZZY_TWO_FROM and stem[0] == typed[:1] else 1)
    return _distance(stem, typed, most) <= most


def _distance(a: str, b: str, most: int) -> int:
    """Letters added, left out, changed or swapped; more than `most` is not counted on."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
