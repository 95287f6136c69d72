"""What a person writes of their health by the way: "I am pregnant" counts at any moment, as if the question had been asked.

Words of its own state it ("I have diabetes"). Whatever only speaks of it - inside a longer text, of a sister, of the mother of a
child, the bare name of an illness - has it asked again, where somebody had said "none of these" and it could raise what was
reached. A denial or a question does neither, and nothing that was said is taken back.
"""

from __future__ import annotations

import re
from dataclasses import replace

import locales
from bot.clinical import statements
from bot.conversation import course, ruled, typed
from bot.conversation.state import ChatState
from bot.messages import Inbound, Text, worst

__all__ = ["NOTED", "answer", "heard", "only_this"]

NOTED = "health.noted"
# Modifiers with their lists of typed words. Of who is frail nobody says so in words that mean nothing else.
_SAID = {
    "pregnant": "health_pregnant",
    "diabetes": "health_diabetes",
    "weak_immunity": "health_weak_immunity",
}
_NOTHING_YET = (None, "none", "unknown")
_ENDS = re.compile(r"(?<=[.!?؟।॥።፧])\s+|[,;\n،؛፣፤]+")


def heard(state: ChatState, items: tuple[Inbound, ...]) -> tuple[ChatState, tuple[Text, ...]]:
    """The state after what the items say of health, and that it was noted. Nothing of a small baby: its age raises by itself."""
    told = state.answers
    if told.get("age", "infant") == "infant" or told.get("health") not in _NOTHING_YET:
        return state, ()
    text = "\n".join(item.text for item in items if item.kind == "message" and item.text.strip())
    stated, spoken_of = _said(text, state.speaks)
    # What somebody says of themself for a child may be so of the mother.
    if stated and told["age"] != "child":
        state = _raised(state, stated)
        return state, () if state.at_once else (Text(NOTED, {"health": Text(f"health.{stated}")}),)
    return (_asked_again(state) if stated or spoken_of else state), ()


def answer(text: str, language: str) -> str:
    """The choice of the question about health that a text picks, '' where it speaks of none, of several, or denies."""
    found = [key for key, words in _SAID.items() if typed.mentions(words, text, language)]
    return f"health.{found[0]}" if len(found) == 1 and not statements.hedged(text, language) else ""


def only_this(text: str, language: str) -> bool:
    """True where a text states something of health and says no more."""
    return any(typed.is_word(words, text, language) for words in _SAID.values())


def _said(text: str, language: str) -> tuple[str, bool]:
    """The modifier that a sentence of the text states, '' for none; and whether one is spoken of that is not denied or asked."""
    parts = [part for part in _ENDS.split(text) if part.strip()]
    spoken_of = False
    for key, words in _SAID.items():
        for part in parts:
            if len(locales.normalise(part).split()) > 1 and typed.is_word(words, part, language):
                if not part.rstrip().endswith(("?", "؟", "፧")):
                    return key, True
            elif typed.mentions(words, part, language):
                spoken_of = spoken_of or not statements.hedged(part, language)
    return "", spoken_of


def _raised(state: ChatState, key: str) -> ChatState:
    """The state with the modifier. Where it makes more pressing what was told, that is told anew, and asked about later anew."""
    before = course.urgency(state)
    state = replace(state, answers={**state.answers, "health": key})
    state = replace(state, floor=worst(state.floor, course.assessment(state).urgency))
    if state.findings is not None and ruled.applies(state.answers):
        anew = ruled.findings(state.answers, worst(course.floor(state), state.findings.urgency) or before)
        state = replace(state, findings=anew) if anew.urgency.rank < state.findings.urgency.rank else state
    if course.urgency(state).rank < before.rank:
        state = replace(state, told=0, reminded=0)
    return state


def _asked_again(state: ChatState) -> ChatState:
    """The state in which the question about health stands open again, where it was answered and an answer could raise."""
    if "health" not in state.answers:
        return state
    open_ = replace(state, answers={k: said for k, said in state.answers.items() if k != "health"})
    by_rules = ruled.applies(open_.answers) and not open_.overlay
    for candidate in (open_, replace(open_, findings=None)) if by_rules else (open_,):
        if course.part(candidate) == "health":
            return replace(candidate, told=0, reminded=0)
    return state
