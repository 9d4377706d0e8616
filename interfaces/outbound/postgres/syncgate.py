"""The gate for callers without an event loop: a writer on a thread of its own."""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Self

import uvloop

from application.envelopes import Entropy
from application.ports.gate import Accepted, Request, StoreUnavailable
from application.ports.world import Clock
from interfaces.outbound.observedgate import observed
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.writer import Writer


class SyncGate:
    """Runs a `Writer` for workers; any thread may dispatch.

    ``with SyncGate(...)`` starts and stops it. Raises WrongLog at the start like the writer.
    """

    def __init__(
        self,
        url: str,
        *,
        log: str,
        clock: Clock,
        entropy: Entropy = os.urandom,
        guard: Callable[[], None] | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._writer = Writer(
            url, log=log, clock=clock, entropy=entropy, guard=guard, snapshots=snapshots
        )
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="log writer", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the writer. Raises WrongLog."""
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(self._writer.start(), self._loop)
        try:
            started.result()
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Write what waits already and stop."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._writer.stop(), self._loop).result()
            self._end()

    def dispatch(self, request: Request) -> Accepted:
        """Decide and write; the port's `Gate` says what it raises."""
        if not self._thread.is_alive():
            raise StoreUnavailable("closing")
        with observed(request) as observation:
            writing = self._writer.dispatch(observation.request)
            accepted = asyncio.run_coroutine_threadsafe(writing, self._loop).result()
            observation.answered(accepted)
            return accepted

    @property
    def read_only(self) -> bool:
        """Whether the log is not the one that this node has signed."""
        return self._writer.regressed is not None

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
