"""The tower, its weights, and its training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model import augment, data, fit, vision
from model.answers import Answers
from model.vision import LesionNet, LiteTower, load_imagenet
from tests.model.conftest import Small


def test_the_tower_is_the_published_network_to_the_last_bit() -> None:
    published = pytest.importorskip("efficientnet_lite_pytorch")
    theirs = published.EfficientNet.from_name("efficientnet-lite2")
    theirs.load_state_dict(torch.load(vision.imagenet_file(), weights_only=True))
    ours = LiteTower()
    load_imagenet(ours)
    pixels = torch.rand(1, 3, 260, 260, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(ours.eval()(pixels), theirs.eval().extract_features(pixels), atol=1e-5)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="expected EfficientNet-Lite2"):
        load_imagenet(LiteTower(), tmp_path / "other.pth")


def test_frozen_stages_keep_their_weights_and_statistics_while_training() -> None:
    net = LesionNet(6)
    net.tower.freeze_stages(2)
    net.train()
    before = {k: v.clone() for k, v in net.tower.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    net(torch.randn(4, 3, 64, 64)).square().sum().backward()
    optimiser.step()
    after = net.tower.state_dict()
    assert torch.equal(before["_conv_stem.weight"], after["_conv_stem.weight"])
    assert torch.equal(before["_blocks.0._bn1.running_mean"], after["_blocks.0._bn1.running_mean"])
    assert not torch.equal(before["_conv_head.weight"], after["_conv_head.weight"])


def test_augmented_pictures_stay_pictures_and_come_back_the_same_for_a_seed() -> None:
    x = torch.rand(4, 3, 96, 96) * 255

    def made(seed: int) -> torch.Tensor:
        rng = torch.Generator().manual_seed(seed)
        return augment.softened(augment.relit(augment.moved(x, 64, rng), rng), rng, 1.0)

    assert made(1).shape == (4, 3, 64, 64)
    assert 0.0 <= float(made(1).min()) <= float(made(1).max()) <= 255.0
    assert torch.equal(made(1), made(1))
    assert not torch.equal(made(1), made(2))


def test_mixed_targets_stay_distributions() -> None:
    targets = torch.eye(6)[torch.tensor([0, 1, 2, 3])]
    _, mixed = augment.mixed(torch.rand(4, 3, 8, 8), targets, 0.3, torch.Generator().manual_seed(1))
    assert torch.allclose(mixed.sum(1), torch.ones(4))


class _Killed(Exception):
    pass


def test_a_training_that_was_killed_ends_as_if_it_had_not_been(small: Small, tmp_path: Path) -> None:
    photos = data.photographs(small.data)[:12]
    images = data.stack(photos)
    labels = [data.CODES.index(p.label) for p in photos]
    recipe = fit.Recipe(epochs=2, batch=6, side_px=64)

    def run(file: Path, kill_after: int = 10**9) -> LesionNet:
        def tell(step: int, steps: int, loss: float) -> None:
            assert steps == 4
            if step > kill_after:
                raise _Killed

        return fit.train_network(images, labels, [p.answers for p in photos], 6, recipe, 3, file, tell)

    whole = run(tmp_path / "a" / "state.pt")
    with pytest.raises(_Killed):
        run(tmp_path / "b" / "state.pt", kill_after=2)
    resumed = run(tmp_path / "b" / "state.pt")
    for name, value in whole.state_dict().items():
        assert torch.allclose(value.float(), resumed.state_dict()[name].float(), atol=1e-6), name


def test_the_state_of_another_training_is_not_taken_up(small: Small) -> None:
    images = data.stack(data.photographs(small.data)[:2])
    none, some = fit.side_targets([Answers()] * 2), fit.side_targets([Answers(symptoms={"bleed": True})] * 2)
    marks = {
        fit.fingerprint(images, [0, 1], none, fit.Recipe(), 1),
        fit.fingerprint(images, [1, 0], none, fit.Recipe(), 1),
        fit.fingerprint(images, [0, 1], none, fit.Recipe(), 2),
        fit.fingerprint(images, [0, 1], none, fit.Recipe(epochs=2), 1),
        fit.fingerprint(images, [0, 1], some, fit.Recipe(), 1),
        fit.fingerprint(images.flip(0), [0, 1], none, fit.Recipe(), 1),
    }
    assert len(marks) == 6


def test_what_is_not_recorded_teaches_nothing() -> None:
    known = [Answers(), Answers(age_years=70, site="nose", symptoms={"itch": False, "bleed": True})]
    targets = fit.side_targets(known)
    assert targets.shape == (2, sum(fit.SIDE_BLOCKS))
    assert targets[0].sum() == 0
    assert [int(part.sum()) for part in targets[1].split(fit.SIDE_BLOCKS)] == [1, 0, 0, 0, 1, 0, 1, 1]
    assert targets[1, 0] == 1
    assert targets[1, 9] == 1
