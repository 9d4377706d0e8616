"""What happened to a subject."""

from typing import Literal

import msgspec

from domain.kernel.event import VISIBLE_TO_COMPLIANCE, VISIBLE_TO_REVIEWERS, Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed

Early = Literal["entered_in_error", "court_order", "unlawful_processing"]
"""Why somebody is forgotten before the records had their time (UK GDPR 17(1), MLR 2017 40(3))."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """On what a gate was passed: whose word, under which reference and policy, about what.

    ``inputs`` is the SHA-256 of what was checked, as it lies sealed on the log; ``policy`` is
    the version of the onboarding policy in force, 0 before one was published.
    """

    provider: str
    reference: str
    policy: int
    inputs: str


class SubjectCreated(Event, frozen=True, kw_only=True):
    """A subject exists; its e-mail address, its bank account and a person's name are sealed.

    The name of an institution is public. Under schema 1 names and bank accounts lay open.
    """

    TYPE = "subject.created"
    SCHEMA = 2
    name: Sealed | str
    kind: str
    country: str
    roles: tuple[Role, ...]
    email: Sealed | None = None
    bank_account: Sealed | str | None = None


class RolesChanged(Event, frozen=True, kw_only=True):
    """The subject has these roles now, and no others."""

    TYPE = "subject.roles_changed"
    roles: tuple[Role, ...]


class OnboardingSubmitted(Event, frozen=True, kw_only=True):
    """The subject handed in everything that the gates need."""

    TYPE = "subject.onboarding_submitted"


class KycPassed(Event, frozen=True, kw_only=True):
    """Gate 1: the identity is known, and until ``valid_until`` (an instant) if that is named."""

    TYPE = "subject.kyc_passed"
    SCHEMA = 3
    evidence: str
    valid_until: str | None = None
    provenance: Provenance | None = None


class KycApproved(Event, frozen=True, kw_only=True):
    """A reviewer knows the subject: its level, and what follows from that (CP8)."""

    TYPE = "subject.kyc_approved"
    application: str
    level: int
    accreditation: str
    fatca: str


class KycRenewed(Event, frozen=True, kw_only=True):
    """The identity was looked at again: it is known until another instant, or for good."""

    TYPE = "subject.kyc_renewed"
    evidence: str
    valid_until: str | None = None


class ScreeningPassed(Event, frozen=True, kw_only=True):
    """Gate 2: no list names the subject."""

    TYPE = "subject.screening_passed"
    SCHEMA = 2
    evidence: str
    provenance: Provenance | None = None


class MlroReviewOpened(Event, frozen=True, kw_only=True):
    """Gate 3: the reporting officer looks at the file."""

    TYPE = "subject.mlro_review_opened"
    VISIBLE = VISIBLE_TO_REVIEWERS
    reason: str


class RiskPassed(Event, frozen=True, kw_only=True):
    """The risk is acceptable."""

    TYPE = "subject.risk_passed"
    SCHEMA = 2
    evidence: str
    provenance: Provenance | None = None


class SubjectActivated(Event, frozen=True, kw_only=True):
    """The subject may act."""

    TYPE = "subject.activated"


class SubjectFrozen(Event, frozen=True, kw_only=True):
    """Gate 4: new actions are paused; the true reason is sealed in the record ``case``."""

    TYPE = "subject.frozen"
    SCHEMA = 2
    VISIBLE = VISIBLE_TO_REVIEWERS
    case: str | None = None


class SubjectUnfrozen(Event, frozen=True, kw_only=True):
    """The subject may act again."""

    TYPE = "subject.unfrozen"
    VISIBLE = VISIBLE_TO_REVIEWERS


class SubjectDeclined(Event, frozen=True, kw_only=True):
    """The reporting officer's last word."""

    TYPE = "subject.declined"
    VISIBLE = VISIBLE_TO_REVIEWERS


class SubjectClosed(Event, frozen=True, kw_only=True):
    """The relation is over: nothing new begins, and what was begun runs off.

    ``customer`` says whether the subject could ever act: from ``ended_at`` on its records are kept
    for as long as the settings say, else there is nothing that must be kept.
    """

    TYPE = "subject.closed"
    ended_at: str
    customer: bool


class LegalHoldPlaced(Event, frozen=True, kw_only=True):
    """What is known of the subject must be kept, whoever asks; why is sealed for compliance."""

    TYPE = "subject.legal_hold_placed"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    hold: str
    reason: Sealed


class LegalHoldLifted(Event, frozen=True, kw_only=True):
    """That duty is over."""

    TYPE = "subject.legal_hold_lifted"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    hold: str
    reason: Sealed


class ErasureOrdered(Event, frozen=True, kw_only=True):
    """Two persons want the subject forgotten; ``early`` says why before its records had their time.

    Nothing is destroyed yet: a worker looks first for what is still open.
    """

    TYPE = "subject.erasure_ordered"
    early: Early | None = None


class ErasureRefused(Event, frozen=True, kw_only=True):
    """Something of the subject is still open, named by its streams; nothing was destroyed."""

    TYPE = "subject.erasure_refused"
    open: tuple[str, ...]


class SubjectErased(Event, frozen=True, kw_only=True):
    """The key of everything sealed is destroyed, and what lay outside the log is thrown away."""

    TYPE = "subject.erased"


class WalletBound(Event, frozen=True, kw_only=True):
    """The subject holds tokens at this EVM address."""

    TYPE = "subject.wallet_bound"
    address: str


class IdentityDeployed(Event, frozen=True, kw_only=True):
    """The subject's ONCHAINID identity contract exists."""

    TYPE = "subject.identity_deployed"
    wallet: str
    identity: str
    transaction: str


class SubjectClassified(Event, frozen=True, kw_only=True):
    """The subject is of this class of investors, until ``valid_until`` (an instant) if named.

    The evidence is the reviewer's reference.
    """

    TYPE = "subject.classified"
    SCHEMA = 2
    investor_class: str
    evidence: str
    valid_until: str | None = None


class FactLapsed(Event, frozen=True, kw_only=True):
    """The time of a fact (``kyc``, ``investor_class``) is over; it held until ``valid_until``."""

    TYPE = "subject.fact_lapsed"
    fact: str
    valid_until: str


class WalletReplaced(Event, frozen=True, kw_only=True):
    """A wallet is lost; the same identity is to hold tokens at another address."""

    TYPE = "subject.wallet_replaced"
    lost: str
    address: str
    identity: str
    reason: str
    write: str


class WalletLinked(Event, frozen=True, kw_only=True):
    """The new address is a key of the identity: holdings can be recovered to it."""

    TYPE = "subject.wallet_linked"
    address: str
    transaction: str


class ClaimRequested(Event, frozen=True, kw_only=True):
    """A fact holds: our claim issuer is to say so on the subject's identity.

    ``data`` is what the claim says, canonical JSON in hex; claims of a subject are numbered.
    """

    TYPE = "subject.claim_requested"
    number: int
    topic: int
    value: str
    identity: str
    issuer: str
    data: str


class ClaimSigned(Event, frozen=True, kw_only=True):
    """The claim issuer has signed; ``write`` carries the claim to the identity."""

    TYPE = "subject.claim_signed"
    number: int
    signature: str
    write: str


class ClaimAdded(Event, frozen=True, kw_only=True):
    """The identity carries the claim."""

    TYPE = "subject.claim_added"
    number: int
    transaction: str


class ClaimLapsed(Event, frozen=True, kw_only=True):
    """The fact no longer holds; ``write`` revokes the claim, unless it was never signed."""

    TYPE = "subject.claim_lapsed"
    number: int
    topic: int
    write: str | None = None


class ClaimRevoked(Event, frozen=True, kw_only=True):
    """The claim issuer says on chain that the claim is void."""

    TYPE = "subject.claim_revoked"
    number: int
    transaction: str


EVENTS = (
    SubjectCreated,
    RolesChanged,
    OnboardingSubmitted,
    KycPassed,
    KycRenewed,
    KycApproved,
    ScreeningPassed,
    MlroReviewOpened,
    RiskPassed,
    SubjectActivated,
    SubjectFrozen,
    SubjectUnfrozen,
    SubjectDeclined,
    SubjectClosed,
    LegalHoldPlaced,
    LegalHoldLifted,
    ErasureOrdered,
    ErasureRefused,
    SubjectErased,
    WalletBound,
    IdentityDeployed,
    SubjectClassified,
    FactLapsed,
    WalletReplaced,
    WalletLinked,
    ClaimRequested,
    ClaimSigned,
    ClaimAdded,
    ClaimLapsed,
    ClaimRevoked,
)
