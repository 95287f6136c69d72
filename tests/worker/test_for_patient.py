"""A clinician's prepared sentences as a patient is told them: none is made for somebody else."""

from __future__ import annotations

import pytest

import locales
from bot.conversation.desk.events import OpinionCame
from bot.messages import Reply, Urgency
from worker.opinions import for_patient


def told(words: str, *, of_worker: Urgency | None = None) -> Reply:
    return for_patient(OpinionCame("K7-42", words, None, 1.0), None, of_worker=of_worker)


def shown(reply: Reply) -> str:
    return " ".join(locales.render(text, "en") for text in reply.paragraphs)


@pytest.mark.parametrize("of_worker", [None, Urgency.TODAY])
@pytest.mark.parametrize("name", ["refer", "examine"])
def test_nothing_is_said_of_a_letter_a_list_or_a_clinic_that_nobody_named(
    name: str, of_worker: Urgency | None
) -> None:
    text = shown(told(f"[[{name}]]", of_worker=of_worker))
    assert not [word for word in ("letter", "named", "listed", "write") if word in text]


def test_a_place_is_named_without_the_letter() -> None:
    text = shown(told('[[1]]{"said":["refer_to"],"own":"","place":["Aloe Clinic","Mtoni"],"question":""}'))
    assert "Aloe Clinic" in text
    assert "letter" not in text


def test_who_was_told_nothing_by_the_computer_hears_how_soon_with_the_agreement() -> None:
    reply = told("[[same]]", of_worker=Urgency.TODAY)
    assert "computer" not in shown(reply)
    assert reply.paragraphs[-1].id == "clinic.patient.today"


def test_whose_own_case_it_is_hears_the_agreement_as_it_was() -> None:
    assert "the computer told you" in shown(told("[[same]]"))
