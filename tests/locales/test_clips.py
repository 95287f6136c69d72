"""The gate of recorded sentences: what cannot be played, cannot be true, or belongs to no sentence stops a pack."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from locales import clips, gate
from locales.library import Library
from tests.locales.folders import folder

RATE_HZ = 48_000


def page(data: bytes, granule: int = 0) -> bytes:
    """One Ogg page of one packet; its checksum is not looked at."""
    table = [255] * (len(data) // 255) + [len(data) % 255]
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, granule, 1, 0, 0, len(table))
    return head + bytes(table) + data


def opus(seconds: float = 2.0, channels: int = 1, padding: int = 100) -> bytes:
    """An Ogg Opus file by its headers (RFC 7845); the sound itself is noughts."""
    head = b"OpusHead" + bytes([1, channels]) + struct.pack("<HIhB", 312, RATE_HZ, 0, 0)
    return page(head) + page(b"OpusTags" + bytes(8)) + page(bytes(padding), int(seconds * RATE_HZ) + 312)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = folder(tmp_path)
    (root / "sw" / "clips").mkdir()
    return root


def faults(root: Path, name: str, data: bytes) -> list[str]:
    (root / "sw" / "clips" / name).write_bytes(data)
    return [why for _, why in clips.faults(root, Library(root).template, "sw")]


def test_a_good_recording_passes_and_is_found(root: Path) -> None:
    assert faults(root, "danger.go.ogg", opus()) == []
    entry = Library(root).template["danger.go"]
    assert clips.file_of(root, "sw", entry, "Nenda sasa.", 0) == root / "sw" / "clips" / "danger.go.ogg"
    assert clips.file_of(root, "en", entry, "Go now.", 0) is None


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("danger.go.mp3", opus(), "expected names like"),
        ("danger.stop.ogg", opus(), "is no message of the template"),
        ("photos.received.ogg", opus(), "lacks its plural form"),
        ("consent.ask.ogg", opus(), "the sentence has arguments"),
        ("danger.go.ogg", b"RIFF" + bytes(60), "is no Ogg Opus file"),
        ("danger.go.ogg", opus(channels=2), "has 2 channels"),
        ("danger.go.ogg", opus()[:-20], "ends in the middle of a page"),
        ("danger.go.ogg", opus() + b"more", "no Ogg page"),
        ("danger.go.ogg", opus(0.1), "plays 0.1 s"),
        ("danger.go.ogg", opus(31.0), "plays 31.0 s"),
        ("danger.go.ogg", opus(padding=50_000) + page(bytes(50_000)) * 3, "expected at most 150000"),
    ],
)
def test_a_bad_one_is_named_with_its_reason(root: Path, name: str, data: bytes, why: str) -> None:
    (fault,) = faults(root, name, data)
    assert why in fault


def test_the_gate_stops_a_pack_with_a_bad_recording(root: Path) -> None:
    (root / "sw" / "clips" / "danger.go.ogg").write_bytes(b"nothing")
    problems = [str(p) for p in gate.check(root, "sw")]
    assert any("sw/clips/danger.go.ogg" in p and "[clip]" in p for p in problems)


def test_each_plural_form_has_a_recording_of_its_own(root: Path) -> None:
    assert faults(root, "photos.received.1.ogg", opus()) == []
    entry = Library(root).template["photos.received"]
    assert clips.file_of(root, "sw", entry, "Picha zimefika.", 1) is not None
    assert clips.file_of(root, "sw", entry, "Picha zimefika.", 0) is None
    assert clips.file_of(root, "sw", entry, "Picha {count} zimefika.", 1) is None, (
        "a recording says no number"
    )
