"""The sentence editor: one sentence with its English, saved as it is typed; the second of two people is shown both."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

import locales
from bot.database import reading, transaction
from bot.packs import checking, life, preview, whole, written
from bot.packs.store import Version
from bot.packs.written import Sentence
from bot.web.console import numbers, sample_names
from bot.web.console.frame import Console
from bot.web.console.pack_visit import find, of_version, refused, state_of, unapproved, version_path
from bot.web.console.visit import Visit
from locales import placeholders, wordlists
from locales.catalogue import Entry, plural_of
from locales.sentences import LONGEST

__all__ = ["add"]

MOST_FORMS = 6
MOST_CHARACTERS = 30_000
_EXAMPLES = 5


def add(console: Console) -> None:
    """Registers the pages."""
    path = "/packs/{language}/{number:number}/sentence/{name}"
    console.get(path, "see_packs", show)
    console.post(path, "edit_packs", save)
    console.post(path + "/approve", "review_packs", approve)
    console.post(path + "/withdraw", "review_packs", withdraw)


@dataclass(frozen=True, slots=True)
class Form:
    """One plural form in the editor. examples: numbers that take it."""

    text: str
    theirs: str
    examples: tuple[int, ...]


def show(visit: Visit) -> Response:
    """The editor."""
    with reading(visit.engine) as connection:
        return _editor(visit, connection)


@of_version
def save(visit: Visit, version: Version) -> Response:
    """Saves on top of the revision that was read. For our script: JSON; else the page, or the next sentence."""
    found = _texts(visit)
    entry = locales.library().template.get(visit.path("name"))
    if entry is None or found is None:
        return visit.problem(404 if found is not None else 400)
    texts, revision = found
    forms = texts[: _count(version, entry)] if any(text.strip() for text in texts) else ()
    wants_json = "application/json" in visit.request.headers.get("accept", "")
    with transaction(visit.engine) as connection:
        try:
            saved = written.save(
                connection,
                version.id,
                entry,
                forms,
                revision,
                visit.me.person_id,
                own=visit.form.get("own") == "1",
            )
        except written.Conflict as conflict:
            if wants_json:
                return JSONResponse({"conflict": True}, 409)
            return _editor(visit, connection, mine=texts, theirs=conflict.theirs, conflict=True, status=409)
        except life.Refused as error:
            if wants_json:
                return JSONResponse({"problems": refused(visit, error)}, 400)
            return _editor(visit, connection, mine=texts, problems=refused(visit, error), status=400)
    if wants_json:
        found_wrong = checking.of_sentence(version, entry, forms, locales.library().template)
        problems = [checking.told(reason, visit.language) for reason in found_wrong]
        return JSONResponse({"revision": saved.revision, "problems": problems})
    return visit.go(_address(version, entry.id) + _query(visit), said="saved")


@of_version
def approve(visit: Visit, version: Version) -> Response:
    """Read by a second person and found right, as it was shown."""
    revision = numbers.bounded(visit.form.get("revision"))
    if revision is None:
        return visit.problem(400)
    name, template = visit.path("name"), locales.library().template
    with transaction(visit.engine) as connection:
        try:
            left = written.approve(connection, version.id, template, {name: revision}, visit.me.person_id)
        except life.Refused as error:
            return _editor(visit, connection, problems=refused(visit, error), status=400)
        if problems := unapproved(visit, left):
            return _editor(visit, connection, problems=problems, status=409 if left.moved else 400)
        said = written.of_version(connection, version.id)
    following = _around(said, visit, name)[1]
    return visit.go(_address(version, following or name) + _query(visit), said="pack_read")


@of_version
def withdraw(visit: Visit, version: Version) -> Response:
    """What this person approved they approve no more."""
    name = visit.path("name")
    with transaction(visit.engine) as connection:
        try:
            if not written.withdraw(connection, version.id, visit.me.person_id, name):
                return _editor(
                    visit, connection, problems=[visit.shown("console.packs.none_yours")], status=400
                )
        except life.Refused as error:
            return _editor(visit, connection, problems=refused(visit, error), status=400)
    return visit.go(_address(version, name) + _query(visit), said="pack_unread")


def _editor(
    visit: Visit,
    connection: Connection,
    *,
    mine: tuple[str, ...] | None = None,
    theirs: Sentence | None = None,
    conflict: bool = False,
    problems: list[str] | None = None,
    status: int = 200,
) -> Response:
    library = locales.library()
    version, entry = find(visit, connection), library.template.get(visit.path("name"))
    if version is None or entry is None:
        return visit.problem(404)
    said = written.of_version(connection, version.id)
    held = said.get(entry.id)
    stands = held.of(entry) if held is not None else ()
    count = _count(version, entry)
    texts = mine[:count] if mine is not None else stands
    theirs_forms = theirs.forms if theirs is not None else ()
    examples = _examples(version, entry, count)
    forms = [Form(_at(texts, n), _at(theirs_forms, n), examples[n]) for n in range(count)]
    wrong = checking.of_sentence(version, entry, texts, library.template)
    found = [checking.told(reason, visit.language) for reason in wrong]
    before, after = _around(said, visit, entry.id)
    return visit.page(
        "pack_sentence.html",
        status,
        version=version,
        path=version_path(version),
        state=state_of(visit, version),
        entry=entry,
        held=held,
        outdated=held.forms if held is not None and held.forms and not stands else (),
        forms=forms,
        revision=held.revision if held is not None else 0,
        conflict=conflict,
        unsaved=mine is not None,
        theirs_by=theirs.edited_by if theirs is not None else None,
        chips=sorted(placeholders.names(entry.source[-1])),
        most=entry.max or (MOST_CHARACTERS if wordlists.is_list(entry.id) else LONGEST),
        listed=wordlists.is_list(entry.id),
        suggestions=_suggestions(connection, version, entry, stands),
        problems=[*(problems or []), *found],
        refused=bool(problems),
        editable=not life.refusals("edit", life.Facts(version.state, version.edited_by)),
        before=_address(version, before) if before else "",
        after=_address(version, after) if after else "",
        query=_query(visit),
        where=[(one, sample_names.name(visit, one)) for one in preview.samples_with(entry.id)[:6]],
        mine=visit.me.person_id,
    )


def _texts(visit: Visit) -> tuple[tuple[str, ...], int] | None:
    """The posted forms and the revision they were made on; None where they make no sense."""
    revision = numbers.bounded(visit.form.get("revision"))
    if revision is None:
        return None
    texts = []
    for n in range(MOST_FORMS):
        text = visit.form.get(f"form{n}").replace("\r\n", "\n")
        if len(text) > MOST_CHARACTERS:
            return None
        texts.append(text)
    return tuple(texts), revision


def _count(version: Version, entry: Entry) -> int:
    """How many forms a message has in this language."""
    if not entry.plural:
        return 1
    from locales.gate import read_rule

    return max(1, min(MOST_FORMS, read_rule(version.about.plural)[0]))


def _examples(version: Version, entry: Entry, count: int) -> list[tuple[int, ...]]:
    if not entry.plural:
        return [()]
    choose = plural_of(version.about.plural)
    found: list[list[int]] = [[] for _ in range(count)]
    for n in range(201):
        form = choose(n)
        if form < count and len(found[form]) < _EXAMPLES:
            found[form].append(n)
    return [tuple(several) for several in found]


def _suggestions(
    connection: Connection, version: Version, entry: Entry, stands: tuple[str, ...]
) -> list[tuple[int, tuple[str, ...]]]:
    """What other versions of the language say, the newest first, each once: (number of the version, forms)."""
    found: dict[tuple[str, ...], int] = {}
    for number, forms in written.of_message(connection, version.language, entry.id):
        if number != version.number and forms and forms != stands:
            found.setdefault(forms, number)
    return [(number, forms) for forms, number in found.items()][:5]


def _around(said: dict[str, Sentence], visit: Visit, name: str) -> tuple[str, str]:
    """The sentences before and after this one among those that the list showed."""
    template = locales.library().template
    show_: whole.Show = next((one for one in whole.SHOWN if one == visit.query("show")), "all")
    wanted = set(whole.chosen(said, template, show_, visit.query("words")[:80]))
    order = list(template)
    here = order.index(name) if name in template else 0
    before = next((one for one in reversed(order[:here]) if one in wanted), "")
    after = next((one for one in order[here + 1 :] if one in wanted), "")
    return before, after


def _address(version: Version, name: str) -> str:
    return f"{version_path(version)}/sentence/{name}"


def _query(visit: Visit) -> str:
    from urllib.parse import urlencode

    kept = {key: visit.query(key)[:80] for key in ("show", "words") if visit.query(key)}
    return f"?{urlencode(kept)}" if kept else ""


def _at(texts: tuple[str, ...], n: int) -> str:
    return texts[n] if n < len(texts) else ""
