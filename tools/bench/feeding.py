"""`feed`: one Python consumer reads a whole log; a live event reaches a listener; idle costs."""

import asyncio
import threading
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
from typing_extensions import override

from domain.kernel.event import Envelope
from domain.subject.commands import FreezeSubject, UnfreezeSubject
from interfaces.outbound.postgres.bulk import BulkImport
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.log import PostgresLog
from tools.bench.doors import CALLER, Doors, open_doors, send
from tools.bench.figures import Figure, Floor, Run, figure, percentile
from tools.bench.prepared import LOG, prepared_log
from tools.bench.stage import Stage

BENCH: Final = "feed"
PAGE: Final = 1_000
PIECE: Final = 1 << 16
LIVE_EVERY_SECONDS: Final = 0.01
ARRIVAL_SECONDS: Final = 10.0
TICKS: Final = 100
"""Of the kernel's clock for processes, a second (USER_HZ)."""


class Record(msgspec.Struct, frozen=True):
    """A full record of the feed (FORMATS 8)."""

    id: str
    position: int
    type: str
    stream: str
    version: int
    at: str
    actor: str
    data: dict[str, Any]
    body: str
    chain: str
    changes: list[Any]


class Lost(Exception):
    """The feed did not deliver what was written."""


_envelope: Final = msgspec.json.Decoder(Envelope).decode
_changes: Final = msgspec.json.Decoder(list[Any]).decode
_record: Final = msgspec.json.Decoder(Record).decode


def feeding(stage: Stage) -> list[Figure]:
    """Measure the feed in process, over HTTP and live."""
    sizes = stage.sizes
    logs: list[Run] = []
    entries: list[Run] = []
    lines: list[Run] = []
    live: list[Run] = []
    idle: list[Run] = []
    with stage.database() as url:
        with BulkImport(url, log=LOG) as bulk:
            bulk.append(prepared_log(sizes.events))
        with open_doors(stage, url) as doors:
            for number in range(sizes.runs):
                logs.append(Run(read_log(url, 0, sizes.events)))
                entries.append(Run(asyncio_run(url, 0, sizes.events)))
                lines.append(Run(read_lines(doors, sizes.events)))
                live.append(listen(doors, sizes.live_events, number))
                idle.append(Run(rest(stage, doors)))
    whole = f"{sizes.events:,} events"
    hundred = Floor(value=100_000)
    return [
        figure(BENCH, f"in process, {whole}, decoded", "events/s", logs, floor=hundred),
        figure(BENCH, f"in process, {whole}, with changes", "events/s", entries, floor=hundred),
        figure(BENCH, f"NDJSON, {whole}", "events/s", lines, floor=Floor(value=40_000)),
        figure(BENCH, "commit to SSE client, p99", "ms", live, floor=Floor(value=50)),
        figure(BENCH, "idle", "% of a core", idle, floor=Floor(value=2)),
    ]


def read_log(url: str, after: int, size: int) -> float:
    """Read the log as our own consumers do: envelopes and typed facts; tells events a second."""
    log, position = PostgresLog(url, log=LOG), after
    begin = time.perf_counter()
    while position < after + size and (page := log.read(position, PAGE)):
        position = page[-1].position
    seconds = time.perf_counter() - begin
    log.close()
    return (position - after) / seconds


def asyncio_run(url: str, after: int, size: int) -> float:
    """Read entries with their derived changes, as the doors do, on an event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(read_entries(url, after, size))


async def read_entries(url: str, after: int, size: int) -> float:
    """Read and decode entries; tells events a second."""
    async with PostgresFeed(url, log=LOG) as feed:
        position, begin = after, time.perf_counter()
        while position < after + size and (page := await feed.entries(position, PAGE)):
            for entry in page:
                _envelope(entry.body)
                _changes(entry.changes)
            position = page[-1].position
        return (position - after) / (time.perf_counter() - begin)


def read_lines(doors: Doors, size: int) -> float:
    """Read and decode records over HTTP; tells events a second."""
    begin = time.perf_counter()
    response = doors.get(f"/feed?limit={size}", "application/x-ndjson")
    count = 0
    for line in _lines(response):
        _record(line)
        count += 1
    seconds = time.perf_counter() - begin
    if count != size:
        raise Lost(f"{count} of {size} records came")
    return count / seconds


def _lines(response: HTTPResponse) -> Iterator[bytes]:
    rest = b""
    while piece := response.read(PIECE):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    response.close()


def listen(doors: Doors, count: int, number: int) -> Run:
    """Write events at a steady pace and tell the 99th percentile of commit to arrival, in ms."""
    toggle = (FreezeSubject, UnfreezeSubject)
    send(doors.gate, toggle[0](subject=CALLER), f"live {number} freeze")
    start = send(doors.gate, toggle[1](subject=CALLER), f"live {number} unfreeze")
    listener = Listener(doors.get(f"/feed/stream?cursor={start}", "text/event-stream"))
    listener.start()
    committed: dict[int, float] = {}
    for turn in range(count - count % 2):
        time.sleep(LIVE_EVERY_SECONDS)
        position = send(doors.gate, toggle[turn % 2](subject=CALLER), f"live {number} {turn}")
        committed[position] = time.perf_counter()
    listener.wait_for(max(committed))
    late = [max(0.0, listener.arrived[at] - when) * 1000 for at, when in committed.items()]
    return Run(percentile(late), percentile(late))


class Listener(threading.Thread):
    """Hears a stream of Server-Sent Events and notes when each position arrived."""

    def __init__(self, response: HTTPResponse) -> None:
        super().__init__(daemon=True)
        self._response = response
        self._heard = threading.Condition()
        self._wanted = 0
        self.arrived: dict[int, float] = {}

    @override
    def run(self) -> None:
        """Listen until everything that is waited for is there."""
        for line in self._response:
            if not line.startswith(b"id: "):
                continue
            with self._heard:
                position = int(line[4:])
                self.arrived[position] = time.perf_counter()
                self._heard.notify_all()
                if position == self._wanted:
                    break
        self._response.close()

    def wait_for(self, position: int) -> None:
        """Wait until a position has arrived. Raises Lost."""
        with self._heard:
            self._wanted = position
            if not self._heard.wait_for(lambda: position in self.arrived, ARRIVAL_SECONDS):
                raise Lost(f"position {position} did not arrive")


def rest(stage: Stage, doors: Doors) -> float:
    """Tell how much of a core doors, views and store take while nothing happens."""
    listener = doors.get("/feed/stream?cursor=999999999", "text/event-stream")
    time.sleep(1.0)
    processes = (doors.pid, doors.views, *_sessions(stage.server.pid))
    before = sum(map(_ticks, processes))
    time.sleep(stage.sizes.idle_seconds)
    ticks = sum(map(_ticks, processes)) - before
    listener.close()
    return 100 * ticks / TICKS / stage.sizes.idle_seconds


def _sessions(postmaster: int) -> list[int]:
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
    return [postmaster, *map(int, children.split())]


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
