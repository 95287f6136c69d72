"""A model that is slow, or dies: the person sees that work goes on, is told once that it takes longer, and gets findings."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from bot.conversation import moments
from tests.journeys.course import ANSWERS_BEFORE, begin, to_last_question
from tests.journeys.person import Person, drawn_photo, meet
from tests.journeys.town import Town, until
from tests.journeys.town import town as running

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def slow_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Work of a dead process is taken over after 4 s, and six seconds are long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments, "PATIENCE_S", 6.0)
        with running(tmp_path_factory.mktemp("town"), lease_s=4.0) as made:
            yield made


def keys(town: Town, person: Person) -> list[str]:
    return [row.key for row in town.replies(person.channel, person.address)]


def signs(town: Town, person: Person) -> int:
    """How often Telegram was asked to show that we type."""
    return sum(
        e["event"] == "sendChatAction" and str(e["chat"]) == person.address
        for e in list(town.telegram.api.log)
    )


def almost_there(person: Person) -> str:
    """All but the last answer; its code."""
    begin(person, "en", drawn_photo(person.number))
    for code in ("consent.yes", *ANSWERS_BEFORE):
        person.choose(code)
    return to_last_question(person)


def test_who_waits_long_sees_work_going_on_and_is_told_once(slow_town: Town) -> None:
    town = slow_town
    people = [meet(town, channel, "en") for channel in ("telegram", "webchat")]
    last = [almost_there(person) for person in people]
    pid = town.child.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        for person, code in zip(people, last, strict=True):
            person._send(choice=code)
        before = signs(town, people[0])
        until(lambda: all(keys(town, p)[-1] == "takes_longer" for p in people), "the word on a long wait")
        until(lambda: signs(town, people[0]) >= before + 2, "typing shown again")
        time.sleep(3)  # sweeps go on: it is not said again
        assert [keys(town, p).count("takes_longer") for p in people] == [1, 1]
    finally:
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGKILL)
    for person in people:
        person.heard()
        assert keys(town, person)[-2:] == ["takes_longer", "skin"]
    after = signs(town, people[0])
    time.sleep(5)
    assert signs(town, people[0]) == after


def test_quick_findings_come_without_a_word_on_waiting(slow_town: Town) -> None:
    person = meet(slow_town, "telegram", "en")
    person.choose(almost_there(person))
    time.sleep(moments.PATIENCE_S + 2)
    assert keys(slow_town, person)[-2:] == ["elevation", "skin"]
    assert "takes_longer" not in keys(slow_town, person)
