"""One more photograph after a result: whose it is is asked, and the result keeps its urgency and its questions for later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import later
from bot.conversation.events import DropPhotos, FetchPhotos, Remind, ReminderDue, Ticked
from bot.messages import Attachment, Inbound, Reply, Urgency
from tests.bot.conversation.talk import Talk, ids, waiting

DAY_S = 86_400.0


def told() -> Talk:
    """A result to be seen within a week, whose visit is asked about later."""
    talk = waiting()
    talk.found(("MEL", "possible"), urgency="week")
    return talk


def bitten() -> Talk:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("wound", wound="bite")
    return talk


def wanted(talk: Talk) -> list[tuple[str, int]]:
    asks = [e for e in talk.effects if isinstance(e, Remind)][-1].asks
    return [(a.kind, a.days) for a in asks]


def remind(talk: Talk, version: int, kind: str = "visit", days: float = 7) -> Reply:
    talk.at += days * DAY_S
    before = len(talk.replies)
    talk.event(ReminderDue(version, kind, 1, talk.at))  # type: ignore[arg-type]
    return talk.replies[-1] if len(talk.replies) > before else Reply((), (), "silence")


@pytest.mark.parametrize("begin", [told, bitten])
def test_nothing_of_the_result_changes_until_it_is_said_whose_the_photograph_is(begin: type[Talk]):
    talk = begin()
    before = talk.state
    reply = talk.photo("p2")
    assert ids(reply) == ["which.ask"]
    assert [c.code for c in reply.choices] == ["which.same", "which.new"]
    same = ("case_version", "answers", "floor", "findings", "photos", "told", "reminded")
    assert [getattr(talk.state, name) for name in same] == [getattr(before, name) for name in same]
    assert not any(isinstance(e, FetchPhotos) and Attachment("p2") in e.attachments for e in talk.effects)


def test_a_photograph_of_the_same_spot_is_looked_at_with_the_others_and_the_urgency_stays():
    talk = told()
    talk.photo("p2")
    talk.press("which.same")
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")
    assert talk.wanted().floor == "week"
    reply = talk.found(("NEV", "likely"), urgency="routine")
    assert ids(reply)[0] == "findings.do.week"
    assert wanted(talk) == [("visit", 7), ("visit", 14)]


def test_some_days_on_the_same_spot_is_asked_about_danger_first_and_keeps_the_earlier_photograph_beside_it():
    talk = told()
    talk.at += 2 * DAY_S
    talk.photo("p2")
    reply = talk.press("which.same")
    assert "later.same_problem" in ids(reply)
    assert reply.key == "danger1"
    assert (talk.state.earlier_photos, talk.state.photos) == (("id-p1",), ("id-p2",))
    assert talk.state.floor is Urgency.WEEK


def test_a_new_problem_begins_a_case_and_says_what_still_holds_for_the_other_one():
    talk = told()
    talk.photo("p2", "p3")
    reply = talk.press("which.new")
    assert ids(reply)[:4] == ["photo.new_case", "left.first", "findings.do.week", "photo.new_case_why"]
    assert reply.key == "age"
    assert (talk.state.photos, talk.state.answers) == (("id-p2", "id-p3"), {})
    routine = waiting()
    routine.found(("NEV", "likely"), urgency="routine")
    routine.photo("p2")
    assert "left.first" not in ids(routine.press("which.new"))


@pytest.mark.parametrize("word", ["a new one", "2", "new"])
def test_it_can_be_typed(word: str):
    talk = told()
    talk.photo("p2")
    assert talk.say(word).key == "age"
    assert talk.state.photos == ("id-p2",)


def test_what_is_asked_meanwhile_is_answered_and_the_question_stands():
    talk = told()
    talk.photo("p2")
    reply = talk.say("is it dangerous?")
    assert ids(reply)[-1] == "which.ask"
    assert len(reply.paragraphs) > 1
    assert talk.press("menu.home").key == "which"
    talk.say("language")
    assert talk.press("language.en").key == "which"
    assert talk.press("which.same").key != "button.old"
    assert talk.wanted().photo_ids == ("id-p1", "id-p2")


def test_a_photograph_that_nobody_says_more_of_is_forgotten_after_a_day():
    talk = told()
    talk.photo("p2")
    talk.event(Ticked(talk.at + DAY_S))
    assert DropPhotos((Attachment("p2"),)) in talk.effects
    assert (talk.state.pending, talk.state.overlay) == ((), "")
    assert talk.say("is it dangerous?").key == "answer.danger"


def test_danger_comes_before_the_question():
    talk = told()
    talk.photo("p2")
    assert talk.say("he cannot breathe").key == "now"


def test_the_visit_is_asked_about_while_the_new_case_has_no_result():
    talk = told()
    version = talk.state.case_version
    talk.photo("p2")
    talk.press("which.new")
    assert remind(talk, version).key == "reminder.visit"
    reply = talk.press("visit.not_yet")
    assert ids(reply)[:3] == ["later.hard", "later.in_days", "later.who"]
    assert reply.key == "age"
    assert remind(talk, version, days=1).key == "reminder.visit"
    assert ids(talk.press("visit.yes"))[0] == "later.seen"
    assert remind(talk, version, days=1).key == "silence"


def test_worse_of_the_problem_that_was_left_asks_about_danger_and_keeps_its_urgency():
    talk = told()
    version = talk.state.case_version
    talk.say("new")
    talk.press("age.adult", "danger1.none")
    assert remind(talk, version, "better").key == "reminder.better"
    reply = talk.press("better.worse")
    assert ids(reply)[0] == "later.sorry"
    assert reply.key == "danger1"
    assert talk.state.floor is Urgency.WEEK


def test_a_result_that_is_less_pressing_asks_about_the_visit_that_the_other_one_needs():
    talk = told()
    talk.photo("p2")
    talk.press("which.new")
    talk.no_danger()
    talk.spot()
    talk.found(("NEV", "likely"), urgency="routine")
    assert ids(talk.replies[-1])[0] == "findings.do.routine"
    assert wanted(talk) == [("visit", 7), ("visit", 14)]


def test_a_new_case_begins_without_what_a_clinician_told_of_the_one_before():
    talk = told()
    talk.state = replace(talk.state, opinion=Urgency.NOW)
    assert talk.say("hello").key == "now"
    assert talk.say("new").key == "age"
    talk = told()
    talk.state = replace(talk.state, opinion=Urgency.TODAY)
    assert "findings.do.today" in ids(talk.say("new"))
    assert talk.state.opinion is None


def test_whoever_was_seen_leaves_nothing():
    talk = told()
    version = talk.state.case_version
    remind(talk, version)
    talk.press("visit.yes")
    talk.photo("p2")
    assert "left.first" not in ids(talk.press("which.new"))
    assert remind(talk, version, days=1).key == "silence"


def test_a_photograph_of_a_bite_is_kept_beside_it_and_of_private_parts_it_is_not():
    talk = bitten()
    talk.photo("p2")
    assert "findings.photo_kept" in ids(talk.press("which.same"))
    assert talk.state.photos == ("id-p2",)
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.kind("spot", "private")
    talk.well()
    talk.photo("p2")
    assert ids(talk.press("which.same"))[0] == "sent.photo_deleted"
    assert talk.state.photos == ()


def test_a_question_of_ours_that_nobody_answered_does_not_end_the_follow_up():
    for word in ("language", "delete", "teach"):
        talk = told()
        version = talk.state.case_version
        talk.say(word)
        assert talk.state.overlay
        assert remind(talk, version).key == "reminder.visit", word


def test_a_reminder_waits_while_something_else_was_asked_just_now():
    talk = told()
    talk.say("language")
    event = ReminderDue(talk.state.case_version, "visit", 1, talk.at + 60)
    before = len(talk.replies)
    talk.event(event)
    assert len(talk.replies) == before
    assert later.waits(talk.state, event)
    assert not later.waits(replace(talk.state, overlay=""), event)
    assert not later.waits(talk.state, replace(event, case_version=99))


def test_a_caption_that_says_new_begins_a_new_case_and_says_what_still_holds():
    talk = told()
    reply = talk.hear(Inbound("message", text="new", attachments=(Attachment("p2"),)))
    assert {"new.start", "left.first", "findings.do.week"} <= {*ids(reply)}
    assert reply.key == "age"


def test_whose_photograph_it_is_is_not_asked_beside_who_can_help():
    talk = told()
    talk.hear(Inbound("message", text="I want to die", attachments=(Attachment("one"),)))
    reply = talk.say("can I swim with it?")
    assert talk.state.handover
    assert reply.key == "handover"
    assert talk.press("safe.go_on").key == "which"


def test_a_photograph_that_waited_in_vain_is_told_of_with_the_next_reply() -> None:
    talk = waiting()
    talk.found(("NEV", "possible"), urgency="week")
    assert talk.photo("px").key == "which"
    talk.at += 25 * 3600
    before = len(talk.replies)
    talk.event(Ticked(talk.at))
    assert len(talk.replies) == before
    assert ids(talk.press("menu.what"))[0] == "which.not_kept"
    assert "which.not_kept" not in ids(talk.say("hello")), "once"
