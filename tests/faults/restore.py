"""A restore of a fault test as a process of its own, which stops where it will be killed.

    python tests/faults/restore.py <url> <folder> <log> <part of the work>

It says ``there`` when it has come to that part, and then waits for its end.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interfaces.outbound.postgres.archive import Tick
from interfaces.outbound.postgres.restore import restore
from interfaces.outbound.postgres.restoring import Source


def main(url: str, folder: str, log: str, where: str) -> None:
    """Restore, but for what comes after that part has moved on."""

    @contextmanager
    def stage(what: str, _: int) -> Iterator[Tick]:
        def tick(_: int) -> None:
            if what == where:
                print("there", flush=True)
                time.sleep(60)

        yield tick

    restore(url, Source(folder=Path(folder), log=log), stage=stage)


if __name__ == "__main__":
    main(*sys.argv[1:])
