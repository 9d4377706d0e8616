"""The peer as a child process: eventsourcing's Postgres recorder in its safe mode.

Safe means that it takes a table lock around each insert, without which readers can miss events;
that is how the library comes.
"""

import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from tools.bench.children import Ready, answer, wishes
from tools.bench.figures import percentile
from tools.bench.prepared import prepared_log

NAME: Final = "eventsourcing 9.5.6"
THREADS: Final = 8
BULK: Final = 1_000
"""Events of one bulk insert; with 100 or 10,000 it is not faster."""


class Library(msgspec.Struct, frozen=True):
    """Where the library keeps its table."""

    url: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Append for some seconds from 8 threads, or insert so many events in bulk."""

    seconds: float = 0.0
    bulk: int = 0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What the library did."""

    events: int
    seconds: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def datastore(url: str) -> PostgresDatastore:
    """Open the library's datastore."""
    parts = urlsplit(url)
    return PostgresDatastore(
        dbname=parts.path[1:],
        host=parts.hostname or "",
        port=parts.port or 0,
        user=parts.username or "",
        password=parts.password or "",
        pool_size=THREADS,
        originator_id_type="uuid",
    )


def stored_log(size: int) -> Iterator[StoredEvent]:
    """Give the events of the prepared log as the library stores them, with the same bodies."""
    names: dict[str, UUID] = {}
    for event in prepared_log(size):
        identity = names.setdefault(event.stream, uuid5(NAMESPACE_URL, event.stream))
        yield StoredEvent(identity, event.version, event.type, event.body)


def append(recorder: PostgresApplicationRecorder, seconds: float, run: int) -> Stored:
    """Insert single events from 8 threads until the time is over."""
    body = list(prepared_log(40))[-1].body
    waits: list[list[float]] = [[] for _ in range(THREADS)]
    begin = time.perf_counter()

    def client(number: int) -> None:
        identity, version = uuid5(NAMESPACE_URL, f"{run}/{number}"), 0
        now = time.perf_counter()
        while now < begin + seconds:
            version += 1
            recorder.insert_events([StoredEvent(identity, version, "subject.frozen", body)])
            before, now = now, time.perf_counter()
            waits[number].append(now - before)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    all_waits = [wait for one in waits for wait in one]
    return Stored(
        events=len(all_waits),
        seconds=time.perf_counter() - begin,
        p99_ms=percentile(all_waits) * 1000,
    )


def insert_bulk(recorder: PostgresApplicationRecorder, size: int) -> Stored:
    """Insert a log in bulk."""
    events = stored_log(size)
    batches = list(iter(lambda: list(islice(events, BULK)), []))
    begin = time.perf_counter()
    for batch in batches:
        recorder.insert_events(batch)
    return Stored(events=size, seconds=time.perf_counter() - begin, p99_ms=0.0)


def main() -> None:
    """Serve until told to stop."""
    first = next(wishes(Library))
    with datastore(first.url) as store:
        recorder = PostgresApplicationRecorder(store)
        recorder.create_table()
        answer(Ready())
        for run, wish in enumerate(wishes(Wish)):
            if wish.bulk:
                answer(insert_bulk(recorder, wish.bulk))
            else:
                answer(append(recorder, wish.seconds, run))


if __name__ == "__main__":
    main()
