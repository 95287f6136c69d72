"""The .po of a version: every message of the template, with the translator's comment and what is translated."""

from __future__ import annotations

from collections.abc import Mapping

from bot.packs.store import Version
from bot.packs.written import Sentence
from locales.catalogue import Entry, Unit, hash_of
from locales.writing import po

__all__ = ["STATE", "po_of"]

# A header: which version it is, and when it was edited last (epoch s), so that later edits are seen when the file comes back.
STATE = "X-Ngozi-Version"


def po_of(version: Version, said: Mapping[str, Sentence], template: Mapping[str, Entry]) -> str:
    """The text of a file that `bot.packs.upload` takes back. Where the English has changed since, the old translation stands as
    a comment and the message is untranslated.
    """
    known = {
        name: Unit(name, _source(one, template[name]), one.forms, (), False, 0)
        for name, one in said.items()
        if name in template and one.forms
    }
    state = {STATE: f"{version.number} {version.edited_at or 0.0!r}"}
    return po(version.language, version.about.plural, template, known, state)


def _source(one: Sentence, entry: Entry) -> tuple[str, ...]:
    # Only whether it is the English of today matters; what it was is not kept.
    return entry.source if one.source == hash_of(entry.source) else ()
