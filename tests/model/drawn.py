"""Photographs that this program draws: spots on skin of many tones. They prove wiring, never accuracy."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

CODES = ("BCC", "SCC", "MEL", "ACK", "SEK", "NEV")
SPOT = ((200, 90, 90), (170, 60, 60), (30, 20, 25), (210, 140, 120), (120, 85, 50), (90, 55, 40))
COLUMNS = "file label patient_id lesion_id sex fitzpatrick diameter_1 age region itch grew hurt changed bleed elevation split"


def spot(kind: int, seed: int, width_px: int = 256, height_px: int = 256) -> Image.Image:
    """A spot of one of six colours in the middle of drawn skin."""
    rng = np.random.default_rng(seed)
    tone = np.array([230, 185, 160]) * rng.uniform(0.45, 1.0)
    picture = np.ones((height_px, width_px, 3)) * tone + rng.normal(0, 4, (height_px, width_px, 1))
    y, x = np.mgrid[0:height_px, 0:width_px]
    radius = min(width_px, height_px) * rng.uniform(0.14, 0.24)
    inside = np.hypot(y - height_px / 2, (x - width_px / 2) * rng.uniform(0.8, 1.2)) < radius
    picture[inside] = np.array(SPOT[kind]) + rng.normal(0, 12, (int(inside.sum()), 3))
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def folder(where: Path, a_condition: int = 4) -> Path:
    """A data folder in the layout of PAD-UFES-20 with `a_condition` patients a condition, every fourth in val."""
    (where / "images").mkdir(parents=True)
    with (where / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS.split())
        writer.writeheader()
        for kind, code in enumerate(CODES):
            for n in range(a_condition):
                name = f"images/{code}_{n}.png"
                spot(kind, 100 * kind + n).save(where / name)
                writer.writerow(
                    {
                        "file": name,
                        "label": code,
                        "patient_id": f"P{kind}_{n}",
                        "lesion_id": n,
                        "age": 30 + 5 * kind + n,
                        "region": ("FACE", "BACK", "ARM")[n % 3],
                        "itch": ("True", "False", "UNK")[n % 3],
                        "grew": ("False", "True")[n % 2],
                        "hurt": "False",
                        "changed": "True" if code == "MEL" else "False",
                        "bleed": "True" if code in ("BCC", "SCC") else "False",
                        "elevation": ("True", "UNK")[n % 2],
                        "split": "val" if n % 4 == 3 else "train",
                    }
                )
    return where
