"""The live versions as a library of `locales`, and single versions beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

import locales
from bot.packs import store, written
from bot.packs.rows import PackLive, PackRevision
from bot.packs.store import Version
from bot.packs.written import Sentence
from locales import wordlists
from locales.catalogue import Entry, Translations, plural_of
from locales.gate import read_rule
from locales.packs import Pack

__all__ = ["Shelved", "beside", "handed", "inherited", "pack_of", "read", "revision"]


@dataclass(frozen=True, slots=True)
class Shelved:
    """One live version, as it was read."""

    version_id: int
    handed: locales.Handed


def revision(connection: Connection) -> int | None:
    """How often what speaks has changed; None where the shipped packs speak."""
    return connection.execute(select(PackRevision.revision).where(PackRevision.id == 1)).scalar_one_or_none()


def read(
    connection: Connection, template: Mapping[str, Entry], before: Mapping[str, Shelved]
) -> dict[str, Shelved]:
    """The live versions by language. What is the same version as `before` is taken from there: live ones never change."""
    found: dict[str, Shelved] = {}
    for row in connection.execute(select(PackLive.language, PackLive.version_id, PackLive.offered)).all():
        old = before.get(row.language)
        if old is not None and old.version_id == row.version_id and old.handed.offered == row.offered:
            found[row.language] = old
            continue
        version = store.get(connection, row.version_id)
        assert version is not None, "pack_live names versions that are there"
        said = written.of_version(connection, version.id)
        heard = _heard(row.language, said, template)
        found[row.language] = Shelved(version.id, handed(version, said, template, heard, offered=row.offered))
    return found


def _heard(
    language: str, said: Mapping[str, Sentence], template: Mapping[str, Entry]
) -> dict[str, tuple[str, ...]]:
    """The danger words of a language, also where they were made for another English: they are no translation of it, and a
    language must not fall deaf by an update. Where the version lacks a list, the shipped one hears."""
    shipped = locales.shipped()
    own = shipped.translations(language) if language in shipped.codes else Translations()
    found: dict[str, tuple[str, ...]] = {}
    for entry in template.values():
        if not wordlists.is_heard(entry.id):
            continue
        one = said.get(entry.id)
        forms = one.forms if one is not None and any(form.strip() for form in one.forms) else own.of(entry)
        if forms:
            found[entry.id] = forms
    return found


def handed(
    version: Version,
    said: Mapping[str, Sentence],
    template: Mapping[str, Entry],
    heard: Mapping[str, tuple[str, ...]] | None = None,
    *,
    offered: bool = True,
) -> locales.Handed:
    """A version as a library takes it. Sentences that were made for another English are left out, but for what is `heard`."""
    plural = version.about.plural
    count = read_rule(plural)[0]
    forms = {
        (entry.id, entry.source[0]): found
        for entry in template.values()
        if (one := said.get(entry.id)) is not None
        and (found := one.of(entry))
        # Made for another plural rule: which form is which, nobody knows.
        and (not entry.plural or len(found) == count)
    }
    forms |= {(name, template[name].source[0]): words for name, words in (heard or {}).items()}
    return locales.Handed(pack_of(version), Translations(forms, plural, plural_of(plural)), offered)


def pack_of(version: Version) -> Pack:
    """What a library knows of a version's language. Reviewed: signed in the console, or in the shipped pack.toml."""
    about = version.about
    reviewed = version.reviewed_at is not None
    return Pack(
        code=version.language,
        name=about.name,
        direction=about.direction,
        version=version.tag,
        status="reviewed" if reviewed else "draft",
        translators=about.translators,
        reviewers=about.reviewers,
        plural=about.plural,
        parent=about.parent,
        voice=about.voice,
        claims_review=reviewed,
        negation=about.negation,
    )


def beside(library: locales.Library, language: str, one: locales.Handed) -> locales.Library:
    """The library with one language's pack exchanged, for looking at it; who else speaks is not touched."""
    others = {
        code: locales.Handed(library.pack(code), library.translations(code))
        for code in library.codes
        if code not in ("en", language)
    }
    return library.with_packs({**others, language: one})


def inherited(language: str, library: locales.Library) -> Translations:
    """What a regional pack ('sw-CD') takes from its language ('sw') where that speaks; nothing for a language itself."""
    base = language.rpartition("-")[0]
    return library.translations(base) if base in library.codes and base != "en" else Translations()
