"""The metrics of one process: each with its name, its unit in the name, and what it counts.

Labels are closed sets only (types of commands, codes of refusals, routes, views, states), never
a person, a key, an amount or a stream. The writer counts once a batch, not once a command.
"""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

REGISTRY: Final = CollectorRegistry()
"""What this process counts itself; other processes' and the store's values are added later."""

_BATCH: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
ProcessCollector(registry=REGISTRY)

COMMANDS: Final = Counter(
    "tallystick_commands",
    "Commands by type and outcome: accepted, unchanged, replayed, refused, failed, unavailable.",
    ("command", "outcome"),
    registry=REGISTRY,
)
REFUSALS: Final = Counter(
    "tallystick_refusals",
    "Refused commands by the code of the refusal.",
    ("code",),
    registry=REGISTRY,
)
WRITER_WAITING: Final = Gauge(
    "tallystick_writer_waiting_commands",
    "Commands that waited when the last batch was done.",
    registry=REGISTRY,
)
WRITER_BATCH: Final = Histogram(
    "tallystick_writer_batch_commands",
    "Commands that were appended together.",
    buckets=_BATCH,
    registry=REGISTRY,
)
WRITER_APPEND: Final = Histogram(
    "tallystick_writer_append_seconds",
    "From sending a batch to the store to its commit.",
    buckets=_SECONDS,
    registry=REGISTRY,
)
WRITER_EVENTS: Final = Counter(
    "tallystick_writer_events", "Events that this process appended.", registry=REGISTRY
)
WRITER_MISSES: Final = Counter(
    "tallystick_writer_misses", "Batches that another node came before.", registry=REGISTRY
)
WRITER_LOSSES: Final = Counter(
    "tallystick_writer_losses", "Connections that the writer lost.", registry=REGISTRY
)
READ_ONLY: Final = Gauge(
    "tallystick_writer_read_only",
    "1 while this process writes nothing because the log is not the one that it signed.",
    registry=REGISTRY,
)
HTTP_REQUESTS: Final = Counter(
    "tallystick_http_requests",
    "Answered requests.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
HTTP_SECONDS: Final = Histogram(
    "tallystick_http_request_seconds",
    "From a request to the end of its answer; event streams are left out.",
    ("route",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
WITNESS_ANSWERS: Final = Counter(
    "tallystick_witness_answers",
    "What witnesses said to a checkpoint: signed, refused (they have seen another log), away.",
    ("answer",),
    registry=REGISTRY,
)
FEED_CLIENTS: Final = Gauge(
    "tallystick_feed_clients", "Clients that follow the feed now.", ("door",), registry=REGISTRY
)
WISHES_POSTPONED: Final = Gauge(
    "tallystick_wishes_postponed",
    "Wishes of process managers that were refused for a reason that passes.",
    registry=REGISTRY,
)
CHAIN_EVENTS: Final = Counter(
    "tallystick_chain_events",
    "Events of our contracts: brought about by an own chain write, or by somebody else (other).",
    ("contract", "event", "origin"),
    registry=REGISTRY,
)
WATCHED_BLOCK: Final = Gauge(
    "tallystick_chain_watched_block",
    "The last block whose events were read; 0 in processes that do not watch the chain.",
    registry=REGISTRY,
)
CHAIN_KEY_BALANCE: Final = Gauge(
    "tallystick_chain_key_balance_ether",
    "Ether that a key on the chain has left, by the key's purpose.",
    ("signer",),
    registry=REGISTRY,
)
ALERT: Final = Gauge(
    "tallystick_alert_active",
    "1 while an alert holds; its beginning is a log line of level ERROR.",
    ("alert", "subject"),
    registry=REGISTRY,
)
RESTARTS: Final = Counter(
    "tallystick_process_restarts",
    "Parts that the supervisor started again.",
    ("part",),
    registry=REGISTRY,
)
PARTS_UP: Final = Gauge(
    "tallystick_process_up",
    "1 while a part runs, as the supervisor sees it.",
    ("part",),
    registry=REGISTRY,
)
