"""The applications of a subject after their events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.sealed import Sealed
from domain.kyc.events import EVENTS, Fatca, KycDocument, KycSubmitted
from domain.kyc.workflow import KYC_WORKFLOW


class Kyc(msgspec.Struct, frozen=True):
    """State and content of the newest application; ``number`` counts them all."""

    state: str = KYC_WORKFLOW.start
    number: int = 0
    documents: tuple[KycDocument, ...] = ()
    details: Sealed | None = None
    fatca: Fatca = "clear"

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in {"PENDING", "IN_REVIEW"}


def evolve(state: Kyc, event: Event) -> Kyc:
    """Apply one fact."""
    after = KYC_WORKFLOW.after(state.state, event.TYPE)
    if isinstance(event, KycSubmitted):
        return Kyc(
            state=after,
            number=event.number,
            documents=event.documents,
            details=event.details,
            fatca=event.fatca,
        )
    return msgspec.structs.replace(state, state=after)


def kyc_stream(subject: str) -> str:
    """Name the stream of a subject's applications."""
    return f"kyc:{subject}"


def application_of(subject: str, number: int) -> str:
    """Name an application; the names of subjects have no dot."""
    return f"{subject}.{number}"


def parse_application(application: str) -> tuple[str, int]:
    """Tell subject and number of an application; number 0 for what is no application."""
    subject, _, number = application.rpartition(".")
    is_number = number.isascii() and number.isdigit() and len(number) <= 9
    return subject, int(number) if is_number and not number.startswith("0") else 0


KYC: Final = Aggregate(name="kyc", empty=Kyc(), evolve=evolve, events=EVENTS)
