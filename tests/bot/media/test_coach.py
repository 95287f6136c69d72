"""The coach on drawn skin of all six types, and on known degradations."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.media import coach, coach_curve
from bot.media.coach import judge, judge_bytes
from bot.media.coach_curve import exposure, gaussian, motion
from bot.media.drawn import LESIONS, SKIN, draw


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.mark.parametrize("lesion", LESIONS)
@pytest.mark.parametrize("skin_type", SKIN)
def test_a_sharp_picture_of_any_skin_type_is_taken(skin_type: int, lesion: str) -> None:
    for seed in range(3):
        verdict = judge_bytes(jpeg(draw(skin_type, lesion, 256, seed)))
        assert (verdict.ok, verdict.reason) == (True, None), verdict.measures


@pytest.mark.parametrize("skin_type", SKIN)
def test_half_the_light_is_still_enough_for_any_skin_type(skin_type: int) -> None:
    assert judge_bytes(jpeg(exposure(draw(skin_type, "NEV", 256, 0), -1.0))).ok


@pytest.mark.parametrize("skin_type", SKIN)
def test_out_of_focus_is_blurred_on_any_skin_type(skin_type: int) -> None:
    assert judge_bytes(jpeg(gaussian(draw(skin_type, "NEV", 256, 0), 3.0))).reason == "blurred"


@pytest.mark.parametrize("angle", [0.0, 0.4, 0.8, 1.2, 1.57, 2.4])
def test_moved_in_any_direction_is_blurred(angle: float) -> None:
    assert judge_bytes(jpeg(motion(draw(3, "SEK", 256, 0), 12.0, angle))).reason == "blurred"


@pytest.mark.parametrize("skin_type", SKIN)
def test_a_hundred_and_twenty_eighth_of_the_light_is_dark_on_any_skin_type(skin_type: int) -> None:
    assert judge_bytes(jpeg(exposure(draw(skin_type, "NEV", 256, 0), -7.0))).reason == "dark"


@pytest.mark.parametrize("skin_type", [1, 2, 3])
def test_burnt_out_skin_is_bright(skin_type: int) -> None:
    assert judge_bytes(jpeg(exposure(draw(skin_type, "NEV", 256, 0), 3.0))).reason == "bright"


def test_a_picture_without_skin_colours_is_never_refused_for_that() -> None:
    red, green, blue = draw(3, "NEV", 256, 0).split()
    for channels in ((blue, red, green), (green, blue, red), (red, red, red)):
        assert judge(Image.merge("RGB", channels)).ok


def test_the_shorter_side_decides_what_is_small() -> None:
    scene = draw(3, "NEV", 256, 0)
    assert judge(scene.resize((400, coach.MIN_SIDE_PX - 1))).reason == "small"
    assert judge(scene.resize((coach.MIN_SIDE_PX, coach.MIN_SIDE_PX))).reason is None


@pytest.mark.parametrize("skin_type", [1, 6])
def test_the_same_scene_measures_alike_at_256_px_and_at_4_megapixels(skin_type: int) -> None:
    large = draw(skin_type, "SEK", 2048, 0)
    small = judge_bytes(jpeg(large.resize((256, 256), Image.Resampling.LANCZOS))).measures
    for other in (judge(large), judge_bytes(jpeg(large, 92))):
        assert other.measures["sharpness"] == pytest.approx(small["sharpness"], rel=0.12)
        assert other.measures["highlight"] == pytest.approx(small["highlight"], abs=3)
        assert other.measures["contrast"] == pytest.approx(small["contrast"], abs=4)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 3), (300, 30_000)])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1", "I;16", "CMYK"])
def test_any_size_and_mode_gets_a_verdict(size: tuple[int, int], mode: str) -> None:
    verdict = judge(Image.new(mode, size))
    assert not verdict.ok
    assert verdict.measures["side_px"] == min(size)


def test_a_verdict_cannot_be_changed() -> None:
    verdict = judge(draw(3, "NEV", 256, 0))
    with pytest.raises(TypeError):
        verdict.measures["sharpness"] = 1.0  # type: ignore[index]


def test_the_curve_is_written_from_a_folder_of_photographs(tmp_path: Path) -> None:
    rows = ["file,split"]
    for number, split in enumerate(["train", "train", "val"]):
        draw(number + 2, "NEV", 256, number).save(tmp_path / f"{number}.jpg", quality=85)
        rows.append(f"{number}.jpg,{split}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    coach_curve.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")])
    lines = (tmp_path / "out" / "curve.csv").read_text().splitlines()
    assert lines[1].startswith("none,,0,2,0,0.0000")  # two photographs of train, none refused
    assert any(line.startswith("gaussian blur,sigma px,6,2,2,1.0000") for line in lines)
    assert (tmp_path / "out" / "curve.svg").read_text().startswith("<svg")


def test_the_kept_curve_refuses_at_most_three_per_cent_of_undegraded_photographs() -> None:
    kept = (Path(coach.__file__).parent / "curves" / "curve.csv").read_text().splitlines()
    row = dict(zip(kept[0].split(","), kept[1].split(","), strict=True))
    assert row["degradation"] == "none"
    assert int(row["photographs"]) == 781
    assert float(row["rate"]) <= 0.03
