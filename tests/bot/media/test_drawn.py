"""Drawn pictures say so, and are the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from bot.media.drawn import LESIONS, SKIN, draw


def test_the_same_arguments_give_the_same_pixels() -> None:
    assert draw(5, "MEL", 128, 7).tobytes() == draw(5, "MEL", 128, 7).tobytes()
    assert draw(5, "MEL", 128, 7).tobytes() != draw(5, "MEL", 128, 8).tobytes()


def test_skin_gets_darker_from_type_one_to_six() -> None:
    means = [np.asarray(draw(skin_type, "NEV", 128, 0).convert("L")).mean() for skin_type in SKIN]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("lesion", LESIONS)
def test_the_corner_is_marked_in_black_on_white(lesion: str) -> None:
    corner = np.asarray(draw(6, lesion, 256, 0).convert("L"))[-16:, :40]
    assert corner.max() == 255
    assert corner.min() < 60
    assert (corner > 250).mean() > 0.4


@pytest.mark.parametrize(
    ("skin_type", "lesion", "size_px"), [(0, "NEV", 256), (7, "NEV", 256), (3, "wart", 256), (3, "NEV", 10)]
)
def test_what_cannot_be_drawn_is_said(skin_type: int, lesion: str, size_px: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        draw(skin_type, lesion, size_px, 0)
