"""Every answer to a reminder against every urgency: what is said then is never milder than what was reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation import course
from bot.conversation.another import leaving
from bot.conversation.desk.sitting import DUE_AFTER_S
from bot.conversation.events import ReminderDue
from bot.messages import Reply, Urgency
from tests.bot.conversation.desk.bench import Bench
from tests.bot.conversation.talk import Talk, ids, shown, waiting

NOW, TODAY, WEEK, ROUTINE = Urgency
# What each sentence means, in how soon.
SOON = {
    "now.go": NOW,
    "findings.do.today": TODAY,
    "findings.do.week": WEEK,
    "later.in_days": WEEK,
    "findings.do.routine": ROUTINE,
}
DESK_SOON = {f"desk.soon.{one.value}": one for one in Urgency}
# Said of time, and of no urgency: after these nobody is to wait until then.
PUTS_OFF = ("desk.went.same",)

ANSWERS = {
    "better": ("better.better", "better.same", "better.worse", "better.stop"),
    "visit": ("visit.yes", "visit.not_yet", "visit.stop"),
}
# What else than a clinician's word reaches `now` ends in "go now", and nobody is asked.
REACHED = [
    (NOW, "clinician"),
    *((u, by) for u in (TODAY, WEEK, ROUTINE) for by in ("findings", "clinician", "left")),
]
CASES = [(kind, code) for kind, codes in ANSWERS.items() for code in codes]


def reminded(urgency: Urgency, kind: str, by: str) -> Talk:
    """A talk in which the question stands open. by: who reached the urgency: the findings, a clinician afterwards, or an earlier
    result that the present case left behind."""
    talk = waiting()
    given = urgency if by != "clinician" and urgency is not NOW else ROUTINE
    talk.found(("NEV", "likely"), urgency=given.value)
    version = talk.state.case_version
    if by == "left":
        talk.state = replace(leaving(talk.state, other=True), case_version=version + 1, findings=None)
    talk.event(ReminderDue(version, kind, 1, talk.at))  # type: ignore[arg-type]
    assert talk.replies[-1].key == f"reminder.{kind}"
    if given is not urgency:
        talk.state = replace(talk.state, opinion=urgency)
    return talk


def soonest(reply: Reply) -> Urgency | None:
    found = [SOON[one] for one in ids(reply) if one in SOON]
    return min(found, key=lambda one: one.rank) if found else None


def is_milder(reply: Reply, reached: Urgency) -> bool:
    return any(SOON[one].rank > reached.rank for one in ids(reply) if one in SOON)


@pytest.mark.parametrize(("urgency", "by"), REACHED)
@pytest.mark.parametrize(("kind", "code"), CASES)
def test_no_answer_to_a_reminder_is_milder_than_what_was_reached(
    urgency: Urgency, kind: str, code: str, by: str
) -> None:
    talk = reminded(urgency, kind, by)
    reply = talk.press(code)
    assert reply.paragraphs
    shown(reply)  # every sentence is there
    assert not is_milder(reply, urgency), ids(reply)
    seen = code == "visit.yes" and urgency is not NOW
    asked = code == "better.worse" and urgency is not NOW
    if urgency is NOW:
        assert soonest(reply) is NOW
        assert course.part(talk.state) == "now"
    elif asked:
        assert course.part(talk.state) == "danger"
        assert course.soon(talk.state).rank <= urgency.rank
    elif not seen and urgency is not ROUTINE:
        assert soonest(reply) == urgency, ids(reply)
    elif seen:
        assert soonest(reply) is None


@pytest.mark.parametrize("urgency", [TODAY, WEEK])
def test_who_was_seen_and_got_worse_has_to_be_seen_again(urgency: Urgency) -> None:
    talk = reminded(urgency, "visit", "findings")
    talk.press("visit.yes")
    version = talk.state.case_version
    talk.event(ReminderDue(version, "better", 2, talk.at))
    talk.press("better.worse", "danger1.none", "danger3.none", "danger4.none")
    talk.photo("p2")
    while course.part(talk.state) == "question":
        talk.press(f"{talk.replies[-1].key}.no")
    talk.found(("NEV", "likely"), urgency="routine")
    assert "later.visit" not in talk.state.answers
    assert course.soon(talk.state) is urgency


def at_desk(urgency: Urgency) -> tuple[Bench, str]:
    """A worker's case that has come to this urgency."""
    bench = Bench()
    bench.photo("p1", origin="amina")
    (code,) = bench.cases
    bench.whole_spot(code)
    if urgency is NOW:
        bench.say(f"{code} cannot breathe")
    else:
        bench.found(code, ("NEV", "likely"), urgency=urgency.value)
    if urgency is ROUTINE:
        case = bench.cases[code]
        bench.cases[code] = replace(case, opinion=ROUTINE, opinion_over=case.reached)
    assert bench.cases[code].reached is urgency
    return bench, code


@pytest.mark.parametrize("word", ["better", "same", "worse", "seen"])
@pytest.mark.parametrize("urgency", Urgency)
def test_no_word_about_a_workers_case_is_milder_than_what_was_reached(urgency: Urgency, word: str) -> None:
    bench, code = at_desk(urgency)
    # A day after it was due.
    bench.at += DUE_AFTER_S[urgency] + 86_400
    due = bench.cases[code].due_at
    said = [one for reply in bench.say(f"{code} {word}") for one in ids(reply)]
    told = [DESK_SOON[one] for one in said if one in DESK_SOON] + [SOON[one] for one in said if one in SOON]
    assert not [one for one in told if one.rank > urgency.rank], said
    if word in ("better", "same") and urgency is not ROUTINE:
        assert urgency in told, said
        assert not set(PUTS_OFF) & set(said)
        assert bench.cases[code].due_at == due
    assert bench.cases[code].reached.rank <= urgency.rank


def test_who_was_seen_comes_back_on_the_list_in_a_week() -> None:
    bench, code = at_desk(TODAY)
    bench.say(f"{code} seen")
    said = [one for reply in bench.say(f"{code} same") for one in ids(reply)]
    assert "desk.went.same" in said
    assert bench.cases[code].due_at == bench.at + DUE_AFTER_S[WEEK]
    # And after it got worse, nobody has seen it as it is now.
    bench.say(f"{code} worse")
    assert "later.visit" not in bench.cases[code].state.answers
