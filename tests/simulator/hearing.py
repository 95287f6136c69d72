"""Every phrase once, at three moments of a case: what the matcher hears, language by language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from bot.conversation import ChatState, new_state, step
from bot.conversation.events import Event, Said
from bot.conversation.here import Here
from bot.messages import Inbound, Reply
from tests.simulator.checks import is_go_now
from tests.simulator.minds import is_result
from tests.simulator.people import Person
from tests.simulator.phrases import Phrase, phrases
from tests.simulator.playing import play
from tests.simulator.truths import Truth
from tests.simulator.worlds import PureWorld, Watch

__all__ = ["MOMENTS", "Heard", "age_for", "asks_more", "hear_all", "moment"]

MOMENTS = ("first message", "between questions", "after the result")


@dataclass(frozen=True, slots=True)
class Heard:
    """One phrase at one moment. go_now: it was answered with "go now" in its turn. asked: not so, but a sign is asked at once."""

    phrase: Phrase
    moment: str
    go_now: bool
    asked: bool = False


def hear_all(file: str) -> list[Heard]:
    """Every phrase of a file at every moment."""
    return [
        Heard(p, m, *_answered(p, moment(m, p.language, age_for(p.sign))))
        for p in phrases(file)
        for m in MOMENTS
    ]


@cache
def moment(name: str, language: str, age: str) -> ChatState:
    """A chat at a moment of the talk of somebody willing whom nothing ails. name: of `MOMENTS`."""
    if name == MOMENTS[0]:
        return new_state(language)
    truth = Truth(age, "spot", "back", "3", "NEV", {}, frozenset(), "rules")
    willing = Person(
        0, 0, language, language, "webchat", truth, frozenset(), None, 0, False, (), 99, False, True
    )
    found: list[ChatState] = []

    def watch(
        before: ChatState,
        event: Event,
        after: ChatState,
        replies: tuple[Reply, ...],
        effects: tuple[object, ...],
    ) -> None:
        asked = name == MOMENTS[1] and "age" in after.answers and bool(replies)
        told = name == MOMENTS[2] and any(is_result(reply) for reply in replies)
        if asked or told:
            found.append(after)

    def world(person: Person, also: Watch) -> PureWorld:
        return PureWorld(person, watch=watch)

    play(willing, world)
    assert found, f"no talk of a {age} in {language} came to: {name}"
    return found[0]


def _answered(phrase: Phrase, state: ChatState) -> tuple[bool, bool]:
    item = Inbound("message", text=phrase.text, language_hint=phrase.language)
    at = (state.last_at or 1e9) + 30
    done = step(replace(state, wake_at=None), Said((item,), at, here=Here("webchat", emergency="999")))
    now = any(is_go_now(reply, phrase.sign or "D45") for reply in done.replies)
    return now, not now and asks_more(state, done.state)


def asks_more(before: ChatState, after: ChatState) -> bool:
    """True where a sign was heard that is asked at once."""
    wanted = {key for key, said in after.answers.items() if key.endswith(".own") and said == "ask"}
    return any(before.answers.get(key) != "ask" for key in wanted)


def age_for(sign: str) -> str:
    """The age group of somebody of whom a sign is said."""
    return (
        "infant"
        if sign in ("D21", "D22", "D23", "D24")
        else "child"
        if sign in ("D01", "D02", "D37")
        else "adult"
    )
