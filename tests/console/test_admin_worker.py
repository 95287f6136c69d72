"""What the console ordered, done by a worker: erasing like DELETE, a backup that restores; and what turns leave to be counted."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.engine import Row

import locales
from bot import conversation, figures, orders, people, reply_json
from bot.cases import store
from bot.console import operations
from bot.conversation.desk import read_desk, write_desk
from bot.conversation.events import FindingsReady
from bot.database import connect, reading, transaction
from bot.messages import Text
from bot.queue import DELIVER, THINK
from bot.settings import Settings
from bot.tables import Audit, CaseRow, Chat, Figure, Heartbeat, InboundRow, Order, Person, Photo, ReplyRow
from tests.test_deploy import DEPLOY, empty_copy, environment
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_turn import ANSWERS, StandIn, Talk
from worker import backup, kept, model_card, retention, sweep
from worker import orders as order_room
from worker.engine import Engine as FindingsEngine
from worker.retention_rules import RULES


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path) as made:
        yield made


def an_admin(connection: Connection) -> int:
    values = {"role": "admin", "created_at": 1.0, "active": True}
    return int(connection.execute(insert(Person).values(**values).returning(Person.id)).scalar_one())


def order(scene: Stage, kind: orders.Kind, subject: int | str = "") -> None:
    with transaction(scene.engine) as connection:
        orders.ask(connection, kind, subject, an_admin(connection))


def ended(scene: Stage) -> Row:  # type: ignore[type-arg]
    with reading(scene.engine) as connection:
        return connection.execute(select(Order)).one()


def count(scene: Stage, table: type) -> int:
    with reading(scene.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def counted(scene: Stage, kind: str = "case") -> list[tuple[str, str, int | None]]:
    with reading(scene.engine) as connection:
        rows = connection.execute(
            select(Figure.urgency, Figure.code, Figure.case_id).where(Figure.kind == kind).order_by(Figure.id)
        ).all()
    return [(row.urgency, row.code, row.case_id) for row in rows]


# -- erasing --


def test_an_ordered_erasing_leaves_what_delete_leaves(scene: Stage) -> None:
    talk = Talk(scene)
    talk.to_findings()
    talk.photo("f2")  # not read yet
    other = Talk(scene, "p2")
    other.to_findings()
    order(scene, "erase_chat", talk.chat)
    sweep.run(scene.parts)
    done = ended(scene)
    assert (done.state, done.subject) == ("done", "")
    with reading(scene.engine) as connection:
        chat = connection.execute(select(Chat).where(Chat.id == talk.chat)).one()
        assert (chat.state, chat.erased_at is not None) == (None, True)
        for table in (Photo, ReplyRow, Figure):
            owners = set(connection.execute(select(table.chat_id)).scalars())
            assert owners == {other.chat}, table
        texts = connection.execute(
            select(InboundRow.payload).where(InboundRow.chat_id == talk.chat)
        ).scalars()
        assert set(texts) == {None}
        assert "chat_erased" in set(connection.execute(select(Audit.what)).scalars())


def test_an_ordered_case_goes_and_its_figure_with_it(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    with reading(scene.engine) as connection:
        case, code = connection.execute(select(CaseRow.id, CaseRow.code)).one()
    worker.through(code)
    assert counted(scene, "photo") == [("", "", case)]
    order(scene, "erase_case", case)
    assert order_room.run(scene.parts) == 1
    assert ended(scene).details == {}
    assert (count(scene, CaseRow), count(scene, Figure), count(scene, Photo)) == (0, 0, 0)
    order(scene, "erase_case", case)
    order_room.run(scene.parts)
    with reading(scene.engine) as connection:
        details = list(connection.execute(select(Order.details).order_by(Order.id)).scalars())
    assert details[1] == {"found": "gone"}


@pytest.mark.parametrize("kind", ["erase_case", "erase_chat"])
def test_an_order_erases_nobody_who_got_the_number_of_what_is_gone(scene: Stage, kind: orders.Kind) -> None:
    worker, talk, case, _ = a_worker_with_a_linked_case(scene)
    order(scene, kind, case if kind == "erase_case" else talk.chat)
    with transaction(scene.engine) as connection:
        # What SQLite does with the number of the last row once that is deleted.
        connection.execute(update(CaseRow).where(CaseRow.id == case).values(code="X8-88"))
        connection.execute(update(Chat).where(Chat.id == talk.chat).values(created_at=Chat.created_at + 60))
    assert order_room.run(scene.parts) == 1
    assert ended(scene).details == {"found": "gone"}
    with reading(scene.engine) as connection:
        assert store.by_id(connection, case) is not None
        erased = connection.execute(select(Chat.erased_at).where(Chat.id == talk.chat)).scalar_one()
    assert erased is None
    assert worker.replies()[-1].key != "linked"


def a_worker_with_a_linked_case(scene: Stage) -> tuple[Worker, Talk, int, str]:
    """A health worker who speaks Swahili, the patient who linked their own chat to the case, its number and code."""
    worker, talk = Worker(scene, "w1"), Talk(scene, "p1")
    worker.join()
    worker.send("choice", choice="language.sw")
    worker.forward("user:amina", "f1")
    talk.say("hello")
    with transaction(scene.engine) as connection:
        case, code = connection.execute(select(CaseRow.id, CaseRow.code)).one()
        connection.execute(update(CaseRow).values(patient_chat_id=talk.chat))
        state = connection.execute(select(Chat.state).where(Chat.id == worker.chat)).scalar_one()
        desk = write_desk(replace(read_desk(state or ""), language="sw"))
        connection.execute(update(Chat).where(Chat.id == worker.chat).values(state=desk))
    return worker, talk, case, code


@pytest.mark.parametrize("kind", ["erase_case", "erase_chat"])
def test_the_health_worker_is_told_by_its_code_that_a_case_is_gone(scene: Stage, kind: orders.Kind) -> None:
    worker, talk, case, code = a_worker_with_a_linked_case(scene)
    order(scene, kind, case if kind == "erase_case" else talk.chat)
    scene.wakes.calls.clear()
    for _ in range(2):
        order_room.run(scene.parts)
    with reading(scene.engine) as connection:
        assert store.by_id(connection, case) is None
    told = [reply for reply in worker.replies() if "desk.erased_by_clinic" in str(reply.texts)]
    assert len(told) == 1, "once"
    words = [
        locales.render(t, told[0].language) for t in reply_json.reply_from_json(told[0].texts).paragraphs
    ]
    assert words == [
        locales.render(Text("desk.case", {"code": code}), "sw"),
        locales.render(Text("desk.erased_by_clinic"), "sw"),
    ]
    assert (DELIVER, worker.chat) in [(task, row) for task, row, _ in scene.wakes.calls]


def test_a_former_health_worker_is_not_told_of_a_case_that_is_gone(scene: Stage) -> None:
    worker, _, case, _ = a_worker_with_a_linked_case(scene)
    with transaction(scene.engine) as connection:
        people.remove(connection, people.person_of(connection, worker.chat).id)  # type: ignore[union-attr]
    order(scene, "erase_case", case)
    order_room.run(scene.parts)
    assert not any("desk.erased_by_clinic" in str(reply.texts) for reply in worker.replies())


# -- trying again --


def test_findings_over_which_a_turn_failed_are_told_once_after_another_try(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(scene)
    talk.to_last_answer()
    FindingsEngine(scene.parts, StandIn).run()
    before = len(talk.replies())
    real = conversation.step

    def broken(state, event):  # type: ignore[no-untyped-def]
        if isinstance(event, FindingsReady):
            raise RuntimeError("a fault of ours")
        return real(state, event)

    with monkeypatch.context() as patched:
        patched.setattr(conversation, "step", broken)
        talk.turn()
    with transaction(scene.engine) as connection:
        (letter,) = operations.letters(connection, "findings")
        assert letter.can_replay
        assert operations.replay(connection, "findings", letter.id, an_admin(connection)) == (
            THINK,
            letter.id,
        )
    FindingsEngine(scene.parts, StandIn).run()
    for _ in range(2):
        talk.turn()
    talk.say(ANSWERS[-2])
    assert [reply.key for reply in talk.replies()[before:]].count("findings") == 1
    with reading(scene.engine) as connection:
        assert operations.letters(connection, "findings") == []


# -- what is counted --


def test_a_patients_result_is_counted_once_with_its_photographs(scene: Stage) -> None:
    talk = Talk(scene)
    talk.to_last_answer()
    assert counted(scene) == []
    FindingsEngine(scene.parts, StandIn).run()
    talk.turn()
    talk.say(ANSWERS[-2])
    ((urgency, code, case),) = counted(scene)
    assert urgency in ("week", "routine")
    assert code in figures.GROUPS
    assert case is None
    assert len(counted(scene, "photo")) == 1
    talk.say("hello again")
    assert len(counted(scene)) == 1


def test_a_workers_case_is_counted_when_its_result_was_told(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    worker.forward("user:amina", "f1")
    with reading(scene.engine) as connection:
        row = connection.execute(select(CaseRow)).one()
    worker.through(row.code)
    FindingsEngine(scene.parts, StandIn).run()
    sweep.turn.run(scene.parts, worker.chat)
    worker.through(row.code)
    FindingsEngine(scene.parts, StandIn).run()
    sweep.turn.run(scene.parts, worker.chat)
    worker.through(row.code)
    with reading(scene.engine) as connection:
        told = connection.execute(select(CaseRow.told_at)).scalar_one()
    assert told is not None
    assert [case for _, _, case in counted(scene)] == [row.id]


# -- backups --


def run_in(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(w) for w in words], env={**env, "PYTHON": sys.executable}, capture_output=True, text=True, check=False, timeout=120)  # fmt: skip


def test_a_backup_of_the_console_is_taken_by_the_restore_script(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite") and shutil.which("pg_dump") is None:
        pytest.fail("pg_dump is not installed; expected it with PostgreSQL")
    before = environment(tmp_path / "old", database_url)
    with transaction(engine) as connection:
        an_admin(connection)
    made = backup.make(Settings.read(before))
    folder = tmp_path / "old" / "backups" / made.name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.glob("database.*")} == {0o600}
    assert made.size_bytes > 0
    after = environment(tmp_path / "new", empty_copy(database_url, tmp_path / "new", engine))
    restored = run_in(after, DEPLOY / "restore.sh", folder)
    assert restored.returncode == 0, restored.stderr
    fresh = connect(after["NGOZI_DATABASE_URL"])
    with reading(fresh) as connection:
        assert connection.execute(select(Person.role)).scalars().all() == ["admin"]
    fresh.dispose()


def test_the_last_seven_backups_stay(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "ngozi.sqlite3")
    settings = Settings.read(environment(tmp_path, f"sqlite:///{tmp_path / 'ngozi.sqlite3'}"))
    shelf = tmp_path / "backups"
    for n in range(9):
        (shelf / f"ngozi-2020010{n}T000000Z").mkdir(parents=True)
    (shelf / "mine").mkdir()
    (shelf / "ngozi-20200101T000000Z.part").mkdir()
    made = backup.make(settings)
    left = sorted(p.name for p in shelf.iterdir())
    assert left == ["mine", *[f"ngozi-2020010{n}T000000Z" for n in range(3, 9)], made.name]


def test_a_backup_that_fails_leaves_nothing_and_says_why(tmp_path: Path, migrated_sqlite: Path) -> None:
    engine = connect(f"sqlite:///{migrated_sqlite}")
    engine.dispose()
    broken = tmp_path / "ngozi.sqlite3"
    broken.write_bytes(b"no database" * 1000)
    settings = Settings.read(environment(tmp_path, f"sqlite:///{broken}"))
    with pytest.raises(backup.BackupFailed, match="disk"):
        backup.make(settings)
    assert list((tmp_path / "backups").iterdir()) == []


def test_an_old_backup_that_cannot_be_deleted_makes_the_new_one_no_failure(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "ngozi.sqlite3")
    settings = Settings.read(environment(tmp_path, f"sqlite:///{tmp_path / 'ngozi.sqlite3'}"))
    shelf = tmp_path / "backups"
    for n in range(8):
        (shelf / f"ngozi-2020010{n}T000000Z").mkdir(parents=True)
    remove = shutil.rmtree

    def refused(path: Path, **more: bool) -> None:
        if path.name.startswith("ngozi-2020"):
            raise PermissionError(path.name)
        remove(path, **more)

    monkeypatch.setattr(backup.shutil, "rmtree", refused)
    made = backup.make(settings)
    assert (shelf / made.name / "SHA256SUMS").is_file()


def test_what_was_ordered_twice_at_the_same_moment_can_be_ordered_again(engine: Engine) -> None:
    with transaction(engine) as connection:
        by = people_of(connection)
        for _ in range(2):
            connection.execute(
                insert(Order).values(
                    kind="backup", subject="", state="wanted", by_person=by, created_at=1.0, details={}
                )
            )
        assert orders.ask(connection, "backup", "", by) == 1


def people_of(connection: Connection) -> int:
    made = insert(Person).values(role="admin", created_at=1.0, active=True).returning(Person.id)
    return int(connection.execute(made).scalar_one())


def test_an_ordered_backup_that_fails_is_told(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup.shutil, "which", lambda name: None)
    home = scene.parts.settings.home
    home.mkdir(exist_ok=True)
    if scene.engine.dialect.name == "sqlite":
        (home / "backups").write_text("in the way")
        reason = "disk"
    else:
        object.__setattr__(scene.parts.settings, "database_url", scene.engine.url.render_as_string(False))
        reason = "no_pg_dump"
    order(scene, "backup")
    assert order_room.run(scene.parts) == 1
    done = ended(scene)
    assert (done.state, done.details) == ("failed", {"reason": reason})


# -- what the worker tells the console --


def test_the_rules_of_retention_are_told_once_and_again_where_they_changed(scene: Stage) -> None:
    retention.run(scene.parts)
    with reading(scene.engine) as connection:
        details = connection.execute(
            select(Heartbeat.details).where(Heartbeat.process == "retention")
        ).scalar_one()
    assert [row[1] for row in details["kept"] if row[0].startswith("messages that were given up")] == [
        "30 days"
    ]
    assert len(details["kept"]) == len(RULES) + len(kept.ELSEWHERE)


def test_the_figures_of_the_shipped_model_are_those_of_its_card() -> None:
    card = (Path(__file__).parents[2] / "model" / "MODEL_CARD.md").read_text("utf-8")
    head, *rows = model_card.figures()
    assert head[0] == "figure"
    assert {len(row) for row in (head, *rows)} == {len(head)}
    assert len(rows) >= 5
    for row in rows:
        assert "| " + " | ".join(row) + " |" in card
