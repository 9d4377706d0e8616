"""A subject after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.subject import events
from domain.subject.claims import CLASS_FACT, KYC_FACT, Claim, evolve_claims
from domain.subject.events import (
    EVENTS,
    IdentityDeployed,
    KycPassed,
    SubjectCreated,
    WalletBound,
)
from domain.subject.workflow import SUBJECT_WORKFLOW


class Subject(msgspec.Struct, frozen=True):
    """State of the gates, roles, and where the subject holds tokens and money.

    ``claims`` are those of the present identity that stand or are on their way, by number;
    ``revoking`` those that the chain is still to hear the end of. ``valid_until`` has the
    instants at which facts end, ``lapsed`` the facts whose time is over. ``frozen`` stays true
    while a paused subject is reviewed, and after it was declined; ``case`` is compliance's record.
    ``customer`` says whether the subject could ever act, ``ended_at`` when that was over; ``holds``
    are the legal holds that stand.
    """

    state: str = SUBJECT_WORKFLOW.start
    name: Sealed | str = ""
    kind: str = ""
    country: str = ""
    roles: tuple[Role, ...] = ()
    email: Sealed | None = None
    bank_account: Sealed | str | None = None
    wallet: str | None = None
    identity: str | None = None
    investor_class: str | None = None
    kyc_level: int = 0
    accreditation: str | None = None
    fatca: str | None = None
    linking: bool = False
    claimed: int = 0
    claims: dict[int, Claim] = {}
    revoking: frozenset[int] = frozenset()
    valid_until: dict[str, str] = {}
    lapsed: frozenset[str] = frozenset()
    frozen: bool = False
    case: str | None = None
    customer: bool = False
    ended_at: str | None = None
    holds: frozenset[str] = frozenset()

    def has_claim(self, topic: int) -> bool:
        """Say whether the identity carries a standing claim of this topic."""
        return any(claim.topic == topic and claim.added for claim in self.claims.values())


def evolve(state: Subject, event: Event) -> Subject:
    """Apply one fact."""
    if isinstance(event, WalletBound):
        return msgspec.structs.replace(state, wallet=event.address, identity=None, linking=False)
    if isinstance(event, IdentityDeployed):
        return msgspec.structs.replace(state, identity=event.identity)
    if isinstance(event, events.LegalHoldPlaced):
        return msgspec.structs.replace(state, holds=state.holds | {event.hold})
    if isinstance(event, events.LegalHoldLifted):
        return msgspec.structs.replace(state, holds=state.holds - {event.hold})
    if event.TYPE not in _STEPS:
        return _evolve_beside(state, event)
    after = SUBJECT_WORKFLOW.after(state.state, event.TYPE)
    if isinstance(event, SubjectCreated):
        return msgspec.structs.replace(
            state,
            state=after,
            name=event.name,
            kind=event.kind,
            country=event.country,
            roles=event.roles,
            email=event.email,
            bank_account=event.bank_account,
        )
    state = msgspec.structs.replace(state, state=after)
    if isinstance(event, events.SubjectFrozen):
        return msgspec.structs.replace(state, frozen=True, case=event.case)
    if isinstance(event, events.SubjectActivated):
        return msgspec.structs.replace(state, customer=True)
    if isinstance(event, events.SubjectClosed):
        return msgspec.structs.replace(state, ended_at=event.ended_at)
    if isinstance(event, events.SubjectUnfrozen):
        return msgspec.structs.replace(state, frozen=False, case=None)
    return _held(state, KYC_FACT, event.valid_until) if isinstance(event, KycPassed) else state


_STEPS: Final = frozenset(row.event for row in SUBJECT_WORKFLOW.rows)


def _evolve_beside(state: Subject, event: Event) -> Subject:
    """Apply a fact that is no step through the gates."""
    match event:
        case events.SubjectClassified():
            state = msgspec.structs.replace(state, investor_class=event.investor_class)
            return _held(state, CLASS_FACT, event.valid_until)
        case events.RolesChanged():
            return msgspec.structs.replace(state, roles=event.roles)
        case events.KycApproved():
            return msgspec.structs.replace(
                state,
                kyc_level=event.level,
                accreditation=event.accreditation,
                fatca=event.fatca,
            )
        case events.KycRenewed():
            return _held(state, KYC_FACT, event.valid_until)
        case events.FactLapsed():
            left = {fact: at for fact, at in state.valid_until.items() if fact != event.fact}
            lapsed = state.lapsed | {event.fact}
            return msgspec.structs.replace(state, valid_until=left, lapsed=lapsed)
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


def _held(state: Subject, fact: str, until: str | None) -> Subject:
    """A fact holds, until an instant or for good, whatever was said of it before."""
    ends = {name: at for name, at in state.valid_until.items() if name != fact}
    if until is not None:
        ends[fact] = until
    return msgspec.structs.replace(state, valid_until=ends, lapsed=state.lapsed - {fact})


def subject_stream(subject: str) -> str:
    """Name the stream of a subject."""
    return f"subject:{subject}"


SUBJECT: Final = Aggregate(name="subject", empty=Subject(), evolve=evolve, events=EVENTS)
