"""A subject after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.subject import events
from domain.subject.claims import Claim, evolve_claims
from domain.subject.events import EVENTS, IdentityDeployed, SubjectCreated, WalletBound
from domain.subject.workflow import SUBJECT_WORKFLOW


class Subject(msgspec.Struct, frozen=True):
    """State of the gates, roles, and where the subject holds tokens and money.

    ``claims`` are those of the present identity that stand or are on their way, by number;
    ``revoking`` those that the chain is still to hear the end of.
    """

    state: str = SUBJECT_WORKFLOW.start
    name: str = ""
    country: str = ""
    roles: tuple[Role, ...] = ()
    email: Sealed | None = None
    bank_account: str | None = None
    wallet: str | None = None
    identity: str | None = None
    investor_class: str | None = None
    linking: bool = False
    claimed: int = 0
    claims: dict[int, Claim] = {}
    revoking: frozenset[int] = frozenset()

    def has_claim(self, topic: int) -> bool:
        """Say whether the identity carries a standing claim of this topic."""
        return any(claim.topic == topic and claim.added for claim in self.claims.values())


def evolve(state: Subject, event: Event) -> Subject:
    """Apply one fact."""
    if isinstance(event, WalletBound):
        return msgspec.structs.replace(state, wallet=event.address, identity=None, linking=False)
    if isinstance(event, IdentityDeployed):
        return msgspec.structs.replace(state, identity=event.identity)
    if event.TYPE not in _STEPS:
        return _evolve_beside(state, event)
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


_STEPS: Final = frozenset(row.event for row in SUBJECT_WORKFLOW.rows)


def _evolve_beside(state: Subject, event: Event) -> Subject:
    """Apply a fact that is no step through the gates."""
    match event:
        case events.SubjectClassified():
            return msgspec.structs.replace(state, investor_class=event.investor_class)
        case events.WalletReplaced():
            return msgspec.structs.replace(state, wallet=event.address, linking=True)
        case events.WalletLinked():
            return msgspec.structs.replace(state, linking=False)
        case events.ClaimLapsed():
            revoking = state.revoking | ({event.number} if event.write else set())
            claims = evolve_claims(state.claims, event)
            return msgspec.structs.replace(state, claims=claims, revoking=revoking)
        case events.ClaimRevoked():
            return msgspec.structs.replace(state, revoking=state.revoking - {event.number})
        case events.ClaimRequested():
            claims = evolve_claims(state.claims, event)
            return msgspec.structs.replace(state, claims=claims, claimed=event.number)
        case events.ClaimSigned() | events.ClaimAdded():
            return msgspec.structs.replace(state, claims=evolve_claims(state.claims, event))
        case _:
            message = f"not a fact of a subject: {event!r}"
            raise TypeError(message)


def subject_stream(subject: str) -> str:
    """Name the stream of a subject."""
    return f"subject:{subject}"


SUBJECT: Final = Aggregate(name="subject", empty=Subject(), evolve=evolve, events=EVENTS)
