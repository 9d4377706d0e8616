"""`held`: commands while a snapshot of the log is held open, as a backup or a long
query does.

The snapshot is taken before the first run and given back after the last one, so that whatever
it keeps from being cleaned up piles up behind it for the whole time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import IsolationLevel

from tools.bench.append import MANY, load, writing
from tools.bench.figures import Figure, Floor, Run, figure, latency
from tools.bench.node import Load
from tools.bench.stage import Stage

BENCH: Final = "held"
SHARE: Final = 0.8
"""Of the speed without a snapshot: at most 20 % slower."""


def held(stage: Stage, clients: int | None = None) -> list[Figure]:
    """Measure a log under a held snapshot against one without, in turn."""
    clients = clients or MANY
    under: list[Run] = []
    free: list[float] = []
    sizes = stage.sizes
    with (
        stage.database() as url,
        stage.database() as other,
        writing(stage, url, "held", clients=clients) as burdened,
        writing(stage, other, "free", clients=clients) as single,
        snapshot(url) as reader,
    ):
        before = _size(reader)
        for _ in range(sizes.runs):
            [sent] = load(burdened, Load(seconds=sizes.seconds))
            under.append(Run(sent.rate, sent.p99_ms))
            free.append(load(single, Load(seconds=sizes.seconds))[0].rate)
        _demand_still(before, _size(reader))
    case = f"{clients} clients, snapshot held"
    beside = (f"no snapshot, {clients} clients", free)
    return [
        figure(BENCH, case, "events/s", under, floor=Floor(times=SHARE), peer=beside),
        latency(BENCH, case, under),
    ]


class SnapshotLost(Exception):
    """The snapshot moved while it was to be held: the figures mean nothing."""


@contextmanager
def snapshot(url: str) -> Iterator[psycopg.Connection]:
    """Hold one snapshot of a log open, and nothing else: it takes no lock that a writer wants."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        _size(connection)
        yield connection
        connection.rollback()


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM events").fetchone()
    return 0 if row is None else int(row[0])


def _demand_still(before: int, after: int) -> None:
    if before != after:
        raise SnapshotLost(f"it showed {before} events and then {after}")
