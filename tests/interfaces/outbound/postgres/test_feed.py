"""How the feed asks the store: a page costs what it holds, wherever in the log it is."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from interfaces.outbound.postgres.feed import _question
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from projections.changes.project import VIEW as CHANGES
from tests.conformance.script import LOG

pytestmark = pytest.mark.postgres


@pytest.fixture
def folded(told: str) -> Iterator[psycopg.Connection]:
    """Look into a store whose feed is complete and whose planner may not read whole tables."""
    session, log = Session(told, "test"), PostgresLog(told, log=LOG)
    runner = ViewRunner(CHANGES, session)
    runner.prepare()
    while runner.step(log):
        pass
    log.close()
    session.close()
    with psycopg.connect(told, autocommit=True) as connection:
        connection.execute("ANALYZE")
        connection.execute("SET enable_seqscan = off")
        yield connection


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the parts of a plan that read a table."""
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


@pytest.mark.parametrize("descending", [False, True])
def test_both_tables_of_a_page_are_read_from_its_place_on(
    folded: psycopg.Connection, *, descending: bool
) -> None:
    question = _question(descending=descending, is_bounded=True, has_types=False, has_stream=False)
    values = {"after": 200, "limit": 20}
    row = folded.execute(f"EXPLAIN (FORMAT JSON) {question}".encode(), values).fetchone()
    assert row is not None
    found = list(scans(row[0][0]["Plan"]))
    assert {scan["Relation Name"] for scan in found} == {"events", "changes"}
    assert all('"position"' in scan.get("Index Cond", "") for scan in found)
