"""The seam: photographs and answers in, an Analysis out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model import bundle, data, evidence, fuse
from model.analysis import CatalogueEntry
from model.answers import SITES, SYMPTOMS, Answers
from model.diagnose import Diagnoser
from tests.model import drawn
from tests.model.conftest import Small

Catalogue = Mapping[str, CatalogueEntry]
TRI = st.sampled_from([True, False, None])


@st.composite
def known(draw: st.DrawFn) -> Answers:
    given = {name: draw(TRI) for name in SYMPTOMS}
    return Answers(
        age_years=draw(st.none() | st.floats(0, 120)),
        site=draw(st.none() | st.sampled_from(SITES)),
        symptoms={k: v for k, v in given.items() if v is not None},
    )


def _fusion(small: Small) -> fuse.Fusion:
    manifest = small.diagnoser.manifest
    return fuse.from_json(manifest["fusion"], [data.CODES.index(c) for c in manifest["guarded"]])


def _photo(seed: int) -> torch.Tensor:
    return torch.randn(1, 6, generator=torch.Generator().manual_seed(seed)).log_softmax(1)


@settings(deadline=None, max_examples=60)
@given(one=known(), seed=st.integers(0, 10_000))
def test_any_part_of_the_answers_gives_probabilities_that_sum_to_one(
    small: Small, one: Answers, seed: int
) -> None:
    p = _fusion(small).probabilities(_photo(seed), [one])
    assert float(p.min()) >= 0.0
    assert math.isclose(float(p.sum()), 1.0, abs_tol=1e-5)


@settings(deadline=None, max_examples=80)
@given(one=known(), seed=st.integers(0, 10_000))
def test_no_symptom_answer_makes_a_melanoma_less_probable(small: Small, one: Answers, seed: int) -> None:
    fusion = _fusion(small)
    silent = Answers(one.age_years, one.age_spread_years, one.site, one.skin_type, {})
    mel = data.CODES.index("MEL")
    said, unsaid = (float(fusion.probabilities(_photo(seed), [a])[0, mel]) for a in (one, silent))
    assert said >= unsaid - 1e-5


def test_an_answer_that_was_not_given_has_no_weight_of_its_own() -> None:
    assert not torch.cat(evidence.coded([Answers()]), dim=1).any()


def test_the_same_photograph_and_answers_give_the_same_analysis(small: Small, catalogue: Catalogue) -> None:
    raw = {"itch": "yes", "age": "61", "site": "face"}
    first, second = (small.diagnoser.analyse([drawn.spot(1, 5)], raw, catalogue) for _ in range(2))
    assert first == second


def test_a_batch_gives_each_case_what_it_gets_alone(small: Small, catalogue: Catalogue) -> None:
    cases: list[tuple[list[Image.Image], dict[str, str | float | bool | None]]] = [
        ([drawn.spot(k, k)], {"bleed": True}) for k in range(3)
    ]
    together = small.diagnoser.analyse_batch(cases, catalogue)
    for (images, raw), found in zip(cases, together, strict=True):
        alone = small.diagnoser.analyse(images, raw, catalogue)
        assert [s.code for s in alone.conditions] == [s.code for s in found.conditions]
        for a, b in zip(alone.conditions, found.conditions, strict=True):
            assert math.isclose(a.probability, b.probability, abs_tol=2e-4)


def test_photographs_looked_at_once_give_each_set_of_answers_what_it_gets_alone(
    small: Small, catalogue: Catalogue
) -> None:
    images = [drawn.spot(2, 2), drawn.spot(3, 7)]
    told: list[dict[str, str | float | bool | None]] = [{}, {"bleed": True, "age": "61"}, {"itch": "no"}]
    each = small.diagnoser.analyse_each(images, told, catalogue)
    assert each == [small.diagnoser.analyse(images, raw, catalogue) for raw in told]
    assert len({one.cancer_probability for one in each}) == len(told)
    with pytest.raises(ValueError, match="no photograph"):
        small.diagnoser.analyse_each([], told, catalogue)


def test_the_codes_are_those_of_the_manifest_and_sum_to_one(small: Small, catalogue: Catalogue) -> None:
    found = small.diagnoser.analyse([drawn.spot(0, 1)], {}, catalogue)
    assert {s.code for s in found.conditions} == set(small.diagnoser.codes) == set(data.CODES)
    assert math.isclose(sum(s.probability for s in found.conditions), 1.0, abs_tol=1e-5)
    cancers = sum(s.probability for s in found.conditions if s.code in data.CANCERS)
    assert math.isclose(found.cancer_probability, cancers, abs_tol=1e-5)
    assert found.urgency in ("now", "today", "week", "routine")
    assert found.abstained == bool(found.reason)


def test_the_urgency_of_the_catalogue_is_never_lowered(small: Small) -> None:
    urgent = {code: CatalogueEntry(code, "now", False) for code in data.CODES}
    assert small.diagnoser.analyse([drawn.spot(5, 5)], {}, urgent).urgency == "now"


def test_skin_the_model_has_not_learned_is_said_only_where_it_was_told(
    small: Small, catalogue: Catalogue
) -> None:
    dark = drawn.spot(5, 12)
    assert not small.diagnoser.analyse([dark], {}, catalogue).unproven_skin_type
    assert not small.diagnoser.analyse([dark], {"skin_type": "1_4"}, catalogue).unproven_skin_type
    assert small.diagnoser.analyse([dark], {"skin_type": "5_6"}, catalogue).unproven_skin_type


def test_an_answer_that_cannot_be_read_counts_as_not_asked(small: Small, catalogue: Catalogue) -> None:
    image = [drawn.spot(3, 3)]
    assert small.diagnoser.analyse(image, {"itch": "???!"}, catalogue) == small.diagnoser.analyse(
        image, {}, catalogue
    )


def test_a_case_without_a_photograph_is_refused(small: Small, catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="expected one or more"):
        small.diagnoser.analyse([], {}, catalogue)


def test_noise_and_plain_pictures_are_out_of_scope_and_say_so(small: Small, catalogue: Catalogue) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (256, 256, 3), dtype=np.uint8))
    for picture in (noise, Image.new("RGB", (400, 300), "white"), Image.new("RGB", (256, 256), (0, 0, 255))):
        found = small.diagnoser.analyse([picture], {}, catalogue)
        assert not found.in_scope
        assert found.abstained
        assert found.reason == "out_of_scope"
        assert 0.0 <= found.scope_score < 0.5
        assert len(found.conditions) == 6


def test_no_tensor_of_a_loaded_model_is_an_inference_tensor(small: Small) -> None:
    # serving.md, corrections: such weights are many times slower.
    for net in bundle.read_networks(small.model, bundle.read_manifest(small.model)):
        assert not any(p.is_inference() for p in net.parameters())


def test_weights_that_do_not_belong_to_the_manifest_are_refused(small: Small, tmp_path: Path) -> None:
    for file in small.model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / bundle.WEIGHTS
    held = bytearray(weights.read_bytes())
    held[-1] ^= 1
    weights.write_bytes(bytes(held))
    with pytest.raises(bundle.BundleError, match="has SHA-256 .* expected"):
        Diagnoser.load(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(bundle.BundleError, match=r"manifest\.json cannot be read"):
        Diagnoser.load(tmp_path)


def test_the_shipped_model_loads_is_small_and_knows_its_six_conditions(catalogue: Catalogue) -> None:
    diagnoser = Diagnoser.load()
    assert diagnoser.codes == data.CODES
    assert sum(f.stat().st_size for f in bundle.SHIPPED.rglob("*") if f.is_file()) < 40_000_000
    json.dumps(diagnoser.manifest, allow_nan=False)
    found = diagnoser.analyse(
        [drawn.spot(2, 2)], {"age": "older", "site": "face", "changed": "yes"}, catalogue
    )
    assert math.isclose(sum(s.probability for s in found.conditions), 1.0, abs_tol=1e-4)
