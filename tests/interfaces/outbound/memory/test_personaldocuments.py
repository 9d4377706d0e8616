"""Documents of persons in memory."""

import pytest

from interfaces.outbound.memory.vault import MemoryPersonalDocuments, MemoryVault
from tests.conformance.personaldocuments import Kept, PersonalDocumentsConformance


class TestMemoryPersonalDocuments(PersonalDocumentsConformance):
    @pytest.fixture
    def kept(self) -> Kept:
        vault = MemoryVault(log="tallystick.example/memory")
        return MemoryPersonalDocuments(vault), vault
