"""The whole pipeline in this thread: a wake-up is done at once. For `ngozi try`, benchmarks and tests.

Real rows, real leases, the real conversation and model; only the queue between them is a list.
"""

from __future__ import annotations

from collections import deque

from bot.queue import DELIVER, THINK, TURN
from worker import deliver, turn
from worker.engine import Engine
from worker.parts import Parts

__all__ = ["Inline"]


class Inline:
    """A wake that remembers, and `run` that works until nothing is left. Set `parts` and `engine` before running."""

    parts: Parts
    engine: Engine | None = None

    def __init__(self) -> None:
        self._line: deque[tuple[str, int]] = deque()

    def __call__(self, task: str, row_id: int, after_s: float = 0.0) -> None:
        # What is due later is left to its due time: nothing here waits.
        if after_s <= 0 and (task, row_id) not in self._line:
            self._line.append((task, row_id))

    def run(self) -> None:
        """Works until nobody has anything to do."""
        while self._line:
            task, row_id = self._line.popleft()
            if task == TURN:
                turn.run(self.parts, row_id)
            elif task == DELIVER:
                deliver.run(self.parts, row_id)
            elif task == THINK and self.engine is not None:
                self.engine.run()
                if self.engine.talking is not None:
                    self.engine.talking.run()
