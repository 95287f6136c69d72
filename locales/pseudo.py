"""Invented languages that show up text which never went through the catalogue.

`qps`: accents, brackets and 40 % more length. `qpr`: the same letters in a right-to-left script. They are
made from the template when asked for, are in no list of languages, and no file holds them. (Codes qaa-qtz
are for private use.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from locales.catalogue import Entry
from locales.packs import Pack
from locales.wordlists import is_list

__all__ = ["PACKS", "translate"]

PACKS: Mapping[str, Pack] = {
    "qps": Pack("qps", "⟦Þšéûðö⟧", "ltr", "pseudo", translators=("generated",)),
    "qpr": Pack("qpr", "⟦فسيودو⟧", "rtl", "pseudo", translators=("generated",)),
}
_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "áƀçðéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ"
_RIGHT_TO_LEFT = "ابتثجحخدذرزسشصضطظعغفقكلمنه" * 2
_LETTERS = {
    "qps": str.maketrans(_LATIN, _ACCENTED),
    "qpr": str.maketrans(_LATIN, _RIGHT_TO_LEFT),
}
_PARTS = re.compile(r"(\{[a-z][a-z0-9_]*\})")


def translate(template: Mapping[str, Entry], language: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Every message of a template in a pseudo-language. Typed words stay: they are input, not text."""
    return {
        (entry.id, entry.source[0]): tuple(
            sentence if is_list(entry.id) else _pseudo(sentence, language) for sentence in entry.source
        )
        for entry in template.values()
    }


def _pseudo(sentence: str, language: str) -> str:
    if not any(c.isalpha() for c in _PARTS.sub("", sentence)):
        return sentence
    letters = _LETTERS[language]
    changed = "".join(
        part if _PARTS.fullmatch(part) else part.translate(letters) for part in _PARTS.split(sentence)
    )
    filler = "~" * (round(len(sentence) * 0.4))
    return f"⟦{changed}{filler}⟧"
