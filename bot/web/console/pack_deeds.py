"""What is done with a version of a language pack: its file taken in, the language described, the steps of its life."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection
from starlette.responses import Response

import locales
from bot.database import reading, transaction
from bot.packs import beginning, checking, describing, life, shelf, steps, store, upload, watch, written
from bot.packs.store import About, Version
from bot.web.console import numbers
from bot.web.console.frame import Console
from bot.web.console.pack_version import ON_A_PAGE, show
from bot.web.console.pack_visit import of_version, refused, unapproved, version_path
from bot.web.console.visit import Visit

__all__ = ["add"]


def add(console: Console) -> None:
    """Registers the forms."""
    path = "/packs/{language}/{number:number}"
    console.post(
        path + "/file",
        "edit_packs",
        take_file,
        most_bytes=upload.MOST_BYTES + 65_536,
        most_told=upload.MOST_BYTES,
    )
    console.post(path + "/about", "edit_packs", describe)
    console.post(path + "/copy", "edit_packs", copy)
    console.post(path + "/check", "edit_packs", check)
    console.post(path + "/approve", "review_packs", approve)
    console.post(path + "/withdraw", "review_packs", withdraw)
    console.post(path + "/review", "review_packs", review)
    console.post(path + "/activate", "switch_packs", activate)
    console.post(path + "/retire", "switch_packs", retire)


@of_version
def take_file(visit: Visit, version: Version) -> Response:
    """A filled-in .po: all of it, or nothing with line and reason."""
    file = visit.form.file("file")
    if file is None:
        return show(visit, [visit.shown("console.packs.no_file")])
    library = locales.library()
    inherited = shelf.inherited(version.language, library)
    read = upload.read(file.data, shelf.pack_of(version), library.template, inherited)
    if read.faults:
        return show(visit, read=read, status=400)
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
        return show(visit, refused(visit, error))
    if left:
        known = "console.packs.left" if read.as_of is not None else "console.packs.left_unknown"
        problem = visit.shown(known, count=len(left))
        return show(visit, [f"{problem} {', '.join(left)}"], read=read if read.notes else None, status=409)
    if read.notes:
        return show(visit, read=read)
    return visit.go(version_path(version), said="pack_imported")


@of_version
def describe(visit: Visit, version: Version) -> Response:
    """What is said of the language."""
    about, mark = _about_typed(visit, version.about), visit.form.get("mark")
    if wrong := describing.faults(version.language, about, locales.library().codes):
        told = [checking.told(reason, visit.language) for reason in wrong]
        return show(visit, told, typed=about, mark=mark)
    try:
        with transaction(visit.engine) as connection:
            store.describe(connection, version.id, about, visit.me.person_id, mark or None)
    except life.Refused as error:
        return show(visit, refused(visit, error), typed=about)
    except store.Described as error:
        conflict = visit.shown("console.packs.about_conflict", person=error.version.edited_by or "–")
        return show(visit, [conflict], status=409, typed=about)
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


@of_version
def copy(visit: Visit, version: Version) -> Response:
    """A draft made of this version."""
    with transaction(visit.engine) as connection:
        made = beginning.copied(connection, version.id, locales.library(), visit.me.person_id)
    return visit.go(version_path(made), said="pack_started")


@of_version
def check(visit: Visit, version: Version) -> Response:
    """Runs the gate; its report stands on the version's page."""

    def checked(connection: Connection) -> list[str]:
        reasons, _ = steps.check(connection, version.id, visit.me.person_id)
        return [locales.render(reason, visit.language) for reason in reasons]

    return _step(visit, version, checked, "pack_checked")


@of_version
def approve(visit: Visit, version: Version) -> Response:
    """The sentences that were shown, read and found right."""
    names: dict[str, int] = {}
    for posted in visit.form.all("name")[:ON_A_PAGE]:
        name, _, shown = posted.rpartition(":")
        revision = numbers.bounded(shown)
        if revision is None:
            return visit.problem(400)
        names[name] = revision
    # Of the page of sentences that the form stands on: one comes back to it.
    query = f"?{visit.request.url.query}" if visit.request.url.query else ""
    if not visit.sure:
        ask = visit.shown("console.packs.approve_ask", number=visit.number(len(names)))
        return visit.question(version_path(version) + query, ask)

    def approved(connection: Connection) -> list[str]:
        template = locales.library().template
        left = written.approve(connection, version.id, template, names, visit.me.person_id)
        return unapproved(visit, left)

    return _step(visit, version, approved, "pack_read", query)


@of_version
def withdraw(visit: Visit, version: Version) -> Response:
    """Takes back all that this person approved in the version, and their signature."""
    if not visit.sure:
        return visit.question(version_path(version), visit.shown("console.packs.withdraw_ask"))

    def withdrawn(connection: Connection) -> list[str]:
        taken_back = written.withdraw(connection, version.id, visit.me.person_id)
        return [] if taken_back else [visit.shown("console.packs.none_yours")]

    return _step(visit, version, withdrawn, "pack_unread")


@of_version
def review(visit: Visit, version: Version) -> Response:
    """Signs the version."""
    return _step(visit, version, lambda c: steps.review(c, version.id, visit.me.person_id), "pack_reviewed")


@of_version
def activate(visit: Visit, version: Version) -> Response:
    """Makes it speak."""
    if not visit.sure:
        # What would be refused anyway is not asked about.
        with reading(visit.engine) as connection:
            known = steps.facts(connection, version)[0]
        if not life.refusals("activate", known, visit.me.person_id):
            values = {"number": version.number, "name": version.about.name}
            if asks := visit.unsure(version_path(version), "activate", **values):
                return asks
    done = _step(visit, version, lambda c: steps.activate(c, version.id, visit.me.person_id), "pack_live")
    watch.look(visit.engine, at_once=True)
    return done


@of_version
def retire(visit: Visit, version: Version) -> Response:
    """Gives it up."""
    if asks := visit.unsure(version_path(version), "retire", number=version.number, name=version.about.name):
        return asks
    done = _step(visit, version, lambda c: steps.retire(c, version.id, visit.me.person_id), "pack_retired")
    watch.look(visit.engine, at_once=True)
    return done


def _step(
    visit: Visit,
    version: Version,
    work: Callable[[Connection], Sequence[str] | None],
    said: str,
    query: str = "",
) -> Response:
    """Work on the version in one transaction, then its page: with the reasons where it is refused, and with what it left undone.

    work: what it left undone, as sentences. query: of the version's page, '' for its beginning.
    """
    try:
        with transaction(visit.engine) as connection:
            left = work(connection)
    except life.Refused as error:
        return show(visit, refused(visit, error))
    return show(visit, left) if left else visit.go(version_path(version) + query, said=said)
