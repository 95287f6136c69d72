"""A person's voice message on its way: fetched, sealed, heard by whoever looks after the case, erased with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from bot import people
from bot.database import transaction
from bot.errors import NgoziError
from bot.media import recordings
from bot.media.vault import Stored, VaultError
from bot.messages import Media
from bot.reply_json import reply_from_json
from bot.tables import CaseRow, Photo
from tests.bot.cases.world import a_member
from tests.bot.media.voices import voice
from tests.worker.stage import Stage, stage
from tests.worker.test_desk import Worker
from tests.worker.test_turn import Talk
from worker import deliver, hearing

VOICE = b"OggS" + b"\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01\x01" + bytes(200)


@pytest.fixture(params=["telegram", "whatsapp", "webchat"])
def scene(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Iterator[Stage]:
    with stage(engine, tmp_path, request.param, {"NGOZI_PUBLIC_URL": "https://ngozi.example"}) as made:
        yield made


def spoken(ref: str = "v1") -> dict[str, Any]:
    return {"unusable": "voice", "recording": {"ref": ref, "kind": "voice", "message_ref": f"m-{ref}"}}


def kept(scene: Stage) -> list[Any]:
    with transaction(scene.engine) as connection:
        return list(connection.execute(select(Photo).order_by(Photo.created_at)).all())


def told(scene: Stage, talk: Talk) -> list[str]:
    return [p["id"] for p in talk.replies()[-1].texts["paragraphs"]]


def patient(scene: Stage) -> Talk:
    talk = Talk(scene)
    talk.say("hello")
    talk.send("choice", choice="consent.yes")
    talk.turn()
    return talk


def speak(talk: Talk, data: bytes = VOICE, ref: str = "v1") -> None:
    talk.scene.channel.photos[ref] = data
    talk.send("unusable", **spoken(ref))
    talk.turn()


def test_a_patients_voice_message_is_sealed_and_said_to_be_kept(scene: Stage) -> None:
    talk = patient(scene)
    speak(talk)
    (row,) = kept(scene)
    assert (row.kind, row.size_bytes, row.width_px) == ("voice", len(VOICE), 0)
    assert (
        scene.parts.vault.get(Stored(row.name, row.wrapped_key, row.master_key_id, row.size_bytes)) == VOICE
    )
    assert told(scene, talk)[0] == "unusable.voice_kept_only", "nobody was invited here"


def test_it_is_kept_for_a_health_worker_only_where_one_works(scene: Stage) -> None:
    with transaction(scene.engine) as connection:
        person, _ = a_member(connection, "w1", "clinician")
    talk = patient(scene)
    speak(talk)
    assert told(scene, talk)[0] == "unusable.voice_kept"
    with transaction(scene.engine) as connection:
        people.remove(connection, person)
    speak(talk, VOICE, "v2")
    assert told(scene, talk)[0] == "unusable.voice_kept_only"


@pytest.mark.parametrize(
    "data", [b"", b"ID3 something else", VOICE.replace(b"OpusHead", b"vorbis.."), b"OggS" * (2 << 20)]
)
def test_what_is_no_voice_message_is_not_kept(scene: Stage, data: bytes) -> None:
    talk = patient(scene)
    speak(talk, data)
    assert kept(scene) == []
    assert told(scene, talk)[0] == "unusable.voice"


def test_erasing_the_chat_erases_it(scene: Stage) -> None:
    talk = patient(scene)
    speak(talk)
    (row,) = kept(scene)
    talk.say("delete")
    talk.send("choice", choice="delete.yes")
    talk.turn()
    assert kept(scene) == []
    with pytest.raises(VaultError):
        scene.parts.vault.get(Stored(row.name, b"\0" * 68, row.master_key_id, row.size_bytes))


def test_the_worker_hears_what_was_forwarded_and_nobody_elses_chat_does(scene: Stage) -> None:
    worker = Worker(scene, "w1")
    worker.join()
    scene.channel.photos["v1"] = VOICE
    worker.send("unusable", **spoken(), forwarded=True, forwarded_from="user:amina")
    with transaction(scene.engine) as connection:
        code = connection.execute(select(CaseRow.code)).scalar_one()
    worker.press(f"{code}~consent.yes")
    (row,) = kept(scene)
    assert row.case_id is not None
    (reply,) = worker.say(f"{code} hear")
    assert reply_from_json(reply.texts, reply.key).media == (Media("recording", photo_id=row.id),)
    for _ in range(12):  # what was queued before goes first, at the channel's pace
        scene.pass_time(10)
        deliver.run(scene.parts, worker.chat)
    heard = [o.medium for o in scene.channel.sent if o.medium is not None]
    assert [(m.kind, m.data, m.mime) for m in heard] == [("recording", VOICE, "audio/ogg")]
    assert heard[0].url.startswith("https://ngozi.example/media/")
    other = Worker(scene, "w2")
    other.join()
    (reply,) = other.say(f"{code} hear")
    assert reply_from_json(reply.texts, reply.key).media == ()


class Scribe:
    """Writes down what it is told to."""

    def __init__(self, words: str) -> None:
        self.said, self.heard = words, [("", b"")][:0]

    def words(self, audio: bytes, language: str) -> str:
        self.heard.append((language, audio))
        return self.said


def test_words_that_were_written_down_bring_go_now(scene: Stage) -> None:
    scribe = Scribe("my child cannot breathe well")
    scene.parts.__dict__["transcriber"] = scribe
    talk = patient(scene)
    speak(talk)
    assert scribe.heard == [("en", VOICE)]
    assert talk.replies()[-1].key == "now"


def test_a_model_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    assert hearing.transcriber("") is None
    with pytest.raises(NgoziError, match=r"NGOZI_WHISPER is .*: no model\.bin there"):
        hearing.transcriber(str(tmp_path))


@pytest.mark.parametrize(("container", "mime"), [("webm", "audio/ogg"), ("mp4", "audio/mp4")])
def test_what_a_browser_recorded_is_written_down_and_heard_by_whoever_looks_after_the_case(
    scene: Stage, container: str, mime: str
) -> None:
    scribe = Scribe("")
    scene.parts.__dict__["transcriber"] = scribe
    worker, data = Worker(scene, "w1"), voice(container)
    worker.join()
    scene.channel.photos["v1"] = data
    worker.send("unusable", **spoken())
    with transaction(scene.engine) as connection:
        code = connection.execute(select(CaseRow.code)).scalar_one()
    worker.press(f"{code}~consent.yes")
    ((_, heard),) = scribe.heard
    assert (recordings.mime(heard), recordings.accept(heard)) == (mime, heard)
    worker.say(f"{code} hear")
    for _ in range(12):  # what was queued before goes first, at the channel's pace
        scene.pass_time(10)
        deliver.run(scene.parts, worker.chat)
    assert [(m.data, m.mime) for o in scene.channel.sent if (m := o.medium) is not None] == [(heard, mime)]


def test_a_converted_model_writes_down_what_it_hears_and_takes_a_chats_language_only_if_it_has_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("faster_whisper")
    from tests.worker.whisper_made import make

    scribe = hearing.transcriber(str(make(tmp_path)))
    assert scribe is not None
    audio = voice()
    assert recordings.accept(audio) == audio
    for language in ("en", "am"):
        assert set(scribe.words(audio, language)) == {"a"}
    assert scribe.words(b"OggS and then nothing that could be heard", "en") == ""
    assert "aaa" not in caplog.text


def test_what_fails_inside_the_library_is_silence_in_the_log_and_for_the_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("faster_whisper")
    (tmp_path / "model.bin").write_bytes(b"no model")
    scribe = hearing.transcriber(str(tmp_path))
    assert scribe is not None
    assert scribe.words(VOICE, "sw") == ""
    assert "voice_not_written_down" in caplog.text
    assert str(tmp_path) not in caplog.text


class Slow:
    """A model whose every stretch takes a while, by a made-up clock."""

    supported_languages = ("en",)

    def __init__(self) -> None:
        self.clock = 0.0

    def transcribe(self, audio: object, **how: object) -> tuple[Iterator[SimpleNamespace], None]:
        def stretches() -> Iterator[SimpleNamespace]:
            for word in ("he", "has", "no", "fever"):
                self.clock += 20.0
                yield SimpleNamespace(text=word, no_speech_prob=0.0)

        return stretches(), None


def test_a_model_that_is_too_slow_does_not_outlive_the_turns_lease(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scribe, model = hearing.WhisperTranscriber(str(tmp_path)), Slow()
    scribe._model = model
    monkeypatch.setattr(hearing, "samples", lambda audio, most_s: None)
    monkeypatch.setattr(hearing, "time", SimpleNamespace(monotonic=lambda: model.clock))
    assert scribe.words(VOICE, "en") == ""
    assert model.clock == 60.0, "it was left at the first stretch that came too late"
    monkeypatch.setattr(hearing, "WORK_S", 80.0)
    assert scribe.words(VOICE, "en") == "he has no fever"


def test_a_voice_message_does_not_wait_for_ever_behind_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scribe = hearing.WhisperTranscriber(str(tmp_path))
    scribe._model = Slow()
    monkeypatch.setattr(hearing, "WORK_S", 0.01)
    with scribe._one_at_a_time:
        assert scribe.words(VOICE, "en") == ""


def test_of_hours_of_silence_only_the_beginning_is_decoded() -> None:
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("av")
    from bot.media import ogg

    # Packets of 120 ms without a byte of sound: an hour in little more than 100 kB.
    head = b"OpusHead" + bytes([1, 1, 0, 0]) + (48_000).to_bytes(4, "little") + bytes(3)
    packets = [bytes([0b00011_0_11, 2])] * 30_000
    file = ogg.written(head, packets)
    assert len(file) < 110_000 < 60 * 60 * 48_000 <= sum(map(ogg.samples, packets))
    heard = hearing.samples(file, 120.0)
    assert heard.dtype == numpy.float32
    assert heard.size == 120 * hearing.RATE
