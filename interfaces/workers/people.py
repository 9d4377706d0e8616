"""Names, addresses and accounts of people, opened where a worker carries something out."""

from typing import Final

from application.ports.log import LogReader
from application.ports.world import Vault
from domain.kernel.sealed import Sealed
from domain.registration.events import RegistrationOpened
from domain.registration.state import REGISTRATION, registration_stream
from domain.subject.events import SubjectCreated
from domain.subject.state import SUBJECT, Subject, subject_stream

EMAIL: Final = "/email"
MOBILE: Final = "/mobile"
NAME: Final = "/name"
BANK_ACCOUNT: Final = "/bank_account"


class NoAddress(Exception):
    """The recipient has no e-mail address on file."""


class People:
    """Reads subjects from the log and opens what is sealed; nothing is kept.

    ``before`` is a position: what a subject was until then, everything without one.
    """

    def __init__(self, log: LogReader, vault: Vault) -> None:
        self._log = log
        self._vault = vault

    def name(self, subject: str, *, before: int | None = None) -> str:
        """Tell the name of a subject. Raises KeyErased, StoreUnavailable."""
        return self._opened(subject, self._state(subject, before).name, NAME)

    def sealed_name(self, subject: str) -> str | None:
        """Tell the name of a subject whose name lies sealed; nothing when the log tells it."""
        name = self._state(subject, None).name
        return self._opened(subject, name, NAME) if isinstance(name, Sealed) else None

    def account(self, subject: str, *, before: int | None = None) -> str:
        """Tell a subject's bank account, empty when there is none. Raises KeyErased."""
        account = self._state(subject, before).bank_account
        return "" if account is None else self._opened(subject, account, BANK_ACCOUNT)

    def email(self, subject: str) -> str:
        """Tell a subject's e-mail address. Raises KeyErased, NoAddress."""
        email = self._state(subject, None).email
        if email is None:
            message = "no address on file"
            raise NoAddress(message)
        return self._opened(subject, email, EMAIL)

    def mobile(self, subject: str) -> str:
        """Tell the phone of a subject that registered. Raises KeyErased, NoAddress."""
        stream = registration_stream(subject)
        facts = (recorded.fact for recorded in self._log.read_stream(stream))
        mobile = REGISTRATION.fold(facts).mobile
        if mobile is None:
            message = "no phone on file"
            raise NoAddress(message)
        return self._vault.open(mobile, stream, RegistrationOpened.TYPE, MOBILE)

    def _opened(self, subject: str, value: Sealed | str, pointer: str) -> str:
        if isinstance(value, str):
            return value
        return self._vault.open(value, subject_stream(subject), SubjectCreated.TYPE, pointer)

    def _state(self, subject: str, before: int | None) -> Subject:
        return SUBJECT.fold(
            recorded.fact
            for recorded in self._log.read_stream(subject_stream(subject))
            if before is None or recorded.position < before
        )
