"""Teaches the second listener for danger signs (`bot.clinical.ear`) from the lines of model/told, one linear model a language.

Two things are learned by ridge regression and added: how much a line is one of this sign's, and how much it tells of any danger
at all. The second learns from all signs together what a denial, a question or an old story sounds like; alone, the first takes
"the lips are not swollen" for the surest swollen lip. What is read from a line (`Traits`) comes from the caller: a model knows
no chat. Needs the extra `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.kernel_ridge import KernelRidge

__all__ = [
    "FOLDS",
    "NOT_STATED",
    "SEED",
    "TOLD",
    "Fitted",
    "Line",
    "Traits",
    "asked_from",
    "corpus",
    "fit",
    "fold_of",
    "scaled",
    "stated_from",
    "write",
]

TOLD = Path(__file__).parent / "told"
# What is denied, asked, long over or about somebody else; and what has nothing to do with danger.
NOT_STATED = ("NO", "OK")
FOLDS = 5
SEED = 20261127
ALPHA = 1.0
# Of held-out harmless lines this share may be asked about; above the highest that must not be stated, so much is left.
HINTED_OF_HARMLESS = 0.02
MARGIN = 0.01

Traits = tuple[NDArray[np.intp], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a corpus. kind: a sign, 'die', 'hurt', or one of `NOT_STATED`."""

    kind: str
    text: str


def corpus(code: str, folder: Path = TOLD) -> tuple[Line, ...]:
    """The lines of a language: a row is a kind and its texts, with | between. OSError where there is no such file."""
    rows = (
        row.partition(" ") for row in (folder / f"{code}.txt").read_text("utf-8").splitlines() if row.strip()
    )
    return tuple(Line(kind, text.strip()) for kind, _, texts in rows for text in texts.split("|"))


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned: 8 bits a weight (place x sign), times scale of the sign; bias of each sign."""

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit(read: Sequence[Traits], kinds: Sequence[str], signs: Sequence[str], places: int) -> Fitted:
    """Learns from lines. read: of each line; places: length of its vector. The same lines give the same weights."""
    lengths = np.cumsum([0, *(len(at) for at, _ in read)])
    data = np.concatenate([values for _, values in read]).astype(np.float64)
    lines = csr_matrix((data, np.concatenate([at for at, _ in read]), lengths), shape=(len(read), places))
    is_of = np.asarray(kinds)[:, None] == np.asarray(signs)[None]
    wanted = np.hstack([is_of.astype(np.float64), np.where(is_of.any(axis=1, keepdims=True), 1.0, -1.0)])
    ridge = KernelRidge(alpha=ALPHA, kernel="precomputed")
    # The one added to every product is the bias.
    dual = ridge.fit((lines @ lines.T).toarray() + 1.0, wanted).dual_coef_
    learned, bias = lines.T @ dual, dual.sum(axis=0)
    whole = learned[:, :-1] + learned[:, -1:]
    scale = np.maximum(np.abs(whole).max(axis=0), 1e-9) / 127
    return Fitted(
        np.rint(whole / scale).astype(np.int8),
        scale.astype(np.float32),
        (bias[:-1] + bias[-1]).astype(np.float32),
    )


def fold_of(kinds: Sequence[str]) -> NDArray[np.intp]:
    """The fold of each line, every kind spread over all."""
    random = np.random.default_rng(SEED)
    fold = np.zeros(len(kinds), dtype=np.intp)
    for kind in dict.fromkeys(kinds):
        at = np.flatnonzero(np.asarray(kinds) == kind)
        fold[random.permutation(at)] = np.arange(len(at)) % FOLDS
    return fold


def asked_from(harmless: NDArray[np.float64]) -> float:
    """From which score on a sign is asked about, in every language. harmless: the highest of each held-out harmless line."""
    return float(np.quantile(harmless, 1 - HINTED_OF_HARMLESS))


def stated_from(highest: NDArray[np.float64]) -> float:
    """From which score on a sign of one language is stated: above every held-out line that must not be. highest: of these."""
    return float(highest.max()) + MARGIN


def scaled(fitted: Fitted, limits: tuple[float, float]) -> Fitted:
    """The same, with scores that are 0 from where a sign is asked about and 1 from where it is stated."""
    asked, stated = limits
    return Fitted(
        fitted.weights,
        (fitted.scale / (stated - asked)).astype(np.float32),
        ((fitted.bias - asked) / (stated - asked)).astype(np.float32),
    )


def write(fitted: dict[str, Fitted], signs: Sequence[str], path: Path) -> None:
    """Writes what was learned of all languages; the same bytes for the same weights. OSError where that is not possible."""
    arrays: dict[str, NDArray[np.generic]] = {"signs": np.asarray(signs)}
    for code, one in sorted(fitted.items()):
        arrays |= {f"{code}.weights": one.weights, f"{code}.scale": one.scale, f"{code}.bias": one.bias}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
