"""One scrape: this process's metrics, those of the others, and what the store knows."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from typing_extensions import override

from interfaces.telemetry.metrics import REGISTRY
from interfaces.telemetry.snapshots import merged, others


class _Gathered(Collector):
    """Metrics that are gathered already, as an encoder wants them."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    @override
    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def expose(
    accept: str, process: str, *, data: Path | None = None, shared: Iterable[Metric] = ()
) -> tuple[bytes, str]:
    """Write a scrape and tell its media type.

    ``accept`` is the scraper's wish. ``shared`` belongs to no process; with ``data`` the files
    of the other processes on this machine are added.
    """
    parts = [(process, list(REGISTRY.collect()))]
    if data is not None:
        parts += others(data, process)
    encode, media_type = choose_encoder(accept)
    return encode(_Gathered([*shared, *merged(parts)])), media_type
