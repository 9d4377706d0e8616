"""The gate that every command passes: role, idempotency, handler (DESIGN decision 3).

This module is the pure part; a writer runs it. It decides one command after the other against
states that the writer keeps, and says which streams it lacks instead of fetching them.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec

from application.authority import needs_grant, refuse_command, refuse_scope
from application.draft import Asking, Draft, Handling, Streams
from application.handlers import (
    affiliations,
    businesses,
    chain,
    chainwrites,
    claims,
    deadlines,
    delegations,
    forgetting,
    funding,
    invoices,
    issuers,
    kyc,
    office,
    onboarding,
    operations,
    pausing,
    profiles,
    reconciling,
    registrations,
    requests,
    settlement,
    standing,
    subjects,
    tokens,
    trading,
    users,
    wallets,
)
from application.lateness import is_obligation
from application.ports.gate import Request
from domain.affiliation import state as affiliation
from domain.anchor import commands as anchor_commands
from domain.apikey import state as apikey
from domain.business import commands as business_commands
from domain.case import commands as case_commands
from domain.chainfact import state as chainfact
from domain.chainwatch import state as chainwatch
from domain.chainwrite import commands as chainwrite_commands
from domain.check import commands as check_commands
from domain.deadline import commands as deadline_commands
from domain.delegation import commands as delegation_commands
from domain.integrity.canonical import NotCanonicalError, canonical
from domain.invoice import commands as invoice_commands
from domain.issuer import commands as issuer_commands
from domain.kernel.command import Command, Context
from domain.kernel.ids import IDEMPOTENCY_KEY, STREAM
from domain.kernel.refusal import InvalidField, Refusal, Refused
from domain.kyc import commands as kyc_commands
from domain.listing import commands as listing_commands
from domain.log import commands as log_commands
from domain.log.decide import refuse_obligation
from domain.log.state import LOG_STREAM
from domain.mail import commands as mail_commands
from domain.payment import commands as payment_commands
from domain.platform import state as platform
from domain.process import state as process
from domain.profile import commands as profile_commands
from domain.receipt import commands as receipt_commands
from domain.reconciliation import commands as reconciliation_commands
from domain.registration import commands as registration_commands
from domain.request import commands as request_commands
from domain.settings import state as settings
from domain.signatory import state as signatory
from domain.subject import commands as subject_commands
from domain.token import commands as token_commands
from domain.trade import commands as trade_commands
from domain.user import commands as user_commands
from domain.wallet import commands as wallet_commands

Handler = Callable[[Any, Context], Handling]
T = TypeVar("T")

HANDLERS: Final[dict[type[Command], Handler]] = {
    log_commands.OpenLog: chain.open_log,
    log_commands.CommitStreams: chain.commit_streams,
    log_commands.FreezeLog: chain.freeze_log,
    log_commands.RotateKey: chain.rotate_key,
    anchor_commands.PlanAnchor: chain.plan_anchor,
    anchor_commands.ConfirmAnchor: chain.confirm_anchor,
    anchor_commands.FailAnchor: chain.fail_anchor,
    platform.RecordPlatform: chain.record_platform,
    platform.RecordHandOver: chain.record_hand_over,
    chainwrite_commands.PlanChainWrite: chainwrites.plan,
    chainwrite_commands.AssignNonce: chainwrites.assign_nonce,
    chainwrite_commands.RecordBroadcast: chainwrites.sight,
    chainwrite_commands.RecordMined: chainwrites.sight,
    chainwrite_commands.RecordReorganised: chainwrites.record,
    chainwrite_commands.RecordConfirmed: chainwrites.record,
    chainwrite_commands.RecordFailed: chainwrites.record,
    chainwrite_commands.BumpFees: chainwrites.bump_fees,
    chainwrite_commands.RecordReplaced: chainwrites.record_replaced,
    chainwrite_commands.RecordReverted: chainwrites.record,
    chainwrite_commands.RecordRetracted: chainwrites.record,
    chainwrite_commands.RetryChainWrite: chainwrites.retry,
    chainfact.ObserveChainFact: reconciling.observe,
    chainfact.RetractChainFact: reconciling.retract,
    chainwatch.RecordChainReorganised: reconciling.record_reorganised,
    reconciliation_commands.RequestReconciliation: reconciling.request,
    reconciliation_commands.StateReconciliation: reconciling.state_result,
    settings.PublishTerms: office.publish_terms,
    settings.PublishHolidays: office.publish_holidays,
    settings.PublishRulebook: office.publish_rulebook,
    settings.PublishOnboarding: office.publish_onboarding,
    settings.PublishRetention: office.publish_retention,
    apikey.IssueApiKey: office.issue_key,
    apikey.RevokeApiKey: office.revoke_key,
    apikey.RotateApiKey: office.rotate_key,
    user_commands.RegisterUser: users.register,
    user_commands.CloseUser: users.close,
    user_commands.RecordPasswordSet: users.set_password,
    user_commands.RecordTotpEnabled: users.enable_totp,
    user_commands.RecordTotpDisabled: users.disable_totp,
    user_commands.RecordIdentityLinked: users.link_identity,
    user_commands.RecordIdentityUnlinked: users.unlink_identity,
    user_commands.RecordUserLocked: users.lock,
    user_commands.RecordSessionsRevoked: users.revoke_sessions,
    business_commands.RegisterBusiness: businesses.register,
    business_commands.ApproveBusiness: businesses.approve,
    business_commands.RejectBusiness: businesses.reject,
    affiliation.IntroduceSubject: affiliations.introduce,
    affiliation.JoinTenant: affiliations.join,
    affiliation.LeaveTenant: affiliations.leave,
    delegation_commands.GrantDelegation: delegations.grant,
    delegation_commands.RevokeDelegation: delegations.revoke,
    signatory.RegisterSigningKey: requests.register_key,
    signatory.RevokeSigningKey: requests.revoke_key,
    request_commands.MakeRequest: lambda command, context: requests.make(
        command, context, HANDLERS
    ),
    request_commands.ApproveRequest: requests.approve,
    request_commands.RejectRequest: requests.reject,
    request_commands.ExpireRequest: requests.expire,
    request_commands.CarryOutRequest: lambda command, context: requests.carry_out(
        command, context, HANDLERS
    ),
    registration_commands.RegisterSubject: registrations.register,
    registration_commands.SendCode: registrations.send_code,
    registration_commands.VerifyContact: registrations.verify,
    subject_commands.CreateSubject: subjects.create,
    subject_commands.SubmitOnboarding: subjects.pass_gate,
    subject_commands.PassKyc: onboarding.pass_by_hand,
    subject_commands.RenewKyc: subjects.renew_kyc,
    subject_commands.LapseFacts: subjects.lapse_facts,
    subject_commands.PassScreening: onboarding.pass_by_hand,
    subject_commands.OpenMlroReview: subjects.pass_gate,
    subject_commands.PassRisk: onboarding.pass_by_hand,
    subject_commands.ActivateSubject: subjects.pass_gate,
    subject_commands.FreezeSubject: pausing.freeze,
    subject_commands.UnfreezeSubject: pausing.unfreeze,
    subject_commands.DeclineSubject: pausing.decline,
    subject_commands.CloseSubject: forgetting.close,
    subject_commands.PlaceLegalHold: forgetting.place_hold,
    subject_commands.LiftLegalHold: forgetting.lift_hold,
    subject_commands.EraseSubject: forgetting.erase,
    subject_commands.RefuseErasure: forgetting.refuse_erasure,
    subject_commands.RecordErased: forgetting.record_erased,
    case_commands.OpenCase: pausing.open_record,
    case_commands.ClearCase: pausing.conclude_case,
    case_commands.RequireReport: pausing.conclude_case,
    case_commands.EscalateCase: pausing.conclude_case,
    case_commands.FileReport: pausing.conclude_case,
    deadline_commands.PassStage: deadlines.pass_stage,
    profile_commands.RecordSection: profiles.record_section,
    issuer_commands.RequestIssuer: issuers.request,
    issuer_commands.ApproveIssuer: issuers.approve,
    issuer_commands.RejectIssuer: issuers.reject,
    wallet_commands.ChallengeWallet: wallets.challenge,
    wallet_commands.ProveWallet: wallets.prove,
    wallet_commands.UnbindWallet: wallets.unbind,
    subject_commands.BindWallet: subjects.bind_wallet,
    subject_commands.RecordIdentity: subjects.record_identity,
    subject_commands.ClassifySubject: subjects.classify,
    subject_commands.ReplaceWallet: subjects.replace_wallet,
    subject_commands.RecordWalletLinked: subjects.record_wallet_linked,
    subject_commands.SignClaim: claims.sign,
    subject_commands.RecordClaim: subjects.record_claim,
    subject_commands.RecordRevocation: subjects.record_revocation,
    kyc_commands.SubmitKyc: kyc.submit,
    kyc_commands.OpenKycReview: kyc.open_review,
    kyc_commands.ApproveKyc: kyc.approve,
    kyc_commands.RejectKyc: kyc.reject,
    check_commands.AdvanceOnboarding: onboarding.advance,
    check_commands.RecordReference: onboarding.refer,
    check_commands.RecordOutcome: onboarding.record,
    check_commands.FailCheck: onboarding.fail,
    invoice_commands.SubmitInvoice: invoices.submit,
    invoice_commands.StartVerification: invoices.start_verification,
    invoice_commands.RecordVerification: invoices.record_verification,
    invoice_commands.AskBuyer: invoices.ask_buyer,
    invoice_commands.ConfirmInvoice: invoices.confirm,
    invoice_commands.DisputeInvoice: invoices.dispute,
    invoice_commands.ExpireInvoice: invoices.expire,
    invoice_commands.ListInvoice: invoices.list_for_sale,
    invoice_commands.RemindBuyer: invoices.remind,
    invoice_commands.FundInvoice: funding.fund,
    invoice_commands.CompleteFunding: funding.complete,
    invoice_commands.ReverseFunding: funding.reverse,
    invoice_commands.RecordDisbursed: funding.record_disbursed,
    invoice_commands.DistributeProceeds: settlement.distribute,
    invoice_commands.SettleInvoice: settlement.settle,
    token_commands.PlanToken: tokens.plan_token,
    token_commands.RecordDeployed: tokens.record_deployed,
    token_commands.RecordHolder: tokens.record_holder,
    token_commands.RecordUnpaused: tokens.record_unpaused,
    token_commands.RecordMinted: tokens.record_minted,
    token_commands.SliceToken: tokens.slice_token,
    token_commands.RecordBurned: tokens.record_burned,
    **dict.fromkeys(token_commands.OPERATIONS, operations.operate),
    token_commands.AdoptRules: operations.adopt_rules,
    token_commands.RecordOperation: operations.record,
    token_commands.FailOperation: operations.fail,
    listing_commands.OpenListing: trading.open_listing,
    listing_commands.WithdrawListing: trading.withdraw_listing,
    listing_commands.WithdrawPaused: trading.withdraw_paused,
    trade_commands.CheckTrade: trading.check,
    trade_commands.ExecuteTrade: trading.execute,
    trade_commands.SettleTrade: trading.settle,
    trade_commands.FailTrade: trading.fail,
    payment_commands.SettlePayment: funding.settle_payment,
    payment_commands.RefusePayment: funding.refuse_payment,
    receipt_commands.RecordReceipt: settlement.record_receipt,
    receipt_commands.MatchReceipt: settlement.match_receipt,
    mail_commands.RequestMail: office.request_mail,
    mail_commands.RecordMailSent: office.record_mail_sent,
    mail_commands.RecordMailRefused: office.record_mail_refused,
    process.RecordRefusal: office.record_refusal,
}


class MissingStreams(LookupError):
    """The decision needs streams that the writer has not loaded."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(", ".join(streams))
        self.streams = streams


class KeyReused(Refusal, frozen=True, kw_only=True):
    """The idempotency key names another request (FORMATS 9)."""

    CODE = "idempotency_key_reused"
    KIND = "invalid"
    SENTENCE = "This Idempotency-Key was used for another request; choose a new one."


class InFlight(Refusal, frozen=True, kw_only=True):
    """The same command is being decided right now (FORMATS 9)."""

    CODE = "in_flight"
    KIND = "busy"
    SENTENCE = "The same request is still being decided; ask again in a moment."


class _Wish(msgspec.Struct, frozen=True):
    type: str
    data: Command


def request_hash(request: Request) -> bytes:
    """Hash what a request wants, so that a reused key can be told from a repeat.

    Raises NotCanonicalError for what no body could hold.
    """
    return sha256(canonical(_Wish(request.command.TYPE, request.command))).digest()


def admit(request: Request) -> bytes:
    """Let a request in and tell the hash of what it wants.

    Raises Refused for a role, an idempotency key or a content that cannot be looked at.
    """
    if refusal := refuse_command(request.role, type(request.command)):
        raise Refused(refusal)
    subject = request.actor.partition(":")[2]
    if refusal := refuse_scope(request.role, subject, request.command):
        raise Refused(refusal)
    if IDEMPOTENCY_KEY.fullmatch(request.key) is None:
        reason = "must be 1 to 255 printable ASCII characters"
        raise Refused(InvalidField(field="Idempotency-Key", reason=reason))
    try:
        return request_hash(request)
    except NotCanonicalError as error:
        raise Refused(InvalidField(field="body", reason=str(error))) from error


def first_streams(request: Request) -> Streams:
    """Tell which streams a command asks for first, so that they can be fetched beforehand.

    Nothing when it asks for none; a refusal or a defect that needs no stream comes with its
    decision.
    """
    context = Context(actor=request.actor, at="")
    actor = standing.actor_stream(request)
    try:
        with closing(HANDLERS[type(request.command)](request.command, context)) as handling:
            wanted = next(handling)
    except Exception:  # what is wrong is told to its caller alone, once it is decided
        return ()
    if actor is not None:
        wanted = (actor, *wanted)
    if is_obligation(type(request.command)):
        wanted = (LOG_STREAM, *wanted)
    wanted = tuple(dict.fromkeys(wanted))
    return tuple(stream for stream in wanted if STREAM.fullmatch(stream))


def decide(request: Request, at: str, states: Mapping[str, Any]) -> Draft:
    """Decide a command against states by stream; raises Refused and MissingStreams."""
    context = Context(
        actor=request.actor, at=at, role=request.role, authorisation=request.authorisation
    )
    if is_obligation(type(request.command)):
        log = _states((LOG_STREAM,), states)[LOG_STREAM]
        if refusal := refuse_obligation(log):
            raise Refused(refusal)
    _run(standing.demand_standing(request), states)
    if needs_grant(request.role, type(request.command)):
        _run(delegations.demand_grant(request, at), states)
    return _run(HANDLERS[type(request.command)](request.command, context), states)


def _run(asking: Asking[T], states: Mapping[str, Any]) -> T:
    """Answer what is asked for from the states; raises Refused and MissingStreams."""
    try:
        wanted = next(asking)
        while True:
            wanted = asking.send(_states(wanted, states))
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        asking.close()


def _states(wanted: Streams, states: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {stream: states[stream] for stream in wanted}
    except KeyError:
        _demand_known(wanted, states)
        raise


def _demand_known(wanted: Streams, states: Mapping[str, Any]) -> None:
    """Say which streams are lacking; one that could not exist is refused instead."""
    for stream in wanted:
        if STREAM.fullmatch(stream) is None:
            kind, _, name = stream.partition(":")
            raise Refused(InvalidField(field=kind, reason=f"{name[:80]!r} is not a legal name"))
    missing = tuple(stream for stream in wanted if stream not in states)
    if missing:
        raise MissingStreams(missing)
