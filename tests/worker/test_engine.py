"""The engine: a photograph that fails takes no neighbour with it; what was superseded is dropped."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine as Database
from sqlalchemy import insert, select, update

from bot.clinical import doing
from bot.clock import db_now
from bot.conversation.events import WantFindings, WantPlan
from bot.database import transaction
from bot.messages import Urgency
from bot.tables import Chat, FindingsJob, Photo
from model.analysis import Analysis, CatalogueEntry, Judge, Node
from tests.faults.stand_in import StandIn
from tests.worker.stage import Stage, stage
from worker import effects
from worker.engine import BATCH, MAX_ALONE, PASSED_BY, Engine

BAD_PX = (60, 40)


class Fussy(StandIn):
    """Raises at one photograph; remembers the sizes of its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]:
        self.batches.append(len(cases))
        if any(image.size == BAD_PX for images, _ in cases for image in images):
            raise RuntimeError("kernel failed")
        return super().analyse_batch(cases, catalogue)


@pytest.fixture
def scene(engine: Database, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def want(
    scene: Stage,
    address: str,
    size: tuple[int, int] = (80, 80),
    version: int = 1,
    plan: dict[str, str] | None = None,
) -> int:
    """A job over one photograph, for findings, or for a plan given these answers; its id."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (150, 100, 80)).save(buffer, "JPEG")
    stored = scene.parts.vault.put(buffer.getvalue())
    chat = scene.chat(address)
    with transaction(scene.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id=stored.name,
                chat_id=chat,
                name=stored.name,
                wrapped_key=stored.wrapped_key,
                master_key_id=stored.master_key_id,
                size_bytes=stored.size_bytes,
                width_px=size[0],
                height_px=size[1],
                origin_ref="",
                origin_message="",
                created_at=db_now(),
                expires_at=db_now() + 1000,
            )
        )
        wanted = (
            WantFindings(version, (stored.name,), {}, "routine")
            if plan is None
            else WantPlan(version, (stored.name,), plan, "routine")
        )
        return effects.want_findings(connection, chat, wanted)


def jobs(scene: Stage) -> dict[int, tuple[str, int]]:
    with transaction(scene.engine) as connection:
        return {r.id: (r.state, r.attempts) for r in connection.execute(select(FindingsJob)).all()}


def die(scene: Stage) -> None:
    """As if the process that holds the leases had been killed: they run out."""
    with transaction(scene.engine) as connection:
        connection.execute(
            update(FindingsJob).where(FindingsJob.token.is_not(None)).values(until=db_now() - 1)
        )


def test_eight_jobs_are_one_batch_and_every_chat_is_made_due(scene: Stage) -> None:
    model = Fussy()
    for n in range(8):
        want(scene, f"c{n}")
    assert Engine(scene.parts, lambda: model).run() == 8
    assert model.batches == [8]
    with transaction(scene.engine) as connection:
        assert all(connection.execute(select(Chat.due_at)).scalars())
    assert {task for task, _, _ in scene.wakes.calls} == {"ngozi.turn"}


def test_a_photograph_that_fails_is_parked_and_its_neighbours_lose_no_try(scene: Stage) -> None:
    model = Fussy()
    good = [want(scene, f"c{n}") for n in range(3)]
    bad = want(scene, "bad", BAD_PX)
    Engine(scene.parts, lambda: model).run()
    found = jobs(scene)
    assert found[bad][0] == "parked"
    assert [found[g] for g in good] == [("done", 1)] * 3
    assert model.batches.count(4) == 1


def test_a_photograph_that_kills_the_process_is_parked_after_tries_it_made_alone(scene: Stage) -> None:
    """The process dies in the middle: the leases run out, and nobody counts a try made in company."""
    good, bad = want(scene, "good"), want(scene, "bad")
    engine = Engine(scene.parts, StandIn)
    assert len(engine._claim()) == 2
    die(scene)
    assert jobs(scene)[good][1] == jobs(scene)[bad][1] == 0
    deaths = 0
    while True:
        claimed = engine._claim()
        assert len(claimed) == 1
        if claimed[0].id == good:
            assert engine._work(claimed) == 1
            continue
        if claimed[0].attempts >= MAX_ALONE:
            engine._work(claimed)
            break
        deaths += 1
        die(scene)
    assert deaths == MAX_ALONE
    assert jobs(scene)[good] == ("done", 1)
    assert jobs(scene)[bad][0] == "parked"
    with transaction(scene.engine) as connection:
        result = connection.execute(select(FindingsJob.result).where(FindingsJob.id == bad)).scalar_one()
    assert (result["abstained"], result["reason"], result["urgency"]) == (True, "failed", "week")


def test_under_a_steady_load_whoever_must_go_alone_is_tried_after_a_few_batches(scene: Stage) -> None:
    """More is always waiting than one batch holds."""
    lonely = want(scene, "lonely")
    with transaction(scene.engine) as connection:
        connection.execute(update(FindingsJob).values(alone=True))
    engine = Engine(scene.parts, StandIn)
    count = 0
    taken: list[list[int]] = []
    while [lonely] not in taken and len(taken) < 2 * PASSED_BY:
        for _ in range(BATCH + 1):
            count += 1
            want(scene, f"c{count}")
        claimed = engine._claim()
        engine._work(claimed)
        taken.append([job.id for job in claimed])
    assert [len(ids) for ids in taken] == [BATCH] * PASSED_BY + [1]
    assert jobs(scene)[lonely][0] == "done"
    assert len(engine._claim()) == BATCH  # and then it is the others' turn again


def test_a_job_that_was_superseded_meanwhile_changes_nothing(scene: Stage) -> None:
    job = want(scene, "c1")
    engine = Engine(scene.parts, StandIn)
    claimed = engine._claim()
    with transaction(scene.engine) as connection:
        chat = connection.execute(select(FindingsJob.chat_id)).scalar_one()
        effects.want_findings(connection, chat, WantFindings(2, (), {}, "routine"))
    assert engine._work(claimed) == 0
    assert jobs(scene)[job][0] == "dropped"


def test_two_engines_never_take_the_same_job(scene: Stage) -> None:
    for n in range(12):
        want(scene, f"c{n}")
    first, second = Engine(scene.parts, StandIn)._claim(), Engine(scene.parts, StandIn)._claim()
    assert len(first) + len(second) == 12
    assert not {j.id for j in first} & {j.id for j in second}


def test_without_a_model_a_person_must_look(scene: Stage) -> None:
    want(scene, "c1")
    assert Engine(scene.parts, lambda: None).run() == 1
    with transaction(scene.engine) as connection:
        result = connection.execute(select(FindingsJob.result)).scalar_one()
    assert (result["abstained"], result["urgency"]) == (True, "week")


class Planning(Fussy):
    """Plans one question, whatever is answered; remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Mapping[str, str | float | bool | None]] = []
        self.told: list[object] = []

    def plans(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
        judges: Sequence[Judge],
    ) -> list[Node | None]:
        if any(image.size == BAD_PX for images, _ in cases for image in images):
            raise RuntimeError("kernel failed")
        seen = StandIn.analyse_batch(self, cases, catalogue)
        self.asked += [raw for _, raw in cases]
        self.told += [
            [judge(a, {}), judge(a, {"bleed": True})] for judge, a in zip(judges, seen, strict=True)
        ]
        return [Node("bleed", yes=Node("hurt"))] * len(cases)


def results(scene: Stage) -> dict[int, object]:
    with transaction(scene.engine) as connection:
        return {r.id: r.result for r in connection.execute(select(FindingsJob)).all()}


def test_a_plan_is_written_as_a_tree_without_soft_tokens(scene: Stage) -> None:
    model = Planning()
    job = want(scene, "c1", plan={"itch": "unknown", "age": "42", "skin": "3"})
    assert Engine(scene.parts, lambda: model).run() == 1
    assert results(scene) == {job: {"first": ["bleed", ["hurt", None, None, None], None, None]}}
    assert model.batches == []
    assert model.asked == [{"itch": "unknown", "age": "42"}]
    with transaction(scene.engine) as connection:
        row = connection.execute(select(FindingsJob.kind, FindingsJob.soft, FindingsJob.state)).one()
        assert tuple(row) == ("plan", None, "done")
        assert connection.execute(select(Chat.due_at)).scalar_one()


def test_what_is_compared_in_a_plan_is_what_the_findings_would_say(scene: Stage) -> None:
    """A yes that raises the urgency by the rules alone counts as a change of what the person is told to do."""
    model = Planning()
    want(scene, "c1", plan={})
    Engine(scene.parts, lambda: model).run()
    # From a week on a health worker looks, and what is named counts no more.
    assert model.told == [[doing.done_for(Urgency.ROUTINE, ["NEV"]), (Urgency.WEEK,)]]


def test_plans_and_findings_of_one_batch_each_get_their_own(scene: Stage) -> None:
    model = Planning()
    plans = [want(scene, f"p{n}", plan={}) for n in range(2)]
    findings = [want(scene, f"f{n}") for n in range(2)]
    assert Engine(scene.parts, lambda: model).run() == 4
    found = results(scene)
    assert all("first" in found[job] for job in plans)  # type: ignore[operator]
    assert all("conditions" in found[job] for job in findings)  # type: ignore[operator]
    assert model.batches == [2]


def test_a_plan_that_fails_is_parked_without_a_tree_and_its_neighbours_lose_no_try(scene: Stage) -> None:
    good = want(scene, "good", plan={})
    bad = want(scene, "bad", BAD_PX, plan={})
    Engine(scene.parts, Planning).run()
    assert jobs(scene)[good] == ("done", 1)
    assert jobs(scene)[bad][0] == "parked"
    assert results(scene)[bad] is None


def test_a_plan_over_which_the_process_dies_is_tried_alone(scene: Stage) -> None:
    job = want(scene, "c1", plan={})
    engine = Engine(scene.parts, Planning)
    for n in range(MAX_ALONE):
        assert [j.attempts for j in engine._claim()] == [n]
        die(scene)
    assert engine.run() == 1
    assert (jobs(scene)[job][0], results(scene)[job]) == ("parked", None)


def test_findings_asked_for_supersede_a_plan_that_is_being_made(scene: Stage) -> None:
    job = want(scene, "c1", plan={})
    engine = Engine(scene.parts, Planning)
    claimed = engine._claim()
    with transaction(scene.engine) as connection:
        chat = connection.execute(select(FindingsJob.chat_id)).scalar_one()
        effects.want_findings(connection, chat, WantFindings(1, (), {}, "routine"))
    engine.warm()
    assert engine._work(claimed) == 0
    assert jobs(scene)[job][0] == "dropped"


def test_without_a_model_there_is_no_plan(scene: Stage) -> None:
    job = want(scene, "c1", plan={})
    assert Engine(scene.parts, lambda: None).run() == 1
    assert (jobs(scene)[job][0], results(scene)[job]) == ("done", None)
