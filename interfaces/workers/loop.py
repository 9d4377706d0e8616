"""How every worker runs: step, wait for something new, go on after the world was away."""

import logging
import random
import threading
from collections.abc import Callable
from typing import Final

from application.ports.checks import ProviderUnreachable
from application.ports.gate import StoreUnavailable
from application.ports.mail import MailUnreachable
from application.ports.world import BankUnreachable, ViewBehind

AWAY: Final[tuple[type[Exception], ...]] = (
    StoreUnavailable,
    BankUnreachable,
    MailUnreachable,
    ProviderUnreachable,
    ViewBehind,
)
"""States of the world that pass by themselves; a worker waits and goes on."""

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0

logger = logging.getLogger("tallystick.workers")


def run(
    name: str,
    step: Callable[[], float],
    stop: threading.Event,
    *,
    away: tuple[type[Exception], ...] = (),
) -> None:
    """Call ``step`` until ``stop`` is set; it tells how many seconds to wait until the next.

    Errors that say the world is away lead to a wait that doubles up to ten seconds, with some
    chance in it so that workers do not come back in step. Any other error is logged with its
    trace and ends the worker: it is a defect, and the supervisor starts the process anew.
    """
    waits = FIRST_WAIT
    while not stop.is_set():
        try:
            pause = step()
            waits = FIRST_WAIT
        except (*AWAY, *away) as error:
            pause = waits * (0.5 + random.random())  # noqa: S311 - jitter, not a secret
            logger.warning("%s waits %.1f s: %s", name, pause, type(error).__name__)
            waits = min(waits * 2, LONGEST_WAIT)
        if pause:
            stop.wait(pause)


def run_all(workers: dict[str, Callable[[], None]], stop: threading.Event) -> None:
    """Run workers in threads of their own until one fails or ``stop`` is set.

    Raises the first failure after all others have stopped.
    """
    failures: list[BaseException] = []

    def guarded(name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            logger.exception("the worker %s failed", name)
            failures.append(error)
            stop.set()

    threads = [
        threading.Thread(target=guarded, args=(name, work), name=name)
        for name, work in workers.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
