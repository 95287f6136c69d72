"""Readers of what a SkinGPT is taught from, and its settings as TOML: what is dropped is counted."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import teach_config, teaching_data
from model.data import TableError
from model.lessons import usable
from model.presets import PRESETS
from model.teach_config import ConfigError, TeachConfig, default
from model.teaching_data import SKINCON
from tests.model import drawn


def pictures(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        drawn.spot(1, 1, 40, 40).save(folder / name)


def write(path: Path, head: Sequence[str], *rows: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head, *rows])


def test_the_originals_layout_is_read_raw(tmp_path: Path) -> None:
    pictures(tmp_path / "image", "52.jpg", "53.jpg")
    (tmp_path / "image" / "54.jpg").write_text("no picture")
    rows = [
        {"image_id": "52", "caption": " Raw, as it is "}, {"image_id": 53, "caption": "b"}, {"image_id": "54", "caption": "c"},
        {"image_id": "99", "caption": "d"}, {"image_id": "53", "caption": ""}, {"image_id": "../x", "caption": "e"}, 7,
        {"image_id": "53", "caption": "b"}, {"image_id": "53", "caption": "another"},
    ]  # fmt: skip
    (tmp_path / "filter_cap.json").write_text(json.dumps({"annotations": rows}))
    found = teaching_data.read(tmp_path)
    assert [(e.file.name, e.caption) for e in found.examples] == [
        ("52.jpg", " Raw, as it is "),
        ("53.jpg", "b"),
        ("53.jpg", "another"),
    ]
    assert found.dropped == {
        teaching_data.BAD_ROW: 3,
        teaching_data.NO_FILE: 1,
        teaching_data.UNREADABLE: 1,
        teaching_data.TWICE: 1,
    }
    assert "3 photographs (captions); dropped" in found.sentence()
    assert "1: there is no such picture" in found.sentence()


def captions(folder: Path, **said: str) -> None:
    pictures(folder / "image", *(f"{name}.jpg" for name in said))
    rows = [{"image_id": name, "caption": caption} for name, caption in said.items()]
    (folder / "filter_cap.json").write_text(json.dumps({"annotations": rows}))


def test_captions_in_two_folders_teach_each_its_own_step(tmp_path: Path) -> None:
    captions(tmp_path / "step1", a="concepts of a", b="concepts of b")
    captions(tmp_path / "step2", a="diagnosis of a")
    found = teaching_data.read(tmp_path, both=True)
    assert found.layout == "step 1: captions; step 2: captions"
    assert [e.caption for e in usable(found.examples, 1)] == ["concepts of a", "concepts of b"]
    assert [e.caption for e in usable(found.examples, 2)] == ["diagnosis of a"]


def test_captions_in_one_folder_serve_the_step_that_is_asked_and_never_both(tmp_path: Path) -> None:
    captions(tmp_path, a="of one step")
    found = teaching_data.read(tmp_path)
    assert [len(usable(found.examples, step)) for step in (1, 2)] == [1, 1]
    with pytest.raises(TableError, match=r"one filter_cap\.json.*expected for both steps step1/ and step2/"):
        teaching_data.read(tmp_path, both=True)


def test_the_folders_of_two_steps_may_be_of_two_layouts_and_one_alone_is_not_both(tmp_path: Path) -> None:
    pictures(tmp_path / "step1", "0.png", "1.png")
    write(
        tmp_path / "step1" / "mine.csv",
        ["file", "label", "patient", "concepts"],
        ["0.png", "acne", "A", "red"],
        ["1.png", "acne", "B", "dry"],
    )
    with pytest.raises(TableError, match="holds step1/ alone"):
        teaching_data.read(tmp_path, both=True)
    pictures(tmp_path / "step2", "2.png", "3.png")
    write(
        tmp_path / "step2" / "mine.csv",
        ["file", "label", "patient", "split"],
        ["2.png", "wart", "C", "train"],
        ["3.png", "wart", "B", "test"],
    )
    found = teaching_data.read(tmp_path, both=True)
    # B is somebody's test in the other folder; a label in step1/ teaches no diagnosis.
    assert [e.words for e in usable(found.examples, 1)] == [("red",)]
    assert [e.label for e in usable(found.examples, 2)] == ["wart"]
    assert found.dropped[teaching_data.TWO_SIDES] == 1
    captions(tmp_path, a="beside them")
    with pytest.raises(TableError, match="beside step1/"):
        teaching_data.read(tmp_path)


def test_skincon_has_48_concepts_and_joins_its_labels(tmp_path: Path) -> None:
    assert len(set(SKINCON)) == 48
    pictures(tmp_path / "images", "aa.jpg", "bb.jpg", "cc.jpg", "dd.jpg", "ff.jpg")

    def row(name: str, *said: str, no: int = 0, odd: str = "") -> list[object]:
        return [0, name, no, *("1" if c in said else odd or "0" for c in SKINCON)]

    write(
        tmp_path / "annotations_fitzpatrick17k.csv",
        ["", "ImageID", "Do not consider this image", *SKINCON],
        row("aa.jpg", "Scale", "Plaque"), row("bb.jpg"), row("cc.jpg", "Cyst", no=1), row("dd.jpg", odd="x"), row("ee.jpg", "Scale"),
    )  # fmt: skip
    write(
        tmp_path / "fitzpatrick17k.csv",
        ["md5hash", "label"],
        ["aa", "psoriasis"],
        ["ff", "scabies"],
        ["gg", "lupus"],
    )
    found = teaching_data.read(tmp_path)
    said = [(e.file.name, e.words, e.label) for e in found.examples]
    assert said == [("aa.jpg", ("Plaque", "Scale"), "psoriasis"), ("ff.jpg", (), "scabies")]
    assert found.dropped == {
        teaching_data.NO_LABEL: 1,
        teaching_data.MARKED: 1,
        teaching_data.BAD_CONCEPT: 1,
        teaching_data.NO_FILE: 2,
    }


def test_rows_of_labels_that_say_nothing_or_come_twice_are_counted(tmp_path: Path) -> None:
    pictures(tmp_path / "images", "aa.jpg", "bb.jpg", "cc.jpg", "dd.jpg")
    write(tmp_path / "skincon.csv", ["ImageID", *SKINCON], ["aa.jpg", *[1] * 48])
    write(
        tmp_path / "fitzpatrick17k.csv",
        ["md5hash", "label"],
        ["aa", "psoriasis"], ["aa", "psoriasis"], ["bb", ""], ["cc", ""], ["cc", "scabies"], ["dd", "lupus"], ["dd", "acne"],
        ["../x", "acne"], ["", "acne"], ["", "acne"],
    )  # fmt: skip
    found = teaching_data.read(tmp_path)
    said = [(e.file.stem, e.label) for e in found.examples]
    assert said == [("aa", "psoriasis"), ("cc", "scabies"), ("dd", "lupus")]
    # 1 row of concepts and 10 of labels; one of the labels joins the row of concepts.
    assert found.dropped == {teaching_data.TWICE: 3, teaching_data.NO_LABEL: 1, teaching_data.BAD_ROW: 3}
    assert len(found.examples) + found.dropped.total() == 1 + 10 - 1


def test_a_picture_that_its_authors_set_aside_is_not_taught_by_its_label_either(tmp_path: Path) -> None:
    pictures(tmp_path / "images", "aa.jpg", "bb.jpg")
    head = ["ImageID", "Do not consider this image", *SKINCON]
    write(tmp_path / "skincon.csv", head, ["aa.jpg", 1, *[0] * 48], ["bb.jpg", 0, *[1] * 48])
    write(tmp_path / "fitzpatrick17k.csv", ["md5hash", "label"], ["aa", "psoriasis"], ["bb", "scabies"])
    assert [e.file.stem for e in teaching_data.read(tmp_path).examples] == ["bb"]


def test_skincon_without_a_concept_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "skincon.csv", ["ImageID", *SKINCON[1:]], ["aa.jpg", *[0] * 47])
    with pytest.raises(TableError, match="lacks 1 concepts"):
        teaching_data.read(tmp_path)


def test_pad_ufes_20_gives_signs_and_what_is_measured_of_the_training_part_alone(tmp_path: Path) -> None:
    drawn.folder(tmp_path / "pad_ufes_20")
    (tmp_path / "pad_ufes_20" / "images" / "MEL_0.png").unlink()
    found = teaching_data.read(tmp_path)
    assert found.layout == "PAD-UFES-20"
    assert len(found.examples) == 17
    assert found.dropped[teaching_data.NO_FILE] == 1
    assert found.dropped[teaching_data.FOR_TESTS] == 6
    first = found.examples[0]
    assert (first.label, first.code, first.patient) == ("basal cell carcinoma", "BCC", "P0_0")
    assert "bleeding" in first.words
    assert len(first.words) >= 4


def test_a_plain_table_loses_who_is_on_both_sides(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{n}.png" for n in range(5)))
    write(
        tmp_path / "mine.csv", ["file", "label", "patient", "concepts", "split"],
        ["0.png", "eczema", "A", "red; scaly ;", "train"], ["1.png", "eczema", "B", "", "train"], ["2.png", "acne", "B", "", "val"],
        ["3.png", "acne", "", "", ""], ["4.png", "", "", "", "train"], ["../other.png", "acne", "", "", ""], ["9.png", "acne", "", "", ""],
    )  # fmt: skip
    found = teaching_data.read(tmp_path)
    assert [(e.file.name, e.words, e.label, e.patient) for e in found.examples] == [
        ("0.png", ("red", "scaly"), "eczema", "A"),
        ("3.png", (), "acne", None),
    ]
    assert found.dropped == {
        teaching_data.TWO_SIDES: 1,
        teaching_data.FOR_TESTS: 1,
        teaching_data.NO_LABEL: 1,
        teaching_data.BAD_ROW: 1,
        teaching_data.NO_FILE: 1,
    }


def test_a_folder_of_no_layout_and_one_of_nothing_usable_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="holds no table"):
        teaching_data.read(tmp_path)
    write(tmp_path / "a.csv", ["file", "label"], ["x.png", "acne"])
    with pytest.raises(TableError, match="no usable photograph"):
        teaching_data.read(tmp_path)


@given(
    st.sampled_from(sorted(PRESETS)), st.integers(0, 2**31 - 1), st.floats(1e-9, 0.9), st.text(), st.booleans(),
    st.sets(st.sampled_from(teach_config.PARTS), min_size=1),
)  # fmt: skip
def test_settings_come_back_from_toml(
    preset: str, seed: int, rate: float, start: str, amp: bool, parts: set[str]
) -> None:
    start = start.encode("utf-8", "ignore").decode()
    held = replace(
        default(PRESETS[preset]), seed=seed, rate=rate, start=start, amp=amp, parts=tuple(sorted(parts))
    )
    text = teach_config.to_toml(held)
    assert tomllib.loads(text)["seed"] == seed
    assert teach_config.from_toml(text, default(PRESETS["tiny"])) == held


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rate = 'fast'", "rate is 'fast'; expected a number"),
        ("speed = 1", "speed is no setting"),
        ("batch = 0", "batch is 0; expected 1 or more"),
        ("batch = true", "batch is True; expected an integer"),
        ("parts = ['head']", "expected some of tower"),
        ("rate = nan", "rate is nan"),
        ("held_out_share = 1.0", "below 1"),
        ("batch = ", "no TOML"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        teach_config.from_toml(text, default(PRESETS["compact"]))


def test_the_published_schedule_is_the_default() -> None:
    held = default(PRESETS["skingpt4-llama2-13b"])
    assert (held.steps, held.batch * held.accumulate, held.parts, held.prompt) == (
        100_000,
        64,
        ("projection",),
        "published",
    )
    rates = [teach_config.rate(held, step) for step in (0, 2500, 50_000, 100_000)]
    assert rates == pytest.approx([1e-6, 5.05e-5, 9e-5, 8e-5])
    for preset in PRESETS.values():
        assert isinstance(teach_config.checked(default(preset)), TeachConfig)
