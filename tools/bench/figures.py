"""Figures: medians of several runs, their peers and floors, one JSON line for each."""

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

RUNS: Final = 5
AT_MOST: Final = frozenset({"ms", "µs", "s", "MB", "% of a core", "% of the time"})
"""Units of which less is better: their floor is a ceiling."""


class Run(msgspec.Struct, frozen=True):
    """What one run measured: a value in the figure's unit, and its 99th percentile if any."""

    value: float
    p99_ms: float | None = None


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside its peer and its floor; the floor is what the value must reach."""

    bench: str
    case: str
    unit: str
    value: float
    p99_ms: float | None = None
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    floor: float | None = None
    met: bool | None = None
    runs: tuple[float, ...] = ()
    rule: str = ""
    """The floor in words."""

    def line(self) -> bytes:
        """Write the figure as its JSON line; what was left out of it goes into the report."""
        shown = {name: getattr(self, name) for name in LINE}
        return msgspec.json.encode(shown)


LINE: Final = (
    "bench",
    "case",
    "unit",
    "value",
    "p99_ms",
    "peer",
    "peer_value",
    "ratio",
    "floor",
    "met",
)
"""Members of a figure's JSON line, in order."""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure must reach: an absolute value, a multiple of its peer, or both."""

    value: float | None = None
    times: float | None = None

    def against(self, peer: float | None) -> float | None:
        """Tell the value to reach beside this peer; nothing when there is no floor."""
        limits = [] if self.value is None else [self.value]
        if self.times is not None and peer is not None:
            limits.append(self.times * peer)
        return max(limits, default=None)

    def words(self, unit: str) -> str:
        """Say the floor."""
        parts = [] if self.times is None else [f"{self.times:g} x the peer"]
        if self.value is not None:
            parts.append(f"{self.value:,.15g} {unit}")
        return " and ".join(parts)


def figure(
    bench: str,
    case: str,
    unit: str,
    runs: Sequence[Run],
    *,
    floor: Floor | None = None,
    peer: tuple[str, Sequence[float]] | None = None,
) -> Figure:
    """Make the figure of some runs: medians, ratio of the medians, and whether it is enough."""
    value = median(run.value for run in runs)
    late = [run.p99_ms for run in runs if run.p99_ms is not None]
    beside = None if peer is None else median(peer[1])
    limit = None if floor is None else floor.against(beside)
    met = None
    if limit is not None:
        met = value <= limit if unit in AT_MOST else value >= limit
    return Figure(
        bench=bench,
        case=case,
        unit=unit,
        value=shown(value),
        p99_ms=shown(median(late)) if late else None,
        peer=None if peer is None else peer[0],
        peer_value=None if beside is None else shown(beside),
        ratio=round(value / beside, 2) if beside else None,
        floor=None if limit is None else shown(limit),
        met=met,
        runs=tuple(shown(run.value) for run in runs),
        rule="" if floor is None else floor.words(unit),
    )


def latency(bench: str, case: str, runs: Sequence[Run], ceiling: float | None = None) -> Figure:
    """Make the figure of the runs' 99th percentiles, in milliseconds."""
    late = [Run(run.p99_ms) for run in runs if run.p99_ms is not None]
    floor = None if ceiling is None else Floor(value=ceiling)
    return figure(bench, f"{case}, p99", "ms", late, floor=floor)


def percentile(values: Sequence[float], share: float = 0.99) -> float:
    """Tell the value that this share of all values does not exceed, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def shown(value: float) -> float:
    """Round a figure to what its run-to-run spread could justify at most."""
    return round(value) if abs(value) >= 1000 else round(value, 2)
