"""Messages read aloud: the real espeak-ng and the real Opus, what is said of a message, and the cache of sentences."""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from bot.messages import Text
from locales.clips import duration_s
from worker import voice
from worker.voice.cache import ClipCache
from worker.voice.words import sayable

av = pytest.importorskip("av", reason="needs the extra [voice]")
pytest.importorskip("espeakng_loader", reason="needs the extra [voice]")
opus = importlib.import_module("worker.voice.opus")

LANGUAGES = ("en", "sw", "ar")


@pytest.fixture
def speaker(tmp_path: Path) -> voice.EspeakSpeaker:
    made = voice.speaker(str(tmp_path / "voice"))
    assert isinstance(made, voice.EspeakSpeaker)
    return made


def heard_s(note: bytes) -> float:
    """How long a decoder of others' making plays it."""
    with av.open(io.BytesIO(note)) as source:
        stream = source.streams.audio[0]
        assert (stream.codec_context.name, stream.layout.name) == ("opus", "mono")
        return sum(frame.samples for frame in source.decode(stream)) / stream.rate


def loudness(note: bytes) -> float:
    with av.open(io.BytesIO(note)) as source:
        return max(float(abs(frame.to_ndarray()).max()) for frame in source.decode(audio=0))


@pytest.mark.parametrize("language", LANGUAGES)
def test_15_seconds_of_speech_are_under_40_kB(speaker: voice.EspeakSpeaker, language: str) -> None:
    texts = [Text("help.what"), Text("stop.done"), Text("button.old"), Text("listen.always_on")]
    texts = [t for t in texts if t.id in locales.library().template] * 3
    note = speaker.spoken(texts, language)
    assert note is not None
    seconds = heard_s(note)
    assert seconds > 8
    assert loudness(note) > 0.05
    assert len(note) / seconds * 15 < 40_000
    assert duration_s(note) == pytest.approx(seconds, abs=0.1)


def test_every_language_of_the_packs_has_the_voice_that_its_pack_names(speaker: voice.EspeakSpeaker) -> None:
    for code in locales.languages():
        if locales.pack(code).voice:
            assert speaker.spoken([Text("answer.yes")], code), code


def test_a_language_without_a_voice_is_silent(
    speaker: voice.EspeakSpeaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    pack = locales.pack("en")
    monkeypatch.setattr(locales, "pack", lambda code: replace(pack, voice=""))
    assert speaker.spoken([Text("answer.yes")], "en") is None
    monkeypatch.setattr(locales, "pack", lambda code: replace(pack, voice="no-such-voice"))
    assert speaker.spoken([Text("answer.yes")], "en") is None


def test_a_sentence_is_made_once_and_its_clip_joined(
    speaker: voice.EspeakSpeaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = speaker.spoken([Text("answer.yes"), Text("answer.no")], "en")

    def fails(*_: Any) -> None:
        raise AssertionError("spoken again")

    monkeypatch.setattr(speaker._espeak, "speech", fails)
    again = speaker.spoken([Text("answer.no"), Text("answer.yes")], "en")
    assert first is not None
    assert again is not None
    assert heard_s(first) == pytest.approx(heard_s(again), abs=0.05)
    alone = speaker.spoken([Text("answer.yes")], "en")
    assert alone is not None
    assert heard_s(first) > heard_s(alone) + opus.PAUSE_S


def test_a_persons_own_words_are_kept_nowhere(speaker: voice.EspeakSpeaker, tmp_path: Path) -> None:
    free = Text("plain.text", {"text": "my name is Amara"})
    assert speaker.spoken([free], "en")
    assert speaker.spoken([Text("listen.choice", {"number": 1, "label": free})], "en")
    assert not (tmp_path / "voice").exists()
    assert speaker.spoken([Text("listen.choice", {"number": 1, "label": Text("answer.yes")})], "en")
    assert len(list((tmp_path / "voice").iterdir())) == 1


def test_a_recorded_clip_wins(
    speaker: voice.EspeakSpeaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = tmp_path / "answer.yes.ogg"
    recording.write_bytes(opus.silence(4.0))
    monkeypatch.setattr(locales, "clip", lambda text, code: recording if text.id == "answer.yes" else None)
    note = speaker.spoken([Text("answer.yes")], "en")
    assert note is not None
    assert heard_s(note) == pytest.approx(4.0, abs=0.1)
    assert loudness(note) < 0.01


def test_a_note_is_cut_at_the_end_of_a_sentence() -> None:
    five = opus.silence(5.0)
    assert heard_s(opus.joined([five, five, five], most_s=11.0)) == pytest.approx(10.35, abs=0.1)
    assert opus.joined([]) == b""


@given(st.text(max_size=200))
def test_nothing_that_a_voice_would_spell_is_said(text: str) -> None:
    said = sayable(text)
    assert all(unicodedata.category(c) not in ("So", "Sk", "Co", "Cn", "Cs") for c in said)
    assert not set(said) & set("•*_`<>|\u2066\u2067\u2068\u2069\u200e\u200f")
    assert sayable(said) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("• One\n• Two", "One.\nTwo."),
        ("Write \u20681\u2069 or 2. 🔊", "Write 1 or 2."),
        ("See https://example.org/x now", "See now."),
        ("Does it itch?", "Does it itch?"),
        ("هل تحكّ؟", "هل تحكّ؟"),
        ("हाँ।", "हाँ।"),
        ("…", ""),
    ],
)
def test_what_is_said_of_a_text(text: str, said: str) -> None:
    assert sayable(text) == said


def test_the_cache_forgets_the_oldest_when_it_holds_too_much(tmp_path: Path) -> None:
    cache = ClipCache(str(tmp_path), most_bytes=1000, look_every=2)
    for n in range(20):
        cache.put(f"{n:064d}", bytes(100))
        os.utime(tmp_path / f"{n:064d}.ogg", (n, n))
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) <= 1100
    assert cache.get(f"{19:064d}") == bytes(100)
    assert cache.get(f"{0:064d}") is None


def _put(folder: str, count: int) -> None:
    cache = ClipCache(folder, most_bytes=2000, look_every=2)
    for n in range(count):
        cache.put(f"{n % 10:064d}", bytes([n % 10]) * 300)


def test_several_processes_share_a_cache(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=_put, args=(str(tmp_path), 60)) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [p.exitcode for p in running] == [0, 0, 0]
    for path in tmp_path.glob("*.ogg"):
        assert path.read_bytes() == bytes([int(path.stem)]) * 300, "no clip is half written"


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    cache = ClipCache(str(tmp_path / "file" / "voice"))
    cache.put("0" * 64, b"x")
    assert cache.get("0" * 64) is None
