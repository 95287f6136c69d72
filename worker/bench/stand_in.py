"""In place of the trained network: answers at once, always the same. Rows, leases, batches and processes are real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image

from model.analysis import Analysis, CatalogueEntry, Judge, Node, Score
from worker import engine_process

__all__ = ["StandIn"]


class StandIn:
    """A diagnoser without a network: it sees a mole in everything."""

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]:
        """The same analysis for every case."""
        rest = 0.3 / (len(catalogue) - 1)
        scores = tuple(Score(code, 0.7 if code == "NEV" else rest) for code in sorted(catalogue))
        seen = Analysis(
            in_scope=True,
            scope_score=0.9,
            conditions=scores,
            cancer_probability=0.1,
            urgency="routine",
            abstained=False,
            reason="",
            unproven_skin_type=False,
            model="stand-in",
        )
        return [seen] * len(cases)

    def plans(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
        judges: Sequence[Judge],
    ) -> list[Node | None]:
        """The same three questions in every case, whatever is answered."""
        last = Node("elevation")
        then = Node("bleed", last, last, last)
        return [Node("changed", then, then, then)] * len(cases)


if __name__ == "__main__":
    engine_process.main(lambda _: StandIn())
