"""The gate for danger words: every phrase of every list must be in the small language of `phrases`."""

from __future__ import annotations

from collections.abc import Iterable

import locales
from bot.clinical.listed import no_part, read
from bot.clinical.phrases import BadPhrase, parse

__all__ = ["problems"]


def problems(codes: Iterable[str]) -> list[str]:
    """One line for each phrase of these packs that cannot be read: pack, list, phrase, why."""
    names = [
        n for n in locales.library().template if n.startswith(("words.sign_", "words.hint_", "words.part_"))
    ]
    found = []
    for code in codes:
        for name in names:
            for phrase in locales.phrases(name, code):
                try:
                    read(name, phrase)
                    if name.startswith("words.part_"):
                        if "-" not in phrase:
                            parse(phrase, no_part, code)
                    else:
                        parse(phrase, lambda part, code=code: _part(part, code), code)  # type: ignore[misc]
                except BadPhrase as error:
                    found.append(f"{code}: [phrase] {name}: {phrase!r}: {error}")
    return found


def _part(name: str, code: str) -> tuple[tuple[str, str], ...]:
    if f"words.part_{name}" not in locales.library().template:
        raise BadPhrase(f"there is no list words.part_{name}")
    packs = dict.fromkeys((code, "en"))
    listed = [(one, p) for one in packs for p in locales.phrases(f"words.part_{name}", one)]
    return tuple((one, p) for one, p in listed if not p.endswith("-"))
