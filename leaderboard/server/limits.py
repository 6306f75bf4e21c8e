"""Token buckets: how often an address or an account may do something."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MOST_KEYS: Final = 50_000  # remembered; the longest unused are forgotten


@dataclass(slots=True)
class Buckets:
    """Buckets that hold ``capacity`` and fill up in ``period`` seconds.

    Used in the server's one event loop, so it needs no lock.
    """

    capacity: float
    period: float
    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str) -> float:
        """Take one; 0 where there was one, else the seconds until there is."""
        now = self.clock()
        level, since = self._levels.pop(key, (self.capacity, now))
        level = min(self.capacity, level + (now - since) * self.capacity / self.period)
        wait = 0.0 if level >= 1 else (1 - level) * self.period / self.capacity
        self._levels[key] = (level - 1 if level >= 1 else level, now)
        if len(self._levels) > MOST_KEYS:
            self._levels.popitem(last=False)
        return wait
