"""Facts of a later version on the log: they stop the views that would need them, and no others."""

import uuid
from collections.abc import Callable, Iterator

import msgspec
import psycopg
import pytest

from domain.account.events import AccountOpened
from domain.catalogue import UnknownEventError
from domain.integrity.canonical import canonical
from domain.integrity.chain import extend
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from interfaces.outbound.postgres.views import fold_all, prepared
from projections.registry import VIEWS

pytestmark = pytest.mark.postgres

Write = Callable[[str, int], int]

NEEDED_BY = {
    ("account.swept", 1): {"changes", "audit"},
    (AccountOpened.TYPE, AccountOpened.SCHEMA + 1): {"changes", "audit", "accounts"},
}


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


@pytest.fixture
def later_node(told: str, reader: PostgresLog, admin: psycopg.Connection) -> Write:
    """Write, as a node of a later version would, an event of this type and schema."""

    def write(kind: str, schema: int) -> int:
        head, [last] = reader.head(), reader.read(reader.head().position - 1, 1)
        position = head.position + 1
        names = {"stream": "account:later/cash/GBP", "type": kind, "schema": schema, "version": 1}
        envelope = msgspec.structs.replace(last.envelope, **names, data={"whatever": [1]})
        body = canonical(envelope)
        command = uuid.UUID(int=position)
        values = (position, names["stream"], kind, command, body)
        admin.execute(
            "INSERT INTO events (position, stream, version, type, command, ordinal, request, body,"
            " chain) VALUES (%s, %s, 1, %s, %s, 1, '\\x', %s, %s)",
            (*values, extend(position, head.chain, body)),
        )
        return position

    return write


def fold(session: Session, reader: PostgresLog) -> list[ViewRunner]:
    """Keep all views until there is no more to fold."""
    runners = prepared(session, reader, VIEWS)
    while fold_all(session, reader, runners):
        pass
    return runners


@pytest.mark.parametrize(("kind", "schema"), NEEDED_BY, ids=["new type", "new schema"])
async def test_only_views_that_need_it_stop(
    told: str, session: Session, reader: PostgresLog, later_node: Write, kind: str, schema: int
) -> None:
    """All others pass it over; health names the position and the kind of error."""
    poison = later_node(kind, schema)
    runners = fold(session, reader)
    stopped = {runner.name for runner in runners if runner.stopped}
    assert stopped == NEEDED_BY[kind, schema]
    assert {runner.position for runner in runners if not runner.stopped} == {poison}
    async with Reader(told) as views:
        standing = await views.standing()
        assert {view.view for view in standing.stopped} == stopped
        found = {(view.position, view.stopped_at, view.error) for view in standing.stopped}
        assert found == {(poison - 1, poison, "UnknownEventError")}


def test_who_acts_upon_facts_is_told_of_one_that_cannot_be_read(
    reader: PostgresLog, later_node: Write
) -> None:
    """Workers and writers must know every fact: they do not pass over one."""
    poison = later_node("account.swept", 1)
    with pytest.raises(UnknownEventError):
        reader.read(poison - 1, 1)
