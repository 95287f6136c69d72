"""Tables and photographs."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from model import data, pixels, teaching_data
from model.answers import Answers
from tests.model import drawn
from tests.model.conftest import Small


def _photo(patient: str, label: str) -> data.Photo:
    return data.Photo(Path("x.png"), label, patient, "1", "train", Answers())


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.sampled_from(data.CODES)), min_size=10, max_size=80),
    st.integers(2, 5),
)
def test_no_patient_is_in_two_folds(rows: list[tuple[int, str]], count: int) -> None:
    photos = [_photo(f"P{patient}", label) for patient, label in rows]
    home: dict[str, int] = {}
    for photo, fold in zip(photos, data.folds(photos, count, 1), strict=True):
        assert home.setdefault(photo.patient_id, fold) == fold
        assert 0 <= fold < count


def test_rare_conditions_are_spread_over_the_folds_and_the_order_of_rows_does_not_matter() -> None:
    photos = [_photo(f"M{n}", "MEL") for n in range(10)] + [_photo(f"N{n}", "NEV") for n in range(100)]
    folds = data.folds(photos, 5, 1)
    assert Counter(f for f, p in zip(folds, photos, strict=True) if p.label == "MEL") == dict.fromkeys(
        range(5), 2
    )
    assert data.folds(photos[::-1], 5, 1)[::-1] == folds


def test_the_columns_that_give_the_label_away_are_never_read(tmp_path: Path) -> None:
    where = drawn.folder(tmp_path / "d", 1)
    table = where / "labels.csv"
    before = data.photographs(where)
    lines = table.read_text().splitlines()
    names = lines[0].split(",")
    changed = [lines[0]]
    for line in lines[1:]:
        cells = dict(zip(names, line.split(","), strict=True))
        cells |= {"sex": "FEMALE", "fitzpatrick": "3.0", "diameter_1": "12"}
        changed.append(",".join(cells.values()))
    table.write_text("\n".join(changed) + "\n")
    assert data.photographs(where) == before


def test_a_folder_without_a_table_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(data.TableError, match=r"holds no labels\.csv; expected"):
        data.photographs(tmp_path)


def test_pad_ufes_20_is_read_as_its_authors_released_it(tmp_path: Path) -> None:
    lines = [
        "patient_id,lesion_id,smoke,drink,background_father,background_mother,age,pesticide,gender,skin_cancer_history,"
        "cancer_history,has_piped_water,has_sewage_system,fitspatrick,region,diameter_1,diameter_2,diagnostic,itch,grew,hurt,"
        "changed,bleed,elevation,img_id,biopsed",
        "PAT_1,7,,,,,55,,,,,,,3.0,NECK,6.0,5.0,NEV,False,UNK,False,True,False,True,PAT_1_7_2.png,True",
        "PAT_2,7,,,,,6,,,,,,,,FACE,,,ACK,True,False,False,False,False,False,PAT_2_7_9.png,False",
    ]
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n")
    part = tmp_path / "images" / "imgs_part_2"
    part.mkdir(parents=True)
    drawn.spot(1, 1, 40, 40).save(part / "PAT_1_7_2.png")
    first, second = data.photographs(tmp_path)
    assert (first.path, first.label, first.patient_id, first.lesion_id, first.split) == (
        part / "PAT_1_7_2.png",
        "NEV",
        "PAT_1",
        "7",
        "train",
    )
    assert first.answers == Answers(
        55.0,
        site="neck",
        symptoms={"itch": False, "hurt": False, "changed": True, "bleed": False, "elevation": True},
    )
    assert second.path == tmp_path / "images" / "PAT_2_7_9.png"  # which is not there
    assert data.skin_types(tmp_path) == {first.path: 3}
    found = teaching_data.read(tmp_path)
    assert (found.layout, [e.code for e in found.examples]) == ("PAD-UFES-20", ["NEV"])
    assert found.dropped == {teaching_data.NO_FILE: 1}


def test_a_table_without_a_file_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("photo,age\na.png,3\n")
    with pytest.raises(data.TableError, match="expected also file"):
        data.queries(tmp_path / "t.csv")


def test_files_of_a_table_may_be_relative_or_absolute(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"\ufefffile,age\na/b.png,3\n{tmp_path}/c.png,4\n", encoding="utf-8")
    assert [q.path for q in data.queries(tmp_path / "t.csv")] == [tmp_path / "a/b.png", tmp_path / "c.png"]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16"])
def test_every_mode_of_picture_becomes_the_same_square(mode: str, tmp_path: Path) -> None:
    picture = drawn.spot(0, 1, 300, 280)
    picture = picture.convert("I").convert("I;16") if mode == "I;16" else picture.convert(mode)
    file = tmp_path / ("x.tif" if mode in ("CMYK",) else "x.png")
    picture.save(file)
    square = pixels.square(data.open_photo(file))
    assert square.shape == (3, pixels.SIDE_PX, pixels.SIDE_PX)
    assert square.dtype == torch.uint8


def test_a_turned_phone_photograph_is_set_upright() -> None:
    picture = drawn.spot(2, 3)
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees to see it upright
    held = io.BytesIO()
    turned.save(held, "PNG", exif=exif)
    assert torch.equal(pixels.square(Image.open(held)), pixels.square(picture))


def test_a_photograph_of_twelve_megapixels_and_its_small_copy_give_nearly_the_same_square() -> None:
    small = drawn.spot(2, 4)
    large = small.resize((3072, 3072), Image.Resampling.BICUBIC)
    difference = (pixels.square(large).float() - pixels.square(small).float()).abs().mean()
    assert float(difference) < 4.0


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut off"])
def test_a_broken_photograph_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.jpg cannot be opened: it is not a readable picture; expected"):
        data.open_photo(tmp_path / "x.jpg")


def test_a_truncated_photograph_is_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    drawn.spot(1, 1).save(held, "JPEG")
    (tmp_path / "x.jpg").write_bytes(held.getvalue()[: len(held.getvalue()) // 2])
    with pytest.raises(ValueError, match="not a readable picture"):
        data.open_photo(tmp_path / "x.jpg")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (9000, 6000)).save(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="9000 x 6000 pixels; expected at most 50 megapixels"):
        data.open_photo(tmp_path / "bomb.png")


def test_the_drawn_folder_is_read_as_a_real_one(small: Small) -> None:
    photos = data.photographs(small.data)
    assert Counter(p.split for p in photos) == {"train": 18, "val": 6}
    assert "itch" not in photos[2].answers.symptoms  # UNK
