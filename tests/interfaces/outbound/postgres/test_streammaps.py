"""The stream map of a real store: kept up, as of any size, and mended when it was damaged."""

from collections.abc import Iterator

import psycopg
import pytest

from domain.integrity.second_opinion import SecondOpinion
from domain.integrity.streammap import stream_map
from domain.log.commands import CommitStreams
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.streammaps import StreamMapKeeper, StreamMaps
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from tests.conformance.script import LOG, FixedClock, create, request

pytestmark = [pytest.mark.postgres, pytest.mark.capability("B9")]


@pytest.fixture
def session(told: str) -> Iterator[Session]:
    session = Session(told, "test")
    yield session
    session.close()


def _oracle(session: Session, size: int) -> bytes:
    return stream_map(TreeKeeper(session).stream_ends(size)).root()


def _head(admin: psycopg.Connection) -> int:
    row = admin.execute("SELECT max(position) FROM events").fetchone()
    assert row is not None
    return int(row[0])


def _place(admin: psycopg.Connection) -> int:
    row = admin.execute("SELECT position FROM stream_ends_place").fetchone()
    return 0 if row is None else int(row[0])


def test_the_map_of_any_size_is_that_of_the_events(
    session: Session, admin: psycopg.Connection
) -> None:
    """Before the table knows anything, when it is behind, and when it is ahead."""
    head, keeper = _head(admin), StreamMapKeeper(session)
    for kept in (0, head // 2, head):
        if kept:
            assert keeper.at(kept).root() == _oracle(session, kept)
            keeper.keep()
            assert _place(admin) == kept
        maps = StreamMaps(session)
        for size in (1, 2, head // 3, head // 2, head - 1, head):
            assert maps.at(size).root() == _oracle(session, size), (kept, size)
    with pytest.raises(LookupError):
        keeper.at(head + 1)
    with pytest.raises(LookupError):
        StreamMaps(session).at(head + 1)


def test_a_keeper_goes_on_where_another_one_was(
    session: Session, told: str, admin: psycopg.Connection
) -> None:
    """After a restart, beside a second keeper, and behind one."""
    head = _head(admin)
    first = StreamMapKeeper(session)
    first.at(head // 2)
    first.keep()
    other = Session(told, "other")
    second = StreamMapKeeper(other)
    assert second.at(head - 1).root() == _oracle(session, head - 1)
    second.keep()
    first.keep()
    assert _place(admin) == head - 1
    assert first.at(head).root() == _oracle(session, head)
    assert second.at(head - 1).root() == _oracle(session, head - 1)
    assert second.at(head).root() == _oracle(session, head)
    other.close()


def test_a_damaged_table_is_found_by_the_committed_root(
    session: Session, told: str, admin: psycopg.Connection
) -> None:
    """The keeper makes it anew; a reader that knows the root reads the events."""
    size = _head(admin)
    keeper = StreamMapKeeper(session)
    root = keeper.at(size).root()
    keeper.keep()
    with SyncGate(told, log=LOG, clock=FixedClock("2026-12-31T00:00:00.000000Z")) as gate:
        gate.dispatch(request(CommitStreams(size=size, count=1, root=root.hex()), "process:a"))
        gate.dispatch(create("late"))
    admin.execute("UPDATE stream_ends SET version = version + 1")
    assert StreamMaps(session).at(size).root() != root
    assert StreamMaps(session).at(size, root).root() == root
    assert StreamMapKeeper(session).at(size + 1).root() == _oracle(session, size + 1)
    assert StreamMaps(session).at(size).root() == root


def test_a_second_opinion_resumes_from_the_trees_own_nodes(
    session: Session, admin: psycopg.Connection
) -> None:
    tree, head = TreeKeeper(session), _head(admin)
    opinion = SecondOpinion.resume(head, tree.open_nodes(head), tree.root(head))
    assert opinion.root() == tree.root(head)
    assert SecondOpinion.resume(256, tree.open_nodes(256), tree.root(256)).size == 256
