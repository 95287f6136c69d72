"""`ngozi model ask`: each kind of model folder, as a person at a terminal would ask it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from model import bundle, convert, data, presets, talkers, teach, trained
from model.notes import CONCEPT_QUESTIONS
from model.prompts import Turn
from model.talk import SkinTalker
from model.teaching_data import Example
from tests.model import drawn, original
from tests.model.test_image_text import stored  # noqa: F401  (a fixture)
from tests.model.test_teach import language_model, network, settings
from tests.model.tokenizers_made import of_bytes
from worker import model_commands
from worker.ask_command import RAW


def ask(*arguments: object) -> Result:
    return CliRunner().invoke(model_commands.app, ["ask", *(str(a) for a in arguments)])


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    held = torch.get_num_threads()
    yield
    torch.set_num_threads(held)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """photo.png, and models: published/, converted/, and taught/step1/model around llm/."""
    where = tmp_path_factory.mktemp("ask")
    drawn.spot(2, 1, 64, 64).save(where / "photo.png")
    original.write(where / "published", original.Shape(vocabulary=len(of_bytes())))
    of_bytes().save_pretrained(where / "published" / "llm")
    convert.convert(where / "published", where / "converted")
    language_model("gemma3", lora=False).save_pretrained(where / "llm")
    of_bytes().save_pretrained(where / "llm")
    examples = [Example(where / "photo.png", ("red",), "eczema", None, None, f"P{n}") for n in range(4)]
    config = settings("tiny", steps_per_epoch=1, language=str(where / "llm"))
    teach.teach(network("tiny"), of_bytes(), examples, 1, config, where / "taught")
    return where


@pytest.mark.parametrize(("folder", "kind"), [("published", "skingpt4"), ("converted", "skingpt")])
def test_the_original_answers_published_or_converted(folder: str, kind: str, place: Path) -> None:
    found = ask(place / folder, place / "photo.png", "--tokens", 12)
    assert found.exit_code == 0, found.output
    first, _, said = found.stdout.partition("\n")
    assert first == RAW
    assert "not for patients" in RAW
    again = json.loads(ask(place / folder, place / "photo.png", "--tokens", 12, "--json").stdout)
    assert again.keys() == {"text", "kind", "preset", "seconds"}
    assert (again["kind"], again["preset"]) == (kind, "skingpt4-other")
    # Drawn at random, as published, and the same from the same seed; the first question is the preset's.
    assert again["text"].strip() == said.strip()
    asked = ask(place / folder, place / "photo.png", "What's wrong with my skin?", "--tokens", 12)
    assert asked.stdout == found.stdout
    other = ask(place / folder, place / "photo.png", "Is it a burn?", "--tokens", 12, "--seed", 3)
    assert other.stdout != found.stdout


def test_what_was_trained_answers_around_its_language_model(place: Path, tmp_path: Path) -> None:
    folder = place / "taught" / "model"
    found = ask(folder, place / "photo.png", "--json")
    assert found.exit_code == 0, found.output
    assert RAW in found.stderr
    said = json.loads(found.stdout)
    assert (said["kind"], said["preset"]) == ("skingpt-trained", "tiny")
    model = trained.load_trained(folder, language_model("gemma3", lora=False))
    wanted = SkinTalker(model, of_bytes()).reply(
        data.open_photo(place / "photo.png"), [Turn(CONCEPT_QUESTIONS[0])]
    )
    assert said["text"] == wanted
    # The language model was moved: it is asked for, and named.
    moved = (place / "llm").rename(place / "elsewhere")
    try:
        lost = ask(folder, place / "photo.png")
        assert lost.exit_code == 2
        assert "has no config.json; expected the folder of a language model" in lost.stderr
        there = ask(folder, place / "photo.png", "--language", moved, "--json")
        assert json.loads(there.stdout)["text"] == wanted
    finally:
        moved.rename(place / "llm")


def test_any_image_text_model_answers_with_our_manifest_or_without(stored: Path, place: Path) -> None:
    with_manifest = ask(stored, place / "photo.png", "what is this?", "--json", "--tokens", 6)
    assert with_manifest.exit_code == 0, with_manifest.output
    said = json.loads(with_manifest.stdout)
    assert (said["kind"], said["preset"]) == ("image-text", "tiny-llava")
    plain = json.loads(
        ask(stored / "weights", place / "photo.png", "what is this?", "--json", "--tokens", 6).stdout
    )
    assert (plain["kind"], plain["preset"], plain["text"]) == ("image-text", "weights", said["text"])


def test_bad_input_is_one_sentence(place: Path, tmp_path: Path) -> None:
    photo = place / "photo.png"
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.png").write_text("no picture")
    for name, held in (("odd", {"kind": "poem"}), ("bundle", {"networks": 2}), ("list", [1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps(held))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text("{")
    (tmp_path / "partly" / "llm").mkdir(parents=True)
    for given, said in (
        ((tmp_path / "none", photo), "none is no folder; expected the folder of a model"),
        ((tmp_path / "empty", photo), "holds no model; expected manifest.json"),
        ((place / "taught", photo), "or the model/ of a trained step"),
        ((tmp_path / "odd", photo), "kind is 'poem'; expected one of skingpt, skingpt-trained, image-text"),
        ((tmp_path / "bundle", photo), "`ngozi model findings PHOTO --model FOLDER` asks the other"),
        ((tmp_path / "list", photo), "holds list; expected an object"),
        ((tmp_path / "torn", photo), "cannot be read (JSONDecodeError); expected JSON"),
        ((tmp_path / "partly", photo), "llm has no config.json; expected the folder of a language model"),
        ((place / "llm", photo), "expected an image-text-to-text model"),
        ((place / "converted", place / "none.png"), "none.png cannot be opened: there is no such file"),
        ((place / "converted", tmp_path / "broken.png"), "broken.png cannot be opened: it is not a readable"),
        ((place / "converted", photo, " "), "the question is empty"),
        ((place / "converted", photo, "--language", place / "llm"), "holds its own language model"),
        ((place / "converted", photo, "--device", "tpu"), "--device is 'tpu'; expected auto, cpu, cuda"),
    ):
        found = ask(*given)
        assert found.exit_code == 2, (given, found.output)
        assert said in " ".join(found.stderr.split()), (given, found.stderr)
        assert "Traceback" not in found.stderr
        assert found.stdout == ""


def test_a_language_model_that_was_lost_is_not_guessed(place: Path, tmp_path: Path) -> None:
    llama = presets.by_name("skingpt4-llama2-13b")
    config = settings(llama.name, start=str(tmp_path / "gone"))
    with pytest.raises(talkers.FolderError, match=r"was trained from .*gone, which is not there"):
        talkers._language_of(tmp_path, config, llama)
    (tmp_path / "gone" / "llm").mkdir(parents=True)
    assert talkers._language_of(tmp_path, config, llama) == tmp_path / "gone" / "llm"
    for name in ("tiny", llama.name):
        with pytest.raises(talkers.FolderError, match="does not say which language model"):
            talkers._language_of(tmp_path, settings(name), presets.by_name(name))


def test_a_shipped_model_is_asked_by_another_command() -> None:
    for folder in (bundle.SHIPPED, bundle.SHIPPED / bundle.SKINGPT):
        with pytest.raises(talkers.FolderError, match="answers from its findings"):
            talkers.kind_of(folder)
