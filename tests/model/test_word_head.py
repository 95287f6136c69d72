"""The last layer over the words that are needed: the same numbers for those, and never one of the others."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model import word_head
from model.generate import Generator
from model.requests import Request
from tests.model.tiny_lm import KINDS, VOCABULARY, decode, language_model, plain, prompt

KEPT = [*range(0, VOCABULARY, 2), 7]


class Pieces:
    """A tokenizer's list of pieces."""

    all_special_ids = (2,)

    def __init__(self, pieces: list[str | None]) -> None:
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._pieces)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str | None]:
        return [self._pieces[n] for n in ids]


def test_kept_words_have_the_numbers_of_the_whole_layer_and_the_others_are_never_said() -> None:
    full = nn.Linear(8, 20, bias=False)
    head = word_head.WordHead(full, [3, 1, 17, 3])
    x = torch.randn(2, 5, 8)
    whole, some = full(x), head(x)
    assert some.shape == whole.shape
    assert torch.allclose(some[..., [1, 3, 17]], whole[..., [1, 3, 17]])
    others = [n for n in range(20) if n not in (1, 3, 17)]
    assert bool(torch.isneginf(some[..., others]).all())
    assert set(head(x).argmax(-1).flatten().tolist()) <= {1, 3, 17}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("exact", [False, True])
def test_a_narrowed_model_answers_as_the_whole_one_that_may_say_only_these_words(
    kind: str, exact: bool
) -> None:
    model = language_model(kind)
    embeds = prompt(model, 12, seed=4)
    bias = torch.full((VOCABULARY,), -torch.inf)
    bias[KEPT] = 0.0
    full = model.get_output_embeddings()
    model.set_output_embeddings(_Masked(full, bias))
    wanted = plain(model, embeds, 10)
    model.set_output_embeddings(full)
    assert plain(model, embeds, 10) != wanted  # the whole vocabulary would say something else
    word_head.narrow(model, KEPT)
    generator = Generator(model, decode)
    ticket = generator.submit(Request(embeds, 10, exact=exact))
    while not ticket.future.done():
        generator.step()
    assert list(ticket.result(0).ids) == wanted


class _Masked(nn.Module):
    def __init__(self, full: nn.Linear, bias: torch.Tensor) -> None:
        super().__init__()
        self.full, self.bias = full, bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.full(x) + self.bias


def test_english_keeps_frequent_plain_pieces_single_characters_special_and_taught_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(word_head, "FREQUENT", 6)
    pieces = ["▁the", "مرض", "<eos>", "\n", "naïve", None, "rare", ".", "▁itch"]
    assert word_head.english_ids(Pieces(pieces), taught=[8]) == [0, 2, 3, 7, 8]


@pytest.mark.parametrize("ids", [[], [-1, 3], [VOCABULARY]])
def test_ids_that_no_word_has_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="expected some from 0 to 100"):
        word_head.narrow(language_model("llama"), ids)
