"""The seam: photographs and answers in, an `Analysis` out. Reads no settings, no database; usable alone.

photograph -> square -> scope and networks (eight views each), Q-Former -> log probabilities -> joined with the answers ->
probabilities, urgency, whether to abstain -> with them, the photograph as soft tokens for the language model. Or, from the
same log probabilities: the questions that matter (model/ask.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from model import ask, bundle, fuse, pixels, scope
from model.analysis import Analysis, CatalogueEntry, Judge, Node
from model.answers import SYMPTOMS, Answers, read_leniently
from model.decide import Limits, Seen
from model.look import as_bytes, head_probabilities, look, mixed, query
from model.network import Eyes
from model.vision import LesionNet

__all__ = ["Diagnoser"]

Raw = Mapping[str, str | float | bool | None]
Case = tuple[Sequence[Image.Image], Raw]


@dataclass(frozen=True)
class _Looked:
    """What the photographs of a case say together, whatever is told beside them."""

    photo: Tensor
    """(1, C) log probabilities"""
    familiar: float
    """0 to 1, of the photograph that is most like what the model learned from"""
    inside: bool
    """whether any is"""
    described: Tensor | None
    """(1, Q, H), what the queries find in that photograph; None where the model has none"""


@dataclass(frozen=True)
class _Read:
    """The photographs of a case, and what was told beside them."""

    photo: Tensor
    """(1, C) log probabilities"""
    seen: Seen
    known: Answers


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
        self.name = f"{manifest['name']} {manifest['version']} ({manifest['weights_sha256'][:12]})"
        self._limits = Limits(
            self.codes,
            frozenset(manifest["cancers"]),
            float(manifest["unsure_below"]),
            float(manifest["cancer_above"]),
            self.name,
        )
        self._rates = ask.rates_from_json(manifest.get("answer_rates"), len(self.codes))

    @classmethod
    def load(cls, folder: Path | None = None, device: torch.device | None = None) -> Diagnoser:
        """The model of a folder, or the one that is shipped; a CPU by default. Raises bundle.BundleError.

        The networks are on the device; what is judged, and how (scope, fusion, decision), is small and stays on the CPU.
        """
        folder = folder or bundle.SHIPPED
        manifest = bundle.read_manifest(folder)
        networks = bundle.read_networks(folder, manifest)
        eyes = bundle.read_eyes(folder, manifest, networks)
        if device is not None:
            networks, eyes = [net.to(device) for net in networks], eyes.to(device) if eyes else None
        return cls(manifest, networks, eyes)

    def analyse(
        self, images: Sequence[Image.Image], answers: Raw, catalogue: Mapping[str, CatalogueEntry]
    ) -> Analysis:
        """What the model says of one case. images: one or more photographs of it. Raises ValueError for none."""
        return self.analyse_batch([(images, answers)], catalogue)[0]

    def analyse_each(
        self, images: Sequence[Image.Image], answers: Sequence[Raw], catalogue: Mapping[str, CatalogueEntry]
    ) -> list[Analysis]:
        """What the model says of one case with each of several sets of answers; its photographs are looked at once.

        Raises ValueError for no photograph.
        """
        if not images:
            raise ValueError("a case has no photograph; expected one or more")
        return self._case([pixels.square(image) for image in images], answers, catalogue)

    def analyse_batch(self, cases: Sequence[Case], catalogue: Mapping[str, CatalogueEntry]) -> list[Analysis]:
        """What the model says of each case: to the last bit what it says of it alone (model/look.py)."""
        counts = [len(images) for images, _ in cases]
        if not cases or min(counts) == 0:
            raise ValueError(f"cases have {counts} photographs; expected one or more each")
        return [self.analyse_each(images, [raw], catalogue)[0] for images, raw in cases]

    @torch.no_grad()
    def plans(
        self, cases: Sequence[Case], catalogue: Mapping[str, CatalogueEntry], judges: Sequence[Judge]
    ) -> list[Node | None]:
        """The questions worth asking of each case, None where there are none.  judges: one a case.

        A symptom that has any answer, don't know included, was asked: it is not asked again, and counts among the most that a
        case takes.  Raises ValueError where a case has no photograph.
        """
        found = []
        for (images, raw), judge in zip(cases, judges, strict=True):
            if not images:
                raise ValueError("a case has no photograph; expected one or more")
            read = _read(self._look([pixels.square(image) for image in images]), raw)
            found.append(self._plan(read, raw, catalogue, judge))
        return found

    def _plan(
        self, read: _Read, raw: Raw, catalogue: Mapping[str, CatalogueEntry], judge: Judge
    ) -> Node | None:
        asked = [name for name in SYMPTOMS if raw.get(name) is not None]
        left = ask.MOST - len(asked)
        if left <= 0:
            return None
        cost = ask.costs(self.codes, self._limits.cancers)
        tree = ask.AnswerTree(self._fusion, read.photo, read.known, self._rates, cost, asked, left)
        return ask.plan(tree, lambda p, said: judge(self._limits.analysis(p, read.seen, catalogue), said))

    @torch.no_grad()
    def soft_tokens(self, images: Sequence[Image.Image]) -> bytes:
        """The first photograph as soft tokens without a word of the numbers, b"" where the model has none (Analysis.soft)."""
        if self._eyes is None:
            return b""
        found = query(self._eyes, look(self._networks, pixels.square(images[0])))[:1]
        return as_bytes(self._eyes.soft_tokens(found)[0])

    @torch.no_grad()
    def _case(
        self, squares: Sequence[Tensor], answers: Sequence[Raw], catalogue: Mapping[str, CatalogueEntry]
    ) -> list[Analysis]:
        looked = self._look(squares)
        return [self._told(looked, _read(looked, raw), catalogue) for raw in answers]

    def _told(self, looked: _Looked, read: _Read, catalogue: Mapping[str, CatalogueEntry]) -> Analysis:
        p = self._fusion.probabilities(read.photo, [read.known])[0]
        p = p / p.sum()
        analysis = self._limits.analysis(p, read.seen, catalogue)
        if self._eyes is None or looked.described is None:
            return analysis
        soft = self._eyes.soft_tokens(looked.described, p[None].to(looked.described))[0]
        return replace(analysis, soft=as_bytes(soft))

    def _look(self, squares: Sequence[Tensor]) -> _Looked:
        familiar = torch.cat([self.scope.score(square[None]) for square in squares])
        looks = [look(self._networks, square) for square in squares]
        p, described = [one.p for one in looks], None
        if self._eyes is not None:
            queries = [query(self._eyes, one) for one in looks]
            p = [
                mixed(one, head_probabilities(self._eyes, found), self._head_share)
                for one, found in zip(p, queries, strict=True)
            ]
            # The photograph of the case that is most like what the model learned from is the one that is described.
            described = queries[int(familiar.argmax())][:1]
        # Photographs that are unlike the training data say nothing where others of the case are like them.
        log_p = torch.stack(p).clamp(min=1e-6).log()
        inside = familiar >= 0.5
        chosen = log_p[inside] if bool(inside.any()) else log_p
        photo = chosen.mean(dim=0, keepdim=True).log_softmax(dim=1)
        return _Looked(photo, round(float(familiar.max()), 4), bool(inside.any()), described)


def _read(looked: _Looked, raw: Raw) -> _Read:
    known, _notes = read_leniently(dict(raw))
    return _Read(looked.photo, Seen(looked.inside, looked.familiar, known.skin_type == "5_6"), known)
