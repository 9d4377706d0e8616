"""The gate in memory against the pure model."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import pytest
from typing_extensions import override

from application.ports.gate import Request
from interfaces.outbound.memory.gate import MemoryGate
from tests.conformance.machine import LogMachine, Nodes, Verdict, run_machine
from tests.conformance.script import LOG, FixedClock

T = TypeVar("T")


class OneGate:
    """The gate has no nodes and nothing that could be cut."""

    def __init__(self, clock: FixedClock) -> None:
        self.gate = MemoryGate(LOG, clock=clock)
        self.reader = self.gate.log
        self._runner = asyncio.Runner()

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    async def dispatch_all(self, sent: Sequence[tuple[int, Request]]) -> list[Verdict]:
        wanted = (self.gate.dispatch(request) for _, request in sent)
        return await asyncio.gather(*wanted, return_exceptions=True)

    def restart(self, node: int) -> None:
        """Nothing to do."""

    cut = lose_answer = restart

    def append_stale(self, node: int) -> bool:
        return False

    def close(self) -> None:
        self._runner.close()


class MemoryMachine(LogMachine):
    @override
    def nodes(self) -> Nodes:
        return OneGate(self.clock)


def test_the_gate_does_what_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    run_machine(MemoryMachine, monkeypatch)
