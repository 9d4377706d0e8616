"""Who may do what: one table for commands, one for queries (FX14).

Roles open the door only; whether a subject may act on *this* thing is decided with its state.
"""

from typing import Final

from domain.anchor import commands as anchor
from domain.apikey import state as apikey
from domain.business import commands as business
from domain.case import commands as case
from domain.chainfact import state as chainfact
from domain.chainwatch import state as chainwatch
from domain.chainwrite import commands as chainwrite
from domain.check import commands as check
from domain.deadline import commands as deadline
from domain.invoice import commands as invoice
from domain.kernel.command import Command
from domain.kernel.refusal import Refusal
from domain.kernel.roles import BACK_OFFICE, COMPLIANCE_TEAM, EVERYBODY, Role
from domain.kyc import commands as kyc
from domain.listing import commands as listing
from domain.log import commands as log
from domain.mail import commands as mail
from domain.payment import commands as payment
from domain.platform import state as platform
from domain.process import state as process
from domain.receipt import commands as receipt
from domain.reconciliation import commands as reconciliation
from domain.settings import state as settings
from domain.subject import commands as subject
from domain.token import commands as token
from domain.trade import commands as trade
from domain.user import commands as user

Roles = frozenset[Role]

SYSTEM: Final[Roles] = frozenset({"process"})
ADMIN: Final[Roles] = frozenset({"admin", "process"})
COMPLIANCE: Final[Roles] = COMPLIANCE_TEAM | SYSTEM
OVERSEERS: Final[Roles] = frozenset({"admin", "operations", "auditor", "process"}) | COMPLIANCE_TEAM
HOLDERS: Final[Roles] = frozenset({"lender", "investor"})

COMMAND_ROLES: Final[dict[type[Command], Roles]] = {
    log.OpenLog: SYSTEM,
    log.CommitStreams: SYSTEM,
    log.FreezeLog: SYSTEM,
    log.RotateKey: SYSTEM,
    anchor.PlanAnchor: SYSTEM,
    anchor.ConfirmAnchor: SYSTEM,
    anchor.FailAnchor: SYSTEM,
    platform.RecordPlatform: SYSTEM,
    platform.RecordHandOver: SYSTEM,
    chainwrite.PlanChainWrite: SYSTEM,
    chainwrite.AssignNonce: SYSTEM,
    chainwrite.RecordBroadcast: SYSTEM,
    chainwrite.RecordMined: SYSTEM,
    chainwrite.RecordReorganised: SYSTEM,
    chainwrite.RecordConfirmed: SYSTEM,
    chainwrite.RecordFailed: SYSTEM,
    chainwrite.BumpFees: SYSTEM,
    chainwrite.RecordReplaced: SYSTEM,
    chainwrite.RecordReverted: SYSTEM,
    chainwrite.RecordRetracted: SYSTEM,
    chainwrite.RetryChainWrite: ADMIN,
    chainfact.ObserveChainFact: SYSTEM,
    chainfact.RetractChainFact: SYSTEM,
    chainwatch.RecordChainReorganised: SYSTEM,
    reconciliation.RequestReconciliation: OVERSEERS,
    reconciliation.StateReconciliation: SYSTEM,
    settings.PublishTerms: ADMIN,
    settings.PublishHolidays: ADMIN,
    settings.PublishRulebook: ADMIN,
    settings.PublishOnboarding: ADMIN | COMPLIANCE,
    apikey.IssueApiKey: ADMIN,
    apikey.RevokeApiKey: ADMIN,
    apikey.RotateApiKey: EVERYBODY | {"monitor"},
    user.RegisterUser: ADMIN,
    user.CloseUser: ADMIN,
    user.RecordPasswordSet: SYSTEM,
    user.RecordTotpEnabled: SYSTEM,
    user.RecordTotpDisabled: SYSTEM,
    user.RecordIdentityLinked: SYSTEM,
    user.RecordIdentityUnlinked: SYSTEM,
    user.RecordUserLocked: SYSTEM,
    user.RecordSessionsRevoked: SYSTEM,
    business.RegisterBusiness: frozenset({"issuer"}),
    business.ApproveBusiness: ADMIN,
    business.RejectBusiness: ADMIN,
    subject.CreateSubject: ADMIN,
    subject.SubmitOnboarding: ADMIN | COMPLIANCE,
    subject.PassKyc: COMPLIANCE,
    subject.RenewKyc: COMPLIANCE,
    subject.LapseFacts: SYSTEM,
    subject.PassScreening: COMPLIANCE,
    subject.OpenMlroReview: COMPLIANCE,
    subject.PassRisk: COMPLIANCE,
    subject.ActivateSubject: COMPLIANCE,
    subject.FreezeSubject: COMPLIANCE,
    subject.UnfreezeSubject: COMPLIANCE,
    subject.DeclineSubject: COMPLIANCE,
    case.OpenCase: COMPLIANCE,
    case.ClearCase: COMPLIANCE,
    case.RequireReport: COMPLIANCE,
    case.EscalateCase: SYSTEM,
    case.FileReport: COMPLIANCE,
    deadline.PassStage: SYSTEM,
    subject.BindWallet: ADMIN | COMPLIANCE,
    subject.RecordIdentity: SYSTEM,
    subject.ClassifySubject: COMPLIANCE,
    subject.ReplaceWallet: ADMIN,
    subject.RecordWalletLinked: SYSTEM,
    subject.SignClaim: SYSTEM,
    subject.RecordClaim: SYSTEM,
    subject.RecordRevocation: SYSTEM,
    kyc.SubmitKyc: EVERYBODY - SYSTEM,
    kyc.OpenKycReview: COMPLIANCE | {"kyc_reviewer"},
    kyc.ApproveKyc: COMPLIANCE | {"kyc_reviewer"},
    kyc.RejectKyc: COMPLIANCE | {"kyc_reviewer"},
    check.AdvanceOnboarding: SYSTEM,
    check.RecordReference: SYSTEM,
    check.RecordOutcome: SYSTEM,
    check.FailCheck: COMPLIANCE,
    invoice.SubmitInvoice: frozenset({"seller"}),
    invoice.StartVerification: SYSTEM,
    invoice.RecordVerification: SYSTEM,
    invoice.AskBuyer: SYSTEM,
    invoice.ConfirmInvoice: frozenset({"buyer"}),
    invoice.DisputeInvoice: frozenset({"buyer"}),
    invoice.ExpireInvoice: SYSTEM,
    invoice.ListInvoice: SYSTEM,
    invoice.FundInvoice: frozenset({"lender"}),
    invoice.CompleteFunding: SYSTEM,
    invoice.ReverseFunding: SYSTEM,
    invoice.RecordDisbursed: SYSTEM,
    invoice.RemindBuyer: SYSTEM,
    invoice.DistributeProceeds: SYSTEM,
    invoice.SettleInvoice: SYSTEM,
    token.PlanToken: SYSTEM,
    token.RecordDeployed: SYSTEM,
    token.RecordHolder: SYSTEM,
    token.RecordUnpaused: SYSTEM,
    token.RecordMinted: SYSTEM,
    token.SliceToken: HOLDERS,
    token.RecordBurned: SYSTEM,
    token.PauseToken: ADMIN,
    token.ResumeToken: ADMIN,
    token.FreezeWallets: ADMIN,
    token.UnfreezeWallets: ADMIN,
    token.FreezeUnits: ADMIN,
    token.UnfreezeUnits: ADMIN,
    token.MintUnits: ADMIN,
    token.BurnUnits: ADMIN,
    token.RegisterHolders: ADMIN,
    token.RecoverHolder: ADMIN,
    token.RecordOperation: SYSTEM,
    token.FailOperation: SYSTEM,
    listing.OpenListing: HOLDERS,
    listing.WithdrawListing: HOLDERS,
    listing.WithdrawPaused: SYSTEM,
    trade.CheckTrade: frozenset({"investor"}),
    trade.ExecuteTrade: frozenset({"investor"}),
    trade.SettleTrade: SYSTEM,
    trade.FailTrade: SYSTEM,
    payment.SettlePayment: SYSTEM,
    payment.RefusePayment: SYSTEM,
    receipt.RecordReceipt: SYSTEM,
    receipt.MatchReceipt: SYSTEM,
    mail.RequestMail: SYSTEM,
    mail.RecordMailSent: SYSTEM,
    mail.RecordMailRefused: SYSTEM,
    process.RecordRefusal: SYSTEM,
}

TRADERS: Final[Roles] = frozenset({"lender", "investor", "broker"})
MARKET: Final[Roles] = TRADERS | BACK_OFFICE

QUERY_ROLES: Final[dict[str, Roles]] = {
    "invoices": EVERYBODY,
    "timeline": EVERYBODY,
    "marketplace": MARKET,
    "accounts": EVERYBODY,
    "portfolio": EVERYBODY,
    "trades": EVERYBODY,
    "holders": MARKET,
    "tokens": MARKET,
    "token_operations": BACK_OFFICE,
    "subjects": EVERYBODY,
    "businesses": frozenset({"issuer"}) | BACK_OFFICE,
    "users": EVERYBODY,
    "api_keys": EVERYBODY,
    "sign_ins": OVERSEERS,
    "proofs": EVERYBODY,
    "feed": EVERYBODY,
    "chain_writes": BACK_OFFICE,
    "anchors": EVERYBODY,
    "reconciliations": BACK_OFFICE,
    "chain_facts": BACK_OFFICE,
    "audit": BACK_OFFICE,
    "kyc": EVERYBODY,
    "kyc_queue": COMPLIANCE | {"kyc_reviewer", "auditor"},
    "checks": COMPLIANCE | {"auditor"},
    "operations": frozenset({"admin", "operations", "process"}) | COMPLIANCE_TEAM,
    "metrics": frozenset({"admin", "monitor", "process"}),
}
"""Who may ask a question at all; what belongs to others is left out of the answer."""


class RoleForbidden(Refusal, frozen=True, kw_only=True):
    """The role does not open this door."""

    CODE = "role_forbidden"
    KIND = "forbidden"
    SENTENCE = "A {role} may not {action}; this needs {allowed}."

    role: str
    action: str
    allowed: str


def refuse_command(role: Role, command: type[Command]) -> Refusal | None:
    """Say why a role may not send a command; an unlisted command is for nobody."""
    return _refuse(role, command.TYPE, COMMAND_ROLES.get(command, frozenset()))


def refuse_query(role: Role, query: str) -> Refusal | None:
    """Say why a role may not ask a question; an unlisted question is for nobody."""
    return _refuse(role, query, QUERY_ROLES.get(query, frozenset()))


def may_query(role: Role, query: str) -> bool:
    """Say whether a role may ask a question."""
    return refuse_query(role, query) is None


def _refuse(role: Role, action: str, allowed: Roles) -> Refusal | None:
    if role in allowed:
        return None
    names = ", ".join(sorted(allowed - SYSTEM)) or "the system itself"
    return RoleForbidden(role=role, action=action, allowed=names)
