"""`cold`: the first command on a long stream that a writer does not keep."""

import asyncio
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from uuid import UUID

from application.envelopes import Provenance, seal
from application.ports.gate import Request
from domain.kernel.event import Event
from domain.kernel.ids import command_id, correlation_id
from domain.subject import events as facts
from domain.subject.commands import FreezeSubject, UnfreezeSubject
from domain.subject.state import subject_stream
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.bulk import BulkImport, Prepared
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.writer import Writer
from tools.bench.figures import Figure, Run, figure
from tools.bench.node import SNAPSHOT_KEY
from tools.bench.prepared import ACTOR, LOG, opening
from tools.bench.stage import Stage

BENCH: Final = "cold"
SUBJECT: Final = "veteran"
AT: Final = "2026-01-01T00:00:00.000000Z"


def cold(stage: Stage) -> list[Figure]:
    """Measure it from a snapshot, against folding the whole stream."""
    size = stage.sizes.events
    whole: list[float] = []
    short: list[Run] = []
    with stage.database() as url:
        with BulkImport(url, log=LOG) as bulk:
            bulk.append(long_stream(size))
        first_command(url, 1, Snapshots(url, SNAPSHOT_KEY))  # leaves the snapshot
        for number in range(stage.sizes.runs):
            whole.append(first_command(url, 2 * number + 2, None))
            short.append(Run(first_command(url, 2 * number + 3, Snapshots(url, SNAPSHOT_KEY))))
    case = f"first command on a stream of {size:,} events"
    return [figure(BENCH, case, "ms", short, peer=("without a snapshot", whole))]


def first_command(url: str, number: int, snapshots: Snapshots | None) -> float:
    """Let a new writer carry out one command and tell how long its caller waited, in ms."""
    kind = FreezeSubject if number % 2 else UnfreezeSubject
    command = kind(subject=SUBJECT)
    wish = Request(command=command, actor=ACTOR, role="process", key=f"cold {number}")

    async def ask() -> float:
        async with Writer(url, log=LOG, clock=SystemClock(), snapshots=snapshots) as writer:
            begin = time.perf_counter()
            await writer.dispatch(wish)
            return (time.perf_counter() - begin) * 1000

    return asyncio.run(ask())


def long_stream(size: int) -> Iterator[Prepared]:
    """Make a log of this size, nearly all of it one subject's: it ends active."""
    entering: tuple[Event, ...] = (
        facts.SubjectCreated(name="V", kind="institution", country="GB", roles=("compliance",)),
        facts.OnboardingSubmitted(),
        facts.KycPassed(evidence="bench"),
        facts.ScreeningPassed(evidence="bench"),
        facts.RiskPassed(evidence="bench"),
        facts.SubjectActivated(),
    )
    yield _prepared("log:main", 0, opening())
    stream = subject_stream(SUBJECT)
    for version, fact in enumerate(entering):
        yield _prepared(stream, version, fact)
    turns = (size - len(entering) - 1) // 2 * 2
    for turn in range(turns):
        fact = facts.SubjectUnfrozen() if turn % 2 else facts.SubjectFrozen()
        yield _prepared(stream, len(entering) + turn, fact)


def _prepared(stream: str, version: int, fact: Event) -> Prepared:
    name = f"{stream} {version}"
    command = command_id(ACTOR, name)
    provenance = Provenance(
        log=LOG, at=AT, actor=ACTOR, command=command, correlation=correlation_id(command)
    )
    [body] = seal([(stream, fact)], provenance, {stream: version}, bytes)
    request = sha256(name.encode()).digest()
    return Prepared(stream, body.version, body.type, UUID(command).bytes, 1, request, body.bytes)
