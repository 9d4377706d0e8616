"""Who may do what: one table for commands, one for queries (FX14).

Roles open the door only; whether a subject may act on *this* thing is decided with its state.
"""

from typing import Final

from application.scopes import (
    ADMIN,
    ADMIN_ALONE,
    ANYBODY,
    APPROVERS,
    COMPLIANCE,
    HOLDERS,
    OFFICE,
    OPERATIONS,
    OVERSEERS,
    PARTIES,
    PEOPLE,
    PUBLIC,
    SYSTEM,
    Rights,
    own,
    reach,
    refuse_role,
    refuse_target,
    two_persons,
)
from domain.affiliation import state as affiliation
from domain.anchor import commands as anchor
from domain.apikey import state as apikey
from domain.business import commands as business
from domain.case import commands as case
from domain.chainfact import state as chainfact
from domain.chainwatch import state as chainwatch
from domain.chainwrite import commands as chainwrite
from domain.check import commands as check
from domain.deadline import commands as deadline
from domain.delegation import commands as delegation
from domain.invoice import commands as invoice
from domain.issuer import commands as issuer
from domain.kernel.command import Command
from domain.kernel.refusal import Refusal
from domain.kernel.roles import COMPLIANCE_TEAM, Role
from domain.kyc import commands as kyc
from domain.listing import commands as listing
from domain.log import commands as log
from domain.mail import commands as mail
from domain.payment import commands as payment
from domain.platform import state as platform
from domain.process import state as process
from domain.profile import commands as profile
from domain.receipt import commands as receipt
from domain.reconciliation import commands as reconciliation
from domain.registration import commands as registration
from domain.request import commands as request
from domain.settings import state as settings
from domain.signatory import state as signatory
from domain.subject import commands as subject
from domain.token import commands as token
from domain.trade import commands as trade
from domain.user import commands as user
from domain.wallet import commands as wallet

REVIEW: Final = COMPLIANCE | reach("all", "kyc_reviewer")


COMMAND_ROLES: Final[dict[type[Command], Rights]] = {
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
    chainwrite.RetryChainWrite: OPERATIONS,
    chainfact.ObserveChainFact: SYSTEM,
    chainfact.RetractChainFact: SYSTEM,
    chainwatch.RecordChainReorganised: SYSTEM,
    reconciliation.RequestReconciliation: OVERSEERS,
    reconciliation.StateReconciliation: SYSTEM,
    settings.PublishTerms: two_persons("admin", "operations"),
    settings.PublishHolidays: ADMIN_ALONE,
    settings.PublishRulebook: ADMIN_ALONE,
    settings.PublishOnboarding: ADMIN_ALONE | COMPLIANCE,
    settings.PublishRetention: two_persons(*sorted(COMPLIANCE_TEAM)),
    apikey.IssueApiKey: ADMIN_ALONE,
    apikey.RevokeApiKey: ADMIN_ALONE,
    apikey.RotateApiKey: ANYBODY,
    user.RegisterUser: ADMIN_ALONE,
    user.CloseUser: ADMIN_ALONE,
    user.RecordPasswordSet: SYSTEM,
    user.RecordTotpEnabled: SYSTEM,
    user.RecordTotpDisabled: SYSTEM,
    user.RecordIdentityLinked: SYSTEM,
    user.RecordIdentityUnlinked: SYSTEM,
    user.RecordUserLocked: SYSTEM,
    user.RecordSessionsRevoked: SYSTEM,
    business.RegisterBusiness: own("issuer"),
    business.ApproveBusiness: ADMIN,
    business.RejectBusiness: ADMIN,
    affiliation.IntroduceSubject: ADMIN,
    affiliation.JoinTenant: ADMIN,
    affiliation.LeaveTenant: ADMIN,
    delegation.GrantDelegation: two_persons("admin"),
    delegation.RevokeDelegation: ADMIN_ALONE,
    signatory.RegisterSigningKey: APPROVERS,
    signatory.RevokeSigningKey: APPROVERS,
    request.MakeRequest: APPROVERS,
    request.ApproveRequest: APPROVERS,
    request.RejectRequest: APPROVERS,
    request.ExpireRequest: SYSTEM,
    request.CarryOutRequest: SYSTEM,
    registration.RegisterSubject: SYSTEM,
    registration.SendCode: SYSTEM,
    registration.VerifyContact: SYSTEM,
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
    subject.UnfreezeSubject: two_persons("compliance", "mlro", "mlro_deputy"),
    subject.DeclineSubject: COMPLIANCE,
    subject.CloseSubject: PARTIES | COMPLIANCE,
    subject.PlaceLegalHold: COMPLIANCE,
    subject.LiftLegalHold: COMPLIANCE,
    subject.EraseSubject: two_persons(*sorted(COMPLIANCE_TEAM)),
    subject.RefuseErasure: SYSTEM,
    subject.RecordErased: SYSTEM,
    case.OpenCase: COMPLIANCE,
    case.ClearCase: COMPLIANCE,
    case.RequireReport: COMPLIANCE,
    case.EscalateCase: SYSTEM,
    case.FileReport: COMPLIANCE,
    deadline.PassStage: SYSTEM,
    profile.RecordSection: PARTIES | ADMIN,
    issuer.RequestIssuer: PARTIES,
    issuer.ApproveIssuer: ADMIN,
    issuer.RejectIssuer: ADMIN,
    wallet.ChallengeWallet: PARTIES,
    wallet.ProveWallet: PARTIES,
    wallet.UnbindWallet: PARTIES | ADMIN,
    subject.BindWallet: ADMIN | COMPLIANCE,
    subject.RecordIdentity: SYSTEM,
    subject.ClassifySubject: COMPLIANCE,
    subject.ReplaceWallet: ADMIN,
    subject.RecordWalletLinked: SYSTEM,
    subject.SignClaim: SYSTEM,
    subject.RecordClaim: SYSTEM,
    subject.RecordRevocation: SYSTEM,
    kyc.SubmitKyc: ANYBODY,
    kyc.OpenKycReview: REVIEW,
    kyc.ApproveKyc: REVIEW,
    kyc.RejectKyc: REVIEW,
    check.AdvanceOnboarding: SYSTEM,
    check.RecordReference: SYSTEM,
    check.RecordOutcome: SYSTEM,
    check.FailCheck: COMPLIANCE,
    invoice.SubmitInvoice: own("seller"),
    invoice.StartVerification: SYSTEM,
    invoice.RecordVerification: SYSTEM,
    invoice.AskBuyer: SYSTEM,
    invoice.ConfirmInvoice: own("buyer"),
    invoice.DisputeInvoice: own("buyer"),
    invoice.ExpireInvoice: SYSTEM,
    invoice.ListInvoice: SYSTEM,
    invoice.FundInvoice: own("lender"),
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
    token.AdoptRules: ADMIN,
    token.RecordOperation: SYSTEM,
    token.FailOperation: SYSTEM,
    listing.OpenListing: HOLDERS,
    listing.WithdrawListing: HOLDERS,
    listing.WithdrawPaused: SYSTEM,
    trade.CheckTrade: own("investor"),
    trade.ExecuteTrade: own("investor"),
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

QUERY_ROLES: Final[dict[str, Rights]] = {
    "invoices": PARTIES | OFFICE,
    "timeline": PARTIES | OFFICE,
    "marketplace": reach("all", "lender", "investor") | OFFICE,
    "accounts": PARTIES | own("broker") | OFFICE,
    "portfolio": PARTIES | own("broker") | OFFICE,
    "trades": PARTIES | OFFICE,
    "holders": HOLDERS | OFFICE,
    "tokens": reach("all", "lender", "investor", "issuer", "transfer_agent") | OFFICE,
    "token_operations": OFFICE,
    "subjects": PEOPLE,
    "users": PEOPLE,
    "api_keys": PEOPLE,
    "sign_ins": OVERSEERS,
    "sessions": ANYBODY,
    "businesses": own("issuer") | OFFICE,
    "wallets": PEOPLE,
    "issuers": PARTIES | OFFICE,
    "profiles": PEOPLE | reach("all", "kyc_reviewer"),
    "pipeline": reach("pipeline", "broker") | OFFICE,
    "tenant": reach("tenant", "partner") | OFFICE,
    "requests": APPROVERS,
    "delegations": ADMIN_ALONE | own("sub_admin") | reach("all", "auditor"),
    "proofs": PUBLIC,
    "feed": PUBLIC,
    "chain_writes": OFFICE,
    "anchors": PUBLIC,
    "reconciliations": OFFICE,
    "chain_facts": OFFICE,
    "audit": OFFICE,
    "cases": COMPLIANCE,
    "legal_holds": COMPLIANCE,
    "export": ANYBODY | COMPLIANCE,
    "deadlines": OPERATIONS | COMPLIANCE | reach("all", "auditor"),
    "kyc": ANYBODY | REVIEW | reach("all", "auditor"),
    "kyc_queue": REVIEW | reach("all", "auditor"),
    "checks": COMPLIANCE | reach("all", "auditor"),
    "operations": OPERATIONS | COMPLIANCE,
    "metrics": ADMIN | reach("all", "monitor"),
}
"""Who may ask a question at all; what belongs to others is left out of the answer."""


def refuse_command(role: Role, command: type[Command]) -> Refusal | None:
    """Say why a role may not send a command itself; an unlisted command is for nobody."""
    return refuse_role(role, command.TYPE, COMMAND_ROLES.get(command, {}))


def refuse_scope(role: Role, subject: str, command: Command) -> Refusal | None:
    """Say why a command reaches beyond the actor, after ``refuse_command`` let the role in."""
    scope = COMMAND_ROLES[type(command)][role]
    return refuse_target(role, subject, command, scope)


def needs_grant(role: Role, command: type[Command]) -> bool:
    """Say whether the role may send a command only under a grant."""
    return COMMAND_ROLES.get(command, {}).get(role) == "granted"


def approvers(command: type[Command]) -> tuple[Role, ...]:
    """Tell who may ask for a command that two persons must want, and who may approve it."""
    rights = COMMAND_ROLES.get(command, {})
    return tuple(sorted(role for role, scope in rights.items() if scope == "request"))


def requestable() -> dict[str, type[Command]]:
    """Name the commands that two persons must want."""
    return {command.TYPE: command for command in COMMAND_ROLES if approvers(command)}


def requestable_by(role: Role) -> tuple[str, ...]:
    """Name the commands that a role has a say in only together with another person."""
    return tuple(name for name, command in requestable().items() if role in approvers(command))


def refuse_query(role: Role, query: str) -> Refusal | None:
    """Say why a role may not ask a question; an unlisted question is for nobody."""
    return refuse_role(role, query, QUERY_ROLES.get(query, {}))


def asks_by_grant(role: Role, query: str) -> bool:
    """Say whether the role may ask a question only under a grant."""
    return QUERY_ROLES.get(query, {}).get(role) == "granted"


def may_query(role: Role, query: str) -> bool:
    """Say whether a role may ask a question."""
    return refuse_query(role, query) is None
