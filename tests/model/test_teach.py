"""Two-step training at tiny size: real networks, real tokenizers, drawn pictures."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, LlamaConfig, LlamaForCausalLM

from model import presets, prompts, teach
from model.language import Lora, add_lora
from model.lessons import IGNORED, Lesson, answer_loss, encode, hold_out, usable
from model.network import GridTower, SkinGPT
from model.notes import Notes
from model.presets import EvaSize, LiteSize, QFormerSize, Sizes
from model.talk import SkinTalker
from model.teach_config import TeachConfig, TeachError, default
from model.teaching_data import Example
from model.trained import load_trained, read_trained_manifest
from model.vision import LiteTower, load_imagenet
from tests.model import drawn
from tests.model.tokenizers_made import of_bytes

WIDTH = 64
QFORMER = QFormerSize(queries=4, width=32, layers=2, heads=4, intermediate=64)
NOTES = Notes(
    "NEV",
    "melanocytic nevus",
    "a mole",
    "Most moles are harmless.",
    "No.",
    "Keep it clean.",
    "Go if it grows.",
    "routine",
    False,
)


def language_model(kind: str, lora: bool = True) -> Any:
    torch.manual_seed(3)
    shape: dict[str, Any] = {
        "hidden_size": WIDTH, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": len(of_bytes()),
        "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "initializer_range": 0.3,
    }  # fmt: skip
    if kind == "llama":
        made = LlamaForCausalLM(LlamaConfig(**shape))
    else:
        made = Gemma3ForCausalLM(
            Gemma3TextConfig(
                num_key_value_heads=2,
                head_dim=16,
                query_pre_attn_scalar=16,
                sliding_window=512,
                layer_types=["sliding_attention", "full_attention"],
                **shape,
            )
        )
    made.requires_grad_(False)
    return (
        add_lora(made, Lora(rank=16, targets=("q_proj", "v_proj", "up_proj", "down_proj"))) if lora else made
    )


def network(name: str, lora: bool = True) -> SkinGPT:
    """A preset's shape, scaled down."""
    published = isinstance(presets.by_name(name).sizes.vision, EvaSize)
    vision = (
        EvaSize(image_px=28, patch_px=14, width=32, layers=2, heads=4, intermediate=64)
        if published
        else LiteSize(image_px=32)
    )
    model = language_model("llama" if published else "gemma3", lora)
    torch.manual_seed(5)
    return SkinGPT(presets.by_name(name, Sizes(vision, QFORMER, WIDTH)), model, bos_id=1)


def without_dropout(model: SkinGPT) -> SkinGPT:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def settings(name: str, **given: Any) -> TeachConfig:
    quick: dict[str, Any] = {
        "epochs": 1, "steps_per_epoch": 4, "warmup_steps": 1, "batch": 2, "accumulate": 2, "check_every": 2, "save_every": 2,
        "held_out_share": 0.3, "device": "cpu", "amp": False,
    }  # fmt: skip
    return replace(default(presets.by_name(name)), **(quick | given))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    where = tmp_path_factory.mktemp("pictures")
    out = []
    for n in range(8):
        drawn.spot(n % 6, n, 64, 64).save(where / f"{n}.png")
        out.append(
            Example(
                where / f"{n}.png",
                ("red", "raised")[: n % 3],
                "eczema",
                "NEV" if n % 2 else None,
                None,
                f"P{n}",
            )
        )
    return out


@pytest.mark.parametrize("name", presets.PRESETS)
@pytest.mark.parametrize("step", [1, 2])
def test_each_preset_learns_a_few_steps_and_lies_whole_on_the_disk(
    name: str, step: int, examples: list[Example], tmp_path: Path
) -> None:
    model, config = network(name), settings(name)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    taught = teach.teach(model, of_bytes(), examples, step, config, tmp_path, catalogue={"NEV": NOTES})
    assert taught.steps == 4
    changed = {n.split(".")[0] for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    wanted = (
        {"projection"}
        if config.parts == ("projection",)
        else {"query_tokens", "qformer", "projection", "language_model"}
    )
    assert changed <= wanted
    assert read_trained_manifest(taught.folder)["notes"]["step"] == step
    assert (taught.folder / "config.toml").read_text() == (tmp_path / "config.toml").read_text()
    with Image.open(tmp_path / "losses.png") as plot:
        assert plot.size[0] > 100
    with (tmp_path / "losses.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4]
    assert all(float(row["loss"]) > 0 for row in rows)
    again = load_trained(
        taught.folder, language_model("llama" if "skingpt4" in name else "gemma3", lora=False)
    )
    for n, value in again.state_dict().items():
        if n in before and (n.split(".")[0] in wanted):
            assert torch.allclose(value, model.state_dict()[n], atol=2e-3), n


class _Killed(Exception):
    pass


@pytest.mark.parametrize("kill_at", [1, 3, 5])
def test_a_run_that_was_killed_has_the_losses_of_one_that_was_not(
    kill_at: int, examples: list[Example], tmp_path: Path
) -> None:
    config = settings("compact", steps_per_epoch=6, lora_dropout=0.1)

    def run(out: Path, stop: int = 99) -> SkinGPT:
        def tell(done: int, total: int, loss: float) -> None:
            if done == stop:
                raise _Killed

        model = network("compact")
        teach.teach(model, of_bytes(), examples, 2, config, out, tell, catalogue={"NEV": NOTES})
        return model

    whole = run(tmp_path / "a")
    with pytest.raises(_Killed):
        run(tmp_path / "b", kill_at)
    resumed = run(tmp_path / "b")
    assert (tmp_path / "a" / "losses.csv").read_text() == (tmp_path / "b" / "losses.csv").read_text()
    for (name, a), b in zip(whole.state_dict().items(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_the_state_of_another_training_is_refused(examples: list[Example], tmp_path: Path) -> None:
    teach.teach(network("tiny"), of_bytes(), examples, 1, settings("tiny"), tmp_path)
    with pytest.raises(TeachError, match="another training"):
        teach.teach(network("tiny"), of_bytes(), examples, 1, settings("tiny", seed=7), tmp_path)


def seeing(model: SkinGPT) -> SkinGPT:
    """With a tower that tells pictures apart before anything is learned, as every training begins."""
    if isinstance(model.tower, GridTower):
        for lite in model.tower.lites:
            assert isinstance(lite, LiteTower)
            load_imagenet(lite)
    else:
        for weight in model.tower.parameters():
            if weight.ndim >= 2:
                torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
    return model


@pytest.mark.parametrize("name", ["compact", "skingpt4-llama2-13b"])
def test_one_batch_is_learned_by_heart_and_then_said(
    name: str, examples: list[Example], tmp_path: Path
) -> None:
    said = ["red and round.", "a dark mole."]
    pair = (examples[0], examples[2])  # a red spot and a black one
    batch = [replace(e, caption=text, patient=None) for e, text in zip(pair, said, strict=True)]
    config = settings(
        name, steps_per_epoch=200, warmup_steps=10, rate=4e-3, least_rate=1e-5, weight_decay=0.0, clip=1.0, held_out_share=0.0,
        augment=False, accumulate=1, save_every=1000, parts=("qformer", "projection", "lora", "ln_vision"), prompt="chat",
    )  # fmt: skip
    model = without_dropout(seeing(network(name)))
    losses: list[float] = []
    teach.teach(model, of_bytes(), batch, 2, config, tmp_path, lambda a, b, loss: losses.append(loss))
    assert losses[0] > 2
    assert losses[-1] < 0.1
    talker = SkinTalker(model, of_bytes())
    style = replace(model.preset.style, generation=replace(model.preset.style.generation, do_sample=False))
    model.preset = replace(model.preset, style=style)
    for example, text in zip(batch, said, strict=True):
        with Image.open(example.file) as image:
            assert talker.reply(image, [prompts.Turn("What's wrong with my skin?")], 30) == text


def lessons(model: SkinGPT, count: int) -> list[Lesson]:
    config = settings("compact")
    style = model.preset.style
    texts = ["red.", "a brown and raised spot.", "flat"][:count]
    return [
        encode(of_bytes(), [prompts.Turn("why " * n + "?")], t, 1, style, config, random.Random(1))
        for n, t in enumerate(texts)
    ]


@pytest.mark.parametrize("name", ["compact", "skingpt4-vicuna-7b"])
def test_the_loss_is_that_of_the_answers_alone_computed_one_by_one(name: str) -> None:
    model = network(name).eval()
    side = model.sizes.vision.image_px
    pixels = torch.randn(3, 3, side, side, generator=torch.Generator().manual_seed(2))
    taught = lessons(model, 3)
    total, count = answer_loss(model, model.encode_image(pixels), taught)
    wanted, tokens = 0.0, 0
    for n, one in enumerate(taught):
        with torch.no_grad():
            scores = model.logits(pixels[n : n + 1], one.before, torch.cat([one.after, one.answer], dim=1))[0]
        length = one.answer.shape[1]
        wanted += float(F.cross_entropy(scores[-length - 1 : -1], one.answer[0], reduction="sum"))
        tokens += length
    assert count == tokens
    assert float(total.detach()) == pytest.approx(wanted, rel=1e-4)


def test_scores_are_computed_where_answers_stand_and_nowhere_else() -> None:
    model = network("compact").eval()
    seen: list[int] = []
    model.language_model.lm_head.register_forward_hook(
        lambda module, given, found: seen.append(found.shape[1])
    )
    one = lessons(model, 1)
    answer_loss(model, model.encode_image(torch.zeros(1, 3, 32, 32)), one)
    assert seen == [one[0].answer.shape[1]]


@pytest.mark.parametrize("given", [{"checkpointing": True}, {"batch": 4, "accumulate": 1}])
def test_checkpointing_and_accumulation_change_no_loss(
    given: dict[str, Any], examples: list[Example], tmp_path: Path
) -> None:
    def losses(out: str, **more: Any) -> list[float]:
        heard: list[float] = []
        model = without_dropout(network("compact"))
        config = settings("compact", **more)
        teach.teach(
            model, of_bytes(), examples, 1, config, tmp_path / out, lambda a, b, loss: heard.append(loss)
        )
        return heard

    assert losses("a", **given) == pytest.approx(losses("b"), rel=1e-3)


def test_autocast_learns_too(examples: list[Example], tmp_path: Path) -> None:
    taught = teach.teach(network("compact"), of_bytes(), examples, 1, settings("compact", amp=True), tmp_path)
    assert 0 < taught.loss < 20


def test_it_stops_early_and_ends_with_the_best_weights(
    examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = iter([2.0, 1.0, 3.0, 3.0, 0.5])
    kept: list[torch.Tensor] = []
    model = network("compact")

    def held(self: Any, examples: Any) -> float:
        kept.append(model.projection.weight.detach().clone())
        return next(heard)

    monkeypatch.setattr(teach._Run, "loss_of", held)
    config = settings("compact", steps_per_epoch=40, check_every=1, patience=2)
    taught = teach.teach(model, of_bytes(), examples, 1, config, tmp_path)
    assert (taught.stopped_early, taught.steps, taught.best_step, taught.held_out) == (True, 4, 2, 1.0)
    assert torch.equal(model.projection.weight, kept[1])
    assert not torch.equal(model.projection.weight, kept[3])


def test_a_patient_is_on_one_side_alone_and_on_the_same_in_both_steps(examples: list[Example]) -> None:
    many = [replace(examples[0], patient=f"P{n % 40}") for n in range(200)]
    learn, kept = hold_out(many, 0.3, 1)
    assert not {e.patient for e in learn} & {e.patient for e in kept}
    assert len(learn) + len(kept) == 200
    assert kept
    some = many[::3]
    assert {e.patient for e in hold_out(some, 0.3, 1)[1]} <= {e.patient for e in kept}


def test_what_a_step_cannot_use_is_left_out(examples: list[Example], tmp_path: Path) -> None:
    nothing = [replace(examples[0], words=(), label="x")]
    assert usable(nothing, 1) == []
    assert usable(nothing, 2) == nothing
    with pytest.raises(TeachError, match="no photograph to learn from"):
        teach.teach(network("tiny"), of_bytes(), nothing, 1, settings("tiny"), tmp_path)


def test_parts_that_are_not_there_are_refused(examples: list[Example], tmp_path: Path) -> None:
    with pytest.raises(TeachError, match="lora"):
        teach.teach(network("tiny", lora=False), of_bytes(), examples, 1, settings("tiny"), tmp_path)


def test_published_prompts_are_the_published_ones_to_the_letter() -> None:
    style, tokenizer = prompts.PUBLISHED, of_bytes()
    config = settings("skingpt4-llama2-13b")
    one = encode(tokenizer, [], "Dry skin.", 1, style, config, random.Random(1))
    said = [tokenizer.decode(part[0].tolist()) for part in (one.before, one.after, one.answer)]
    assert said == [
        "###Human: <Img>",
        "</Img> Could you describe the medical concepts of skin disease in this image for me? ###Assistant: ",
        "Dry skin.###",
    ]
    assert IGNORED == -100
