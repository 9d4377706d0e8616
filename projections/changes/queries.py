"""Questions about changes, and the ledger's entries as they are now."""

from typing import Any, Literal

import msgspec

from projections.query import Query
from projections.select import above, at_most, equal, select


class Change(msgspec.Struct, frozen=True):
    """What became of an entry; a removed one has no value."""

    effect: Literal["created", "updated", "removed"]
    entry: str
    key: str
    value: dict[str, Any] | None


class ChangesRow(msgspec.Struct, frozen=True):
    """What the event at a position changed; ``position`` is the cursor."""

    position: int
    changes: list[Change]


class LedgerEntryRow(msgspec.Struct, frozen=True):
    """An entry of the ledger and the position that changed it last; ``key`` is the cursor."""

    entry: str
    key: str
    value: dict[str, Any]
    position: int


def changes(
    *, after: int | None = None, until: int | None = None, limit: int = 50
) -> Query[ChangesRow]:
    """Ask for a page of changes in the order of the log; ``until`` is inclusive."""
    conditions = [above("position", after), at_most("position", until)]
    return select(ChangesRow, "changes", conditions, order="position", limit=limit)


def ledger_entry(entry: str, key: str) -> Query[LedgerEntryRow]:
    """Ask for one entry as it is now."""
    conditions = [equal("entry", entry), equal("key", key)]
    return select(LedgerEntryRow, "ledger_entries", conditions, order="key")


def ledger_entries(
    entry: str, *, after: str | None = None, limit: int = 50
) -> Query[LedgerEntryRow]:
    """Ask for a page of the entries of a kind by key; ``after`` is the last row's key."""
    conditions = [equal("entry", entry), above("key", after)]
    return select(LedgerEntryRow, "ledger_entries", conditions, order="key", limit=limit)
