"""The steps of a version's life, taken: each looks at what is there now, refuses with all reasons, or is done whole.

Every function works inside the caller's transaction and raises Refused (bot.packs.life) and LookupError.
"""

from __future__ import annotations

from sqlalchemy import Connection

import locales
from bot.packs import checking, life, shelf, stage, store, whole, written
from bot.packs.store import Version
from locales.gate import Problem

__all__ = ["activate", "check", "facts", "retire", "review", "roll_back"]


def facts(connection: Connection, version: Version) -> tuple[life.Facts, list[Problem]]:
    """What a version's life asks for, seen now, and what the gate finds."""
    library = locales.library()
    said = written.of_version(connection, version.id)
    found = checking.problems(version, said, library)
    missing, unread = whole.tier_one(said, library.template, shelf.inherited(version.language, library))
    before = stage.previous(connection, version)
    known = life.Facts(
        version.state,
        version.edited_by,
        len(found),
        len(missing),
        len(unread),
        previous=before is not None,
        was_live=version.live_at is not None,
    )
    return known, found


def check(
    connection: Connection, version_id: int, by: int | None
) -> tuple[tuple[locales.Text, ...], list[Problem]]:
    """Runs the gate, keeps its report, makes a version without fault `checked`: (what stands against it, what the gate finds)."""
    version = store.locked(connection, version_id)
    known, found = facts(connection, version)
    reasons = life.refusals("check", known, by)
    store.keep_report(connection, version.id, [checking.kept(problem) for problem in found])
    if not reasons and version.state == "draft":
        store.set_state(connection, version, life.state_after("check"), by)
    else:
        store.examined(connection, version, len(found), by)
    return reasons, found


def review(connection: Connection, version_id: int, by: int) -> None:
    """Signs a checked version whose first tier was read sentence by sentence."""
    version = store.locked(connection, version_id)
    _allowed("review", facts(connection, version)[0], by)
    store.set_state(connection, version, life.state_after("review"), by)


def activate(connection: Connection, version_id: int, by: int | None) -> None:
    """Makes a reviewed version, or a retired one that spoke before, speak for its language; in all processes within seconds."""
    stage.begin(connection)
    version = store.locked(connection, version_id)
    _allowed("activate", facts(connection, version)[0], by)
    stage.put_live(connection, version, by)


def roll_back(connection: Connection, language: str, by: int | None) -> Version:
    """Lets the version before the live one speak again; that version."""
    stage.begin(connection)
    version = stage.live_version(connection, language)
    if version is None:
        raise LookupError(f"no live pack for {language!r}")
    before = stage.previous(connection, version)
    known = life.Facts(version.state, version.edited_by, previous=before is not None)
    _allowed("roll_back", known, by)
    assert before is not None
    stage.put_back(connection, version, before, by)
    return before


def retire(connection: Connection, version_id: int, by: int | None) -> None:
    """Gives a version up. A live one is not offered any more; chats that speak it go on in it."""
    stage.begin(connection)
    version = store.locked(connection, version_id)
    _allowed("retire", life.Facts(version.state, version.edited_by), by)
    store.set_state(connection, version, life.state_after("retire"), by)
    stage.take_off(connection, version)


def _allowed(step: life.Step, known: life.Facts, by: int | None) -> None:
    reasons = life.refusals(step, known, by)
    if reasons:
        raise life.Refused(*reasons)
