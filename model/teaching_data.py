"""What a SkinGPT is taught from: photographs with concepts, diagnoses or captions, read from four layouts.

Nothing is dropped silently: each reader counts what it left out, by reason (Read.dropped).  A folder may hold one of the layouts,
or two of them in step1/ and step2/, each for the step that it is named after.

- `captions`: the original's own, filter_cap.json beside image/ (skingpt4.md section 2, "Annotation format"); captions are raw.
  One such folder is of one step, as published: skin_concept of step 1, skin_align of step 2.
- `skincon`: SKINCON's table of concepts and Fitzpatrick17k's table of labels beside a folder of pictures named md5hash.jpg.
- `pad_ufes_20`: labels.csv beside images/, or metadata.csv as its authors released it (model/data.py); signs that were recorded,
  and colour and border measured from pixels.
- `table`: any CSV with file and label, and, if they are there, patient, concepts (separated by ;) and split.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from model import concepts, data, pixels
from model.data import TableError
from model.notes import concept_words

__all__ = ["PAD_NAMES", "SKINCON", "Example", "Read", "read"]

SKINCON = (
    "Vesicle", "Papule", "Macule", "Plaque", "Abscess", "Pustule", "Bulla", "Patch", "Nodule", "Ulcer", "Crust", "Erosion",
    "Excoriation", "Atrophy", "Exudate", "Purpura/Petechiae", "Fissure", "Induration", "Xerosis", "Telangiectasia", "Scale",
    "Scar", "Friable", "Sclerosis", "Pedunculated", "Exophytic/Fungating", "Warty/Papillomatous", "Dome-shaped", "Flat topped",
    "Brown(Hyperpigmentation)", "Translucent", "White(Hypopigmentation)", "Purple", "Yellow", "Black", "Erythema", "Comedo",
    "Lichenification", "Blue", "Umbilicated", "Poikiloderma", "Salmon", "Wheal", "Acuminate", "Burrow", "Gray", "Pigmented",
    "Cyst",
)  # fmt: skip
"""The 48 concepts of SKINCON (Daneshjou et al. 2022; counts in skingpt4.md section 2), as its columns are headed."""

NO_FILE = "there is no such picture"
UNREADABLE = "the picture cannot be read"
NO_LABEL = "it has neither concepts nor a label nor a caption"
TWO_SIDES = "the same patient on both sides of the split"
FOR_TESTS = "of the part that is kept for tests"
TWICE = "the same picture twice"
BAD_ROW = "the row cannot be used"
BAD_CONCEPT = "a concept is neither 0 nor 1"
MARKED = "marked by its authors as not to be used"

CAPTIONS = "filter_cap.json"
STEP_FOLDERS = {1: "step1", 2: "step2"}
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_TRAIN = ("", "train", "training")
PAD_NAMES = {
    "BCC": "basal cell carcinoma", "SCC": "squamous cell carcinoma", "MEL": "melanoma", "ACK": "actinic keratosis",
    "SEK": "seborrheic keratosis", "NEV": "melanocytic nevus",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One photograph and what is known of it.

    words: its concepts as they are said.  label: its condition as it is said.  code: the catalogue's code of the condition.
    caption: taught as it stands, in place of words and label.  patient None: not recorded.  split: as recorded, or "".
    step: the only one that it teaches; None: whichever its words, label or caption serve.
    """

    file: Path
    words: tuple[str, ...] = ()
    label: str | None = None
    code: str | None = None
    caption: str | None = None
    patient: str | None = None
    split: str = ""
    step: int | None = None


@dataclass
class Read:
    """Examples in the order of their table; layout: whose it was; dropped: reason -> how many."""

    layout: str
    examples: list[Example] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def sentence(self) -> str:
        """What came of it, for a person at a terminal."""
        said = f"{len(self.examples)} photographs ({self.layout})"
        if self.dropped:
            said += "; dropped " + ", ".join(f"{n}: {reason}" for reason, n in sorted(self.dropped.items()))
        return said


def read(
    folder: Path, tell: Callable[[int, int], None] = lambda done, total: None, *, both: bool = False
) -> Read:
    """The usable examples of a folder in any of the layouts, those of the training part alone.

    With step1/ and step2/ in it, or one of them, each is a folder of any layout, for that step.  tell(rows done, rows in all).
    both: both steps are to be taught.  Raises TableError where the folder is of no layout or serves one step alone, a table lacks
    a column, or nothing is left.
    """
    parts = [(n, folder / name) for n, name in STEP_FOLDERS.items() if (folder / name).is_dir()]
    if both and (len(parts) == 1 or (not parts and (folder / CAPTIONS).is_file())):
        held = f"{parts[0][1].name}/ alone" if parts else f"one {CAPTIONS}, and its captions are of one step"
        raise TableError(
            f"{folder} holds {held}; expected for both steps step1/ and step2/ in it, each with its own {CAPTIONS} and image/ "
            "(published: skin_concept and skin_align), or --step 1 or 2"
        )
    if not parts:
        found = _one_side(_usable(*_read(folder), tell))
    else:
        if _layout(folder) is not None:
            raise TableError(
                f"{folder} holds a table of photographs beside {parts[0][1].name}/; expected the one or the other"
            )
        found = Read("")
        for step, place in parts:
            part = _usable(*_read(place), tell)
            found.layout += f"{'; ' if found.layout else ''}step {step}: {part.layout}"
            found.examples += [replace(example, step=step) for example in part.examples]
            found.dropped += part.dropped
        # Together: who is kept for tests by the one folder is not taught by the other.
        found = _one_side(found)
    if not found.examples:
        raise TableError(f"{folder} gave no usable photograph: {found.sentence()}; expected at least one")
    return found


def _layout(folder: Path) -> tuple[str, Callable[[Path], Read], Path] | None:
    """(layout, its reader, where its table lies), None where the folder is of none."""
    held = (
        (layout, reader, place)
        for layout, needed, reader in _LAYOUTS
        for place in (folder, folder / "pad_ufes_20")
        if needed(place)
    )
    return next(held, None)


def _read(folder: Path) -> tuple[Read, str]:
    """(all rows of a folder, its layout).  Raises TableError."""
    known = _layout(folder)
    if known is None:
        raise TableError(
            f"{folder} holds no table of photographs; expected filter_cap.json with image/, SKINCON's and Fitzpatrick17k's "
            "CSV with images/, PAD-UFES-20's labels.csv or metadata.csv with images/, a CSV with the columns file and label, or "
            "step1/ and step2/ with one of these each"
        )
    layout, reader, where = known
    return reader(where), layout


def captions(folder: Path) -> Read:
    """The original's layout.  Raises TableError."""
    table = folder / CAPTIONS
    try:
        held = json.loads(table.read_text(encoding="utf-8"))
        rows = held["annotations"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise TableError(
            f"{table} cannot be read ({type(error).__name__}); expected an object with a list of annotations"
        ) from error
    if not isinstance(rows, list):
        raise TableError(f"{table}: annotations is {type(rows).__name__}; expected a list")
    out = Read("captions")
    for row in rows:
        name, caption = (row.get("image_id"), row.get("caption")) if isinstance(row, dict) else (None, None)
        named = isinstance(name, str | int) and _plain(str(name))
        if not named or not isinstance(caption, str) or not caption.strip():
            out.dropped[BAD_ROW] += 1
        else:
            out.examples.append(Example(folder / "image" / f"{name}.jpg", caption=caption))
    return out


def skincon(folder: Path) -> Read:
    """SKINCON's 48 concepts, with Fitzpatrick17k's label where its table has the picture.  Raises TableError."""
    table = _skincon_table(folder)
    assert table is not None
    names = {_key(name): name for name in SKINCON}
    rows = data.rows(table, ("ImageID",))
    columns = {column: names[_key(column)] for column in rows[0] if _key(column) in names} if rows else {}
    if rows and len(columns) != len(SKINCON):
        absent = sorted(set(SKINCON) - set(columns.values()))
        raise TableError(
            f"{table} lacks {len(absent)} concepts ({', '.join(absent[:3])} ...); expected all 48"
        )
    out = Read("SKINCON and Fitzpatrick17k")
    labels: dict[str, str] = {}
    other = folder / "fitzpatrick17k.csv"
    for row in data.rows(other, ("md5hash", "label")) if other.is_file() else ():
        key = row["md5hash"]
        if not _plain(key):
            out.dropped[BAD_ROW] += 1
        elif key in labels:
            out.dropped[TWICE] += 1
            labels[key] = labels[key] or row["label"]
        else:
            labels[key] = row["label"]
    for row in rows:
        values = {name: _flag(row[column]) for column, name in columns.items()}
        key = Path(row["ImageID"]).stem
        if not _plain(row["ImageID"]):
            out.dropped[BAD_ROW] += 1
        elif _flag(row.get("Do not consider this image", "")):
            out.dropped[MARKED] += 1
        elif None in values.values():
            out.dropped[BAD_CONCEPT] += 1
        else:
            said = tuple(name for name in SKINCON if values[name])
            out.examples.append(Example(_picture(folder, row["ImageID"]), said, labels.get(key) or None))
    # Also those that were dropped: set aside by its authors, a picture is not taught by its label either.
    seen = {Path(row["ImageID"]).stem for row in rows}
    # The other pictures of Fitzpatrick17k teach step 2 alone.
    for key, label in labels.items():
        # Without a label it is left out, and counted, with all that say nothing (_usable).
        if key not in seen:
            out.examples.append(Example(_picture(folder, key), (), label or None))
    return out


def pad_ufes_20(folder: Path) -> Read:
    """PAD-UFES-20; concepts are the recorded signs and what model/concepts.py measures.  Raises TableError."""
    out = Read("PAD-UFES-20")
    for photo in data.photographs(folder):
        signs = photo.answers.symptoms
        known = concepts.concepts(None, signs.get("elevation"), signs.get("bleed"))
        out.examples.append(
            Example(
                photo.path,
                tuple(concept_words(known)),
                PAD_NAMES[photo.label],
                photo.label,
                None,
                photo.patient_id,
                photo.split,
            )
        )
    return out


def table(folder: Path) -> Read:
    """Any CSV with file and label.  Raises TableError."""
    path = _plain_table(folder)
    assert path is not None
    out = Read("table")
    for row in data.rows(path, ("file", "label")):
        words = tuple(word.strip() for word in row.get("concepts", "").split(";") if word.strip())
        file = folder / row["file"]
        if not row["file"] or not file.resolve().is_relative_to(folder.resolve()):
            out.dropped[BAD_ROW] += 1
            continue
        split = row.get("split", "").lower()
        out.examples.append(
            Example(file, words, row["label"] or None, None, None, row.get("patient") or None, split)
        )
    return out


def measured(example: Example) -> Example:
    """A PAD-UFES-20 example with what its pixels show put before its recorded signs.  Raises ValueError as open_photo."""
    found = concepts.measure(pixels.square(data.open_photo(example.file)).numpy())
    return replace(example, words=(*concept_words(concepts.concepts(found, None, None)), *example.words))


def _usable(found: Read, layout: str, tell: Callable[[int, int], None]) -> Read:
    """Without what says nothing, comes twice, or cannot be opened; PAD-UFES-20's measured."""
    out = Read(layout, [], Counter(found.dropped))
    seen: set[tuple[Path, str | None]] = set()
    for n, example in enumerate(found.examples):
        tell(n + 1, len(found.examples))
        key = (example.file, example.caption)
        if not (example.words or example.label or example.caption):
            out.dropped[NO_LABEL] += 1
        elif key in seen:
            out.dropped[TWICE] += 1
        elif not example.file.is_file():
            out.dropped[NO_FILE] += 1
        else:
            seen.add(key)
            try:
                if layout == "PAD-UFES-20":
                    example = measured(example)
                else:
                    data.open_photo(example.file)
            except ValueError:
                out.dropped[UNREADABLE] += 1
                continue
            out.examples.append(example)
    return out


def _one_side(found: Read) -> Read:
    """The training part, without patients who are outside it too; the rest is somebody's test."""
    outside = {e.patient for e in found.examples if e.split not in _TRAIN and e.patient is not None}
    out = Read(found.layout, [], Counter(found.dropped))
    for example in found.examples:
        if example.split not in _TRAIN:
            out.dropped[FOR_TESTS] += 1
        elif example.patient in outside:
            out.dropped[TWO_SIDES] += 1
        else:
            out.examples.append(example)
    return out


def _skincon_table(folder: Path) -> Path | None:
    return next(
        (folder / n for n in ("annotations_fitzpatrick17k.csv", "skincon.csv") if (folder / n).is_file()),
        None,
    )


def _plain_table(folder: Path) -> Path | None:
    if (folder / "labels.csv").is_file():
        return folder / "labels.csv"
    held = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    return held[0] if len(held) == 1 else None


def _is_pad(folder: Path) -> bool:
    if (folder / "labels.csv").is_file():
        return {"file", "label", "patient_id", "split"} <= _columns(folder / "labels.csv")
    return set(data.AS_RELEASED) <= _columns(folder / "metadata.csv")


def _columns(path: Path) -> set[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return {name.strip().strip('"') for name in stream.readline().split(",")}
    except (OSError, UnicodeDecodeError):
        return set()


def _is_plain(folder: Path) -> bool:
    path = _plain_table(folder)
    return path is not None and {"file", "label"} <= _columns(path)


def _picture(folder: Path, name: str) -> Path:
    """The picture of a name with or without its ending, in images/ or the folder itself; where it would lie if it is nowhere."""
    stem = name if Path(name).suffix.lower() not in _PICTURES else name[: -len(Path(name).suffix)]
    tried: Iterable[Path] = (
        place / f"{stem}{ending}" for place in (folder / "images", folder) for ending in _PICTURES
    )
    return next((path for path in tried if path.is_file()), folder / "images" / f"{stem}.jpg")


def _plain(name: str) -> bool:
    """Whether it is the name of a file, and leads nowhere else."""
    return bool(name) and Path(name).name == name and name not in (".", "..")


def _flag(value: str) -> bool | None:
    known: Mapping[str, bool] = {"1": True, "1.0": True, "0": False, "0.0": False, "": False}
    return known.get(value.strip())


def _key(name: str) -> str:
    """A concept's name without case, blanks and hyphens: tables differ in them."""
    return "".join(c for c in name.lower() if c.isalnum())


_LAYOUTS: tuple[tuple[str, Callable[[Path], bool], Callable[[Path], Read]], ...] = (
    ("captions", lambda folder: (folder / CAPTIONS).is_file(), captions),
    ("SKINCON and Fitzpatrick17k", lambda folder: _skincon_table(folder) is not None, skincon),
    ("PAD-UFES-20", _is_pad, pad_ufes_20),
    ("table", _is_plain, table),
)
