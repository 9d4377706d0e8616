"""Tokenisation and moves on chain: what is planned, and what a confirmation means (FX3)."""

from application.draft import Draft, Handling, Loading, single
from application.handlers import books
from application.handlers.writes import load_platform, plan_write
from domain.account.state import ACCOUNT
from domain.chainwrite import calls
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.compliance.facts import Facts
from domain.compliance.rulebook import STANDARD, TOPICS, Rulebook
from domain.compliance.rules import judge
from domain.invoice.state import INVOICE, invoice_stream
from domain.kernel.calendar import instant
from domain.kernel.command import Context
from domain.kernel.countries import NUMERIC
from domain.kernel.money import MINOR_UNITS
from domain.kernel.refusal import NotFound, Refused, WrongState
from domain.platform.state import PLATFORM, PLATFORM_STREAM
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject.decide import refuse_inactive, refuse_walletless
from domain.subject.state import SUBJECT, Subject, subject_stream
from domain.token import commands, decide, events, operations
from domain.token.refusals import HolderMoved, HolderNotVerified, HolderRefused
from domain.token.state import TOKEN, Token, token_of, token_stream

LISTING = "listing"
"""The subject that holds a token between its mint and its first sale."""


record_unpaused = single(TOKEN, lambda command: token_stream(command.token), decide.record_unpaused)


def plan_token(command: commands.PlanToken, _: Context) -> Handling:
    """Plan an invoice's token and the deployment of its suite."""
    draft = Draft()
    token = token_of(command.invoice)
    invoice, stream = invoice_stream(command.invoice), token_stream(token)
    yield from draft.load(invoice, stream, SETTINGS_STREAM)
    yield from load_platform(draft)
    state = draft.of(INVOICE, invoice)
    if state.state != "CONFIRMED":
        raise Refused(
            WrongState(
                subject=command.invoice,
                state=state.state,
                command=command.TYPE,
                allowed="CONFIRMED",
            )
        )
    face = state.terms.face
    planned = events.TokenPlanned(
        invoice=command.invoice,
        name=f"Receivable {command.invoice}",
        symbol=token,
        decimals=MINOR_UNITS[face.currency],
        units=face.amount,
        currency=face.currency,
    )
    rulebook = _rulebook(draft)
    decision = decide.plan(draft.of(TOKEN, stream), token, planned, rulebook=rulebook)
    draft.add(TOKEN, stream, decision)
    suite = calls.deploy_suite(
        draft.of(PLATFORM, PLATFORM_STREAM).addresses,
        token=token,
        names=(planned.name, planned.symbol),
        decimals=planned.decimals,
        rulebook=rulebook,
    )
    yield from plan_write(draft, suite)
    return draft


def _rulebook(draft: Draft) -> Rulebook:
    """Tell the rules that a suite is set up with.

    A platform that was deployed without claim issuer and modules can demand nothing.
    """
    published = draft.of(SETTINGS, SETTINGS_STREAM).rulebook
    complete = "claim_issuer_contract" in draft.of(PLATFORM, PLATFORM_STREAM).addresses
    return (published or STANDARD) if complete else Rulebook()


def record_deployed(command: commands.RecordDeployed, _: Context) -> Handling:
    """Record the suite and register the listing wallet in it."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    draft.add(TOKEN, stream, decide.record_deployed(draft.of(TOKEN, stream), command))
    yield from ensure_holder(draft, command.token, LISTING)
    return draft


def ensure_holder(draft: Draft, token: str, subject: str) -> Loading:
    """Have a subject registered on chain, unless it is or is about to be."""
    stream, holder = token_stream(token), subject_stream(subject)
    yield from draft.load(stream, holder)
    person = draft.of(SUBJECT, holder)
    draft.demand(refuse_walletless(person, subject))
    state = draft.of(TOKEN, stream)
    draft.demand(refuse_unverified(state, token, person, subject))
    wallet, identity = wallet_of(person)
    if state.registered.get(subject, wallet).lower() != wallet.lower():
        raise Refused(HolderMoved(token=token, holder=subject))
    plan = calls.register_holder(
        suite_of(state).identity_registry,
        token=token,
        subject=subject,
        holder=(wallet, identity, NUMERIC[person.country]),
    )
    requested = decide.request_holder(
        state, subject=subject, wallet=wallet, identity=identity, write=plan.write
    )
    if requested:
        draft.add(TOKEN, stream, requested)
        yield from plan_write(draft, plan)
    elif subject not in state.registered:
        write = chainwrite_stream(plan.write)
        yield from draft.load(write)
        if draft.of(CHAINWRITE, write).state == "FAILED":
            raise Refused(HolderRefused(token=token, subject=subject))


def refuse_unverified(
    state: Token, token: str, person: Subject, subject: str
) -> HolderNotVerified | None:
    """Say which claims that a token demands are not on the identity of a subject."""
    missing = [TOPICS[each] for each in state.rulebook.topics if not person.has_claim(each)]
    if not missing:
        return None
    return HolderNotVerified(token=token, holder=subject, missing=", ".join(missing))


def record_holder(command: commands.RecordHolder, _: Context) -> Handling:
    """Record a holder; what waited for it goes on: the mint, or a move to it."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    yield from load_platform(draft)
    draft.add(TOKEN, stream, decide.record_holder(draft.of(TOKEN, stream), command))
    state = draft.of(TOKEN, stream)
    if command.subject == LISTING and state.state == "DEPLOYED":
        yield from _open_token(draft, command.token)
    yield from plan_moves_to(draft, command.token, command.subject)
    return draft


def plan_moves_to(draft: Draft, token: str, receiver: str) -> Loading:
    """Send what waited for its receiver to be registered."""
    for move in draft.of(TOKEN, token_stream(token)).transfers.values():
        if move.receiver == receiver:
            yield from _plan_move(draft, token, move)


def _open_token(draft: Draft, token: str) -> Loading:
    state = draft.of(TOKEN, token_stream(token))
    address = suite_of(state).address
    wallet = state.registered[LISTING]
    yield from plan_write(draft, calls.call_token(address, "unpause", token=token))
    units = str(state.terms.units)
    yield from plan_write(draft, calls.call_token(address, "mint", wallet, units, token=token))


def record_minted(command: commands.RecordMinted, _: Context) -> Handling:
    """Record the supply on chain and in the books."""
    draft = Draft()
    stream = token_stream(command.token)
    yield from draft.load(stream)
    state = draft.of(TOKEN, stream)
    draft.add(TOKEN, stream, decide.record_minted(state, command, holder=LISTING))
    source, target = books.issue(command.token), books.units(LISTING, command.token)
    yield from books.open_units(draft, state.terms.decimals, source, target)
    transfer = f"mint/{command.token}"
    books.move(draft, source, target, transfer=transfer, amount=state.terms.units)
    return draft


def request_move(draft: Draft, token: str, move: events.TransferRequested, *, at: str) -> Loading:
    """Ask the chain to move units; a receiver that is new to the token is registered first.

    Everything that the chain would refuse is refused here, before anything is sent.
    """
    stream, sender = token_stream(token), subject_stream(move.sender)
    yield from load_platform(draft)
    yield from draft.load(stream, sender)
    state = draft.of(TOKEN, stream)
    if move.sender not in state.registered:
        raise Refused(NotFound(kind="registered holder", identity=f"{token}/{move.sender}"))
    draft.demand(refuse_unverified(state, token, draft.of(SUBJECT, sender), move.sender))
    draft.demand(
        operations.refuse_move(
            state, token, sender=move.sender, receiver=move.receiver, units=move.units
        )
    )
    yield from ensure_holder(draft, token, move.receiver)
    country = draft.of(SUBJECT, subject_stream(move.receiver)).country
    facts = facts_of(state, (move.sender, move.receiver, move.units), country=country, at=at)
    draft.demand(judge(state.rulebook, facts))
    draft.add(TOKEN, stream, decide.request_transfer(draft.of(TOKEN, stream), token, move))
    if move.receiver in draft.of(TOKEN, stream).registered:
        yield from _plan_move(draft, token, move)


def facts_of(state: Token, move: tuple[str | None, str, int], *, country: str, at: str) -> Facts:
    """Gather what the rules look at for a move (sender, receiver, units), or for a mint.

    Moves on their way count as made.
    """
    holdings = dict(state.control.holdings)
    for pending in state.transfers.values():
        holdings[pending.sender] = holdings.get(pending.sender, 0) - pending.units
        holdings[pending.receiver] = holdings.get(pending.receiver, 0) + pending.units
    sender, receiver, units = move
    return Facts(
        sender=sender,
        receiver=receiver,
        units=units,
        country=country,
        at=int(instant(at).timestamp()),
        holdings=holdings,
        minted=state.control.minted,
    )


def _plan_move(draft: Draft, token: str, move: events.TransferRequested) -> Loading:
    state = draft.of(TOKEN, token_stream(token))
    wallets = state.registered
    plan = calls.settle(
        draft.of(PLATFORM, PLATFORM_STREAM).addresses,
        token=token,
        reference=move.reference,
        move=(
            suite_of(state).address,
            wallets[move.sender],
            wallets[move.receiver],
            str(move.units),
        ),
    )
    yield from plan_write(draft, plan)


def slice_token(command: commands.SliceToken, context: Context) -> Handling:
    """Split the actor's whole holding into lots."""
    draft = Draft()
    stream, holding = token_stream(command.token), books.units(context.subject, command.token)
    holder = subject_stream(context.subject)
    yield from draft.load(stream, holder)
    state = draft.of(TOKEN, stream)
    draft.demand(refuse_inactive(draft.of(SUBJECT, holder), context.subject))
    if state.plan is None:
        raise Refused(NotFound(kind="token", identity=command.token))
    yield from books.open_units(draft, state.terms.decimals, holding)
    balance = draft.of(ACCOUNT, holding).balance
    decision = decide.slice_token(state, command, holder=context.subject, units=balance)
    draft.add(TOKEN, stream, decision)
    return draft


def record_burned(command: commands.RecordBurned, _: Context) -> Handling:
    """Record that units are gone on chain and in the books."""
    draft = Draft()
    stream = token_stream(command.token)
    source, target = books.units(command.holder, command.token), books.issue(command.token)
    yield from draft.load(stream, source, target)
    state = draft.of(TOKEN, stream)
    burn = state.burns.get(command.holder)
    draft.add(TOKEN, stream, decide.record_burned(state, command))
    if burn is not None:
        name = burn_hold(command.token)
        transfer = f"burn/{command.token}/{command.holder}"
        books.post(draft, source, target, name=name, transfer=transfer, amount=burn.units)
    return draft


def burn_hold(token: str) -> str:
    """Name the hold that keeps units until they are burned."""
    return f"burn/{token}"


def suite_of(state: Token) -> events.TokenDeployed:
    """Tell a token's contracts; raises Refused before they are deployed."""
    if state.deployed is None:
        raise Refused(NotFound(kind="token suite", identity=state.terms.symbol))
    return state.deployed


def wallet_of(person: Subject) -> tuple[str, str]:
    """Tell wallet and identity of a subject that was seen to have both."""
    if person.wallet is None or person.identity is None:
        message = "a subject without a wallet was let through"
        raise ValueError(message)
    return person.wallet, person.identity
