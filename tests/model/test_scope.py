"""The scope check: what it looks at, what it is taught with, how its limit is chosen."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from model import bundle, foreign, scope, scope_fit, scope_report
from tests.model import drawn


def _square(picture: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()


@pytest.fixture(scope="module")
def shipped() -> scope.Scope:
    return scope.from_json(bundle.read_manifest(bundle.SHIPPED)["scope"])


def test_a_round_field_of_view_or_a_black_frame_changes_nothing_that_is_judged() -> None:
    whole = np.array(drawn.spot(2, 4))
    y, x = np.mgrid[0:256, 0:256]
    ringed, framed = whole.copy(), whole.copy()
    ringed[np.hypot(x - 127.5, y - 127.5) > 130] = 0
    framed[:30] = framed[-30:] = framed[:, :30] = framed[:, -30:] = 0
    views = [scope.equal(_square(Image.fromarray(p))) for p in (whole, ringed, framed)]
    assert torch.equal(views[0], views[1])
    assert torch.equal(views[0], views[2])


def test_a_picture_scores_the_same_alone_and_in_company(shipped: scope.Scope) -> None:
    squares = torch.stack([_square(drawn.spot(k, k)) for k in range(6)])
    together = shipped.score(squares)
    alone = torch.cat([shipped.score(square[None]) for square in squares])
    assert torch.allclose(together, alone, atol=1e-4)


def test_what_is_written_is_what_is_read(shipped: scope.Scope) -> None:
    squares = torch.stack([_square(drawn.spot(k, k)) for k in range(3)])
    again = scope.from_json(json.loads(json.dumps(shipped.as_json())))
    assert torch.allclose(shipped.score(squares), again.score(squares), atol=1e-4)


def test_weights_for_another_network_are_refused(shipped: scope.Scope) -> None:
    held = shipped.as_json()
    with pytest.raises(bundle.BundleError, match="expected aaaaaaaaaaaa"):
        scope.from_json(held | {"base_sha256": "a" * 64})
    with pytest.raises(bundle.BundleError, match=f"has 3 numbers as weight; expected {scope.FEATURES}"):
        scope.from_json(held | {"weight": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize("make", [foreign.other, foreign.dermoscopic])
def test_the_shipped_check_notices_made_up_pictures_that_it_was_not_taught_with(
    shipped: scope.Scope, make: object
) -> None:
    rng = np.random.default_rng(987_654)
    squares = torch.stack([_square(make(rng)) for _ in range(60)])  # type: ignore[operator]
    assert int((shipped.score(squares) < 0.5).sum()) >= 54


def test_made_up_pictures_are_the_same_for_the_same_seed_and_not_for_another() -> None:
    photo = drawn.spot(1, 1)

    def made(seed: int) -> list[bytes]:
        rng = np.random.default_rng(seed)
        held = [
            foreign.dermoscopic(rng),
            foreign.through_a_dermatoscope(rng, photo),
            foreign.handled(rng, photo),
        ]
        held += [foreign.other(rng) for _ in range(8)]
        assert all(p.size == (256, 256) and p.mode == "RGB" for p in held)
        return [p.tobytes() for p in held]

    assert made(1) == made(1)
    assert all(a != b for a, b in zip(made(1), made(2), strict=True))


def test_a_score_out_of_fold_has_learned_nothing_from_its_fold() -> None:
    # Only fold 0's pictures carry the sign that gives them away: out of fold it must not be known.
    torch.manual_seed(0)
    fold = torch.arange(40) % 4
    parts = []
    for ours in (True, False):
        found = torch.randn(40, 6) * 0.1
        found[:, 5] = 0.0
        found[fold == 0, 5] = 5.0 if ours else -5.0
        parts.append(scope_fit.Sample("ours" if ours else "foreign", found, fold, ours))
    first, second = (linear[fold == 0].mean() for linear, _ in scope_fit.out_of_fold(parts))
    assert abs(float(first - second)) < 2.0
    held = scope_fit.fit(parts)
    seen = [(part.found @ held.weight)[fold == 0].mean() for part in parts]
    assert float(seen[0] - seen[1]) > 4.0


def test_the_limit_refuses_the_stated_share_out_of_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    fold = torch.arange(200) % 5
    parts = [
        scope_fit.Sample("photograph", torch.randn(200, 8) + 0.7, fold, True),
        scope_fit.Sample("other", torch.randn(200, 8) - 0.7, fold, False),
    ]
    monkeypatch.setattr(scope_fit, "samples", lambda *_: parts)
    held = scope_fit.learn(torch.zeros(200, 3, 8, 8, dtype=torch.uint8), fold)
    linear, distance = scope_fit.out_of_fold(parts)[0]
    refused = (linear < held.limit - scope_fit.fit(parts).limit) | (distance > held.reach)
    assert float(refused.float().mean()) == pytest.approx(scope_fit.FALSE_ALARMS, abs=0.006)


def test_what_lies_far_from_every_photograph_is_outside_whatever_the_linear_score_says() -> None:
    one = torch.ones(scope.FEATURES)
    held = scope.Scope(one, torch.zeros(scope.FEATURES), one, limit=0.0, reach=2.0)
    assert float(held.margin(one[None])) > 0
    assert float(held.margin(9 * one[None])) < 0
    assert float(held.margin(-one[None])) < 0


def test_wilson_agrees_with_its_published_example_and_never_leaves_zero_to_one() -> None:
    # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I: 81 of 263, 15 of 148, 0 of 20.
    for hits, count, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
    ):
        assert scope_report.wilson(hits, count) == pytest.approx((low, high), abs=2e-4)
    low, high = scope_report.wilson(20, 20)
    assert 0.8 < low < high <= 1.0
