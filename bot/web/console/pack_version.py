"""One version of a language pack at its page: its life, its file, its sentences. What is done with it: pack_deeds."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

import locales
from bot import letter_fonts
from bot.database import reading
from bot.packs import checking, export, life, store, upload, whole, written
from bot.packs.store import About, Version
from bot.web.console.frame import Console
from bot.web.console.pack_visit import find, of_version, state_of, version_path
from bot.web.console.visit import Visit
from locales.reasons import text_of

__all__ = ["ON_A_PAGE", "add", "show"]

ON_A_PAGE = 50
# A report of so many lines stands open.
OPEN_UP_TO = 12


def add(console: Console) -> None:
    """Registers the pages."""
    path = "/packs/{language}/{number:number}"
    console.get(path, "see_packs", show)
    console.get(path + "/ngozi.po", "see_packs", download)


def show(
    visit: Visit,
    problems: Sequence[str] = (),
    *,
    read: upload.Upload | None = None,
    status: int | None = None,
    typed: About | None = None,
    mark: str = "",
) -> Response:
    """One version: its life, its file, its sentences.

    typed: of a description that was refused. mark: of what it was written on, '' for what stands now.
    """
    page = visit.count("page", 1)
    if page is None:
        return visit.problem(404)
    with reading(visit.engine) as connection:
        version = find(visit, connection)
        if version is None:
            return visit.problem(404)
        said = written.of_version(connection, version.id)
    library = locales.library()
    editable = not life.refusals("edit", life.Facts(version.state, version.edited_by))
    return visit.page(
        "pack_version.html",
        status or (400 if problems else 200),
        version=version,
        path=version_path(version),
        state=state_of(visit, version),
        shares=whole.shares(said, library.template),
        editable=editable,
        problems=problems,
        read=read,
        report=checking.report(version, visit.language),
        report_open=OPEN_UP_TO,
        why=lambda reason: checking.told(reason, visit.language),
        english=lambda reason: text_of(reason) is None,
        known=library.template,
        parents=[code for code in library.codes if code not in ("en", version.language)],
        mine=visit.me.person_id,
        approved=editable and _has_approved(visit.me.person_id, version, said),
        about=typed or version.about,
        typed=typed is not None,
        mark=mark or store.mark_of(version.about),
        no_letter=letter_fonts.missing_in(
            version.language,
            (form for name, one in said.items() if name.startswith("letter.") for form in one.forms),
        ),
        **_listed(visit, said, page),
    )


def _has_approved(person_id: int, version: Version, said: dict[str, written.Sentence]) -> bool:
    """True where somebody has approved sentences of the version, or signed it: they may take that back."""
    signed = version.state == "reviewed" and version.reviewed_by == person_id
    return signed or any(one.reviewed_by == person_id for one in said.values())


def _listed(visit: Visit, said: dict[str, written.Sentence], page: int) -> dict[str, object]:
    """The sentences that the address asks for, a page of them."""
    template = locales.library().template
    words = visit.query("words")[:80]
    shown: whole.Show = next((one for one in whole.SHOWN if one == visit.query("show")), "all")
    names = whole.chosen(said, template, shown, words)
    pages = (len(names) + ON_A_PAGE - 1) // ON_A_PAGE
    # Behind the last page there is nothing: sentences were approved meanwhile, or words are searched for on a late page.
    page = max(1, min(page, pages))
    here = names[(page - 1) * ON_A_PAGE :][:ON_A_PAGE]
    return {
        "show": shown,
        "shows": [(one, visit.shown(f"console.packs.show.{one}")) for one in whole.SHOWN],
        "words": words,
        "count": len(names),
        "listed": [(template[name], said.get(name)) for name in here],
        "page": page,
        "pages": pages,
    }


@of_version
def download(visit: Visit, version: Version) -> Response:
    """The version's .po."""
    with reading(visit.engine) as connection:
        said = written.of_version(connection, version.id)
    name = f"ngozi-{version.language}-{version.number}.po"
    return Response(
        export.po_of(version, said, locales.library().template).encode(),
        media_type="text/x-gettext-translation; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
