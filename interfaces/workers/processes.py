"""Runs the process managers: facts in order, wishes through the gate, refusals as work items.

Memories are folded anew from the log at start, without dispatching anything: only facts behind
the remembered place cause wishes (DESIGN decision 8).
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from application.dispatch import KeyReused
from application.ports.gate import StoreUnavailable
from application.ports.log import LogReader
from application.ports.world import HolderRegister
from application.processes.manager import (
    Over,
    ProcessManager,
    Reaction,
    Wish,
    idempotency_key,
)
from domain.kernel.event import Recorded
from domain.kernel.refusal import Refusal
from domain.process.state import RecordRefusal
from interfaces.telemetry.context import because_of
from interfaces.telemetry.metrics import WISHES_POSTPONED
from interfaces.workers.follower import BATCH, IDLE_SECONDS, Places
from interfaces.workers.gateway import Sender, SyncGate

PLACE: Final = "processes"
PATIENCE_SECONDS: Final = 0.5

logger = logging.getLogger("tallystick.processes")


class Postponed(msgspec.Struct, frozen=True):
    """A wish that was refused for a reason that passes by itself."""

    process: ProcessManager
    recorded: Recorded
    ordinal: int
    reaction: Reaction


class ProcessRunner:
    """Feeds all process managers from one reading of the log.

    A postponed wish holds up nobody: it is asked again beside the facts that follow, and until
    then the remembered place stays before its cause, so that a restart asks again too.

    A fact counts as read when all its wishes are answered. When the world goes away in between,
    its memory is as before and the whole fact comes again; wishes that were heard are repeats.
    """

    def __init__(
        self,
        processes: Sequence[ProcessManager],
        gate: SyncGate,
        *,
        log: LogReader,
        places: Places,
        register: HolderRegister,
    ) -> None:
        self._processes = processes
        self._senders = {process.name: Sender(gate, process.name) for process in processes}
        self._log = log
        self._places = places
        self._register = register
        self._memories: dict[tuple[str, str], Any] = {}
        self._postponed: list[Postponed] = []
        self._read: int | None = None

    def step(self) -> float:
        """React to what is new; waits for more when there is nothing."""
        if self._read is None:
            self._read = self._replay()
        self._ask_again()
        batch = self._log.read(self._read, BATCH)
        if not batch:
            self._log.wait(self._read, PATIENCE_SECONDS if self._postponed else IDLE_SECONDS)
            return 0.0
        for recorded in batch:
            self._react(recorded)
            self._read = recorded.position
        self._remember()
        return 0.0

    def _replay(self) -> int:
        """Fold the memories of all facts up to the remembered place."""
        place = self._places.place(PLACE)
        self._memories.clear()
        self._postponed.clear()
        position = 0
        while position < place:
            batch = self._log.read(position, min(BATCH, place - position))
            if not batch:
                raise StoreUnavailable
            for recorded in batch:
                for process in self._processes:
                    if process.interested(type(recorded.fact)):
                        self._keep(process, recorded, self._fold(process, recorded))
            position = batch[-1].position
        return place

    def _remember(self) -> None:
        WISHES_POSTPONED.set(len(self._postponed))
        causes = [wish.recorded.position for wish in self._postponed]
        self._places.move(PLACE, min([self._read or 0, *(cause - 1 for cause in causes)]))

    def _fold(self, process: ProcessManager, recorded: Recorded) -> object:
        return process.fold(self._memories.get((process.name, process.case(recorded))), recorded)

    def _keep(self, process: ProcessManager, recorded: Recorded, memory: object) -> None:
        if memory is not None:
            self._memories[process.name, process.case(recorded)] = memory

    def _react(self, recorded: Recorded) -> None:
        memories: list[tuple[ProcessManager, object]] = []
        postponed: list[Postponed] = []
        for process in self._processes:
            if process.interested(type(recorded.fact)):
                memory = self._fold(process, recorded)
                memories.append((process, memory))
                for ordinal, reaction in enumerate(process.react(memory, recorded)):
                    wish = Postponed(process, recorded, ordinal, reaction)
                    if not self._is_answered(wish, recorded.position):
                        postponed.append(wish)
        for process, memory in memories:
            self._keep(process, recorded, memory)
        self._postponed += postponed

    def _ask_again(self) -> None:
        for wish in tuple(self._postponed):
            if self._is_answered(wish, self._read or wish.recorded.position):
                self._postponed.remove(wish)
                self._remember()

    def _is_answered(self, asked: Postponed, position: int) -> bool:
        """Send a wish; ``position`` is where a set that it needs is read. False: ask again."""
        process, cause = asked.process, asked.recorded.position
        wish = self._complete(asked.reaction, position)
        key = idempotency_key(cause, wish.command, wish.target)
        answer = self._senders[process.name].tell(wish.command, key, cause=asked.recorded)
        if not isinstance(answer, Refusal) or isinstance(answer, KeyReused):
            # A reused key: this cause had its command before a restart, over an older list.
            return True
        if process.is_patient(answer):
            return False
        with because_of(asked.recorded):
            self._hand_over(asked, wish, answer)
        return True

    def _complete(self, reaction: Reaction, position: int) -> Wish:
        if isinstance(reaction, Over):
            holders = self._register.holders(reaction.asset, position)
            return Wish(reaction.build(position, holders), reaction.target)
        return reaction

    def _hand_over(self, asked: Postponed, wish: Wish, refusal: Refusal) -> None:
        """Make a work item for people of a refused wish."""
        name, cause = asked.process.name, asked.recorded.position
        logger.warning(
            "%s: %s at position %d was refused: %s", name, wish.command.TYPE, cause, refusal.CODE
        )
        command = RecordRefusal(
            item=f"{name}/{cause}/{asked.ordinal}",
            process=name,
            cause=cause,
            command_type=wish.command.TYPE,
            code=refusal.CODE,
            sentence=refusal.sentence(),
        )
        key = f"refused/{cause}/{asked.ordinal}/{refusal.CODE}"
        self._senders[name].send(command, key, cause=asked.recorded)
