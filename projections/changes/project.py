"""Derives what each event changed, so that a reader of the feed rebuilds every state (TD1).

Each position of the log has a row. An entry's value is its whole state after the event: a
reader keeps the last value by (entry, key), and drops an entry when it is removed.
"""

from collections.abc import Iterable
from typing import Any, Final

from domain.kernel.event import Recorded
from projections.changes.touched import touched
from projections.changes.values import value_after
from projections.facts import EVERY_TYPE
from projections.folding import FoldedView
from projections.view import Key, Rows, Table

CHANGES_VERSION: Final = 1
"""The version of entries and values that the feed names (FORMATS 8)."""

CHANGES: Final = Table("changes", ("position",), ("changes",))
LEDGER_ENTRIES: Final = Table("ledger_entries", ("entry", "key"), ("value", "position"))


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the entries that the event touches."""
    return [(LEDGER_ENTRIES, entry) for entry in touched(event)]


def _fold(event: Recorded, rows: Rows) -> None:
    changes = [
        change
        for entry, key in touched(event)
        if (change := _change(entry, key, event, rows)) is not None
    ]
    rows.put(CHANGES, {"position": event.position, "changes": changes})


def _change(entry: str, key: str, event: Recorded, rows: Rows) -> dict[str, Any] | None:
    row = rows.get(LEDGER_ENTRIES, entry, key)
    before = None if row is None else row["value"]
    value = value_after(entry, key, before, event)
    if value == before:
        return None
    if value is None:
        rows.delete(LEDGER_ENTRIES, entry, key)
        return {"effect": "removed", "entry": entry, "key": key, "value": None}
    rows.put(
        LEDGER_ENTRIES, {"entry": entry, "key": key, "value": value, "position": event.position}
    )
    effect = "created" if before is None else "updated"
    return {"effect": effect, "entry": entry, "key": key, "value": value}


VIEW: Final = FoldedView(
    "changes",
    version=2,
    tables=(CHANGES, LEDGER_ENTRIES),
    needs=needs,
    folds=dict.fromkeys(EVERY_TYPE, _fold),
)
