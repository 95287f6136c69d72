"""What patients of PAD-UFES-20 answered: rows of its labels.csv, without the columns that leak the label."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Row", "row_of", "rows"]

_SITES = {
    **{"FACE": "face", "NOSE": "nose", "LIP": "lip", "EAR": "ear", "NECK": "head_neck", "SCALP": "head_neck"},
    **{"CHEST": "trunk", "ABDOMEN": "trunk", "BACK": "back", "ARM": "arm", "FOREARM": "forearm"},
    **{"HAND": "hand", "THIGH": "leg_foot", "FOOT": "leg_foot"},
}
_SAID = {"True": "yes", "False": "no", "UNK": "unknown"}


@dataclass(frozen=True, slots=True)
class Row:
    """One lesion: its label, the age in years, the site as the chat asks it, and yes / no / unknown by question."""

    label: str
    age: int
    site: str
    answers: dict[str, str]


def rows(folder: Path) -> tuple[Row, ...]:
    """The lesions of `folder`/pad_ufes_20/labels.csv. Raises OSError where there is none."""
    with (folder / "pad_ufes_20" / "labels.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row_of(row) for row in csv.DictReader(file))


def row_of(row: Mapping[str, str]) -> Row:
    """One row of the table. An age that is not told is taken for 60, a place that is not one of the list for the trunk."""
    return Row(
        row["label"],
        int(float(row["age"] or 60)),
        _SITES.get(row["region"], "trunk"),
        {q: _SAID[row[q]] for q in ("itch", "grew", "hurt", "changed", "bleed", "elevation")},
    )
