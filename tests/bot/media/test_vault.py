"""Photographs in a folder and in an object store (fsspec's memory stands for one)."""

from __future__ import annotations

import os
import stat
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import vault as vault_room
from bot.media.vault import Vault, VaultError, VaultUnavailable

KEYS = {1: bytes(range(32)), 2: bytes(range(32, 64))}
DATA = b"\xff\xd8\xff" + b"a photograph" * 99


@pytest.fixture(params=["folder", "objects"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "media") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/media"


def test_what_was_put_is_got_back(address: str) -> None:
    stored = Vault(address, KEYS).put(DATA)
    assert Vault(address, KEYS).get(stored) == DATA
    assert (stored.master_key_id, stored.size_bytes) == (2, len(DATA))


def test_what_was_deleted_is_gone_and_deleting_twice_is_fine(address: str) -> None:
    vault = Vault(address, KEYS)
    stored = vault.put(DATA)
    vault.delete(stored.name)
    vault.delete(stored.name)
    assert vault.names() == []
    with pytest.raises(VaultError, match="not in the storage"):
        vault.get(stored)


def test_two_puts_of_one_photograph_share_nothing(address: str) -> None:
    vault = Vault(address, KEYS)
    one, two = vault.put(DATA), vault.put(DATA)
    assert one.name != two.name
    assert one.wrapped_key != two.wrapped_key
    assert sorted(vault.names()) == sorted([one.name, two.name])
    assert vault.names(older_than_s=3600) == []


def test_rewrapping_moves_the_key_and_leaves_the_file(address: str) -> None:
    old = Vault(address, {1: KEYS[1]}).put(DATA)
    moved = Vault(address, KEYS).rewrap(old, to=2)
    assert (moved.name, moved.master_key_id) == (old.name, 2)
    assert Vault(address, {2: KEYS[2]}).get(moved) == DATA
    with pytest.raises(VaultError, match="master key 1 is not known; known: 2"):
        Vault(address, {2: KEYS[2]}).get(old)
    with pytest.raises(VaultError, match="master key 3 is not known"):
        Vault(address, KEYS).rewrap(old, to=3)


def test_another_secret_under_the_same_number_does_not_open(address: str) -> None:
    stored = Vault(address, {1: KEYS[1]}).put(DATA)
    with pytest.raises(VaultError, match="secret key is not the one"):
        Vault(address, {1: KEYS[2]}).get(stored)


def test_a_file_or_key_under_another_name_does_not_open(tmp_path: Path) -> None:
    vault = Vault(str(tmp_path), KEYS)
    one, two = vault.put(DATA), vault.put(DATA)
    with pytest.raises(VaultError):
        vault.get(replace(one, wrapped_key=two.wrapped_key))
    (tmp_path / two.name).replace(tmp_path / one.name)
    with pytest.raises(VaultError, match="its file was changed"):
        vault.get(one)


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_changed_or_shortened_file_does_not_open(tmp_path: Path, at: int) -> None:
    vault = Vault(str(tmp_path), KEYS)
    stored = vault.put(DATA)
    blob = bytearray((tmp_path / stored.name).read_bytes())
    blob[at] ^= 1
    for changed in (bytes(blob), bytes(blob)[:20], b""):
        (tmp_path / stored.name).write_bytes(changed)
        with pytest.raises(VaultError, match="its file was changed"):
            vault.get(stored)


def test_nothing_of_the_photograph_is_readable_on_disk_by_others(tmp_path: Path) -> None:
    stored = Vault(str(tmp_path / "media"), KEYS).put(DATA)
    path = tmp_path / "media" / stored.name
    assert b"photograph" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vault_room.os, "fsync", full)
    with pytest.raises(VaultUnavailable, match="No space left on device"):
        Vault(str(tmp_path), KEYS).put(DATA)
    assert list(tmp_path.iterdir()) == []


def test_half_written_files_of_a_crash_are_cleared_once_old(tmp_path: Path) -> None:
    vault = Vault(str(tmp_path), KEYS)
    kept = vault.put(DATA)
    (tmp_path / ("0" * 32 + ".part")).write_bytes(b"half")
    assert vault.clear_unfinished(older_than_s=3600) == 0
    os.utime(tmp_path / ("0" * 32 + ".part"), (0, 0))
    assert vault.clear_unfinished(older_than_s=3600) == 1
    assert vault.get(kept) == DATA


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "\n"])
def test_only_names_of_ours_are_ever_looked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(VaultError, match="expected 32 hexadecimal digits"):
        Vault(str(tmp_path), KEYS).delete(name)


def test_the_probe_leaves_nothing_behind(address: str) -> None:
    vault = Vault(address, KEYS)
    vault.probe()
    assert vault.names() == []


def test_the_probe_says_what_does_not_work_without_the_address(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VaultUnavailable, match="cannot write to the photograph storage") as failure:
        Vault(str(tmp_path / "file" / "media"), KEYS).probe()
    assert str(tmp_path) not in str(failure.value)
    with pytest.raises(VaultUnavailable, match="cannot open the photograph storage"):
        Vault("nosuch://bucket", KEYS).probe()


@given(st.binary(max_size=2000))
def test_any_bytes_come_back_as_they_were(data: bytes) -> None:
    vault = Vault("memory://any", KEYS)
    stored = vault.put(data)
    assert vault.get(stored) == data
    vault.delete(stored.name)
