"""The second listener for danger: how much a text speaks of each sign, learned from what people may type (`model/told`).

Beside the word lists of the packs, never instead: it hears wordings and spellings that no list has, and it cannot read a denial.
A linear model for each language, 8 bits a weight, in ear.npz (`ngozi model ear` makes it); numpy alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from bot.clinical.grams import traits
from bot.clinical.matching import Typed

__all__ = ["ASKED", "FILE", "STATED", "Ear", "ear", "languages", "scores"]

FILE = "ear.npz"
# From this score on a sign is asked about, and from this on it is stated: each language is scaled so (`model.told_fit`).
ASKED, STATED = 0.0, 1.0
# Clauses of a long text that are heard by themselves; a whole text is always heard.
_MOST_CLAUSES = 40


@dataclass(frozen=True, slots=True)
class Ear:
    """What was learned of one language. weights: place x sign, times scale of the sign; bias: of each sign."""

    signs: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def score(self, words: tuple[str, ...]) -> NDArray[np.float32]:
        """How much some words speak of each sign, on the scale of `ASKED` and `STATED`."""
        places, values = traits(words)
        said: NDArray[np.float32] = (
            values @ self.weights[places].astype(np.float32)
        ) * self.scale + self.bias
        return said

    def hear(self, typed: Typed) -> NDArray[np.float32]:
        """The highest score of each sign, over the whole text and every clause: a sign may stand in the midst of a long one."""
        clauses = typed.clauses
        pieces = [typed.words, *(clauses[:_MOST_CLAUSES] if len(clauses) > 1 else ())]
        highest: NDArray[np.float32] = np.max([self.score(words) for words in pieces], axis=0)
        return highest


def scores(typed: Typed, codes: Iterable[str]) -> dict[str, float]:
    """How much a text speaks of each sign, 'die' and 'hurt': the most that one of these languages hears. {} where none does."""
    found: dict[str, float] = {}
    for code in codes:
        if code in languages():
            heard = ear(code)
            for sign, score in zip(heard.signs, heard.hear(typed).tolist(), strict=True):
                found[sign] = max(score, found.get(sign, score))
    return found


@cache
def _read() -> dict[str, NDArray[np.generic]]:
    with files("bot.clinical").joinpath(FILE).open("rb") as file, np.load(file, allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}


@cache
def ear(code: str) -> Ear:
    """What was learned of a language. KeyError where nothing was."""
    kept = _read()
    weights, scale, bias = (kept[f"{code}.{name}"] for name in ("weights", "scale", "bias"))
    signs = tuple(str(sign) for sign in kept["signs"])
    return Ear(signs, weights.astype(np.int8), scale.astype(np.float32), bias.astype(np.float32))


@cache
def languages() -> frozenset[str]:
    """Codes of the languages that it was taught."""
    return frozenset(name.partition(".")[0] for name in _read() if name.endswith(".weights"))
