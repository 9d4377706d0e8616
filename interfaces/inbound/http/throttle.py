"""Token buckets: how often a key or an address may ask, in this process.

A node counts for itself: with several behind a balancer each lets the whole rate through. What must
hold over all nodes, attempts to sign in, is counted in the store instead.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

BUCKETS_MAX: Final = 20_000
"""Buckets that are remembered; the one that was not used for longest is forgotten, full again."""


class Throttle:
    """Buckets by name; each is told its rate whenever it is asked."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, buckets_max: int = BUCKETS_MAX
    ) -> None:
        self._monotonic = monotonic
        self._buckets_max = buckets_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, *, rate: float, burst: float, cost: float = 1.0) -> float:
        """Take tokens; tells the seconds to wait before there are enough, 0 when they were there.

        A rate of 0 is no limit. Nothing is taken where there is not enough.
        """
        if rate <= 0:
            return 0.0
        now = self._monotonic()
        tokens = self._tokens(name, now, rate, burst)
        if tokens < cost:
            return (cost - tokens) / rate
        self._keep(name, tokens - cost, now)
        return 0.0

    def charge(self, name: str, *, rate: float, burst: float, cost: float) -> None:
        """Take tokens even where there are none: whoever goes on must wait longer."""
        if rate > 0:
            now = self._monotonic()
            tokens = self._tokens(name, now, rate, burst) - cost
            self._keep(name, max(tokens, -burst), now)

    def _tokens(self, name: str, now: float, rate: float, burst: float) -> float:
        tokens, then = self._buckets.get(name, (burst, now))
        return min(burst, tokens + (now - then) * rate)

    def _keep(self, name: str, tokens: float, now: float) -> None:
        self._buckets[name] = (tokens, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._buckets_max:
            self._buckets.popitem(last=False)
