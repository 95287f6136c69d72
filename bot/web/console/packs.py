"""Language packs: all languages with their health, one language with its versions, one version with its life."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.responses import Response

import locales
from bot import letter_fonts
from bot.database import reading, transaction
from bot.packs import (
    beginning,
    checking,
    counted,
    describing,
    export,
    life,
    shelf,
    stage,
    steps,
    store,
    upload,
    watch,
    whole,
    written,
)
from bot.packs.language_names import known_locales
from bot.packs.store import About, Version
from bot.web.console import numbers
from bot.web.console.frame import Console, Visit
from locales.catalogue import template_hash
from locales.reasons import text_of

__all__ = ["add", "find", "refused", "state_of", "unapproved", "version_path"]

ON_A_PAGE = 50
# A report of so many lines stands open.
OPEN_UP_TO = 12


def add(console: Console) -> None:
    """Registers the pages."""
    console.get("/packs", "see_packs", show, nav="console.nav.packs", about="console.about.packs")
    console.post("/packs/start", "edit_packs", start)
    console.get("/packs/{language}", "see_packs", show_language)
    console.post("/packs/{language}/back", "switch_packs", roll_back)
    console.get("/packs/{language}/{number:number}", "see_packs", show_version)
    console.get("/packs/{language}/{number:number}/ngozi.po", "see_packs", download)
    console.post(
        "/packs/{language}/{number:number}/file",
        "edit_packs",
        take_file,
        most_bytes=upload.MOST_BYTES + 65_536,
        most_told=upload.MOST_BYTES,
    )
    console.post("/packs/{language}/{number:number}/about", "edit_packs", describe)
    console.post("/packs/{language}/{number:number}/copy", "edit_packs", copy)
    console.post("/packs/{language}/{number:number}/check", "edit_packs", check)
    console.post("/packs/{language}/{number:number}/approve", "review_packs", approve)
    console.post("/packs/{language}/{number:number}/withdraw", "review_packs", withdraw)
    console.post("/packs/{language}/{number:number}/review", "review_packs", review)
    console.post("/packs/{language}/{number:number}/activate", "switch_packs", activate)
    console.post("/packs/{language}/{number:number}/retire", "switch_packs", retire)


def find(visit: Visit, connection: Connection) -> Version | None:
    """The version that the address names."""
    language, number = visit.path("language"), int(visit.path("number"))
    return next((v for v in store.versions(connection, language) if v.number == number), None)


def version_path(version: Version) -> str:
    """The version's own page."""
    return f"/packs/{version.language}/{version.number}"


def state_of(visit: Visit, version: Version) -> str:
    """The name of the version's state in the language of the page."""
    return locales.render(life.state_text(version.state), visit.language)


def refused(visit: Visit, error: life.Refused) -> list[str]:
    """Why not, in the language of the page."""
    return [locales.render(reason, visit.language) for reason in error.reasons]


def show(visit: Visit) -> Response:
    """Every language: what is live, how whole it is, what is being written."""
    return _list(visit)


def _list(visit: Visit, problem: str = "", status: int = 200) -> Response:
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
        return _list(visit, locales.render(error.reason, visit.language), 400)
    return visit.go(version_path(made), said="pack_started")


def show_language(visit: Visit) -> Response:
    """Versions of a language, and what it lacks by use."""
    return _language(visit)


def _language(visit: Visit, problems: list[str] | None = None) -> Response:
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
        versions=[(v, state_of(visit, v), visit.t(f"console.packs.origin.{v.origin}")) for v in versions],
        spoken=spoken,
        offered=offered,
        before=before,
        lacks=_lacks(spoken, before, versions),
        untranslated=[(c, library.template[c.what].source[-1]) for c in untranslated],
        words=words,
        shown_from=counted.SHOWN_FROM,
        problems=problems or [],
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
        return _language(visit, refused(visit, error))
    except LookupError:
        return visit.problem(404)
    watch.look(visit.engine, at_once=True)
    return visit.go(f"/packs/{language}", said="pack_back")


def show_version(visit: Visit) -> Response:
    """One version: its life, its file, its sentences."""
    return _version(visit)


def _version(
    visit: Visit,
    problems: list[str] | None = None,
    read: upload.Upload | None = None,
    status: int | None = None,
    typed: About | None = None,
    mark: str = "",
) -> Response:
    """typed: of a description that was refused. mark: of what it was written on, '' for what stands now."""
    library = locales.library()
    show_, words = visit.query("show", "all"), visit.query("words")[:80]
    page = visit.count("page", 1)
    if page is None:
        return visit.problem(404)
    with reading(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        said = written.of_version(connection, version.id)
    shown: whole.Show = next((one for one in whole.SHOWN if one == show_), "all")
    names = whole.chosen(said, library.template, shown, words)
    pages = (len(names) + ON_A_PAGE - 1) // ON_A_PAGE
    # Behind the last page there is nothing: sentences were approved meanwhile, or words are searched for on a late page.
    page = max(1, min(page, pages))
    listed = [
        (library.template[name], said.get(name)) for name in names[(page - 1) * ON_A_PAGE :][:ON_A_PAGE]
    ]
    editable = not life.refusals("edit", life.Facts(version.state, version.edited_by))
    return visit.page(
        "pack_version.html",
        status or (400 if problems else 200),
        version=version,
        path=version_path(version),
        state=state_of(visit, version),
        shares=whole.shares(said, library.template),
        editable=editable,
        show=shown,
        shows=[(one, visit.t(f"console.packs.show.{one}")) for one in whole.SHOWN],
        words=words,
        count=len(names),
        listed=listed,
        page=page,
        pages=pages,
        problems=problems or [],
        read=read,
        report=checking.report(version, visit.language),
        report_open=OPEN_UP_TO,
        why=lambda reason: checking.told(reason, visit.language),
        english=lambda reason: text_of(reason) is None,
        known=library.template,
        parents=[code for code in library.codes if code not in ("en", version.language)],
        mine=visit.me.person_id,
        approved=editable
        and (
            any(one.reviewed_by == visit.me.person_id for one in said.values())
            or (version.state == "reviewed" and version.reviewed_by == visit.me.person_id)
        ),
        about=typed or version.about,
        typed=typed is not None,
        mark=mark or store.mark_of(version.about),
        no_letter=letter_fonts.missing_in(
            version.language,
            (form for name, one in said.items() if name.startswith("letter.") for form in one.forms),
        ),
    )


def download(visit: Visit) -> Response:
    """The version's .po."""
    with reading(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        said = written.of_version(connection, version.id)
    name = f"ngozi-{version.language}-{version.number}.po"
    return Response(
        export.po_of(version, said, locales.library().template).encode(),
        media_type="text/x-gettext-translation; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def take_file(visit: Visit) -> Response:
    """A filled-in .po: all of it, or nothing with line and reason."""
    file = visit.form.file("file")
    if file is None:
        return _version(visit, [visit.t("console.packs.no_file")])
    library = locales.library()
    with reading(visit.engine) as connection:
        version = find(visit, connection)
    if version is None:
        return visit.problem(404)
    inherited = shelf.inherited(version.language, library)
    read = upload.read(file.data, shelf.pack_of(version), library.template, inherited)
    if read.faults:
        return _version(visit, read=read, status=400)
    try:
        with transaction(visit.engine) as connection:
            _, left = written.take_in(
                connection,
                version.id,
                library.template,
                read.sentences,
                visit.me.person_id,
                read.as_of,
                over=visit.form.get("over") == "1",
            )
    except life.Refused as error:
        return _version(visit, refused(visit, error))
    if left:
        known = "console.packs.left" if read.as_of is not None else "console.packs.left_unknown"
        problem = visit.t(known, count=len(left))
        return _version(visit, [f"{problem} {', '.join(left)}"], read if read.notes else None, 409)
    if read.notes:
        return _version(visit, read=read)
    return visit.go(version_path(version), said="pack_imported")


def describe(visit: Visit) -> Response:
    """What is said of the language."""
    with reading(visit.engine) as connection:
        version = find(visit, connection)
    if version is None:
        return visit.problem(404)
    about, mark = _about_typed(visit, version.about), visit.form.get("mark")
    if wrong := describing.faults(version.language, about, locales.library().codes):
        told = [checking.told(reason, visit.language) for reason in wrong]
        return _version(visit, told, typed=about, mark=mark)
    try:
        with transaction(visit.engine) as connection:
            store.describe(connection, version.id, about, visit.me.person_id, mark or None)
    except life.Refused as error:
        return _version(visit, refused(visit, error), typed=about)
    except store.Described as error:
        conflict = visit.t("console.packs.about_conflict", person=error.version.edited_by or "–")
        return _version(visit, [conflict], status=409, typed=about)
    return visit.go(version_path(version), said="saved")


def _about_typed(visit: Visit, old: About) -> About:
    form = visit.form

    def names(field: str) -> tuple[str, ...]:
        return tuple(filter(None, (line.strip()[:80] for line in form.get(field).splitlines())))[:20]

    return About(
        name=form.get("name").strip()[:60] or old.name,
        direction="rtl" if form.get("direction") == "rtl" else "ltr",
        plural=form.get("plural").strip()[:300] or old.plural,
        translators=names("translators"),
        reviewers=names("reviewers"),
        voice=form.get("voice").strip()[:40],
        parent=form.get("parent").strip()[:16],
        negation=old.negation,
    )


def copy(visit: Visit) -> Response:
    """A draft made of this version."""
    with transaction(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        template = template_hash(locales.library().template)
        made = store.get(connection, store.copy(connection, version.id, template, visit.me.person_id))
    assert made is not None
    return visit.go(version_path(made), said="pack_started")


def check(visit: Visit) -> Response:
    """Runs the gate; its report stands on the version's page."""
    with transaction(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        reasons, _ = steps.check(connection, version.id, visit.me.person_id)
    if reasons:
        return _version(visit, [locales.render(reason, visit.language) for reason in reasons])
    return visit.go(version_path(version), said="pack_checked")


def approve(visit: Visit) -> Response:
    """The sentences that were shown, read and found right."""
    names: dict[str, int] = {}
    for posted in visit.form.all("name")[:ON_A_PAGE]:
        name, _, shown = posted.rpartition(":")
        revision = numbers.bounded(shown)
        if revision is None:
            return visit.problem(400)
        names[name] = revision
    query = _asked_for(visit)
    if asks := _unsure(visit, visit.t("console.packs.approve_ask", number=visit.number(len(names))), query):
        return asks
    problems: list[str] = []

    def approved(connection: Connection, version: Version) -> None:
        template = locales.library().template
        left = written.approve(connection, version.id, template, names, visit.me.person_id)
        problems.extend(unapproved(visit, left))

    done = _step(visit, approved, "pack_read", keep_query=True)
    return _version(visit, problems) if problems else done


def unapproved(visit: Visit, left: written.Unapproved) -> list[str]:
    """Why sentences were not approved, in the language of the page."""
    problems = []
    if left.own:
        problems.append(visit.t("console.packs.own", count=len(left.own)))
    if left.moved:
        problems.append(visit.t("console.packs.left", count=len(left.moved)))
    return problems


def withdraw(visit: Visit) -> Response:
    """Takes back all that this person approved in the version, and their signature."""
    if asks := _unsure(visit, visit.t("console.packs.withdraw_ask")):
        return asks
    problems: list[str] = []

    def withdrawn(connection: Connection, version: Version) -> None:
        if not written.withdraw(connection, version.id, visit.me.person_id):
            problems.append(visit.t("console.packs.none_yours"))

    done = _step(visit, withdrawn, "pack_unread")
    return _version(visit, problems) if problems else done


def review(visit: Visit) -> Response:
    """Signs the version."""
    return _step(visit, lambda c, v: steps.review(c, v.id, visit.me.person_id), "pack_reviewed")


def activate(visit: Visit) -> Response:
    """Makes it speak."""
    with reading(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        # What would be refused anyway is not asked about.
        sure = visit.form.get("yes") == "1"
        known = None if sure else steps.facts(connection, version)[0]
    if known is not None and not life.refusals("activate", known, visit.me.person_id):
        values = {"number": version.number, "name": version.about.name}
        if asks := visit.unsure(version_path(version), "activate", **values):
            return asks
    done = _step(visit, lambda c, v: steps.activate(c, v.id, visit.me.person_id), "pack_live")
    watch.look(visit.engine, at_once=True)
    return done


def retire(visit: Visit) -> Response:
    """Gives it up."""
    with reading(visit.engine) as connection:
        version = find(visit, connection)
    if version is None:
        return visit.problem(404)
    if asks := visit.unsure(version_path(version), "retire", number=version.number, name=version.about.name):
        return asks
    done = _step(visit, lambda c, v: steps.retire(c, v.id, visit.me.person_id), "pack_retired")
    watch.look(visit.engine, at_once=True)
    return done


def _unsure(visit: Visit, ask: str, query: str = "") -> Response | None:
    """Asks back where there is such a version and the form does not say that one is sure. query: of where the form stands."""
    if visit.form.get("yes") == "1":
        return None
    with reading(visit.engine) as connection:
        version = find(visit, connection)
    return None if version is None else visit.question(version_path(version) + query, ask)


def _asked_for(visit: Visit) -> str:
    """The query of the address, for the one of the page that the form stands on."""
    return f"?{visit.request.url.query}" if visit.request.url.query else ""


def _step(
    visit: Visit, work: Callable[[Connection, Version], None], said: str, *, keep_query: bool = False
) -> Response:
    """Work on the version in one transaction, then its page; where it is refused, the page with the reasons."""
    try:
        with transaction(visit.engine) as connection:
            version = find(visit, connection)
            if version is None:
                return visit.problem(404)
            work(connection, version)
    except life.Refused as error:
        return _version(visit, refused(visit, error))
    return visit.go(version_path(version) + (_asked_for(visit) if keep_query else ""), said=said)
