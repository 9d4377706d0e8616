"""`scale`: whether a log of ten million events is as fast as a log of a hundred thousand.

The long log is built once and kept; each time it grows by what the measurement appends.

After a checkpoint the store writes each page that is touched first whole into its own log, and a
long log has many pages: so the seconds after a checkpoint are a case of their own, and the
others are taken after that.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from interfaces.outbound.postgres.bulk import BulkImport, Prepared
from interfaces.outbound.postgres.log import PostgresLog
from tools.bench.append import MANY, load, writing
from tools.bench.feeding import read_log
from tools.bench.figures import Figure, Floor, Run, figure, percentile
from tools.bench.node import Load
from tools.bench.prepared import LOG, SHARE_OF_ACCOUNTS, prepared_log, stream_of
from tools.bench.stage import Stage

BENCH: Final = "scale"
SHARE: Final = 0.85
WARM_RUNS: Final = 2
AFTER_A_CHECKPOINT: Final = 1_000
"""The number of the run that is a case of its own."""

QUESTIONS_SEED: Final = 7


def scaling(stage: Stage) -> list[Figure]:
    """Measure append, feed and questions on the long log, beside the short one in turn."""
    sizes = stage.sizes
    long = long_log(stage)
    appended: list[Run] = []
    appended_short: list[float] = []
    fed: list[Run] = []
    fed_short: list[float] = []
    asked: list[tuple[Run, Run]] = []
    with stage.database() as short:
        fill(short, prepared_log(sizes.small_events))
        stage.settle()
        fresh = [append_to(stage, long, AFTER_A_CHECKPOINT)]
        for number in range(WARM_RUNS):
            append_to(stage, short, -1 - number)
            append_to(stage, long, -1 - number)
        for number in range(sizes.runs):
            appended_short.append(append_to(stage, short, number).value)
            appended.append(append_to(stage, long, number))
            first = sizes.scale_events - sizes.small_events
            fed_short.append(read_log(short, 0, sizes.small_events))
            fed.append(Run(read_log(long, number * first // sizes.runs, sizes.small_events)))
            asked.append(questions(long, sizes.scale_events, sizes.questions))
    whole, floor = f"{sizes.scale_events:,} events", Floor(times=SHARE)
    beside = f"{sizes.small_events:,} events"
    late = Floor(value=5)
    return [
        figure(
            BENCH, f"append, {whole}", "events/s", appended,
            floor=floor, peer=(beside, appended_short),
        ),
        figure(BENCH, f"append, {whole}, the first seconds after a checkpoint", "events/s", fresh),
        figure(BENCH, f"feed, {whole}", "events/s", fed, floor=floor, peer=(beside, fed_short)),
        figure(BENCH, f"by stream, {whole}, p99", "ms", [one for one, _ in asked], floor=late),
        figure(BENCH, f"by position, {whole}, p99", "ms", [two for _, two in asked], floor=late),
    ]  # fmt: skip


def long_log(stage: Stage) -> str:
    """Find the long log or build it; half a log is built anew."""
    size = stage.sizes.scale_events
    name = f"scale_{size}"
    url, is_new = stage.kept(name)
    if not is_new and head(url) < size:
        stage.drop(name)
        url, is_new = stage.kept(name)
    if is_new:
        fill(url, _counted(stage, prepared_log(size)))
        stage.settle()
    return url


def fill(url: str, events: Iterator[Prepared]) -> None:
    """Import a log into an empty database."""
    with BulkImport(url, log=LOG) as bulk:
        bulk.append(events)


def _counted(stage: Stage, events: Iterator[Prepared]) -> Iterator[Prepared]:
    for number, event in enumerate(events, start=1):
        if number % 50_000 == 0:
            stage.tell(f"{BENCH}: the long log is built, {number:,} events")
        yield event


def head(url: str) -> int:
    """Tell how long a log is."""
    log = PostgresLog(url, log=LOG)
    try:
        return log.head().position
    finally:
        log.close()


def append_to(stage: Stage, url: str, number: int) -> Run:
    """Append with 256 clients that are new to this log."""
    name = f"scale-{head(url)}-{number}"
    with writing(stage, url, name, clients=MANY) as nodes:
        [sent] = load(nodes, Load(seconds=stage.sizes.seconds))
    return Run(sent.rate, sent.p99_ms)


def questions(url: str, size: int, count: int) -> tuple[Run, Run]:
    """Ask for whole streams and for single events anywhere; the 99th percentiles in ms."""
    draw = random.Random(QUESTIONS_SEED)  # noqa: S311 - which questions, not a secret
    accounts = size // SHARE_OF_ACCOUNTS
    log = PostgresLog(url, log=LOG)
    log.head()
    streams = [stream_of(draw.randrange(1, accounts)) for _ in range(count)]
    positions = [draw.randrange(size) for _ in range(count)]
    by_stream = _waits([lambda name=name: log.read_stream(name) for name in streams])  # type: ignore[misc]
    by_position = _waits([lambda after=after: log.read(after, 1) for after in positions])  # type: ignore[misc]
    log.close()
    return Run(percentile(by_stream)), Run(percentile(by_position))


def _waits(asks: Sequence[Callable[[], object]]) -> list[float]:
    waits = []
    for ask in asks:
        begin = time.perf_counter()
        ask()
        waits.append((time.perf_counter() - begin) * 1000)
    return waits
