"""More than a node can take: turned away at the door with a time to come back, never half done."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from application.ports.gate import Request
from domain.anchor.commands import PlanAnchor
from domain.subject.commands import CreateSubject
from interfaces.cli.keys import new_key
from interfaces.outbound.postgres.appending import LOG_LOCK
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.turns import BATCH_BYTES_MAX, BATCH_EVENTS_MAX
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.writer import Writer
from interfaces.settings import Settings
from interfaces.wiring import prepare_store
from projections.registry import VIEWS
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, create, opening, request

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PLACES = 20
"""Commands that may wait in the node of these tests; in production it is 10,000."""
CALLERS = 60
API = f"""
from interfaces.outbound.postgres import waiting
waiting.WAITING_MAX = {PLACES}
from interfaces.app import main
main()
"""


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    """Say how a node with few places runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    limits = {"key_rate": 0.0, "address_rate": 0.0}
    return Settings(data=tmp_path, log=LOG, database_url=postgres_url, port=port, **limits)


@pytest.fixture
def key(settings: Settings) -> str:
    """Give a key of an administrator that the doors know."""
    prepare_store(settings)
    with SyncGate(settings.database_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        ada = CreateSubject(
            subject="ada", name="Ada", kind="person", country="GB", roles=("admin",)
        )
        gate.dispatch(request(ada, "ada"))
    _, secret = new_key(settings, "ada", "admin")
    session, log = (
        Session(settings.database_url, "test"),
        PostgresLog(settings.database_url, log=LOG),
    )
    fold_all(session, log, prepared(session, log, VIEWS))
    session.close()
    log.close()
    return secret


@pytest.fixture
def api(settings: Settings, key: str) -> Iterator[str]:
    """Serve HTTP in a process of its own and give its address."""
    words = settings.data / "api.log"
    with words.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", API],
            stdout=output,
            stderr=output,
            env={**os.environ, **settings.environment()},
        )
    try:
        deadline = time.monotonic() + 30
        while not _answers(settings.base_url):
            assert process.poll() is None, words.read_text()
            assert time.monotonic() < deadline, words.read_text()
            time.sleep(0.05)
        yield settings.base_url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live").status_code == 200
    except httpx.TransportError:
        return False


async def post(client: httpx.AsyncClient, number: int) -> httpx.Response:
    """Create a subject under a key of its own."""
    wish = {"subject": f"s{number}", "name": "S", "kind": "person", "country": "GB", "roles": []}
    return await client.post(
        "/api/v1/subjects", json=wish, headers={"Idempotency-Key": f"key {number}"}
    )


async def test_a_full_queue_answers_503_with_retry_after(
    api: str, key: str, settings: Settings
) -> None:
    """Who finds no place is told at once; who has one is served when the log moves again."""
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=CALLERS)
    numbers = range(CALLERS)
    async with httpx.AsyncClient(base_url=api, headers=headers, limits=limits) as client:
        assert (await post(client, CALLERS)).status_code == 201
        with psycopg.connect(settings.database_url) as stranger:
            stranger.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
            asked = [asyncio.create_task(post(client, number)) for number in numbers]
            async with asyncio.timeout(5):
                while sum(task.done() for task in asked) < CALLERS - PLACES:
                    await asyncio.sleep(0.01)
        answers = await asyncio.gather(*asked)
        assert Counter(one.status_code for one in answers) == {201: PLACES, 503: CALLERS - PLACES}
        for refused in (one for one in answers if one.status_code == 503):
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.headers["content-type"].startswith("application/problem+json")
            assert refused.json()["code"] == "store_unavailable"
        again = [await post(client, number) for number in numbers]
        assert {one.status_code for one in again} == {201}
    log = PostgresLog(settings.database_url, log=LOG)
    assert check_log(log) == 4 + CALLERS
    log.close()


def long_one(size: int) -> Request:
    """Ask for two events, one of them with 40 kB."""
    plan = PlanAnchor(
        size=size, root="0b" * 32, head="0c" * 32, checkpoint="note", path=("0d" * 32,) * 600
    )
    return request(plan, f"anchor-{size}")


async def test_batches_are_bounded_in_events_and_in_bytes(postgres_url: str) -> None:
    """However much waits, no append holds the lock for longer than its bounds allow."""
    migrate(postgres_url)
    async with Writer(postgres_url, log=LOG, clock=FixedClock()) as writer:
        await writer.dispatch(opening())
        await asyncio.gather(*(writer.dispatch(create(f"s{number}")) for number in range(2_500)))
        await asyncio.gather(*(writer.dispatch(long_one(number)) for number in range(1, 61)))
    with psycopg.connect(postgres_url) as connection:
        appends = connection.execute(
            "SELECT count(*), sum(length(body)), max(length(body)) FROM events GROUP BY xmin::text"
        ).fetchall()
    assert sum(events for events, _, _ in appends) == 2_501 + 2 * 60
    assert max(events for events, _, _ in appends) == BATCH_EVENTS_MAX
    # The command that fills a batch still belongs to it.
    assert all(size < BATCH_BYTES_MAX + 2 * longest for _, size, longest in appends)
    assert max(size for _, size, _ in appends) >= BATCH_BYTES_MAX
