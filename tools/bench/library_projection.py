"""The peer's projection as a child process: the library's ProjectionRunner upserts accounts.

It keeps the tables of our own accounts view, with the same columns and indexes, in one
transaction for each event together with its tracking row, as the library does it.
"""

import importlib.resources
import time
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from typing_extensions import override

from domain.kernel.event import Envelope
from tools.bench.children import Ready, answer, wishes
from tools.bench.library import Library, Stored
from tools.bench.prepared import prepared_log

WAIT_SECONDS: Final = 600.0
BULK: Final = 1_000

_ACCOUNT: Final = """
INSERT INTO accounts (stream, owner, purpose, asset, book_decimals, balance, held, position,
                      last_position)
VALUES (%(stream)s, %(owner)s, %(purpose)s, %(asset)s, 2, %(balance)s, %(held)s, %(position)s,
        %(position)s)
ON CONFLICT (stream) DO UPDATE SET balance = excluded.balance, held = excluded.held,
                                   last_position = excluded.last_position
"""
_ENTRY: Final = """
INSERT INTO entries (position, stream, owner, purpose, asset, type, transfer, hold, amount,
                     balance, held, at)
VALUES (%(position)s, %(stream)s, %(owner)s, %(purpose)s, %(asset)s, %(type)s, %(transfer)s,
        NULL, %(amount)s, %(balance)s, %(held)s, %(at)s)
"""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """How many events to project."""

    events: int


class Moved(Aggregate.Event):
    """An event of an account, in the library's own form; ``transfer`` is empty for its opening."""

    stream: str
    kind: str
    at: str
    transfer: str
    amount: int
    balance: int
    held: int


class Accounts(Application[UUID]):
    """The library's application over its recorder."""


class AccountsView(PostgresTrackingRecorder):
    """The view's tables beside the library's tracking, and when it began to write."""

    began = 0.0

    def move(self, tracking: Tracking, row: dict[str, Any]) -> None:
        """Write an event's rows and where it stood, in one transaction."""
        self.began = self.began or time.perf_counter()
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_ACCOUNT, row, prepare=True)
            if row["transfer"]:
                cursor.execute(_ENTRY, row, prepare=True)


class AccountsProjection(Projection[AccountsView]):
    """Folds an event into rows."""

    name = "accounts_projection"

    @override
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Take one event."""
        owner, purpose, asset = domain_event.stream.partition(":")[2].split("/", 2)
        row = {
            "owner": owner,
            "purpose": purpose,
            "asset": asset,
            "position": tracking.notification_id,
            "type": domain_event.kind,
        }
        for name in ("stream", "at", "transfer", "amount", "balance", "held"):
            row[name] = getattr(domain_event, name)
        self.view.move(tracking, row)


def environment(url: str) -> dict[str, str]:
    """Tell the library where its database is."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path[1:],
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
    }


def fill(url: str, size: int) -> None:
    """Store the events, and make the view's tables."""
    application = Accounts(env=environment(url))
    stored = (application.mapper.to_stored_event(event) for event in _moves(size))
    while batch := list(islice(stored, BULK)):
        application.recorder.insert_events(batch)
    application.close()
    statements = importlib.resources.files("projections.accounts").joinpath("schema.sql")
    with psycopg.connect(url) as connection:
        connection.execute(statements.read_text().encode())


def _moves(size: int) -> list[Moved]:
    moves = []
    for event in prepared_log(size + 1):
        envelope = msgspec.json.decode(event.body, type=Envelope)
        if not event.stream.startswith("account:"):
            continue
        fields: dict[str, Any] = {"transfer": "", "amount": 0, "balance": 0, "held": 0}
        fields |= {"stream": event.stream, "kind": event.type, "at": envelope.at, **envelope.data}
        fields.pop("book_decimals", None)
        moves.append(
            Moved(
                originator_id=uuid5(NAMESPACE_URL, event.stream),
                originator_version=event.version,
                timestamp=Moved.create_timestamp(),
                **fields,
            )
        )
    return moves


def project(url: str, size: int) -> Stored:
    """Let the library's runner catch up from the beginning; what it does before is not counted."""
    with ProjectionRunner(
        application_class=Accounts,
        projection_class=AccountsProjection,
        view_class=AccountsView,
        env=environment(url),
    ) as runner:
        runner.wait(size, timeout=WAIT_SECONDS)
        seconds = time.perf_counter() - runner.view.began
    return Stored(events=size, seconds=seconds, p99_ms=0.0)


def main() -> None:
    """Serve until told to stop."""
    first = next(wishes(Library))
    answer(Ready())
    for wish in wishes(Project):
        fill(first.url, wish.events)
        answer(project(first.url, wish.events))


if __name__ == "__main__":
    main()
