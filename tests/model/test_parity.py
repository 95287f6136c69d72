"""SkinGPT-4's own numbers: from the stored reference, and from folders of other sizes against a plain computation."""

from __future__ import annotations

import copy
import json
import os
import pickle
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from model import presets
from model.checkpoint import CheckpointError, load_skingpt4, read_parts
from model.network import ShapeError, SkinGPT
from model.prompts import Generation
from tests.model import original
from tests.model.original import Shape

TOLERANCE = 1e-5


@pytest.fixture(scope="session")
def reference(data_folder: Path) -> Path:
    """The reference folder, which lies beside the photograph folder."""
    return data_folder.parent / "reference" / "skingpt4_tiny"


def outputs(
    model: SkinGPT, pixels: torch.Tensor, before: torch.Tensor, after: torch.Tensor
) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        return {
            "vision_features": model.vision_features(pixels),
            "ln_vision": model.image_tokens(pixels),
            "query_output": model.query_output(pixels),
            "projected": model.encode_image(pixels),
            "logits": model.logits(pixels, before, after),
        }


@pytest.mark.data
def test_the_original_weights_give_the_originals_numbers(reference: Path) -> None:
    model = load_skingpt4(reference)
    stored = load_file(reference / "expected.safetensors")
    before, after = stored["prompt_before_ids"], stored["prompt_after_ids"]
    found = outputs(model, stored["pixel_values"], before, after)
    for name, value in found.items():
        assert value.shape == stored[name].shape
        assert (value - stored[name]).abs().max() <= TOLERANCE, name
    embeds = model.embed(before, found["projected"], after)
    greedy = model.generate(embeds, Generation(max_new_tokens=12, do_sample=False))
    assert greedy == stored["greedy_ids"].tolist()


@pytest.mark.data
def test_the_greedy_continuation_is_also_that_of_one_word_at_a_time(reference: Path) -> None:
    model = load_skingpt4(reference)
    stored = load_file(reference / "expected.safetensors")
    after = stored["prompt_after_ids"].expand(2, -1)
    for step in range(12):
        with torch.no_grad():
            scores = model.logits(stored["pixel_values"], stored["prompt_before_ids"], after)
        after = torch.cat([after, scores[:, -1].argmax(-1, keepdim=True)], dim=1)
        assert torch.equal(after[:, -1], stored["greedy_ids"][:, step])


SHAPES = {
    "as small as it goes": Shape(),
    "other widths and depths": Shape(
        image=42,
        width=40,
        depth=3,
        heads=5,
        ratio=2.0,
        queries=7,
        q_width=36,
        q_depth=4,
        q_heads=3,
        every=3,
        llm=48,
    ),
    "cross-attention in each layer": Shape(patch=7, every=1, q_depth=2, ratio=3.999, llm=64, llm_heads=2),
    "one cross-attention, patches of the whole picture": Shape(patch=28, every=9, q_inner=33, vocabulary=40),
    "other epsilons": Shape(vit_eps=1e-3, ln_eps=1e-2),
}


@pytest.mark.parametrize("left_over", ["llm_model.", "llama_model."])
@pytest.mark.parametrize("name", SHAPES)
def test_any_sizes_give_what_a_plain_computation_gives(name: str, left_over: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    projection = "llama_proj" if left_over == "llm_model." else "llm_proj"
    folder = original.write(tmp_path / "f", shape, seed=len(name), left_over=left_over, projection=projection)
    original.keep_shape(folder, shape)
    rng = torch.Generator().manual_seed(5)
    pixels = torch.randn(3, 3, shape.image, shape.image, generator=rng)
    before, after = torch.randint(3, 40, (1, 4), generator=rng), torch.randint(3, 40, (1, 6), generator=rng)
    wanted = original.compute(folder, pixels, before, after)
    model = load_skingpt4(folder)
    for part, value in outputs(model, pixels, before, after).items():
        assert (value - wanted[part]).abs().max() <= TOLERANCE, part
    assert not any(p.requires_grad or p.is_inference() for p in model.parameters())
    assert not model.training


def test_an_epsilon_of_the_wrong_layer_would_be_seen(tmp_path: Path) -> None:
    shape = SHAPES["other epsilons"]
    folder = original.write(tmp_path / "f", shape)
    original.keep_shape(folder, replace(shape, ln_eps=shape.vit_eps))
    pixels, ids = torch.randn(1, 3, 28, 28), torch.tensor([[4]])
    found = outputs(load_skingpt4(folder), pixels, ids, ids)
    assert (
        found["projected"] - original.compute(folder, pixels, ids, ids)["projected"]
    ).abs().max() > TOLERANCE


def test_a_tensor_of_ours_in_the_last_file_wins_as_in_the_original(tmp_path: Path) -> None:
    folder = original.write(tmp_path / "f", Shape())
    held = torch.load(folder / "skingpt4.pth", weights_only=True)
    held["model"]["query_tokens"] = torch.full((1, 5, 16), 0.25)
    torch.save(held, folder / "skingpt4.pth")
    assert torch.equal(load_skingpt4(folder).query_tokens, torch.full((1, 5, 16), 0.25))


def test_the_files_may_bear_the_names_of_the_release_and_the_sizes_are_then_the_published_ones(
    tmp_path: Path,
) -> None:
    folder = original.write(tmp_path / "f", Shape())
    for ours, theirs in (
        ("eva_vit.pth", "eva_vit_g.pth"),
        ("blip2_pretrained.pth", "blip2_pretrained_flant5xxl.pth"),
        ("skingpt4.pth", "skingpt4_llama2_13bchat_base_pretrain_stage2.pth"),
    ):
        (folder / ours).rename(folder / theirs)
    assert read_parts(folder).preset.name == presets.OTHER
    (folder / "config.json").unlink()
    with pytest.raises(CheckpointError) as told:
        read_parts(folder)
    assert "blip2_pretrained_flant5xxl.pth: query_tokens has shape (1, 5, 16); expected (1, 32, 768)" in str(
        told.value
    )


def test_a_half_precision_file_is_read(tmp_path: Path) -> None:
    folder = original.write(tmp_path / "f", Shape())
    eva = torch.load(folder / "eva_vit.pth", weights_only=True)
    torch.save({k: v.half() for k, v in eva.items()}, folder / "eva_vit.pth")
    assert {p.dtype for p in load_skingpt4(folder).parameters()} == {torch.float32}


def test_another_dtype_is_that_of_tower_and_language_model(tmp_path: Path) -> None:
    model = load_skingpt4(original.write(tmp_path / "f", Shape()), dtype=torch.bfloat16)
    ids = torch.tensor([[4, 5]])
    assert model.encode_image(torch.randn(1, 3, 28, 28)).dtype == torch.float32
    assert model.embed(ids, model.encode_image(torch.randn(1, 3, 28, 28)), ids).dtype == torch.bfloat16
    assert model.logits(torch.randn(1, 3, 28, 28), ids, ids).isfinite().all()


@pytest.mark.parametrize("shape", [(1, 3, 28, 29), (1, 1, 28, 28), (3, 28, 28), (1, 3, 224, 224)])
def test_pixels_of_another_side_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    model = load_skingpt4(original.write(tmp_path / "f", Shape()))
    with pytest.raises(ShapeError, match=r"expected \(B, 3, 28, 28\)"):
        model.encode_image(torch.zeros(shape))


# --- what is refused ---------------------------------------------------------------------------------------------------------


class Nasty:
    """Its pickle would run a command."""

    def __reduce__(self) -> Any:
        return (os.system, ("touch /tmp/ngozi-was-here",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return original.write(tmp_path / "f", Shape())


def edit(folder: Path, file: str, change: Any) -> None:
    held = torch.load(folder / file, weights_only=True)
    change(held.get("model", held))
    torch.save(held, folder / file)


def refusal(folder: Path) -> str:
    with pytest.raises(CheckpointError) as told:
        load_skingpt4(folder)
    return str(told.value)


@pytest.mark.parametrize("file", ["eva_vit.pth", "blip2_pretrained.pth", "skingpt4.pth"])
def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(folder: Path, file: str) -> None:
    marker = Path("/tmp/ngozi-was-here")
    marker.unlink(missing_ok=True)
    for protocol in (2, 4):
        (folder / file).write_bytes(pickle.dumps({"model": Nasty()}, protocol=protocol))
        assert file in refusal(folder)
    torch.save({"model": Nasty()}, folder / file)
    assert file in refusal(folder)
    assert not marker.exists()


@pytest.mark.parametrize("file", ["eva_vit.pth", "blip2_pretrained.pth", "skingpt4.pth"])
def test_a_truncated_or_damaged_file_is_refused_by_name(folder: Path, file: str) -> None:
    whole = (folder / file).read_bytes()
    for size in (0, 1, 10, 100, 1000, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        (folder / file).write_bytes(whole[:size])
        assert file in refusal(folder)
    (folder / file).write_bytes(b"\x80\x02" + os.urandom(200))
    assert file in refusal(folder)
    (folder / file).write_text("<html>Google Drive: quota exceeded</html>")
    assert file in refusal(folder)


def test_a_truncated_language_model_is_refused_by_name(folder: Path) -> None:
    path = folder / "llm" / "model.safetensors"
    whole = path.read_bytes()
    for size in (0, 5, 200, len(whole) - 10):
        path.write_bytes(whole[:size])
        assert str(folder / "llm") in refusal(folder)


def test_a_zip_that_is_no_checkpoint_is_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "skingpt4.pth", "w") as archive:
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'true'\ntR.")
        archive.writestr("archive/version", b"3")
    assert "skingpt4.pth" in refusal(folder)


@pytest.mark.parametrize("file", ["eva_vit.pth", "blip2_pretrained.pth", "skingpt4.pth", "llm"])
def test_a_missing_part_is_named(folder: Path, file: str) -> None:
    path = folder / file
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert file in refusal(folder)


@pytest.mark.parametrize(
    ("file", "tensor", "shape"),
    [
        ("eva_vit.pth", "blocks.1.attn.v_bias", (24,)),
        ("eva_vit.pth", "cls_token", (1, 1, 24)),
        ("eva_vit.pth", "patch_embed.proj.weight", (24, 3, 14, 14)),
        ("blip2_pretrained.pth", "query_tokens", (1, 5, 16)),
        ("blip2_pretrained.pth", "ln_vision.bias", (24,)),
        ("blip2_pretrained.pth", "Qformer.bert.encoder.layer.2.crossattention.self.key.weight", (16, 24)),
        ("blip2_pretrained.pth", "Qformer.bert.encoder.layer.1.intermediate_query.dense.bias", (20,)),
        ("skingpt4.pth", "llama_proj.weight", (32, 16)),
        ("skingpt4.pth", "llama_proj.bias", (32,)),
    ],
)
def test_a_missing_tensor_one_of_another_shape_and_one_that_is_none_are_named_with_shapes(
    folder: Path, file: str, tensor: str, shape: tuple[int, ...]
) -> None:
    whole = (folder / file).read_bytes()
    edit(folder, file, lambda held: held.pop(tensor))
    said = refusal(folder)
    assert f"{file} lacks {tensor}" in said
    assert str(shape) in said
    (folder / file).write_bytes(whole)
    other = (*shape[:-1], shape[-1] + 1)
    edit(folder, file, lambda held: held.update({tensor: torch.zeros(other)}))
    assert f"{file}: {tensor} has shape {other}; expected {shape}" in refusal(folder)
    for wrong in (
        3,
        "text",
        torch.zeros(shape, dtype=torch.int64),
        torch.full(shape, float("nan")),
        torch.zeros(shape).to_sparse(),
    ):
        (folder / file).write_bytes(whole)
        edit(folder, file, lambda held, wrong=wrong: held.update({tensor: wrong}))
        said = refusal(folder)
        assert f"{file}: {tensor}" in said
        assert "expected" in said


def test_a_tensor_that_claims_a_gigantic_shape_costs_nothing(folder: Path) -> None:
    edit(
        folder,
        "skingpt4.pth",
        lambda held: held.update({"llama_proj.weight": torch.zeros(1).expand(10**6, 10**6)}),
    )
    assert "llama_proj.weight has shape (1000000, 1000000); expected (32, 16)" in refusal(folder)


def test_the_projection_of_another_language_model_is_refused_with_both_shapes(
    folder: Path, tmp_path: Path
) -> None:
    other = original.write(tmp_path / "other", Shape(llm=48))
    shutil.rmtree(folder / "llm")
    shutil.copytree(other / "llm", folder / "llm")
    said = refusal(folder)
    assert "skingpt4.pth: llama_proj.weight has shape (32, 16); expected (48, 16)" in said


def test_a_language_model_that_is_not_the_one_of_config_json_is_refused(folder: Path, tmp_path: Path) -> None:
    other = original.write(tmp_path / "other", Shape(vocabulary=99))
    shutil.rmtree(folder / "llm")
    shutil.copytree(other / "llm", folder / "llm")
    assert "vocab_size is 99; expected 61" in refusal(folder)


def test_language_model_weights_that_do_not_fit_their_config_are_refused_with_shapes(
    folder: Path, tmp_path: Path
) -> None:
    other = original.write(tmp_path / "other", Shape(llm=48))
    shutil.copy(other / "llm" / "model.safetensors", folder / "llm" / "model.safetensors")
    said = refusal(folder)
    assert "(61, 48)" in said
    assert "(61, 32)" in said
    config = json.loads((folder / "llm" / "config.json").read_text())
    original.write(folder, Shape())
    (folder / "llm" / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    said = refusal(folder)
    assert "lacks model.layers.2." in said
    assert "(32" in said


@pytest.mark.parametrize(
    ("foreign", "said"),
    [
        (Shape(q_width=24), "query_tokens has shape (1, 5, 24); expected (1, 5, 16)"),
        (Shape(every=1), "layer.1.crossattention"),
        (Shape(every=3), "lacks Qformer.bert.encoder.layer.2.crossattention.self.query.weight"),
        (Shape(q_depth=4), "is of a foreign Q-Former; expected 3 layers"),
        (Shape(q_depth=2), "lacks Qformer.bert.encoder.layer.2.attention"),
        (Shape(queries=6), "query_tokens has shape (1, 6, 16); expected (1, 5, 16)"),
        (Shape(width=27), "ln_vision.weight has shape (27,); expected (24,)"),
    ],
)
def test_a_foreign_q_former_is_refused(folder: Path, tmp_path: Path, foreign: Shape, said: str) -> None:
    other = original.write(tmp_path / "other", foreign)
    shutil.copy(other / "blip2_pretrained.pth", folder / "blip2_pretrained.pth")
    told = refusal(folder)
    assert "blip2_pretrained.pth" in told
    assert said in told


@pytest.mark.parametrize("name", ["opt_proj.weight", "vision_proj.weight", "itm_head.bias"])
def test_a_q_former_that_was_trained_with_another_language_model_is_refused(folder: Path, name: str) -> None:
    edit(folder, "blip2_pretrained.pth", lambda held: held.update({name: torch.zeros(3, 16)}))
    told = refusal(folder)
    assert f"{name} (3, 16)" in told
    assert "FlanT5-XXL" in told


def test_at_full_size_the_q_former_of_the_smaller_t5_is_refused() -> None:
    from model.checkpoint import _refuse_other_t5
    from model.presets import QFormerSize

    file = Path("blip2_pretrained_flant5xl.pth")
    for width, fine in ((4096, True), (2048, False)):
        held = {"t5_proj.weight": (file, "t5_proj.weight", torch.empty(width, 768, device="meta"))}
        if fine:
            _refuse_other_t5(held, QFormerSize(), file)
        else:
            with pytest.raises(CheckpointError, match=r"\(2048, 768\); expected \(4096, 768\)"):
                _refuse_other_t5(held, QFormerSize(), file)


def test_lora_that_would_be_dropped_is_refused(folder: Path) -> None:
    name = "llama_model.model.layers.0.self_attn.q_proj.lora_A.weight"
    edit(folder, "skingpt4.pth", lambda held: held.update({name: torch.zeros(2, 2)}))
    assert name in refusal(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vision": {"depth": 10**9}}, "depth is 1000000000; expected an integer from 1 to 512"),
        ({"vision": {"depth": True}}, "depth is True"),
        ({"vision": {"num_heads": 5}}, "hidden_size 24 and num_heads 5"),
        ({"vision": {"mlp_ratio": "four"}}, "mlp_ratio is 'four'"),
        ({"vision": {"layer_norm_eps": float("nan")}}, "layer_norm_eps is nan"),
        ({"qformer": {"cross_attention_frequency": 0}}, "cross_attention_frequency is 0"),
        ({"qformer": {"hidden_act": "__import__"}}, "hidden_act is '__import__'"),
        ({"vision": []}, "vision is list; expected an object"),
        ({"llm": {"bos_token_id": -1}}, "bos_token_id is -1"),
    ],
)
def test_sizes_that_make_no_network_are_refused(folder: Path, change: dict[str, Any], said: str) -> None:
    held = json.loads((folder / "config.json").read_text())
    changed = copy.deepcopy(held)
    for part, values in change.items():
        changed[part] = held[part] | values if isinstance(values, dict) else values
    (folder / "config.json").write_text(json.dumps(changed))
    assert said in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 100000])
def test_a_config_that_is_no_object_is_refused(folder: Path, text: str) -> None:
    for name in ("config.json", "llm/config.json"):
        kept = (folder / name).read_text()
        (folder / name).write_text(text)
        assert name.split("/")[-1] in refusal(folder)
        (folder / name).write_text(kept)


def test_a_language_model_with_code_of_its_own_is_refused_and_not_run(folder: Path) -> None:
    config = json.loads((folder / "llm" / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.C", "AutoModelForCausalLM": "mine.M"}}
    (folder / "llm" / "config.json").write_text(json.dumps(config))
    (folder / "llm" / "mine.py").write_text("raise SystemExit('ran')")
    assert "llm" in refusal(folder)


def test_the_published_sizes_are_recognised() -> None:
    published = presets.PRESETS["skingpt4-llama2-13b"]
    assert presets.published_as(published.sizes, 4096) is published
    assert presets.published_as(published.sizes, 2048).name == "skingpt4-vicuna-13b"
    assert (
        presets.published_as(presets.PRESETS["skingpt4-vicuna-7b"].sizes, 2048).name == "skingpt4-vicuna-7b"
    )


def test_the_published_network_has_the_published_number_of_parameters() -> None:
    from model.checkpoint import _shapes

    counts: dict[str, int] = {}
    for name, shape in _shapes(presets.PRESETS["skingpt4-llama2-13b"].sizes).items():
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + torch.Size(shape).numel()
    # skingpt4.md section 1: 985.9 M and 105.1 M; transformers' qkv has a bias for the keys, which is zero in EVA.
    assert round((counts["tower"] - 39 * 1408) / 1e6, 1) == 985.9
    assert round(counts["qformer"] / 1e6, 1) == 105.1
    assert counts["projection"] == 768 * 5120 + 5120
