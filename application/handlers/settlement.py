"""Money that comes in, its distribution to the holders, the end of the token (FX6, FX15)."""

from collections.abc import Sequence

from application.draft import Asking, Draft, Handling, Loading
from application.handlers import books
from application.handlers.tokens import burn_hold, suite_of
from application.handlers.trading import take_back
from application.handlers.writes import plan_write
from domain.account.state import ACCOUNT
from domain.chainwrite import calls
from domain.chainwrite.state import chainwrite_stream
from domain.invoice import commands, decide
from domain.invoice.events import Share
from domain.invoice.refusals import HoldersChanged
from domain.invoice.state import INVOICE, invoice_stream
from domain.kernel.command import Context
from domain.kernel.ids import SUBJECT as SUBJECT_NAME
from domain.kernel.ids import stream_id
from domain.kernel.refusal import NotFound, Refusal, Refused
from domain.listing.state import listing_stream
from domain.receipt import commands as receipt_commands
from domain.receipt import state as receipts
from domain.receipt.events import ReceiptMatched, ReceiptUnmatched
from domain.receipt.state import RECEIPT, receipt_stream
from domain.subject.state import SUBJECT, subject_stream
from domain.token import decide as tokens
from domain.token.state import TOKEN, token_stream


def record_receipt(command: receipt_commands.RecordReceipt, _: Context) -> Handling:
    """Take money in: it lies in suspense until somebody knows what it is for."""
    draft = Draft()
    stream = stream_id("receipt", command.receipt)
    yield from draft.load(stream)
    recorded = draft.add(RECEIPT, stream, receipts.record(draft.of(RECEIPT, stream), command))
    if recorded:
        currency = command.amount.currency
        bank, suspense = books.bank(currency), books.suspense(currency)
        yield from books.open_cash(draft, currency, bank, suspense)
        transfer = f"receipt/{command.receipt}"
        books.move(draft, bank, suspense, transfer=transfer, amount=command.amount.amount)
    return draft


def match_receipt(command: receipt_commands.MatchReceipt, _: Context) -> Handling:
    """Give money in suspense to what its narration names."""
    draft = Draft()
    stream = receipt_stream(command.receipt)
    yield from draft.load(stream)
    state = draft.of(RECEIPT, stream)
    draft.demand(receipts.refuse_match(state, command))
    narration = state.terms.narration
    if (subject := receipts.deposit_subject(narration)) is not None:
        problem = yield from _match_deposit(draft, command.receipt, subject)
    elif (number := receipts.invoice_number(narration)) is not None:
        problem = yield from _match_invoice(draft, command.receipt, number)
    else:
        problem = "the narration names neither an invoice nor a deposit"
    if problem is not None:
        draft.add(RECEIPT, stream, [ReceiptUnmatched(reason=problem)])
    return draft


def _match_deposit(draft: Draft, receipt: str, subject: str) -> Asking[str | None]:
    if SUBJECT_NAME.fullmatch(subject) is None:
        return f"{subject} is not a subject"
    stream = subject_stream(subject)
    yield from draft.load(stream)
    if draft.of(SUBJECT, stream).state not in {"ACTIVE", "FROZEN"}:
        return f"there is no active subject {subject}"
    currency = draft.of(RECEIPT, receipt_stream(receipt)).terms.amount.currency
    account = books.cash(subject, currency)
    yield from _settle_suspense(draft, receipt, account)
    matched = ReceiptMatched(kind="deposit", reference=subject)
    draft.add(RECEIPT, receipt_stream(receipt), [matched])
    return None


def _match_invoice(draft: Draft, receipt: str, number: str) -> Asking[str | None]:
    stream, amount = invoice_stream(number), draft.of(RECEIPT, receipt_stream(receipt)).terms.amount
    yield from draft.load(stream)
    state = draft.of(INVOICE, stream)
    if state.submitted is None:
        return f"there is no invoice {number}"
    paid = decide.record_payment(state, number, receipt=receipt, amount=amount)
    if isinstance(paid, Refusal):
        return paid.sentence()
    draft.add(INVOICE, stream, paid)
    yield from _settle_suspense(draft, receipt, books.escrow(amount.currency))
    matched = ReceiptMatched(kind="invoice", reference=number)
    draft.add(RECEIPT, receipt_stream(receipt), [matched])
    return None


def _settle_suspense(draft: Draft, receipt: str, target: str) -> Loading:
    amount = draft.of(RECEIPT, receipt_stream(receipt)).terms.amount
    suspense = books.suspense(amount.currency)
    yield from books.open_cash(draft, amount.currency, suspense, target)
    books.move(draft, suspense, target, transfer=f"match/{receipt}", amount=amount.amount)


def distribute(command: commands.DistributeProceeds, _: Context) -> Handling:
    """Pay the holders of record and ask the chain to burn their units."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream)
    state = draft.of(INVOICE, stream)
    if state.submitted is None:
        raise Refused(NotFound(kind="invoice", identity=command.invoice))
    added = draft.add(INVOICE, stream, decide.distribute(state, command))
    if not added:
        return draft
    token, holders = state.token or "", [share.holder for share in command.holders]
    yield from draft.load(token_stream(token))
    draft.demand(tokens.refuse_moving(draft.of(TOKEN, token_stream(token)), token))
    yield from _load_payout(draft, token, holders, state.terms.face.currency)
    _demand_present_holders(draft, token, command.holders)
    yield from _end_listings(draft, token)
    distributed = draft.of(INVOICE, stream).distributed
    for share in distributed.shares if distributed is not None else ():
        escrow = books.escrow(share.amount.currency)
        account = books.cash(share.holder, share.amount.currency)
        yield from books.open_cash(draft, share.amount.currency, escrow, account)
        if share.amount.amount:
            transfer = f"proceeds/{command.invoice}/{share.holder}"
            books.move(draft, escrow, account, transfer=transfer, amount=share.amount.amount)
        yield from _burn(draft, token, share.holder, share.units)
    return draft


def _load_payout(draft: Draft, token: str, holders: list[str], currency: str) -> Loading:
    """Ask for everything that a payout touches at once, however many holders there are."""
    lots = draft.of(TOKEN, token_stream(token)).slices.values()
    offers = [lot.listing for lot in lots if lot.listing is not None]
    yield from draft.load(
        books.escrow(currency),
        *(books.cash(holder, currency) for holder in holders),
        *(books.units(holder, token) for holder in holders),
        *(chainwrite_stream(calls.burn_name(token, holder)) for holder in holders),
        *(listing_stream(offer) for offer in offers),
    )


def _demand_present_holders(draft: Draft, token: str, listed: Sequence[Share]) -> None:
    """Refuse a list that was read before the last units arrived."""
    for share in listed:
        held = draft.of(ACCOUNT, books.units(share.holder, token)).balance
        if held != share.units:
            raise Refused(
                HoldersChanged(token=token, holder=share.holder, held=held, listed=share.units)
            )


def _end_listings(draft: Draft, token: str) -> Loading:
    lots = draft.of(TOKEN, token_stream(token)).slices.values()
    for listing in [lot.listing for lot in lots if lot.listing is not None]:
        yield from take_back(draft, listing, reason="the invoice is paid")


def _burn(draft: Draft, token: str, holder: str, units: int) -> Loading:
    stream, account = token_stream(token), books.units(holder, token)
    books.hold(draft, account, name=burn_hold(token), amount=units)
    state = draft.of(TOKEN, stream)
    party = (holder, state.registered[holder])
    plan = calls.burn(suite_of(state).address, token=token, holder=party, units=units)
    burn = tokens.request_burn(state, token, holder=holder, units=units, write=plan.write)
    draft.add(TOKEN, stream, burn)
    yield from plan_write(draft, plan)


def settle(command: commands.SettleInvoice, _: Context) -> Handling:
    """Close the invoice when its token is gone."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream)
    state = draft.of(INVOICE, stream)
    token = token_stream(state.token or "none")
    yield from draft.load(token)
    supply = draft.of(TOKEN, token).supply
    draft.add(INVOICE, stream, decide.settle(state, command, supply=supply))
    return draft
