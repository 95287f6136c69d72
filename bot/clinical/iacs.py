"""Scabies by the 2020 criteria of the International Alliance for the Control of Scabies, as code.

Facts: clinical.md 2.1. Source: Engelman et al., British Journal of Dermatology 2020;183:808-20, Table 1 (S26, PMC7687112), read;
the wording of the second history feature was read at second hand. The criteria were made for trained examiners: by answers alone
a chat reaches 'suspected' at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Level", "Signs", "by_answers", "level"]

Level = Literal["none", "suspected", "clinical", "confirmed"]
Seen = Literal["typical", "atypical", "none"]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one person.

    lesions, distribution: 'typical', 'atypical' or 'none' (not known). itch: history feature 1. contact: history feature 2, close
    contact with somebody who itches or has typical lesions. mite, burrows, male_genital: what an examiner alone finds (mites,
    eggs or faeces by microscope, high-power imaging or dermoscopy; burrows; typical lesions on male genitals).
    """

    lesions: Seen = "none"
    distribution: Seen = "none"
    itch: bool = False
    contact: bool = False
    mite: bool = False
    burrows: bool = False
    male_genital: bool = False


def level(signs: Signs) -> Level:
    """The level of the criteria, where no other diagnosis is more likely (the criteria ask for that; the caller judges it)."""
    history = signs.itch + signs.contact
    typical = signs.lesions == "typical" and signs.distribution == "typical"
    seen = signs.lesions != "none" and signs.distribution != "none"
    if signs.mite:
        return "confirmed"
    if signs.burrows or signs.male_genital or (typical and history == 2):
        return "clinical"
    if typical and history == 1:  # C1
        return "suspected"
    if seen and history == 2:  # C2: atypical lesions or atypical distribution
        return "suspected"
    return "none"


def by_answers(said: Mapping[str, str]) -> Level:
    """The level that answers reach, 'suspected' at most. said: as `bot.clinical.questions.known` gives it.

    A rash is there, for the person chose that kind: what was not called typical counts as atypical. What an examiner alone can
    find is never taken from an answer.
    """
    signs = Signs(
        lesions="typical" if said.get("look_itchy") == "yes" else "atypical",
        distribution="typical" if said.get("webs") == "yes" else "atypical",
        itch=said.get("itch") == "yes",
        contact=said.get("home_itch") == "yes",
    )
    return "none" if level(signs) == "none" else "suspected"
