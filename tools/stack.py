"""A whole Tallystick on one machine: the simulated bank and mailbox beside the real parts."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from interfaces.settings import Settings
from interfaces.supervisor import Supervisor
from tools.bank.control import BankControl, BankProcess
from tools.bank.model import OpenAccount
from tools.mailbox import Mailbox


class LocalStack:
    """Starts what the settings leave open, simulators too; use it as a context manager."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.settings = settings
        self._say = say
        self._parts = ExitStack()
        self.supervisor: Supervisor | None = None

    @property
    def mailbox(self) -> Path:
        """Folder of the mails that the local mail server took."""
        return self.settings.data / "mail"

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            self._parts = parts
            self._start(parts)
            # Everything is up: from here on it is stopped by leaving this context.
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parts.close()

    def _start(self, parts: ExitStack) -> None:
        self.settings.data.mkdir(parents=True, exist_ok=True)
        if not self.settings.bank_url:
            self._say("opening the simulated bank")
            folder = self.settings.data / "bank"
            bank = parts.enter_context(BankProcess(folder, clock=self.settings.story_clock))
            self.settings = msgspec.structs.replace(self.settings, bank_url=bank.url)
            self._open_collections()
        if not self.settings.mail_url:
            mailbox = parts.enter_context(Mailbox(self.mailbox))
            self.settings = msgspec.structs.replace(self.settings, mail_url=mailbox.url)
        self.supervisor = parts.enter_context(Supervisor(self.settings, self._say))
        self.settings = self.supervisor.start()

    def _open_collections(self) -> None:
        account = OpenAccount(
            account=self.settings.collections_account, name="FinToken X client account"
        )
        bank = self.bank()
        bank.open_account(account)
        bank.close()

    def bank(self) -> BankControl:
        """The control doors of the simulated bank."""
        return BankControl(self.settings.bank_url)
