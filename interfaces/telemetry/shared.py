"""The metrics that belong to no process: what the store knows, the same on every node."""

from typing import Final

import msgspec
from prometheus_client.core import GaugeMetricFamily


class Shared(msgspec.Struct, frozen=True):
    """What a value means, and what its one label names, if it has one."""

    documentation: str
    label: str | None = None


SHARED: Final[dict[str, Shared]] = {
    "tallystick_process_metrics_age_seconds": Shared(
        "How long ago a process wrote its metrics; older than 30 s they are left out.", "writer"
    ),
    "tallystick_store_up": Shared("1 while the store answers; the others of these go without it."),
    "tallystick_log_position": Shared("The last position of the log."),
    "tallystick_view_position": Shared("The last position that a view has folded.", "view"),
    "tallystick_view_lag_events": Shared("Events that a view is behind the log.", "view"),
    "tallystick_view_lag_seconds": Shared(
        "Age of the oldest event that a view has not folded.", "view"
    ),
    "tallystick_view_stopped": Shared("1 while a poison event stops a view.", "view"),
    "tallystick_view_stopped_position": Shared(
        "The event that a stopped view cannot fold.", "view"
    ),
    "tallystick_anchor_position": Shared("Size of the last confirmed anchor."),
    "tallystick_anchor_lag_events": Shared("Events behind the last confirmed anchor."),
    "tallystick_anchor_lag_seconds": Shared("Age of the oldest event that waits for an anchor."),
    "tallystick_chain_writes": Shared("Writes to the chain by state.", "state"),
    "tallystick_chain_write_oldest_open_seconds": Shared(
        "Age of the oldest plan of a chain write that is not at its end."
    ),
    "tallystick_reconciliation_broken_tokens": Shared(
        "Tokens on which books and chain differed when they were compared last."
    ),
    "tallystick_follower_position": Shared(
        "The last position that a follower of the log is done with.", "follower"
    ),
}


def one(name: str, value: float) -> GaugeMetricFamily:
    """Make a metric with its one value."""
    return GaugeMetricFamily(name, SHARED[name].documentation, value=value)


def many(name: str) -> GaugeMetricFamily:
    """Make a metric whose values are told by a label."""
    label = SHARED[name].label
    return GaugeMetricFamily(name, SHARED[name].documentation, labels=[label] if label else [])
