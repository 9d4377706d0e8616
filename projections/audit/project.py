"""Folds the audit trail."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Recorded
from projections.facts import EVERY_TYPE
from projections.folding import FoldedView
from projections.view import Key, Rows, Table

AUDIT: Final = Table(
    "audit",
    ("position",),
    ("at", "actor", "type", "stream", "version", "command", "correlation", "cause"),
)


def needs(_: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name nothing: each event is a row of its own."""
    return ()


def _fold(event: Recorded, rows: Rows) -> None:
    envelope = event.envelope
    row = {
        "position": event.position,
        "at": envelope.at,
        "actor": envelope.actor,
        "type": envelope.type,
        "stream": envelope.stream,
        "version": envelope.version,
        "command": envelope.command,
        "correlation": envelope.correlation,
        "cause": envelope.cause,
    }
    rows.put(AUDIT, row)


VIEW: Final = FoldedView(
    "audit", version=1, tables=(AUDIT,), needs=needs, folds=dict.fromkeys(EVERY_TYPE, _fold)
)
