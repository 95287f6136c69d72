"""A sentence of a language pack is heard in the console as in a chat: said by a worker, a recording first."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

import locales
from bot.database import reading, transaction
from bot.packs import sounds
from bot.packs.rows import PackSentence, PackSound
from bot.queue import SWEEP
from bot.tables import Heartbeat
from locales import clips
from locales.clips import duration_s
from tests.console.test_packs import drafted
from tests.console.world import Browser, World
from worker import sounds as sound_room
from worker import sweep
from worker.parts import Parts

av = pytest.importorskip("av", reason="needs the extra [voice]")
pytest.importorskip("espeakng_loader", reason="needs the extra [voice]")

PREVIEW = "/packs/sw/1/preview?case=talk&channel=whatsapp"
FIRST = {"case": "talk", "channel": "whatsapp", "at": "1.0"}


@pytest.fixture
def writer(packs_world: World) -> Browser:
    return packs_world.signed_in("wanjiru")


@pytest.fixture
def parts(packs_world: World) -> Parts:
    console = packs_world.console
    return Parts(console.settings, packs_world.engine, {}, console.vault, console.wake)


def awake(world: World, parts: Parts) -> list[tuple[str, int]]:
    """A worker that answers a wake-up at once; the wake-ups."""
    calls: list[tuple[str, int]] = []

    def wake(task: str, row_id: int, after_s: float = 0.0) -> None:
        calls.append((task, row_id))
        sound_room.run(parts)

    world.console.wake = wake
    return calls


def audio_of(browser: Browser, page: str) -> bytes:
    address = re.search(r'<audio[^>]* src="/console([^"]+)"', page)
    assert address, page
    answer = browser.get(address[1])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/ogg")
    return bytes(answer.content)


def asked(browser: Browser, fields: dict[str, str], path: str = "/packs/sw/1") -> str:
    """The page after somebody pressed 'Listen'."""
    answer = browser.post(f"{path}/preview/listen", fields)
    assert answer.status_code == 303, answer.text
    return str(browser.client.get(answer.headers["location"]).text)


def test_a_sentence_is_heard_beside_its_words(packs_world: World, writer: Browser, parts: Parts) -> None:
    calls = awake(packs_world, parts)
    plain = writer.get(PREVIEW).text
    assert "<audio" not in plain
    assert plain.count('name="at"') > 20
    page = asked(writer, FIRST)
    assert calls == [(SWEEP, 0)]
    assert page.count("<audio") == 1
    assert 1 < duration_s(audio_of(writer, page)) < 30
    with av.open(io.BytesIO(audio_of(writer, page))) as source:
        assert source.streams.audio[0].codec_context.name == "opus"
    policy = writer.get(PREVIEW).headers["content-security-policy"]
    assert "media-src 'self'" in policy


def test_a_part_of_the_sound_can_be_asked_for(packs_world: World, writer: Browser, parts: Parts) -> None:
    awake(packs_world, parts)
    page = asked(writer, FIRST)
    whole = audio_of(writer, page)
    address = re.search(r'src="/console([^"]+/sound/\d+)"', page)
    assert address
    part = writer.get(address[1], headers={"range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole[4:12])


def test_a_draft_is_heard_as_the_draft_has_it(packs_world: World, writer: Browser, parts: Parts) -> None:
    awake(packs_world, parts)
    before = audio_of(writer, asked(writer, FIRST))
    draft = drafted(packs_world, writer)
    with transaction(packs_world.engine) as connection:
        connection.execute(
            update(PackSentence)
            .where(PackSentence.version_id == draft.id, PackSentence.message_id == "consent.who")
            .values(forms=["Habari."])
        )
    place = written_at(writer, f"/packs/sw/{draft.number}/preview?case=talk&channel=whatsapp", "Habari.")
    after = audio_of(writer, asked(writer, {**FIRST, "at": place}, f"/packs/sw/{draft.number}"))
    assert duration_s(after) < duration_s(before) / 2


def written_at(browser: Browser, address: str, words: str) -> str:
    """The place of a sentence on the page of a preview."""
    found = re.search(rf'id="s([0-9.]+)">{re.escape(words)}<', browser.get(address).text)
    assert found, words
    return found[1]


def test_a_recording_wins_over_the_machine_as_in_a_chat(
    packs_world: World, writer: Browser, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake(packs_world, parts)
    opus = pytest.importorskip("worker.voice.opus")
    recording = opus.silence(3.0)
    home = tmp_path / "locales"
    (home / "sw" / "clips").mkdir(parents=True)
    (home / "sw" / "clips" / "consent.who.ogg").write_bytes(recording)
    own = clips.file_of
    monkeypatch.setattr(clips, "file_of", lambda root, *which: own(home, *which))
    place = written_at(writer, PREVIEW, locales.render(locales.Text("consent.who"), "sw"))
    heard = audio_of(writer, asked(writer, {**FIRST, "at": place}))
    assert 2.9 < duration_s(heard) < 3.2
    shutil.rmtree(home)
    assert duration_s(audio_of(writer, asked(writer, {**FIRST, "at": place}))) > 3.5


def state_of(browser: Browser, page: str) -> dict[str, str]:
    """What the page is told when it looks again."""
    address = re.search(r'data-sound="/console([^"]+)"', page)
    assert address, page
    return dict(browser.get(f"{address[1]}/state").json())


def test_nothing_waits_for_a_worker_and_the_page_looks_again(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    page = asked(writer, FIRST)
    assert "No worker has answered yet." in page
    assert "<audio" not in page
    assert state_of(writer, page) == {"state": "wanted", "said": ""}
    again = re.search(r'href="/console([^"#]+sound=\d+)', page)
    assert again
    assert sound_room.run(parts) == 1
    assert state_of(writer, page) == {"state": "done", "said": ""}
    assert audio_of(writer, writer.get(again[1].replace("&amp;", "&")).text)


def a_mute_worker(parts: Parts) -> Parts:
    mute = Parts(parts.settings, parts.engine, {}, parts.vault, parts.wake)
    mute.__dict__["speaker"] = None
    return mute


def test_a_worker_without_a_voice_leaves_a_sentence_to_one_that_has_one(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    page = asked(writer, FIRST)
    assert sound_room.run(a_mute_worker(parts)) == 0
    assert state_of(writer, page)["state"] == "wanted"
    assert sound_room.run(parts) == 1
    assert state_of(writer, page)["state"] == "done"
    with transaction(packs_world.engine) as connection:
        number = connection.execute(select(PackSound.id)).scalar_one()
        # A worker whose time had run out gives up what another has said.
        sounds.finish(connection, number, None)
    assert state_of(writer, page)["state"] == "done"


def swept(world: World, parts: Parts) -> None:
    """As the sweep does: it says that it is at work, and looks for what is to be said."""
    sweep.beat(parts, "sweep")
    sound_room.run(parts)


def test_where_workers_are_at_work_and_none_has_a_voice_that_is_said_at_once_and_nothing_is_ordered(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    swept(packs_world, a_mute_worker(parts))
    page = writer.get(PREVIEW).text
    assert "No worker can read aloud here" in page
    assert 'name="at"' not in page
    page = asked(writer, FIRST)
    assert "No worker can read aloud here" in page
    assert "<audio" not in page
    with reading(packs_world.engine) as connection:
        assert connection.execute(select(PackSound)).all() == []
    swept(packs_world, parts)
    assert "No worker can read aloud here" not in writer.get(PREVIEW).text, "another worker has one"
    assert 'name="at"' in writer.get(PREVIEW).text


def test_who_ordered_before_a_worker_came_hears_with_its_first_sweep_that_it_has_no_voice(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    page = asked(writer, FIRST)
    assert state_of(writer, page)["state"] == "wanted", "nobody is at work: one may come"
    swept(packs_world, a_mute_worker(parts))
    told = state_of(writer, page)
    assert told["state"] == "none"
    assert told["said"].startswith("No voice could read this sentence")
    # A worker with a voice that was only late has it said all the same.
    swept(packs_world, parts)
    assert state_of(writer, page)["state"] == "done"


def test_a_voice_that_was_not_seen_for_a_minute_is_not_waited_for(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    swept(packs_world, parts)
    with transaction(packs_world.engine) as connection:
        old = update(Heartbeat).where(Heartbeat.process == "voice")
        connection.execute(old.values(at=Heartbeat.at - sounds.SEEN_S - 1))
    assert "No worker can read aloud here" in writer.get(PREVIEW).text
    with transaction(packs_world.engine) as connection:
        connection.execute(update(Heartbeat).values(at=Heartbeat.at - sounds.SEEN_S - 1))
    assert "No worker can read aloud here" not in writer.get(PREVIEW).text, "nobody is at work at all"


def test_where_no_voice_said_it_in_two_minutes_that_is_said(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    awake(packs_world, a_mute_worker(parts))
    page = asked(writer, FIRST)
    with transaction(packs_world.engine) as connection:
        connection.execute(update(PackSound).values(created_at=PackSound.created_at - sounds.GIVE_UP_S - 1))
    told = state_of(writer, page)
    assert told["state"] == "none"
    assert told["said"].startswith("No voice could read this sentence")
    assert sound_room.run(parts) == 0, "nobody listens any more"
    again = re.search(r'href="/console([^"#]+sound=\d+)', page)
    assert again
    assert "No voice could read this sentence" in writer.get(again[1].replace("&amp;", "&")).text


def test_a_voice_that_fails_keeps_nobody_behind_it_waiting(
    packs_world: World, writer: Browser, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> bytes:
        raise RuntimeError("a fault of the voice")

    awake(packs_world, parts)
    with monkeypatch.context() as patched:
        patched.setattr(sound_room, "_said", broken)
        assert "No voice could read this sentence" in asked(writer, FIRST)
    with reading(packs_world.engine) as connection:
        assert not sounds.waiting(connection)


def test_a_language_without_a_voice_says_so_and_orders_nothing(packs_world: World, writer: Browser) -> None:
    page = writer.get("/packs/ha/1/preview?case=talk&channel=whatsapp").text
    assert "This language has no voice" in page
    assert 'name="at"' not in page
    assert writer.post("/packs/ha/1/preview/listen", FIRST).status_code == 404
    with reading(packs_world.engine) as connection:
        assert connection.execute(select(PackSound)).all() == []


@pytest.mark.parametrize(
    "fields",
    [
        {**FIRST, "at": "999.0"},
        {**FIRST, "at": "1.99"},
        {**FIRST, "at": "0.0"},
        {**FIRST, "at": "one"},
        {**FIRST, "at": "1." + "9" * 5000},
        {**FIRST, "case": "nothing"},
        {**FIRST, "channel": "post"},
        {},
    ],
)
def test_what_is_no_sentence_of_the_sample_is_not_found(writer: Browser, fields: dict[str, str]) -> None:
    assert writer.post("/packs/sw/1/preview/listen", fields).status_code == 404


def test_ten_wait_at_most(packs_world: World, writer: Browser) -> None:
    for _ in range(sounds.MOST_WAITING):
        assert "No worker has answered yet." in asked(writer, FIRST)
    assert "Too many sentences wait" in asked(writer, FIRST)
    with reading(packs_world.engine) as connection:
        assert len(connection.execute(select(PackSound)).all()) == sounds.MOST_WAITING
    with transaction(packs_world.engine) as connection:
        connection.execute(update(PackSound).values(created_at=PackSound.created_at - sounds.GIVE_UP_S - 1))
    assert "No worker has answered yet." in asked(writer, FIRST), "what was given up keeps nobody waiting"


def test_a_sound_is_its_versions_own_and_gone_with_its_row(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    awake(packs_world, parts)
    page = asked(writer, FIRST)
    number = re.search(r"/sound/(\d+)", page)
    assert number
    assert writer.get(f"/packs/ar/1/preview/sound/{number[1]}").status_code == 404
    with transaction(packs_world.engine) as connection:
        connection.execute(delete(PackSound))
    assert writer.get(f"/packs/sw/1/preview/sound/{number[1]}").status_code == 404
    assert "This sound is gone" in writer.get(f"{PREVIEW}&at=1.0&sound={number[1]}").text
    assert writer.get(f"/packs/sw/1/preview/sound/{number[1]}/state").json()["state"] == "gone"


def test_a_worker_that_died_over_one_leaves_it_to_the_next(
    packs_world: World, writer: Browser, parts: Parts
) -> None:
    asked(writer, FIRST)
    with transaction(packs_world.engine) as connection:
        assert sounds.take(connection) is not None
        assert sounds.take(connection) is None
        assert not sounds.waiting(connection)
        connection.execute(update(PackSound).values(until=1.0))
    assert sound_room.run(parts) == 1


def test_every_sentence_of_a_message_stands_under_it(writer: Browser) -> None:
    page = writer.get(PREVIEW).text
    for name in ("consent.who", "consent.may_refuse", "consent.ask"):
        assert f">{locales.render(locales.Text(name), 'sw')}</span>" in page
