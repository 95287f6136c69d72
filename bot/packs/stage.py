"""What speaks. The only writer of `pack_live` and of the revision that every process looks at.

Whoever changes what speaks counts the revision first: its row is the lock under which changes take turns.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

import locales
from bot import audit
from bot.clock import db_now
from bot.database import insert_for
from bot.packs import shelf, store, whole, written
from bot.packs.rows import PackLive, PackRevision
from bot.packs.store import Version

__all__ = ["begin", "live", "live_version", "previous", "put_back", "put_live", "take_off"]


def begin(connection: Connection) -> int:
    """Counts a change of what speaks and holds the others back until it is committed; the new revision."""
    statement = insert_for(connection)(PackRevision).values(id=1, revision=0)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))
    connection.execute(
        update(PackRevision).where(PackRevision.id == 1).values(revision=PackRevision.revision + 1)
    )
    return int(connection.execute(select(PackRevision.revision)).scalar_one())


def live(connection: Connection) -> dict[str, tuple[int, bool]]:
    """By language the id of the version that speaks, and whether people may choose it."""
    rows = connection.execute(select(PackLive.language, PackLive.version_id, PackLive.offered)).all()
    return {row.language: (row.version_id, row.offered) for row in rows}


def live_version(connection: Connection, language: str) -> Version | None:
    """The version that speaks for a language, whether it is offered or not."""
    version_id = connection.execute(
        select(PackLive.version_id).where(PackLive.language == language)
    ).scalar_one_or_none()
    return None if version_id is None else store.get(connection, version_id)


def previous(connection: Connection, version: Version) -> Version | None:
    """The version to which a roll back from here goes; None where there is none, or it lacks sentences of tier 1 by now."""
    before = None if version.replaced is None else store.get(connection, version.replaced)
    if before is None:
        return None
    library = locales.library()
    said = written.of_version(connection, before.id)
    missing, _ = whole.tier_one(said, library.template, shelf.inherited(before.language, library))
    # It went live before these were asked for.
    return None if any(not library.template[name].later for name in missing) else before


def put_live(connection: Connection, version: Version, by: int | None) -> None:
    """Lets a version speak, inside a change that was begun. It was allowed by whoever calls."""
    before = live_version(connection, version.language)
    if before is not None and before.state == "live":
        store.set_state(connection, before, "retired", by)
    replaced = before.id if before is not None else None
    store.set_state(connection, version, "live", by, replaced=replaced, retired_at=None, retired_by=None)
    _speaks(connection, version.language, version.id)


def put_back(connection: Connection, version: Version, before: Version, by: int | None) -> None:
    """Lets the version before the live one speak again, inside a change that was begun."""
    store.set_state(connection, version, "retired", by)
    store.revive(connection, before)
    _speaks(connection, before.language, before.id)
    audit.record(
        connection,
        "pack_rolled_back",
        before.language,
        by,
        {"version": version.id},
        {"version": before.id},
    )


def take_off(connection: Connection, version: Version) -> None:
    """Offers a language no more, inside a change that was begun; chats that speak it go on in it."""
    connection.execute(
        update(PackLive).where(PackLive.version_id == version.id).values(offered=False, since=db_now())
    )


def _speaks(connection: Connection, language: str, version_id: int) -> None:
    values = {"version_id": version_id, "offered": True, "since": db_now()}
    done = connection.execute(update(PackLive).where(PackLive.language == language).values(**values))
    if not done.rowcount:
        connection.execute(insert(PackLive).values(language=language, **values))
