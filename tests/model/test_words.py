"""Eyes over the towers' grids, words from soft tokens: real networks at tiny size, drawn pictures, a language model made here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model import (
    bundle,
    concepts,
    data,
    eyes_fit,
    look,
    notes,
    presets,
    relevance,
    train,
    trained,
    words_ablation,
    words_fit,
)
from model.analysis import CatalogueEntry
from model.diagnose import Diagnoser
from model.eyes_fit import EyesRecipe, concept_targets, fit_eyes
from model.fit import Recipe
from model.generate import Generator
from model.language import Lora, add_lora
from model.network import sharpened
from model.notes import Notes
from model.presets import QFormerSize
from model.prompts import Turn
from model.speak import Speaker
from model.word_head import WordHead
from tests.model import drawn
from tests.model.conftest import Small
from tests.model.test_teach import language_model
from tests.model.tokenizers_made import of_bytes

SIZES = presets.Sizes(
    presets.LiteSize(towers=1),
    QFormerSize(queries=3, width=32, layers=2, heads=4, intermediate=64),
    64,
    conditions=6,
)
QUICK = EyesRecipe(epochs=2, batch=8, views=2)
LORA = Lora(rank=4, alpha=8.0, targets=("q_proj", "v_proj"))
NOTES = {
    code: Notes(
        code, name, f"a {code} spot", "It is a spot.", "No.", "Keep it dry.", "Go if it grows.", "week", True
    )
    for code, name in train.words_fit.PAD_NAMES.items()
}


@pytest.fixture(scope="module")
def photos(small: Small) -> list[data.Photo]:
    return [p for p in data.photographs(small.data) if p.split == "train"]


@pytest.fixture(scope="module")
def with_words(photos: list[data.Photo], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(folder of a model that `train` made with words, folder of its language model)."""
    where = tmp_path_factory.mktemp("words")
    before = presets.COMPACT
    torch.manual_seed(1)
    lm = language_model("gemma3", lora=False)
    lm.save_pretrained(where / "lm")
    of_bytes().save_pretrained(where / "lm")
    plan = words_fit.Plan(
        add_lora(lm, LORA), of_bytes(), NOTES, str(where / "lm"), {1: 2, 2: 3},
        replace(words_fit.CONFIG, device="cpu", batch=2, accumulate=1, check_every=2, answer_tokens=400),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "COMPACT", replace(before, sizes=SIZES))
        folder = train.train(
            photos, where / "work", lambda *a: None, seed=3, folds=2, recipes=[Recipe(epochs=1, batch=9, side_px=64)],
            eyes_recipe=QUICK, words=plan,
        )  # fmt: skip
    return folder, where / "lm"


def test_a_trained_model_says_something_of_every_photograph(
    with_words: tuple[Path, Path], catalogue: Mapping[str, CatalogueEntry]
) -> None:
    folder, lm = with_words
    diagnoser = Diagnoser.load(folder)
    speaker = Speaker.load(folder, cache=folder / "cache", source=lm)
    assert speaker is not None
    found = diagnoser.analyse([drawn.spot(1, 5)], {}, catalogue)
    assert len(found.soft) == 2 * 4 * 64
    assert found.soft not in (diagnoser.soft_tokens([drawn.spot(1, 5)]), b"")
    texts = speaker.answers([found.soft, diagnoser.soft_tokens([drawn.spot(2, 7)])] * 3)
    assert len(texts) == 6
    assert texts[::2] == [texts[0]] * 3
    request = speaker.request(found.soft, [Turn("a", "b"), Turn("c")], exact=False, chat="x")
    assert request.embeds.dtype == torch.bfloat16
    with pytest.raises(ValueError, match="soft tokens are 10 bytes; expected 512"):
        speaker.request(b"0123456789", [Turn("a")])


def test_the_soft_tokens_are_the_same_alone_and_in_company(
    with_words: tuple[Path, Path], catalogue: Mapping[str, CatalogueEntry]
) -> None:
    diagnoser = Diagnoser.load(with_words[0])
    mine: tuple[Any, Any] = ([drawn.spot(1, 5)], {"itch": "yes"})
    alone = diagnoser.analyse(*mine, catalogue)
    together = diagnoser.analyse_batch([([drawn.spot(k, k)], {}) for k in range(6)] + [mine], catalogue)
    assert together[-1] == alone
    assert together[-1].soft == alone.soft


def test_what_was_trained_comes_back_and_towers_lie_there_once(with_words: tuple[Path, Path]) -> None:
    folder, _ = with_words
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["head_share"] in train.HEAD_SHARES
    held = trained.read_trained_manifest(folder / bundle.SKINGPT)
    assert held["words"]
    assert held["notes"]["words"]["2"]["steps"] == 3
    networks = bundle.read_networks(folder, manifest)
    eyes = bundle.read_eyes(folder, manifest, networks)
    assert eyes is not None
    assert eyes.tower.lites[0] is networks[0].tower
    assert float(eyes.projection.weight.detach().norm()) > 0
    from safetensors.torch import load_file

    names = load_file(str(folder / bundle.SKINGPT / "skingpt.safetensors"))
    assert not any(name.startswith("tower.") for name in names)
    assert any("lora_A" in name for name in names)


def test_a_training_writes_down_the_tokens_that_it_taught(with_words: tuple[Path, Path]) -> None:
    """The speaker keeps its last layer over these; one that is missing could never be said again."""
    folder, lm = with_words
    ids = trained.read_trained_manifest(folder / bundle.SKINGPT)["notes"]["word_ids"]
    said = [NOTES[code].name for code in NOTES] + ["Keep it dry.", "Go if it grows."]
    tokenizer = of_bytes()
    assert {n for text in said for n in tokenizer(text, add_special_tokens=False)["input_ids"]} <= set(ids)
    assert len(ids) < len(tokenizer)
    speaker = Speaker.load(folder, cache=folder / "cache", source=lm)
    assert speaker is not None
    head = speaker.language_model.get_output_embeddings()
    assert isinstance(head, WordHead)
    assert set(ids) <= set(head.ids.tolist())


def test_words_of_another_training_than_the_numbers_are_refused(
    with_words: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(with_words[0], folder)
    path = folder / bundle.SKINGPT / "manifest.json"
    held = json.loads(path.read_text())
    path.write_text(json.dumps(held | {"weights_sha256": "0" * 64}))
    with pytest.raises(bundle.BundleError, match="has SHA-256 000000000000"):
        Diagnoser.load(folder)
    path.write_text(json.dumps(held))
    weights = folder / bundle.SKINGPT / "skingpt.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(bundle.BundleError, match=r"skingpt\.safetensors has SHA-256"):
        Diagnoser.load(folder)


def test_a_training_leaves_a_judge_beside_its_words(with_words: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(with_words[0], folder)
    speaker = Speaker.load(folder, cache=tmp_path, source=with_words[1], catalogue=NOTES)
    assert speaker is not None
    assert speaker.topic_said(NOTES["BCC"].home) == "home"
    asked = speaker.topic_asked("Can others catch it?")
    speaker.generator.step()
    assert asked.result(0) == speaker.topic_of("Can others catch it?") in (*relevance.TOPICS, "")
    (folder / bundle.SKINGPT / relevance.FILE).unlink()
    without = Speaker.load(folder, cache=tmp_path, source=with_words[1], catalogue=NOTES)
    assert without is not None
    assert {without.topic_of(text) for texts in notes.FOLLOW_UPS.values() for text in texts} == {""}


def test_a_judge_of_other_words_is_refused(with_words: tuple[Path, Path], tmp_path: Path) -> None:
    place = tmp_path / bundle.SKINGPT
    shutil.copytree(with_words[0] / bundle.SKINGPT, place)
    path = place / trained.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights_sha256": "0" * 64}))
    with pytest.raises(trained.TrainedError, match=r"belongs to words .*; expected 000000000000"):
        relevance.TopicJudge.load(place)
    (place / relevance.FILE).write_bytes(b"nothing")
    with pytest.raises(trained.TrainedError, match="expected a judge of questions"):
        relevance.TopicJudge.load(place)


def test_the_ablation_looks_once_with_the_eyes_of_a_model_folder(
    small: Small,
    with_words: tuple[Path, Path],
    photos: list[data.Photo],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = (with_words[0], photos[:3], photos[3:5], tmp_path, lambda *told: None, 1)
    found = words_ablation.of_bundle(*given)
    assert (found.looks.shape, found.held_looks.shape) == ((1, 3, 3, 32), (2, 3, 32))

    def never(*told: Any) -> None:
        raise AssertionError("what was looked at is kept")

    monkeypatch.setattr(words_ablation.look, "look", never)
    again = words_ablation.of_bundle(*given)
    assert torch.equal(again.held_looks, found.held_looks)
    with pytest.raises(bundle.BundleError, match="has no skingpt/"):
        words_ablation.of_bundle(small.model, *given[1:])


def test_a_model_without_words_gives_numbers(small: Small, tmp_path: Path) -> None:
    assert Speaker.load(small.model, cache=tmp_path) is None


def made_views(rows: int, seed: int = 4) -> tuple[torch.Tensor, list[int], list[dict[str, str]]]:
    """Grids in which condition and colour can be seen: each has a direction of its own."""
    rng = torch.Generator().manual_seed(seed)
    labels = [n % 6 for n in range(rows)]
    colours = [("red", "brown")[n % 2] for n in range(rows)]
    signs = torch.randn(6, 1280, generator=rng)
    tints = torch.randn(2, 1280, generator=rng)
    grids = torch.randn(2, rows, 9, 1280, generator=rng) * 0.3
    for n in range(rows):
        grids[:, n, n % 9] += signs[labels[n]] + tints[n % 2]
    return grids.half(), labels, [{"colour": c} for c in colours]


def fitted(tmp_path: Path, recipe: EyesRecipe, rows: int = 48, views: Any = None) -> Any:
    grids, labels, known = made_views(rows)
    losses: list[float] = []
    eyes = fit_eyes(
        SIZES,
        views or (lambda: grids),
        "made",
        labels,
        known,
        recipe,
        5,
        tmp_path / "eyes.pt",
        lambda a, b, loss: losses.append(loss),
    )
    return eyes, grids, labels, losses


def test_the_queries_learn_to_find_what_tells_conditions_apart(tmp_path: Path) -> None:
    eyes, grids, labels, losses = fitted(
        tmp_path, EyesRecipe(epochs=30, batch=12, rate=2e-3, dropout=0.0, average_decay=0.9)
    )
    with torch.no_grad():
        p = eyes.scores(eyes.query(eyes.ln_vision(grids[0].float()))).softmax(1)
    assert losses[0] > 1.5
    assert float((p.argmax(1) == torch.tensor(labels)).float().mean()) > 0.9


def test_a_stopped_training_ends_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    whole, *_ = fitted(tmp_path / "a", replace(QUICK, epochs=3), 24)

    class _Killed(Exception):
        pass

    grids, labels, known = made_views(24)

    def die(step: int, steps: int, loss: float) -> None:
        if step == 5:
            raise _Killed

    with pytest.raises(_Killed):
        fit_eyes(
            SIZES,
            lambda: grids,
            "made",
            labels,
            known,
            replace(QUICK, epochs=3),
            5,
            tmp_path / "b" / "eyes.pt",
            die,
        )
    again, *_ = fitted(tmp_path / "b", replace(QUICK, epochs=3), 24)
    for (name, a), (_, b) in zip(whole.state_dict().items(), again.state_dict().items(), strict=True):
        if not name.startswith(("tower", "projection", "findings")):
            assert torch.equal(a, b), name

    def never() -> torch.Tensor:
        raise AssertionError("a finished training looks at no photograph")

    fitted(tmp_path / "b", replace(QUICK, epochs=3), 24, never)


def test_concepts_that_are_not_known_teach_nothing() -> None:
    found = concept_targets([{"raised": "yes"}, {}])
    assert found[0, list(concepts.CONCEPTS).index("raised")] == 1
    assert (found[1] == eyes_fit.IGNORED).all()


def test_the_findings_token_is_blank_where_nothing_is_told() -> None:
    from model.network import Eyes

    torch.manual_seed(1)
    eyes = Eyes(SIZES).eval()
    queries = torch.randn(2, 3, 32)
    p = torch.tensor([[0.5, 0.3, 0.1, 0.1, 0.0, 0.0], [0.0] * 6])
    with torch.no_grad():
        told, blank = eyes.soft_tokens(queries, p), eyes.soft_tokens(queries)
    assert told.shape == (2, 4, 64)
    assert torch.equal(told[1], blank[1])
    assert not torch.equal(told[0, 3], blank[0, 3])
    assert torch.equal(told[:, :3], blank[:, :3])
    assert float(sharpened(p[:1])[0, 0]) == pytest.approx(0.5**4 / (0.5**4 + 0.3**4 + 2 * 0.1**4), abs=1e-4)


def test_a_lesson_names_what_its_findings_token_says() -> None:
    fused, alone = (
        torch.tensor([0.1, 0.1, 0.6, 0.1, 0.05, 0.05]),
        torch.tensor([0.7, 0.1, 0.05, 0.05, 0.05, 0.05]),
    )
    one = words_fit.Lessons(Path("a.png"), "P", "NEV", ("red",), alone, fused)
    example = words_fit.Example(Path("a.png"), ("red",), "x", "NEV", None, "P")
    source = words_fit.KeptLooks(None, torch.randn(3, 1, 3, 32), [one], 2)  # type: ignore[arg-type]
    kinds = set()
    for seed in range(60):
        said, (_, told) = source.draw(example, seed)
        assert said.code == (data.CODES[int(told.argmax())] if float(told.sum()) else "NEV")
        assert said.label == words_fit.PAD_NAMES[said.code or ""]
        kinds.add(
            "blank"
            if not float(told.sum())
            else "alone"
            if told is alone
            else "fused"
            if told is fused
            else "drawn"
        )
    assert kinds == {"blank", "alone", "fused", "drawn"}
    assert source.draw(example, None)[0].code == "MEL"
    first = words_fit.KeptLooks(None, torch.randn(3, 1, 3, 32), [one], 1)  # type: ignore[arg-type]
    assert {first.draw(example, seed)[0].code for seed in range(20)} == {"NEV"}


def test_a_description_is_read_back() -> None:
    known = {"raised": "yes", "colour": "dark_brown", "border": "uneven", "edge": "clear"}
    words = notes.concept_words(known)
    import random

    _, text = notes.diagnosis_turn(words, NOTES["BCC"], random.Random(1))
    assert notes.heard(text) == known
    assert notes.named(text, words_fit.PAD_NAMES) == "BCC"
    assert notes.heard("What a red spot.") == {}
    assert notes.named("This could be a skin disease image of nothing.", words_fit.PAD_NAMES) == ""


def test_looking_does_not_depend_on_how_many_look(small: Small) -> None:
    networks = bundle.read_networks(small.model, bundle.read_manifest(small.model))
    square = torch.randint(0, 256, (3, 256, 256), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    first, second = look.look(networks, square), look.look(networks, square)
    assert torch.equal(first.p, second.p)
    assert float(first.p.sum()) == pytest.approx(1.0, abs=1e-5)
    assert first.tokens.shape == (4, 64, 1280)
    views = look.taught_views(networks, square[None], 2, 1, lambda done, total: None)
    assert torch.allclose(views[0, 0].float(), first.tokens[0], atol=2e-2)
    assert not torch.allclose(views[1, 0].float(), first.tokens[0], atol=2e-2)


def test_a_generator_is_made_for_each_speaker(with_words: tuple[Path, Path]) -> None:
    speaker = Speaker.load(with_words[0], cache=with_words[0] / "cache", source=with_words[1])
    assert speaker is not None
    assert isinstance(speaker.generator, Generator)
    assert speaker.languages == ("en",)
    assert not any("lora" in n and p.requires_grad for n, p in speaker.language_model.named_parameters())
