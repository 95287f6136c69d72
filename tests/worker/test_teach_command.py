"""`ngozi model train --step`: run as a person at a terminal would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from model.data import CODES
from model.trained import read_trained_manifest
from tests.model import drawn
from tests.model.test_teach import language_model
from tests.model.tokenizers_made import of_bytes
from worker import model_commands
from worker.taught_notes import catalogue_notes

SETTINGS = """
language = {language}
epochs = 1
steps_per_epoch = 2
batch = 2
check_every = 1
held_out_share = 0.3
device = "cpu"
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(model_commands.app, ["train", *(str(a) for a in arguments)])


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    held = torch.get_num_threads()
    yield
    torch.set_num_threads(held)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/ with drawn pictures, settings.toml, and the language model that it names."""
    where = tmp_path_factory.mktemp("teach")
    drawn.folder(where / "data", 3)
    language_model("llama", lora=False).save_pretrained(where / "llm")
    of_bytes().save_pretrained(where / "llm")
    (where / "settings.toml").write_text(SETTINGS.format(language=json.dumps(str(where / "llm"))))
    return where


def test_both_steps_are_one_command_and_are_taken_up(place: Path, tmp_path: Path) -> None:
    given = (
        "--step",
        "both",
        "--preset",
        "tiny",
        "--data",
        place / "data",
        "--out",
        tmp_path,
        "--config",
        place / "settings.toml",
    )
    found = run(*given)
    assert found.exit_code == 0, found.output
    assert "step1/model: 2 steps" in found.output
    assert "step2/model: 2 steps" in found.output
    assert "18 photographs (PAD-UFES-20)" in found.stderr
    for step in (1, 2):
        notes = read_trained_manifest(tmp_path / f"step{step}" / "model")["notes"]
        assert (notes["step"], notes["steps"], notes["data"]) == (step, 2, "PAD-UFES-20")
    before = (tmp_path / "step2" / "losses.csv").read_text()
    again = run(*given)
    assert again.exit_code == 0, again.output
    assert (tmp_path / "step2" / "losses.csv").read_text() == before


def test_the_ablation_is_one_command_with_one_table(place: Path, tmp_path: Path) -> None:
    found = run(
        "--step", "ablation", "--preset", "tiny", "--data", place / "data", "--out", tmp_path, "--config", place / "settings.toml"
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    table = (tmp_path / "ablation.md").read_text()
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == [
        "| step 1 only",
        "| step 2 only",
        "| both",
    ]
    rows = json.loads((tmp_path / "ablation.json").read_text())
    assert {row["asked"] for row in rows} == {rows[0]["asked"]}
    assert rows[0]["asked"] > 0
    # Step 2 alone began where step 1 began, and not where it ended.
    first, alone, both = (
        (tmp_path / name / "model" / "skingpt.safetensors").read_bytes()
        for name in ("step1", "step2", "both")
    )
    assert len({first, alone, both}) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--step", "3", "--preset", "tiny"), "--step is '3'; expected one of 1, 2, both, ablation"),
        (("--step", "1"), "without --preset"),
        (("--step", "1", "--preset", "large"), "preset is 'large'; expected one of"),
        (("--step", "1", "--preset", "tiny"), "language is not set"),
        (("--step", "1", "--preset", "skingpt4-vicuna-7b"), "start is not set"),
        (("--step", "1", "--preset", "tiny", "--config", "/nowhere.toml"), "/nowhere.toml cannot be read"),
        (("--preset", "tiny"), "without --step"),
        (("--config", "x.toml"), "without --step"),
    ],
)
def test_bad_input_is_one_sentence(given: tuple[str, ...], said: str, place: Path, tmp_path: Path) -> None:
    found = run("--data", place / "data", "--out", tmp_path / "out", *given)
    assert found.exit_code == 2
    last = found.stderr.strip().splitlines()[-1]
    assert said in last
    assert "Traceback" not in found.stderr


def test_a_folder_of_nothing_is_one_sentence(place: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    found = run("--step", "1", "--preset", "tiny", "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert found.exit_code == 2
    assert "holds no table of photographs" in found.stderr


@pytest.mark.parametrize("step", ["both", "ablation"])
def test_one_folder_of_captions_does_not_teach_both_steps(step: str, place: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "image").mkdir(parents=True)
    drawn.spot(1, 1, 40, 40).save(tmp_path / "data" / "image" / "52.jpg")
    rows = [{"image_id": "52", "caption": "A red spot."}]
    (tmp_path / "data" / "filter_cap.json").write_text(json.dumps({"annotations": rows}))
    given = ("--preset", "tiny", "--data", tmp_path / "data", "--config", place / "settings.toml")
    found = run("--step", step, "--out", tmp_path / "out", *given)
    assert found.exit_code == 2
    assert "expected for both steps step1/ and step2/ in it" in " ".join(found.stderr.split())
    assert run("--step", "1", "--out", tmp_path / "out", *given).exit_code == 0


def test_every_condition_of_the_data_has_notes() -> None:
    notes = catalogue_notes()
    assert set(notes) == set(CODES)
    for one in notes.values():
        assert all((one.name, one.plain, one.about, one.contagious, one.home, one.when))
        assert "{" not in one.about + one.when + one.home


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--shipped",), "without --step ablation --preset compact"),
        (("--step", "both", "--preset", "compact", "--shipped"), "without --step ablation --preset compact"),
        (
            ("--step", "ablation", "--preset", "compact", "--shipped", "--work", "w"),
            "expected one of them",
        ),
        (
            ("--step", "ablation", "--preset", "compact", "--shipped", "--length", "2"),
            "--length is 2; expected above 0",
        ),
    ],
)
def test_the_ablation_over_a_trained_model_wants_its_own_words(
    given: tuple[str, ...], said: str, place: Path, tmp_path: Path
) -> None:
    found = run("--data", place / "data", "--out", tmp_path / "out", *given)
    assert found.exit_code == 2
    assert said in " ".join(found.stderr.split())
