"""Versions of packs: made, copied, described, moved through their life. Whoever changes one locks its row first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from bot import audit
from bot.clock import db_now
from bot.packs import life
from bot.packs.rows import PackSentence, PackVersion

__all__ = [
    "About",
    "Described",
    "Version",
    "copy",
    "create",
    "describe",
    "editable",
    "edited",
    "examined",
    "get",
    "keep_report",
    "locked",
    "mark_of",
    "newest",
    "revive",
    "set_state",
    "signed",
    "versions",
]

Origin = Literal["shipped", "template", "copy"]


@dataclass(frozen=True, slots=True)
class About:
    """What pack.toml says of a language. plural: a Plural-Forms header. negation: finds its words for 'not'."""

    name: str
    direction: Literal["ltr", "rtl"]
    plural: str
    translators: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    voice: str = ""
    parent: str = ""
    negation: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a pack; see bot.packs.rows."""

    id: int
    language: str
    number: int
    state: life.State
    about: About
    origin: Origin
    seed: str
    template: str
    based_on: int | None
    replaced: int | None
    edits: int
    created_at: float
    created_by: int | None
    edited_at: float | None
    edited_by: int | None
    checked_at: float | None
    reviewed_at: float | None
    reviewed_by: int | None
    live_at: float | None
    live_by: int | None
    report: tuple[Any, ...]

    @property
    def tag(self) -> str:
        """What replies and chats note of it."""
        return f"{self.number}-{self.template}"


_ABOUT = tuple(f.name for f in fields(About))
_LISTS = ("translators", "reviewers")


def versions(connection: Connection, language: str | None = None) -> list[Version]:
    """Versions of a language, or of all, by language and the newest first."""
    query = select(PackVersion).order_by(PackVersion.language, PackVersion.number.desc())
    if language is not None:
        query = query.where(PackVersion.language == language)
    return [_version(row) for row in connection.execute(query)]


def newest(connection: Connection, language: str) -> Version | None:
    """The newest version of a language."""
    return next(iter(versions(connection, language)), None)


def get(connection: Connection, version_id: int) -> Version | None:
    """A version by its id."""
    row = connection.execute(select(PackVersion).where(PackVersion.id == version_id)).first()
    return None if row is None else _version(row)


def locked(connection: Connection, version_id: int) -> Version:
    """A version, its row locked until the transaction ends. Raises LookupError where there is none."""
    row = connection.execute(
        select(PackVersion).where(PackVersion.id == version_id).with_for_update()
    ).first()
    if row is None:
        raise LookupError(f"no pack version {version_id}")
    return _version(row)


def create(
    connection: Connection,
    language: str,
    about: About,
    origin: Origin,
    template: str,
    *,
    said: Iterable[tuple[str, tuple[str, ...], str]] = (),
    by: int | None = None,
    seed: str = "",
) -> int:
    """A new draft; its id. said: message id, forms, hash of the English they were made for."""
    version_id = _new(connection, language, about, origin, template, by, seed=seed)
    rows = [
        {"version_id": version_id, "message_id": name, "forms": list(forms), "source": source, "revision": 1}
        for name, forms, source in said
    ]
    if rows:
        connection.execute(insert(PackSentence), rows)
    after = {"language": language, "origin": origin}
    audit.record(connection, "pack_created", str(version_id), by, after=after)
    return version_id


def copy(connection: Connection, version_id: int, template: str, by: int | None) -> int:
    """A draft made of a version, with all its sentences and who read them; its id. Raises LookupError.

    The last editor stays the last editor: nobody makes their own words live by way of a copy.
    """
    old = locked(connection, version_id)
    new_id = _new(
        connection,
        old.language,
        old.about,
        "copy",
        template,
        by,
        based_on=old.id,
        edited_at=old.edited_at,
        edited_by=old.edited_by,
    )
    columns = [c for c in PackSentence.__table__.columns if c.name not in ("version_id", "revision")]
    rows = connection.execute(select(*columns).where(PackSentence.version_id == old.id)).all()
    if rows:
        made = [{**row._mapping, "version_id": new_id, "revision": 1} for row in rows]
        connection.execute(insert(PackSentence), made)
    after = {"language": old.language, "origin": "copy", "based_on": old.id}
    audit.record(connection, "pack_created", str(new_id), by, after=after)
    return new_id


class Described(Exception):
    """Somebody changed what is said of the language since it was read. version: as it stands."""

    def __init__(self, version: Version) -> None:
        super().__init__("described by somebody else meanwhile")
        self.version = version


def mark_of(about: About) -> str:
    """What is said of a language, as a short hash: for a form, to know it again."""
    return _hash(_about_values(about))


def describe(
    connection: Connection, version_id: int, about: About, by: int | None, mark: str | None = None
) -> None:
    """Changes what is said of the language; nothing where nothing differs. Raises LookupError, Refused, Described.

    mark: of what was read (`mark_of`), None where nothing was.
    """
    old = editable(connection, version_id, by)
    if about == old.about:
        return
    if mark is not None and mark != mark_of(old.about):
        raise Described(old)
    edited(connection, old, by, **_about_values(about))
    # Translators are people: of what is said only which fields changed, and hashes.
    before, after = _about_values(old.about), _about_values(about)
    changed = [name for name in _ABOUT if before[name] != after[name]]
    audit.record(
        connection,
        "pack_described",
        str(version_id),
        by,
        {"state": old.state, "hash": _hash(before)},
        {"state": "draft", "hash": _hash(after)},
        fields=changed,
    )


def set_state(
    connection: Connection, version: Version, state: life.State, by: int | None, **values: Any
) -> None:
    """Writes a step of a version's life; the step was allowed by whoever calls."""
    when = {"checked": "checked", "reviewed": "reviewed", "live": "live", "retired": "retired"}.get(state)
    marks = {f"{when}_at": db_now(), f"{when}_by": by} if when is not None else {}
    connection.execute(
        update(PackVersion).where(PackVersion.id == version.id).values(state=state, **{**marks, **values})
    )
    audit.record(connection, f"pack_{state}", str(version.id), by, {"state": version.state}, {"state": state})


def unsigned(connection: Connection, version_id: int) -> None:
    """A signed version is a checked one again; whoever calls notes why."""
    connection.execute(
        update(PackVersion)
        .where(PackVersion.id == version_id)
        .values(state="checked", reviewed_at=None, reviewed_by=None)
    )


def keep_report(connection: Connection, version_id: int, report: list[Any]) -> None:
    """Keeps what the gate said; whoever calls notes who asked."""
    connection.execute(update(PackVersion).where(PackVersion.id == version_id).values(report=report))


def examined(connection: Connection, version: Version, problems: int, by: int | None) -> None:
    """Notes that somebody had a version looked at by the gate, where its state stays what it is. version: as it was before."""
    before, after = {"problems": len(version.report)}, {"problems": problems}
    audit.record(connection, "pack_examined", str(version.id), by, before, after)


def revive(connection: Connection, version: Version) -> None:
    """Makes a version that spoke before the live one again."""
    connection.execute(
        update(PackVersion)
        .where(PackVersion.id == version.id)
        .values(state="live", retired_at=None, retired_by=None)
    )


def signed(connection: Connection, version_id: int, at: float) -> None:
    """Notes that a shipped pack came with its reviewers' signature."""
    connection.execute(update(PackVersion).where(PackVersion.id == version_id).values(reviewed_at=at))


def editable(connection: Connection, version_id: int, by: int | None) -> Version:
    """A version, locked, that may be edited. Raises Refused, LookupError."""
    version = locked(connection, version_id)
    reasons = life.refusals("edit", life.Facts(version.state, version.edited_by), by)
    if reasons:
        raise life.Refused(*reasons)
    return version


def edited(connection: Connection, version: Version, by: int | None, **values: Any) -> None:
    """Notes that a version was edited: it is a draft again."""
    connection.execute(
        update(PackVersion)
        .where(PackVersion.id == version.id)
        .values(
            state="draft",
            edits=PackVersion.edits + 1,
            edited_at=db_now(),
            edited_by=by,
            checked_at=None,
            checked_by=None,
            reviewed_at=None,
            reviewed_by=None,
            **values,
        )
    )


def _new(
    connection: Connection,
    language: str,
    about: About,
    origin: Origin,
    template: str,
    by: int | None,
    **values: Any,
) -> int:
    last = connection.execute(
        select(func.max(PackVersion.number)).where(PackVersion.language == language)
    ).scalar_one()
    made = {
        "language": language,
        "number": (last or 0) + 1,
        "state": "draft",
        "origin": origin,
        "template": template,
        "seed": "",
        "edits": 0,
        "created_at": db_now(),
        "created_by": by,
        "report": [],
        **_about_values(about),
        **values,
    }
    statement = insert(PackVersion).values(**made).returning(PackVersion.id)
    return int(connection.execute(statement).scalar_one())


def _about_values(about: About) -> dict[str, Any]:
    return {name: list(getattr(about, name)) if name in _LISTS else getattr(about, name) for name in _ABOUT}


def _hash(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def _version(row: Row[Any]) -> Version:
    said: dict[str, Any] = {name: getattr(row, name) for name in _ABOUT}
    about: dict[str, Any] = {name: tuple(value) if name in _LISTS else value for name, value in said.items()}
    rest = {f.name: getattr(row, f.name) for f in fields(Version) if f.name not in ("about", "report")}
    return Version(about=About(**about), report=tuple(row.report), **rest)
