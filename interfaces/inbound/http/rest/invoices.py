"""Invoices: submission, the buyer's answer, funding (FX1 to FX4)."""

from typing import Annotated, Any, Final

from msgspec import Meta

from domain.invoice import commands
from domain.invoice.decide import NUMBER
from domain.invoice.refusals import LinkUnknown
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import (
    END,
    Amount,
    BasisPoints,
    Body,
    Day,
    Digest,
    Name,
    SubjectName,
    Text,
)
from interfaces.inbound.http.rest.commands import CommandRoute

Number = Annotated[str, Meta(pattern=f"^{NUMBER.pattern}{END}")]


class SubmitInvoice(Body, frozen=True, kw_only=True):
    """An invoice to finance; ``document`` is what the upload of its PDF answered."""

    number: Number
    buyer: SubjectName
    face: Amount
    issued: Day
    due: Day
    document: Digest


class Confirm(Body, frozen=True, kw_only=True):
    """The secret of the link that was mailed."""

    token: Name


class Dispute(Body, frozen=True, kw_only=True):
    """The secret of the link that was mailed, and why the invoice is wrong."""

    token: Name
    reason: Text


class Fund(Body, frozen=True, kw_only=True):
    """The price that the lender accepts; it must be the listed one."""

    discount_bps: BasisPoints


def _submit(_: Call, body: SubmitInvoice) -> Command:
    return commands.SubmitInvoice(
        number=body.number,
        buyer=body.buyer,
        face=body.face.money(),
        issued=body.issued,
        due=body.due,
        document=body.document,
    )


def link_of(call: Call, token: str) -> str:
    """Tell the link that a secret belongs to; raises Refused with ``link_unknown``."""
    link = call.services.links.link(token)
    if link is None:
        raise Refused(LinkUnknown(invoice=call.names["invoice"]))
    return link


def _confirm(call: Call, body: Confirm) -> Command:
    link = link_of(call, body.token)
    return commands.ConfirmInvoice(invoice=call.names["invoice"], link=link)


def _dispute(call: Call, body: Dispute) -> Command:
    link = link_of(call, body.token)
    return commands.DisputeInvoice(invoice=call.names["invoice"], link=link, reason=body.reason)


def _fund(call: Call, body: Fund) -> Command:
    return commands.FundInvoice(invoice=call.names["invoice"], discount_bps=body.discount_bps)


ROUTES: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/invoices",
        operation="SubmitInvoice",
        summary="Ask for finance against an invoice",
        body=SubmitInvoice,
        example=SubmitInvoice(
            number="FX-INV-23A4F",
            buyer="northwind",
            face=Amount(amount=1_000_000, currency="GBP"),
            issued="2026-05-20",
            due="2026-07-21",
            document="5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        ),
        build=_submit,
        aggregate="invoice",
        creates=True,
    ),
    CommandRoute(
        path="/invoices/{invoice:str}/confirm",
        operation="ConfirmInvoice",
        summary="Confirm as the buyer that the invoice is owed",
        body=Confirm,
        example=Confirm(token="the-secret-of-the-link"),  # noqa: S106 - an example
        build=_confirm,
        aggregate="invoice",
    ),
    CommandRoute(
        path="/invoices/{invoice:str}/dispute",
        operation="DisputeInvoice",
        summary="Say as the buyer that the invoice is not owed",
        body=Dispute,
        example=Dispute(token="the-secret-of-the-link", reason="goods returned"),  # noqa: S106
        build=_dispute,
        aggregate="invoice",
    ),
    CommandRoute(
        path="/invoices/{invoice:str}/fund",
        operation="FundInvoice",
        summary="Pay the advance at the listed price",
        body=Fund,
        example=Fund(discount_bps=240),
        build=_fund,
        aggregate="invoice",
    ),
)
