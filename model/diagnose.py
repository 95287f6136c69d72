"""The seam: photographs and answers in, an `Analysis` out. Reads no settings, no database; usable alone.

photograph -> square -> scope and networks (eight views each) -> log probabilities -> joined with the answers ->
probabilities, urgency, whether to abstain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from model import answers as answers_room
from model import bundle, fuse, pixels, scope
from model.analysis import Analysis, CatalogueEntry, Score
from model.vision import LesionNet

__all__ = ["Diagnoser", "view_probabilities"]

Raw = Mapping[str, str | float | bool | None]
Case = tuple[Sequence[Image.Image], Raw]

_RANK = ("now", "today", "week", "routine")
VIEW_SIDES = (224, 256)
BATCH = 32


@torch.inference_mode()
def view_probabilities(net: LesionNet, squares: Tensor) -> Tensor:
    """Mean over eight views (two scales, four flips) of the network's probabilities.

    squares: (B, 3, 256, 256) uint8.  Returns (B, C) float32.
    """
    parts = []
    for batch in squares.split(BATCH):
        total = torch.zeros(len(batch), net.classifier.out_features)
        for side in VIEW_SIDES:
            x = batch.float()
            if side != pixels.SIDE_PX:
                x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
            for view in (x, x.flip(3), x.flip(2), x.flip(2, 3)):
                total += net(pixels.scaled(view)).softmax(dim=1)
        parts.append(total / (4 * len(VIEW_SIDES)))
    return torch.cat(parts)


def _worst(first: str, second: str) -> str:
    return min(first, second, key=_RANK.index)


class Diagnoser:
    """A trained model, ready for service. Thread-safe as far as torch is; one engine thread is best."""

    def __init__(self, manifest: Mapping[str, Any], networks: Sequence[LesionNet]) -> None:
        self.manifest = manifest
        self.codes: tuple[str, ...] = tuple(manifest["codes"])
        self._networks = list(networks)
        guarded = [self.codes.index(code) for code in manifest["guarded"]]
        self._fusion = fuse.from_json(manifest["fusion"], guarded)
        self.scope = scope.from_json(manifest["scope"])
        self._cancers = [i for i, code in enumerate(self.codes) if code in manifest["cancers"]]
        self._unsure_below = float(manifest["unsure_below"])
        self._cancer_above = float(manifest["cancer_above"])
        self.name = f"{manifest['name']} {manifest['version']} ({manifest['weights_sha256'][:12]})"

    @classmethod
    def load(cls, folder: Path | None = None) -> Diagnoser:
        """The model of a folder, or the one that is shipped. Raises bundle.BundleError."""
        folder = folder or bundle.SHIPPED
        manifest = bundle.read_manifest(folder)
        return cls(manifest, bundle.read_networks(folder, manifest))

    def analyse(
        self, images: Sequence[Image.Image], answers: Raw, catalogue: Mapping[str, CatalogueEntry]
    ) -> Analysis:
        """What the model says of one case. images: one or more photographs of it. Raises ValueError for none."""
        return self.analyse_batch([(images, answers)], catalogue)[0]

    def analyse_batch(self, cases: Sequence[Case], catalogue: Mapping[str, CatalogueEntry]) -> list[Analysis]:
        """What the model says of each case, one pass of the networks for all photographs."""
        counts = [len(images) for images, _ in cases]
        if not cases or min(counts) == 0:
            raise ValueError(f"cases have {counts} photographs; expected one or more each")
        squares = torch.stack([pixels.square(image) for images, _ in cases for image in images])
        familiar = self.scope.score(squares)
        log_p = (
            torch.stack([view_probabilities(net, squares) for net in self._networks])
            .mean(0)
            .clamp(min=1e-6)
            .log()
        )
        found = []
        start = 0
        for (_, raw), count in zip(cases, counts, strict=True):
            known, _notes = answers_room.read_leniently(dict(raw))
            rows = slice(start, start + count)
            found.append(self._one(log_p[rows], familiar[rows], known, catalogue))
            start += count
        return found

    def _one(
        self,
        log_p: Tensor,
        familiar: Tensor,
        known: answers_room.Answers,
        catalogue: Mapping[str, CatalogueEntry],
    ) -> Analysis:
        # Photographs that are unlike the training data say nothing where others of the case are like them.
        inside = familiar >= 0.5
        chosen = log_p[inside] if bool(inside.any()) else log_p
        photo = chosen.mean(dim=0, keepdim=True).log_softmax(dim=1)
        p = self._fusion.probabilities(photo, [known])[0]
        p = p / p.sum()
        cancer = float(p[self._cancers].sum())
        top = int(p.argmax())
        in_scope = bool(inside.any())
        reason = "out_of_scope" if not in_scope else "unsure" if float(p[top]) < self._unsure_below else ""
        urgency = "routine"
        if reason or cancer >= self._cancer_above:
            # Unsure is not safe: somebody looks within a week, as for a suspicion of cancer (clinical.md 2.13).
            urgency = "week"
        entry = catalogue.get(self.codes[top])
        urgency = _worst(urgency, entry.urgency if entry is not None else "week")
        return Analysis(
            in_scope=in_scope,
            scope_score=round(float(familiar.max()), 4),
            conditions=tuple(Score(code, float(v)) for code, v in zip(self.codes, p, strict=True)),
            cancer_probability=cancer,
            urgency=urgency,
            abstained=bool(reason),
            reason=reason,
            unproven_skin_type=known.skin_type == "5_6",
            model=self.name,
        )
