"""What goes on while the log is frozen for lateness (FX13, DESIGN decision 17): one table.

Refused is only what would bind somebody anew. What happened outside is true whether or not it
is anchored, and whoever is bound already must be able to perform, cancel or be released.
"""

from typing import Final, Literal

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

Effect = Literal["obligation", "outside", "cancel", "release", "freeze", "running", "office"]
"""What a command does: binds somebody anew; tells a fact from outside; cancels; releases what is
held or frozen; freezes; carries on what was begun; keeps the office, which binds nobody."""

EFFECTS: Final[dict[type[Command], Effect]] = {
    log.OpenLog: "running",
    log.CommitStreams: "running",
    log.FreezeLog: "freeze",
    log.RotateKey: "office",
    anchor.PlanAnchor: "running",
    anchor.ConfirmAnchor: "outside",
    anchor.FailAnchor: "outside",
    platform.RecordPlatform: "outside",
    platform.RecordHandOver: "outside",
    chainwrite.PlanChainWrite: "running",
    chainwrite.AssignNonce: "running",
    chainwrite.RecordBroadcast: "outside",
    chainwrite.RecordMined: "outside",
    chainwrite.RecordReorganised: "outside",
    chainwrite.RecordConfirmed: "outside",
    chainwrite.RecordFailed: "outside",
    chainwrite.BumpFees: "running",
    chainwrite.RecordReplaced: "outside",
    chainwrite.RecordReverted: "outside",
    chainwrite.RecordRetracted: "outside",
    chainwrite.RetryChainWrite: "running",
    chainfact.ObserveChainFact: "outside",
    chainfact.RetractChainFact: "outside",
    chainwatch.RecordChainReorganised: "outside",
    reconciliation.RequestReconciliation: "office",
    reconciliation.StateReconciliation: "outside",
    settings.PublishTerms: "office",
    settings.PublishHolidays: "office",
    settings.PublishRulebook: "office",
    settings.PublishOnboarding: "office",
    settings.PublishRetention: "office",
    apikey.IssueApiKey: "office",
    apikey.RevokeApiKey: "office",
    apikey.RotateApiKey: "office",
    user.RegisterUser: "office",
    user.CloseUser: "office",
    user.RecordPasswordSet: "outside",
    user.RecordTotpEnabled: "outside",
    user.RecordTotpDisabled: "outside",
    user.RecordIdentityLinked: "outside",
    user.RecordIdentityUnlinked: "outside",
    user.RecordUserLocked: "outside",
    user.RecordSessionsRevoked: "outside",
    business.RegisterBusiness: "office",
    business.ApproveBusiness: "office",
    business.RejectBusiness: "office",
    affiliation.IntroduceSubject: "office",
    affiliation.JoinTenant: "office",
    affiliation.LeaveTenant: "office",
    delegation.GrantDelegation: "office",
    delegation.RevokeDelegation: "office",
    signatory.RegisterSigningKey: "office",
    signatory.RevokeSigningKey: "office",
    request.MakeRequest: "office",
    request.ApproveRequest: "office",
    request.RejectRequest: "cancel",
    request.ExpireRequest: "cancel",
    request.CarryOutRequest: "running",
    registration.RegisterSubject: "office",
    registration.SendCode: "office",
    registration.VerifyContact: "outside",
    subject.CreateSubject: "office",
    subject.SubmitOnboarding: "office",
    subject.PassKyc: "outside",
    subject.RenewKyc: "outside",
    subject.LapseFacts: "outside",
    subject.PassScreening: "outside",
    subject.OpenMlroReview: "freeze",
    subject.PassRisk: "outside",
    subject.ActivateSubject: "office",
    subject.FreezeSubject: "freeze",
    subject.UnfreezeSubject: "release",
    subject.DeclineSubject: "cancel",
    subject.CloseSubject: "cancel",
    subject.PlaceLegalHold: "freeze",
    subject.LiftLegalHold: "release",
    subject.EraseSubject: "cancel",
    subject.RefuseErasure: "running",
    subject.RecordErased: "running",
    case.OpenCase: "freeze",
    case.ClearCase: "release",
    case.RequireReport: "office",
    case.EscalateCase: "running",
    case.FileReport: "outside",
    deadline.PassStage: "running",
    profile.RecordSection: "office",
    issuer.RequestIssuer: "office",
    issuer.ApproveIssuer: "office",
    issuer.RejectIssuer: "office",
    wallet.ChallengeWallet: "office",
    wallet.ProveWallet: "office",
    wallet.UnbindWallet: "cancel",
    subject.BindWallet: "office",
    subject.RecordIdentity: "outside",
    subject.ClassifySubject: "outside",
    subject.ReplaceWallet: "office",
    subject.RecordWalletLinked: "outside",
    subject.SignClaim: "running",
    subject.RecordClaim: "outside",
    subject.RecordRevocation: "outside",
    kyc.SubmitKyc: "office",
    kyc.OpenKycReview: "office",
    kyc.ApproveKyc: "outside",
    kyc.RejectKyc: "outside",
    check.AdvanceOnboarding: "running",
    check.RecordReference: "outside",
    check.RecordOutcome: "outside",
    check.FailCheck: "outside",
    invoice.SubmitInvoice: "obligation",
    invoice.StartVerification: "running",
    invoice.RecordVerification: "outside",
    invoice.AskBuyer: "running",
    # The buyer tells whether the debt exists; it does not begin with the answer.
    invoice.ConfirmInvoice: "outside",
    invoice.DisputeInvoice: "outside",
    invoice.ExpireInvoice: "cancel",
    invoice.ListInvoice: "running",
    invoice.RemindBuyer: "running",
    invoice.FundInvoice: "obligation",
    invoice.CompleteFunding: "running",
    invoice.ReverseFunding: "cancel",
    invoice.RecordDisbursed: "outside",
    invoice.DistributeProceeds: "running",
    invoice.SettleInvoice: "running",
    token.PlanToken: "running",
    token.RecordDeployed: "outside",
    token.RecordHolder: "outside",
    token.RecordUnpaused: "outside",
    token.RecordMinted: "outside",
    token.SliceToken: "obligation",
    token.RecordBurned: "outside",
    token.PauseToken: "freeze",
    token.ResumeToken: "release",
    token.FreezeWallets: "freeze",
    token.UnfreezeWallets: "release",
    token.FreezeUnits: "freeze",
    token.UnfreezeUnits: "release",
    token.MintUnits: "obligation",
    token.BurnUnits: "release",
    token.RegisterHolders: "office",
    token.RecoverHolder: "release",
    token.AdoptRules: "office",
    token.RecordOperation: "outside",
    token.FailOperation: "outside",
    listing.OpenListing: "obligation",
    listing.WithdrawListing: "cancel",
    listing.WithdrawPaused: "cancel",
    trade.CheckTrade: "obligation",
    trade.ExecuteTrade: "obligation",
    trade.SettleTrade: "running",
    trade.FailTrade: "cancel",
    payment.SettlePayment: "outside",
    payment.RefusePayment: "outside",
    receipt.RecordReceipt: "outside",
    receipt.MatchReceipt: "running",
    mail.RequestMail: "running",
    mail.RecordMailSent: "outside",
    mail.RecordMailRefused: "outside",
    process.RecordRefusal: "running",
}

_OBLIGATIONS: Final = frozenset(
    command for command, effect in EFFECTS.items() if effect == "obligation"
)


def is_obligation(command: type[Command]) -> bool:
    """Say whether a command would bind somebody anew, and is refused while the log is frozen."""
    return command in _OBLIGATIONS
