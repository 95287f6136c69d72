"""The simulator notices: each promise is broken on purpose, and the talk that shows it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.conversation import ChatState, step
from bot.conversation.events import Event, Said, Step, Ticked
from bot.messages import Choice, Reply, Text, Urgency
from tests.simulator import worlds
from tests.simulator.people import person
from tests.simulator.playing import play, transcript


def _mute(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    return replace(done, replies=()) if "shape" in done.state.answers and isinstance(event, Said) else done


def _forgets(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    return replace(done, state=replace(done.state, answers={})) if "site" in state.answers else done


def _calms_down(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    floor = Urgency.WEEK if state.floor is Urgency.NOW else done.state.floor
    return replace(done, state=replace(done.state, floor=floor))


def _asks_on(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    extra = Reply((Text("site.ask"),), (Choice("site.back", Text("site.back")),), "site")
    return (
        replace(done, replies=(*done.replies, extra)) if state.floor is Urgency.NOW and done.replies else done
    )


def _reminds_the_stopped(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    if isinstance(event, Ticked) and state.stopped:
        return replace(done, replies=(Reply((Text("resume.hello"),), (), "reminder"),))
    return done


def _asks_for_ever(state: ChatState, event: Event) -> Step:
    done = step(state, event)
    return replace(
        done, state=replace(done.state, answers={k: v for k, v in done.state.answers.items() if k != "site"})
    )


def _falls_over(state: ChatState, event: Event) -> Step:
    if "site" in state.answers:
        raise RuntimeError("made up")
    return step(state, event)


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (_mute, "dead end"),
        (_forgets, "case lost"),
        (_calms_down, "urgency fell"),
        (_asks_on, "said too much"),
        (_reminds_the_stopped, "said after stop"),
        (_asks_for_ever, "dead end"),
        (_falls_over, "exception"),
    ],
)
def test_a_broken_promise_is_found(
    broken: Callable[[ChatState, Event], Step], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "step", broken)
    found = []
    for number in range(400):
        played = play(person(number, 3))
        found = [p for p in played.problems if p.kind == kind]
        if found:
            assert f"!! {kind}" in transcript(played)
            break
    assert found
