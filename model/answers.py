"""What was asked beside the photograph: answers, age and site, brought to one form.

An answer is yes, no, or was not given. "Not given" carries no information: in the training data a blank stands
mostly for one group of labels, so it is never encoded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SYMPTOMS = ("itch", "grew", "hurt", "changed", "bleed", "elevation")
SITES = (
    "face",
    "nose",
    "lip",
    "ear",
    "scalp",
    "neck",
    "chest",
    "abdomen",
    "back",
    "arm",
    "forearm",
    "hand",
    "thigh",
    "foot",
)
SKIN_TYPES = ("1_4", "5_6")
AGE_GROUP_YEARS = {"baby": 1.0, "infant": 1.0, "child": 10.0, "adult": 42.0, "older": 68.0, "elderly": 68.0}
"""A year that stands for a named group. The groups are wide, so diagnosis reads a named adult with less weight
than a number: see AGE_GROUP_SPREAD_YEARS."""
AGE_GROUP_SPREAD_YEARS = {
    "baby": 2.0,
    "infant": 2.0,
    "child": 5.0,
    "adult": 13.0,
    "older": 9.0,
    "elderly": 9.0,
}
AGE_LIMIT_YEARS = 120.0

_NOT_GIVEN = {
    "",
    "unk",
    "unknown",
    "none",
    "null",
    "nan",
    "na",
    "n/a",
    "-",
    "?",
    "not asked",
    "dont know",
    "don't know",
    "don’t know",
    "do not know",
    "dk",
    "dontknow",
    "not sure",
    "unsure",
    "skip",
}
_YES = {"true", "yes", "y", "1", "1.0", "t"}
_NO = {"false", "no", "n", "0", "0.0", "f"}
_SITE_NAMES = {
    "head": None,
    "head/neck": None,
    "other": None,
    "cheek": "face",
    "forehead": "face",
    "chin": "face",
    "temple": "face",
    "eyelid": "face",
    "mouth": "lip",
    "lips": "lip",
    "ears": "ear",
    "hair": "scalp",
    "breast": "chest",
    "belly": "abdomen",
    "stomach": "abdomen",
    "shoulder": "arm",
    "upper arm": "arm",
    "lower arm": "forearm",
    "wrist": "forearm",
    "elbow": "forearm",
    "finger": "hand",
    "fingers": "hand",
    "palm": "hand",
    "hands": "hand",
    "leg": "thigh",
    "legs": "thigh",
    "lower leg": "thigh",
    "upper leg": "thigh",
    "knee": "thigh",
    "shin": "thigh",
    "calf": "thigh",
    "ankle": "foot",
    "sole": "foot",
    "toe": "foot",
    "toes": "foot",
    "feet": "foot",
    "upper back": "back",
    "lower back": "back",
    "trunk": None,
    "arms": "arm",
}


class AnswerError(ValueError):
    """An answer that cannot be read; the message names key, value and what was expected."""


@dataclass(frozen=True)
class Answers:
    """What is known of one lesion beside its photographs. None means not asked."""

    age_years: float | None = None
    age_spread_years: float = 0.0
    site: str | None = None
    skin_type: str | None = None
    symptoms: Mapping[str, bool] = field(default_factory=dict)


def _text(value: object) -> str:
    return re.sub(r"\s+", " ", str(value).strip().lower().replace("_", " "))


def _not_given(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or _text(value) in _NOT_GIVEN


def yes_no(key: str, value: object) -> bool | None:
    """True, False, or None where not given.  Takes yes/no, True/False, 1/0; raises AnswerError for other words."""
    if _not_given(value):
        return None
    if isinstance(value, bool):
        return value
    word = _text(value)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise AnswerError(f"{key} is {str(value)!r}; expected yes, no or don't know")


def age(value: object) -> tuple[float | None, float]:
    """Age in years and how far it may be off, in years (0 for a number)."""
    if _not_given(value):
        return None, 0.0
    word = _text(value)
    if word in AGE_GROUP_YEARS:
        return AGE_GROUP_YEARS[word], AGE_GROUP_SPREAD_YEARS[word]
    try:
        years = float(word)
    except ValueError:
        years = math.nan
    if not 0.0 <= years <= AGE_LIMIT_YEARS:
        groups = ", ".join(sorted(AGE_GROUP_YEARS))
        raise AnswerError(
            f"age is {str(value)!r}; expected years from 0 to {AGE_LIMIT_YEARS:.0f} or one of {groups}"
        )
    return years, 0.0


def site(value: object) -> str | None:
    """One of SITES, or None for a place that is not given or that the model has not learned."""
    if _not_given(value):
        return None
    word = _text(value)
    return word if word in SITES else _SITE_NAMES.get(word)


def skin_type(value: object) -> str | None:
    """'1_4', '5_6' or None.  Takes a Fitzpatrick number too, as long as a person gave it."""
    if _not_given(value):
        return None
    word = str(value).strip().replace("-", "_")
    if word in SKIN_TYPES:
        return word
    number = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}.get(word.removesuffix(".0"))
    if number is None:
        raise AnswerError(f"skin_type is {str(value)!r}; expected 1_4, 5_6 or a number from 1 to 6")
    return "5_6" if number >= 5 else "1_4"


def read(raw: Mapping[str, object]) -> Answers:
    """The answers in one form.

    Keys: age, site or region, skin_type and SYMPTOMS; others are ignored.  Raises AnswerError at the first value
    that cannot be read.
    """
    years, spread_years = age(raw.get("age"))
    place = raw.get("site")
    symptoms = {key: yes_no(key, raw.get(key)) for key in SYMPTOMS}
    return Answers(
        age_years=years,
        age_spread_years=spread_years,
        site=site(place if not _not_given(place) else raw.get("region")),
        skin_type=skin_type(raw.get("skin_type")),
        symptoms={key: value for key, value in symptoms.items() if value is not None},
    )


def read_leniently(raw: Mapping[str, object]) -> tuple[Answers, list[str]]:
    """The answers in one form and a sentence for each value that could not be read and was taken as not asked."""
    kept = dict(raw)
    notes: list[str] = []
    for key in ("age", "skin_type", *SYMPTOMS):
        try:
            read({key: kept.get(key)})
        except AnswerError as error:
            notes.append(f"{error}; taken as not asked")
            kept[key] = None
    return read(kept), notes


def is_site_word(value: object) -> bool:
    """Whether a word names a place of the body, learned or not, or that none was given."""
    return _not_given(value) or _text(value) in SITES or _text(value) in _SITE_NAMES
