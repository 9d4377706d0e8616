"""Carries checks to their providers: what is asked on the log, asked outside (DESIGN 8)."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from application.ports.checks import Applicant, CheckProvider, Paper, ProviderRefused
from application.ports.documents import PersonalDocuments
from application.ports.log import LogReader
from application.ports.world import KeyErased, Vault
from domain.check.commands import RecordOutcome, RecordReference
from domain.check.events import Answer, CheckAsked, Gate, Provider
from domain.check.state import CHECK, check_stream
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.kyc.events import KycSubmitted
from domain.kyc.state import KYC, Kyc, kyc_stream
from domain.subject.state import SUBJECT, subject_stream
from interfaces.workers.gateway import Sender
from interfaces.workers.people import People

REFUSED: Final = "provider_refused"
UNKNOWN: Final = "unknown"

logger = logging.getLogger("tallystick.checks")


class _Details(msgspec.Struct, frozen=True):
    """What a provider needs of the details of an application."""

    full_name: str = ""
    birth_date: str | None = None
    nationality: str | None = None


class Checker:
    """Has the checks of one gate carried out by whom the log names."""

    def __init__(
        self,
        gate: Gate,
        sender: Sender,
        *,
        log: LogReader,
        providers: Mapping[Provider, CheckProvider],
        vault: Vault,
        documents: PersonalDocuments,
    ) -> None:
        self._gate = gate
        self._sender = sender
        self._log = log
        self._providers = providers
        self._vault = vault
        self._documents = documents

    def effects(self) -> Mapping[type[Event], Callable[[Recorded], None]]:
        """Tell which facts set this off; documents may come after the check was asked for."""
        if self._gate == "identity":
            return {CheckAsked: self.asked, KycSubmitted: self.applied}
        return {CheckAsked: self.asked}

    def asked(self, recorded: Recorded) -> None:
        """Carry a check to its provider. Raises ProviderUnreachable, StoreUnavailable."""
        subject, _, gate = identity_of(recorded.stream).partition("/")
        if gate == self._gate:
            self._carry(subject, recorded)

    def applied(self, recorded: Recorded) -> None:
        """Bring documents that came later. Raises ProviderUnreachable, StoreUnavailable."""
        self._carry(identity_of(recorded.stream), recorded)

    def _carry(self, subject: str, recorded: Recorded) -> None:
        stream = check_stream(subject, self._gate)
        check = CHECK.fold(each.fact for each in self._log.read_stream(stream))
        if not check.is_open:
            return
        provider = self._providers.get(check.provider)
        if provider is None:
            logger.error("%s of a subject is for %s: no keys", self._gate, check.provider)
            return
        try:
            applicant = self._applicant(subject)
            taken = provider.check(applicant)
        except KeyErased:
            return
        except ProviderRefused:
            self._tell_refused(subject, check.provider, recorded)
            return
        if taken is None:
            return
        reference = RecordReference(
            subject=subject, gate=self._gate, provider=check.provider, reference=taken.reference
        )
        self._sender.tell(reference, f"taken/{recorded.position}", cause=recorded)
        if taken.outcome is not None and taken.answer is not None:
            outcome = RecordOutcome(
                subject=subject, gate=self._gate, outcome=taken.outcome, answer=taken.answer
            )
            self._sender.tell(outcome, f"answered/{recorded.position}", cause=recorded)

    def _tell_refused(self, subject: str, provider: Provider, recorded: Recorded) -> None:
        """Hand over to people what a provider will not look at."""
        logger.error("%s refuses a check", provider)
        answer = Answer(
            provider=provider, reference=UNKNOWN, answered_at=recorded.at, findings=(REFUSED,)
        )
        outcome = RecordOutcome(subject=subject, gate=self._gate, outcome="failed", answer=answer)
        self._sender.tell(outcome, f"refused/{recorded.position}", cause=recorded)

    def _applicant(self, subject: str) -> Applicant:
        stream = subject_stream(subject)
        state = SUBJECT.fold(each.fact for each in self._log.read_stream(stream))
        kyc = KYC.fold(each.fact for each in self._log.read_stream(kyc_stream(subject)))
        details = self._details(subject, kyc)
        people = People(self._log, self._vault)
        email = None if state.email is None else people.email(subject)
        return Applicant(
            subject=subject,
            name=details.full_name or people.name(subject),
            is_person=state.kind == "person",
            country=state.country,
            birth_date=details.birth_date,
            nationality=details.nationality,
            email=email,
            papers=self._papers(subject, kyc) if self._gate == "identity" else (),
        )

    def _details(self, subject: str, kyc: Kyc) -> _Details:
        if kyc.details is None:
            return _Details()
        opened = self._vault.open(kyc.details, kyc_stream(subject), KycSubmitted.TYPE, "/details")
        return msgspec.json.decode(opened, type=_Details)

    def _papers(self, subject: str, kyc: Kyc) -> tuple[Paper, ...]:
        found = ((each, self._documents.get(subject, each.digest)) for each in kyc.documents)
        return tuple(
            Paper(kind=document.kind, media_type=document.media_type, content=content)
            for document, content in found
            if content is not None
        )
