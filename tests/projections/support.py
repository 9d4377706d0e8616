"""Runs views as the runner does, over plain dictionaries, and makes events for them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from typing_extensions import override

from domain.invoice.events import InvoiceSubmitted
from domain.kernel.event import Envelope, Event, Recorded
from domain.kernel.ids import command_id, correlation_id
from domain.kernel.money import Money
from projections.view import Key, Row, Rows, Table, View

Tables = dict[tuple[str, Key], Row]


class StrictRows(Rows):
    """Rows that complain when a fold looks at a row that nobody loaded."""

    def __init__(self, loaded: Mapping[tuple[str, Key], Row], wanted: set[tuple[str, Key]]) -> None:
        super().__init__(loaded)
        self._wanted = wanted

    @override
    def get(self, table: Table, *key: Any) -> Row | None:
        """Fetch a row that was asked for."""
        assert (table.name, key) in self._wanted, f"{table.name} {key} was not asked for"
        return super().get(table, *key)


class Store:
    """A view's tables, and nothing but what a database would have kept of them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.rows: Tables = {}

    def fold(self, batch: Sequence[Recorded]) -> None:
        """Fold one batch: load what it needs, project, write upserts and deletes."""
        wanted = {(table.name, key) for event in batch for table, key in self.view.needs(event)}
        loaded = {at: self.rows[at] for at in wanted if at in self.rows}
        rows = StrictRows(loaded, wanted)
        self.view.project(batch, rows)
        for table in self.view.tables:
            for row in rows.upserts(table):
                key = tuple(row[column] for column in table.key)
                self.rows[(table.name, key)] = _as_stored(row)
            for key in rows.deletes(table):
                self.rows.pop((table.name, key), None)

    def table(self, name: str) -> list[Row]:
        """List a table's rows by key."""
        return [row for (table, _), row in sorted(self.rows.items(), key=_order) if table == name]


def _order(item: tuple[tuple[str, Key], Row]) -> tuple[str, str]:
    return item[0][0], repr(item[0][1])


def _as_stored(row: Row) -> Row:
    stored: Row = msgspec.json.decode(msgspec.json.encode(row))
    # A database gives back what JSON can say: a tuple or a set would come back as a list.
    assert stored == row, "a row holds something else than plain values"
    return stored


def folded(view: View, events: Sequence[Recorded], size: int | None = None) -> Store:
    """Fold events in batches of a size; all at once without one."""
    store = Store(view)
    step = size or max(len(events), 1)
    for start in range(0, len(events), step):
        store.fold(events[start : start + step])
    return store


class Scribe:
    """Writes events on a list as if they had been decided, behind a log that is there."""

    def __init__(self, log: Sequence[Recorded] = ()) -> None:
        self.log = list(log)
        self.now = log[-1].at if log else "2026-05-22T10:42:00.000000Z"
        self._versions = {event.stream: event.envelope.version for event in log}

    def write(self, stream: str, *facts: Event, actor: str = "process:test") -> Recorded:
        """Record facts on a stream and give the last one."""
        for fact in facts:
            self._versions[stream] = self._versions.get(stream, 0) + 1
            self.log.append(self._recorded(stream, fact, actor))
        return self.log[-1]

    def _recorded(self, stream: str, fact: Event, actor: str) -> Recorded:
        position = len(self.log) + 1
        command = command_id(actor, str(position))
        envelope = Envelope(
            log="tallystick.example/test",
            stream=stream,
            version=self._versions[stream],
            type=fact.TYPE,
            schema=fact.SCHEMA,
            at=self.now,
            actor=actor,
            command=command,
            correlation=correlation_id(command),
            data=msgspec.to_builtins(fact),
        )
        return Recorded(position=position, envelope=envelope, fact=fact, body=b"", chain=b"")


def submitted(number: str) -> InvoiceSubmitted:
    """Make the first fact of an invoice."""
    return InvoiceSubmitted(
        seller="s",
        buyer="b",
        number=number,
        face=Money(100, "GBP"),
        issued="2026-05-01",
        due="2026-07-01",
        document="0a",
        fingerprint="0b",
    )
