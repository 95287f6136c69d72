"""A voice message recorded in the web chat's page: over the real routes, store and vault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.channels import webchat as wire
from bot.media.handles import handle
from tests.bot.web.chat_world import ChatWorld
from tests.bot.web.test_chat import AWAY, HOST, JPEG, SAME, address, events

OGG = b"OggS" + b"\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01\x01" + bytes(200)
WEBM = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm" + bytes(200)
MP4 = b"\0\0\0\x18ftypM4A " + bytes(200)
PDF = b"%PDF-1.7" + bytes(100)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ChatWorld]:
    made = ChatWorld(tmp_path, wait_s=0.2)
    yield made
    made.close()


@pytest.fixture
def client(world: ChatWorld) -> Iterator[TestClient]:
    with TestClient(world.app, base_url=HOST, headers=SAME) as made:
        assert made.post("/chat/session").status_code == 200
        yield made


def speak(client: TestClient, *voices: bytes, uuid: str = "message-1", name: str = "voice", **fields: str) -> tuple[int, dict]:  # fmt: skip
    parts: list[tuple[str, tuple[str | None, bytes | str]]] = [("id", (None, uuid))]
    parts += [(field, (None, value)) for field, value in fields.items()]
    parts += [("voice", (name, data)) for data in voices]
    answer = client.post("/chat/messages", files=parts)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("data", "mime"), [(OGG, "audio/ogg"), (WEBM, "audio/webm"), (MP4, "audio/mp4")]
)  # fmt: skip
def test_a_voice_message_reaches_the_conversation_as_on_every_other_channel(
    world: ChatWorld, client: TestClient, data: bytes, mime: str
) -> None:
    # What the file is called says nothing.
    status, answer = speak(client, data, name="photo.jpg")
    assert status == 200
    inbound = world.channel.parse(world.accepted[0].payload)
    assert (inbound.kind, inbound.unusable, inbound.text, inbound.attachments) == (
        "unusable",
        "voice",
        "",
        (),
    )
    spoken = inbound.recording
    assert spoken is not None
    assert (spoken.kind, spoken.mime, spoken.size_bytes) == ("voice", mime, len(data))
    assert world.channel.fetch(spoken) == data
    (shown,) = events(client)["messages"]
    assert (shown["n"], shown["spoken"], shown["photos"], shown["text"]) == (answer["n"], True, 0, "")
    assert spoken.ref not in json.dumps(shown), "no handle ever reaches the page"
    assert "medium" not in shown


def test_it_lies_encrypted_and_is_gone_when_it_is_forgotten(world: ChatWorld, client: TestClient) -> None:
    speak(client, OGG)
    (path,) = world.vault_folder.iterdir()
    assert b"OpusHead" not in path.read_bytes()
    spoken = world.channel.parse(world.accepted[0].payload).recording
    assert spoken is not None
    world.channel.forget(spoken)
    assert world.vault.names() == []


@pytest.mark.parametrize("data", [PDF, JPEG, b"", b"RIFF0000WAVEfmt ", b"<svg onload=alert(1)>", b"ID3\x04"])
def test_what_is_no_voice_message_is_refused_and_not_kept(
    world: ChatWorld, client: TestClient, data: bytes
) -> None:
    assert speak(client, data, name="voice.ogg") == (415, {"error": "voice_format"})
    assert world.accepted == []
    assert world.vault.names() == []


def test_a_voice_is_no_photograph(world: ChatWorld, client: TestClient) -> None:
    answer = client.post("/chat/messages", files=[("id", (None, "message-1")), ("photo", ("p.jpg", OGG))])
    assert (answer.status_code, answer.json()) == (415, {"error": "photo_format"})


def test_1_MiB_is_taken_and_one_byte_more_is_refused(world: ChatWorld, client: TestClient) -> None:
    longest = OGG + bytes(wire.MAX_VOICE_BYTES - len(OGG))
    assert wire.MAX_VOICE_BYTES == 1 << 20
    assert speak(client, longest)[0] == 200
    assert speak(client, longest + b"x", uuid="message-2") == (413, {"error": "voice_too_big"})
    assert len(world.accepted) == len(world.vault.names()) == 1


def test_it_is_a_message_by_itself(world: ChatWorld, client: TestClient) -> None:
    world.say(address(client), "May I?", [("consent.yes", "Yes")])
    for fields in ({"text": "and words"}, {"start": "1"}, {"choice": "consent.yes"}):
        assert speak(client, OGG, **fields) == (400, {"error": "malformed"})
    assert speak(client, OGG, OGG) == (400, {"error": "malformed"})
    for order in (("photo", "voice"), ("voice", "photo")):
        files = {"photo": ("p", JPEG), "voice": ("v", OGG)}
        answer = client.post(
            "/chat/messages", files=[("id", (None, "message-1")), *((name, files[name]) for name in order)]
        )
        assert (answer.status_code, answer.json()) == (400, {"error": "malformed"})
    assert world.accepted == []
    assert world.vault.names() == []


def test_sent_again_after_a_failure_it_is_one_message_and_one_sealed_voice(
    world: ChatWorld, client: TestClient
) -> None:
    world.refuse = [AWAY]
    assert speak(client, OGG)[0] == 503
    first = speak(client, OGG)
    assert first == speak(client, OGG)
    assert first[0] == 200
    assert len(world.accepted) == len(world.vault.names()) == len(events(client)["messages"]) == 1


def test_what_was_never_accepted_is_forgotten_with_its_voice(world: ChatWorld, client: TestClient) -> None:
    world.refuse = [AWAY]
    speak(client, OGG)
    (ref,) = world.store.erase(address(client))
    assert [wire.stored(ref).name] == world.vault.names()


@pytest.mark.parametrize("forged", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {}])
def test_a_call_from_elsewhere_is_refused(
    world: ChatWorld, client: TestClient, forged: dict[str, str]
) -> None:
    with TestClient(world.app, base_url=HOST, cookies=dict(client.cookies)) as elsewhere:
        elsewhere.headers.update(forged)
        assert speak(elsewhere, OGG)[0] == 403
    with TestClient(world.app, base_url=HOST, headers=SAME) as nobody:
        assert speak(nobody, OGG)[0] == 401
    assert world.accepted == []
    assert world.vault.names() == []


def test_voices_count_against_the_same_rate(tmp_path: Path) -> None:
    world = ChatWorld(tmp_path, now=lambda: 1000.0)
    with TestClient(world.app, base_url=HOST, headers=SAME) as client:
        client.post("/chat/session")
        codes = [speak(client, OGG, uuid=f"message-{i}")[0] for i in range(31)]
    assert codes == [200] * 30 + [429]
    world.close()


def test_the_page_alone_may_use_the_microphone_and_play_what_it_recorded(client: TestClient) -> None:
    answer = client.get("/chat")
    assert "microphone=(self)" in answer.headers["permissions-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "media-src 'self' blob:;" in answer.headers["content-security-policy"]


def test_a_payload_without_a_handle_makes_no_sense(world: ChatWorld) -> None:
    sealed = world.vault.put(OGG)
    voice = {"ref": handle(sealed), "mime": "audio/ogg", "size": len(OGG)}
    good = wire.update("a" * 64, "message-1", voice=voice, language_hint="sw-TZ", at=1.0).payload
    assert world.channel.parse(good).language_hint == "sw-TZ"
    assert wire.refs(json.loads(good)) == (handle(sealed),)
    for bad in (
        good.replace('"ref"', '"other"'),
        json.dumps({**json.loads(good), "voice": "v"}),
        json.dumps({**json.loads(good), "voice": {"ref": ""}}),
    ):
        with pytest.raises(ValueError, match="voice without a handle"):
            world.channel.parse(bad)
