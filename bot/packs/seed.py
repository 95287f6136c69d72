"""The shipped packs become versions: at first use, and again where a newer installation ships other files.

A version of shipped files speaks at once where nobody has touched the pack by hand; where the live version was made here, what
is shipped becomes a draft to take sentences from.
"""

from __future__ import annotations

import hashlib
import logging

from sqlalchemy import Connection, select

import locales
from bot.clock import now
from bot.packs import stage, store
from bot.packs.rows import PackVersion
from bot.packs.store import About
from locales.catalogue import BadCatalogue, hash_of, template_hash
from locales.packs import BadPack

__all__ = ["plant", "seed_of"]

log = logging.getLogger(__name__)


def seed_of(library: locales.Library, code: str) -> str:
    """16 hex digits that stand for the shipped files of a pack."""
    whole = hashlib.sha256()
    for name in ("pack.toml", "LC_MESSAGES/ngozi.po"):
        path = library.root / code / name
        whole.update(path.read_bytes() if path.is_file() else b"")
        whole.update(b"\0")
    return whole.hexdigest()[:16]


def plant(connection: Connection, library: locales.Library | None = None) -> list[str]:
    """Makes versions of shipped packs that were never taken in; the languages whose speaking version changed.

    library: the shipped packs of this installation. Called in one transaction; a second process waits, and finds nothing to do.
    """
    shipped = library or locales.shipped()
    known = _known(connection)
    codes = [code for code in shipped.codes if code != "en"]
    if not [code for code in codes if (code, seed_of(shipped, code)) not in known]:
        return []
    stage.begin(connection)
    # Somebody may have done it while we waited.
    known = _known(connection)
    spoken: list[str] = []
    for code in codes:
        seed = seed_of(shipped, code)
        if (code, seed) in known:
            continue
        try:
            version_id = _taken_in(connection, shipped, code, seed)
        except (BadPack, BadCatalogue) as error:
            log.error("pack_unreadable", extra={"language": code, "reason": str(error)})
            continue
        live = stage.live_version(connection, code)
        untouched = live is None or (live.state == "live" and live.origin == "shipped" and not live.edits)
        if untouched:
            version = store.locked(connection, version_id)
            stage.put_live(connection, version, None)
            spoken.append(code)
    return spoken


def _known(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(select(PackVersion.language, PackVersion.seed))
    return {(row.language, row.seed) for row in rows}


def _taken_in(connection: Connection, shipped: locales.Library, code: str, seed: str) -> int:
    pack, translations = shipped.pack(code), shipped.translations(code)
    about = About(
        name=pack.name,
        direction=pack.direction,
        plural=pack.plural,
        translators=pack.translators,
        reviewers=pack.reviewers,
        voice=pack.voice,
        parent=pack.parent,
        negation=pack.negation,
    )
    said = [
        (entry.id, forms, hash_of(entry.source))
        for entry in shipped.template.values()
        if (forms := translations.of(entry))
    ]
    version_id = store.create(
        connection, code, about, "shipped", template_hash(shipped.template), said=said, seed=seed
    )
    if pack.reviewed:
        store.signed(connection, version_id, now())
    return version_id
