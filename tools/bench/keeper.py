"""The keeper of the Merkle tree, as a child process beside the writers, as the worker is."""

import select
import sys
from typing import Final

import msgspec

from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper
from tools.bench.children import Ready, answer, wishes

EVERY_SECONDS: Final = 0.2


class Keep(msgspec.Struct, frozen=True):
    """Which log's tree to keep."""

    url: str


def main() -> None:
    """Keep the tiles up to date until told to stop."""
    wish = next(wishes(Keep))
    session = Session(wish.url, "tree")
    keeper = TreeKeeper(session)
    answer(Ready())
    while not select.select([sys.stdin], [], [], EVERY_SECONDS)[0]:
        while keeper.step():
            pass
    session.close()


if __name__ == "__main__":
    main()
