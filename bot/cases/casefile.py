"""All that is known of a case, as a clinician reads it: message ids with their arguments, nothing rendered. Pure.

What was found stands beside why, and beside what it cannot judge: a photograph shows neither heat nor pain nor firmness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot import referral
from bot.cases.store import Case
from bot.clinical import conditions, examine, symptoms
from bot.clinical.danger_signs import all_signs
from bot.clinical.questions import questions
from bot.conversation import course, handover, results
from bot.conversation.desk import facts, professional, told_signs
from bot.conversation.desk.told_signs import ToldSigns
from bot.messages import Text, Urgency
from bot.place import Place

__all__ = ["CaseFile", "Named", "askable", "letter", "opened"]

_SENT_ON = ("wound", "bite", "burn", "private", "infant", "no_photo")
_ABSTAINED = ("unsure", "out_of_scope", "unusable", "failed")


@dataclass(frozen=True, slots=True)
class Named:
    """A condition that was named, with how sure in a word ('likely', 'possible')."""

    code: str
    certainty: str
    name: Text
    cancer: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """urgency: by all that is known; floor: by signs of danger, None where none was found. has_result: how soon was told.

    about: label and value (age, health, kind, place, skin). why: why nothing was found, or sent on without. limits: what cannot
    be judged. basis, model: who found it. examine: what is to be looked at or felt by hand.
    """

    urgency: Urgency
    floor: Urgency | None
    has_result: bool
    about: Sequence[Text]
    signs: ToldSigns
    answers: Sequence[tuple[Text, Text]]
    named: Sequence[Named]
    reasons: Sequence[Text]
    why: Sequence[Text]
    limits: Sequence[Text]
    basis: str
    model: str
    examine: Sequence[Text]


def opened(case: Case) -> CaseFile:
    """The case, laid out."""
    state = case.state
    place, found = course.part(state), course.found(state)
    known = conditions.everything()
    named = tuple(
        Named(c.code, c.certainty, known[c.code].name, known[c.code].cancer) for c in results.named(state)
    )
    why: list[Text] = []
    if place in _SENT_ON:
        why.append(Text(f"desk.why.{place}"))
    if found is not None and not named and place in ("findings", "no_photo"):
        by_rules = found.basis == "rules"
        reason = found.reason if found.reason in _ABSTAINED and not by_rules else "unsure"
        why.append(Text(f"desk.fits.{reason}"))
    return CaseFile(
        urgency=_found_by_all(case),
        floor=state.floor,
        has_result=case.told_at is not None or place in ("now", "refused"),
        about=(*handover.to_clinicians(state), *facts.about(state)),
        signs=told_signs.told(state),
        answers=facts.answered(state),
        named=named,
        reasons=tuple(Text(one) for one in found.reasons) if found is not None and named else (),
        why=why,
        limits=_limits(case),
        basis="" if found is None else found.basis or "model",
        model="" if found is None else found.model,
        examine=examine.by_hand(professional.kind_of(state), frozenset(c.code for c in named)),
    )


def _found_by_all(case: Case) -> Urgency:
    """How soon by what is stored and by what was told, whatever a clinician said."""
    told = course.urgency(case.state)
    return min(told, case.found_urgency or told, key=lambda u: u.rank)


def _limits(case: Case) -> list[Text]:
    state, found = case.state, course.found(case.state)
    limits: list[Text] = []
    if found is None:
        return limits
    if found.basis == "rules":
        limits.append(Text("findings.rules.not_diagnosis"))
    else:
        limits.append(Text("findings.not_diagnosis"))
        limits.append(Text("console.case.limit_photo"))
        limits.append(Text("console.case.limit_six", {"count": len(conditions.catalogue())}))
    if results.unproven(state, found):
        limits.append(Text("findings.unproven_skin"))
    if state.answers.get("age") == "child":
        limits.append(Text("findings.unproven_child"))
    return limits


def askable(case: Case) -> list[Text]:
    """Questions that a clinician can have asked: signs of danger and questions about the skin, the open ones first."""
    signs = told_signs.told(case.state)
    listed = [*signs.not_asked, *signs.unknown]
    listed += [
        one.question for key, one in questions().items() if case.state.answers.get(key) not in ("yes", "no")
    ]
    listed += [
        one.question
        for key, one in symptoms.symptoms().items()
        if case.state.answers.get(key) not in ("yes", "no")
    ]
    listed += [sign.question for sign in all_signs()]
    # A question with arguments of its own needs more than its id.
    return list({one.id: one for one in listed if not one.args}.values())


def letter(
    case: Case, to: Place | None, photos: int, at: float, language: str, zone: tzinfo
) -> tuple[Text, ...]:
    """The paragraphs of the referral letter (bot.referral), to be rendered in `language`. photos: kept. at: epoch s.

    zone: of the people, by whose calendar it is dated.
    """
    file = opened(case)
    return referral.letter(
        referral.Referral(
            code=case.code,
            written=datetime.fromtimestamp(at, zone).date(),
            urgency=case.reached,
            opinion=case.by_clinician,
            age=facts.label(case.state, "age"),
            kind=facts.label(case.state, "shape"),
            site=facts.label(case.state, "site"),
            duration=facts.label(case.state, "duration"),
            answers=file.answers,
            named=[("likely" if c.certainty == "likely" else "possible", c.name) for c in file.named],
            reasons=file.reasons,
            present=file.signs.present,
            unknown=file.signs.unknown,
            absent=len(file.signs.absent),
            not_asked=len(file.signs.not_asked),
            examine=file.examine,
            to=to,
            photos=photos,
            unreviewed=case.state.here.unreviewed,
            health=facts.health(case.state),
        ),
        language,
    )
