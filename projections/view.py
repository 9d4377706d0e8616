"""What a view is: tables, the rows a batch needs, and a pure fold that changes them.

The runner reads a batch of events, loads the rows that ``needs`` names, lets ``project`` fold
the batch over them, and writes one upsert and one delete for each table together with the
view's checkpoint in one transaction (DESIGN decision 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from domain.kernel.event import Recorded

Key = tuple[Any, ...]
Row = dict[str, Any]


class Table(msgspec.Struct, frozen=True):
    """A table of a view: its name, the columns of its primary key, and the others."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Key columns first, then the others."""
        return self.key + self.columns


class Rows:
    """The rows that a batch works on: loaded, changed and deleted ones."""

    def __init__(self, loaded: Mapping[tuple[str, Key], Row]) -> None:
        self._rows: dict[tuple[str, Key], Row | None] = dict(loaded)
        self._touched: dict[tuple[str, Key], None] = {}
        self._columns: dict[str, frozenset[str]] = {}

    def get(self, table: Table, *key: Any) -> Row | None:
        """Fetch a row as it stands now; the caller must not change it."""
        return self._rows.get((table.name, key))

    def put(self, table: Table, row: Row) -> None:
        """Insert or replace a row; it must have every column of the table."""
        columns = self._columns.get(table.name)
        if columns is None:
            columns = self._columns[table.name] = frozenset(table.all_columns)
        if row.keys() != columns:
            message = f"{table.name}: a row has other columns than the table: {sorted(row)}"
            raise ValueError(message)
        at = table.name, tuple([row[column] for column in table.key])
        self._rows[at] = row
        self._touched[at] = None

    def change(self, table: Table, *key: Any, **values: Any) -> None:
        """Change columns of a row that exists; raises KeyError when it does not."""
        row = self.get(table, *key)
        if row is None:
            message = f"{table.name}: there is no row {key}"
            raise KeyError(message)
        self.put(table, {**row, **values})

    def delete(self, table: Table, *key: Any) -> None:
        """Delete a row."""
        self._rows[(table.name, key)] = None
        self._touched[(table.name, key)] = None

    def upserts(self, table: Table) -> list[Row]:
        """List the rows to insert or replace, in the order of their first change."""
        rows = (self._rows[at] for at in self._touched if at[0] == table.name)
        return [row for row in rows if row is not None]

    def deletes(self, table: Table) -> list[Key]:
        """List the keys to delete."""
        return [at[1] for at in self._touched if at[0] == table.name and self._rows[at] is None]


class View(Protocol):
    """A read model: a pure fold of events into the rows of its tables."""

    name: str
    version: int
    schema: str
    tables: tuple[Table, ...]
    types: frozenset[str]

    def needs(self, event: Recorded) -> Iterable[tuple[Table, Key]]:
        """Name the rows that folding this event will look at."""
        ...

    def project(self, batch: Sequence[Recorded], rows: Rows) -> None:
        """Fold a batch over the rows; raises on an event that cannot be folded."""
        ...
