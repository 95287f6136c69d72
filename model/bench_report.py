"""Figures out of a benchmark's rounds, and the report in words. Pure: no clock, no model.

What is compared is run in turn (A B, B A, A B, ...), and the ratio is taken within each round: on a shared machine a rate by
itself says more about the hour than about the code.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Ratio", "markdown", "middle", "percentile", "ratio"]

RESAMPLES = 2000
SEED = 20261124


@dataclass(frozen=True, slots=True)
class Ratio:
    """Median over the rounds, and the 95 % interval of it by bootstrap over rounds (percentiles).  low, high: NaN-free, >= 0."""

    median: float
    low: float
    high: float
    rounds: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def middle(values: Sequence[float]) -> Ratio:
    """The median of one value a round, with its interval.  Raises ValueError for none or for one that is not above 0."""
    if not values or not min(values) > 0:
        raise ValueError(f"the rounds gave {list(values)!r}; expected one or more, each above 0")
    rng = random.Random(SEED)
    drawn = sorted(statistics.median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Ratio(
        statistics.median(values), drawn[round(0.025 * (RESAMPLES - 1))], drawn[round(0.975 * (RESAMPLES - 1))], len(values)
    )  # fmt: skip


def ratio(a: Sequence[float], b: Sequence[float]) -> Ratio:
    """a[i] / b[i] over the rounds.  Raises ValueError where they are not as many, or not above 0."""
    if len(a) != len(b):
        raise ValueError(f"there are {len(a)} and {len(b)} rounds; expected as many of each")
    if min(*a, *b, 1.0) <= 0:
        raise ValueError(f"a round gave {min(*a, *b)!r}; expected more than 0")
    return middle([x / y for x, y in zip(a, b, strict=True)])


def percentile(values: Sequence[float], q: float) -> float:
    """The nearest-rank percentile.  q: above 0, at most 100."""
    return sorted(values)[max(1, -(-len(values) * q // 100).__int__()) - 1]


def markdown(report: Mapping[str, Any]) -> str:
    """The report of model.bench.measure as Markdown.  `machine` and `at` stand in it where the caller knows them."""
    setup, memory = report["setup"], report["memory"]
    lines = [
        f"{report.get('at', '')} {report.get('machine', '')}".strip(),
        f"{setup['preset']}, {setup['weights']} weights, {setup['quant']}, {setup['language_model']} in {setup['dtype']} "
        f"on {setup['device']} ({setup['threads']} threads), torch {setup['torch']}; {setup['tokens']} tokens an answer, "
        f"{setup['rounds']} rounds; medians, 95 % intervals by bootstrap over rounds.",
        f"Weights read a token {setup['weight_bytes'] / 1e9:.3f} GB; measured stream {report['stream']['median'] / 1e9:.1f} GB/s "
        f"({report['stream']['low'] / 1e9:.1f} to {report['stream']['high'] / 1e9:.1f}): "
        f"at most {report['stream']['median'] / setup['weight_bytes']:.1f} steps/s.",
        f"Memory: {_gib(memory['loaded'])} loaded, {_gib(memory['peak'])} at most ({memory['of']}).",
        "",
    ]
    head = (
        "batch", "one at a time, tok/s", "padded, tok/s", "exact, tok/s", "padded ÷ one at a time", "exact ÷ one at a time",
        "of the bandwidth limit: one at a time", "padded", "exact",
    )  # fmt: skip
    lines += ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in report["batches"]:
        cells = [
            str(row["batch"]),
            *(f"{row['rates'][arm]['median']:.1f}" for arm in ("plain", "padded", "exact")),
            *(_ratio(row["ratios"][arm]) for arm in ("padded", "exact")),
            *(f"{100 * row['of_limit'][arm]['median']:.0f} %" for arm in ("plain", "padded", "exact")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    first, again = report["first_token"], report["follow_up"]
    lines += [
        "",
        f"First token of a prompt of {first['prompt_tokens']}: plain {_ms(first['plain'])}, ours alone {_ms(first['alone'])}, "
        f"as a newcomer beside {first['company']} running rows {_ms(first['beside'])}; plain ÷ ours {_ratio(first['ratio'])}.",
        f"Follow-up of {again['prompt_tokens']} tokens: computed {again['computed_without']} without the kept row, "
        f"{again['computed_with']} with it "
        f"({again['computed_without'] / again['computed_with']:.1f} times less); first token after {_ms(again['without'])} "
        f"without, {_ms(again['with'])} with: ratio {_ratio(again['ratio'])}.",
    ]
    if "findings" in report:
        found = report["findings"]
        lines.append(
            f"Photograph to findings (numbers), coach included: p50 {found['p50_s']:.2f} s, p95 {found['p95_s']:.2f} s "
            f"of {found['photos']} ({found['model']})."
        )
    said = report["text"]
    lines.append(
        f"Photograph to text (the network alone, nothing before it), {said['prompt_tokens']} tokens of prompt and "
        f"{said['tokens']} of answer: image encoded in "
        f"{_ms(said['image'])}, first token after {_ms(said['first'])}, "
        f"all after p50 {said['p50_s']:.2f} s, p95 {said['p95_s']:.2f} s."
    )
    return "\n".join(lines) + "\n"


def _ratio(held: Mapping[str, Any]) -> str:
    return f"{held['median']:.2f} ({held['low']:.2f} to {held['high']:.2f})"


def _ms(held: Mapping[str, Any]) -> str:
    return f"{held['median'] * 1e3:.0f} ms ({held['low'] * 1e3:.0f} to {held['high'] * 1e3:.0f})"


def _gib(count: float) -> str:
    return f"{count / 2**30:.2f} GiB"
