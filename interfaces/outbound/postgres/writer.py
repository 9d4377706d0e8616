"""The log writer: one task that turns all waiting commands into one append (DESIGN decision 2).

Each turn takes what waits, decides it in order, each command on top of the ones before, and
sends all events in one statement, which appends only if our head is still the last row. Only
then does anybody get an answer, refusals too: a refusal may rest on a neighbour's events.

A turn *looks* first where it must: one question, answered from one snapshot, for what is new
behind our head, which of these commands are on the log already, and the streams that we lack.
It need not look when it has all streams and only commands with events are answered: the append
itself proves that nothing was new, and the unique key that no command was there before.

    appended            every caller gets its own verdict
    not appended        another node wrote: the same commands take the next turn and look, and
                        from the third turn on with the log's lock held, where nobody can come
                        between
    a command is there  the same commands take the next turn and look: its answer is a replay
    connection lost     nobody knows; a repeated turn finds the commands that got through. An
                        append of the lost session can still arrive, but then our own does not:
                        both are built on the same head
    MissingStreams      that command waits for the next turn, whose question fetches them

A handler that raises is its caller's trouble only, and so is a row that the database refuses.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from typing import Final, Self

import msgspec
import psycopg
from psycopg import errors

from application.dispatch import InFlight, admit
from application.envelopes import Entropy
from application.ports.gate import Accepted, LogRegressed, Request, StoreUnavailable
from application.ports.world import Clock
from domain.kernel.event import Envelope
from domain.kernel.ids import command_id
from domain.kernel.refusal import Refused
from interfaces.outbound.deciding import STREAMS_MAX, Batch, Desk, last_head, open_head
from interfaces.outbound.postgres.appending import AWAY, Appender
from interfaces.outbound.postgres.coldstreams import ColdStreams
from interfaces.outbound.postgres.metering import BatchMeter
from interfaces.outbound.postgres.sessions import describe, unavailable
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.turns import Counts, Pending, Turn, decide, decide_blindly, replay
from interfaces.outbound.postgres.waiting import Waiting

MISSES_MAX: Final = 2
LOSSES_MAX: Final = 3
ALONE_APPENDS: Final = 32
"""So many appends without a miss, and a writer takes itself for the only one."""

BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

_log = logging.getLogger("tallystick.writer")


class WrongLog(Exception):
    """The database holds another log than this writer was started for."""


class Writer:
    """The gate of one node: ``async with Writer(...)`` and `dispatch` from the same event loop.

    The database is migrated already. Raises WrongLog at the start when it holds another log.
    """

    def __init__(  # noqa: PLR0913 - one for each part
        self,
        url: str,
        *,
        log: str,
        clock: Clock,
        entropy: Entropy = os.urandom,
        streams_max: int = STREAMS_MAX,
        guard: Callable[[], None] | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.counts = Counts()
        self._meter = BatchMeter()
        self._name = log
        self._guard = guard
        self._desk = Desk(log, clock, entropy, streams_max=streams_max)
        self._appender = Appender(url, snapshots)
        self._waiting = Waiting()
        self._cold = ColdStreams(snapshots, self._put_back, self._waiting.answer)
        self._ahead: tuple[list[Pending], Turn] | None = None
        self._alone_from = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._away: StoreUnavailable | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Connect and begin to write; a database that is away is waited for. Raises WrongLog."""
        with contextlib.suppress(StoreUnavailable):
            await self._connect()
        self._task = asyncio.create_task(self._run(), name="log writer")

    async def stop(self) -> None:
        """Write what waits already, take nothing more, and disconnect."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._cold.close()
        await self._appender.close()

    @property
    def regressed(self) -> LogRegressed | None:
        """Why nothing is written although the database is there; nothing when all is well."""
        return self._away if isinstance(self._away, LogRegressed) else None

    async def dispatch(self, request: Request) -> Accepted:
        """Decide and write; the port's `Gate` says what it raises."""
        wish = admit(request)
        command = command_id(request.actor, request.key)
        if command in self._waiting:
            raise Refused(InFlight())
        if regressed := self.regressed:
            raise LogRegressed(kept=regressed.kept, size=regressed.size)
        if self._closing or self._away or self._waiting.is_full:
            raise StoreUnavailable("closing" if self._closing else str(self._away or "overloaded"))
        verdict = self._waiting.add(request, command, wish)
        self._wake.set()
        return await verdict

    async def _run(self) -> None:
        failures = 0
        while not (self._closing and (self._away or not self._has_work)):
            if not self._appender.is_open:
                failures = 0 if await self._reconnect() else failures + 1
                if failures:
                    await self._pause(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
            elif self._has_work:
                await self._take_turn()
            else:
                self._wake.clear()
                await self._wake.wait()

    @property
    def _has_work(self) -> bool:
        return bool(self._waiting) or self._ahead is not None

    async def _pause(self, seconds: float) -> None:
        """Wait, but not for long once the writer is to stop."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not self._closing and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)

    async def _reconnect(self) -> bool:
        try:
            await self._connect()
        except (StoreUnavailable, WrongLog) as error:
            away = error if isinstance(error, LogRegressed) else StoreUnavailable(str(error))
            if self._away is None:
                _log.error("the log is away: %s", error)
            self._away = away
            self._waiting.answer_all(away)
            return False
        return True

    async def _connect(self) -> None:
        try:
            await self._appender.open()
            first, last = await self._appender.first(), await self._appender.last()
        except AWAY as error:
            await self._appender.close()
            self._away = unavailable(error)
            raise self._away from error
        if first and (name := msgspec.json.decode(first.body, type=Envelope).log) != self._name:
            await self._appender.close()
            message = f"the database holds the log {name}, not {self._name}"
            raise WrongLog(message)
        await self._compare()
        head = last_head(last) if last else open_head(self._name)
        if head.chain != self._desk.head.chain:
            self._desk.jump(head)
        if self._away:
            _log.info("the log is back")
        self._away = None

    async def _compare(self) -> None:
        """Hold the log against what this node signed; it is tried again like a lost connection."""
        if self._guard is None:
            return
        try:
            await asyncio.to_thread(self._guard)
        except StoreUnavailable as error:
            await self._appender.close()
            if isinstance(error, LogRegressed) and not self.regressed:
                _log.critical("writing stops: %s", error)
            self._away = error
            raise

    async def _take_turn(self) -> None:
        taken, turn = self._next()
        try:
            turn = await self._write(taken, turn)
        except Exception as error:
            self._forget_ahead()
            await self._recover(taken, error)
        else:
            for pending, verdict in turn.verdicts:
                self._waiting.answer(pending, verdict)
            self._waiting.put_back(self._cold.sift(turn.postponed))
        self._desk.trim()

    def _next(self) -> tuple[list[Pending], Turn | None]:
        """Give the commands of the next turn, and what was decided ahead about them."""
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        taken = self._waiting.take(by_halves=self._is_alone)
        return taken, decide_blindly(Batch(self._desk), taken)

    @property
    def _is_alone(self) -> bool:
        """Whether no other node came between for a while; else what is decided early is lost."""
        return self.counts.appends >= self._alone_from

    def _decide_ahead(self, turn: Turn) -> None:
        """Decide what waits behind a turn that is on its way; it counts only if that one does."""
        if not (self._waiting and self._is_alone):
            return
        taken = self._waiting.take(by_halves=True)
        ahead = decide_blindly(Batch(self._desk, behind=turn.batch), taken)
        if ahead is None:
            self._waiting.put_back(taken)
        else:
            self._ahead = taken, ahead

    def _forget_ahead(self) -> None:
        if self._ahead is not None:
            self._waiting.put_back(self._ahead[0])
            self._ahead = None

    def _put_back(self, loaded: list[Pending]) -> None:
        self._waiting.put_back(loaded)
        self._wake.set()

    async def _recover(self, taken: list[Pending], error: Exception) -> None:
        """Let the commands of a turn that failed take another one, or tell them why not."""
        match error:
            case psycopg.Error() if isinstance(error, AWAY):
                await self._lose(taken, error)
            case errors.UniqueViolation():
                self._look_first(taken, error)
            case psycopg.Error():
                self._part(taken, error)
            case _:
                _log.error("a turn of the writer failed", exc_info=error)
                for pending in taken:
                    self._waiting.answer(pending, error)

    async def _lose(self, taken: list[Pending], error: Exception) -> None:
        """Let the commands of a lost connection look for themselves in the next turn."""
        _log.warning("the writer lost its connection: %s", describe(error))
        self.counts.losses += 1
        await self._appender.close()
        open_still = self._waiting.still_open(taken)
        for pending in open_still:
            pending.losses += 1
            pending.must_look = True
            if pending.losses > LOSSES_MAX:
                self._waiting.answer(pending, unavailable(error))
        self._waiting.put_back(open_still)

    def _look_first(self, taken: list[Pending], error: psycopg.Error) -> None:
        """Look for commands that were decided blindly and are on the log already."""
        if all(one.must_look for one in taken):
            self._part(taken, error)
            return
        for pending in taken:
            pending.must_look = True
        self._waiting.put_back(taken)

    def _part(self, taken: list[Pending], error: psycopg.Error) -> None:
        """Find the command whose rows the database refuses: each goes alone."""
        _log.error("the database refused %d commands: %s", len(taken), describe(error))
        open_still = self._waiting.still_open(taken)
        if len(open_still) == 1:
            self._waiting.answer(open_still[0], error)
            return
        for pending in open_still:
            pending.alone = True
        self._waiting.put_back(open_still)

    async def _write(self, taken: list[Pending], turn: Turn | None) -> Turn:
        for _ in range(MISSES_MAX):
            turn = await self._attempt(taken, turn)
            if turn is not None:
                break
        else:
            async with self._appender.locked():
                turn = await self._attempt(taken, None) or await self._start_anew(taken)
        self._desk.settle(turn.batch)
        self._cold.written(turn)
        if self._ahead is not None:
            self._ahead[1].batch.land()
        return turn

    async def _start_anew(self, taken: list[Pending]) -> Turn:
        # In the lock and still not on top: the log is not the one that we followed (a restored
        # or failed-over database). What it holds now is what counts, once the guard has compared
        # it: as after any lost connection, because nobody may hold the lock for so long.
        if self._guard is not None:
            message = "the log is not the one that was followed"
            raise psycopg.OperationalError(message)
        last = await self._appender.last()
        self._desk.jump(last_head(last) if last else open_head(self._name))
        turn = await self._attempt(taken, None)
        if turn is None:
            message = "the log's last row changed under its lock"
            raise RuntimeError(message)
        return turn

    async def _attempt(self, taken: list[Pending], turn: Turn | None) -> Turn | None:
        """Append what was decided, or look and decide first; nothing when our head was not last."""
        self.counts.turns += 1
        if turn is None:
            await self._look(taken)
            turn = decide(Batch(self._desk), self._waiting.still_open(taken))
        if turn.appended and not await self._append(turn):
            self.counts.misses += 1
            self._alone_from = self.counts.appends + ALONE_APPENDS
            self._forget_ahead()
            for pending in taken:
                pending.must_look = True
            return None
        return turn

    async def _append(self, turn: Turn) -> bool:
        head = turn.batch.built_on
        built_on = head.chain if head.position else None
        sending = asyncio.create_task(self._appender.append(built_on, turn.appended))
        try:
            await asyncio.sleep(0)  # now it is on its way
            self._decide_ahead(turn)
            if not await sending:
                return False
        finally:
            sending.cancel()
        self.counts.appends += 1
        self.counts.events += turn.events
        took, waiting = self._appender.seconds, len(self._waiting)
        self._meter.appended(turn, self.counts, waiting=waiting, seconds=took)
        return True

    async def _look(self, taken: list[Pending]) -> None:
        """Catch up, answer the commands that are on the log, fetch the streams that we lack."""
        desk = self._desk
        waiting = {one.command: one for one in self._waiting.still_open(taken)}
        wanted = {stream for one in waiting.values() for stream in one.wanted}
        lacking = [stream for stream in wanted if not desk.knows(stream)]
        look = await self._appender.look(desk.head.position, list(waiting), lacking)
        if look.behind:
            last = await self._appender.last()
            desk.jump(last_head(last) if last else open_head(self._name))
            await self._look(taken)
            return
        desk.follow(look.news)
        for stream, events in look.streams.items():
            desk.install(stream, events, look.bases.get(stream))
        self._cold.looked(look, desk)
        for command, found in look.commands.items():
            self.counts.replays += 1
            self._waiting.answer(waiting[command], replay(waiting[command], found))
