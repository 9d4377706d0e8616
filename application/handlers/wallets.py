"""Wallets proven by signature, and whether one is good enough for something new (LB9)."""

from application.draft import Draft, Handling, Loading
from application.handlers.subjects import bind
from domain.claim.state import CLAIM, claim_stream, free, take
from domain.kernel.command import Context
from domain.kernel.refusal import Refused
from domain.subject.commands import BindWallet
from domain.subject.decide import refuse_inactive
from domain.subject.state import SUBJECT, subject_stream
from domain.wallet import commands, decide
from domain.wallet.events import WalletProven
from domain.wallet.refusals import WalletOfAnother
from domain.wallet.state import WALLET, wallet_stream


def challenge(command: commands.ChallengeWallet, context: Context) -> Handling:
    """Ask an active subject for a signature."""
    draft = Draft()
    stream, subject = wallet_stream(command.subject), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    draft.demand(refuse_inactive(draft.of(SUBJECT, subject), command.subject))
    state = draft.of(WALLET, stream)
    draft.add(WALLET, stream, decide.challenge(state, command, at=context.at))
    return draft


def prove(command: commands.ProveWallet, context: Context) -> Handling:
    """Bind a wallet; the first one holds the subject's tokens and gets its identity contract."""
    draft = Draft()
    stream, subject = wallet_stream(command.subject), subject_stream(command.subject)
    yield from draft.load(stream, subject)
    person = draft.of(SUBJECT, subject)
    draft.demand(refuse_inactive(person, command.subject))
    state = draft.of(WALLET, stream)
    decision = decide.prove(state, command, at=context.at, holds_tokens_at=person.wallet)
    for fact in draft.add(WALLET, stream, decision):
        if isinstance(fact, WalletProven):
            yield from take_address(draft, fact.address, command.subject)
            if person.wallet is None:
                yield from bind(
                    draft, BindWallet(subject=command.subject, address=fact.address), context.at
                )
    return draft


def unbind(command: commands.UnbindWallet, _: Context) -> Handling:
    """Unbind a wallet; the address is free again unless the subject's tokens may lie there."""
    draft = Draft()
    stream = wallet_stream(command.subject)
    yield from draft.load(stream)
    state = draft.of(WALLET, stream)
    draft.add(WALLET, stream, decide.unbind(state, command))
    known = state.bindings[command.address.lower()]
    if not known.primary:
        claim = claim_stream("wallet", known.address.lower())
        yield from draft.load(claim)
        draft.add(CLAIM, claim, free(draft.of(CLAIM, claim), command.subject))
    return draft


def take_address(draft: Draft, address: str, subject: str) -> Loading:
    """Let an address belong to one subject; raises Refused."""
    claim = claim_stream("wallet", address.lower())
    yield from draft.load(claim)
    taken = take(draft.of(CLAIM, claim), subject)
    if taken is None:
        raise Refused(WalletOfAnother(address=address))
    draft.add(CLAIM, claim, taken)


def demand_wallet(draft: Draft, subject: str, at: str) -> Loading:
    """Go on when the wallet of a loaded subject is bound and has not lapsed; raises Refused."""
    stream = wallet_stream(subject)
    yield from draft.load(stream)
    address = draft.of(SUBJECT, subject_stream(subject)).wallet
    if address is not None:
        draft.demand(decide.refuse_wallet(draft.of(WALLET, stream), address, at=at))
