"""How often one chat may write: a bucket of tokens a chat, in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Rate"]


class Rate:
    """Tokens by key: `burst` at once, then one each `every_s`. Forgets the keys quiet the longest."""

    def __init__(
        self, clock: Callable[[], float], burst: int = 30, every_s: float = 1.0, keys: int = 10_000
    ) -> None:
        self._clock = clock
        self._burst = burst
        self._every_s = every_s
        self._keys = keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """0.0 where the key may go on (a token is taken), else the seconds until it may."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now)
        over_s = full_at + self._every_s - now - self._burst * self._every_s
        if over_s > 1e-9:
            return over_s
        self._full_at[key] = full_at + self._every_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys:
            self._full_at.popitem(last=False)
        return 0.0
