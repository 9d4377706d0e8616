"""A lender pays the advance and gets the token; the seller gets its money (FX4)."""

from application.draft import Draft, Handling, Loading, single
from application.handlers import books
from application.handlers.tokens import LISTING, request_move
from application.handlers.wallets import demand_wallet
from domain.chainwrite.calls import transfer_name
from domain.invoice import commands, decide
from domain.invoice.state import INVOICE, invoice_stream
from domain.kernel.command import Context
from domain.kernel.ids import fingerprint
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.sealed import Sealed
from domain.payment import commands as payment_commands
from domain.payment import state as payments
from domain.payment.events import PaymentInstructed
from domain.payment.state import PAYMENT, payment_stream
from domain.subject.decide import refuse_counterparty, refuse_role, refuse_walletless
from domain.subject.refusals import RoleMissing
from domain.subject.state import SUBJECT, subject_stream
from domain.token import decide as tokens
from domain.token.events import TransferRequested
from domain.token.state import TOKEN, token_stream

refuse_payment = single(PAYMENT, lambda command: payment_stream(command.payment), payments.refuse)


def reference_of(invoice: str, attempt: int) -> str:
    """Name the move of a token that a funding wants; each attempt moves by its own name."""
    return f"invoice/{invoice}" if attempt == 1 else f"invoice/{invoice}/{attempt}"


def fund(command: commands.FundInvoice, context: Context) -> Handling:
    """Hold the lender's advance and ask the chain to move the token."""
    draft = Draft()
    stream, lender = invoice_stream(command.invoice), subject_stream(context.subject)
    yield from draft.load(stream, lender)
    state = draft.of(INVOICE, stream)
    if state.submitted is None:
        raise Refused(NotFound(kind="invoice", identity=command.invoice))
    draft.demand(refuse_role(draft.of(SUBJECT, lender), context.subject, "lender"))
    draft.demand(refuse_walletless(draft.of(SUBJECT, lender), context.subject))
    yield from demand_wallet(draft, context.subject, context.at)
    if context.subject in {state.terms.seller, state.terms.buyer}:
        raise Refused(RoleMissing(subject=context.subject, role="of an outside lender"))
    seller = subject_stream(state.terms.seller)
    yield from draft.load(seller)
    draft.demand(refuse_counterparty(draft.of(SUBJECT, seller), state.terms.seller))
    if draft.of(SUBJECT, seller).bank_account is None:
        raise Refused(NotFound(kind="bank account of", identity=state.terms.seller))
    reference = reference_of(command.invoice, state.fundings + 1)
    write = transfer_name(state.token or "", reference)
    draft.add(INVOICE, stream, decide.fund(state, command, lender=context.subject, write=write))
    funded = draft.of(INVOICE, stream).funding
    account = books.cash(context.subject, funded.advance.currency)
    yield from books.open_cash(draft, funded.advance.currency, account)
    books.hold(draft, account, name=reference, amount=funded.advance.amount)
    move = TransferRequested(
        reference=reference,
        sender=LISTING,
        receiver=context.subject,
        units=state.units,
        write=write,
    )
    yield from request_move(draft, state.token or "", move, at=context.at)
    return draft


def complete(command: commands.CompleteFunding, _: Context) -> Handling:
    """The chain has moved the token: post the advance, keep the fee, pay the seller."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream)
    state = draft.of(INVOICE, stream)
    payment = f"advance/{command.invoice}"
    added = draft.add(INVOICE, stream, decide.complete_funding(state, command, payment=payment))
    if not added:
        return draft
    yield from _deliver(draft, command)
    yield from _collect(draft, command.invoice, payment)
    return draft


def _deliver(draft: Draft, command: commands.CompleteFunding) -> Loading:
    state = draft.of(INVOICE, invoice_stream(command.invoice))
    token, lender = state.token or "", state.funding.lender
    stream, reference = token_stream(token), reference_of(command.invoice, state.fundings)
    yield from draft.load(stream)
    decision = tokens.record_transfer(
        draft.of(TOKEN, stream), token, reference=reference, transaction=command.transaction
    )
    draft.add(TOKEN, stream, decision)
    source, target = books.units(LISTING, token), books.units(lender, token)
    decimals = draft.of(TOKEN, stream).terms.decimals
    yield from books.open_units(draft, decimals, source, target)
    books.move(draft, source, target, transfer=reference, amount=state.units)


def _collect(draft: Draft, invoice: str, payment: str) -> Loading:
    state = draft.of(INVOICE, invoice_stream(invoice))
    funded, seller = state.funding, state.terms.seller
    currency = funded.advance.currency
    lender, escrow, fees = (
        books.cash(funded.lender, currency),
        books.escrow(currency),
        books.fees(currency),
    )
    yield from books.open_cash(draft, currency, lender, escrow, fees)
    reference = reference_of(invoice, state.fundings)
    advance, fee = funded.advance.amount, funded.fee.amount
    books.post(draft, lender, escrow, name=reference, transfer=reference, amount=advance)
    if fee:
        books.move(draft, escrow, fees, transfer=f"fee/{invoice}", amount=fee)
    books.hold(draft, escrow, name=payment, amount=advance - fee)
    stream, person = payment_stream(payment), subject_stream(seller)
    yield from draft.load(stream, person)
    payee = draft.of(SUBJECT, person)
    instructed = PaymentInstructed(
        purpose="advance",
        reference=invoice,
        payee=seller,
        creditor_account=_open(payee.bank_account),
        creditor_name=_open(payee.name),
        amount=books.money(advance - fee, currency),
        narration=f"ADVANCE {invoice}",
        end_to_end=fingerprint("payment", payment)[:32].upper(),
        account=escrow,
    )
    draft.add(PAYMENT, stream, [instructed])


def _open(value: Sealed | str | None) -> str | None:
    return value if isinstance(value, str) else None


def reverse(command: commands.ReverseFunding, _: Context) -> Handling:
    """The chain has refused: free the advance, list the invoice again."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream)
    state = draft.of(INVOICE, stream)
    if state.funded is None:
        raise Refused(NotFound(kind="funding", identity=command.invoice))
    funded, token = state.funded, state.token or ""
    reference = reference_of(command.invoice, state.fundings)
    draft.add(INVOICE, stream, decide.reverse_funding(state, command))
    account = books.cash(funded.lender, funded.advance.currency)
    yield from draft.load(account, token_stream(token))
    books.release(draft, account, name=reference)
    decision = tokens.fail_transfer(
        draft.of(TOKEN, token_stream(token)), token, reference=reference, reason=command.reason
    )
    draft.add(TOKEN, token_stream(token), decision)
    return draft


def settle_payment(command: payment_commands.SettlePayment, _: Context) -> Handling:
    """The bank has paid: the money leaves the books."""
    draft = Draft()
    stream = payment_stream(command.payment)
    yield from draft.load(stream)
    state = draft.of(PAYMENT, stream)
    draft.add(PAYMENT, stream, payments.settle(state, command))
    terms = state.terms
    bank = books.bank(terms.amount.currency)
    yield from books.open_cash(draft, terms.amount.currency, bank, terms.account)
    books.post(
        draft,
        terms.account,
        bank,
        name=command.payment,
        transfer=f"payment/{command.payment}",
        amount=terms.amount.amount,
    )
    return draft


def record_disbursed(command: commands.RecordDisbursed, _: Context) -> Handling:
    """The seller has its money."""
    draft = Draft()
    stream, payment = invoice_stream(command.invoice), payment_stream(command.payment)
    yield from draft.load(stream, payment)
    paid = draft.of(PAYMENT, payment)
    if paid.state != "SETTLED":
        raise Refused(NotFound(kind="settled payment", identity=command.payment))
    decision = decide.record_disbursed(draft.of(INVOICE, stream), command, amount=paid.terms.amount)
    draft.add(INVOICE, stream, decision)
    return draft
