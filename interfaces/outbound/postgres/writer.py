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
from collections import deque
from collections.abc import Callable
from typing import Final, Self

import msgspec
import psycopg
from psycopg import errors

from application.dispatch import InFlight, MissingStreams, admit
from application.envelopes import Entropy
from application.ports.gate import Accepted, LogRegressed, Request, StoreUnavailable
from application.ports.world import Clock
from domain.kernel.event import Envelope
from domain.kernel.ids import command_id
from domain.kernel.refusal import Refused
from interfaces.outbound.deciding import STREAMS_MAX, Batch, Desk, last_head, open_head
from interfaces.outbound.postgres.appending import AWAY, Appended, Appender
from interfaces.outbound.postgres.metering import BatchMeter
from interfaces.outbound.postgres.sessions import describe, unavailable
from interfaces.outbound.postgres.turns import Counts, Pending, Turn, replay

WAITING_MAX: Final = 10_000
BATCH_COMMANDS_MAX: Final = 1_000
MISSES_MAX: Final = 2
LOSSES_MAX: Final = 3
TURNS_MAX: Final = 64
BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

_log = logging.getLogger("tallystick.writer")


class WrongLog(Exception):
    """The database holds another log than this writer was started for."""


class Writer:
    """The gate of one node: ``async with Writer(...)`` and `dispatch` from the same event loop.

    The database is migrated already. Raises WrongLog at the start when it holds another log.
    """

    def __init__(
        self,
        url: str,
        *,
        log: str,
        clock: Clock,
        entropy: Entropy = os.urandom,
        streams_max: int = STREAMS_MAX,
        guard: Callable[[], None] | None = None,
    ) -> None:
        self.counts = Counts()
        self._meter = BatchMeter()
        self._name = log
        self._guard = guard
        self._desk = Desk(log, clock, entropy, streams_max=streams_max)
        self._appender = Appender(url)
        self._waiting: deque[Pending] = deque()
        self._in_flight: dict[str, Pending] = {}
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
        await self._appender.close()

    @property
    def regressed(self) -> LogRegressed | None:
        """Why nothing is written although the database is there; nothing when all is well."""
        return self._away if isinstance(self._away, LogRegressed) else None

    async def dispatch(self, request: Request) -> Accepted:
        """Decide and write; the port's `Gate` says what it raises."""
        wish = admit(request)
        command = command_id(request.actor, request.key)
        if command in self._in_flight:
            raise Refused(InFlight())
        if regressed := self.regressed:
            raise LogRegressed(kept=regressed.kept, size=regressed.size)
        if self._closing or self._away or len(self._in_flight) >= WAITING_MAX:
            raise StoreUnavailable("closing" if self._closing else str(self._away or "overloaded"))
        verdict = asyncio.get_running_loop().create_future()
        pending = Pending(request, command=command, wish=wish, verdict=verdict)
        self._in_flight[command] = pending
        self._waiting.append(pending)
        self._wake.set()
        return await pending.verdict

    async def _run(self) -> None:
        failures = 0
        while not (self._closing and (self._away or not self._waiting)):
            if not self._appender.is_open:
                failures = 0 if await self._reconnect() else failures + 1
                if failures:
                    await self._pause(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
            elif self._waiting:
                await self._take_turn()
            else:
                self._wake.clear()
                await self._wake.wait()

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
            while self._waiting:
                self._answer(self._waiting.popleft(), away)
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
        taken = self._take()
        try:
            turn = await self._write(taken)
        except AWAY as error:
            await self._lose(taken, error)
        except errors.UniqueViolation as error:
            self._look_first(taken, error)
        except psycopg.Error as error:
            self._part(taken, error)
        except Exception as error:
            _log.exception("a turn of the writer failed")
            for pending in taken:
                self._answer(pending, error)
        else:
            for pending, verdict in turn.verdicts:
                self._answer(pending, verdict)
            self._put_back(turn.postponed)
        self._desk.trim()

    def _take(self) -> list[Pending]:
        taken = [self._waiting.popleft()]
        while self._waiting and len(taken) < BATCH_COMMANDS_MAX:
            if taken[0].alone or self._waiting[0].alone:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _still_open(self, taken: list[Pending]) -> list[Pending]:
        return [one for one in taken if self._in_flight.get(one.command) is one]

    def _put_back(self, postponed: list[Pending]) -> None:
        self._waiting.extendleft(reversed(postponed))

    async def _lose(self, taken: list[Pending], error: Exception) -> None:
        """Let the commands of a lost connection look for themselves in the next turn."""
        _log.warning("the writer lost its connection: %s", describe(error))
        self.counts.losses += 1
        await self._appender.close()
        open_still = self._still_open(taken)
        for pending in open_still:
            pending.losses += 1
            pending.must_look = True
            if pending.losses > LOSSES_MAX:
                self._answer(pending, unavailable(error))
        self._put_back([one for one in open_still if one.losses <= LOSSES_MAX])

    def _look_first(self, taken: list[Pending], error: psycopg.Error) -> None:
        """Look for commands that were decided blindly and are on the log already."""
        if all(one.must_look for one in taken):
            self._part(taken, error)
            return
        open_still = self._still_open(taken)
        for pending in open_still:
            pending.must_look = True
        self._put_back(open_still)

    def _part(self, taken: list[Pending], error: psycopg.Error) -> None:
        """Find the command whose rows the database refuses: each goes alone."""
        _log.error("the database refused %d commands: %s", len(taken), describe(error))
        open_still = self._still_open(taken)
        if len(open_still) == 1:
            self._answer(open_still[0], error)
            return
        for pending in open_still:
            pending.alone = True
        self._put_back(open_still)

    async def _write(self, taken: list[Pending]) -> Turn:
        for _ in range(MISSES_MAX):
            turn = await self._attempt(taken)
            if turn is not None:
                break
        else:
            async with self._appender.locked():
                turn = await self._attempt(taken) or await self._start_anew(taken)
        self._desk.settle(turn.batch)
        return turn

    async def _start_anew(self, taken: list[Pending]) -> Turn:
        # In the lock and still not on top: the log is not the one that we followed (a restored
        # or failed-over database). What it holds now is what counts.
        last = await self._appender.last()
        self._desk.jump(last_head(last) if last else open_head(self._name))
        turn = await self._attempt(taken)
        if turn is None:
            message = "the log's last row changed under its lock"
            raise RuntimeError(message)
        return turn

    async def _attempt(self, taken: list[Pending]) -> Turn | None:
        self.counts.turns += 1
        turn = self._decide_blindly(taken)
        if turn is None:
            await self._look(taken)
            turn = self._decide(self._still_open(taken))
        if turn.appended:
            head = self._desk.head
            built_on = head.chain if head.position else None
            if not await self._appender.append(built_on, turn.appended):
                self.counts.misses += 1
                for pending in taken:
                    pending.must_look = True
                return None
            self.counts.appends += 1
            self.counts.events += turn.events
            took, waiting = self._appender.seconds, len(self._waiting)
            self._meter.appended(turn, self.counts, waiting=waiting, seconds=took)
        return turn

    def _decide_blindly(self, taken: list[Pending]) -> Turn | None:
        """Decide without a look, when all that is answered will be proved by the append.

        An append that gets through shows that our head was the last row, and the table's unique
        key that none of its commands was there before. Whatever adds no event has no such proof:
        it waits for the next turn, which looks first.
        """
        knows = self._desk.knows
        for one in taken:
            if one.must_look or not all(map(knows, one.wanted)):
                return None
        turn = self._decide(taken)
        if not turn.appended:
            return None
        proved: list[tuple[Pending, Accepted | Exception]] = []
        unproved: list[Pending] = []
        for pending, verdict in turn.verdicts:
            if isinstance(verdict, Accepted) and verdict.events:
                proved.append((pending, verdict))
            else:
                pending.must_look = True
                unproved.append(pending)
        turn.verdicts, turn.postponed = proved, unproved + turn.postponed
        return turn

    async def _look(self, taken: list[Pending]) -> None:
        """Catch up, answer the commands that are on the log, fetch the streams that we lack."""
        desk = self._desk
        waiting = {one.command: one for one in self._still_open(taken)}
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
            desk.install(stream, events)
        for command, found in look.commands.items():
            self.counts.replays += 1
            self._answer(waiting[command], replay(waiting[command], found))

    def _decide(self, taken: list[Pending]) -> Turn:
        turn = Turn(Batch(self._desk))
        for pending in taken:
            if turn.is_full:
                turn.postponed.append(pending)
                continue
            try:
                self._decide_one(pending, turn)
            except MissingStreams as missing:
                self._postpone(pending, missing, turn)
            except Refused as refused:
                turn.verdicts.append((pending, refused))
            except Exception as defect:
                # Its text may quote the command: type and place are enough to find the defect.
                _log.error("%s failed: %s", pending.request.command.TYPE, type(defect).__name__)
                turn.verdicts.append((pending, defect))
        return turn

    def _decide_one(self, pending: Pending, turn: Turn) -> None:
        decided = turn.batch.decide(pending.request, pending.command)
        if decided.events:
            pending.tried += (decided.events[0].chain,)
            turn.appended.append(Appended(decided.events, pending.hash))
            turn.events += len(decided.events)
            turn.bytes += sum(len(event.body) for event in decided.events)
        accepted = Accepted(
            command=pending.command, events=decided.events, position=decided.position
        )
        turn.verdicts.append((pending, accepted))

    def _postpone(self, pending: Pending, missing: MissingStreams, turn: Turn) -> None:
        pending.turns += 1
        pending.wanted = tuple(dict.fromkeys((*pending.wanted, *missing.streams)))
        if pending.turns > TURNS_MAX:
            turn.verdicts.append((pending, RuntimeError("a command never stops asking")))
        else:
            turn.postponed.append(pending)

    def _answer(self, pending: Pending, verdict: Accepted | Exception) -> None:
        self._in_flight.pop(pending.command, None)
        if pending.verdict.done():
            return  # the caller went away; the command stands all the same
        if isinstance(verdict, Accepted):
            pending.verdict.set_result(verdict)
        else:
            pending.verdict.set_exception(verdict)
