"""A file that was taken in, mended and sent again with its first header: its translator is not in their own way.

By its header it is as old as the file of another translator who began with the same download, and one person may bring both. What
tells them apart is what they hold: a mended file has all that its first form brought, as it was or mended; the other's has it as
it was before. So each import leaves marks of what stood before it in the trail, of which nothing can be read back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from bot.tables import Audit

__all__ = ["DETAIL", "noted", "own"]

# In the trail's row of an import: for the next import alone, nothing for people.
DETAIL = "file"
_LONG = 8


def noted(as_of: float | None, at: float, before: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """What an import leaves of itself. at: `edited_at` of what it saved. before: what stood there that was not the file's own."""
    return {"as_of": as_of, "at": at, "was": "".join(sorted(_mark(*one) for one in before.items()))}


def own(
    connection: Connection,
    version_id: int,
    edited: Mapping[str, tuple[int | None, float | None]],
    said: Mapping[str, tuple[str, ...]],
    by: int | None,
    as_of: float | None,
) -> set[str]:
    """Ids of the sentences that this person's earlier imports of the same file saved, and which stand unchanged since.

    edited: who saved a sentence last, and when. said: what the file holds now; where one of those is back in it as it was before,
    it is another file, and none is its own.
    """
    rows = connection.execute(
        select(Audit.details).where(
            Audit.what == "pack_imported", Audit.subject == str(version_id), Audit.by_person == by
        )
    ).scalars()
    files = [held for row in rows if (held := (row or {}).get(DETAIL)) and held["as_of"] == as_of]
    times = {file["at"] for file in files}
    found = {name for name, (who, at) in edited.items() if who == by and at in times}
    was = {file["was"][n : n + _LONG] for file in files for n in range(0, len(file["was"]), _LONG)}
    return set() if any(_mark(name, said.get(name, ())) in was for name in found) else found


def _mark(name: str, forms: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([name, list(forms)]).encode()).hexdigest()[:_LONG]
