"""How a long-running process uses the interpreter and its event loop."""

import asyncio
import gc
from collections.abc import Awaitable
from typing import Final, TypeVar

T = TypeVar("T")

YOUNG: Final = 50_000
MIDDLE: Final = 20
OLD: Final = 100


def settle() -> None:
    """Leave what was loaded at the start alone, and look for cycles less often.

    A writer keeps up to 100,000 states alive for hours; looking through all of them every few
    seconds is what made one answer in a hundred late (256 clients: 17,100/s before, 18,700/s
    after, on a shared two-core machine).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Wait so long and no longer; raises TimeoutError.

    The work is left to its own limits and not cancelled: cancelling a question to a server that
    is frozen waits for that server.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        # Whatever comes of it later is heard, and told to nobody.
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise TimeoutError
    return task.result()
