"""Listings and trades of slices: both legs or none (FX5, E5)."""

from typing import Final

from application.draft import Draft, Handling, Loading
from application.handlers import books
from application.handlers.tokens import request_move
from application.handlers.wallets import demand_wallet
from domain.account.state import ACCOUNT
from domain.chainwrite.calls import transfer_name
from domain.invoice.state import INVOICE, invoice_stream
from domain.kernel.calendar import day_of
from domain.kernel.command import Context
from domain.kernel.ids import stream_id
from domain.kernel.refusal import InvalidField, NotFound, NotYours, Refused
from domain.listing import commands as listing_commands
from domain.listing import decide as listings
from domain.listing.events import ListingOpened
from domain.listing.state import LISTING, listing_stream
from domain.subject.decide import (
    refuse_counterparty,
    refuse_inactive,
    refuse_role,
    refuse_walletless,
)
from domain.subject.state import SUBJECT, subject_stream
from domain.token import decide as tokens
from domain.token.events import SliceUnlisted, TransferRequested
from domain.token.operations import refuse_frozen
from domain.token.refusals import UnknownSlice
from domain.token.state import TOKEN, token_stream
from domain.trade import commands, decide
from domain.trade.events import TradeExecuted
from domain.trade.state import TRADE, trade_stream

WITHDRAWN: Final = "withdrawn"
"""Why an offer is taken back, whoever took it back: more would tell of a pause."""


def trade_reference(trade: str) -> str:
    """Name the move of units that a trade wants."""
    return f"trade/{trade}"


def open_listing(command: listing_commands.OpenListing, context: Context) -> Handling:
    """Offer a lot: its units are held until it is sold or taken back."""
    draft = Draft()
    token, seller = token_stream(command.token), subject_stream(context.subject)
    yield from draft.load(token, seller)
    draft.demand(refuse_inactive(draft.of(SUBJECT, seller), context.subject))
    state = draft.of(TOKEN, token)
    lot = state.slices.get(command.slice)
    if lot is None:
        raise Refused(UnknownSlice(token=command.token, slice=command.slice))
    if lot.holder != context.subject:
        raise Refused(
            NotYours(
                actor=context.subject,
                role="holder",
                subject=f"slice {command.slice} of {command.token}",
            )
        )
    name = f"{command.token}-S{command.slice}-{lot.listings + 1}"
    invoice = invoice_stream(state.terms.invoice)
    listing, account = listing_stream(name), books.units(context.subject, command.token)
    yield from draft.load(invoice, listing, account)
    draft.demand(listings.refuse_price(command.price, currency=state.terms.currency))
    opened = _terms(draft, command, context, (state.terms.invoice, state.lot_units))
    draft.add(
        TOKEN,
        token,
        tokens.list_slice(state, command.token, number=command.slice, listing=name),
    )
    decision = listings.open_listing(
        draft.of(LISTING, listing), name, opened, today=day_of(context.at)
    )
    draft.add(LISTING, listing, decision)
    draft.demand(
        refuse_frozen(state, command.token, context.subject, draft.of(ACCOUNT, account).available)
    )
    books.hold(draft, account, name=f"listing/{name}", amount=state.lot_units)
    return draft


def _terms(
    draft: Draft,
    command: listing_commands.OpenListing,
    context: Context,
    lot: tuple[str, int],
) -> ListingOpened:
    invoice, units = lot
    due, today = draft.of(INVOICE, invoice_stream(invoice)).terms.due, day_of(context.at)
    computed = listings.yield_of(command.price, units, today=today, due=due)
    return ListingOpened(
        token=command.token,
        invoice=invoice,
        slice=command.slice,
        seller=context.subject,
        units=units,
        price=command.price,
        due=due,
        quoted_yield_bps=command.quoted_yield_bps,
        computed_yield_bps=computed,
    )


def withdraw_listing(command: listing_commands.WithdrawListing, context: Context) -> Handling:
    """Take an offer back."""
    draft = Draft()
    stream = listing_stream(command.listing)
    yield from draft.load(stream)
    state = draft.of(LISTING, stream)
    if state.opened is None:
        raise Refused(NotFound(kind="listing", identity=command.listing))
    draft.demand(listings.refuse_stranger(state, command.listing, actor=context.subject))
    yield from take_back(draft, command.listing, reason=WITHDRAWN)
    return draft


def withdraw_paused(command: listing_commands.WithdrawPaused, _: Context) -> Handling:
    """Take an open offer back whose seller may not act; what is reserved runs on (E3)."""
    draft = Draft()
    stream = listing_stream(command.listing)
    yield from draft.load(stream)
    state = draft.of(LISTING, stream)
    if state.opened is None or state.state != "LISTED":
        return draft
    seller = subject_stream(state.opened.seller)
    yield from draft.load(seller)
    if draft.of(SUBJECT, seller).state != "ACTIVE":
        yield from take_back(draft, command.listing, reason=WITHDRAWN)
    return draft


def take_back(draft: Draft, listing: str, *, reason: str) -> Loading:
    """End an open listing and free its units."""
    stream = listing_stream(listing)
    yield from draft.load(stream)
    terms = draft.of(LISTING, stream).terms
    account, token = books.units(terms.seller, terms.token), token_stream(terms.token)
    yield from draft.load(account, token)
    decision = listings.withdraw(draft.of(LISTING, stream), listing, reason=reason)
    draft.add(LISTING, stream, decision)
    books.release(draft, account, name=f"listing/{listing}")
    draft.add(TOKEN, token, [SliceUnlisted(slice=terms.slice, holder=terms.seller)])


def check(command: commands.CheckTrade, context: Context) -> Handling:
    """Answer the pre-trade questions; the subject must be able to hold what it buys."""
    draft = Draft()
    listing, buyer = listing_stream(command.listing), subject_stream(context.subject)
    if decide.TRADE_NAME.fullmatch(command.trade) is None:
        reason = "use letters, digits, '.', '_' and '-'"
        raise Refused(InvalidField(field="trade", reason=reason))
    stream = stream_id("trade", command.trade)
    yield from draft.load(stream, listing, buyer)
    draft.demand(refuse_role(draft.of(SUBJECT, buyer), context.subject, "investor"))
    draft.demand(refuse_walletless(draft.of(SUBJECT, buyer), context.subject))
    yield from demand_wallet(draft, context.subject, context.at)
    offer = draft.of(LISTING, listing)
    if offer.opened is None:
        raise Refused(NotFound(kind="listing", identity=command.listing))
    state = draft.of(TRADE, stream)
    decision = decide.check(state, command, context, seller=offer.opened.seller)
    draft.add(TRADE, stream, decision)
    return draft


def execute(command: commands.ExecuteTrade, context: Context) -> Handling:
    """Reserve the lot, hold the cash, ask the chain to move the units."""
    draft = Draft()
    stream, buyer = trade_stream(command.trade), subject_stream(context.subject)
    yield from draft.load(stream, buyer)
    state = draft.of(TRADE, stream)
    if not state.listing:
        raise Refused(NotFound(kind="trade", identity=command.trade))
    draft.demand(refuse_role(draft.of(SUBJECT, buyer), context.subject, "investor"))
    yield from demand_wallet(draft, context.subject, context.at)
    listing = listing_stream(state.listing)
    yield from draft.load(listing)
    terms, reference = draft.of(LISTING, listing).terms, trade_reference(command.trade)
    seller = subject_stream(terms.seller)
    yield from draft.load(seller)
    draft.demand(refuse_counterparty(draft.of(SUBJECT, seller), terms.seller))
    executed = TradeExecuted(
        token=terms.token,
        seller=terms.seller,
        units=terms.units,
        price=terms.price,
        write=transfer_name(terms.token, reference),
    )
    draft.add(TRADE, stream, decide.execute(state, command, context, executed))
    reserved = listings.reserve(
        draft.of(LISTING, listing), state.listing, trade=command.trade, today=day_of(context.at)
    )
    draft.add(LISTING, listing, reserved)
    account = books.cash(context.subject, terms.price.currency)
    yield from books.open_cash(draft, terms.price.currency, account)
    books.hold(draft, account, name=reference, amount=terms.price.amount)
    move = TransferRequested(
        reference=reference,
        sender=terms.seller,
        receiver=context.subject,
        units=terms.units,
        write=executed.write,
    )
    yield from request_move(draft, terms.token, move, at=context.at)
    return draft


def settle(command: commands.SettleTrade, _: Context) -> Handling:
    """The chain has moved the units: post both holds."""
    draft = yield from _load_trade(command.trade)
    stream = trade_stream(command.trade)
    state = draft.of(TRADE, stream)
    draft.add(TRADE, stream, decide.settle(state, command))
    terms, reference = state.terms, trade_reference(command.trade)
    token, listing = token_stream(terms.token), listing_stream(state.listing)
    decision = tokens.record_transfer(
        draft.of(TOKEN, token),
        terms.token,
        reference=reference,
        transaction=command.transaction,
    )
    draft.add(TOKEN, token, decision)
    sold = listings.sell(
        draft.of(LISTING, listing), state.listing, trade=command.trade, buyer=state.buyer
    )
    draft.add(LISTING, listing, sold)
    number = draft.of(LISTING, listing).terms.slice
    draft.add(TOKEN, token, [SliceUnlisted(slice=number, holder=state.buyer)])
    yield from _post_legs(draft, command.trade)
    return draft


def _post_legs(draft: Draft, trade: str) -> Loading:
    state, reference = draft.of(TRADE, trade_stream(trade)), trade_reference(trade)
    terms = state.terms
    currency = terms.price.currency
    payer, payee = books.cash(state.buyer, currency), books.cash(terms.seller, currency)
    yield from books.open_cash(draft, currency, payer, payee)
    amount = terms.price.amount
    books.post(draft, payer, payee, name=reference, transfer=reference, amount=amount)
    giver, taker = books.units(terms.seller, terms.token), books.units(state.buyer, terms.token)
    decimals = draft.of(TOKEN, token_stream(terms.token)).terms.decimals
    yield from books.open_units(draft, decimals, giver, taker)
    kept = f"listing/{state.listing}"
    books.post(draft, giver, taker, name=kept, transfer=reference, amount=terms.units)


def fail(command: commands.FailTrade, _: Context) -> Handling:
    """The chain has refused: free the cash, offer the lot again (E5)."""
    draft = yield from _load_trade(command.trade)
    stream = trade_stream(command.trade)
    state = draft.of(TRADE, stream)
    draft.add(TRADE, stream, decide.fail(state, command))
    terms, reference = state.terms, trade_reference(command.trade)
    token, listing = token_stream(terms.token), listing_stream(state.listing)
    account = books.cash(state.buyer, terms.price.currency)
    yield from draft.load(account)
    books.release(draft, account, name=reference)
    decision = tokens.fail_transfer(
        draft.of(TOKEN, token), terms.token, reference=reference, reason=command.reason
    )
    draft.add(TOKEN, token, decision)
    reopened = listings.reopen(
        draft.of(LISTING, listing), state.listing, trade=command.trade, reason=command.reason
    )
    draft.add(LISTING, listing, reopened)
    return draft


def _load_trade(trade: str) -> Handling:
    draft = Draft()
    stream = trade_stream(trade)
    yield from draft.load(stream)
    state = draft.of(TRADE, stream)
    if state.executed is None:
        raise Refused(NotFound(kind="executed trade", identity=trade))
    yield from draft.load(token_stream(state.terms.token), listing_stream(state.listing))
    return draft
