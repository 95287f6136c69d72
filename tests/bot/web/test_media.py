"""Photographs and voice notes by address, and through the web chat's own session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from starlette.testclient import TestClient

from bot.channels import webchat as wire
from bot.database import transaction
from bot.media import address
from bot.media.handles import handle
from bot.messages import Medium, Outgoing
from bot.tables import CaseRow, Chat, Person, Photo, ReplyRow
from tests.bot.web.chat_world import ChatWorld

NOW = 1_800_000_000.0
JPEG = b"\xff\xd8\xff a made-up photograph"
NOTE = b"OggS a made-up voice note"


@pytest.fixture
def clock() -> list[float]:
    return [NOW]


@pytest.fixture
def world(tmp_path: Path, clock: list[float]) -> Iterator[ChatWorld]:
    made = ChatWorld(tmp_path, now=lambda: clock[0])
    yield made
    made.close()


@pytest.fixture
def client(world: ChatWorld) -> TestClient:
    return TestClient(world.app, base_url="http://testserver")


def a_chat(world: ChatWorld, secret: str, role: str = "patient") -> int:
    with transaction(world.engine) as connection:
        person = None
        if role != "patient":
            person = connection.execute(
                insert(Person).values(role=role, created_at=1.0, active=True).returning(Person.id)
            ).scalar_one()
        return int(
            connection.execute(
                insert(Chat)
                .values(
                    channel="webchat",
                    account="main",
                    address=wire.address_of(secret),
                    created_at=1.0,
                    stopped=False,
                    turns=0,
                    person_id=person,
                )
                .returning(Chat.id)
            ).scalar_one()
        )


def a_photo(
    world: ChatWorld, chat_id: int, case_id: int | None = None, data: bytes = JPEG, kind: str = "photo"
) -> str:
    sealed = world.vault.put(data)
    with transaction(world.engine) as connection:
        connection.execute(
            insert(Photo).values(
                id=sealed.name,
                chat_id=chat_id,
                name=sealed.name,
                wrapped_key=sealed.wrapped_key,
                master_key_id=sealed.master_key_id,
                size_bytes=len(data),
                kind=kind,
                width_px=1,
                height_px=1,
                created_at=1.0,
                expires_at=2e12,
                case_id=case_id,
            )
        )
    return sealed.name


def erase(world: ChatWorld) -> None:
    with transaction(world.engine) as connection:
        connection.execute(update(Photo).values(wrapped_key=None))


def by_address(world: ChatWorld, photo: str) -> str:
    return address.PATH + address.token(world.keys, address.Named("photo", photo), NOW)


def test_a_photograph_is_served_by_its_address_and_kept_by_nobody(
    world: ChatWorld, client: TestClient
) -> None:
    where = by_address(world, a_photo(world, a_chat(world, "a" * 32)))
    for answer in (client.get(where), client.head(where)):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-length"] == str(len(JPEG))
    assert client.get(where).content == JPEG


def test_forged_expired_and_erased_look_the_same(
    world: ChatWorld, client: TestClient, clock: list[float]
) -> None:
    where = by_address(world, a_photo(world, a_chat(world, "a" * 32)))
    forged = where[:-8] + ("A" * 8 if not where.endswith("A" * 8) else "B" * 8)
    unknown = by_address(world, "ab" * 16)
    answers = [client.get(path) for path in (forged, unknown, address.PATH + "x")]
    clock[0] = NOW + address.GOOD_FOR_S + 1
    answers.append(client.get(where))
    clock[0] = NOW
    assert client.get(where).status_code == 200
    erase(world)
    answers.append(client.get(where))
    assert {(a.status_code, a.content) for a in answers} == {(404, b"")}
    assert client.get(address.PATH).status_code == 404, "no listing"


def test_a_voice_note_goes_with_its_reply(world: ChatWorld, client: TestClient) -> None:
    chat_id = a_chat(world, "a" * 32)
    part = {"text": "", "medium": {"kind": "voice", "ref": handle(world.vault.put(NOTE))}}
    row = {
        "uuid": "cd" * 16,
        "chat_id": chat_id,
        "turn_id": 1,
        "texts": {},
        "language": "en",
        "created_at": 1.0,
    }
    with transaction(world.engine) as connection:
        connection.execute(insert(ReplyRow).values(**row, parts=["words", part], state="sent"))
    where = address.PATH + address.token(world.keys, address.Named("voice", "cd" * 16, 1), NOW)
    answer = client.get(where)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/ogg")
    assert answer.content == NOTE
    part_of_it = client.get(where, headers={"Range": "bytes=2-4"})
    assert (part_of_it.status_code, part_of_it.content) == (206, NOTE[2:5])
    assert (
        client.get(
            address.PATH + address.token(world.keys, address.Named("voice", "cd" * 16, 0), NOW)
        ).status_code
        == 404
    ), "words are no voice note"
    with transaction(world.engine) as connection:
        connection.execute(ReplyRow.__table__.delete())
    assert client.get(where).status_code == 404, "erased with its reply"


def shown(world: ChatWorld, client: TestClient, secret: str, medium: Medium) -> int:
    """The status with which the page gets the medium of a message."""
    where = wire.address_of(secret)
    assert where is not None
    world.channel.send(Outgoing(f"part-{secret[0]}", where, "", medium=medium))
    client.cookies.set("ngozi_chat", secret)
    (line,) = client.get("/chat/events", params={"after": 0}).json()["messages"]
    assert line["medium"] == medium.kind
    return client.get(f"/chat/media/{line['id']}").status_code


@pytest.mark.parametrize(
    ("data", "mime"),
    [(b"OggS" + bytes(24) + b"OpusHead", "audio/ogg"), (b"\0\0\0\x18ftypM4A ", "audio/mp4")],
)
def test_what_a_person_spoke_is_served_as_what_it_is(
    world: ChatWorld, client: TestClient, data: bytes, mime: str
) -> None:
    spoken = a_photo(world, a_chat(world, "b" * 32), data=data, kind="voice")
    a_chat(world, "a" * 32, "clinician")
    assert shown(world, client, "a" * 32, Medium("recording", data, mime, ref=spoken)) == 200
    (line,) = client.get("/chat/events", params={"after": 0}).json()["messages"]
    token = address.token(world.keys, address.Named("recording", spoken), NOW)
    for where in (f"/chat/media/{line['id']}", address.PATH + token):
        answer = client.get(where)
        assert (answer.headers["content-type"], answer.content) == (mime, data)


@pytest.mark.parametrize(("role", "status"), [("clinician", 200), ("chw", 404), ("patient", 404)])
def test_the_page_shows_a_patients_photograph_to_clinicians_and_the_worker_of_the_case(
    world: ChatWorld, client: TestClient, role: str, status: int
) -> None:
    photo = a_photo(world, a_chat(world, "b" * 32))
    a_chat(world, "a" * 32, role)
    assert shown(world, client, "a" * 32, Medium("photo", JPEG, "image/jpeg", ref=photo)) == status


def test_the_worker_of_the_case_sees_it_until_it_is_erased(world: ChatWorld, client: TestClient) -> None:
    worker = a_chat(world, "a" * 32, "chw")
    with transaction(world.engine) as connection:
        case = connection.execute(
            insert(CaseRow)
            .values(code="K7-42", chat_id=worker, state="{}", opened_at=1.0, touched_at=1.0)
            .returning(CaseRow.id)
        ).scalar_one()
    photo = a_photo(world, worker, case)
    assert shown(world, client, "a" * 32, Medium("photo", JPEG, "image/jpeg", ref=photo)) == 200
    erase(world)
    assert client.get("/chat/media/part-a").status_code == 404


def test_another_chats_message_opens_to_nobody(world: ChatWorld, client: TestClient) -> None:
    note = Medium("voice", NOTE, "audio/ogg", ref=handle(world.vault.put(NOTE)))
    assert shown(world, client, "a" * 32, note) == 200
    client.cookies.set("ngozi_chat", "c" * 32)
    assert client.get("/chat/media/part-a").status_code == 404
    client.cookies.clear()
    assert client.get("/chat/media/part-a").status_code == 401
