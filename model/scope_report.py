"""How often the scope check refuses what it should and what it should not, with Wilson's intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model import data, pixels, scope

__all__ = ["Refused", "figures", "judge", "lines", "pictures", "wilson"]

KINDS = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Refused:
    """How many of `count` pictures are out of scope: made equal first (as served), and whole with their borders."""

    name: str
    count: int
    equal: int
    whole: int


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share.  Source: Wilson 1927, doi:10.1080/01621459.1927.10502953."""
    if count == 0:
        return 0.0, 1.0
    share, room = hits / count, z * z / count
    middle = (share + room / 2) / (1 + room)
    half = z / (1 + room) * math.sqrt(share * (1 - share) / count + room / count / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def pictures(folder: Path) -> list[Path]:
    """Every picture below a folder, by name.  Raises data.TableError where there is none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
    if not found:
        raise data.TableError(f"{folder} holds no picture; expected some of {', '.join(KINDS)}")
    return found


def judge(name: str, held: scope.Scope, paths: Sequence[Path]) -> Refused:
    """What the check says of pictures.  Raises ValueError for one that cannot be opened."""
    equal, whole = 0, 0
    for start in range(0, len(paths), 16):
        squares: Tensor = torch.stack([pixels.square(data.open_photo(p)) for p in paths[start : start + 16]])
        equal += int((held.score(squares) < 0.5).sum())
        views = torch.stack([scope.equal(square, 1.0) for square in squares])
        whole += int((held.margin(scope.features(views)) < 0).sum())
    return Refused(name, len(paths), equal, whole)


def _cell(hits: int, count: int) -> str:
    low, high = wilson(hits, count)
    return f"{hits} ({hits / count:.3f}, {low:.3f} to {high:.3f})"


def lines(found: Sequence[Refused]) -> list[str]:
    """A section of report.md."""
    out = [
        "## Scope",
        "",
        "Pictures that the check finds out of scope: made equal in size, JPEG quality and borders first, as the model is "
        "served, and whole. 95 % intervals by Wilson.",
        "",
        "| pictures | number | refused, made equal | refused, whole |",
        "| --- | --- | --- | --- |",
    ]
    out += [
        f"| {r.name} | {r.count} | {_cell(r.equal, r.count)} | {_cell(r.whole, r.count)} |" for r in found
    ]
    return [*out, ""]


def figures(found: Sequence[Refused]) -> list[Mapping[str, Any]]:
    """The same for report.json."""
    return [
        {
            "name": r.name,
            "pictures": r.count,
            **{
                way: {"refused": hits, "value": hits / r.count, "interval": wilson(hits, r.count)}
                for way, hits in (("equal", r.equal), ("whole", r.whole))
            },
        }
        for r in found
    ]
