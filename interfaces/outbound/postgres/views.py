"""Keeps all views in step with the log, on one thread."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from application.ports.gate import StoreUnavailable
from application.ports.log import ViewSource
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import BATCH, OtherVersion, ViewRunner
from interfaces.telemetry.traces import folding
from projections.registry import VIEWS
from projections.view import View

WAIT_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 0.5

_log = logging.getLogger("tallystick.views")


def run_views(url: str, stop: threading.Event, *, log: str, views: Sequence[View] = VIEWS) -> None:
    """Keep all views until ``stop`` is set; goes on by itself when the store comes back."""
    session, reader = Session(url, "views"), PostgresLog(url, log=log)
    runners: list[ViewRunner] | None = None
    away = False
    try:
        while not stop.is_set():
            try:
                runners = runners or prepared(session, reader, views)
                if away:
                    _log.info("the views go on")
                    away = False
                if not fold_all(session, reader, runners):
                    reached = max((runner.position for runner in runners), default=0)
                    reader.wait(reached, WAIT_SECONDS)
            except StoreUnavailable as error:
                if not away:
                    _log.warning("the views wait for the store: %s", error)
                runners, away = None, True
                stop.wait(AWAY_SECONDS)
    finally:
        session.close()
        reader.close()


def prepared(session: Session, log: ViewSource, views: Sequence[View]) -> list[ViewRunner]:
    """Make runners whose tables are there; a view of another version is rebuilt first."""
    runners = [ViewRunner(view, session) for view in views]
    for runner in runners:
        try:
            runner.prepare()
        except OtherVersion as reason:
            _log.info("rebuilding: %s", reason)
            Rebuild(runner.view, session, log).switch()
            runner.prepare()
    return runners


def fold_all(session: Session, log: ViewSource, runners: Sequence[ViewRunner]) -> bool:
    """Fold one batch; views at the same position share its reading. Tells whether there was one."""
    places: dict[int, list[ViewRunner]] = {}
    for runner in runners:
        if runner.stopped:
            runner.revive()
        if not runner.stopped:
            places.setdefault(runner.position, []).append(runner)
    found = False
    for position, together in sorted(places.items()):
        events = log.read_any(position, BATCH)
        for runner in together if events else ():
            with folding(runner.name, events, runner.view.types):
                runner.fold(events)
        found = found or bool(events)
    if found:
        session.run(lambda connection: connection.execute("SELECT pg_notify('views', '')"))
    return found
