"""The 2020 IACS criteria, row by row. Source: Engelman et al. 2020, Table 1; clinical.md 2.1."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bot.clinical.iacs import Signs, by_answers, level

TYPICAL = Signs(lesions="typical", distribution="typical")
ORDER = ("none", "suspected", "clinical", "confirmed")


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        # A: seen by microscope, high-power imaging or dermoscopy, whatever else there is.
        (Signs(mite=True), "confirmed"),
        # B1 burrows; B2 typical lesions on male genitals; B3 typical lesions, typical distribution, two history features.
        (Signs(burrows=True), "clinical"),
        (Signs(male_genital=True), "clinical"),
        (replace(TYPICAL, itch=True, contact=True), "clinical"),
        # C1: typical lesions, typical distribution, one history feature.
        (replace(TYPICAL, itch=True), "suspected"),
        (replace(TYPICAL, contact=True), "suspected"),
        # C2: atypical lesions or atypical distribution, two history features.
        (Signs("atypical", "typical", itch=True, contact=True), "suspected"),
        (Signs("typical", "atypical", itch=True, contact=True), "suspected"),
        (Signs("atypical", "atypical", itch=True, contact=True), "suspected"),
        # Less than that is none of them.
        (TYPICAL, "none"),
        (Signs("atypical", "typical", itch=True), "none"),
        (Signs("typical", "atypical", contact=True), "none"),
        (Signs(itch=True, contact=True), "none"),
        (Signs(), "none"),
    ],
)
def test_each_row_of_the_criteria(signs: Signs, expected: str) -> None:
    assert level(signs) == expected


def test_more_found_never_means_a_lower_level() -> None:
    flags = ("itch", "contact", "mite", "burrows", "male_genital")
    for values in product((False, True), repeat=len(flags)):
        signs = replace(TYPICAL, **dict(zip(flags, values, strict=True)))
        for name in flags:
            assert ORDER.index(level(replace(signs, **{name: True}))) >= ORDER.index(level(signs))


def test_answers_reach_suspected_at_most() -> None:
    keys = ("look_itchy", "webs", "itch", "home_itch", "itch_night", "fever", "crust")
    reached = {
        by_answers(dict(zip(keys, values, strict=True)))
        for values in product(("yes", "no"), repeat=len(keys))
    }
    assert reached == {"none", "suspected"}
