"""A process that folds the log into views in small bites, as a worker does in large ones."""

import random
import time
from typing import Final

import msgspec

from application.ports.gate import StoreUnavailable
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from projections.accounts.project import VIEW as ACCOUNTS
from projections.changes.project import VIEW as CHANGES
from projections.subjects.project import VIEW as SUBJECTS
from projections.view import View
from tools.bench.prepared import LOG
from tools.soak.counting.project import VIEW as COUNTING

VIEWS: Final[tuple[View, ...]] = (CHANGES, COUNTING, ACCOUNTS, SUBJECTS)
BITE_MAX: Final = 40
WAIT_SECONDS: Final = 0.5
AWAY_SECONDS: Final = 0.05


class Consumer(msgspec.Struct, frozen=True, kw_only=True):
    """Which log to fold."""

    url: str
    seed: str


def main(consumer: Consumer) -> None:
    """Run the process until it is killed: there is no other way to end it."""
    bites = random.Random(consumer.seed)  # noqa: S311 - to be repeated, not to be secret
    session, log = Session(consumer.url, "views"), PostgresLog(consumer.url, log=LOG)
    while True:
        try:
            _fold(session, log, bites)
        except StoreUnavailable:
            time.sleep(AWAY_SECONDS)


def _fold(session: Session, log: PostgresLog, bites: random.Random) -> None:
    runners = [ViewRunner(view, session) for view in VIEWS]
    for runner in runners:
        runner.prepare()
    while True:
        folded = sum(runner.step(log, bites.randint(1, BITE_MAX)) for runner in runners)
        if folded:
            session.run(lambda connection: connection.execute("SELECT pg_notify('views', '')"))
        else:
            log.wait(min(runner.position for runner in runners), WAIT_SECONDS)
