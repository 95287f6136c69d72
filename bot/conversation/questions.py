"""The plain questions of a case: age, kind, place, skin, and what is felt and seen of the spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.clinical import symptoms
from bot.conversation import course, planning
from bot.conversation.events import WantFindings, WantPlan
from bot.conversation.signs import answers_key
from bot.conversation.state import ChatState
from bot.messages import Choice, Reply, Text, worst

__all__ = [
    "AGE_YEARS",
    "SITE_REGION",
    "answered",
    "ask_age",
    "ask_shape",
    "ask_site",
    "ask_skin",
    "ask_symptom",
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

SHAPES = ("spot", "rash", "wound")
# How skin reacts to sun stands for Fitzpatrick's types 1 to 6; it is asked, never read from the photograph.
SKINS = ("1", "2", "3", "4", "5", "6", "albinism")


def ask_age(state: ChatState) -> Reply:
    """How old the person is: it decides which signs are asked."""
    return _ask("age", tuple(AGE_YEARS))


def ask_shape(state: ChatState) -> Reply:
    """Which kind of problem: the model knows single spots, lumps and sores only."""
    return _ask("shape", SHAPES)


def ask_site(state: ChatState) -> Reply:
    """Where on the body; before any photograph is asked for, so that none of private parts is."""
    return _ask("site", tuple(SITE_REGION))


def ask_skin(state: ChatState) -> Reply:
    """How the skin reacts to sun."""
    reply = _ask("skin", SKINS)
    return replace(reply, choices=(*reply.choices, Choice("skin.unknown", Text("answer.unknown"))))


def ask_symptom(state: ChatState) -> Reply:
    """The next question about the spot. There must be one."""
    key = planning.question(state)
    buttons = tuple(Choice(f"{key}.{said}", Text(f"answer.{said}")) for said in ("yes", "no", "unknown"))
    return Reply((symptoms.symptoms()[key].question,), buttons, key)


def answered(state: ChatState, code: str) -> ChatState:
    """The state with one answer more; the floor rises with it where it must, and never falls.

    code: of a choice of the present question.
    """
    question, _, answer = code.partition(".")
    if course.part(state) == "danger":
        question = answers_key(question)
    state = replace(state, answers={**state.answers, question: answer})
    return replace(state, floor=worst(state.floor, course.assessment(state).urgency))


def request(state: ChatState) -> WantFindings:
    """What the engine is asked for this case."""
    told = state.answers
    answers = {
        "age": AGE_YEARS[told["age"]],
        "age_group": told["age"],
        "site": SITE_REGION[told["site"]],
        "skin": told["skin"],
    }
    if told["skin"] in ("1", "2", "3", "4", "5", "6"):
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
