"""Where a chat stands: the order of the parts, derived from what is known. The one place that holds the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from bot.clinical import asking, danger, questions, sent_on, symptoms
from bot.conversation import picking, planning, raising, ruled
from bot.conversation.state import UNASKED, ChatState
from bot.messages import Findings, Urgency, worst

__all__ = [
    "RESULTS",
    "WORKING",
    "Part",
    "as_told",
    "assessment",
    "floor",
    "found",
    "part",
    "rule_question",
    "sent_kind",
    "soon",
    "urgency",
    "wound_kind",
]

Part = Literal[
    "language",
    "consent",
    "age",
    "now",
    "danger",
    "refused",
    "health",
    "shape",
    "wound_kind",
    "site",
    "duration",
    "infant",
    "bite",
    "burn",
    "wound",
    "rule",
    "symptoms",
    "private",
    "photo",
    "skin",
    "plan",
    "planning",
    "question",
    "no_photo",
    "request",
    "waiting",
    "findings",
]

# Parts in which a case has come to its end and the menu stands open.
RESULTS: frozenset[Part] = frozenset({"infant", "bite", "burn", "wound", "private", "no_photo", "findings"})

# Parts in which nothing is asked, for the engine works.
WORKING: frozenset[Part] = frozenset({"plan", "planning", "request", "waiting"})


def part(state: ChatState) -> Part:
    """Where the chat stands. Signs of danger come before anything that looks at the skin, and `now` ends a case."""
    told = state.answers
    if state.at_once:
        return "now"
    if not state.language:
        return "language"
    if not state.consent:
        return "consent"
    if "age" not in told:
        return "age"
    if assessment(state).next is not None:
        return "danger"
    if raising.by_signs(told):
        return "health"
    # Who says no to photographs is asked as much: signs that fit the problem are no less dangerous.
    following = _kind_of_problem(state)
    return following or ("refused" if state.consent == "no" else _branch(state))


def _kind_of_problem(state: ChatState) -> Part | None:
    """The question on kind or place that is still open. When all are answered, `assessment` asks the signs that fit."""
    told = state.answers
    # No photograph of a small baby is looked at.
    infant = told["age"] == "infant"
    if "shape" not in told:
        return "shape"
    if told["shape"] == "wound" and "wound_kind" not in told:
        return "wound_kind"
    if infant or told.get("wound_kind") in ("bite", "burn"):
        return None
    if "site" not in told:
        return "site"
    # Of who refuses it could change nothing.
    asked = state.timed and state.consent != "no"
    return "duration" if asked and questions.DURATION not in told else None


def _branch(state: ChatState) -> Part:
    told = state.answers
    if told["age"] == "infant":
        return "infant"
    if _private(told):
        return "private"
    if ruled.applies(told):
        if rule_question(state):
            return "symptoms" if picking.awaits(state) else "rule"
        return "health" if state.findings is None and raising.by_rules(told) else "findings"
    if wound := wound_kind(told):
        return wound  # type: ignore[return-value]
    return _about_the_spot(state)


def _about_the_spot(state: ChatState) -> Part:
    if picking.awaits(state):
        return "symptoms"
    if not state.photos and "photo" not in state.answers:
        return "photo"
    if awaited := planning.awaits(state):
        return awaited
    if planning.question(state):
        return "question"
    # A case that has its result, or waits for it, is not thrown back.
    early = state.findings is None and state.case_version not in (state.requested, state.told)
    if early and (raising.by_rules(state.answers) or raising.by_spot(state.answers)):
        return "health"
    if state.photos and state.findings is None:
        return "waiting" if state.requested == state.case_version else "request"
    given = found(state)
    if raising.by_skin(state.answers, worst(floor(state), given.urgency if given else None)):
        return "skin"
    return "findings" if state.photos else "no_photo"


def sent_kind(state: ChatState) -> str:
    """The kind of `sent_on` of a case that nothing is looked at of; '' for a spot or a rash."""
    told = state.answers
    if told.get("age") == "infant":
        return "infant"
    if _private(told):
        return "private"
    return wound_kind(told)


def _private(told: Mapping[str, str]) -> bool:
    """True for what is on private parts. A bite or a burn, whose place only own words tell, is first of all that."""
    return told.get("site") == "private" and wound_kind(told) not in ("bite", "burn")


def wound_kind(told: Mapping[str, str]) -> str:
    """'bite', 'burn' or 'wound' where the problem is one, else ''."""
    if told.get("shape") != "wound":
        return ""
    # 'wound': a case of before bites and burns were told apart.
    return {"bite": "bite", "burn": "burn"}.get(told.get("wound_kind", ""), "wound")


def rule_question(state: ChatState) -> str:
    """The key of the next question of the community rules, '' where none is to be asked."""
    if state.answers.get("site") == UNASKED or state.findings is not None:
        # A case that had its result: before the rules were there, or by them. It is not thrown back.
        return ""
    if picking.GROUP in state.answers:
        # The list has ended, and with it what is asked; but for what is owed.
        return asking.owed(state.answers)
    return _following(tuple(sorted(state.answers.items())))


@lru_cache(4096)
def _following(answers: tuple[tuple[str, str], ...]) -> str:
    # A turn asks for it many times, and it is the most work that a turn does.
    told: Mapping[str, str] = dict(answers)
    return asking.following(told)


def found(state: ChatState) -> Findings | None:
    """The findings of the case: kept ones, else those of the rules where they judge alone; None where there are none yet."""
    if state.findings is not None:
        return state.findings
    if ruled.applies(state.answers):
        return ruled.findings(state.answers, floor(state))
    return ruled.joined(None, state.answers)


def assessment(state: ChatState) -> danger.Assessment:
    """What the answers about signs of danger mean so far."""
    again = frozenset(
        code.removesuffix("again.yes").upper() for code in state.offered if code.endswith("again.yes")
    )
    told = danger.as_shown(state.answers, state.offered)
    return danger.assess(told.get("age", ""), told, open_again=again)


def floor(state: ChatState) -> Urgency:
    """The least urgency of any finding of this case: signs of danger, answers about the spot, albinism."""
    albinism = sent_on.kinds()["albinism"].urgency if state.answers.get("skin") == "albinism" else None
    return worst(state.floor, symptoms.raised_by(state.answers), albinism, Urgency.ROUTINE) or Urgency.ROUTINE


def urgency(state: ChatState) -> Urgency:
    """How soon the person must be seen, by what is known so far: answers, rules and model, and no clinician's word."""
    place = part(state)
    # What was found counts too while a sign of danger is asked after it.
    given = found(state) if place in ("findings", "no_photo") else state.findings
    kind = sent_kind(state) if place == "refused" else place if place in RESULTS else ""
    sent = sent_on.kinds()[kind].urgency if kind in sent_on.KINDS else None
    return worst(floor(state), sent, given.urgency if given else None) or Urgency.ROUTINE


def as_told(before: ChatState, state: ChatState) -> ChatState:
    """The state in which a sign of danger may be asked after the result: how soon somebody was told to be seen stays reached.

    What the kind of problem alone says (a bite) does not count while a sign is asked. before: the case as it stood.
    """
    if before.told != before.case_version or part(before) not in RESULTS:
        return state
    reached = urgency(before)
    fell = urgency(state).rank > reached.rank
    return replace(state, floor=worst(state.floor, reached)) if fell else state


def soon(state: ChatState) -> Urgency:
    """How soon the person is told that they must be seen: never later than a clinician told them of this case."""
    return worst(urgency(state), state.opinion) or Urgency.ROUTINE
