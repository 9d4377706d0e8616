"""`project`: the accounts view catches up with a log from the beginning."""

import time
from typing import Final

from interfaces.outbound.postgres.bulk import BulkImport
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from projections.accounts.project import VIEW as ACCOUNTS
from tools.bench.children import Child, Ready
from tools.bench.figures import Figure, Floor, Run, figure
from tools.bench.library import NAME, Library, Stored
from tools.bench.library_projection import Project
from tools.bench.prepared import LOG, prepared_log
from tools.bench.stage import Stage

BENCH: Final = "project"


def projecting(stage: Stage) -> list[Figure]:
    """Measure the view's catch-up against the library's ProjectionRunner, in turn."""
    ours: list[Run] = []
    library: list[float] = []
    with stage.database() as url:
        with BulkImport(url, log=LOG) as bulk:
            bulk.append(prepared_log(stage.sizes.events))
        for number in range(stage.sizes.runs):
            stage.settle()
            ours.append(Run(catch_up(url, f"accounts_{number}")))
            library.append(project_with_library(stage))
    beside = (f"{NAME}, ProjectionRunner", library)
    case = f"accounts, {stage.sizes.events:,} events"
    return [figure(BENCH, case, "events/s", ours, floor=Floor(times=20), peer=beside)]


def catch_up(url: str, name: str) -> float:
    """Fold the whole log into new tables and tell the events a second."""
    session, log = Session(url, "bench", statement_seconds=0), PostgresLog(url, log=LOG)
    runner = ViewRunner(ACCOUNTS, session, name=name)
    runner.prepare()
    begin = time.perf_counter()
    while runner.step(log):
        pass
    seconds = time.perf_counter() - begin
    log.close()
    session.close()
    return runner.position / seconds


def project_with_library(stage: Stage) -> float:
    """Let the library project as many events as it needs to show its speed."""
    with (
        stage.database(migrated=False) as url,
        Child("library_projection", Library(url), stage.logs) as peer,
    ):
        peer.hear(Ready)
        return peer.ask(Project(events=stage.sizes.projected_events), Stored).rate
