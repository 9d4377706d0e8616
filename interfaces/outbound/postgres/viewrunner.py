"""Folds the log into views: a batch at a time, each view in a transaction of its own.

A view's checkpoint moves by compare-and-set in the transaction that writes its rows, so two
runners never fold an event twice, and a view is always exactly what the events up to its
checkpoint make of it. An event that a view cannot fold stops that view only.

A node of a later version may write facts that this one cannot read. A view passes over types that
it does not fold; a later schema of one that it folds stops it, and so does an unknown type where
a view folds every type: it would be no longer whole.
"""

import logging
from collections.abc import Sequence
from typing import Final

import psycopg

from application.envelopes import Unreadable
from application.ports.gate import StoreUnavailable
from application.ports.log import ViewSource
from domain.catalogue import UnknownEventError
from domain.kernel.event import Recorded
from interfaces.outbound.postgres.reader import schema_of
from interfaces.outbound.postgres.sessions import LOST, Session, describe
from interfaces.outbound.postgres.viewtables import ViewTables
from projections.facts import EVERY_TYPE
from projections.view import View

BATCH: Final = 5_000
VIEW_LOCK: Final = int.from_bytes(b"tallyvie")

_log = logging.getLogger("tallystick.views")

_CHECKPOINT = "SELECT version, position FROM view_checkpoints WHERE view = %s"
_BEGIN = "INSERT INTO view_checkpoints (view, version, position) VALUES (%s, %s, 0)"
_MOVE = """
UPDATE view_checkpoints
SET position = %s, stopped_at = NULL, stopped_since = NULL, error = NULL
WHERE view = %s AND version = %s AND position = %s
"""
_STOP = """
UPDATE view_checkpoints SET stopped_at = %s, stopped_since = now(), error = %s
WHERE view = %s AND version = %s AND position = %s
"""
_STOPPED = """
SELECT 1 FROM view_checkpoints
WHERE view = %s AND version = %s AND position = %s AND stopped_at IS NOT NULL
"""


class Overtaken(Exception):
    """Another runner has moved the view's checkpoint."""


class OtherVersion(Exception):
    """The view's tables were made by another version of it; it must be rebuilt."""


class ViewRunner:
    """Keeps one view; ``name`` is another than the view's while it is rebuilt side by side."""

    def __init__(self, view: View, session: Session, *, name: str | None = None) -> None:
        self.view = view
        self.name = name or view.name
        self.tables = ViewTables(view, schema_of(view).removesuffix(view.name) + self.name)
        self.position = 0
        self.stopped = False
        self._session = session

    def prepare(self) -> None:
        """Make the tables where there are none, and find the checkpoint.

        Raises OtherVersion, StoreUnavailable.
        """
        self._session.run(self._prepare)

    def _prepare(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [VIEW_LOCK])
            row = connection.execute(_CHECKPOINT, [self.name]).fetchone()
            if row is None:
                self.tables.drop(connection)
                self.tables.create(connection)
                connection.execute(_BEGIN, [self.name, self.view.version])
                row = (self.view.version, 0)
        version, self.position = row
        if version != self.view.version:
            message = f"{self.name} was built as version {version}, wanted {self.view.version}"
            raise OtherVersion(message)

    def step(self, log: ViewSource, limit: int = BATCH) -> int:
        """Fold what is new and tell how many events it was. Raises StoreUnavailable."""
        events = log.read_any(self.position, limit)
        self.fold(events)
        return len(events)

    def fold(self, events: Sequence[Recorded]) -> None:
        """Fold the events that follow the view's position; a poison event stops the view.

        Raises StoreUnavailable.
        """
        if self.stopped or not events:
            return
        try:
            self._session.run(lambda connection: self._fold(connection, events))
        except Overtaken:
            self.prepare()
        except (StoreUnavailable, *LOST):
            raise
        except Exception as error:
            if len(events) > 1:
                self._fold_singly(events)
            else:
                self._stop(events[0], error)

    def revive(self) -> None:
        """Go on when somebody has mended what stopped the view: rebuilt or moved it.

        Raises OtherVersion, StoreUnavailable.
        """
        place = [self.name, self.view.version, self.position]
        if self._session.run(lambda found: found.execute(_STOPPED, place).fetchone()) is None:
            self.prepare()
            self.stopped = False
            _log.info("the view %s goes on from position %d", self.name, self.position)

    def _fold(self, connection: psycopg.Connection, events: Sequence[Recorded]) -> None:
        concerned = [event for event in events if self._concerns(event)]
        last = events[-1].position
        with connection.transaction():
            # Nobody waits for a view's commit to be on disk: what a crash takes away with its
            # checkpoint is folded again.
            connection.execute("SET LOCAL synchronous_commit = off")
            # First of all the checkpoint: whoever has moved it holds its row, and rows that
            # another runner has folded already would look like poison.
            place = [last, self.name, self.view.version, self.position]
            if not connection.execute(_MOVE, place).rowcount:
                raise Overtaken
            if concerned:
                rows = self.tables.load(connection, concerned)
                self.view.project(concerned, rows)
                self.tables.save(connection, rows)
        self.position = last

    def _concerns(self, event: Recorded) -> bool:
        """Say whether the view folds this event; raises UnknownEventError when it cannot."""
        folds = event.envelope.type in self.view.types
        if isinstance(event.fact, Unreadable) and (folds or self.view.types >= EVERY_TYPE):
            message = f"{event.envelope.type} of schema {event.envelope.schema}"
            raise UnknownEventError(message)
        return folds

    def _fold_singly(self, events: Sequence[Recorded]) -> None:
        for event in events:
            if event.position > self.position:
                self.fold([event])

    def _stop(self, event: Recorded, error: Exception) -> None:
        self.stopped = True
        kind = describe(error)
        _log.error(
            "the view %s stops before position %d (%s): %s",
            self.name,
            event.position,
            event.envelope.type,
            kind,
        )
        place = [event.position, kind, self.name, self.view.version, self.position]
        self._session.run(lambda connection: connection.execute(_STOP, place))
