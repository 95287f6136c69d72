"""A photograph that kills the model costs its sender their findings, and nobody else anything."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

import locales
from bot.tables import FindingsJob
from locales import Text
from tests.faults.stand_in import DEADLY_PX
from tests.journeys.course import to_findings
from tests.journeys.person import drawn_photo, meet
from tests.journeys.town import Town
from tests.journeys.town import town as running
from worker.engine import MAX_ALONE

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def quick_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Work of a dead process is taken over after 4 s."""
    with running(tmp_path_factory.mktemp("town"), lease_s=4.0) as made:
        yield made


def test_a_deadly_photo_is_parked_alone_and_its_sender_is_told(quick_town: Town) -> None:
    town = quick_town
    victim = meet(town, "telegram", "en")
    others = [meet(town, channel, "en") for channel in ("telegram", "webchat")]
    deadly = drawn_photo(3, DEADLY_PX)
    with ThreadPoolExecutor(3) as pool:
        last = pool.submit(to_findings, victim, "en", deadly, photo_first=False)
        heard = [
            pool.submit(to_findings, person, "en", drawn_photo(person.number), photo_first=True)
            for person in others
        ]
        for person, answer in zip(others, heard, strict=True):
            answer.result()
            row = town.replies(person.channel, person.address)[-1]
            assert row.key == "findings"
            assert "findings.failed" not in {p["id"] for p in row.texts["paragraphs"]}
        told = last.result()
    failed = locales.placeholders.without_isolates(locales.render(Text("findings.failed"), "en"))
    assert failed in told[-1].plain
    with town.reading() as connection:
        chat = town.chat_id("telegram", victim.address)
        jobs = connection.execute(select(FindingsJob).where(FindingsJob.chat_id == chat)).all()
    # Neither the plan of its questions nor the findings took anybody with them.
    assert {job.kind for job in jobs} == {"plan", "findings"}
    for job in jobs:
        assert (job.state, job.applied) == ("parked", True)
        assert job.attempts > MAX_ALONE
    answer = victim.say("help")
    assert len(answer) == 1
