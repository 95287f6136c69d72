"""A question for later is asked once, whoever dies; never at night, never of whom it does not fit any more."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from sqlalchemy import Engine, func, insert, select, update

from bot import conversation, outbox, reminders
from bot.clock import db_now
from bot.conversation.events import Asking, Remind
from bot.database import transaction
from bot.leases import TURN, take
from bot.quiet_hours import QuietHours
from bot.tables import Chat, InboundRow, Reminder, ReplyRow
from tests.faults.script import AGREE, ANSWERS
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from tests.worker.test_turn import Talk
from worker import deliver, effects, erasing, retention, sweep, turn
from worker.engine import Engine as FindingsEngine

DAY_S = 86_400.0
UTC = ZoneInfo("UTC")
NEVER_QUIET = QuietHours(UTC, 0, 0)


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    env = {"NGOZI_QUIET_HOURS": "0-0", "NGOZI_DATABASE_URL": engine.url.render_as_string(False)}
    with stage(engine, tmp_path, env=env) as made:
        yield made


@pytest.fixture
def talk(scene: Stage) -> Talk:
    """Somebody who was told a result some days ago: a question for later is written down."""
    made = Talk(scene)
    made.to_findings()
    assert made.replies()[-1].key == "findings"
    with transaction(scene.engine) as connection:
        reminders.write(
            connection, made.chat, Remind(1, (Asking("better", 1, 7), Asking("better", 2, 14))), NEVER_QUIET
        )
    return made


def rows(scene: Stage) -> list[tuple[int, str]]:
    """Number and state of what was not yet dropped when it was written anew."""
    with transaction(scene.engine) as connection:
        found = connection.execute(
            select(Reminder.number, Reminder.state).order_by(Reminder.id.desc()).limit(2)
        ).all()
    return sorted((r.number, r.state) for r in found)


def come_due(scene: Stage, *numbers: int) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(
            update(Reminder)
            .where(Reminder.number.in_(numbers), Reminder.state == "wanted")
            .values(due_at=db_now() - 10 + Reminder.number)
        )


def overdue(scene: Stage) -> list[int]:
    with transaction(scene.engine) as connection:
        return reminders.overdue(connection, scene.parts.settings.quiet, 10)


def asked(talk: Talk) -> int:
    return [r.key for r in talk.replies()].count("reminder.better")


def test_a_told_result_writes_rows_by_what_was_found(scene: Stage) -> None:
    class Suspicious(StandIn):
        def analyse_batch(self, *args: Any) -> Any:
            return [replace(one, urgency="week") for one in super().analyse_batch(*args)]

    talk = Talk(scene)
    talk.photo()
    talk.turn()
    for answer in (AGREE, *ANSWERS[:-1]):
        talk.say(answer)
    engine = FindingsEngine(scene.parts, Suspicious)
    engine.run()
    talk.turn()
    while engine.run() == 0:  # the questions of its plan, until findings are asked for
        talk.say("no")
    talk.turn()
    with transaction(scene.engine) as connection:
        found = connection.execute(
            select(Reminder.kind, Reminder.case_version, Reminder.due_at - db_now()).order_by(Reminder.id)
        ).all()
    told = [(kind, version, round(in_s / DAY_S, 2)) for kind, version, in_s in found]
    assert told == [("visit", 1, 7), ("visit", 1, 14)]


def test_a_due_reminder_is_woken_by_the_sweep_and_asked_in_the_chats_turn(talk: Talk, scene: Stage) -> None:
    assert overdue(scene) == []
    talk.turn()
    assert asked(talk) == 0
    come_due(scene, 1)
    scene.wakes.calls.clear()
    sweep.run(scene.parts)
    assert ("ngozi.turn", talk.chat, 0.0) in scene.wakes.calls
    talk.turn()
    assert (asked(talk), rows(scene)) == (1, [(1, "asked"), (2, "wanted")])
    assert overdue(scene) == []
    assert talk.say("worse") == ["danger1"]
    assert rows(scene) == [(1, "asked"), (2, "wanted")], "until the case that was opened again has a result"


@pytest.mark.parametrize("seed", range(12))
def test_it_is_asked_exactly_once_whoever_dies_at_whatever_moment(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Processes die before, within and after the transaction that asks; several try at once; the sweep comes and goes."""
    come_due(scene, 1)
    chance = random.Random(seed)
    places: list[tuple[Any, str]] = [(reminders, "close"), (outbox, "queue"), (effects, "record_turn"), (turn, "_converse"),
                                     (reminders, "due"), (turn, "_commit")]  # fmt: skip

    def dies(where: Any, name: str, after: bool) -> Any:
        real = getattr(where, name)

        def died(*args: Any, **more: Any) -> Any:
            if after:
                real(*args, **more)
            raise Died

        return died

    for _ in range(chance.randint(1, 6)):
        match chance.choice(["die", "die", "die", "live", "other", "sweep"]):
            case "die":
                where, name = chance.choice(places)
                with monkeypatch.context() as patch:
                    patch.setattr(where, name, dies(where, name, chance.random() < 0.5))
                    try:
                        talk.turn()
                    except Died:
                        pass
            case "live":
                talk.turn()
            case "other":
                with transaction(scene.engine) as connection:
                    take(connection, TURN, talk.chat, 30)
                talk.turn()
            case "sweep":
                sweep.run(scene.parts)
        if chance.random() < 0.5:
            scene.pass_time(300)
        assert asked(talk) == (rows(scene)[0] == (1, "asked"))
    scene.pass_time(300)
    for chat in overdue(scene):
        turn.run(scene.parts, chat)
    assert (asked(talk), rows(scene)) == (1, [(1, "asked"), (2, "wanted")])


def test_a_fault_of_ours_over_a_reminder_costs_the_reminder_not_the_chat(
    talk: Talk, scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.conversation import reminding

    def fault(*_: Any) -> Any:
        raise RuntimeError("a fault in our code")

    come_due(scene, 1)
    with monkeypatch.context() as patch:
        patch.setattr(reminding, "due", fault)
        talk.turn()
    assert rows(scene) == [(1, "dropped"), (2, "wanted")]
    scene.pass_time(60)
    assert talk.say("hello") == ["menu"]


def test_of_two_that_are_due_together_one_is_asked(talk: Talk, scene: Stage) -> None:
    come_due(scene, 1, 2)
    talk.turn()
    assert (asked(talk), rows(scene)) == (1, [(1, "dropped"), (2, "asked")])


def test_nobody_is_asked_at_night_however_late_the_sweep_comes(talk: Talk, scene: Stage) -> None:
    come_due(scene, 1)
    settings = scene.parts.settings
    with transaction(scene.engine) as connection:
        hour = int(connection.execute(select(db_now())).scalar_one() // 3600 % 24)
    night = replace(settings, quiet=QuietHours(UTC, (hour - 1) % 24, (hour + 2) % 24))
    scene.parts = replace(scene.parts, settings=night)
    assert overdue(scene) == []
    assert talk.say("hello") == ["menu"]
    assert rows(scene)[0] == (1, "wanted")
    scene.parts = replace(scene.parts, settings=settings)
    talk.turn()
    assert asked(talk) == 1


def test_due_times_lie_outside_the_quiet_hours(scene: Stage) -> None:
    chat = scene.chat()
    quiet = QuietHours(ZoneInfo("Africa/Lagos"), 12, 11)
    with transaction(scene.engine) as connection:
        reminders.write(connection, chat, Remind(1, (Asking("better", 1, 7),)), quiet)
        due_at, created_at = connection.execute(select(Reminder.due_at, Reminder.created_at)).one()
    assert not quiet.holds(due_at)
    assert 7 * DAY_S <= due_at - created_at <= 8 * DAY_S


@pytest.mark.parametrize("how", ["stop", "blocked", "blocked while sending"])
def test_who_stopped_is_not_asked(talk: Talk, scene: Stage, how: str) -> None:
    if how == "stop":
        talk.say("stop")
    elif how == "blocked":
        talk.send(kind="stopped")
        talk.turn()
    else:
        with transaction(scene.engine) as connection:
            connection.execute(update(Chat).values(stopped=True))
    come_due(scene, 1, 2)
    talk.turn()
    assert (asked(talk), rows(scene)) == (0, [(1, "dropped"), (2, "dropped")])


def test_a_new_case_keeps_what_is_to_be_asked_of_the_old_until_it_has_a_result(
    talk: Talk, scene: Stage
) -> None:
    talk.say("new")
    assert rows(scene) == [(1, "wanted"), (2, "wanted")]
    come_due(scene, 1)
    talk.turn()
    assert (asked(talk), rows(scene)) == (1, [(1, "asked"), (2, "wanted")])
    # Once more a new one: of the first nothing is left to the third but what the second left.
    talk.say("new")
    assert rows(scene) == [(1, "asked"), (2, "wanted")]


def test_a_question_of_language_just_now_puts_a_reminder_off_and_does_not_end_it(
    talk: Talk, scene: Stage
) -> None:
    talk.say("language")
    come_due(scene, 1)
    talk.turn()
    assert (asked(talk), rows(scene)) == (0, [(1, "wanted"), (2, "wanted")])
    assert overdue(scene) == [], "not before an hour has passed"
    come_due(scene, 1)
    with transaction(scene.engine) as connection:
        written = connection.execute(select(Chat.state).where(Chat.id == talk.chat)).scalar_one()
        old = json.dumps({**json.loads(written), "last_at": 1.0, "wake_at": None})
        connection.execute(update(Chat).where(Chat.id == talk.chat).values(state=old, wake_at=None))
    talk.turn()
    assert asked(talk) == 1


def test_better_and_stop_asking_drop_the_second(talk: Talk, scene: Stage) -> None:
    come_due(scene, 1)
    talk.turn()
    talk.say("better")
    assert rows(scene) == [(1, "asked"), (2, "dropped")]


@pytest.mark.parametrize("by", ["the person", "the command line"])
def test_erasing_leaves_no_row(talk: Talk, scene: Stage, by: str) -> None:
    if by == "the person":
        talk.say("delete")
        talk.say("1")
    else:
        erasing.run(scene.parts.settings, f"telegram:main:{talk.address}", Console(quiet=True))
    with transaction(scene.engine) as connection:
        assert connection.execute(select(func.count()).select_from(Reminder)).scalar_one() == 0


def test_a_chat_that_moved_takes_its_reminders_along(talk: Talk, scene: Stage) -> None:
    talk.send(kind="migrated", migrated_to="p2")
    talk.turn()
    come_due(scene, 1)
    talk.turn()
    while [r.state for r in talk.replies()][-1] == "queued":
        deliver.run(scene.parts, talk.chat)
        scene.pass_time(60)
    assert scene.channel.sent[-1].address == "p2"
    assert "A while ago" in scene.channel.sent[-1].text


def test_a_chat_that_cannot_move_because_another_is_there_asks_nobody(talk: Talk, scene: Stage) -> None:
    scene.chat("p2")
    talk.send(kind="migrated", migrated_to="p2")
    talk.turn()
    assert rows(scene) == [(1, "dropped"), (2, "dropped")]


def test_a_case_whose_month_is_over_is_not_asked_about(talk: Talk, scene: Stage) -> None:
    """A machine that was off for weeks: the silence ends the case first."""
    come_due(scene, 1)
    with transaction(scene.engine) as connection:
        state = json.loads(connection.execute(select(Chat.state)).scalar_one() or "")
        state |= {"last_at": state["last_at"] - 31 * DAY_S}
        connection.execute(update(Chat).values(state=json.dumps(state), wake_at=db_now() - 10))
    talk.turn()
    assert (asked(talk), rows(scene)) == (0, [(1, "dropped"), (2, "dropped")])


def test_a_forgotten_chat_leaves_no_reminder(talk: Talk, scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(
            update(Chat).values(last_inbound_at=db_now() - 91 * DAY_S, due_at=None, send_due_at=None)
        )
        connection.execute(update(ReplyRow).values(state="sent"))
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        kept = conversation.from_json(connection.execute(select(Chat.state)).scalar_one() or "")
        assert (kept.answers, kept.photos) == ({}, conversation.new_state().photos), "nothing of the case"
        assert connection.execute(select(func.count()).select_from(Reminder)).scalar_one() == 0


# --- a question that is not good for ever ------------------------------------------------------------------


def a_reply(scene: Stage, chat: int, state: str, age_days: float, good_for_days: float | None = 3.0) -> None:
    with transaction(scene.engine) as connection:
        created = db_now() - age_days * DAY_S
        connection.execute(
            insert(ReplyRow).values(
                uuid=f"{state}{age_days}".ljust(32, "0"), chat_id=chat, turn_id=1, key="reminder.better", language="en",
                texts={"paragraphs": [], "choices": []}, parts=["A while ago"], choices=[], parts_sent=0, state=state, rank=0,
                attempts=0, resent=0, created_at=created,
                expires_at=None if good_for_days is None else created + good_for_days * DAY_S,
            )
        )  # fmt: skip
        connection.execute(update(Chat).where(Chat.id == chat).values(send_due_at=db_now()))


@pytest.mark.parametrize(
    ("state", "age_days", "good_for_days", "becomes"),
    [
        ("parked", 3.01, 3.0, "dropped"),
        ("parked", 2.99, 3.0, "parked"),
        ("parked", 30.0, None, "parked"),
        ("queued", 3.01, 3.0, "dropped"),
        ("sending", 3.01, 3.0, "sending"),
    ],
)
def test_what_is_not_good_any_more_is_dropped_by_the_sweep(
    scene: Stage, state: str, age_days: float, good_for_days: float | None, becomes: str
) -> None:
    a_reply(scene, scene.chat(), state, age_days, good_for_days)
    retention.run(scene.parts)
    assert [r.state for r in scene.replies()] == [becomes]


def test_a_stale_question_does_not_leave_and_holds_nobody_up(scene: Stage) -> None:
    chat = scene.chat()
    a_reply(scene, chat, "queued", 3.01)
    scene.say(chat, "menu.thanks")
    deliver.run(scene.parts, chat)
    assert [r.state for r in scene.replies()] == ["dropped", "sent"]


@pytest.mark.parametrize(("age_days", "states"), [(1.0, ["queued"]), (3.01, ["dropped"])])
def test_who_writes_again_gets_a_parked_question_only_while_it_is_good(
    scene: Stage, age_days: float, states: list[str]
) -> None:
    person = Talk(scene)
    person.send(text="hello")
    a_reply(scene, person.chat, "parked", age_days)
    person.send(text="hello again")
    person.turn()
    assert [r.state for r in scene.replies()][:1] == states


def test_a_question_that_is_asked_again_takes_the_place_of_the_one_that_has_not_left(
    talk: Talk, scene: Stage
) -> None:
    come_due(scene, 1)
    talk.turn()
    scene.reads = False
    assert talk.say("hello") == ["reminder.better"]
    told = [(r.key, r.state) for r in talk.replies()][-2:]
    assert told == [("reminder.better", "dropped"), ("reminder.better", "queued")]
    with transaction(scene.engine) as connection:
        assert set(connection.execute(select(InboundRow.state)).scalars()) == {"done"}


def test_a_question_that_was_parked_is_not_answered_by_the_next_message_but_asked_then(
    scene: Stage, talk: Talk
) -> None:
    come_due(scene, 1)
    talk.turn()
    assert asked(talk) == 1
    with transaction(scene.engine) as connection:
        connection.execute(
            update(ReplyRow)
            .where(ReplyRow.key.in_(["reminder.better", "reminder.visit"]))
            .values(state="parked", error="window")
        )
    assert talk.say("1") == ["answer.what", "reminder.better"]
    questions = [r for r in talk.replies() if r.key == "reminder.better"]
    assert [r.state for r in questions] == ["dropped", "queued"]
    with transaction(scene.engine) as connection:
        connection.execute(update(ReplyRow).where(ReplyRow.id == questions[-1].id).values(state="sent"))
    assert talk.say("1") == ["later"]
