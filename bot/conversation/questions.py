"""The plain questions of a case: age, health, kind, place, skin, and what is felt and seen of the spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.clinical import modifiers, symptoms
from bot.clinical import questions as rule_questions
from bot.conversation import course, picking, planning
from bot.conversation.events import WantFindings, WantPlan
from bot.conversation.signs import answers_key
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text, worst

__all__ = [
    "AGE_YEARS",
    "SITE_REGION",
    "answered",
    "ask_age",
    "ask_duration",
    "ask_health",
    "ask_rule",
    "ask_shape",
    "ask_site",
    "ask_skin",
    "ask_symptom",
    "ask_wound_kind",
    "places",
    "request",
    "request_plan",
]

# The middle of each age group, in years: what the model reads.
AGE_YEARS: Mapping[str, str] = {"infant": "0", "child": "9", "adult": "29", "middle": "52", "older": "73"}

# The place as the model knows it. Where a button covers two of its regions: the one that has more photographs.
SITE_REGION: Mapping[str, str] = {
    "face": "face",
    "nose": "nose",
    "lip": "lip",
    "ear": "ear",
    "head_neck": "neck",
    "trunk": "chest",
    "back": "back",
    "arm": "arm",
    "forearm": "forearm",
    "hand": "hand",
    "leg_foot": "thigh",
    "private": "",
}

# Where a rash or a wound is: coarser, and it can be in many places.
PLACES = (
    "face",
    "head_neck",
    "trunk",
    "back",
    "arm",
    "forearm",
    "hand",
    "leg_foot",
    "private",
    "many",
)

WOUND_KINDS = ("bite", "burn", "other")
# What a problem can be, in one question; bites and burns have signs and first aid of their own. Answer -> its label.
SHAPES: Mapping[str, str] = {
    "spot": "shape.spot",
    "rash": "shape.rash",
    **{kind: f"wound_kind.{kind}" for kind in WOUND_KINDS},
}
# How skin reacts to sun stands for Fitzpatrick's types 1 to 6; it is asked, never read from the photograph.
SKINS = ("1", "2", "3", "4", "5", "6", "albinism")


def ask_age(state: ChatState) -> Reply:
    """How old the person is: it decides which signs are asked."""
    return _ask("age", tuple(AGE_YEARS))


def ask_health(state: ChatState) -> Reply:
    """What makes a reached urgency more pressing (rule 4), in one message."""
    return _or_unknown(_ask("health", ("none", *modifiers.asked())))


def ask_shape(state: ChatState) -> Reply:
    """Which kind of problem: the model knows single spots, lumps and sores only."""
    buttons = tuple(Choice(f"shape.{answer}", Text(label)) for answer, label in SHAPES.items())
    return Reply((Text("shape.ask"),), buttons, "shape")


def ask_site(state: ChatState) -> Reply:
    """Where on the body; before any photograph is asked for, so that none of private parts is."""
    return _ask("site", places(state.answers))


def places(answers: Mapping[str, str]) -> tuple[str, ...]:
    """The places of the body that are told apart for this kind of problem."""
    return tuple(SITE_REGION) if answers.get("shape") == "spot" else PLACES


def ask_duration(state: ChatState) -> Reply:
    """How long it has been there: a health worker is asked, for whoever reads their letter."""
    key = rule_questions.DURATION
    buttons = [Choice(f"{key}.{one.key}", one.label) for one in rule_questions.durations().values()]
    return _or_unknown(Reply((Text("duration.ask"),), tuple(buttons), key))


def ask_wound_kind(state: ChatState) -> Reply:
    """Which wound, of a chat that said no more than that it is one: before 2026-11-26 it was a question of its own."""
    return _ask("wound_kind", WOUND_KINDS)


def ask_skin(state: ChatState) -> Reply:
    """How the skin reacts to sun."""
    return _or_unknown(_ask("skin", SKINS))


def ask_symptom(state: ChatState) -> Reply:
    """The next question about the spot. There must be one."""
    key = planning.question(state)
    buttons = tuple(Choice(f"{key}.{said}", Text(f"answer.{said}")) for said in ("yes", "no", "unknown"))
    return Reply((symptoms.symptoms()[key].question,), buttons, key)


def ask_rule(state: ChatState) -> Reply:
    """The next question of the community rules. There must be one."""
    key = course.rule_question(state)
    if key == rule_questions.LOOK:
        site = state.answers.get("site", "")
        looks = [look for look in rule_questions.looks().values() if look.fits(site)]
        buttons = [Choice(f"{key}.{look.answer}", look.label) for look in looks]
        return Reply((Text("look.ask"),), (*buttons, Choice(f"{key}.unknown", Text("look.unknown"))), key)
    yes_no = tuple(Choice(f"{key}.{said}", Text(f"answer.{said}")) for said in ("yes", "no", "unknown"))
    return Reply((rule_questions.questions()[key].question,), yes_no, key)


def answered(state: ChatState, code: str) -> ChatState:
    """The state with one answer more; the floor rises with it where it must, and never falls.

    code: of a choice of the present question.
    """
    question, _, answer = code.partition(".")
    place = course.part(state)
    if question == picking.GROUP:
        state = picking.answered(state, answer)
        return replace(state, floor=worst(state.floor, course.assessment(state).urgency))
    if place == "danger":
        question = answers_key(question)
    answers = {**state.answers, question: answer}
    if question == "shape" and answer in WOUND_KINDS:
        answers |= {"shape": "wound", "wound_kind": answer}
    asked = rule_questions.questions().get(question) if place == "rule" else None
    if asked is not None and asked.sign and answer in ("yes", "unknown"):
        # The rules asked what a sign of danger asks: it is that sign's answer, raises the floor, and is asked once more.
        answers[asked.sign] = answer
    state = replace(state, answers=answers)
    return replace(state, floor=worst(state.floor, course.assessment(state).urgency))


def request(state: ChatState) -> WantFindings:
    """What the engine is asked for this case."""
    told = state.answers
    answers = {
        "age": AGE_YEARS[told["age"]],
        "age_group": told["age"],
        "site": SITE_REGION[told["site"]],
    }
    if "skin" in told:
        answers["skin"] = told["skin"]
    if told.get("skin") in ("1", "2", "3", "4", "5", "6"):
        answers["skin_type"] = told["skin"]
    answers |= {key: told[key] for key in symptoms.symptoms() if told.get(key) in ("yes", "no")}
    return WantFindings(state.case_version, state.photos, answers, course.floor(state).value)


def request_plan(state: ChatState) -> WantPlan:
    """The same, for the questions that matter; what was answered with don't know is not asked again."""
    known = request(state)
    asked = {key: state.answers[key] for key in symptoms.symptoms() if key in state.answers}
    return WantPlan(known.case_version, known.photo_ids, known.answers | asked, known.floor)


def _ask(question: str, answers: tuple[str, ...]) -> Reply:
    buttons = tuple(Choice(f"{question}.{answer}", Text(f"{question}.{answer}")) for answer in answers)
    return Reply((Text(f"{question}.ask"),), buttons, question)


def _or_unknown(reply: Reply) -> Reply:
    return replace(reply, choices=(*reply.choices, Choice(f"{reply.key}.unknown", Text("answer.unknown"))))
