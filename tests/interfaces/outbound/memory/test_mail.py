"""Mail in memory does what a mail server does."""

import pytest

from interfaces.outbound.memory.mail import MemoryMailer
from tests.conformance.mail import MailConformance


class TestMemoryMailer(MailConformance):
    @pytest.fixture
    def world(self) -> MemoryMailer:
        return MemoryMailer()

    @pytest.fixture
    def mailer(self, world: MemoryMailer) -> MemoryMailer:
        return world
