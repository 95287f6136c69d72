"""How a draft begins: a new language from the template, or the next version of one that is there."""

from __future__ import annotations

import re

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import Connection

import locales
from bot.clock import now
from bot.packs import life, store
from bot.packs.store import About, Version
from locales import Text
from locales.catalogue import template_hash
from locales.writing import first_plural

__all__ = ["AGAIN_S", "BadLanguage", "code_of", "copied", "draft", "start"]

# Who asks for the same copy within so many seconds has pressed twice, or loaded the page again.
AGAIN_S = 60.0


class BadLanguage(ValueError):
    """A language that cannot be begun. reason: as a message of the catalogue."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.id)
        self.reason = reason


def code_of(said: str) -> str:
    """The code by which a language is kept: 'pt-BR' for 'pt_br'. Raises BadLanguage for one that Babel does not know."""
    tag = said.strip().replace("_", "-")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", tag):
        raise BadLanguage(Text("console.packs.bad_code", {"code": said[:20]}))
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise BadLanguage(Text("console.packs.bad_code", {"code": said[:20]})) from None
    parts = [
        locale.language,
        locale.script if "-" in tag and locale.script and locale.script in tag.title() else None,
    ]
    parts.append(
        locale.territory if len(tag.split("-")) > 1 and locale.territory in tag.upper().split("-") else None
    )
    return "-".join(part for part in parts if part)


def start(connection: Connection, said: str, library: locales.Library, by: int | None) -> Version:
    """A draft of a new language: every message of the template, none translated. Raises BadLanguage."""
    code = code_of(said)
    if code == "en":
        raise BadLanguage(Text("console.packs.bad_english"))
    if store.newest(connection, code) is not None:
        raise BadLanguage(Text("console.packs.bad_known", {"code": code}))
    locale = Locale.parse(code, sep="-")
    name = str(locale.display_name or code)
    about = About(
        name=name[:1].upper() + name[1:],
        direction="rtl" if locale.text_direction == "rtl" else "ltr",
        plural=first_plural(code),
        translators=(f"person {by}",) if by is not None else (),
    )
    version_id = store.create(connection, code, about, "template", template_hash(library.template), by=by)
    made = store.get(connection, version_id)
    assert made is not None
    return made


def draft(connection: Connection, version: Version, library: locales.Library, by: int | None) -> Version:
    """The version itself where it can be edited, else a draft made of it."""
    if not life.refusals("edit", life.Facts(version.state, version.edited_by), by):
        return version
    made = store.get(connection, store.copy(connection, version.id, template_hash(library.template), by))
    assert made is not None
    return made


def copied(connection: Connection, version_id: int, library: locales.Library, by: int | None) -> Version:
    """A draft made of a version; the one that the same person made of it a moment ago, where nothing has changed since.

    Raises LookupError.
    """
    old = store.locked(connection, version_id)
    template = template_hash(library.template)
    for one in store.versions(connection, old.language):
        fresh = one.state == "draft" and not one.edits and one.created_at > now() - AGAIN_S
        same = one.based_on == old.id and one.created_by == by and one.template == template
        if fresh and same and one.created_at >= (old.edited_at or 0.0):
            return one
    made = store.get(connection, store.copy(connection, version_id, template, by))
    assert made is not None
    return made
