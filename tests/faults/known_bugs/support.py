"""What the tests of known bugs share: many at once, and a reader that never stops looking."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from application.ports.gate import Accepted, Gate, Request
from domain.kernel.event import Recorded
from domain.kernel.refusal import Refused
from interfaces.outbound.postgres.log import PostgresLog
from tests.conformance.script import LOG

END_WRITERS = """
SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
WHERE application_name = 'tallystick writer' AND datname = current_database()
"""

Verdict = Accepted | BaseException


async def verdicts(gate: Gate, wanted: Iterable[Request]) -> list[Verdict]:
    """Dispatch all at once."""
    return await asyncio.gather(*map(gate.dispatch, wanted), return_exceptions=True)


async def one_by_one(gate: Gate, wanted: Iterable[Request]) -> list[Verdict]:
    """Dispatch one after the other."""
    return [(await verdicts(gate, [request]))[0] for request in wanted]


def positions(answers: Iterable[Verdict]) -> list[int]:
    """List where those that were accepted ended."""
    return sorted(answer.position for answer in answers if isinstance(answer, Accepted))


def codes(answers: Iterable[Verdict]) -> set[str]:
    """List why those that were refused were."""
    return {answer.refusal.CODE for answer in answers if isinstance(answer, Refused)}


class Tail:
    """A consumer with a cursor that asks for the next page again and again."""

    def __init__(self, url: str, *, page: int) -> None:
        self.seen: list[Recorded] = []
        self.ends: set[int] = set()
        """Positions at which it once stood at the end of the log."""
        self._page = page
        self._log = PostgresLog(url, log=LOG)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow)

    def _follow(self) -> None:
        over = False
        while not over:
            over = self._stop.is_set()
            cursor = self.seen[-1].position if self.seen else 0
            while found := self._log.read(cursor, self._page):
                self.seen += found
                cursor = self.seen[-1].position
                over = over and len(found) < self._page
                if len(found) < self._page:
                    self.ends.add(cursor)
        self._log.close()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow until the context ends, and once more to the end."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()
