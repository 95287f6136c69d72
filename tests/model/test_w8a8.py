"""Matrices in int8: near the whole ones, and a row's numbers its own affair."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model import language, w8a8
from model.bench_models import weight_bytes
from model.word_head import narrow
from tests.model.tiny_lm import language_model

CPU = torch.device("cpu")
kernels = pytest.mark.skipif(
    not w8a8.supported(CPU), reason="this CPU has no avx512_vnni; the service does not pack on it"
)


def drawn(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@kernels
@pytest.mark.parametrize(("rows", "size", "out"), [(1, 640, 2048), (8, 2048, 640), (33, 17, 5), (120, 64, 1)])
def test_near_the_whole_product(rows: int, size: int, out: int) -> None:
    weight, bias, x = drawn(out, size) * 0.03, drawn(out, seed=2), drawn(rows, size, seed=3) * 50
    made = w8a8.W8A8Linear(weight, bias)(x)
    whole = x @ weight.T + bias
    assert float((made - whole).norm() / whole.norm()) < 0.02
    assert not torch.equal(made, whole)


@kernels
@pytest.mark.parametrize("rows", [2, 3, 7, 8, 31, 32, 40])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_row_is_the_same_to_the_last_bit_alone_and_in_any_company(rows: int, dtype: torch.dtype) -> None:
    layer = w8a8.W8A8Linear(drawn(300, 640) * 0.03)
    x = drawn(rows, 640, seed=rows).to(dtype)
    x[rows // 2, 5] = 4000.0  # a neighbour's outlier would move a scale for all
    whole = layer(x)
    assert whole.dtype == dtype
    for n in range(rows):
        assert torch.equal(layer(x[n : n + 1])[0], whole[n])
    assert torch.equal(layer(x.flip(0)).flip(0), whole)


@kernels
def test_a_small_row_keeps_its_precision_beside_a_large_one() -> None:
    weight = drawn(64, 640) * 0.03
    small = drawn(1, 640, seed=4) * 1e-4
    made = w8a8.W8A8Linear(weight)(torch.cat([small, drawn(1, 640, seed=5) * 1e4]))
    assert float((made[0] - small @ weight.T).norm() / (small @ weight.T).norm()) < 0.02


@kernels
def test_rows_and_channels_of_nought_give_nought() -> None:
    weight = drawn(4, 32)
    weight[2] = 0
    made = w8a8.W8A8Linear(weight)(torch.cat([torch.zeros(1, 32), drawn(1, 32)]))
    assert made[0].tolist() == [0.0] * 4
    assert (made[1] == 0).tolist() == [False, False, True, False]


@kernels
def test_a_row_that_is_no_number_spoils_itself_alone() -> None:
    layer, x = w8a8.W8A8Linear(drawn(8, 32)), drawn(3, 32)
    good = layer(x)
    x[1, 4] = torch.nan
    made = layer(x)
    assert torch.equal(made[[0, 2]], good[[0, 2]])
    assert bool(made[1].isnan().all())


def test_weights_that_are_no_numbers_are_refused() -> None:
    weight = drawn(4, 8)
    weight[1, 1] = torch.inf
    with pytest.raises(ValueError, match="NaN or infinite"):
        w8a8.W8A8Linear(weight)


def test_only_a_cpu_with_the_instructions_is_packed_for(tmp_path: Path) -> None:
    said = tmp_path / "cpuinfo"
    assert not w8a8.supported(CPU, said)
    said.write_text("flags : fpu avx512f avx512_bf16\n")
    assert not w8a8.supported(CPU, said)
    said.write_text("flags : fpu avx512f avx512_vnni\n")
    assert w8a8.supported(CPU, said)
    assert not w8a8.supported(torch.device("cuda"), said)


@kernels
def test_a_language_model_is_packed_whole_with_what_lora_learned() -> None:
    model = language.add_lora(language_model("gemma3"), language.Lora(rank=2))
    for name, parameter in model.named_parameters():
        if language.is_lora(name):
            parameter.data = drawn(*parameter.shape, seed=7) * 0.1
    language.merge_lora(model)
    ids = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        bytes_before = weight_bytes(model)
        w8a8.pack(model)
        after = model(input_ids=ids).logits
    assert not [m for m in model.modules() if isinstance(m, nn.Linear)]
    assert float((after - before).norm() / before.norm()) < 0.05
    assert weight_bytes(model) < bytes_before / 2


@kernels
def test_the_narrowed_last_layer_is_packed_and_says_only_its_words() -> None:
    model = language_model("gemma3")
    narrow(model, [2, 3, 5, 7])
    ids = torch.tensor([[3, 1, 4]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        after = w8a8.pack(model)(input_ids=ids).logits
    assert torch.equal(after.isneginf(), before.isneginf())
    kept = [2, 3, 5, 7]
    assert float((after[..., kept] - before[..., kept]).norm() / before[..., kept].norm()) < 0.05


@kernels
def test_layers_of_one_input_give_together_what_they_give_apart() -> None:
    made, whole = language_model("gemma3"), language_model("gemma3")
    attention = w8a8.pack(made).model.layers[0].self_attn
    apart = {
        name: w8a8.W8A8Linear(getattr(whole.model.layers[0].self_attn, name).weight)
        for name in ("q_proj", "k_proj", "v_proj")
    }
    for seed in (1, 2, 3):
        x = drawn(2, 3, 32, seed=seed)
        for name, layer in apart.items():
            assert torch.equal(getattr(attention, name)(x), layer(x))


@kernels
def test_an_input_that_is_changed_after_a_layer_failed_is_computed_anew() -> None:
    """A step that breaks off between two layers of one input leaves nothing for the next step."""
    attention = w8a8.pack(language_model("gemma3")).model.layers[0].self_attn
    x, y = drawn(1, 32), drawn(1, 32, seed=2)
    attention.q_proj(x)
    second = attention.k_proj(y)
    attention.v_proj(y)
    assert torch.equal(attention.k_proj(y), second)
    assert not torch.equal(attention.k_proj(x), second)
