"""Tries whether the model loads: `python -m worker.bench.model_probe` answers in one line."""

from __future__ import annotations

from bot.settings import Settings
from worker.bench.child import answer
from worker.model_loading import load

__all__ = ["main"]


def main() -> None:
    """Tells whether, and if not, why."""
    try:
        load(Settings.read())
    except Exception as error:  # noqa: BLE001 - whatever is missing (torch, weights, a file), it is said, not raised
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        answer(loads=False, reason=reason[:160])
    else:
        answer(loads=True, reason="")


if __name__ == "__main__":
    main()
