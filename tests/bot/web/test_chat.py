"""The web chat's routes, over the real store and vault."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from bot.channels import webchat as wire
from bot.channels.webchat_store import SqlWebChatStore
from bot.messages import Attachment
from bot.web import chat_form, chat_page
from tests.bot.web.chat_world import ChatWorld

HOST = "http://chat.test"
SAME = {"origin": HOST, "sec-fetch-site": "same-origin"}
# Whoever really waits so long is ended by pytest.
HOURS_S = 7200
JPEG = b"\xff\xd8\xff\xe0" + b"drawn " * 50
AWAY = OperationalError("INSERT", {}, Exception("database is away"))


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


def address(client: TestClient) -> str:
    found = wire.address_of(client.cookies["ngozi_chat"])
    assert found is not None
    return found


def send(
    client: TestClient, uuid: str = "message-1", photos: list[bytes] | None = None, **fields: str
) -> tuple[int, dict]:
    parts: list[tuple[str, tuple[str | None, bytes | str]]] = [("id", (None, uuid))]
    parts += [(name, (None, value)) for name, value in fields.items()]
    parts += [("photo", (f"photo-{i}", data)) for i, data in enumerate(photos or [])]
    answer = client.post("/chat/messages", files=parts)
    return answer.status_code, answer.json()


def events(client: TestClient, **query: object) -> dict:
    answer = client.get("/chat/events", params={"after": 0, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- the page -----------------------------------------------------------------------------------------------------


def test_all_files_of_the_page_together_stay_under_60_kB() -> None:
    size = sum(len(asset.body) for asset in chat_page.ASSETS.values())
    for language in ("en", "sw", "ar"):
        assert size + len(chat_page.page(language)) < 60_000


def test_no_file_of_the_page_names_an_address_elsewhere() -> None:
    for name in ("chat.html", "chat.css", "chat.js", "voice.js", "mark.svg"):
        text = (Path(chat_page.__file__).parent / "static" / name).read_text("utf-8")
        text = text.replace("http://www.w3.org/2000/svg", "")  # the name of SVG's namespace, never fetched
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.", text, re.I), name
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text), name


def test_no_sentence_is_written_into_the_page_or_its_script() -> None:
    static = Path(chat_page.__file__).parent / "static"
    markup = re.sub(
        r"<style.*?</style>|<svg.*?</svg>|\{\{.*?\}\}",
        "",
        (static / "chat.html").read_text("utf-8"),
        flags=re.S,
    )
    words = re.findall(r">\s*([^<>\s][^<>]*?)\s*<", markup)
    assert words == ["Ngozi"]
    code = "".join((static / name).read_text("utf-8") for name in ("chat.js", "voice.js"))
    script = re.sub(r"/\*.*?\*/|(?<![:\w])//[^\n]*", "", code, flags=re.S)
    for quoted in re.findall(r'"((?:[^"\\\n]|\\.)*)"', script):
        # More than one word of plain letters would be a sentence.
        assert not re.fullmatch(r"[A-Z][a-z]+( [a-z]+)+[.?!]?", quoted), quoted


def test_every_text_that_the_page_and_script_ask_for_exists() -> None:
    static = Path(chat_page.__file__).parent / "static"
    script = "".join((static / name).read_text("utf-8") for name in ("chat.js", "voice.js"))
    asked = set(re.findall(r'(?:say|tell|tellState)\("([a-z_]*[a-z])"', script)) | set(
        re.findall(r"texts\.([a-z_]+)", script)
    )
    asked |= {f"error_{code}" for code in json.loads(re.search(r"KNOWN = (\[.*?\])", script)[1])}  # type: ignore[index]
    asked |= {
        "said_you",  # chosen by who spoke
        "said_ngozi",
        "state_sending",
        "state_waiting",
        "state_received",
        "state_looking",
        "state_failed",
        "error_other",
        "voice_full",  # chosen by why the recording ended
    }
    markup = (static / "chat.html").read_text("utf-8")
    asked |= set(re.findall(r'data-(?:text|label|title|hint)="([a-z_]+)"', markup))
    known = set(chat_page.TEXTS) | {"language", "direction"}
    assert asked <= known
    in_page = set(re.findall(r"\{\{([a-z_]+)\}\}", markup)) - {"texts"}
    assert in_page <= known
    assert set(chat_page.TEXTS) <= asked | in_page, "a text that nothing shows"


@pytest.mark.parametrize(
    ("accepts", "language", "direction"),
    [
        ("sw-TZ,en;q=0.5", "sw", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("xx", "en", "ltr"),
        ("", "en", "ltr"),
        (";;q=x,,", "en", "ltr"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    client: TestClient, accepts: str, language: str, direction: str
) -> None:
    answer = client.get("/chat", headers={"accept-language": accepts})
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert answer.headers["content-language"] == language
    assert "{{" not in answer.text


def test_the_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(client: TestClient) -> None:
    answer = client.get("/chat")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text)
    scripts = re.findall(r"<script([^>]*)>", answer.text)
    assert all("src=" in s or 'type="application/json"' in s for s in scripts)


def test_a_text_cannot_end_the_data_block(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = {**chat_page.texts("en"), "send": '</script><img src=x onerror="x">'}
    monkeypatch.setattr(chat_page, "texts", lambda language: evil)
    text = chat_page.page.__wrapped__("en").decode()
    assert "</script><img" not in text
    assert text.count("</script>") == 3


def test_the_page_sets_no_cookie_since_a_link_from_elsewhere_holds_the_old_one_back(
    client: TestClient,
) -> None:
    assert "set-cookie" not in client.get("/chat").headers


def test_files_are_kept_for_a_year_under_their_versioned_address_only(client: TestClient) -> None:
    page = client.get("/chat").text
    for name in ("chat.js", "voice.js", "chat.css", "mark.svg"):
        versioned = re.search(rf"/chat/static/{re.escape(name)}\?v=[0-9a-f]+", page)
        assert versioned, name
        answer = client.get(versioned[0])
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == chat_page.ASSETS[name].body
        assert client.get(f"/chat/static/{name}").headers["cache-control"] == "no-cache"
        again = client.get(f"/chat/static/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["nothing.js", "chat.html", "..%2fchat.py", "%2e%2e/chat.py"])
def test_only_the_pages_own_files_are_served(client: TestClient, name: str) -> None:
    assert client.get(f"/chat/static/{name}").status_code == 404


def test_texts_come_in_every_language_and_keep_their_places(client: TestClient) -> None:
    said = {
        code: client.get("/chat/texts", params={"lang": code}).json()
        for code in ("en", "sw", "ar", "zz", "../x")
    }
    assert said["ar"]["direction"] == "rtl"
    assert said["zz"] == said["../x"] == said["en"]
    for texts in said.values():
        assert "{number}" in texts["photo_remove"]
        assert "{percent}" in texts["state_sending_part"]


# -- the cookie ---------------------------------------------------------------------------------------------------


def test_a_fresh_chat_is_a_cookie_that_scripts_and_other_sites_cannot_use(world: ChatWorld) -> None:
    with TestClient(world.app, base_url=HOST, headers=SAME) as client:
        cookie = client.post("/chat/session").headers["set-cookie"].lower()
    assert cookie.startswith("ngozi_chat=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    world = ChatWorld(tmp_path, public_url="https://ngozi.example")
    # Behind a proxy that speaks plain http to us.
    with TestClient(
        world.app, base_url="http://ngozi.example", headers={"origin": "https://ngozi.example"}
    ) as client:
        cookie = client.post("/chat/session").headers["set-cookie"]
    assert cookie.startswith("__Host-ngozi_chat=")
    assert "secure" in cookie.lower()
    assert "path=/;" in cookie.lower()
    world.close()


def test_a_second_session_call_keeps_the_chat(client: TestClient) -> None:
    before = client.cookies["ngozi_chat"]
    client.post("/chat/session")
    assert client.cookies["ngozi_chat"] == before


def test_a_made_up_cookie_is_replaced(world: ChatWorld) -> None:
    with TestClient(world.app, base_url=HOST, headers=SAME, cookies={"ngozi_chat": "guess"}) as client:
        assert client.get("/chat/events").status_code == 401
        assert wire.address_of(client.post("/chat/session").cookies["ngozi_chat"])


def test_the_address_is_not_the_secret(client: TestClient) -> None:
    secret = client.cookies["ngozi_chat"]
    assert re.fullmatch(r"[0-9a-f]{32}", secret)
    assert secret not in address(client)
    assert wire.address_of(address(client)) is None, "what the database holds must not open a chat"


def test_leaving_takes_the_cookie_away(client: TestClient) -> None:
    assert client.post("/chat/leave").status_code == 200
    assert "ngozi_chat" not in client.cookies
    assert send(client, text="hello") == (401, {"error": "no_session"})


def test_one_chat_never_sees_another(world: ChatWorld, client: TestClient) -> None:
    world.say(address(client), "for the first")
    with TestClient(world.app, base_url=HOST, headers=SAME) as other:
        other.post("/chat/session")
        assert events(other)["messages"] == []
        assert send(other, uuid="message-1", text="same id, other chat")[0] == 200
    assert send(client, uuid="message-1", text="mine")[0] == 200
    assert len(world.accepted) == 2


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": HOST, "sec-fetch-site": "cross-site"},
        {"origin": HOST, "sec-fetch-site": "same-site"},
        {"origin": "http://chat.test.evil.example"},
        {"origin": "http://chat.test:8001"},
        {},
    ],
)
@pytest.mark.parametrize("path", ["/chat/messages", "/chat/session", "/chat/leave"])
def test_a_call_from_elsewhere_is_refused(
    world: ChatWorld, client: TestClient, forged: dict[str, str], path: str
) -> None:
    with TestClient(world.app, base_url=HOST, cookies=dict(client.cookies)) as elsewhere:
        answer = elsewhere.post(
            path, files=[("id", (None, "message-1")), ("text", (None, "hi"))], headers=forged
        )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert world.accepted == []


# -- messages -----------------------------------------------------------------------------------------------------


def test_a_text_reaches_the_inbox_and_is_shown_after_a_reload(world: ChatWorld, client: TestClient) -> None:
    status, data = send(client, text="  it itches\r\nsince Monday ")
    assert status == 200
    inbound = world.channel.parse(world.accepted[0].payload)
    assert (inbound.kind, inbound.text) == ("message", "it itches\nsince Monday")
    assert world.accepted[0].address == address(client)
    shown = events(client)
    assert [(m["text"], m["direction"], m["n"]) for m in shown["messages"]] == [
        ("it itches\nsince Monday", "in", data["n"])
    ]
    assert shown["state"] == "received"


def test_the_browsers_language_travels_as_a_hint(world: ChatWorld, client: TestClient) -> None:
    client.headers["accept-language"] = "sw-TZ,en;q=0.5"
    send(client, text="habari")
    assert world.channel.parse(world.accepted[0].payload).language_hint == "sw-TZ"


def test_the_same_id_twice_is_one_message_with_one_sealed_photograph(
    world: ChatWorld, client: TestClient
) -> None:
    first = send(client, photos=[JPEG], text="look")
    second = send(client, photos=[JPEG], text="look")
    assert first == second
    assert len(world.accepted) == 1
    assert len(world.vault.names()) == 1
    assert len(events(client)["messages"]) == 1


def test_a_message_that_the_inbox_refused_is_not_answered_200_and_arrives_once_when_sent_again(
    world: ChatWorld, client: TestClient
) -> None:
    world.refuse = [AWAY, AWAY]
    for _ in range(2):
        answer = client.post("/chat/messages", files=[("id", (None, "message-1")), ("photo", ("p", JPEG))])
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert events(client)["messages"] == [], "what is not accepted is not shown"
    assert send(client, photos=[JPEG])[0] == 200
    assert len(world.accepted) == 1
    assert len(world.vault.names()) == 1, "the copy of the first try is the one that counts"
    attachment = world.channel.parse(world.accepted[0].payload).attachments[0]
    assert world.channel.fetch(attachment) == JPEG


def test_a_crash_between_commit_and_answer_does_not_double(
    world: ChatWorld, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SqlWebChatStore, "accepted", lambda *_: (_ for _ in ()).throw(AWAY))
        assert send(client, text="once")[0] == 503
    assert send(client, text="once")[0] == 200
    assert len(world.accepted) == 1
    assert [m["text"] for m in events(client)["messages"]] == ["once"]


def test_ten_copies_at_once_are_one_message(world: ChatWorld, client: TestClient) -> None:
    results: list[int] = []

    def one() -> None:
        with TestClient(world.app, base_url=HOST, headers=SAME, cookies=dict(client.cookies)) as copy:
            results.append(send(copy, photos=[JPEG], text="look")[0])

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [200] * 10
    assert len({update.external_id for update in world.accepted}) == 1
    assert len(world.vault.names()) == 1
    assert len(events(client)["messages"]) == 1


def test_six_photographs_are_one_message_and_lie_encrypted(world: ChatWorld, client: TestClient) -> None:
    photos = [JPEG + bytes([i]) for i in range(6)]
    assert send(client, photos=photos, text="my arm")[0] == 200
    inbound = world.channel.parse(world.accepted[0].payload)
    assert [world.channel.fetch(a) for a in inbound.attachments] == photos
    assert inbound.text == "my arm"
    for path in world.vault_folder.iterdir():
        assert b"drawn" not in path.read_bytes()
    shown = events(client)["messages"][0]
    assert shown["photos"] == 6
    assert "ref" not in json.dumps(shown), "no handle ever reaches the page"


def test_a_seventh_photograph_is_refused_and_nothing_is_kept(world: ChatWorld, client: TestClient) -> None:
    assert send(client, photos=[JPEG] * 7) == (413, {"error": "too_many_photos"})
    assert world.accepted == []
    assert world.vault.names() == []


def test_a_photograph_of_20_MiB_is_taken_and_one_byte_more_is_refused(
    world: ChatWorld, client: TestClient
) -> None:
    largest = JPEG + bytes(wire.MAX_PHOTO_BYTES - len(JPEG))
    assert send(client, photos=[largest])[0] == 200
    assert send(client, uuid="message-2", photos=[JPEG, largest + b"x"]) == (413, {"error": "photo_too_big"})
    assert len(world.accepted) == 1
    assert len(world.vault.names()) == 1


def test_a_body_that_claims_too_much_is_refused_unread(client: TestClient) -> None:
    answer = client.post(
        "/chat/messages",
        content=b"--x",
        headers={
            "content-type": "multipart/form-data; boundary=x",
            "content-length": str(chat_form.MAX_BODY_BYTES + 1),
        },
    )
    assert (answer.status_code, answer.json()) == (413, {"error": "photo_too_big"})


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", b"MZ\x90", b"<svg onload=alert(1)>", b"\0\0\0\x18ftypavif", b"", b"GIF89a"]
)
def test_a_file_that_is_no_photograph_is_refused_and_not_kept(
    world: ChatWorld, client: TestClient, data: bytes
) -> None:
    assert send(client, photos=[JPEG, data]) == (415, {"error": "photo_format"})
    assert world.vault.names() == []
    assert world.accepted == []


@pytest.mark.parametrize(
    "uuid", ["", "short", "x" * 41, "../../etc", "id with spaces", "näme-of-message", "a\nb-12345678"]
)
def test_a_bad_id_is_refused(world: ChatWorld, client: TestClient, uuid: str) -> None:
    assert send(client, uuid=uuid, text="hello") == (400, {"error": "malformed"})
    assert send(client, uuid=uuid, photos=[JPEG]) == (400, {"error": "malformed"})
    assert world.accepted == []
    assert world.vault.names() == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "  \n "},
        {"choice": "consent.yes", "text": "and words"},
        {"choice": "NO SUCH"},
        {"start": "1", "text": "x"},
        {"other": "x"},
    ],
)
def test_a_message_that_says_nothing_or_too_much_is_refused(
    world: ChatWorld, client: TestClient, fields: dict[str, str]
) -> None:
    world.say(address(client), "May I?", [("consent.yes", "Yes")])
    assert send(client, **fields) == (400, {"error": "malformed"})
    assert world.accepted == []


def test_a_text_of_4000_characters_is_taken_and_one_more_is_refused(
    world: ChatWorld, client: TestClient
) -> None:
    assert send(client, text="ع" * 4000)[0] == 200
    assert send(client, uuid="message-2", text="ع" * 4001) == (413, {"error": "too_long"})
    assert send(client, uuid="message-3", text="x" * 100_000) == (413, {"error": "too_long"})
    assert len(world.accepted) == 1


def test_a_zero_byte_does_not_reach_the_database(world: ChatWorld, client: TestClient) -> None:
    assert send(client, text="a\x00b")[0] == 200
    assert world.channel.parse(world.accepted[0].payload).text == "ab"


def test_a_pressed_button_is_a_choice_and_is_shown_in_its_own_words(
    world: ChatWorld, client: TestClient
) -> None:
    world.say(
        address(client), "Je, unakubali?", [("consent.yes", "Ndiyo"), ("consent.no", "Hapana")], language="sw"
    )
    assert send(client, choice="consent.yes")[0] == 200
    inbound = world.channel.parse(world.accepted[0].payload)
    assert (inbound.kind, inbound.choice, inbound.text) == ("choice", "consent.yes", "")
    said = events(client)["messages"][-1]
    assert (said["text"], said["chose"]) == ("Ndiyo", "consent.yes")


def test_a_button_that_was_never_offered_is_refused(world: ChatWorld, client: TestClient) -> None:
    assert send(client, choice="consent.yes") == (409, {"error": "choice_gone"})
    assert world.accepted == []


def test_start_is_the_command_and_is_shown_as_the_buttons_words(world: ChatWorld, client: TestClient) -> None:
    assert send(client, start="1")[0] == 200
    assert world.channel.parse(world.accepted[0].payload).text == "/start"
    assert events(client)["messages"][0]["text"] == chat_page.texts("en")["start"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b""),
        ("multipart/form-data; boundary=x", b"rubbish"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\nmess'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n\xff\xfe\r\n--x--',
        ),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A" * 10_000 + b": b\r\n\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nnameless\r\n--x--"),
        ("multipart/form-data; boundary=" + "x" * 5000, b""),
    ],
)
def test_a_broken_body_is_refused_not_an_error(
    world: ChatWorld, client: TestClient, kind: str, body: bytes
) -> None:
    answer = client.post("/chat/messages", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 413, 415)
    assert world.accepted == []


def test_a_chat_that_writes_too_fast_is_asked_to_wait(tmp_path: Path) -> None:
    clock = [1000.0]
    world = ChatWorld(tmp_path, now=lambda: clock[0])
    with TestClient(world.app, base_url=HOST, headers=SAME) as client:
        client.post("/chat/session")
        codes = [send(client, uuid=f"message-{i}", text="hi")[0] for i in range(32)]
        assert codes == [200] * 30 + [429] * 2
        clock[0] += 1.0
        assert send(client, uuid="message-later", text="hi")[0] == 200
    world.close()


def test_when_memory_for_photographs_is_short_the_page_is_asked_to_come_again(
    world: ChatWorld, client: TestClient
) -> None:
    budget = world.door._intake._budget
    budget.take(budget._left - 10)
    left = budget._left
    answer = client.post("/chat/messages", files=[("id", (None, "message-1")), ("photo", ("p", JPEG))])
    assert (answer.status_code, answer.json()) == (503, {"error": "busy"})
    assert "retry-after" in answer.headers
    assert budget._left == left, "a refused request gives back what it took"
    budget.give(1 << 20)
    assert send(client, photos=[JPEG])[0] == 200
    assert budget._left == left + (1 << 20)


# -- events -------------------------------------------------------------------------------------------------------


def test_replies_come_with_choices_language_and_direction(world: ChatWorld, client: TestClient) -> None:
    world.say(address(client), "هل توافق؟", [("consent.yes", "نعم")], language="ar")
    message = events(client)["messages"][0]
    assert message["choices"] == [{"code": "consent.yes", "label": "نعم"}]
    assert (message["language"], message["dir"], message["direction"]) == ("ar", "rtl", "out")


def test_only_what_is_newer_is_sent(world: ChatWorld, client: TestClient) -> None:
    for i in range(3):
        world.say(address(client), f"reply {i}")
    known = events(client)
    assert [m["text"] for m in known["messages"]] == ["reply 0", "reply 1", "reply 2"]
    world.say(address(client), "reply 3")
    assert [m["text"] for m in events(client, after=known["after"])["messages"]] == ["reply 3"]


def test_a_reply_delivered_twice_is_shown_once(world: ChatWorld, client: TestClient) -> None:
    for _ in range(3):
        world.say(address(client), "once", part="part-1")
    assert len(events(client)["messages"]) == 1


def test_a_waiting_page_is_answered_as_soon_as_a_reply_is_there(tmp_path: Path) -> None:
    world = ChatWorld(tmp_path, wait_s=HOURS_S)
    with TestClient(world.app, base_url=HOST, headers=SAME) as client:
        client.post("/chat/session")
        own = address(client)

        def say_once_it_waits() -> None:
            while not world.door._watch.waiting:
                time.sleep(0.005)
            world.say(own, "here")

        speaker = threading.Thread(target=say_once_it_waits, daemon=True)
        speaker.start()
        got = events(client, wait=HOURS_S)
        speaker.join()
    assert [m["text"] for m in got["messages"]] == ["here"]
    world.close()


def test_a_page_that_waits_in_vain_is_answered_after_its_time(client: TestClient) -> None:
    got = events(client, wait=HOURS_S)  # the door's own limit is a fifth of a second
    assert got == {"messages": [], "after": 0, "first": 0, "state": "idle"}


def test_after_an_erasure_the_page_is_told_to_forget_and_numbers_go_on(
    world: ChatWorld, client: TestClient
) -> None:
    world.say(address(client), "old")
    old = events(client)
    world.store.erase(address(client))
    gone = events(client, after=old["after"], first=old["first"])
    assert (gone["messages"], gone["after"], gone["first"]) == ([], 0, 0)
    time.sleep(0.002)  # numbers start at the clock's milliseconds
    world.say(address(client), "All is erased.")
    new = events(client, after=old["after"], first=old["first"])
    assert [m["text"] for m in new["messages"]] == ["All is erased."]
    assert new["first"] > old["after"]


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"after": -1},
        {"after": 1 << 60},
        {"first": "1.5"},
        {"wait": "nan"},
        {"wait": -1},
        {"wait": "soon"},
    ],
)
def test_a_malformed_question_for_news_is_refused(client: TestClient, query: dict[str, object]) -> None:
    assert client.get("/chat/events", params=query).status_code == 400


def test_without_a_chat_there_is_no_news(world: ChatWorld) -> None:
    with TestClient(world.app, base_url=HOST) as stranger:
        assert stranger.get("/chat/events").json() == {"error": "no_session"}


def test_while_the_database_is_away_the_page_is_asked_to_come_again(
    world: ChatWorld, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlWebChatStore, "after", lambda *_: (_ for _ in ()).throw(AWAY))
    answer = client.get("/chat/events")
    assert (answer.status_code, answer.json()) == (503, {"error": "busy"})


def test_answers_about_a_chat_are_never_cached(client: TestClient) -> None:
    assert client.get("/chat/events").headers["cache-control"] == "no-store"


def test_nothing_that_was_said_reaches_the_log(
    world: ChatWorld, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    world.refuse = [AWAY]
    send(client, text="a very private thing")
    send(client, text="a very private thing")
    written = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("bot"))
    assert "chat_message_not_kept" in written
    for secret in ("private", address(client), client.cookies["ngozi_chat"]):
        assert secret not in written


def test_a_photograph_that_is_forgotten_is_gone(world: ChatWorld, client: TestClient) -> None:
    send(client, photos=[JPEG])
    attachment: Attachment = world.channel.parse(world.accepted[0].payload).attachments[0]
    world.channel.forget(attachment)
    world.channel.forget(attachment)
    assert world.vault.names() == []


def test_many_pages_wait_on_one_question_a_tick_and_on_no_thread(world: ChatWorld) -> None:
    from bot.channels.webchat_store import Pulse
    from bot.web.chat_watch import Watch

    asked: list[int] = []
    standing: dict[str, Pulse] = {}

    def pulses(addresses: list[str]) -> dict[str, Pulse]:
        asked.append(len(addresses))
        return {address: standing.get(address, Pulse()) for address in addresses}

    async def run() -> None:
        watch = Watch(pulses, tick_s=0.01)  # type: ignore[arg-type]
        before = threading.active_count()
        waiting = [asyncio.create_task(watch.changed(f"chat-{i}", Pulse(), 30)) for i in range(1000)]
        while not asked:
            await asyncio.sleep(0.005)
        assert watch.waiting == 1000
        assert threading.active_count() - before <= 2
        standing["chat-7"] = Pulse(1, 1, "idle")
        await asyncio.wait_for(waiting[7], 5)
        assert sum(task.done() for task in waiting) == 1
        watch.close()
        await asyncio.wait_for(asyncio.gather(*waiting), 5)
        await asyncio.wait_for(watch.changed("chat-1", Pulse(), 30), 1)  # nobody waits any more

    asyncio.run(run())
    assert asked[0] == 1000


def test_a_fifth_tab_of_a_chat_lets_the_oldest_go(world: ChatWorld) -> None:
    from bot.channels.webchat_store import Pulse
    from bot.web.chat_watch import Watch

    async def run() -> None:
        watch = Watch(lambda addresses: {a: Pulse() for a in addresses}, tick_s=0.01)
        tabs = [asyncio.create_task(watch.changed("chat", Pulse(), 30)) for _ in range(5)]
        await asyncio.wait_for(tabs[0], 5)
        assert [tab.done() for tab in tabs[1:]] == [False] * 4
        watch.close()
        await asyncio.gather(*tabs)

    asyncio.run(run())
