"""One case is erased with all that belongs to it and nothing of another; a chat's cases go with the chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Connection, Engine, func, insert, select, update

from bot import conversation, invitations, outbox, people
from bot.cases import clinic, moving, notes, store
from bot.cases import left as nobodys
from bot.casework import codes
from bot.clock import db_now
from bot.console import erase_search, staff
from bot.conversation.events import DropPhotos
from bot.conversation.state import new_state
from bot.database import transaction
from bot.messages import Attachment, Reply, Text
from bot.sealing import Sealer
from bot.tables import (
    Audit,
    CaseCode,
    CaseNote,
    CaseRow,
    Chat,
    Copy,
    FindingsJob,
    Forget,
    Person,
    Photo,
    Receipt,
    ReplyRow,
    Straggler,
    TalkJob,
)
from tests.worker.stage import Stage, stage
from worker import deliver, effects, erasing, retention, turn
from worker.case_erasing import erase_case

OF_A_CASE = (CaseRow, CaseNote, Photo, FindingsJob, TalkJob, ReplyRow, Receipt)


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(
        engine, tmp_path, "whatsapp", {"NGOZI_DATABASE_URL": engine.url.render_as_string(False)}
    ) as made:
        yield made


def a_full_case(
    scene: Stage, connection: Connection, chat: int, name: str, patient: int | None = None
) -> store.Case:
    """A case with everything that a case can have; its photographs' and replies' ids at the provider hold `name`."""
    state = replace(new_state("en"), pending=(Attachment(f"ref {name}", message_ref=f"SMpending{name}"),))
    case = store.open_case(connection, chat, state, patient_chat_id=patient)
    notes.add(connection, scene.parts.sealer, case.id, "worker", "since May")
    connection.execute(
        insert(Photo).values(id=name, chat_id=chat, name=name, wrapped_key=b"k", master_key_id=1, size_bytes=1, width_px=1,
                             height_px=1, origin_ref=f"file {name}", origin_message=f"SMphoto{name}", created_at=db_now(),
                             expires_at=db_now() + 1e6, case_id=case.id)
    )  # fmt: skip
    said: dict[str, Any] = {"chat_id": chat, "case_id": case.id, "case_version": 1, "attempts": 0, "alone": False,
                            "created_at": db_now()}  # fmt: skip
    connection.execute(
        insert(FindingsJob).values(
            photo_ids=[name], answers={}, floor="week", state="done", applied=True, soft=b"s", **said
        )
    )
    connection.execute(
        insert(TalkJob).values(kind="describe", state="done", applied=True, result=b"r", **said)
    )
    outbox.queue(connection, chat, 1, [Reply((Text("now.go"),))], "en", case.id)
    reply = connection.execute(select(func.max(ReplyRow.id))).scalar_one()
    uuid = connection.execute(
        update(ReplyRow)
        .where(ReplyRow.id == reply)
        .values(state="sent", provider_id=f"SMreply{name}", parts=["words", "more"], parts_sent=2)
        .returning(ReplyRow.uuid)
    ).scalar_one()
    connection.execute(
        insert(Receipt).values(
            outgoing_id=f"{uuid}-0", provider_id=f"SMfirst{name}", rank=1, error="", at=db_now()
        )
    )
    for message in (f"SMphoto{name}", f"SMreply{name}", f"SMfirst{name}"):
        connection.execute(insert(Copy).values(chat_id=chat, provider_id=message, at=db_now()))
    return case


def left(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_one_case_is_erased_and_the_other_is_untouched(scene: Stage) -> None:
    chat = scene.chat("c1")
    with transaction(scene.engine) as connection:
        gone, kept = (a_full_case(scene, connection, chat, name) for name in "ab")
        outbox.queue(connection, chat, 1, [Reply((Text("now.go"),))], "en")
    with transaction(scene.engine) as connection:
        erase_case(connection, gone.id, scene.parts.settings)
    with transaction(scene.engine) as connection:
        assert store.load_open(connection, chat) == [kept]
        assert [left(connection, table) for table in OF_A_CASE] == [1, 1, 1, 1, 1, 2, 1]
        assert sorted(connection.execute(select(Copy.provider_id)).scalars()) == [
            "SMfirstb",
            "SMphotob",
            "SMreplyb",
        ]
        forgotten = set(map(tuple, connection.execute(select(Forget.ref, Forget.message_ref)).all()))
        assert forgotten == {
            ("file a", "SMphotoa"),
            ("ref a", "SMpendinga"),
            *(("", f"SM{what}a") for what in ("photo", "reply", "first")),
        }
        entry = connection.execute(
            select(Audit.subject, Audit.details).where(Audit.what == "case_erased")
        ).one()
        assert tuple(entry) == (str(gone.id), {"photographs": 1, "replies": 1})
        # Its code stands in a notebook: it leads to nobody else.
        assert connection.execute(
            select(CaseCode.left_at.is_not(None)).where(CaseCode.code == gone.code)
        ).scalar_one()
    with transaction(scene.engine) as connection:
        erase_case(connection, gone.id, scene.parts.settings)


def test_a_reply_of_the_case_that_is_being_sent_is_left_to_be_found(scene: Stage) -> None:
    chat = scene.chat("c1")
    with transaction(scene.engine) as connection:
        case = a_full_case(scene, connection, chat, "a")
        connection.execute(update(ReplyRow).values(state="sending", parts_sent=1))
        outbox.queue(connection, chat, 1, [Reply((Text("help.what"),))], "en")
        connection.execute(update(Chat).values(send_token="t", send_until=db_now() + 60))
        uuid = connection.execute(select(ReplyRow.uuid).order_by(ReplyRow.id).limit(1)).scalar_one()
        erase_case(connection, case.id, scene.parts.settings)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Straggler.outgoing_id)).scalar_one() == f"{uuid}-1"
        assert connection.execute(select(Chat.send_token)).scalar_one() is None
    # What else was to be said is said, by the next who looks.
    deliver.run(scene.parts, chat)
    assert len(scene.channel.sent) == 1


def test_whoever_sends_something_else_keeps_the_lease(scene: Stage) -> None:
    chat = scene.chat("c1")
    with transaction(scene.engine) as connection:
        outbox.queue(connection, chat, 1, [Reply((Text("help.what"),))], "en")
        connection.execute(update(ReplyRow).values(state="sending"))
        case = a_full_case(scene, connection, chat, "a")
        connection.execute(update(Chat).values(send_token="t", send_until=db_now() + 60))
        erase_case(connection, case.id, scene.parts.settings)
        assert connection.execute(select(Chat.send_token)).scalar_one() == "t"
        assert left(connection, Straggler) == 0


@pytest.mark.parametrize("by", ["worker", "patient", "command"])
def test_a_chats_cases_go_with_it(scene: Stage, by: str) -> None:
    chat, patient = scene.chat("worker"), scene.chat("patient")
    with transaction(scene.engine) as connection:
        code = invitations.invite(connection, scene.parts.settings.master_keys, "chw")
        invitations.redeem(connection, scene.parts.settings.master_keys, chat, code)
        a_full_case(scene, connection, chat, "a", patient)
        other = a_full_case(scene, connection, chat, "b")
        connection.execute(update(Chat).values(state=conversation.to_json(new_state("en"))))
    if by == "command":
        erasing.run(scene.parts.settings, "whatsapp:main:worker", Console(quiet=True))
    else:
        with transaction(scene.engine) as connection:
            effects.erase(connection, patient if by == "patient" else chat, scene.parts.settings)
    with transaction(scene.engine) as connection:
        if by == "patient":
            assert store.load_open(connection, chat) == [other]
            assert people.role_of(connection, chat) == "chw"
        else:
            assert [left(connection, table) for table in OF_A_CASE] == [0] * len(OF_A_CASE)
            assert people.role_of(connection, chat) == "patient"
            assert [m.active for m in people.members(connection)] == [False]
        details = connection.execute(select(Audit.details).where(Audit.what == "chat_erased")).scalar_one()
        assert details["cases"] == (1 if by == "patient" else 2)


def a_desk_case(
    scene: Stage, connection: Connection, chat: int, name: str, patient: int | None = None
) -> store.Case:
    """As `a_full_case`, with the conversation that a desk's case has: somebody else's, not the chat's own."""
    case = a_full_case(scene, connection, chat, name, patient)
    state = replace(case.state, case_version=codes.first_version(case.code))
    return store.save(connection, replace(case, state=state))


@pytest.mark.parametrize("by", ["delete", "command"])
def test_a_former_workers_erasing_leaves_patients_to_the_clinic(scene: Stage, by: str) -> None:
    chat, other = scene.chat("worker"), scene.chat("other")
    with transaction(scene.engine) as connection:
        code = invitations.invite(connection, scene.parts.settings.master_keys, "chw")
        invitations.redeem(connection, scene.parts.settings.master_keys, chat, code)
        open_ = a_desk_case(scene, connection, chat, "a")
        closed = store.close(connection, a_desk_case(scene, connection, chat, "b"), "better")
        own = a_full_case(scene, connection, chat, "own")
        of_mine = a_desk_case(scene, connection, other, "linked", patient=chat)
        person = people.person_of(connection, chat)
        assert person is not None
        people.remove(connection, person.id)
    if by == "command":
        erasing.run(scene.parts.settings, "whatsapp:main:worker", Console(quiet=True))
    else:
        with transaction(scene.engine) as connection:
            effects.erase(connection, chat, scene.parts.settings)
    with transaction(scene.engine) as connection:
        rows = {row.id: row for row in connection.execute(select(CaseRow)).all()}
        assert set(rows) == {open_.id, closed.id}, (
            "their own went, and the one of which they were the patient"
        )
        assert own.id not in rows
        assert of_mine.id not in rows
        (clinics,) = {row.chat_id for row in rows.values()}
        kept_in = connection.execute(select(Chat).where(Chat.id == clinics)).one()
        assert (kept_in.channel, kept_in.person_id, kept_in.stopped) == ("clinic", None, True)
        assert clinics != chat
        # Notes, photographs and findings stay with their case; the chat's own copies and words go.
        assert [left(connection, table) for table in (CaseNote, FindingsJob, TalkJob, Photo)] == [2, 2, 2, 2]
        photos = connection.execute(select(Photo.chat_id, Photo.origin_ref, Photo.wrapped_key)).all()
        assert set(map(tuple, photos)) == {(clinics, "", b"k")}
        assert left(connection, ReplyRow) == 0
        assert all(store.read(row).state.pending == () for row in rows.values())
        forgotten = set(map(tuple, connection.execute(select(Forget.ref, Forget.message_ref)).all()))
        assert {("ref a", "SMpendinga"), ("file a", "SMphotoa"), ("", "SMreplya")} <= forgotten
        # Nothing leads from the cases to the person, nor from the person to the chat.
        assert connection.execute(select(Chat.person_id).where(Chat.id == chat)).scalar_one() is None
        trail = connection.execute(select(Audit.subject).where(Audit.what == "case_left_to_clinic")).scalars()
        assert sorted(trail) == sorted([str(open_.id), str(closed.id)])
        details = connection.execute(select(Audit.details).where(Audit.what == "chat_erased")).scalar_one()
        assert details["cases"] == 2


def test_the_address_of_a_former_worker_goes_although_their_cases_stay(scene: Stage) -> None:
    chat = scene.chat("worker")
    with transaction(scene.engine) as connection:
        case = a_desk_case(scene, connection, chat, "a")
        effects.erase(connection, chat, scene.parts.settings)
        connection.execute(
            update(Chat)
            .where(Chat.id == chat)
            .values(erased_at=db_now() - 4 * 86_400, last_inbound_at=None, send_due_at=None)
        )
    retention.run(scene.parts)
    with transaction(scene.engine) as connection:
        assert connection.execute(select(Chat.id).where(Chat.id == chat)).first() is None
        found = store.by_id(connection, case.id)
        assert found is not None
        assert found.is_open


def test_what_comes_for_the_clinics_cases_waits_for_who_gets_them(scene: Stage) -> None:
    chat, other = scene.chat("first"), scene.chat("second")
    with transaction(scene.engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=db_now(), active=True).returning(Person.id)
        ).scalar_one()
        connection.execute(update(Chat).where(Chat.id == other).values(person_id=person))
        case = a_desk_case(scene, connection, chat, "a")
        effects.erase(connection, chat, scene.parts.settings)
        clinic.escalate(connection, case.id, "asked")
        assert clinic.claim(connection, case.id, person)
        clinic.answer(connection, scene.parts.sealer, case.id, person, "Bring her in")
        connection.execute(update(FindingsJob).values(applied=False))
        (kept,) = nobodys.with_nobody(connection)
        assert kept.id == case.id
    turn.run(scene.parts, kept.chat_id)
    with transaction(scene.engine) as connection:
        row = connection.execute(select(Chat).where(Chat.id == kept.chat_id)).one()
        assert (row.turn_token, row.due_at, row.state) == (None, None, None)
        assert connection.execute(select(FindingsJob.applied)).scalar_one() is False
        assert [c.id for c in clinic.answers_to_tell(connection, kept.chat_id)] == [case.id]
        # Nobody can have that chat erased, by whatever name they know it.
        assert erase_search.find(connection, scene.parts.settings.master_keys, "clinic:clinic:clinic") == []
        assert erase_search.one(connection, "chat", kept.chat_id) is None
        assert not erasing.erase_chat(connection, kept.chat_id, scene.parts.settings)
        assert staff.give_left(connection, person) == 1
        assert nobodys.with_nobody(connection) == []
        assert [c.id for c in clinic.answers_to_tell(connection, other)] == [case.id]
        assert connection.execute(select(FindingsJob.chat_id)).scalar_one() == other


def test_a_patient_can_have_a_case_of_a_former_worker_erased_by_its_code(scene: Stage) -> None:
    chat = scene.chat("worker")
    with transaction(scene.engine) as connection:
        keys = scene.parts.settings.master_keys
        case = a_desk_case(scene, connection, chat, "a")
        # Before and after the worker's own erasing: the case, never their chat.
        for _ in range(2):
            found = erase_search.find(connection, keys, case.code)
            assert [(one.kind, one.id) for one in found] == [("case", case.id)]
            assert erase_search.one(connection, "case", case.id) is not None
            effects.erase(connection, chat, scene.parts.settings)
        erase_case(connection, case.id, scene.parts.settings)
        assert left(connection, CaseRow) == left(connection, Photo) == left(connection, CaseNote) == 0


def test_a_case_that_was_handed_over_stays_with_its_photographs(scene: Stage) -> None:
    chat, other = scene.chat("first"), scene.chat("second")
    with transaction(scene.engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=db_now(), active=True).returning(Person.id)
        ).scalar_one()
        connection.execute(update(Chat).where(Chat.id == other).values(person_id=person))
        case = a_full_case(scene, connection, chat, "a")
        moving.hand_over(connection, case, person)
        effects.erase(connection, chat, scene.parts.settings)
    with transaction(scene.engine) as connection:
        (kept,) = store.load_open(connection, other)
        assert kept.code == case.code
        photo = connection.execute(select(Photo.chat_id, Photo.case_id, Photo.origin_ref)).one()
        assert tuple(photo) == (other, case.id, "")
        # Its copy in the chat that is erased goes, and is redacted there.
        forgotten = set(map(tuple, connection.execute(select(Forget.ref, Forget.message_ref)).all()))
        assert {("file a", "SMphotoa"), ("", "SMphotoa")} <= forgotten
        assert left(connection, FindingsJob) == left(connection, CaseNote) == 1


def test_an_erased_photograph_of_a_case_that_was_handed_over_takes_its_soft_tokens_along(
    scene: Stage,
) -> None:
    chat, other = scene.chat("first"), scene.chat("second")
    with transaction(scene.engine) as connection:
        person = connection.execute(
            insert(Person).values(role="chw", created_at=db_now(), active=True).returning(Person.id)
        ).scalar_one()
        connection.execute(update(Chat).where(Chat.id == other).values(person_id=person))
        case = a_full_case(scene, connection, chat, "a")
        moving.hand_over(connection, case, person)
        assert connection.execute(select(Chat.due_at).where(Chat.id == other)).scalar_one() is not None
        effects.drop_photos(connection, scene.account, DropPhotos(photo_ids=("a",)))
        assert connection.execute(select(FindingsJob.soft)).scalar_one() is None


def test_rotated_keys_open_the_notes(scene: Stage) -> None:
    chat = scene.chat("c1")
    with transaction(scene.engine) as connection:
        case = a_full_case(scene, connection, chat, "a")
        connection.execute(Photo.__table__.delete())  # type: ignore[attr-defined]
        connection.execute(update(FindingsJob).values(soft=None))
        connection.execute(TalkJob.__table__.delete())  # type: ignore[attr-defined]
    settings = scene.parts.settings
    new = b"n" * 32
    erasing.rotate_keys(replace(settings, master_keys={**settings.master_keys, 2: new}), Console(quiet=True))
    with transaction(scene.engine) as connection:
        assert [n.text for n in notes.of_case(connection, Sealer({2: new}), case.id)] == ["since May"]
