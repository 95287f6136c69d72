"""A clinician on WhatsApp who has not written for a day hears all the same that somebody may be in danger, or it is seen that they did
not.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, func, select, update

import locales
from bot import alerts, people, receipts
from bot.channels import DeliveryStatus, SendFailed
from bot.channels.whatsapp.templates import content
from bot.clock import db_now
from bot.database import reading, transaction
from bot.messages import Outgoing
from bot.tables import Chat, ReplyRow
from tests.worker.stage import ScriptedChannel, Stage, stage
from tests.worker.test_desk import Worker, cases
from worker import deliver, doctor, sweep

DAY_S = 24 * 3600.0
DIE = "I want to die"


class WhatsAppLike(ScriptedChannel):
    """Refuses what the real adapter refuses before it asks Twilio, by the same rules."""

    templates: dict[str, str] = {}

    def send(self, outgoing: Outgoing):  # type: ignore[no-untyped-def]
        self.params = content(outgoing, self.templates, time.time())
        self.posted = [*getattr(self, "posted", []), self.params]
        return super().send(outgoing)


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, "whatsapp") as made:
        channel = WhatsAppLike()
        parts = replace(made.parts, channels={made.account: channel})
        yield replace(made, parts=parts, channel=channel)


def clinician(scene: Stage, address: str = "d1", silent: bool = True) -> Worker:
    made = Worker(scene, address)
    made.join("clinician")
    send(scene, made.chat)
    if silent:
        fall_silent(scene, made.chat)
    return made


def send(scene: Stage, chat: int) -> None:
    """What is in line leaves, as if the pace of WhatsApp had been kept."""
    with transaction(scene.engine) as connection:
        connection.exec_driver_sql("update rates set free_at = free_at - 60")
    deliver.run(scene.parts, chat)


def fall_silent(scene: Stage, chat: int) -> None:
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == chat).values(last_inbound_at=db_now() - 2 * DAY_S))


def by_key(worker: Worker, key: str) -> list[ReplyRow]:
    return [row for row in worker.replies() if row.key == key]


def untold(scene: Stage) -> int:
    with reading(scene.engine) as connection:
        rows = select(func.count()).select_from(ReplyRow).where(alerts.untold())
        return int(connection.execute(rows).scalar_one())


def with_templates(scene: Stage, **templates: str) -> None:
    channel = scene.channel
    assert isinstance(channel, WhatsAppLike)
    channel.templates = templates
    channel.posted = []


def last_posted(scene: Stage) -> dict[str, object]:
    return scene.channel.posted[-1]  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("templates", "sid"),
    [
        ({"alert": "HXalert"}, "HXalert"),
        ({"alert": "HXalert", "en": "HXtext"}, "HXalert"),
        ({"alert-en": "HXenglish", "alert": "HXalert"}, "HXenglish"),
        ({"en": "HXtext"}, "HXtext"),
    ],
)
def test_a_template_calls_the_clinician_and_the_alert_follows_when_they_write(
    scene: Stage, templates: dict[str, str], sid: str
) -> None:
    doctor_ = clinician(scene)
    with_templates(scene, **templates)
    Worker(scene, "p1").say(DIE)
    (case,) = cases(scene)
    send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "on_duty")] == ["parked"]
    assert [row.state for row in by_key(doctor_, "knock")] == ["sent"]
    assert last_posted(scene)["content_sid"] == sid
    for secret in (case.code, "danger", "Danger", "die", "harm"):
        assert secret not in str(scene.channel.posted)  # type: ignore[attr-defined]
    assert untold(scene) == 0
    doctor_.say("hello")
    send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "on_duty")] == ["sent"]
    assert case.code in str(scene.channel.posted)  # type: ignore[attr-defined]


def test_without_a_template_it_goes_to_another_chat_of_the_same_clinician(scene: Stage) -> None:
    doctor_, other = clinician(scene), Worker(scene, "d1-other")
    other.say("hello")
    send(scene, other.chat)
    with transaction(scene.engine) as connection:
        person = connection.execute(select(Chat.person_id).where(Chat.id == doctor_.chat)).scalar_one()
        connection.execute(update(Chat).where(Chat.id == other.chat).values(person_id=person))
        connection.execute(
            update(Chat).where(Chat.id == doctor_.chat).values(last_inbound_at=db_now() - 1.5 * DAY_S)
        )
    fall_silent(scene, other.chat)
    Worker(scene, "p1").say(DIE)
    assert (len(by_key(doctor_, "on_duty")), len(by_key(other, "on_duty"))) == (1, 0)
    with transaction(scene.engine) as connection:
        connection.execute(update(Chat).where(Chat.id == other.chat).values(last_inbound_at=db_now()))
    send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "knock")] == ["dropped"]
    send(scene, other.chat)
    assert [row.state for row in by_key(other, "on_duty")] == ["sent"]
    assert untold(scene) == 0


def test_an_alert_that_reached_nobody_is_seen_until_somebody_looks_after_it(scene: Stage) -> None:
    doctor_ = clinician(scene)
    Worker(scene, "p1").say(DIE)
    (case,) = cases(scene)
    assert untold(scene) == 0
    send(scene, doctor_.chat)
    for _ in range(2):
        sweep.run(scene.parts)
        send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "knock")] == ["dropped"]
    assert untold(scene) == 1
    doctor_.say(f"take {case.code}")
    assert untold(scene) == 0


def test_where_another_clinician_was_told_nobody_is_missed(scene: Stage) -> None:
    silent, awake = clinician(scene), clinician(scene, "d2", silent=False)
    Worker(scene, "p1").say(DIE)
    send(scene, silent.chat)
    assert untold(scene) == 1
    send(scene, awake.chat)
    assert untold(scene) == 0


def callback(scene: Stage, code: str) -> Callable[[ReplyRow], None]:
    def tell(row: ReplyRow) -> None:
        with transaction(scene.engine) as connection:
            receipts.keep(connection, DeliveryStatus(f"{row.uuid}-0", "SM1", "failed", code))

    return tell


@pytest.mark.parametrize(("code", "knocks"), [("63016", ["queued"]), ("63014", []), ("63024", [])])
def test_what_is_refused_afterwards_is_seen_too(scene: Stage, code: str, knocks: list[str]) -> None:
    """63016: the window. 63014: they blocked us. 63024: the number cannot be reached."""
    doctor_ = clinician(scene, silent=False)
    with_templates(scene, alert="HXalert")
    Worker(scene, "p1").say(DIE)
    send(scene, doctor_.chat)
    assert untold(scene) == 0
    callback(scene, code)(by_key(doctor_, "on_duty")[0])
    sweep.run(scene.parts)
    assert [row.state for row in by_key(doctor_, "knock")] == knocks
    assert untold(scene) == 1
    fall_silent(scene, doctor_.chat)
    send(scene, doctor_.chat)
    assert untold(scene) == (0 if knocks else 1)


def test_a_knock_that_could_not_leave_does_not_come_after_the_alert(scene: Stage) -> None:
    doctor_ = clinician(scene)
    with_templates(scene, alert="HXalert")
    Worker(scene, "p1").say(DIE)
    send(scene, doctor_.chat)
    callback(scene, "63016")(by_key(doctor_, "knock")[0])
    sweep.run(scene.parts)
    assert [row.state for row in by_key(doctor_, "knock")] == ["parked"]
    doctor_.say("hello")
    send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "knock")] == ["dropped"]
    assert [row.state for row in by_key(doctor_, "on_duty")] == ["sent"]


def test_who_blocked_us_before_it_left_is_not_taken_for_told(scene: Stage) -> None:
    doctor_ = clinician(scene, silent=False)
    Worker(scene, "p1").say(DIE)
    scene.channel.script = [SendFailed("stopped", code="63014")]
    send(scene, doctor_.chat)
    assert [row.state for row in by_key(doctor_, "on_duty")] == ["dropped"]
    assert untold(scene) == 1


def test_a_patients_reply_and_an_alert_of_a_closed_case_are_none(scene: Stage) -> None:
    doctor_, patient = clinician(scene), Worker(scene, "p1")
    patient.say(DIE)
    send(scene, doctor_.chat)
    assert untold(scene) == 1
    with transaction(scene.engine) as connection:
        people.remove(connection, 1)
        connection.exec_driver_sql("update cases set closed_at = 1.0")
    assert untold(scene) == 0


@pytest.mark.parametrize(
    ("templates", "warned"), [("", True), ("sw=HXsw", True), ("alert=HXa", False), ("en=HXe", False)]
)
def test_the_doctor_warns_of_clinicians_whom_no_template_can_call(
    scene: Stage, templates: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinician(scene)
    clinician(scene, "d2")
    Worker(scene, "p1").say("hello")
    home = scene.parts.settings
    for name, value in {
        "NGOZI_HOME": str(home.home),
        "NGOZI_DATABASE_URL": scene.engine.url.render_as_string(hide_password=False),
        "NGOZI_PUBLIC_URL": "https://127.0.0.1:9",
        "NGOZI_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "NGOZI_TWILIO_AUTH_TOKEN": "made up",
        "NGOZI_WHATSAPP_FROM": "whatsapp:+15550100",
        "NGOZI_WHATSAPP_TEMPLATES": templates,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(doctor, "_checks", lambda _: [])
    said = io.StringIO()
    assert doctor.run(Console(file=said, soft_wrap=True)) == 0
    told = "account main: 2 cannot be called outside WhatsApp's 24 hours; set alert=HX..." in said.getvalue()
    assert told is warned


@pytest.mark.parametrize("language", sorted(locales.languages(True)))
def test_the_knock_says_nothing_of_whom_in_any_language(language: str) -> None:
    said = locales.render(locales.Text("clinic.knock"), language)
    assert said
    assert not any(sign.isdigit() for sign in said)
