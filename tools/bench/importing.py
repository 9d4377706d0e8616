"""`import`: prepared events into an empty log, with chain and tree."""

import time
from collections.abc import Sequence
from typing import Final

import psycopg

from interfaces.outbound.postgres.bulk import BulkImport, Prepared, copied, packed
from tools.bench.children import Child, Ready
from tools.bench.figures import Figure, Floor, Run, figure
from tools.bench.library import NAME, Library, Stored, Wish
from tools.bench.prepared import LOG, chained, prepared_log
from tools.bench.stage import Stage

BENCH: Final = "import"
BLOCK: Final = 500
COPY: Final = (
    "COPY events (position, stream, version, type, command, ordinal, request, body, chain)"
    " FROM STDIN (FORMAT binary)"
)


def importing(stage: Stage) -> list[Figure]:
    """Measure the import against plain COPY of the same rows and the library's bulk insert."""
    events = list(prepared_log(stage.sizes.events))
    blocks = rows_in_blocks(events)
    ours: list[Run] = []
    raw: list[float] = []
    library: list[float] = []
    for _ in range(stage.sizes.runs):
        ours.append(Run(import_log(stage, events)))
        raw.append(copy_rows(stage, blocks, len(events)))
        library.append(insert_with_library(stage))
    case = f"{len(events):,} events with chain and tree"
    beside = f"{NAME}, bulk insert"
    return [
        figure(
            BENCH,
            case,
            "events/s",
            ours,
            floor=Floor(times=0.5),
            peer=("binary COPY of the same rows", raw),
        ),
        figure(
            BENCH,
            f"{case}, against the library",
            "events/s",
            ours,
            floor=Floor(times=2.5),
            peer=(beside, library),
        ),
    ]


def import_log(stage: Stage, events: Sequence[Prepared]) -> float:
    """Import a log into a database of its own and tell the events a second."""
    with stage.database() as url:
        stage.settle()
        begin = time.perf_counter()
        with BulkImport(url, log=LOG) as bulk:
            bulk.append(events)
        return len(events) / (time.perf_counter() - begin)


def rows_in_blocks(events: Sequence[Prepared]) -> list[bytes]:
    """Pack a log's rows beforehand, so that COPY does nothing but copy."""
    rows = [packed(position, event, chain) for position, event, chain in chained(iter(events))]
    return [b"".join(rows[at : at + BLOCK]) for at in range(0, len(rows), BLOCK)]


def copy_rows(stage: Stage, blocks: Sequence[bytes], size: int) -> float:
    """Copy ready rows into the same table with the same indexes."""
    with stage.database() as url:
        stage.settle()
        begin = time.perf_counter()
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            with cursor.copy(COPY) as copy:
                for piece in copied(blocks):
                    copy.write(piece)
            connection.commit()
        return size / (time.perf_counter() - begin)


def insert_with_library(stage: Stage) -> float:
    """Let the library insert a log in bulk into its own table."""
    with (
        stage.database(migrated=False) as url,
        Child("library", Library(url), stage.logs) as peer,
    ):
        peer.hear(Ready)
        stage.settle()
        return peer.ask(Wish(bulk=stage.sizes.library_events), Stored).rate
