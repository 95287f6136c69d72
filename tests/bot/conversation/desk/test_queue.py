"""A clinician's queue says by when each answer is due, by the calendar of the place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.casework import due
from bot.conversation.desk import Around, Case, DeskState, step
from bot.conversation.desk.events import Waiting
from bot.conversation.events import Said
from bot.conversation.here import Here
from bot.conversation.state import new_state
from bot.messages import Inbound, Urgency
from tests.bot.conversation.desk.bench import shown

NAIROBI = ZoneInfo("Africa/Nairobi")


def at(day: int, hour: int, month: int = 3) -> float:
    return datetime(2026, month, day, hour, tzinfo=NAIROBI).timestamp()


def queue(urgency: Urgency | None, since: float, now: float, language: str = "en") -> str:
    """The one line of the queue."""
    state = replace(new_state(language), floor=urgency)
    case = Case("K7-42", state, opened_at=since, touched_at=since, escalated=True)
    around = Around((), clinicians=True, zone=NAIROBI, queue=(Waiting(case, since),))
    desk = DeskState(role="clinician", language=language, here=Here(channel="telegram"), notice_in=language)
    done = step(
        desk, Said((Inbound("message", text="/queue"),), now, here=Here(channel="telegram")), {}, around
    )
    return shown(done.replies[0], language).splitlines()[-1]


@pytest.mark.parametrize(
    ("urgency", "now", "due"),
    [
        (Urgency.NOW, at(2, 10), "Answer at once."),
        (Urgency.TODAY, at(2, 23), "Answer today."),
        (Urgency.TODAY, at(3, 0), "Late: the answer was due by 2 March 2026."),
        (Urgency.WEEK, at(2, 10), "Answer by 9 March 2026."),
        (Urgency.WEEK, at(9, 1), "Answer today."),
        (Urgency.WEEK, at(10, 1), "Late: the answer was due by 9 March 2026."),
        (Urgency.ROUTINE, at(2, 10), "Answer by 16 March 2026."),
    ],
)
def test_each_urgency_has_its_last_day(urgency: Urgency, now: float, due: str) -> None:
    line = queue(urgency, at(2, 9), now)
    assert "K7-42: " in line
    assert line.endswith(due)


def test_the_age_and_how_soon_stand_there_still() -> None:
    assert "K7-42: this week, 3 hours. Answer by 9 March 2026." in queue(Urgency.WEEK, at(2, 9), at(2, 12))


def test_where_nothing_is_known_of_how_soon_no_day_is_made_up() -> None:
    line = queue(None, at(2, 9), at(2, 10))
    assert "not known yet" in line
    assert "Answer" not in line


@pytest.mark.parametrize(
    ("language", "words"), [("sw", "Jibu leo."), ("ar", "أجب اليوم."), ("hi", "आज जवाब दें।")]
)
def test_it_is_said_in_the_clinicians_language(language: str, words: str) -> None:
    assert words in queue(Urgency.TODAY, at(2, 9), at(2, 10), language)


def test_the_more_pressing_the_earlier_it_is_due() -> None:
    days = [due.answer_by(urgency, at(2, 9), NAIROBI) for urgency in sorted(Urgency, key=lambda u: u.rank)]
    assert days == sorted(days)
    assert len(set(days)) == len(days)
