"""Health workers with several patients each: nothing that was forwarded is lost, and no two patients are ever mixed."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from tests.simulator.labels import rows
from tests.simulator.wards import Ward, worker

WORKERS, SEED = 60, 3


@cache
def _wards() -> tuple[Ward, ...]:
    folder = os.environ.get("NGOZI_TEST_DATA")
    data = rows(Path(folder)) if folder else ()
    return tuple(worker(number, SEED, data).play() for number in range(WORKERS))


@pytest.mark.parametrize(
    "kind", ["sign missed", "case mixed", "case lost", "urgency fell", "dead end", "exception"]
)
def test_in_no_ward(kind: str) -> None:
    wrong = [(w.number, p.what) for w in _wards() for p in w.problems if p.kind == kind]
    assert wrong == []


def test_the_wards_are_mixed() -> None:
    """Else the test above would show nothing: questions were open while others' things came, on both channels."""
    assert {w.channel for w in _wards()} == {"telegram", "whatsapp"}
    assert sum(len(w.patients) > 2 for w in _wards()) > WORKERS / 3
    said = [line.text for w in _wards() for line in w.lines if line.reply is None]
    assert sum("several patients" in text for text in said) > 5


def test_every_patient_comes_to_an_end() -> None:
    assert all(patient.code for ward in _wards() for patient in ward.patients.values())
