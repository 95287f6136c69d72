"""The benchmark at tiny size: every figure is there, and each means what it says."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from model import bench, bench_models, bench_report, bundle, trained, word_head
from model.bench_report import middle, percentile, ratio
from model.language import is_lora
from model.network import GridTower
from model.talk import network_input
from tests.model import drawn

CPU = torch.device("cpu")


def tiny(quant: Any = "none") -> Any:
    return bench_models.build("tiny", random_weights=True, quant=quant, device=CPU)


def jpeg() -> bytes:
    out = io.BytesIO()
    drawn.spot(0, 1).save(out, "JPEG")
    return out.getvalue()


def test_a_ratio_is_of_rounds_and_its_interval_is_the_rounds_spread() -> None:
    # The hour doubled in the second round: both arms fell, the ratio did not.
    assert ratio([20.0, 10.0, 30.0], [10.0, 5.0, 15.0]).as_dict() == {
        "median": 2.0,
        "low": 2.0,
        "high": 2.0,
        "rounds": 3,
    }
    found = middle([1.0, 2.0, 3.0, 4.0, 100.0])
    assert found.median == 3.0
    assert 1.0 <= found.low < 3.0 < found.high <= 100.0
    assert found == middle([1.0, 2.0, 3.0, 4.0, 100.0])
    for bad in ([], [1.0, 0.0]):
        with pytest.raises(ValueError, match="above 0"):
            middle(bad)
    with pytest.raises(ValueError, match="1 and 2 rounds"):
        ratio([1.0], [1.0, 2.0])
    assert [percentile([3.0, 1.0, 2.0], q) for q in (1, 50, 95, 100)] == [1.0, 2.0, 3.0, 3.0]


def test_a_step_reads_all_weights_once_and_an_input_table_only_where_it_is_the_head_too() -> None:
    tied = tiny().language_model
    assert bench_models.weight_bytes(tied) == 2 * sum(p.numel() for p in tied.parameters())
    tied.lm_head.weight = torch.nn.Parameter(tied.lm_head.weight.detach().clone())
    rest = sum(p.numel() for n, p in tied.named_parameters() if "embed_tokens" not in n)
    assert bench_models.weight_bytes(tied) == 2 * rest


def test_a_step_reads_of_a_narrow_last_layer_the_words_that_it_is_over() -> None:
    made = tiny().language_model
    before = bench_models.weight_bytes(made)
    table = made.get_input_embeddings().weight
    word_head.narrow(made, range(10, 20))
    assert bench_models.weight_bytes(made) == before - 2 * table.numel() + 2 * 10 * table.shape[1]


def test_the_published_shapes_are_the_published_sizes() -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    wanted = {"skingpt4-llama2-13b": 13.016e9, "skingpt4-vicuna-7b": 6.738e9, "compact": 0.268e9}
    for name, count in wanted.items():
        with torch.device("meta"):
            made = AutoModelForCausalLM.from_config(AutoConfig.for_model(**bench_models.LANGUAGE[name]))
        assert made.num_parameters() == pytest.approx(count, rel=1e-3)


def test_every_figure_is_measured_and_the_report_says_them() -> None:
    looked: list[bytes] = []
    told: list[tuple[int, int]] = []
    asked = bench.Asked((1, 3), tokens=4, rounds=2, text_tokens=5, photos=2)
    found = bench.measure(
        tiny(),
        asked,
        [jpeg()],
        looked.append,
        lambda what, done, total, loss=None: told.append((done, total)),
        about={"weights": "random"},
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [row["batch"] for row in found["batches"]] == [1, 3]
    for row in found["batches"]:
        for part in ("rates", "steps", "of_limit"):
            assert all(row[part][arm]["median"] > 0 and row[part][arm]["rounds"] == 2 for arm in bench.ARMS)
        assert set(row["ratios"]) == {"padded", "exact"}
    again = found["follow_up"]
    # 120 of the first turn, 4 of its answer, 17 asked; with the row of the first turn the last word and the question are new.
    assert (again["prompt_tokens"], again["computed_without"], again["computed_with"]) == (141, 141, 18)
    assert found["first_token"]["company"] == 2
    assert len(looked) == 3  # one to warm up
    assert (found["text"]["tokens"], found["findings"]["photos"]) == (5, 2)
    assert found["memory"]["peak"] >= found["memory"]["loaded"] > 10**7
    assert told == [(n, told[0][1]) for n in range(1, told[0][1] + 1)]
    text = bench_report.markdown(found)
    assert "computed 141 without the kept row, 18 with it (7.8 times less)" in text
    assert "| 3 |" in text
    del found["findings"]
    assert "findings" not in bench_report.markdown(found)


def test_both_ways_give_as_many_tokens_as_are_counted() -> None:
    made = bench.Bench(tiny(), 6)
    plain = made.plain(made.prompts[:2])
    assert plain.steps > plain.rate > 0
    assert made.together(made.prompts[:3], exact=True).first_s > 0


@pytest.mark.parametrize("quant", ["int8", "nf4"])
def test_a_quantised_one_holds_fewer_bytes_and_still_answers(quant: str) -> None:
    made = tiny(quant)
    assert bench_models.weight_bytes(made.language_model) < bench_models.weight_bytes(tiny().language_model)
    assert bench.Bench(made, 4, own_width=1).together([bench.Bench(made, 4).prompts[0]], exact=True).rate > 0


def test_compact_is_measured_as_it_is_shipped() -> None:
    """The language model is random here: its words are not ours, and large; all that is ours lies in the shipped folder."""
    assert bench_models.bundle_of(None, "compact") == bundle.SHIPPED
    assert bench_models.bundle_of(None, "tiny") is None
    words = bundle.SHIPPED / bundle.SKINGPT
    made = bench_models.build("compact", random_weights=True, quant="none", device=CPU, folder=words)
    held = load_file(str(words / trained.WEIGHTS))
    assert torch.equal(made.query_tokens, held["query_tokens"].float())
    networks = bundle.read_networks(bundle.SHIPPED, bundle.read_manifest(bundle.SHIPPED))
    assert isinstance(made.tower, GridTower)
    for lite, net in zip(made.tower.lites, networks, strict=True):
        assert torch.equal(next(lite.parameters()), next(net.tower.parameters()))
    lora = sum(p.numel() for n, p in made.language_model.named_parameters() if is_lora(n))
    whole = sum(p.numel() for p in made.language_model.parameters())
    assert lora > 0
    assert bench_models.weight_bytes(made.language_model) == 2 * (whole - lora)
    with torch.inference_mode(), Image.open(io.BytesIO(jpeg())) as image:
        assert made.encode_image(network_input(made, image)).shape == (1, 16, 640)


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(ValueError, match="tokens is 1; expected 4 or more"):
        bench.Asked(tokens=1)
    with pytest.raises(ValueError, match=r"batch is \(0,\)"):
        bench.Asked((0,))
    with pytest.raises(ValueError, match="names no language model"):
        bench_models.build("tiny", random_weights=False, quant="none", device=CPU)
    with pytest.raises(ValueError, match="preset is 'big'"):
        bench_models.build("big", random_weights=True, quant="none", device=CPU)
