"""Rows of keys and values: what is cut, joined and kept is what was there."""

from __future__ import annotations

import pytest
import torch
from transformers import DynamicCache

from model.cache_rows import KeptRows, Row, as_cache, cut, join, select
from tests.model.tiny_lm import KINDS, WINDOW, language_model, prompt


def row_of(length: int, fill: float) -> Row:
    keys = torch.full((1, 2, length, 4), fill)
    return Row((keys,), (keys + 0.5,), length)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_comes_out_of_a_padded_batch_as_it_went_in(kind: str) -> None:
    """Shorter, as long as and longer than the sliding window."""
    model = language_model(kind)
    lengths = (6, WINDOW + 9, WINDOW - 1, WINDOW)
    rows = []
    with torch.inference_mode():
        for seed, length in enumerate(lengths):
            cache = DynamicCache(config=model.config)
            model(inputs_embeds=prompt(model, length, seed)[None], past_key_values=cache)
            rows.append(cut(cache, 0, length))
        batch = None
        for row in rows:
            batch = join(batch, row, model.config)
        assert batch is not None
        assert batch.get_seq_length() == max(lengths)
        for i, row in enumerate(rows):
            assert_equal(cut(batch, i, row.length), row)
        batch = select(batch, [0, 2], [lengths[0], lengths[2]])
        assert batch is not None
        assert batch.get_seq_length() == WINDOW - 1, "the common padding was not cut off"
        assert {layer.keys.shape[2] for layer in batch.layers} == {WINDOW - 1}
        assert_equal(cut(batch, 1, rows[2].length), rows[2])
        assert_equal(cut(as_cache(rows[1], model.config, 3), 2, rows[1].length), rows[1])
        assert select(batch, [], []) is None


def assert_equal(a: Row, b: Row) -> None:
    assert a.length == b.length
    assert all(torch.equal(x, y) for x, y in zip((*a.keys, *a.values), (*b.keys, *b.values), strict=True))


def test_the_rows_used_longest_ago_are_dropped_first() -> None:
    embeds = torch.zeros(10, 3)
    one = row_of(10, 1.0).size_bytes + 10 * 3 * 4
    kept = KeptRows(2 * one)
    assert kept.put("a", row_of(10, 1.0), embeds)
    assert kept.put("b", row_of(10, 2.0), embeds)
    assert kept.match("a", torch.zeros(12, 3)) is not None
    assert kept.put("c", row_of(10, 3.0), embeds)
    assert [kept.match(chat, torch.zeros(12, 3)) is not None for chat in "abc"] == [True, False, True]
    assert kept.size_bytes == 2 * one
    assert not kept.put("a", row_of(30, 1.0), torch.zeros(30, 3)), "larger than the whole store"
    assert len(kept) == 1, "an old row may not stand for a new one"
    kept.forget("c")
    assert (len(kept), kept.size_bytes) == (0, 0)


def test_only_what_is_equal_matches_and_never_the_last_token() -> None:
    kept = KeptRows(10**6)
    embeds = torch.arange(30.0).reshape(10, 3)
    kept.put("a", row_of(10, 1.0), embeds)

    def matched(asked: torch.Tensor) -> int:
        row = kept.match("a", asked)
        return 0 if row is None else row.length

    assert matched(embeds) == 9
    assert matched(torch.cat([embeds, embeds])) == 10
    changed = torch.cat([embeds, embeds])
    changed[4, 1] += 1
    assert matched(changed) == 4
    changed[0, 0] += 1
    assert matched(changed) == 0
    assert matched(embeds.double()) == 0
    assert matched(torch.zeros(12, 4)) == 0
    with pytest.raises(ValueError, match="9 embeddings for a row of 10"):
        kept.put("a", row_of(10, 1.0), embeds[:9])


def test_a_row_that_has_lost_its_beginning_is_not_shortened() -> None:
    keys = torch.zeros(1, 2, 7, 4)
    with pytest.raises(ValueError, match="within the sliding window"):
        Row((keys,), (keys,), 20).first(5)
