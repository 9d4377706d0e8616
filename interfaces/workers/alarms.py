"""Alerts: one line of level ERROR when something that people must mend begins, one when it ends.

While an alert holds, the metric `tallystick_alert_active` stays 1. How long something lasts is
measured by this process's own watch, from when it was first seen: neither a clock that jumps
nor a restart raises an alarm by itself.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from domain.deadline.levels import LEVELS
from interfaces.telemetry.metrics import ALERT
from projections.clocks.queries import ClockRow
from projections.query import ViewStanding
from projections.reconciliations.queries import ReconciledTokenRow

LOOK_SECONDS: Final = 2.0

logger = logging.getLogger("tallystick.alarms")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it should be.

    ``subject`` is one of few (a view's name, or nothing); ``cause`` names exactly what it is,
    and becomes an alert when it has been the same for ``after`` seconds.
    """

    alert: str
    text: str
    cause: str
    subject: str = ""
    after: float = 0.0


Look = Callable[[], Sequence[Finding]]


class AlarmWorker:
    """Tells the beginning and the end of each alert."""

    def __init__(self, looks: Sequence[Look], monotonic: Callable[[], float] = time.monotonic):
        self._looks = looks
        self._monotonic = monotonic
        self._since: dict[tuple[str, str], float] = {}
        self._active: dict[tuple[str, str], str] = {}

    def step(self) -> float:
        """Look once; tells how long to wait. Raises StoreUnavailable."""
        findings = [finding for look in self._looks for finding in look()]
        now = self._monotonic()
        self._since = {
            (each.alert, each.cause): self._since.get((each.alert, each.cause), now)
            for each in findings
        }
        due = {
            (each.alert, each.subject): each.text
            for each in findings
            if now - self._since[each.alert, each.cause] >= each.after
        }
        for name in self._active.keys() - due.keys():
            logger.info("%s is over: %s", name[0], self._active.pop(name), extra={"alert": name[0]})
            ALERT.remove(*name)
        for name in due.keys() - self._active.keys():
            logger.error("%s: %s", name[0], due[name], extra={"alert": name[0]})
            ALERT.labels(*name).set(1)
        self._active = due
        return LOOK_SECONDS


def stopped_views(standings: Callable[[], Sequence[ViewStanding]]) -> Look:
    """Look for views that a poison event stops."""

    def look() -> Iterator[Finding]:
        for view in standings():
            if view.stopped_at is not None:
                yield Finding(
                    alert="view_stopped",
                    subject=view.view,
                    cause=f"{view.view}/{view.stopped_at}",
                    text=f"the view {view.view} cannot fold position {view.stopped_at}"
                    f" ({view.error}); mend it and rebuild the view",
                )

    return lambda: tuple(look())


def read_only(is_read_only: Callable[[], bool]) -> Look:
    """Look whether the log is another than the one that this node has signed."""
    text = "the log is shorter or another than this node has signed: nothing is written"
    finding = Finding(alert="log_regressed", cause="node", text=text)
    return lambda: (finding,) if is_read_only() else ()


def stuck_writes(open_writes: Callable[[], Sequence[str]], seconds: float) -> Look:
    """Look for writes to the chain that come to no end."""

    def look() -> Sequence[Finding]:
        return [
            Finding(
                alert="chain_write_stuck",
                cause=write,
                text=f"the chain write {write} has come to no end for {seconds:.0f} s",
                after=seconds,
            )
            for write in open_writes()
        ]

    return look


def broken_tokens(tokens: Callable[[], Sequence[ReconciledTokenRow]]) -> Look:
    """Look for tokens on which books and chain differed when they were compared last."""

    def look() -> Sequence[Finding]:
        return [
            Finding(
                alert="reconciliation_break",
                cause=row.token,
                text=f"books and chain of {row.token} differ in {row.break_count} things"
                f" as of position {row.as_of}; read the statement and mend one side",
            )
            for row in tokens()
        ]

    return look


def retracted_writes(retracted: Callable[[], Sequence[str]]) -> Look:
    """Look for writes to the chain that were told as done and whose block is gone."""

    def look() -> Sequence[Finding]:
        return [
            Finding(
                alert="chain_write_retracted",
                cause=write,
                text=f"the chain took back {write}, which was told as done; it is brought in again",
            )
            for write in retracted()
        ]

    return look


def breached_clocks(breached: Callable[[], Sequence[ClockRow]]) -> Look:
    """Look for clocks of operations that run past their hard cap; never for those of compliance."""

    def look() -> Sequence[Finding]:
        return [
            Finding(
                alert="deadline_breached",
                subject=row.level,
                cause=row.clock,
                text=f"{LEVELS[row.level].step}: a clock is past its hard cap; see the board",
            )
            for row in breached()
            if row.audience == "operations" and LEVELS[row.level].path == "alert"
        ]

    return look


def late_anchor(waiting: Callable[[], int | None], seconds: float) -> Look:
    """Look for an event that waits too long for its anchor; ``seconds`` is what it may wait."""

    def look() -> Sequence[Finding]:
        position = waiting()
        if position is None:
            return ()
        text = f"position {position} has waited for its anchor for {seconds:.0f} s"
        finding = Finding(alert="anchor_late", cause=str(position), text=text, after=seconds)
        return (finding,)

    return look
