"""A question of a reminder that never arrived is not answered by what the person writes next; it is asked then."""

from __future__ import annotations

import pytest

from bot.conversation.events import ReminderDue, Said
from bot.conversation.here import Here
from bot.messages import Attachment, Inbound
from tests.bot.conversation.talk import Talk, ids, waiting

DAY_S = 86_400.0


def lost(kind: str = "visit") -> Talk:
    """A suspicious spot; the question was written a week later, and WhatsApp's window was closed."""
    talk = waiting()
    talk.channel = "whatsapp"
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 7 * DAY_S
    talk.event(ReminderDue(talk.state.case_version, kind, 1, talk.at))  # type: ignore[arg-type]
    assert talk.replies[-1].key == f"reminder.{kind}"
    talk.at += 5 * DAY_S
    return talk


def says(talk: Talk, text: str) -> list[str]:
    """Keys of what is said to a message that shows that the question did not arrive."""
    before = len(talk.replies)
    talk.event(Said((Inbound("message", text=text),), talk.at, here=Here(channel="whatsapp"), unheard=True))
    return [reply.key for reply in talk.replies[before:]]


@pytest.mark.parametrize("text", ["1", "yes", "ok", "2", "no"])
@pytest.mark.parametrize("kind", ["visit", "better"])
def test_what_was_not_read_is_not_answered(text: str, kind: str) -> None:
    talk = lost(kind)
    keys = says(talk, text)
    assert f"later.{kind}" not in talk.state.answers
    assert keys.count(f"reminder.{kind}") == (1 if keys else 0)


def test_the_number_belongs_to_the_list_that_was_read() -> None:
    talk = lost()
    before = len(talk.replies)
    assert says(talk, "1") == ["answer.what", "reminder.visit"]
    assert ids(talk.replies[before + 1]) == ["later.ask_visit"]
    assert talk.state.reminders_asked == 1
    talk.say("yes")
    assert talk.state.answers["later.visit"] == "yes"


def test_it_is_asked_once_whatever_is_written_next() -> None:
    talk = lost()
    says(talk, "1")
    assert talk.say("2").key == "later"
    assert talk.state.answers.get("later.visit") == "not_yet"
    assert not talk.state.owed


def test_beside_an_open_question_it_waits() -> None:
    talk = lost()
    assert says(talk, "delete") == ["delete"]
    before = len(talk.replies)
    talk.press("delete.no")
    assert [reply.key for reply in talk.replies[before:]] == ["menu", "reminder.visit"]


def test_what_is_erased_is_not_asked_about() -> None:
    talk = lost()
    says(talk, "delete")
    talk.press("delete.yes")
    assert talk.replies[-1].key == "deleted"
    assert not talk.state.owed


def test_a_change_of_language_asks_the_open_question_again_and_not_the_old_result() -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 7 * DAY_S
    talk.event(ReminderDue(talk.state.case_version, "visit", 1, talk.at))
    talk.say("/language")
    before = len(talk.replies)
    talk.press("language.sw")
    assert [ids(reply) for reply in talk.replies[before:]] == [["language.set"], ["later.ask_visit"]]
    assert talk.state.reminders_asked == 1
    talk.press("visit.yes")
    assert talk.state.answers["later.visit"] == "yes"


@pytest.mark.parametrize("kind", ["visit", "better"])
def test_a_question_that_stood_open_when_somebody_was_handed_over_is_asked_when_they_go_on(kind: str) -> None:
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    talk.at += 7 * DAY_S
    talk.event(ReminderDue(talk.state.case_version, kind, 1, talk.at))  # type: ignore[arg-type]
    assert talk.say("i want to die").key == "handover"
    assert talk.state.reminders_asked == 0
    assert talk.say("yes").key != f"reminder.{kind}"
    assert f"later.{kind}" not in talk.state.answers
    before = len(talk.replies)
    talk.press("safe.go_on")
    assert [reply.key for reply in talk.replies[before:]] == ["menu", f"reminder.{kind}"]
    assert talk.state.reminders_asked == 1
    assert not talk.state.owed


def test_nothing_stands_above_go_now() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.child")
    photo = Inbound("message", text="my baby cannot breathe", attachments=(Attachment("p9"),))
    said = ids(talk.hear(photo))
    assert said[0] == "now.go"
    assert "photo.not_now" in said
    assert ids(talk.press("language.sw"))[0] == "now.go"
