"""Figures by skin type.  The type groups a report and nothing else: no model here ever reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from model import metrics

__all__ = ["LEAST", "lines", "rows"]

LEAST = 10
"""Fewer photographs than this give no figure."""
NAMES = ("I", "II", "III", "IV", "V", "VI")


def rows(
    p: Tensor,
    y: Tensor,
    score: Tensor,
    cancer: Tensor,
    patients: Sequence[str],
    types: Sequence[int | None],
    *,
    rounds: int = 1000,
) -> list[dict[str, Any]]:
    """One row a type, I to VI, and one for those of which none is recorded.

    p: (N, C); y: (N,); score: (N,), of any cancer; cancer: (N,) bool; types: 1 to 6, None where not recorded.
    Figures (with intervals over patients) are absent where there are fewer than LEAST photographs, and the AUC also where there
    are not LEAST / 2 of either kind.
    """
    out = []
    for number, name in (*enumerate(NAMES, 1), (None, "not recorded")):
        kept = torch.tensor([n for n, t in enumerate(types) if t == number], dtype=torch.int64)
        who = tuple(patients[n] for n in kept.tolist())
        a, b, s, c = p[kept], y[kept], score[kept], cancer[kept]
        row: dict[str, Any] = {
            "type": name,
            "photographs": len(kept),
            "patients": len(set(who)),
            "cancers": int(c.sum()),
        }
        wanted: dict[str, Callable[[Tensor], float]] = {}
        if len(kept) >= LEAST:
            wanted["accuracy"] = lambda r, a=a, b=b: metrics.top_k(a[r], b[r], 1)  # type: ignore[misc]
            wanted["balanced_accuracy"] = lambda r, a=a, b=b: metrics.balanced_accuracy(a[r], b[r])  # type: ignore[misc]
            if min(int(c.sum()), int((~c).sum())) >= LEAST / 2:
                wanted["cancer_auc"] = lambda r, s=s, c=c: metrics.auc(s[r], c[r])  # type: ignore[misc]
        out.append(row | {key: asdict(metrics.bootstrap(f, who, rounds=rounds)) for key, f in wanted.items()})
    return out


def lines(found: Sequence[dict[str, Any]], name: str) -> list[str]:
    """The table as Markdown.  name: of the way of asking."""
    said = [
        f"### {name}, by skin type", "",
        "Fitzpatrick's type as it was recorded; in PAD-UFES-20 that was done where a biopsy was taken, so that rows with a type "
        "are mostly cancers and the last is mostly not: they do not compare. The model never reads it.", "",
        "| type | photographs | patients | cancers | accuracy | balanced accuracy | AUC, any cancer |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for row in found:
        cells = [
            f"{f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f})" if f else "too few"
            for f in (row.get(key) for key in ("accuracy", "balanced_accuracy", "cancer_auc"))
        ]
        said.append(
            f"| {row['type']} | {row['photographs']} | {row['patients']} | {row['cancers']} | {' | '.join(cells)} |"
        )
    return [*said, ""]
