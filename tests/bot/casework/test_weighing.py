"""A clinician's word on how soon stands above what it was given on, and above nothing more pressing that comes after."""

from __future__ import annotations

import pytest

from bot.casework import weighing
from bot.messages import Urgency

NOW, TODAY, WEEK, ROUTINE = sorted(Urgency, key=lambda u: u.rank)


@pytest.mark.parametrize("opinion", Urgency)
@pytest.mark.parametrize("over", Urgency)
@pytest.mark.parametrize("reached", Urgency)
def test_nothing_that_is_reached_after_it_is_lowered_by_it(
    opinion: Urgency, over: Urgency, reached: Urgency
) -> None:
    soon = weighing.how_soon(opinion, over, reached)
    if reached.rank < over.rank:
        assert soon.rank == min(opinion.rank, reached.rank)
        assert not weighing.by_clinician(opinion, over, reached)
    else:
        assert soon is opinion
        assert weighing.by_clinician(opinion, over, reached)


def test_a_word_given_before_anything_was_known_lowers_nothing() -> None:
    assert weighing.how_soon(ROUTINE, None, WEEK) is WEEK
    assert weighing.how_soon(ROUTINE, None, ROUTINE) is ROUTINE
    assert weighing.how_soon(TODAY, None, WEEK) is TODAY


def test_without_a_word_it_is_what_was_reached() -> None:
    assert weighing.how_soon(None, NOW, TODAY) is TODAY
    assert not weighing.by_clinician(None, None, NOW)
