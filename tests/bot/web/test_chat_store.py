"""The web chat as a channel, and the table behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.exc import DataError, OperationalError

from bot.channels import Forged, HttpRequest, MediaFailed, SendFailed
from bot.channels import webchat as wire
from bot.channels.webchat import WebChat
from bot.channels.webchat_store import Pulse, SqlWebChatStore
from bot.database import transaction
from bot.media.vault import Stored
from bot.messages import Attachment, Outgoing
from bot.tables import Chat, FindingsJob
from bot.web.chat_rate import Rate
from tests.bot.web.chat_world import ChatWorld

A = "a" * 64
PHOTO = {"ref": '["n","a2V5",1,2]', "mime": "image/jpeg", "size": 2}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ChatWorld]:
    made = ChatWorld(tmp_path)
    yield made
    made.close()


# -- the channel --------------------------------------------------------------------------------------------------


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    photos=st.lists(st.just(PHOTO), max_size=6),
    at=st.floats(0, 1e11),
    hint=st.text(max_size=20),
)
def test_what_update_packs_parse_unpacks(
    text: str, photos: list[dict[str, object]], at: float, hint: str
) -> None:
    packed = wire.update(A, "message-1", text=text, photos=photos, language_hint=hint, at=at)
    inbound = WebChat(None, None).parse(packed.payload)  # type: ignore[arg-type]
    assert inbound.sent_at == at
    assert len(packed.external_id) <= 120, "the inbox's column"
    if text.strip() or photos:
        assert (inbound.kind, inbound.text) == ("message", text)
        assert [a.ref for a in inbound.attachments] == [PHOTO["ref"]] * len(photos)
    else:
        assert (inbound.kind, inbound.unusable) == ("unusable", "empty")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["v", "text", "choice", "photos", "at", "ref"]), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(json_values)
def test_a_payload_that_makes_no_sense_is_a_ValueError_and_nothing_else(value: object) -> None:
    channel = WebChat(None, None)  # type: ignore[arg-type]
    forms = [value]
    if isinstance(value, dict):
        forms.append({"v": 1, "at": 1.0, "photos": [], **value})
    for form in forms:
        try:
            channel.parse(json.dumps(form))
        except ValueError:
            continue


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{",
        "[]",
        "null",
        '{"v":2}',
        '{"v":1,"photos":[],"at":true}',
        '{"v":1,"photos":[{}],"at":1}',
        '{"v":1,"photos":[],"at":1,"choice":"x"}',
    ],
)
def test_a_foreign_payload_is_refused(payload: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for a person
        WebChat(None, None).parse(payload)  # type: ignore[arg-type]


def test_nobody_can_call_the_web_chat_as_a_webhook(world: ChatWorld) -> None:
    with pytest.raises(Forged):
        world.channel.receive(HttpRequest("POST", "/webhooks/webchat/main", "", {}, b"{}"))


@given(st.binary(min_size=1, max_size=80), st.integers(1, 65535), st.integers(1, 1 << 40))
def test_a_handle_says_all_that_opens_the_photograph(key: bytes, master: int, size: int) -> None:
    kept = Stored("f" * 32, key, master, size)
    assert wire.stored(wire.handle(kept)) == kept


@pytest.mark.parametrize(
    "ref", ["", "x", "[]", "{}", '["../../etc/passwd","a2V5",1,2]', '["a","%%",1,2]', "[1,2,3,4]"]
)
def test_a_handle_that_is_none_of_ours_opens_nothing(world: ChatWorld, ref: str) -> None:
    for call in (world.channel.fetch, world.channel.forget):
        with pytest.raises(MediaFailed) as caught:
            call(Attachment(ref=ref))
        assert not caught.value.retryable


def test_an_erased_photograph_cannot_be_fetched_and_is_not_tried_again(world: ChatWorld) -> None:
    kept = Attachment(ref=wire.handle(world.vault.put(b"bytes")))
    assert world.channel.fetch(kept) == b"bytes"
    world.channel.forget(kept)
    with pytest.raises(MediaFailed) as caught:
        world.channel.fetch(kept)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (OperationalError("", {}, Exception()), "outage"),
        (OSError("disk"), "outage"),
        (DataError("", {}, Exception()), "later"),
    ],
)
def test_a_store_that_is_away_is_an_outage_and_a_message_it_refuses_is_not(
    world: ChatWorld, raised: Exception, kind: str
) -> None:
    class Broken:
        def put(self, outgoing: Outgoing) -> None:
            raise raised

    with pytest.raises(SendFailed) as caught:
        WebChat(Broken(), world.vault).send(Outgoing("1", A, "text"))
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xd8", b"GIF89a", b"%PDF-1.4", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x20ftypisom"]
)
def test_other_files_are_no_photographs(head: bytes) -> None:
    assert wire.photo_mime(head + bytes(64)) is None


# -- the table ----------------------------------------------------------------------------------------------------


def test_numbers_of_a_chat_have_no_gap_even_when_many_write_at_once(world: ChatWorld) -> None:
    def write(kind: int) -> None:
        for i in range(10):
            world.store.put(Outgoing(f"{kind}-{i}", A, "text"))

    threads = [threading.Thread(target=write, args=(kind,)) for kind in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [line.n for line in world.store.after(A, 0)]
    assert numbers == list(range(numbers[0], numbers[0] + 60))


def test_a_chat_is_received_then_looking_then_told(world: ChatWorld) -> None:
    def state() -> str:
        return world.store.pulses([A])[A].state

    assert world.store.pulses([A]) == {A: Pulse()}
    world.store.keep(A, "message-1", "look", 1, "{}")
    assert state() == "idle", "nothing is promised before the inbox has it"
    world.store.accepted(A, "message-1")
    assert state() == "received"
    with transaction(world.engine) as connection:
        chat_id = connection.execute(
            insert(Chat)
            .values(channel="webchat", account="main", address=A, created_at=0.0, stopped=False, turns=0)
            .returning(Chat.id)
        ).scalar_one()
        connection.execute(
            insert(FindingsJob).values(
                chat_id=chat_id,
                case_version=1,
                photo_ids=[],
                answers={},
                floor="routine",
                state="wanted",
                created_at=0.0,
            )
        )
    assert state() == "looking"
    world.store.put(Outgoing("1", A, "I am looking."))
    assert state() == "looking", "until the findings are told"
    with transaction(world.engine) as connection:
        connection.execute(update(FindingsJob).values(state="done"))
    assert state() == "looking"
    with transaction(world.engine) as connection:
        connection.execute(update(FindingsJob).values(applied=True))
    assert state() == "idle"


def test_another_chats_work_does_not_show(world: ChatWorld) -> None:
    world.store.put(Outgoing("1", "b" * 64, "for b"))
    assert world.store.pulses([A, "b" * 64])[A] == Pulse()
    assert world.store.after(A, 0) == []


def test_erasing_and_sweeping_give_up_the_handles_that_nothing_else_knows(world: ChatWorld) -> None:
    payload = wire.update(A, "message-1", photos=[PHOTO], at=1.0).payload
    world.store.keep(A, "message-1", "", 1, payload)
    assert world.store.erase(A) == (PHOTO["ref"],)
    world.store.keep(A, "message-2", "", 1, payload)
    world.store.keep(A, "message-3", "kept", 0, "{}")
    world.store.accepted(A, "message-3")
    assert world.store.sweep(shown_before=0.0, unaccepted_before=1e12) == (PHOTO["ref"],)
    assert [line.text for line in world.store.after(A, 0)] == ["kept"]
    world.store.sweep(shown_before=1e12, unaccepted_before=0.0)
    assert world.store.after(A, 0) == []


def test_a_buttons_words_are_those_of_its_last_offer(world: ChatWorld) -> None:
    world.store.put(Outgoing("1", A, "?", choices=(("consent.yes", "Yes"),)))
    world.store.put(Outgoing("2", A, "?", choices=(("consent.yes", "Ndiyo"),), language="sw"))
    assert world.store.label(A, "consent.yes") == "Ndiyo"
    assert world.store.label("b" * 64, "consent.yes") is None
    assert world.store.language(A) == "sw"


def test_a_long_chat_comes_in_pages(world: ChatWorld) -> None:
    store: SqlWebChatStore = world.store
    for i in range(7):
        store.put(Outgoing(str(i), A, str(i)))
    seen: list[str] = []
    after = 0
    while lines := store.after(A, after, limit=3):
        seen += [line.text for line in lines]
        after = lines[-1].n
    assert seen == list("0123456")


def test_a_bucket_of_tokens_fills_again_and_forgets_the_quiet() -> None:
    clock = [0.0]
    rate = Rate(lambda: clock[0], burst=3, every_s=2.0, keys=2)
    assert [rate.wait_s("a") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert rate.wait_s("b") == 0.0
    clock[0] = 2.0
    assert (rate.wait_s("a"), rate.wait_s("a")) == (0.0, 2.0)
    rate.wait_s("b")
    rate.wait_s("c")
    assert rate.wait_s("a") == 0.0, "forgotten: the quietest of three where two are kept"
