"""The published files as one folder of ours."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from model.checkpoint import CheckpointError, load_skingpt4
from model.convert import convert, load_native
from tests.model import original
from tests.model.original import Shape
from worker import cli, model_commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return original.write(tmp_path / "f", Shape())


def logits(model: object) -> torch.Tensor:
    rng = torch.Generator().manual_seed(3)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        return model.logits(torch.randn(2, 3, 28, 28, generator=rng), ids, ids)  # type: ignore[attr-defined,no-any-return]


def test_a_converted_network_gives_the_same_numbers_to_the_last_bit(folder: Path, tmp_path: Path) -> None:
    manifest = convert(folder, tmp_path / "out")
    again = load_native(tmp_path / "out", verify=True)
    assert torch.equal(logits(again), logits(load_skingpt4(folder)))
    assert not any(p.requires_grad for p in again.parameters())
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["preset"] == "skingpt4-other"
    assert set(manifest["files"]) >= {"skingpt.safetensors", "llm/model.safetensors", "llm/config.json"}
    assert set(manifest["source"]) == {"eva_vit.pth", "blip2_pretrained.pth", "skingpt4.pth"}
    assert manifest["left_aside"]["llm_model"] == 1
    assert manifest["licences"]
    assert not [p for p in (tmp_path / "out").rglob("*") if p.suffix in (".pth", ".bin", ".pt", ".py")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "out"]


@pytest.mark.data
def test_the_reference_survives_conversion(data_folder: Path, tmp_path: Path) -> None:
    reference = data_folder.parent / "reference" / "skingpt4_tiny"
    convert(reference, tmp_path / "out")
    stored = load_file(reference / "expected.safetensors")
    model = load_native(tmp_path / "out")
    with torch.no_grad():
        found = model.logits(stored["pixel_values"], stored["prompt_before_ids"], stored["prompt_after_ids"])
    assert (found - stored["logits"]).abs().max() <= 1e-5


def test_a_language_model_of_pickles_is_stored_as_safetensors(folder: Path, tmp_path: Path) -> None:
    wanted = logits(load_skingpt4(folder))
    torch.save(load_file(folder / "llm" / "model.safetensors"), folder / "llm" / "pytorch_model.bin")
    (folder / "llm" / "model.safetensors").unlink()
    convert(folder, tmp_path / "out")
    assert not (tmp_path / "out" / "llm" / "pytorch_model.bin").exists()
    assert torch.equal(logits(load_native(tmp_path / "out")), wanted)


def test_half_precision_stays_half_on_the_disk(folder: Path, tmp_path: Path) -> None:
    eva = torch.load(folder / "eva_vit.pth", weights_only=True)
    torch.save({k: v.half() for k, v in eva.items()}, folder / "eva_vit.pth")
    convert(folder, tmp_path / "out")
    kinds = {
        name.split(".")[0]: v.dtype for name, v in load_file(tmp_path / "out" / "skingpt.safetensors").items()
    }
    assert (kinds["tower"], kinds["qformer"]) == (torch.float16, torch.float32)


def test_a_folder_that_is_not_sound_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    path = folder / "llm" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match="llm"):
        convert(folder, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f"]


def test_a_folder_with_something_in_it_is_not_written_into(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    convert(folder, out)
    with pytest.raises(CheckpointError, match="is there and not empty"):
        convert(folder, out)


def test_a_preset_of_other_sizes_and_an_unknown_one_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="other sizes than preset skingpt4-vicuna-7b"):
        convert(folder, tmp_path / "out", "skingpt4-vicuna-7b")
    with pytest.raises(ValueError, match="preset is 'gpt'"):
        convert(folder, tmp_path / "out", "gpt")


def test_a_converted_folder_that_was_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    convert(folder, whole)

    def refused(said: str, verify: bool = False) -> None:
        with pytest.raises(CheckpointError, match=said):
            load_native(out, verify=verify)

    def anew() -> Path:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        return shutil.copytree(whole, tmp_path / "out")

    out = anew()
    tensors = load_file(out / "skingpt.safetensors")
    save_file({name: value + 1 for name, value in tensors.items()}, out / "skingpt.safetensors")
    refused("another SHA-256")
    out = anew()
    (out / "llm" / "model.safetensors").unlink()
    refused(r"llm/model\.safetensors has 0 bytes")
    out = anew()
    held = bytearray((out / "llm" / "model.safetensors").read_bytes())
    held[-1] ^= 1
    (out / "llm" / "model.safetensors").write_bytes(held)
    load_native(out)
    refused("another SHA-256", verify=True)
    manifest = json.loads((whole / "manifest.json").read_text())
    for change, said in (
        ({"format": 9}, "is of another kind"),
        ({"kind": "image-text"}, "is of another kind"),
        ({"preset": "none"}, "preset is 'none'"),
        ({"files": {}}, "do not go together"),
        (
            {"files": manifest["files"] | {"../../etc/passwd": {"bytes": 1, "sha256": ""}}},
            "do not go together",
        ),
        ({"files": 3}, "cannot be read"),
        ({"sizes": manifest["sizes"] | {"llm_width": 48}}, "are 32 wide; expected 48"),
        (
            {"sizes": manifest["sizes"] | {"qformer": manifest["sizes"]["qformer"] | {"layers": 10**9}}},
            "expected 1 to 512",
        ),
        (
            {"sizes": manifest["sizes"] | {"qformer": manifest["sizes"]["qformer"] | {"queries": 6}}},
            "query_tokens",
        ),
    ):
        out = anew()
        (out / "manifest.json").write_text(json.dumps(manifest | change))
        refused(said)


def run(*arguments: object) -> tuple[int, str]:
    if not any(
        command.name == "convert" or (command.callback and command.callback.__name__ == "convert")
        for command in model_commands.app.registered_commands
    ):
        cli.mount()
    done = CliRunner().invoke(model_commands.app, [str(a) for a in arguments])
    return done.exit_code, done.output


def test_the_command_converts_and_names_the_licences(folder: Path, tmp_path: Path) -> None:
    status, said = run("convert", "--from", "skingpt4", folder, "--out", tmp_path / "out")
    assert status == 0, said
    assert "skingpt4-other is in" in said
    assert "licence: SkinGPT-4 projection" in said
    assert logits(load_native(tmp_path / "out")).shape == (2, 12, 61)


def test_the_command_refuses_with_one_sentence(folder: Path, tmp_path: Path) -> None:
    (folder / "skingpt4.pth").unlink()
    for arguments, expected in (
        (("--from", "skingpt4", folder), "has no skingpt4.pth"),
        (("--from", "minigpt4", folder), "--from is 'minigpt4'; expected skingpt4"),
        (("--from", "skingpt4", tmp_path / "none"), "is no folder"),
    ):
        status, said = run("convert", *arguments, "--out", tmp_path / "out")
        assert status == 2
        assert expected in said
        assert "Traceback" not in said
