"""The store of logins in memory keeps its port's promises."""

import pytest

from interfaces.outbound.memory.access import MemoryAccess
from tests.conformance.access import AccessConformance


class TestMemoryAccess(AccessConformance):
    @pytest.fixture
    def store(self) -> MemoryAccess:
        return MemoryAccess()
