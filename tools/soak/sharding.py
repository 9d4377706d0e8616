"""Carries many runs out on several shards at once: processes that take one run after another."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from tools.bench.children import Child, ChildFailed, Ready

W = TypeVar("W", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)


class Shards(Generic[W, R]):
    """Shards of one kind: the module that carries a wish out, and how a dead one is told."""

    def __init__(
        self, module: str, outcome: type[R], failed: Callable[[W, str], R], *, logs: Path
    ) -> None:
        self._module = module
        self._outcome = outcome
        self._failed = failed
        self._logs = logs

    def run(self, wishes: Iterable[W], count: int, tell: Callable[[R], None]) -> list[R]:
        """Carry all wishes out, ``count`` at a time, and tell each outcome when it is there."""
        waiting, outcomes, lock = iter(wishes), list[R](), threading.Lock()

        def take() -> W | None:
            with lock:
                return next(waiting, None)

        def keep(outcome: R) -> None:
            with lock:
                outcomes.append(outcome)
                tell(outcome)

        threads = [
            threading.Thread(target=self._work, args=(number, take, keep))
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    def _work(self, number: int, take: Callable[[], W | None], keep: Callable[[R], None]) -> None:
        child: Child | None = None
        try:
            while (wish := take()) is not None:
                try:
                    if child is None:
                        logs = self._logs / str(number)
                        child = Child(self._module, wish, logs, package="tools.soak")
                        child.hear(Ready)
                    else:
                        child.tell(wish)
                    keep(child.hear(self._outcome))
                except ChildFailed as error:
                    keep(self._failed(wish, f"the shard died: {error}"))
                    child = None
        finally:
            if child is not None:
                child.stop()
