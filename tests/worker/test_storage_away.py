"""While the storage of photographs is away, or a photograph drips in, nobody is left without an answer to their words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.channels import TOO_SLOW, MediaFailed
from bot.media.vault import Vault, VaultUnavailable
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker, jpeg
from worker import photographs, turn

PHOTO = [{"ref": "f1", "message_ref": "m1"}]
CANNOT_BREATHE = "my throat is swelling and I cannot breathe"


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        made.channel.photos["f1"] = jpeg()
        yield made


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be stored."""

    def put(*_: Any) -> None:
        raise VaultUnavailable("away")

    monkeypatch.setattr(Vault, "put", put)


@pytest.fixture
def fetched(scene: Stage) -> list[str]:
    """What was asked of the platform."""
    asked: list[str] = []
    scene.channel.on_fetch = lambda attachment: asked.append(attachment.ref)
    return asked


@pytest.fixture
def person(scene: Stage) -> Worker:
    made = Worker(scene, "p1")
    made.say("hello")
    made.press("consent.yes", "age.adult", "danger1.none")
    return made


def later(scene: Stage, person: Worker, tries: int) -> list[str]:
    """The keys of what was said after so many tries, each in its time."""
    before = len(person.replies())
    for _ in range(tries):
        scene.pass_time(10)
        turn.run(scene.parts, person.chat)
    return [reply.key for reply in person.replies()[before:]]


def test_what_is_written_behind_a_photograph_is_heard(
    scene: Stage, person: Worker, away: None, fetched: list[str]
) -> None:
    person.send(attachments=PHOTO)
    person.say(CANNOT_BREATHE)
    assert later(scene, person, photographs.FETCH_TRIES)[-1] == "now"
    assert len(fetched) == photographs.FETCH_TRIES, "the platform is not asked without end"


def test_the_photograph_is_asked_for_again(scene: Stage, person: Worker, away: None) -> None:
    person.send(attachments=PHOTO)
    assert later(scene, person, photographs.FETCH_TRIES) == ["danger3"]
    assert "photo.refused.unfetchable" in str(person.replies()[-1].texts)


def test_who_wants_to_die_is_handed_over_and_those_on_duty_hear_of_it(
    scene: Stage, person: Worker, away: None
) -> None:
    doctor = Worker(scene, "d1")
    doctor.join("clinician")
    person.send(text="I want to kill myself", attachments=PHOTO)
    assert later(scene, person, photographs.FETCH_TRIES) == ["handover"]
    assert doctor.replies()[-1].key == "on_duty"


def test_a_storage_that_comes_back_in_time_keeps_the_photograph(
    scene: Stage, person: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failing = Vault.put, [1, 2]

    def put(vault: Vault, data: bytes) -> Any:
        if failing:
            failing.pop()
            raise VaultUnavailable("away")
        return real(vault, data)

    monkeypatch.setattr(Vault, "put", put)
    person.send(attachments=PHOTO)
    assert later(scene, person, 3) == ["danger3"]
    assert "unfetchable" not in str(person.replies()[-1].texts)


def test_a_health_workers_case_goes_on_too(scene: Stage, away: None) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    (asked,) = worker.send(text="look", attachments=PHOTO)
    agree = next(c["code"] for c in asked.texts["choices"] if c["code"].endswith("consent.yes"))
    worker.press(agree)
    assert later(scene, worker, photographs.FETCH_TRIES) == ["age"]


def test_a_photograph_that_drips_in_is_tried_twice(scene: Stage, person: Worker, fetched: list[str]) -> None:
    scene.channel.photos["f1"] = MediaFailed(TOO_SLOW, retryable=True)
    person.send(attachments=PHOTO)
    person.say(CANNOT_BREATHE)
    assert later(scene, person, photographs.SLOW_TRIES)[-1] == "now"
    assert len(fetched) == photographs.SLOW_TRIES
