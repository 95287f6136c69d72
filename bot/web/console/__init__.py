"""The console's pages: routes, forms and templates; what they do is done in bot.console, bot.audit and their like.

frame    `Console`: one function registers a route with its one right, and decides who gets to a page
visit    `Visit`: what a page gets, and what it can answer
forms    what was posted, and whether it came from a page of ours
look     templates, static files, headers
door     signing in and out
home, account, trail (the audit page)
cases    the clinic's desk: the list; case_page, case_deeds: one case; agreement, review (blinded)
own_cases  a health worker's own cases, on the same pages
packs    language packs (bot.packs): the list, and one language; pack_version, pack_deeds: one version; pack_editor: a
         sentence of it; pack_preview: how it reads in a chat; pack_visit: the version that an address names, for all four
people, invitations, places: who works here, how others come in, and where patients can be sent
plots    counts over time
kept, sample_names: what the table of retention and the samples of the preview are called in the language of the page
texts    consent, and what is kept how long
operations, letters: how the service is doing; what was given up, what is to be erased
training: a training set of cases whose patients agreed

A room of pages is a module with `add(console)`; ROOMS names them all.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.web.console import (
    account,
    agreement,
    cases,
    door,
    home,
    invitations,
    letters,
    operations,
    own_cases,
    pack_deeds,
    pack_editor,
    pack_preview,
    pack_version,
    packs,
    people,
    places,
    plots,
    review,
    texts,
    trail,
    training,
)
from bot.web.console.frame import Console

__all__ = ["ROOMS", "furnish"]

ROOMS: tuple[Callable[[Console], None], ...] = (
    home.add,
    door.add,
    cases.add,
    own_cases.add,
    review.add,
    agreement.add,
    packs.add,
    pack_version.add,
    pack_deeds.add,
    pack_editor.add,
    pack_preview.add,
    invitations.add,
    people.add,
    places.add,
    plots.add,
    training.add,
    operations.add,
    texts.add,
    letters.add,
    account.add,
    trail.add,
)


def furnish(console: Console) -> Console:
    """The console with all its rooms, in the order of the navigation."""
    for add in ROOMS:
        add(console)
    return console
