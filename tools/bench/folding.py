"""The views' worker, as a child process."""

import sys
import threading

import msgspec

from interfaces.outbound.postgres.views import run_views
from interfaces.runtime import settle
from tools.bench.children import Ready, answer, wishes
from tools.bench.prepared import LOG


class Fold(msgspec.Struct, frozen=True):
    """Which log's views to keep."""

    url: str


def main() -> None:
    """Keep all views until told to stop."""
    wish, stop = next(wishes(Fold)), threading.Event()
    worker = threading.Thread(target=run_views, args=(wish.url, stop), kwargs={"log": LOG})
    settle()
    worker.start()
    answer(Ready())
    sys.stdin.buffer.read()
    stop.set()
    worker.join()


if __name__ == "__main__":
    main()
