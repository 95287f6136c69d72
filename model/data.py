"""Tables of photographs: PAD-UFES-20 (labels.csv beside images/, or metadata.csv as released) and any CSV with a `file` column.

The release (Mendeley Data, doi:10.17632/zr7vgbcyr2.1) is one metadata.csv with img_id and diagnostic, no split, and PNG files in
folders imgs_part_1 to 3; it is read as it lies, all of it as split train.

The columns sex, fitzpatrick and diameter_* of PAD-UFES-20 are empty only where no biopsy was taken and so give the
label away. No Photo holds them; skin_types reads one of them, for reports by skin type alone.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from model import pixels
from model.answers import SYMPTOMS, Answers, read_leniently

CODES = ("BCC", "SCC", "MEL", "ACK", "SEK", "NEV")
CANCERS = ("BCC", "SCC", "MEL")
ANSWER_COLUMNS = ("age", "site", "region", "skin_type", *SYMPTOMS)
AS_RELEASED = ("img_id", "diagnostic", "patient_id", "lesion_id")
MAX_PIXELS = 50_000_000


class TableError(ValueError):
    """A table that cannot be used; the message names the file, what it holds and what was expected."""


@dataclass(frozen=True)
class Photo:
    """One labelled photograph."""

    path: Path
    label: str
    patient_id: str
    lesion_id: str
    split: str
    answers: Answers


@dataclass(frozen=True)
class Query:
    """One row of a CSV to be examined: the file as written, where it lies, and the answers as written."""

    file: str
    path: Path
    raw: Mapping[str, object]


def rows(table: Path, required: Sequence[str]) -> list[dict[str, str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns = [(name or "").strip() for name in reader.fieldnames or []]
            rows = [
                {
                    name: (value or "").strip()
                    for name, value in zip(columns, row.values(), strict=False)
                    if name
                }
                for row in reader
                if any(isinstance(value, str) and value.strip() for value in row.values())
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TableError(f"{table} cannot be read ({reason}); expected a CSV file in UTF-8") from error
    absent = [name for name in required if name not in columns]
    if absent:
        raise TableError(
            f"{table} has the columns {', '.join(columns) or 'none'}; expected also {', '.join(absent)}"
        )
    return rows


def _pad_ufes_20(folder: Path, required: Sequence[str]) -> tuple[Path, list[dict[str, str]]]:
    """(the table of a folder or of pad_ufes_20/ in it, its rows in the columns of labels.csv).  Raises TableError."""
    tables = [p / n for p in (folder, folder / "pad_ufes_20") for n in ("labels.csv", "metadata.csv")]
    table = next((t for t in tables if t.is_file()), None)
    if table is None:
        raise TableError(
            f"{folder} holds no labels.csv; expected the folder of PAD-UFES-20 (labels.csv or metadata.csv, and images/)"
        )
    if table.name == "labels.csv":
        return table, rows(table, required)
    lie = {path.name: str(path.relative_to(table.parent)) for path in sorted(table.parent.rglob("*.png"))}
    return table, [
        row
        | {
            "file": lie.get(row["img_id"], f"images/{row['img_id']}"),
            "label": row["diagnostic"],
            "fitzpatrick": row.get("fitspatrick", ""),  # spelled so there
            "split": "train",
        }
        for row in rows(table, AS_RELEASED)
    ]


def photographs(folder: Path) -> list[Photo]:
    """Every labelled photograph of a data folder, in the order of its table.

    Raises TableError for a folder without a table or a label that is not one of CODES.
    """
    photos = []
    table, found = _pad_ufes_20(folder, ("file", "label", "patient_id", "split"))
    for row in found:
        if row["label"] not in CODES:
            raise TableError(
                f"{table}: label is {row['label']!r} for {row['file']}; expected one of {', '.join(CODES)}"
            )
        known, _ = read_leniently({key: row.get(key) for key in ANSWER_COLUMNS if key != "skin_type"})
        photos.append(
            Photo(
                path=table.parent / row["file"],
                label=row["label"],
                patient_id=row["patient_id"],
                lesion_id=row.get("lesion_id", ""),
                split=row["split"],
                answers=known,
            )
        )
    return photos


def skin_types(folder: Path) -> dict[Path, int]:
    """Fitzpatrick's type, 1 to 6, of each photograph of which it is recorded: to group a report by, never to learn from.

    Raises TableError as photographs.
    """
    table, found = _pad_ufes_20(folder, ("file",))
    known = {str(n): n for n in range(1, 7)} | {f"{n}.0": n for n in range(1, 7)}
    return {
        table.parent / row["file"]: known[row["fitzpatrick"]]
        for row in found
        if row.get("fitzpatrick", "") in known
    }


def queries(table: Path) -> list[Query]:
    """The rows of a CSV with a `file` column; a relative file is looked for beside the CSV."""
    wanted = []
    for row in rows(table, ("file",)):
        raw = {key: row.get(key) for key in ANSWER_COLUMNS}
        wanted.append(Query(file=row["file"], path=table.parent / row["file"], raw=raw))
    return wanted


def open_photo(path: Path) -> Image.Image:
    """The decoded photograph.  Raises ValueError naming the file where it is missing, broken or over 50 megapixels."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(
                    f"{path.name} has {image.width} x {image.height} pixels; expected at most 50 megapixels"
                )
            image.draft("RGB", (4 * pixels.SIDE_PX, 4 * pixels.SIDE_PX))
            image.load()
            return pixels.upright(image)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError, MemoryError) as error:
        reason = (
            "there is no such file"
            if isinstance(error, FileNotFoundError)
            else "it is not a readable picture"
        )
        raise ValueError(f"{path.name} cannot be opened: {reason}; expected JPEG, PNG or WebP") from error


def stack(photos: Sequence[Photo]) -> Tensor:
    """The photographs as the network's squares, in memory.  (N, 3, SIDE_PX, SIDE_PX) uint8."""
    return torch.stack([pixels.square(open_photo(photo.path)) for photo in photos])


def folds(photos: Sequence[Photo], count: int, seed: int) -> list[int]:
    """The fold (0 to count - 1) of each photograph.

    All photographs of a patient fall in one fold, and rare labels are spread evenly: patients are dealt out by the
    rarest label they have, in an order that depends on nothing but the seed and their id.
    """
    frequency = Counter(photo.label for photo in photos)
    rarest: dict[str, str] = {}
    for photo in photos:
        held = rarest.get(photo.patient_id)
        if held is None or frequency[photo.label] < frequency[held]:
            rarest[photo.patient_id] = photo.label
    size = Counter(photo.patient_id for photo in photos)

    def order(patient: str) -> tuple[int, str, int, str]:
        digest = hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest()
        return frequency[rarest[patient]], rarest[patient], -size[patient], digest

    per_label: Counter[tuple[int, str]] = Counter()
    total: Counter[int] = Counter()
    home: dict[str, int] = {}
    for patient in sorted(rarest, key=order):
        label = rarest[patient]
        fold = min(range(count), key=lambda f: (per_label[f, label], total[f], f))
        home[patient] = fold
        per_label[fold, label] += size[patient]
        total[fold] += size[patient]
    return [home[photo.patient_id] for photo in photos]
