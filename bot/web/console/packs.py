"""Language packs: all languages with their health, and one language with its versions."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

import locales
from bot.database import reading, transaction
from bot.packs import beginning, counted, life, stage, steps, store, watch
from bot.packs.language_names import known_locales
from bot.packs.store import Version
from bot.web.console.frame import Console
from bot.web.console.pack_visit import refused, state_of, version_path
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/packs", "see_packs", show, nav="console.nav.packs", about="console.about.packs")
    console.post("/packs/start", "edit_packs", start)
    console.get("/packs/{language}", "see_packs", show_language)
    console.post("/packs/{language}/back", "switch_packs", roll_back)


def show(visit: Visit, problem: str = "", status: int = 200) -> Response:
    """Every language: what is live, how whole it is, what is being written."""
    library = locales.library()
    with reading(visit.engine) as connection:
        versions = store.versions(connection)
        live = stage.live(connection)
    by_language: dict[str, list[Version]] = {}
    for version in versions:
        by_language.setdefault(version.language, []).append(version)
    rows = []
    for code, several in by_language.items():
        spoken = next((v for v in several if code in live and v.id == live[code][0]), None)
        open_ = [
            (v.number, state_of(visit, v)) for v in several if v.state in ("draft", "checked", "reviewed")
        ]
        tiers = library.completeness_of(code) if spoken is not None and code in library.codes else {}
        offered = code in live and live[code][1]
        rows.append((code, several[0].about, spoken, offered, open_, tiers))
    return visit.page(
        "packs.html",
        status,
        rows=rows,
        # The names of all languages, for who may begin one.
        known=[one for one in known_locales() if one[0] not in by_language]
        if visit.may("edit_packs")
        else [],
        problem=problem,
    )


def start(visit: Visit) -> Response:
    """Begins a language from the template."""
    try:
        with transaction(visit.engine) as connection:
            made = beginning.start(connection, visit.form.get("code"), locales.library(), visit.me.person_id)
    except beginning.BadLanguage as error:
        return show(visit, locales.render(error.reason, visit.language), 400)
    return visit.go(version_path(made), said="pack_started")


def show_language(visit: Visit, problems: Sequence[str] = ()) -> Response:
    """Versions of a language, and what it lacks by use."""
    language = visit.path("language")
    library = locales.library()
    with reading(visit.engine) as connection:
        versions = store.versions(connection, language)
        if not versions and language != "en":
            return visit.problem(404)
        spoken = stage.live_version(connection, language)
        offered = stage.live(connection).get(language, (0, False))[1]
        before = stage.previous(connection, spoken) if spoken is not None and spoken.state == "live" else None
        untranslated = counted.most_untranslated(connection, language)
        words = counted.not_understood(connection, language)
    return visit.page(
        "pack_language.html",
        400 if problems else 200,
        code=language,
        about=(spoken or versions[0]).about if versions else library.pack(language),
        versions=[(v, state_of(visit, v), visit.shown(f"console.packs.origin.{v.origin}")) for v in versions],
        spoken=spoken,
        offered=offered,
        before=before,
        lacks=_lacks(spoken, before, versions),
        untranslated=[(c, library.template[c.what].source[-1]) for c in untranslated],
        words=words,
        shown_from=counted.SHOWN_FROM,
        problems=problems,
    )


def _lacks(spoken: Version | None, before: Version | None, versions: list[Version]) -> int | None:
    """The number of the version before the live one, where it cannot speak again for what it lacks by now."""
    if spoken is None or spoken.state != "live" or before is not None:
        return None
    return next((one.number for one in versions if one.id == spoken.replaced), None)


def roll_back(visit: Visit) -> Response:
    """The version before the live one speaks again."""
    language = visit.path("language")
    try:
        with transaction(visit.engine) as connection:
            steps.roll_back(connection, language, visit.me.person_id)
    except life.Refused as error:
        return show_language(visit, refused(visit, error))
    except LookupError:
        return visit.problem(404)
    watch.look(visit.engine, at_once=True)
    return visit.go(f"/packs/{language}", said="pack_back")
