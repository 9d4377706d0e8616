"""The bank in memory does what a bank does."""

import pytest

from interfaces.outbound.memory.bank import MemoryBank
from tests.conformance.bank import BankConformance


class TestMemoryBank(BankConformance):
    @pytest.fixture
    def world(self) -> MemoryBank:
        return MemoryBank()

    @pytest.fixture
    def bank(self, world: MemoryBank) -> MemoryBank:
        return world
