"""The console's pages: routes, forms and templates; what they do is done in bot.console, bot.audit and their like.

What every page stands on:
frame         `Console`: one function registers a route with its one right, and decides who gets to a page
visit         `Visit`: what a page gets, and what it can answer
forms         what was posted, and whether it came from a page of ours
numbers       numbers as addresses and forms write them
look          templates, static files, headers
tongues       in which languages the console speaks
filled        English in a page of another language, marked as English
trouble       what somebody gets where a page cannot be given

The rooms, in the order of the navigation:
home          where one can go from here
door          signing in and out
cases         the clinic's desk: the list, and what the pages of one case share
case_page     one case to be read: photographs, voice messages, letter
case_folding  what of that page is in sight and what is folded
case_says     its prepared sentences, and in which language each would be sent
case_deeds    what a clinician does with it
case_closing  what is asked before it is closed
due_times     when something of a case is due, in words
place_names   what places are called
own_cases     a health worker's own cases, on the same pages
review        blinded review
agreement     clinicians beside the computer
packs         language packs (bot.packs): the list, and one language
pack_version  one version of it
pack_deeds    its file taken in, the language described, the steps of its life
pack_visit    the version that an address names, for all pages of packs
pack_editor   one sentence with its English; the second of two people
pack_preview  the conversation of a sample case, as each channel shows it
sample_names  what the samples are called
invitations   how others come in
people        who works here
places        where patients can be sent
plots         counts over time
training      a training set of cases whose patients agreed
operations    how the service is doing
texts         consent, and what is kept how long
unsent        what was written when the session was over, given back
kept          the table of what is kept how long
letters       what was given up, what is to be erased
account       what a person sets for themselves
trail         the audit trail
trail_words   what its codes are called

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
