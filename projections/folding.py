"""Building blocks of views: a view made of one fold for each event type, and common rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of
from projections.states import state_after
from projections.view import Key, Row, Rows, Table

F = TypeVar("F", bound=Event)
Needs = Callable[[Recorded], Iterable[tuple[Table, Key]]]
Fold = Callable[[Recorded, Rows], None]


class FoldedView:
    """A view that folds each event by the function of its type and passes over all others.

    ``schema`` names the package that holds the view's ``schema.sql``; its tables are created
    without a schema, the runner's search path decides where.
    """

    def __init__(
        self,
        name: str,
        *,
        version: int,
        tables: tuple[Table, ...],
        needs: Needs,
        folds: Mapping[str, Fold],
    ) -> None:
        self.name = name
        self.version = version
        self.schema = f"projections.{name}"
        self.tables = tables
        self.types = frozenset(folds)
        self._needs = needs
        self._folds = dict(folds)

    def needs(self, event: Recorded) -> Iterable[tuple[Table, Key]]:
        """Name the rows that folding this event will look at."""
        return self._needs(event) if event.envelope.type in self.types else ()

    def project(self, batch: Sequence[Recorded], rows: Rows) -> None:
        """Fold a batch over the rows; raises on an event that cannot be folded."""
        for event in batch:
            fold = self._folds.get(event.envelope.type)
            if fold is not None:
                fold(event, rows)


def folds_of(events: Iterable[type[Event]], fold: Fold) -> dict[str, Fold]:
    """Give all these event types the same fold."""
    return {event.TYPE: fold for event in events}


def expect(event: Recorded, kind: type[F]) -> F:
    """Give an event's fact as what its type says that it is; raises TypeError otherwise."""
    if not isinstance(event.fact, kind):
        message = f"not {kind.__name__} at {event.position}: {event.fact!r}"
        raise TypeError(message)
    return event.fact


def plain(value: object) -> Any:
    """Turn a fact or a part of it into what a jsonb column gives back: no tuples, no structs."""
    return msgspec.json.decode(msgspec.json.encode(value))


def blank(table: Table) -> Row:
    """Make a row of a table with nothing in it."""
    return dict.fromkeys(table.all_columns)


def advance(rows: Rows, table: Table, key: Any, event: Recorded, values: Row) -> None:
    """Move the one row that stands for an event's stream: its state, position and values.

    The table has the columns ``state``, ``position`` (of the stream's first event) and
    ``last_position``.
    """
    row = rows.get(table, key) or blank(table)
    aggregate = aggregate_of(event.stream)
    standing = {
        table.key[0]: key,
        "state": state_after(aggregate, row["state"], event.envelope.type),
        "position": row["position"] or event.position,
        "last_position": event.position,
    }
    rows.put(table, {**row, **standing, **values})
