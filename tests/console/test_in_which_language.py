"""The page of a case says truly in which language a prepared sentence would be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from sqlalchemy import delete

import locales
from bot.clinical.clinic_says import says
from bot.database import transaction
from bot.packs import stage, watch
from bot.packs.rows import PackSentence
from tests.console.desk_world import a_case
from tests.console.world import World

FRAME = ("clinic.own_words", "clinic.patient", "clinic.patient.now", "clinic.patient.today", "clinic.patient.week",
         "clinic.patient.routine", "clinic.closed", "clinic.kept", "desk.opinion", "clinic.say.same.linked",
         "clinic.say.refer.patient", "clinic.say.refer_to.patient", "clinic.say.examine.patient")  # fmt: skip
MARK = "Not translated: sent in English."


def lose(world: World, names: Sequence[str]) -> None:
    """The live Swahili pack lacks these, as one that went live before they were asked for."""
    with transaction(world.engine) as connection:
        live = stage.live_version(connection, "sw")
        assert live is not None
        lost = (PackSentence.version_id == live.id, PackSentence.message_id.in_(names))
        connection.execute(delete(PackSentence).where(*lost))
    # As a process that begins with it: a live version never changes.
    watch._seen.pop(world.engine)
    watch.look(world.engine, at_once=True)


def answer_form(world: World, language: str = "en") -> str:
    """The form of the answer to a Swahili patient."""
    who = world.signed_in("ana", "clinician", language)
    case = a_case(world)
    who.post(f"/cases/{case.code}/claim", {})
    found = re.search(r'<form[^>]*id="answer".*?</form>', who.get(f"/cases/{case.code}").text, re.DOTALL)
    assert found
    return found[0]


def box(form: str, name: str) -> str:
    found = re.search(rf'<label class="option">(?:(?!</label>).)*value="{name}".*?</label>', form, re.DOTALL)
    assert found
    return found[0]


def test_all_that_a_person_is_told_of_a_clinicians_answer_is_of_tier_1() -> None:
    template = locales.library().template
    lesser = [name for name in (*(one.text for one in says().values()), *FRAME) if template[name].tier != 1]
    assert lesser == []


def test_where_all_is_translated_nothing_is_marked(packs_world: World) -> None:
    form = answer_form(packs_world)
    assert "Prepared sentences are sent in the person&#39;s language: Kiswahili." in form
    assert "Not translated" not in form
    assert "not all translated" not in form
    assert re.search(r'class="theirs" lang="sw"', box(form, "now"))


@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_sentence_that_would_be_sent_in_english_says_so(packs_world: World, language: str) -> None:
    lose(packs_world, ["clinic.say.now", "clinic.say.refer.patient"])
    assert "sw" in locales.languages(), "who is live stays live"
    form = answer_form(packs_world, language)
    mark = MARK if language == "en" else "Haijatafsiriwa: hutumwa kwa English."
    assert mark in box(form, "now")
    assert mark in box(form, "refer"), "what a patient is told, not what a health worker would be"
    assert mark not in box(form, "today")
    assert 'lang="sw"' not in box(form, "now")
    if language == "sw":
        assert '<span lang="en" dir="ltr">Go to the hospital now.' in box(form, "now")
    else:
        assert "language, Kiswahili, where they are translated" in form


def test_words_around_the_answer_that_would_be_in_english_are_named(packs_world: World) -> None:
    lose(packs_world, ["clinic.own_words"])
    form = answer_form(packs_world)
    assert "some are sent in English." in form
    assert MARK not in form
