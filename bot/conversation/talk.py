"""What a language model said of a case: described features in the catalogue's words, and its own sentences after the guard.

A model sentence is shown in a language that the guard is made for, marked as the computer's own; in every other case the
catalogue speaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import locales
from bot import guard, reading
from bot.clinical import conditions, features, names
from bot.conversation import course, results, saying
from bot.conversation.events import Step, TalkReady, WantAnswer
from bot.conversation.state import ChatState
from bot.messages import Reply, Text
from locales import kept

__all__ = ["ANSWER_S", "answer_due", "late", "may_describe", "may_stand", "ready", "unclear", "wanted"]

# The worker gives an answer up after half a minute; if even that goes wrong, nobody waits longer than this.
ANSWER_S = 60.0
MOST_WORDS = 90
MOST_QUESTION = 300
# Reasons of an abstention after which the photograph is not described either: there is no spot on it that can be trusted.
_NOT_DESCRIBED = ("out_of_scope", "unusable", "failed")

# What a person has been asked is not told them from a picture: whoever felt that it is flat knows better.
_FELT = {"raised": "elevation", "bleeding": "bleed"}

_FEATURES = re.compile(
    r"^\s*this is a skin disease image with the following medical features[^:]*:[^.]*\.\s*", re.IGNORECASE
)
_IMAGE_OF = re.compile(r"\bthis could be a skin disease image of\b", re.IGNORECASE)
# How soon to go was said with the findings, by rules that know more than the model.
_ADVICE = re.compile(
    r"\b(?:be seen|looked at|see a|show it|go to a|clinic|no diagnosis|trained person)\b", re.IGNORECASE
)


def wanted(state: ChatState, text: str) -> WantAnswer | None:
    """The question for the language model; None where it is not to be asked.

    It is asked what is written in its language, of a case whose findings name something, one question at a time.
    """
    question = reading.plain(text)[:MOST_QUESTION]
    asks = state.speaks in guard.SPOKEN and reading.is_of(question, state.speaks)
    # What rules found has no photograph behind it that the model has read: the catalogue answers.
    by_rules = state.findings is not None and state.findings.basis == "rules"
    if not asks or by_rules or not results.named(state) or _awaited(state):
        return None
    # A question is a person's words: marks with which a prompt is built have no place in it.
    return WantAnswer(state.case_version, re.sub(r"[#<>\[\]{}|\\]+", " ", question).strip())


def answer_due(state: ChatState) -> float | None:
    """When an answer that did not come is given up (epoch s); None where none is awaited."""
    return state.asked_at + ANSWER_S if _awaited(state) and state.asked_at is not None else None


def ready(state: ChatState, event: TalkReady) -> Step:
    """What is said of it; nothing where the case has moved on, the person has stopped, or nobody waits for it."""
    if event.case_version != state.case_version:
        return Step(state)
    if event.kind == "answer":
        return _answered(state, event.text)
    return _described(state, event)


def late(step: Step) -> Step:
    """The step, and after findings that it tells what was said of them before. After "go now" it is kept no longer."""
    state = step.state
    if state.description and course.part(state) == "now":
        return replace(step, state=replace(state, description=()))
    if not state.description or not _told(state) or state.overlay or state.handover:
        return step
    text, *seen = state.description
    state = replace(state, description=())
    event = TalkReady(state.case_version, "describe", text, features=tuple(seen))
    done = _described(state, event)
    return replace(step, state=done.state, replies=(*step.replies, *done.replies))


def may_describe(state: ChatState, case_version: int) -> bool:
    """True where a description of this version would be said now: the findings were, it was not, and no question stands open."""
    found = state.findings
    if case_version != state.case_version or not _told(state) or found is None:
        return False
    if state.overlay or state.handover or state.described == state.case_version:
        return False
    return not (found.abstained and found.reason in _NOT_DESCRIBED)


def may_stand(state: ChatState, kind: str, text: str) -> bool:
    """Whether what the language model said of the case ("describe" or "answer") passes: what does not is no context either.

    A sentence that a person may not read would speak again out of the answer to their next question.
    """
    if kind == "describe":
        return bool(_own_words(state, _beside_features(text), names_first=True))
    return bool(_own_words(state, text, names_first=False))


def unclear(state: ChatState) -> Reply:
    """The catalogue's sentence for text that was not understood, with the menu."""
    return Reply((Text("menu.unclear"),), results.menu(state), "menu")


def _awaited(state: ChatState) -> bool:
    return state.asked == state.case_version


def _told(state: ChatState) -> bool:
    return not state.stopped and course.part(state) == "findings" and state.told == state.case_version


def _described(state: ChatState, event: TalkReady) -> Step:
    """A second short message: the features, and what the model wrote beside them where it may be shown. Said once a case."""
    waits = state.findings is not None and course.part(state) in ("skin", "danger", "health")
    if waits and state.told != state.case_version:
        return Step(replace(state, description=(event.text, *event.features)))
    if not may_describe(state, event.case_version):
        return Step(state)
    felt = {concept for concept, question in _FELT.items() if state.answers.get(question) in ("yes", "no")}
    seen = features.described(event.features, felt)
    if not seen:
        return Step(state)
    said = [Text("talk.features", {"features": seen})]
    words = _own_words(state, _beside_features(event.text), names_first=True)
    said += _marked(words) if words else [Text("talk.may_be_wrong")]
    state = replace(state, described=state.case_version)
    return saying.say_only(state, Reply(tuple(said), results.menu(state), "described"))


def _answered(state: ChatState, text: str) -> Step:
    """The model's answer to the question that is awaited, or the catalogue's sentence."""
    if not _awaited(state):
        return Step(state)
    state = replace(state, asked=0, asked_at=None)
    if not _told(state) or state.handover:
        return Step(state)
    words = _own_words(state, text, names_first=False)
    carried = tuple(Text(name) for name in state.carry)
    reply = Reply(tuple(_marked(words)), results.menu(state), "answer.own_words") if words else unclear(state)
    if state.overlay:
        # A question stands open: it is asked again under the answer.
        return saying.say(state, *reply.paragraphs)
    state = replace(state, carry=())
    return saying.say_only(state, replace(reply, paragraphs=(*carried, *reply.paragraphs)))


def _marked(words: str) -> list[Text]:
    return [Text("talk.own_words", {"words": words}), Text("talk.who_decides")]


def _beside_features(text: str) -> str:
    """What a description says after its list of features, without advice on when to go."""
    rest = _IMAGE_OF.sub("This could be", _FEATURES.sub("", reading.plain(text)))
    return " ".join(s for s in reading.sentences(rest) if not _ADVICE.search(s))


def _own_words(state: ChatState, text: str, *, names_first: bool) -> str:
    """The model's sentences as they may be shown, '' where they may not.

    names_first: they must name the first condition of the findings: words and numbers never contradict each other.
    """
    shown = [condition.code for condition in results.named(state)]
    if not text.strip() or not shown:
        return ""
    known = _known(state.speaks)
    held = guard.guard(
        text,
        language=state.speaks,
        allowed=set(shown),
        known=known,
        max_words=MOST_WORDS,
        soon=course.soon(state),
    )
    if isinstance(held, guard.Refused):
        return ""
    if names_first and not any(shown[0] in codes for codes in guard.named(held.text, known)):
        return ""
    return held.text


@kept()
def _known(language: str) -> tuple[guard.Known, ...]:
    """The catalogue's conditions with their names and sentences in a language."""
    also: Mapping[str, tuple[str, ...]] = names.names().by_name
    return tuple(
        guard.Known(
            code,
            (
                locales.render(entry.name, language),
                *(name for name, codes in also.items() if code in codes),
            ),
            tuple(
                locales.render(t, language)
                for t in (entry.about, entry.contagious, *entry.homes, entry.when, entry.work, entry.lasts)
            ),
        )
        for code, entry in conditions.everything().items()
    )
