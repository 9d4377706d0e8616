"""`access`: what it costs a request to know who asks and whether they may; the queue of reviewers;
sealing.

The same request is made with and without the look-up of its session and the check of its role, in
turn, on the same application and store; what is told is the difference of the medians.
"""

import asyncio
import hashlib
import time
from statistics import median
from typing import Any, Final
from unittest.mock import patch

import msgspec
import psycopg
from litestar.types import ASGIApp

from application.ports.access import Login, Session
from domain.kernel.calendar import later
from domain.kernel.sealed import Sealed
from interfaces.inbound.http import calls
from interfaces.inbound.http.access.sessions import digest_of_token, new_token
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.rest import reads
from interfaces.inbound.http.services import Limits, Services
from interfaces.inbound.http.visibility import Principal
from interfaces.outbound import sealing
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.reader import Reader, schema_of
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.settings import Settings
from interfaces.wiring import prepare_store, services
from projections.kyc_queue.project import VIEW as QUEUE
from projections.kyc_queue.queries import ApplicationFilter, ApplicationRow, applications
from projections.query import Query
from tools.bench.doors import CALLER, fold, furnish
from tools.bench.figures import Figure, Floor, Run, figure, percentile
from tools.bench.prepared import LOG
from tools.bench.stage import Stage

BENCH: Final = "access"
PATH: Final = "/api/v1/anchors"
FIELDS: Final = 10
PAGE: Final = 50
PAGES_EVERY: Final = 97
QUEUE_ROWS: Final = """
INSERT INTO {schema}.kyc_applications
SELECT 's' || n || '/1', at || ' s' || n || '/1', 's' || n, 1,
       (ARRAY['pending', 'in_review', 'approved', 'rejected'])[1 + n % 4], '[]',
       '{{"sealed": "k", "nonce": "bm9uY2Vub25jZQ==", "box": "Ym94"}}', 'clear', at,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, n, n
FROM (SELECT n, to_char(timestamp '2024-01-01' + n * interval '37 seconds',
                        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
      FROM generate_series(1, {count}) AS n) AS made
"""

PLACES: Final = "SELECT place FROM {schema}.kyc_applications WHERE position % {every} = 0"


class WrongAnswer(Exception):
    """The application did not answer what was asked for; the text is its answer."""


def accessing(stage: Stage) -> list[Figure]:
    """Measure look-up and check, the queue of reviewers, and sealing."""
    with stage.database() as url, stage.scratch() as folder:
        settings = Settings(data=folder, log=LOG, database_url=url)
        prepare_store(settings)
        with SyncGate(url, log=LOG, clock=SystemClock()) as gate:
            furnish(gate, ())
        fold(settings)
        warm, cold = asyncio.run(request_runs(stage, settings))
        pages = asyncio.run(page_runs(stage, url))
        apart, fetched = sealing_runs(stage), vault_runs(stage, url)
    sealed = f"{FIELDS} fields sealed and opened"
    return [
        figure(
            BENCH, "session and authority in a request, p50", "ms", warm, floor=Floor(value=0.3)
        ),
        figure(BENCH, "the same, session looked up in the store each time", "ms", cold),
        figure(BENCH, "page of 1 M applications, p99", "ms", pages, floor=Floor(value=20)),
        figure(BENCH, sealed, "ms", apart, floor=Floor(value=0.2)),
        figure(BENCH, f"{sealed}, each key fetched from the store", "ms", fetched),
    ]


async def request_runs(stage: Stage, settings: Settings) -> tuple[list[Run], list[Run]]:
    """Ask with and without the look-up and the check, in turn."""
    async with services(settings) as ports:
        token = await sign_in(ports)
        unlimited = msgspec.structs.replace(ports, limits=Limits())
        forgetful = msgspec.structs.replace(ports, limits=Limits(key_cache_seconds=0.0))
        known, sought = create_app(unlimited), create_app(forgetful)
        with patch.object(calls, "Keyring", _Nobody):
            bare = create_app(unlimited)
        count, runs = stage.sizes.questions, range(stage.sizes.runs)
        await _difference(known, bare, token, count // 10 + 1)
        warm = [await _difference(known, bare, token, count) for _ in runs]
        cold = [await _difference(sought, bare, token, count) for _ in runs]
        return warm, cold


async def sign_in(ports: Services) -> str:
    """Keep a session of the caller and tell its token."""
    token, now = new_token(), ports.clock.now()
    box = Sealed(sealed="bench", nonce="", box="")
    login = Login(user_id="u1", subject=CALLER, roles=("compliance",), address=box)
    await ports.access.add_login(login, "bench")
    session = Session(
        session="bench",
        user_id="u1",
        subject=CALLER,
        role="compliance",
        method="password",
        created_at=now,
        seen_at=now,
        expires_at=later(now, 3_600),
    )
    await ports.access.open_session(digest_of_token(token), session)
    return token


class _Nobody:
    """Stands in the place of the key ring, and asks nobody."""

    def __init__(self, *_: object, **__: object) -> None:
        self._principal = Principal(CALLER, "compliance", "bench")

    async def principal(self, _: str | None) -> Principal:
        return self._principal

    def demand_rate(self, _: Principal) -> None:
        return


async def _difference(full: ASGIApp, bare: ASGIApp, token: str, count: int) -> Run:
    """Tell by how many milliseconds the median of the whole request is longer."""
    longer, shorter = [], []
    for _ in range(count):
        longer.append(await _ask(full, token))
        with patch.object(reads, "demand_query", _anything):
            shorter.append(await _ask(bare, token))
    return Run((median(longer) - median(shorter)) * 1000)


def _anything(*_: object) -> None:
    return


async def _ask(app: ASGIApp, token: str) -> float:
    """Ask once, without a network, and tell the seconds. Raises WrongAnswer."""
    status, content = 0, b""

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, content
        status = message.get("status", status)
        content += message.get("body", b"")

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"limit=1",
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"bench")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    begin = time.perf_counter()
    await app(scope, receive, send)
    seconds = time.perf_counter() - begin
    if status != 200:
        raise WrongAnswer(content[:300].decode(errors="replace"))
    return seconds


async def page_runs(stage: Stage, url: str) -> list[Run]:
    """Page through a long queue, from places all over it, by state and without."""
    count = stage.sizes.remembered_events
    with psycopg.connect(url, autocommit=True) as connection:
        schema = schema_of(QUEUE)
        connection.execute(QUEUE_ROWS.format(schema=schema, count=count).encode())
        connection.execute(f"VACUUM ANALYZE {schema}.kyc_applications".encode())
        places = PLACES.format(schema=schema, every=PAGES_EVERY)
        found = [row[0] for row in connection.execute(places.encode()).fetchall()]
    stage.settle()
    step = max(1, len(found) // stage.sizes.questions)
    starts = found[::step][: stage.sizes.questions]
    async with Reader(url) as reader:
        return [await _pages(reader, starts) for _ in range(stage.sizes.runs)]


async def _pages(reader: Reader, starts: list[str]) -> Run:
    waits = []
    for number, after in enumerate(starts):
        state = ("pending", "in_review", None)[number % 3]
        query: Query[ApplicationRow] = applications(
            ApplicationFilter(state=state), after=after, limit=PAGE + 1
        )
        begin = time.perf_counter()
        await reader.fetch(query)
        waits.append((time.perf_counter() - begin) * 1000)
    return Run(percentile(waits), percentile(waits))


def sealing_runs(stage: Stage) -> list[Run]:
    """Seal and open fields under a key at hand."""
    name, key = sealing.new_key()
    return [_sealing(stage.sizes.questions, name, key) for _ in range(stage.sizes.runs)]


def _sealing(count: int, name: str, key: bytes) -> Run:
    waits, pointers = [], [f"/field{number}" for number in range(FIELDS)]
    for turn in range(count):
        begin = time.perf_counter()
        for pointer in pointers:
            place = sealing.Place(log=LOG, stream="subject:a", type="t.t", pointer=pointer)
            value = f"Ann of Coppergate {turn}"
            if sealing.unseal(key, place, sealing.seal(name, key, place, value)) != value:
                raise WrongAnswer(pointer)
        waits.append((time.perf_counter() - begin) * 1000)
    return Run(median(waits), percentile(waits))


def vault_runs(stage: Stage, url: str) -> list[Run]:
    """Seal and open fields by the vault, which fetches the key each time."""
    key = hashlib.sha256(b"bench").digest()
    vault = PostgresVault(url, log=LOG, key_encryption_key=key)
    runs = [_by_vault(vault, max(2, stage.sizes.questions // 10)) for _ in range(stage.sizes.runs)]
    vault.close()
    return runs


def _by_vault(vault: PostgresVault, count: int) -> Run:
    waits = []
    for turn in range(count):
        begin = time.perf_counter()
        for number in range(FIELDS):
            place = ("subject:a", "t.t", f"/field{number}")
            box = vault.seal("ann", *place, f"Ann of Coppergate {turn}")
            vault.open(box, *place)
        waits.append((time.perf_counter() - begin) * 1000)
    return Run(median(waits), percentile(waits))
