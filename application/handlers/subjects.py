"""Subjects, their gates, wallets and claims (FX8)."""

from application.draft import Draft, Handling, Loading, single
from application.handlers.claims import review_claims
from application.handlers.writes import load_platform, plan_write
from domain.chainwrite import calls
from domain.kernel.command import Command, Context
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.subject import commands, decide
from domain.subject.state import SUBJECT, subject_stream

create = single(SUBJECT, lambda command: subject_stream(command.subject), decide.create)
record_wallet_linked = single(
    SUBJECT, lambda command: subject_stream(command.subject), decide.record_wallet_linked
)
record_claim = single(SUBJECT, lambda command: subject_stream(command.subject), decide.record_claim)
record_revocation = single(
    SUBJECT, lambda command: subject_stream(command.subject), decide.record_revocation
)


def pass_gate(command: Command, context: Context) -> Handling:
    """Take one of the plain steps of the workflow; the command names its subject."""
    draft = Draft()
    subject: str = command.subject  # type: ignore[attr-defined]
    stream = subject_stream(subject)
    yield from draft.load(stream)
    if isinstance(command, commands.PassKyc):
        draft.demand(decide.refuse_validity(command.valid_until, at=context.at))
    decision = decide.pass_gate(draft.of(SUBJECT, stream), subject, command)
    draft.add(SUBJECT, stream, decision)
    yield from review_claims(draft, subject, context.at)
    return draft


def classify(command: commands.ClassifySubject, context: Context) -> Handling:
    """Record the class of an investor, and have it claimed."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    draft.demand(decide.refuse_validity(command.valid_until, at=context.at))
    draft.add(SUBJECT, stream, decide.classify(draft.of(SUBJECT, stream), command))
    yield from review_claims(draft, command.subject, context.at)
    return draft


def renew_kyc(command: commands.RenewKyc, context: Context) -> Handling:
    """Take that an identity was looked at again, and have claimed what holds once more."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    draft.demand(decide.refuse_validity(command.valid_until, at=context.at))
    draft.add(SUBJECT, stream, decide.renew_kyc(draft.of(SUBJECT, stream), command))
    yield from review_claims(draft, command.subject, context.at)
    return draft


def lapse_facts(command: commands.LapseFacts, context: Context) -> Handling:
    """Let lapse what is past its time, and have its claims revoked."""
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    yield from review_claims(draft, command.subject, context.at)
    return draft


def bind_wallet(command: commands.BindWallet, context: Context) -> Handling:
    """Bind a wallet by an admin's word, who knows whose it is."""
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    yield from bind(draft, command, context.at)
    return draft


def bind(draft: Draft, command: commands.BindWallet, at: str) -> Loading:
    """Bind the wallet of a loaded subject and plan its identity contract."""
    stream = subject_stream(command.subject)
    yield from load_platform(draft)
    bound = draft.add(SUBJECT, stream, decide.bind_wallet(draft.of(SUBJECT, stream), command))
    if bound:
        addresses = draft.of(PLATFORM, PLATFORM_STREAM).addresses
        plan = calls.create_identity(addresses, subject=command.subject, wallet=command.address)
        yield from plan_write(draft, plan)
        yield from review_claims(draft, command.subject, at)


def record_identity(command: commands.RecordIdentity, context: Context) -> Handling:
    """Record the identity contract, and have claimed what holds of the subject."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    decision = decide.record_identity(draft.of(SUBJECT, stream), command)
    draft.add(SUBJECT, stream, decision)
    yield from review_claims(draft, command.subject, context.at)
    return draft


def replace_wallet(command: commands.ReplaceWallet, _: Context) -> Handling:
    """Make another address a key of the identity, whose holdings can then be recovered."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream)
    state = draft.of(SUBJECT, stream)
    write = calls.link_name(command.subject, command.address)
    draft.add(SUBJECT, stream, decide.replace_wallet(state, command, write=write))
    plan = calls.link_wallet(state.identity or "", subject=command.subject, wallet=command.address)
    yield from plan_write(draft, plan)
    return draft
