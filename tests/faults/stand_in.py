"""In place of the trained network: answers at once, always the same, and dies of one photograph.

The engine, its leases, batches and processes are the real ones; run as `python -m tests.faults.stand_in worker|child`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence

from PIL import Image

from bot import logs
from bot.settings import Settings
from model.analysis import Analysis, CatalogueEntry, Node
from worker.bench.stand_in import StandIn as AlwaysTheSame

# A photograph of exactly this size kills the process that looks at it, as a broken kernel or driver would.
DEADLY_PX = (444, 333)


class StandIn(AlwaysTheSame):
    """The benchmark's stand-in, and one photograph that it does not survive."""

    def analyse_batch(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
    ) -> list[Analysis]:
        _dies_of(cases)
        return super().analyse_batch(cases, catalogue)

    def plans(
        self,
        cases: Sequence[tuple[Sequence[Image.Image], Mapping[str, str | float | bool | None]]],
        catalogue: Mapping[str, CatalogueEntry],
        judges: Sequence[Callable[[Analysis, Mapping[str, bool]], Hashable]],
    ) -> list[Node | None]:
        _dies_of(cases)
        return super().plans(cases, catalogue, judges)


def _dies_of(cases: Sequence[tuple[Sequence[Image.Image], object]]) -> None:
    if any(image.size == DEADLY_PX for images, _ in cases for image in images):
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """The model worker of a stack: on Celery's gpu queue, or as the embedded runner's child."""
    if sys.argv[1] == "child":
        from worker import engine_process

        engine_process.main(lambda _: StandIn())
        return
    from worker.serving import run_worker

    settings = Settings.read()
    logs.set_up(settings.log, settings.secret_values())
    run_worker(settings, "gpu", 1, lambda _: StandIn())


if __name__ == "__main__":
    main()
