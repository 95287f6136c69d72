"""How long photographs are kept, set at the console: never longer than the operator allows, or than their owner was told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot import photo_terms
from bot.clock import db_now
from bot.console import logins
from bot.database import reading, transaction
from bot.tables import Audit, Photo, PhotoTerm
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, jpeg
from worker import sweep

DAY_S = 86_400.0
MOST = 30


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def set_days(scene: Stage, days: int, by: list[int]) -> None:
    with transaction(scene.engine) as connection:
        if not by:
            by.append(logins.add(connection, "asha", "no hash", "admin"))
        photo_terms.put(connection, days, most=MOST, by=by[0])


def sends_photo(scene: Stage, patient: Worker, ref: str) -> None:
    scene.channel.photos[ref] = jpeg(len(scene.channel.photos) + 1)
    patient.send(attachments=[{"ref": ref, "message_ref": f"m-{ref}"}])


def kept_days(scene: Stage, chat: int) -> list[int]:
    """Days that each photograph of a chat is kept, oldest first."""
    with reading(scene.engine) as connection:
        found = connection.execute(
            select(Photo.created_at, Photo.expires_at).where(Photo.chat_id == chat).order_by(Photo.created_at)
        )
        return [round((row.expires_at - row.created_at) / DAY_S) for row in found]


def agrees(scene: Stage, address: str) -> Worker:
    patient = Worker(scene, address)
    patient.say("hello")
    patient.press("consent.yes")
    return patient


def test_what_is_set_is_told_when_consent_is_asked_and_kept_to(scene: Stage) -> None:
    assert scene.parts.settings.photo_days == MOST
    set_days(scene, 7, [])
    patient = Worker(scene, "p1")
    asked = patient.say("hello")[-1]
    assert {"id": "consent.keep", "args": {"count": 7}} in asked.texts["paragraphs"]
    patient.press("consent.yes")
    sends_photo(scene, patient, "f1")
    assert kept_days(scene, patient.chat) == [7]


def test_fewer_days_hold_for_what_is_kept_already_and_more_only_for_who_agrees_to_them(scene: Stage) -> None:
    admin: list[int] = []
    early = agrees(scene, "p1")
    sends_photo(scene, early, "f1")
    assert kept_days(scene, early.chat) == [MOST]
    set_days(scene, 7, admin)
    assert kept_days(scene, early.chat) == [7]
    middle = agrees(scene, "p2")
    set_days(scene, 20, admin)
    assert kept_days(scene, early.chat) == [7]
    late = agrees(scene, "p3")
    for patient, ref in ((early, "f2"), (middle, "f3"), (late, "f4")):
        sends_photo(scene, patient, ref)
    assert kept_days(scene, early.chat) == [7, 20]
    assert kept_days(scene, middle.chat) == [7]
    assert kept_days(scene, late.chat) == [20]


def test_a_workers_patient_keeps_what_was_read_out_to_them(scene: Stage) -> None:
    admin: list[int] = []
    set_days(scene, 7, admin)
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("Amina", "f1")
    worker.press(
        *[c["code"] for c in worker.replies()[-1].texts["choices"] if c["code"].endswith("consent.yes")]
    )
    set_days(scene, 20, admin)
    worker.forward("Amina", "f2")
    assert set(kept_days(scene, worker.chat)) == {7}


def test_a_photograph_past_the_new_days_goes_with_the_next_sweep(scene: Stage) -> None:
    patient = agrees(scene, "p1")
    sends_photo(scene, patient, "f1")
    sends_photo(scene, patient, "f2")
    with transaction(scene.engine) as connection:
        first = connection.execute(select(Photo.id).order_by(Photo.created_at)).scalars().first()
        old = {"created_at": db_now() - 10 * DAY_S, "expires_at": db_now() + 20 * DAY_S}
        connection.execute(update(Photo).where(Photo.id == first).values(old))
        assert (photo_terms.would_go(connection, 7), photo_terms.would_go(connection, 11)) == (1, 0)
    set_days(scene, 7, [])
    sweep.run(scene.parts)
    with reading(scene.engine) as connection:
        assert first not in set(connection.execute(select(Photo.id)).scalars())
    assert kept_days(scene, patient.chat) == [7]


def test_the_page_of_the_web_chat_keeps_to_the_fewest_days_of_late(scene: Stage) -> None:
    admin: list[int] = []
    for days in (5, 25):
        set_days(scene, days, admin)
    with transaction(scene.engine) as connection:
        assert photo_terms.in_force(connection, MOST) == 25
        assert photo_terms.shortest(connection, MOST) == 5
        over = {"until": db_now() - 31 * DAY_S}
        connection.execute(update(PhotoTerm).where(PhotoTerm.days == 5).values(over))
        assert photo_terms.shortest(connection, MOST) == 25
        assert photo_terms.in_force(connection, 10) == 10, "the operator allows fewer now"


@pytest.mark.parametrize("days", [0, -1, 31])
def test_days_that_cannot_be_change_nothing(scene: Stage, days: int) -> None:
    with pytest.raises(photo_terms.BadDays, match=f"days is {days}; expected 1 to 30"):
        set_days(scene, days, [])
    with reading(scene.engine) as connection:
        assert connection.execute(select(PhotoTerm.id)).all() == []


def test_every_change_is_in_the_trail_and_no_change_is_not(scene: Stage) -> None:
    admin: list[int] = []
    for days in (7, 7, 30):
        set_days(scene, days, admin)
    with reading(scene.engine) as connection:
        trail = connection.execute(
            select(Audit.before, Audit.after).where(Audit.what == "photo_days_set").order_by(Audit.seq)
        ).all()
    assert [tuple(row) for row in trail] == [({"days": 30}, {"days": 7}), ({"days": 7}, {"days": 30})]
