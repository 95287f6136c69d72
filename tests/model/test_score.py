"""Candidates: one prompt, many continuations, the scores of a forward each."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from model.score import score_candidates
from tests.model.tiny_lm import KINDS, WINDOW, language_model, prompt

CANDIDATES = [[3], [3, 4], [3, 4, 5, 6, 7], [90, 1], [17, 17, 17], [5, 4, 3, 2], [100]]


def one_by_one(model: Any, embeds: torch.Tensor, ids: list[int]) -> float:
    said = model.get_input_embeddings()(torch.tensor(ids))
    with torch.inference_mode():
        logits = model(inputs_embeds=torch.cat([embeds, said])[None]).logits[0].log_softmax(-1)
    return sum(float(logits[embeds.shape[0] - 1 + i, token]) for i, token in enumerate(ids))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [9, WINDOW - 2, WINDOW + 7])
@pytest.mark.parametrize("most_rows", [2, 16])
def test_scores_equal_those_of_a_forward_each(kind: str, length: int, most_rows: int) -> None:
    model = language_model(kind)
    embeds = prompt(model, length, 4)
    expected = torch.tensor([one_by_one(model, embeds, ids) for ids in CANDIDATES])
    with torch.inference_mode():
        found = score_candidates(model, embeds, CANDIDATES, most_rows=most_rows)
        mean = score_candidates(model, embeds, CANDIDATES, per_token=True, most_rows=most_rows)
        other = score_candidates(model, prompt(model, length, 5), CANDIDATES)
    assert expected.unique().numel() == len(CANDIDATES)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-6)
    torch.testing.assert_close(
        mean, expected / torch.tensor([len(c) for c in CANDIDATES]), atol=1e-5, rtol=1e-6
    )
    assert (other - found).abs().min() > 1e-3, "the scores do not depend on the prompt"


def test_nothing_to_score_is_refused() -> None:
    model = language_model("llama")
    for candidates in ([], [[1], []]):
        with pytest.raises(ValueError, match="1 or more each"):
            score_candidates(model, prompt(model, 4, 1), candidates)
