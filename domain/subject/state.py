"""A subject after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.subject.events import EVENTS, IdentityDeployed, SubjectCreated, WalletBound
from domain.subject.workflow import SUBJECT_WORKFLOW


class Subject(msgspec.Struct, frozen=True):
    """State of the gates, roles, and where the subject holds tokens and money."""

    state: str = SUBJECT_WORKFLOW.start
    name: str = ""
    country: str = ""
    roles: tuple[Role, ...] = ()
    email: Sealed | None = None
    bank_account: str | None = None
    wallet: str | None = None
    identity: str | None = None


def evolve(state: Subject, event: Event) -> Subject:
    """Apply one fact."""
    if isinstance(event, WalletBound):
        return msgspec.structs.replace(state, wallet=event.address, identity=None)
    if isinstance(event, IdentityDeployed):
        return msgspec.structs.replace(state, identity=event.identity)
    after = SUBJECT_WORKFLOW.after(state.state, event.TYPE)
    if isinstance(event, SubjectCreated):
        return msgspec.structs.replace(
            state,
            state=after,
            name=event.name,
            country=event.country,
            roles=event.roles,
            email=event.email,
            bank_account=event.bank_account,
        )
    return msgspec.structs.replace(state, state=after)


def subject_stream(subject: str) -> str:
    """Name the stream of a subject."""
    return f"subject:{subject}"


SUBJECT: Final = Aggregate(name="subject", empty=Subject(), evolve=evolve, events=EVENTS)
