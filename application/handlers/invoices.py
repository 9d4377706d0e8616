"""Submission, verification and the buyer's answer (FX1, FX2)."""

from application.draft import Draft, Handling, Loading, single
from domain.claim.state import CLAIM, claim_stream, free, take
from domain.invoice import commands, decide, events
from domain.invoice.refusals import AlreadyFinanced
from domain.invoice.state import INVOICE, invoice_stream
from domain.kernel.calendar import add_business_days, at_hour, day_of
from domain.kernel.command import Context
from domain.kernel.money import portion_bps
from domain.kernel.refusal import InvalidField, NotFound, NotYours, Refused
from domain.kernel.sealed import Sealed
from domain.settings.events import TermsPublished
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject.decide import refuse_counterparty, refuse_inactive, refuse_role
from domain.subject.state import SUBJECT, subject_stream
from domain.token.state import TOKEN, token_of, token_stream

LAST_HOUR = 23


start_verification = single(
    INVOICE, lambda command: invoice_stream(command.invoice), decide.start_verification
)
remind = single(INVOICE, lambda command: invoice_stream(command.invoice), decide.remind)


def submit(command: commands.SubmitInvoice, context: Context) -> Handling:
    """Take an invoice in; neither it nor its document may be in finance already."""
    draft = Draft()
    stream, seller = invoice_stream(command.number), subject_stream(context.subject)
    buyer = subject_stream(command.buyer)
    yield from draft.load(stream, seller, buyer)
    draft.demand(refuse_role(draft.of(SUBJECT, seller), context.subject, "seller"))
    draft.demand(refuse_counterparty(draft.of(SUBJECT, buyer), command.buyer, "buyer"))
    if command.buyer == context.subject:
        raise Refused(InvalidField(field="buyer", reason="must be another than the seller"))
    yield from _take_claims(draft, command, context)
    draft.add(INVOICE, stream, decide.submit(draft.of(INVOICE, stream), command, context))
    return draft


def _take_claims(draft: Draft, command: commands.SubmitInvoice, context: Context) -> Loading:
    fingerprint = decide.invoice_fingerprint(context.subject, command.buyer, command.number)
    for stream in _claims(fingerprint, command.document):
        yield from draft.load(stream)
        state = draft.of(CLAIM, stream)
        if state.taken_by is not None:
            raise Refused(AlreadyFinanced(invoice=state.taken_by))
        draft.add(CLAIM, stream, take(state, command.number) or [])


def _claims(fingerprint: str, document: str) -> tuple[str, str]:
    return claim_stream("invoice", fingerprint), claim_stream("document", document)


def _free_claims(draft: Draft, invoice: str) -> Loading:
    terms = draft.of(INVOICE, invoice_stream(invoice)).terms
    for stream in _claims(terms.fingerprint, terms.document):
        yield from draft.load(stream)
        draft.add(CLAIM, stream, free(draft.of(CLAIM, stream), invoice))


def record_verification(command: commands.RecordVerification, _: Context) -> Handling:
    """Compare the document with the submission; a rejected one may come again."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream, SETTINGS_STREAM)
    state = draft.of(INVOICE, stream)
    if state.submitted is None:
        raise Refused(NotFound(kind="invoice", identity=command.invoice))
    seller, buyer = subject_stream(state.terms.seller), subject_stream(state.terms.buyer)
    yield from draft.load(seller, buyer)
    cap = _terms_in_force(draft).face_cap
    decision = decide.record_verification(
        state,
        command,
        parties=(
            _name(draft.of(SUBJECT, seller).name, command.seller, "seller"),
            _name(draft.of(SUBJECT, buyer).name, command.buyer, "buyer"),
        ),
        cap=cap,
    )
    facts = draft.add(INVOICE, stream, decision)
    if any(isinstance(fact, events.InvoiceRejected) for fact in facts):
        yield from _free_claims(draft, command.invoice)
    return draft


def _name(known: Sealed | str, opened: str | None, party: str) -> str:
    """Tell a party's name: as the log has it, or as it was opened for the one that lies sealed."""
    if isinstance(known, str):
        return known
    if opened is None:
        raise Refused(InvalidField(field=party, reason="the name lies sealed; hand it in opened"))
    return opened


def _terms_in_force(draft: Draft) -> TermsPublished:
    published = draft.of(SETTINGS, SETTINGS_STREAM).published
    if published is None:
        raise Refused(NotFound(kind="terms", identity="in force"))
    return published


def ask_buyer(command: commands.AskBuyer, context: Context) -> Handling:
    """Give the buyer a link that lives for some business days."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream, SETTINGS_STREAM)
    settings = draft.of(SETTINGS, SETTINGS_STREAM)
    days = _terms_in_force(draft).confirmation_business_days
    last = add_business_days(day_of(context.at), days, settings.bank_holidays)
    state = draft.of(INVOICE, stream)
    link = f"{command.invoice}/{day_of(context.at)}"
    decision = decide.ask_buyer(state, command, link=link, expires_at=at_hour(last, LAST_HOUR))
    draft.add(INVOICE, stream, decision)
    return draft


def confirm(command: commands.ConfirmInvoice, context: Context) -> Handling:
    """Take the buyer's yes."""
    draft = yield from _buyer_answers(command.invoice, context)
    stream = invoice_stream(command.invoice)
    draft.add(INVOICE, stream, decide.confirm(draft.of(INVOICE, stream), command, context))
    return draft


def dispute(command: commands.DisputeInvoice, context: Context) -> Handling:
    """Take the buyer's no."""
    draft = yield from _buyer_answers(command.invoice, context)
    stream = invoice_stream(command.invoice)
    draft.add(INVOICE, stream, decide.dispute(draft.of(INVOICE, stream), command, context))
    return draft


def _buyer_answers(invoice: str, context: Context) -> Handling:
    draft = Draft()
    stream, actor = invoice_stream(invoice), subject_stream(context.subject)
    yield from draft.load(stream, actor)
    state = draft.of(INVOICE, stream)
    if state.submitted is None:
        raise Refused(NotFound(kind="invoice", identity=invoice))
    if state.terms.buyer != context.subject:
        raise Refused(NotYours(actor=context.subject, role="buyer", subject=invoice))
    draft.demand(refuse_inactive(draft.of(SUBJECT, actor), context.subject))
    return draft


def expire(command: commands.ExpireInvoice, context: Context) -> Handling:
    """Close an invoice that nobody confirmed; the seller may submit it again."""
    draft = Draft()
    stream = invoice_stream(command.invoice)
    yield from draft.load(stream)
    draft.add(INVOICE, stream, decide.expire(draft.of(INVOICE, stream), command, context))
    yield from _free_claims(draft, command.invoice)
    return draft


def list_for_sale(command: commands.ListInvoice, _: Context) -> Handling:
    """Tokenise and list at the terms in force, when the token is minted and can move."""
    draft = Draft()
    stream, token = invoice_stream(command.invoice), token_of(command.invoice)
    yield from draft.load(stream, token_stream(token), SETTINGS_STREAM)
    minted = draft.of(TOKEN, token_stream(token))
    if minted.state != "MINTED" or not minted.unpaused:
        raise Refused(NotFound(kind="minted token", identity=token))
    state, terms = draft.of(INVOICE, stream), _terms_in_force(draft)
    face = state.terms.face
    discount = portion_bps(face.amount, terms.discount_bps)
    listed = events.InvoiceListed(
        discount_bps=terms.discount_bps,
        advance=type(face)(face.amount - discount, face.currency),
        fee=type(face)(portion_bps(face.amount, terms.fee_bps), face.currency),
    )
    decision = decide.list_for_sale(state, command, token=token, terms=listed)
    draft.add(INVOICE, stream, decision)
    return draft
