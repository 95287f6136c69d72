"""The seam: photographs and answers in, an `Analysis` out. Reads no settings, no database; usable alone.

photograph -> square -> scope and networks (eight views each), Q-Former -> log probabilities -> joined with the answers ->
probabilities, urgency, whether to abstain -> with them, the photograph as soft tokens for the language model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from model import answers as answers_room
from model import bundle, fuse, pixels, scope
from model.analysis import Analysis, CatalogueEntry, Score
from model.look import as_bytes, head_probabilities, look, mixed, query
from model.network import Eyes
from model.vision import LesionNet

__all__ = ["Diagnoser"]

Raw = Mapping[str, str | float | bool | None]
Case = tuple[Sequence[Image.Image], Raw]

_RANK = ("now", "today", "week", "routine")


def _worst(first: str, second: str) -> str:
    return min(first, second, key=_RANK.index)


class Diagnoser:
    """A trained model, ready for service. Thread-safe as far as torch is; one engine thread is best."""

    def __init__(
        self, manifest: Mapping[str, Any], networks: Sequence[LesionNet], eyes: Eyes | None = None
    ) -> None:
        """eyes: Q-Former and head over the networks' grids, None where the model has none."""
        self.manifest = manifest
        self.codes: tuple[str, ...] = tuple(manifest["codes"])
        self._networks = list(networks)
        self._eyes = eyes
        self._head_share = float(manifest.get("head_share", 0.0)) if eyes is not None else 0.0
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
        networks = bundle.read_networks(folder, manifest)
        return cls(manifest, networks, bundle.read_eyes(folder, manifest, networks))

    def analyse(
        self, images: Sequence[Image.Image], answers: Raw, catalogue: Mapping[str, CatalogueEntry]
    ) -> Analysis:
        """What the model says of one case. images: one or more photographs of it. Raises ValueError for none."""
        return self.analyse_batch([(images, answers)], catalogue)[0]

    def analyse_batch(self, cases: Sequence[Case], catalogue: Mapping[str, CatalogueEntry]) -> list[Analysis]:
        """What the model says of each case: to the last bit what it says of it alone (model/look.py)."""
        counts = [len(images) for images, _ in cases]
        if not cases or min(counts) == 0:
            raise ValueError(f"cases have {counts} photographs; expected one or more each")
        return [
            self._case([pixels.square(image) for image in images], raw, catalogue) for images, raw in cases
        ]

    @torch.no_grad()
    def soft_tokens(self, images: Sequence[Image.Image]) -> bytes:
        """The first photograph as soft tokens without a word of the numbers, b"" where the model has none (Analysis.soft)."""
        if self._eyes is None:
            return b""
        found = query(self._eyes, look(self._networks, pixels.square(images[0])))[:1]
        return as_bytes(self._eyes.soft_tokens(found)[0])

    @torch.no_grad()
    def _case(self, squares: Sequence[Tensor], raw: Raw, catalogue: Mapping[str, CatalogueEntry]) -> Analysis:
        known, _notes = answers_room.read_leniently(dict(raw))
        familiar = torch.cat([self.scope.score(square[None]) for square in squares])
        looks = [look(self._networks, square) for square in squares]
        if self._eyes is None:
            return self._one(torch.stack([one.p for one in looks]), familiar, known, catalogue)[0]
        queries = [query(self._eyes, one) for one in looks]
        p = [
            mixed(one.p, head_probabilities(self._eyes, found), self._head_share)
            for one, found in zip(looks, queries, strict=True)
        ]
        analysis, told = self._one(torch.stack(p), familiar, known, catalogue)
        # The photograph of the case that is most like what the model learned from is the one that is described.
        chosen = queries[int(familiar.argmax())][:1]
        return replace(analysis, soft=as_bytes(self._eyes.soft_tokens(chosen, told[None])[0]))

    def _one(
        self,
        photos: Tensor,
        familiar: Tensor,
        known: answers_room.Answers,
        catalogue: Mapping[str, CatalogueEntry],
    ) -> tuple[Analysis, Tensor]:
        """photos: (N, C) probabilities of each photograph.  Returns the analysis and the case's probabilities, (C,)."""
        # Photographs that are unlike the training data say nothing where others of the case are like them.
        log_p = photos.clamp(min=1e-6).log()
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
        analysis = Analysis(
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
        return analysis, p
