"""Ten failures in words: chosen by a rule, so that nobody picks the kind ones, and described without any picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from model import data
from model.notes import concept_words

__all__ = ["RULE", "choose", "described", "lines"]

COUNT = 10
RULE = (
    "Chosen by rule: first the cancers for which no cancer was named, then other wrong names, in each those of which the model "
    "was surest; one photograph a patient."
)


def choose(
    p: Tensor,
    y: Tensor,
    codes: Sequence[str],
    cancers: Sequence[str],
    patients: Sequence[str],
    count: int = COUNT,
) -> list[int]:
    """Rows of the failures, by RULE.  p: (N, C); y: (N,)."""
    top, named = p.max(dim=1)
    wrong = [n for n in range(len(y)) if int(named[n]) != int(y[n])]

    def rank(n: int) -> tuple[bool, float, int]:
        missed = codes[int(y[n])] in cancers and codes[int(named[n])] not in cancers
        return (not missed, -float(top[n]), n)

    chosen: list[int] = []
    for n in sorted(wrong, key=rank):
        if len(chosen) < count and patients[n] not in {patients[m] for m in chosen}:
            chosen.append(n)
    return chosen


def described(
    photo: data.Photo,
    p: Tensor,
    seen: Mapping[str, str],
    codes: Sequence[str],
    cancers: Sequence[str],
    note: str = "",
) -> dict[str, Any]:
    """One failure.  p: (C,); seen: what was measured and recorded of it (model/concepts.py); note: what the model did."""
    known = photo.answers
    answers = {name: "yes" if said else "no" for name, said in known.symptoms.items()}
    age = known.age_years
    return {
        "true": photo.label,
        "named": codes[int(p.argmax())],
        "probability": round(float(p.max()), 3),
        "of_the_true": round(float(p[codes.index(photo.label)]), 3),
        "any_cancer": round(float(sum(p[codes.index(c)] for c in cancers)), 3),
        "seen": concept_words(seen),
        "answers": answers,
        "age": f"{int(age) // 10 * 10}s" if age is not None else "not known",
        "site": known.site or "not known",
        "note": note,
    }


def lines(found: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """The failures as Markdown."""
    said = [f"### {name}, {len(found)} failures in words", "", RULE, ""]
    for number, one in enumerate(found, 1):
        answers = ", ".join(f"{key} {value}" for key, value in one["answers"].items()) or "none"
        said.append(
            f"{number}. **{one['true']}**, named {one['named']} at {one['probability']:.2f} ({one['true']} itself "
            f"{one['of_the_true']:.2f}, any cancer {one['any_cancer']:.2f}){one['note']}. "
            f"Seen: {', '.join(one['seen']) or 'nothing'}. Answers: {answers}. Age: {one['age']}. Site: {one['site']}."
        )
    return [*said, ""]
