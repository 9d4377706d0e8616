"""How the processes of one machine share their metrics: each leaves its own in a file.

The door that is scraped adds the files of the others to what it counts itself, each sample with
the name of its process. A process that died leaves its last file; that counts for half a minute.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from interfaces.telemetry.metrics import REGISTRY
from interfaces.telemetry.shared import many

WRITE_SECONDS: Final = 2.0
STALE_SECONDS: Final = 30.0


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One value of a metric."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric with all its values."""

    name: str
    documentation: str
    type: str
    samples: list[Sample]


logger: Final = logging.getLogger("tallystick.metrics")

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Family]).decode


def folder_of(data: Path) -> Path:
    """Name the folder of the files."""
    return data / "metrics"


class Publisher:
    """Writes this process's metrics to its file every few seconds, until it is left."""

    def __init__(self, data: Path, process: str, *, registry: CollectorRegistry = REGISTRY) -> None:
        self._path = folder_of(data) / f"{process}.metrics"
        self._registry = registry
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for torn in self._path.parent.glob(f"{self._path.stem}.[0-9]*"):
            torn.unlink(missing_ok=True)
        self.write()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def write(self) -> None:
        """Write the file now; a reader sees the old one or the new one."""
        families = [
            Family(
                each.name,
                each.documentation,
                each.type,
                [Sample(one.name, one.labels, one.value) for one in each.samples],
            )
            for each in self._registry.collect()
        ]
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(_encode(families))
        fresh.replace(self._path)

    def _run(self) -> None:
        failed = False
        while not self._over.wait(WRITE_SECONDS):
            try:
                self.write()
            except OSError as error:
                # A full disk must not end the process: its silence is an alert of its own.
                if not failed:
                    logger.warning("the metrics cannot be written: %s", type(error).__name__)
                failed = True
            else:
                failed = False


def others(data: Path, process: str) -> Iterator[tuple[str, list[Metric]]]:
    """Read what the other processes wrote lately, and how long ago each one did."""
    now = time.time()
    age = many("tallystick_process_metrics_age_seconds")
    for path in sorted(folder_of(data).glob("*.metrics")):
        if path.stem == process:
            continue
        try:
            families = _decode(path.read_bytes())
            seconds = max(0.0, now - path.stat().st_mtime)
        except (FileNotFoundError, msgspec.DecodeError):
            continue  # gone, or torn by a crash: the next one comes in a moment
        age.add_metric((path.stem,), seconds)
        if seconds <= STALE_SECONDS:
            yield path.stem, [_metric(family) for family in families]
    yield process, [age]


def _metric(family: Family) -> Metric:
    metric = Metric(family.name, family.documentation, family.type)
    for sample in family.samples:
        metric.add_sample(sample.name, sample.labels, sample.value)
    return metric


def merged(parts: Iterable[tuple[str, Iterable[Metric]]]) -> list[Metric]:
    """Put the metrics of several processes together; each sample gets the label ``process``."""
    found: dict[str, Metric] = {}
    for process, metrics in parts:
        for metric in metrics:
            family = found.setdefault(
                metric.name, Metric(metric.name, metric.documentation, metric.type)
            )
            for sample in metric.samples:
                family.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
    return [found[name] for name in sorted(found)]
