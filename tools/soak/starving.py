"""How long the machine had no time for us, so that a busy machine is not taken for a fault."""

import asyncio
import time
from typing import Final

BEAT_SECONDS: Final = 0.02


class Starved:
    """Watches a beat in this process and remembers each time it came late."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []

    async def watch(self) -> None:
        """Beat until cancelled."""
        while True:
            due = time.monotonic() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            now = time.monotonic()
            if now - due > BEAT_SECONDS:
                self._late.append((due, now))

    def net(self, begin: float, end: float) -> float:
        """Tell how long it was from one instant to another without what came late in between."""
        late = sum(max(0.0, min(end, until) - max(begin, since)) for since, until in self._late)
        return end - begin - late
