"""What somebody may wish about a subject."""

from domain.kernel.command import Command
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from domain.subject.events import Early


class CreateSubject(Command, frozen=True, kw_only=True):
    """Enter a person or an institution; the door has sealed what is personal."""

    TYPE = "subject.create"
    subject: str
    name: Sealed | str
    kind: str
    country: str
    roles: tuple[Role, ...]
    email: Sealed | None = None
    bank_account: Sealed | str | None = None


class SubmitOnboarding(Command, frozen=True, kw_only=True):
    """Hand the file in."""

    TYPE = "subject.submit_onboarding"
    subject: str


class PassKyc(Command, frozen=True, kw_only=True):
    """Gate 1 passed; ``evidence`` is the provider's or reviewer's reference.

    ``valid_until`` is the instant from which the identity must be looked at again, as when a
    document expires.
    """

    TYPE = "subject.pass_kyc"
    subject: str
    evidence: str
    valid_until: str | None = None


class RenewKyc(Command, frozen=True, kw_only=True):
    """The identity was looked at again, before or after its time was over."""

    TYPE = "subject.renew_kyc"
    subject: str
    evidence: str
    valid_until: str | None = None


class LapseFacts(Command, frozen=True, kw_only=True):
    """Note which facts of a subject are past their time."""

    TYPE = "subject.lapse_facts"
    subject: str


class PassScreening(Command, frozen=True, kw_only=True):
    """Gate 2 passed."""

    TYPE = "subject.pass_screening"
    subject: str
    evidence: str


class OpenMlroReview(Command, frozen=True, kw_only=True):
    """Gate 3 asked for."""

    TYPE = "subject.open_mlro_review"
    subject: str
    reason: str


class PassRisk(Command, frozen=True, kw_only=True):
    """Risk accepted."""

    TYPE = "subject.pass_risk"
    subject: str
    evidence: str


class ActivateSubject(Command, frozen=True, kw_only=True):
    """Let the subject act."""

    TYPE = "subject.activate"
    subject: str


class FreezeSubject(Command, frozen=True, kw_only=True):
    """Pause new actions of a subject, and open compliance's record of why.

    ``case`` names the record by 32 hex digits that nobody can guess, ``kind`` says what led to it
    (see `domain.case.decide.KINDS`), ``reason`` is sealed for the stream of the case. With
    ``report`` a report to the authority is due at once. Without a case nothing is recorded.
    """

    TYPE = "subject.freeze"
    subject: str
    case: str | None = None
    kind: str = "review"
    reference: str | None = None
    reason: Sealed | None = None
    report: bool = False


class UnfreezeSubject(Command, frozen=True, kw_only=True):
    """Lift the pause; an open record of it is closed as a false positive."""

    TYPE = "subject.unfreeze"
    subject: str


class DeclineSubject(Command, frozen=True, kw_only=True):
    """End the relation.

    Of a subject that is paused, a report to the authority becomes due; ``case`` is the record to
    make when it has none.
    """

    TYPE = "subject.decline"
    subject: str
    case: str | None = None


class CloseSubject(Command, frozen=True, kw_only=True):
    """End the relation, by the subject itself or by compliance."""

    TYPE = "subject.close"
    subject: str


class PlaceLegalHold(Command, frozen=True, kw_only=True):
    """Keep what is known of a subject until the hold of this name is lifted."""

    TYPE = "subject.place_legal_hold"
    subject: str
    hold: str
    reason: Sealed


class LiftLegalHold(Command, frozen=True, kw_only=True):
    """Lift a hold."""

    TYPE = "subject.lift_legal_hold"
    subject: str
    hold: str
    reason: Sealed


class EraseSubject(Command, frozen=True, kw_only=True):
    """Forget a subject for ever; two persons must want it.

    ``early`` is the reason to do so before its records had their time.
    """

    TYPE = "subject.erase"
    subject: str
    early: Early | None = None


class RefuseErasure(Command, frozen=True, kw_only=True):
    """Tell what is still open, and keep everything."""

    TYPE = "subject.refuse_erasure"
    subject: str
    open: tuple[str, ...]


class RecordErased(Command, frozen=True, kw_only=True):
    """Tell that the key is destroyed and the rest thrown away."""

    TYPE = "subject.record_erased"
    subject: str


class BindWallet(Command, frozen=True, kw_only=True):
    """Name the address that holds the subject's tokens."""

    TYPE = "subject.bind_wallet"
    subject: str
    address: str


class RecordIdentity(Command, frozen=True, kw_only=True):
    """Record the identity contract that the chain confirmed."""

    TYPE = "subject.record_identity"
    subject: str
    wallet: str
    identity: str
    transaction: str


class ClassifySubject(Command, frozen=True, kw_only=True):
    """Say which class of investors a subject is of."""

    TYPE = "subject.classify"
    subject: str
    investor_class: str
    evidence: str
    valid_until: str | None = None


class ReplaceWallet(Command, frozen=True, kw_only=True):
    """Give the identity of a subject another address: the old one is lost."""

    TYPE = "subject.replace_wallet"
    subject: str
    address: str
    reason: str


class RecordWalletLinked(Command, frozen=True, kw_only=True):
    """The new address is a key of the identity."""

    TYPE = "subject.record_wallet_linked"
    subject: str
    address: str
    transaction: str


class SignClaim(Command, frozen=True, kw_only=True):
    """The claim issuer's signature over a claim."""

    TYPE = "subject.sign_claim"
    subject: str
    number: int
    signature: str


class RecordClaim(Command, frozen=True, kw_only=True):
    """The chain has taken a claim."""

    TYPE = "subject.record_claim"
    subject: str
    number: int
    transaction: str


class RecordRevocation(Command, frozen=True, kw_only=True):
    """The chain has taken a revocation."""

    TYPE = "subject.record_revocation"
    subject: str
    number: int
    transaction: str
