"""That somebody must be seen today is told when it is reached, and a case without a result does not lose it."""

from __future__ import annotations

from bot.conversation import course
from bot.conversation.events import Remind, ReminderDue
from bot.messages import Inbound, Urgency
from tests.bot.conversation.talk import Talk, ids

DAY_S = 86_400.0
TODAY = "findings.do.today"


def cellulitis() -> Talk:
    """A spot that is hot, swollen and painful, up to the photograph."""
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    return hot(talk)


def hot(talk: Talk) -> Talk:
    talk.no_danger()
    talk.press("shape.spot", "site.leg_foot", "danger4.yes")
    while (key := talk.replies[-1].key).startswith("d"):
        talk.press(key + (".yes" if key == "d14" else ".no"))
    talk.well()
    assert talk.replies[-1].key == "photo"
    return talk


def asked(talk: Talk, kind: str = "visit", version: int | None = None) -> list[str]:
    talk.at += DAY_S
    before = len(talk.replies)
    talk.event(ReminderDue(version or talk.state.case_version, kind, 1, talk.at))  # type: ignore[arg-type]
    return ids(talk.replies[-1]) if len(talk.replies) > before else []


def test_today_is_told_with_the_next_question_and_once() -> None:
    talk = cellulitis()
    told = [n for n, reply in enumerate(talk.replies) if TODAY in ids(reply)]
    assert len(told) == 1
    first = talk.replies[told[0]]
    assert ids(first)[:2] == [TODAY, "today.goes_on"]
    assert first.key == "health", "with the question after the yes, not in a message of its own"


def test_a_result_of_today_says_it_once() -> None:
    talk = cellulitis()
    reply = talk.press("photo.none")
    while reply.key not in ("no_photo",):
        reply = talk.press(f"{reply.key}.no")
    assert ids(reply).count(TODAY) == 1
    assert "today.goes_on" not in ids(reply)


def test_who_is_to_be_seen_today_and_falls_silent_is_asked_about_the_visit() -> None:
    talk = cellulitis()
    reminds = [e for e in talk.effects if isinstance(e, Remind)]
    assert [(r.case_version, [a.kind for a in r.asks]) for r in reminds] == [
        (talk.state.case_version, ["visit", "better"])
    ]
    assert asked(talk) == ["later.ask_visit"]
    reply = talk.press("visit.not_yet")
    assert TODAY in ids(reply)
    assert reply.key == "photo", "the open question stands under it"


def test_who_was_seen_meanwhile_goes_on_with_the_open_question() -> None:
    talk = cellulitis()
    asked(talk)
    reply = talk.press("visit.yes")
    assert ids(reply)[0] == "later.seen"
    assert reply.key == "photo"
    assert not asked(talk), "and the visit is not asked about again"


def test_nobody_is_asked_in_the_middle_of_answering() -> None:
    talk = cellulitis()
    talk.event(ReminderDue(talk.state.case_version, "visit", 1, talk.at + 60))
    assert talk.replies[-1].key == "photo"
    assert not talk.state.overlay


def test_new_keeps_the_urgency_of_a_case_that_had_no_result() -> None:
    talk = cellulitis()
    left = talk.state.case_version
    reply = talk.say("new")
    assert ids(reply)[:3] == ["new.start", "left.first", TODAY]
    assert talk.state.left_soon is Urgency.TODAY
    assert talk.state.floor is None
    assert asked(talk, version=left) == ["later.ask_visit"]
    assert TODAY in ids(talk.press("visit.not_yet"))


def test_new_says_that_a_week_was_reached() -> None:
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes")
    talk.no_danger()
    talk.press("shape.spot", "site.lip", "danger4.none")
    assert "findings.do.week" in ids(talk.say("new"))


def test_a_second_case_is_told_its_own_today() -> None:
    talk = cellulitis()
    talk.say("new")
    hot(talk)
    told = [reply for reply in talk.replies if ids(reply)[:2] == [TODAY, "today.goes_on"]]
    assert len(told) == 2


def bite() -> Talk:
    """A bite told a day ago: it must be seen today. Each answer was typed."""
    talk = Talk()
    talk.say("hello")
    talk.press("consent.yes", "age.adult")
    talk.hear(Inbound("message", text="none of these", language_hint="en", ref="d1"))
    talk.press("danger3.none", "shape.bite", "danger4.none")
    talk.well()
    assert course.soon(talk.state) is Urgency.TODAY
    talk.at += DAY_S
    return talk


def test_what_was_told_stays_while_a_sign_of_danger_is_asked_after_it() -> None:
    talk = bite()
    assert talk.say("I have a fever").key == "d08"
    assert course.soon(talk.state) is Urgency.TODAY
    assert {"left.first", TODAY} <= set(ids(talk.say("new")))
    assert (talk.state.left_version, talk.state.left_soon) == (1, Urgency.TODAY)
    assert asked(talk, version=1), "and it is asked about"


def test_so_it_does_while_an_edit_has_a_sign_asked() -> None:
    talk = bite()
    talk.hear(Inbound("edit", text="I don't know", ref="d1"))
    assert course.part(talk.state) == "danger"
    assert course.soon(talk.state) is Urgency.TODAY


def test_the_sign_that_was_asked_after_it_tells_nothing_twice() -> None:
    talk = bite()
    talk.say("I have a fever")
    reply = talk.press("d08.no")
    assert reply.key == "menu"
    assert course.soon(talk.state) is Urgency.TODAY
