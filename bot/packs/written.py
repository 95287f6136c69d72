"""The sentences of a version: read, saved on top of what was seen, taken in from a file, approved by a second person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from bot import audit
from bot.clock import db_now
from bot.packs import life, resumed, store
from bot.packs.rows import PackSentence, PackVersion
from locales.catalogue import Entry, hash_of

__all__ = [
    "Conflict",
    "Sentence",
    "Unapproved",
    "approve",
    "of_message",
    "of_version",
    "save",
    "take_in",
    "withdraw",
]

# So many ids stand in one row of the trail; who edited and read each sentence last stands with the sentence.
MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message in a version's language."""

    id: str
    forms: tuple[str, ...]
    source: str
    revision: int
    edited_at: float | None = None
    edited_by: int | None = None
    reviewed_by: int | None = None

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Its forms where they were made for the English of today, () where not."""
        whole = self.forms and all(form.strip() for form in self.forms)
        return self.forms if whole and self.source == hash_of(entry.source) else ()


class Conflict(Exception):
    """Somebody saved the sentence since it was read. theirs: what stands there now; None: it is gone."""

    def __init__(self, theirs: Sentence | None) -> None:
        super().__init__("saved by somebody else meanwhile")
        self.theirs = theirs


class Unapproved(NamedTuple):
    """Ids of sentences that were not approved. own: that person wrote them, or nobody did; moved: saved since they were read."""

    own: list[str]
    moved: list[str]


def of_version(connection: Connection, version_id: int) -> dict[str, Sentence]:
    """All sentences of a version by message id."""
    rows = connection.execute(
        select(
            PackSentence.message_id,
            PackSentence.forms,
            PackSentence.source,
            PackSentence.revision,
            PackSentence.edited_at,
            PackSentence.edited_by,
            PackSentence.reviewed_by,
        ).where(PackSentence.version_id == version_id)
    )
    return {row[0]: Sentence(row[0], tuple(row[1]), *row[2:]) for row in rows}


def of_message(connection: Connection, language: str, name: str) -> list[tuple[int, tuple[str, ...]]]:
    """What every version of a language says for a message: (number, forms), the newest first."""
    rows = connection.execute(
        select(PackVersion.number, PackSentence.forms)
        .join(PackSentence, PackSentence.version_id == PackVersion.id)
        .where(PackVersion.language == language, PackSentence.message_id == name)
        .order_by(PackVersion.number.desc())
    ).all()
    return [(row.number, tuple(row.forms)) for row in rows]


def save(
    connection: Connection,
    version_id: int,
    entry: Entry,
    forms: tuple[str, ...],
    revision: int,
    by: int | None,
    *,
    own: bool = False,
) -> Sentence:
    """Saves one sentence on top of the revision that was read (0: there was none), and makes the version a draft.

    own: or on top of one save of their own after it, whose answer had not come when they left the page.
    forms: () takes the sentence out. Raises Conflict where somebody saved meanwhile, Refused, LookupError.
    """
    old = store.editable(connection, version_id, by)
    held = _one(connection, version_id, entry.id)
    if held is not None and held.forms == forms and held.source == hash_of(entry.source):
        return held
    stands = held.revision if held is not None else 0
    theirs = own and held is not None and by is not None and (held.edited_by, stands) == (by, revision + 1)
    if stands != revision and not theirs:
        raise Conflict(held)
    _put(connection, version_id, entry, forms, held, by)
    store.edited(connection, old, by)
    before = {"hash": hash_of(held.forms)} if held is not None else None
    after = {"hash": hash_of(forms), "message": entry.id}
    audit.record(connection, "pack_sentence", str(version_id), by, before, after)
    saved = _one(connection, version_id, entry.id)
    assert saved is not None
    return saved


def take_in(
    connection: Connection,
    version_id: int,
    template: Mapping[str, Entry],
    said: Mapping[str, tuple[str, ...]],
    by: int | None,
    as_of: float | None = None,
    over: bool = False,
) -> tuple[int, list[str]]:
    """Saves the sentences of an upload that differ from what is there: (how many, ids of those that were left as they are).

    as_of: when the version was edited last as the file was downloaded. What was saved since is not overwritten, whoever saved it:
    one administrator brings the files of several translators. None: the file does not say; then nothing is overwritten that was
    ever edited here. over: it is all the same. What the same file brought before it was mended is in nobody's way.

    Raises Refused, LookupError.
    """
    old = store.editable(connection, version_id, by)
    held = of_version(connection, version_id)
    edited = {one.id: (one.edited_by, one.edited_at) for one in held.values()}
    own = resumed.own(connection, version_id, edited, said, by, as_of)
    changed = [
        name for name, forms in said.items() if name not in held or held[name].of(template[name]) != forms
    ]
    later = {
        name
        for name in changed
        if not over
        and name not in own
        and (one := held.get(name)) is not None
        and (one.edited_at or 0.0) > (as_of or 0.0)
    }
    changed = [name for name in changed if name not in later]
    at = connection.execute(select(db_now())).scalar_one()
    for name in changed:
        _put(connection, version_id, template[name], said[name], held.get(name), by, at)
    if changed:
        store.edited(connection, old, by)
    before = {name: held[name].forms if name in held else () for name in changed if name not in own}
    audit.record(
        connection,
        "pack_imported",
        str(version_id),
        by,
        {"state": old.state, "hash": _hash({name: held[name].forms for name in changed if name in held})},
        {"state": "draft" if changed else old.state, "hash": _hash({name: said[name] for name in changed})},
        messages=changed[:MOST_NAMED],
        changed=len(changed),
        read=len(said),
        left=len(later),
        **{resumed.DETAIL: resumed.noted(as_of, at, before)},
    )
    return len(changed), sorted(later)


def approve(
    connection: Connection, version_id: int, template: Mapping[str, Entry], names: Mapping[str, int], by: int
) -> Unapproved:
    """Notes that a person has read sentences and found them right, and says which of them were left.

    names: by message id the revision that was read; nobody approves what they did not see, nor what they wrote themself.
    Raises Refused, LookupError.
    """
    version = store.locked(connection, version_id)
    reasons = life.refusals("edit", life.Facts(version.state, version.edited_by), by)
    if reasons:
        raise life.Refused(*reasons)
    held = of_version(connection, version_id)
    left = Unapproved([], [])
    done: list[str] = []
    for name, revision in names.items():
        one = held.get(name)
        if one is None or name not in template or not one.of(template[name]) or one.edited_by == by:
            left.own.append(name)
        elif one.revision != revision:
            left.moved.append(name)
        elif one.reviewed_by is None:
            done.append(name)
    if done:
        connection.execute(
            update(PackSentence)
            .where(PackSentence.version_id == version_id, PackSentence.message_id.in_(done))
            .values(reviewed_by=by, reviewed_at=db_now())
        )
        audit.record(
            connection,
            "pack_read",
            str(version_id),
            by,
            {"read_by": None},
            {"read_by": by, "hash": _hash({name: held[name].forms for name in done})},
            messages=done[:MOST_NAMED],
            count=len(done),
        )
    return left


def withdraw(connection: Connection, version_id: int, by: int, name: str | None = None) -> int:
    """Takes back what a person approved in a version that did not speak yet, or of one sentence: how many approvals.

    name: a message id, None for all, and for their signature. A signed version must be signed anew. Raises Refused, LookupError.
    """
    version = store.locked(connection, version_id)
    reasons = life.refusals("edit", life.Facts(version.state, version.edited_by), by)
    if reasons:
        raise life.Refused(*reasons)
    held = of_version(connection, version_id)
    theirs = sorted(one.id for one in held.values() if one.reviewed_by == by and name in (None, one.id))
    signed = version.state == "reviewed"
    own_mark = signed and name is None and version.reviewed_by == by
    if not theirs and not own_mark:
        return 0
    connection.execute(
        update(PackSentence)
        .where(PackSentence.version_id == version_id, PackSentence.message_id.in_(theirs))
        .values(reviewed_by=None, reviewed_at=None)
    )
    before: dict[str, Any] = {
        "read_by": by,
        "hash": _hash({one: held[one].forms for one in theirs}),
        "state": version.state,
    }
    after = {"read_by": None, "state": "checked" if signed else version.state}
    if signed:
        store.unsigned(connection, version_id)
    audit.record(
        connection,
        "pack_unread",
        str(version_id),
        by,
        before,
        after,
        messages=theirs[:MOST_NAMED],
        count=len(theirs),
    )
    return len(theirs) + own_mark


def _hash(said: Mapping[str, tuple[str, ...]]) -> str:
    """A hash of sentences with their ids: what was there, and what is, is the same or not."""
    kept = {name: list(forms) for name, forms in said.items()}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def _put(
    connection: Connection,
    version_id: int,
    entry: Entry,
    forms: tuple[str, ...],
    held: Sentence | None,
    by: int | None,
    at: float | None = None,
) -> None:
    values: dict[str, Any] = {
        "forms": list(forms),
        "source": hash_of(entry.source),
        "edited_at": db_now() if at is None else at,
        "edited_by": by,
        "reviewed_at": None,
        "reviewed_by": None,
    }
    key = (PackSentence.version_id == version_id, PackSentence.message_id == entry.id)
    if held is None:
        connection.execute(
            insert(PackSentence).values(version_id=version_id, message_id=entry.id, revision=1, **values)
        )
    else:
        connection.execute(update(PackSentence).where(*key).values(revision=held.revision + 1, **values))


def _one(connection: Connection, version_id: int, name: str) -> Sentence | None:
    row = connection.execute(
        select(PackSentence).where(PackSentence.version_id == version_id, PackSentence.message_id == name)
    ).first()
    if row is None:
        return None
    return Sentence(
        name, tuple(row.forms), row.source, row.revision, row.edited_at, row.edited_by, row.reviewed_by
    )
