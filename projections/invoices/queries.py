"""Questions about invoices."""

from collections.abc import Sequence
from typing import Final

import msgspec

from projections.query import Query
from projections.select import (
    PAGE_MAX,
    Condition,
    above,
    among,
    at_least,
    at_most,
    below,
    equal,
    outside,
    select,
)


class InvoiceRow(msgspec.Struct, frozen=True):
    """An invoice; amounts in minor units of its currency, ``position`` is its cursor."""

    number: str
    state: str
    seller: str
    buyer: str
    face_amount: int
    currency: str
    issued: str
    due: str
    document: str
    failures: list[str]
    reason: str | None
    link_expires_at: str | None
    token: str | None
    units: int | None
    discount_bps: int | None
    advance_amount: int | None
    fee_amount: int | None
    lender: str | None
    payment: str | None
    receipt: str | None
    reminders: list[str]
    submitted_at: str
    updated_at: str
    position: int
    last_position: int


class TimelineRow(msgspec.Struct, frozen=True):
    """An event around an invoice; ``state`` is its own stream's state after it."""

    invoice: str
    position: int
    at: str
    actor: str
    type: str
    stream: str
    state: str
    transaction: str | None
    correlation: str


class InvoiceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoices; ``party`` is seller, buyer or lender, dates are inclusive."""

    party: str | None = None
    state: str | None = None
    seller: str | None = None
    buyer: str | None = None
    lender: str | None = None
    currency: str | None = None
    due_from: str | None = None
    due_until: str | None = None


def invoice(number: str) -> Query[InvoiceRow]:
    """Ask for one invoice."""
    return select(InvoiceRow, "invoices", [equal("number", number)], order="number")


def invoices_named(numbers: Sequence[str]) -> Query[InvoiceRow]:
    """Ask for these invoices, 200 at most, in one query."""
    named = among("number", numbers)
    return select(InvoiceRow, "invoices", [named], order="number", limit=PAGE_MAX)


def invoices_of_tokens(tokens: Sequence[str]) -> Query[InvoiceRow]:
    """Ask for the invoices that these tokens stand for, 200 at most, in one query."""
    named = among("token", tokens)
    return select(InvoiceRow, "invoices", [named], order="token", limit=PAGE_MAX)


def invoices(
    wanted: InvoiceFilter, *, after: int | None = None, limit: int = 50
) -> Query[InvoiceRow]:
    """Ask for a page of invoices, the newest first; ``after`` is the last row's position."""
    party = "%(party)s IN (seller, buyer, lender)"
    conditions = [
        Condition(party, "party", wanted.party),
        equal("state", wanted.state),
        equal("seller", wanted.seller),
        equal("buyer", wanted.buyer),
        equal("lender", wanted.lender),
        equal("currency", wanted.currency),
        at_least("due", wanted.due_from),
        at_most("due", wanted.due_until),
        below("position", after),
    ]
    return select(InvoiceRow, "invoices", conditions, order="position DESC", limit=limit)


OVER: Final = ("REJECTED", "EXPIRED", "DISPUTED", "SETTLED")
"""States of an invoice from which nothing follows by itself."""


def open_invoices(party: str, *, limit: int = 50) -> Query[InvoiceRow]:
    """Ask for invoices of a seller, buyer or lender from which something still follows."""
    conditions = [
        Condition("%(party)s IN (seller, buyer, lender)", "party", party),
        outside("state", OVER),
    ]
    return select(InvoiceRow, "invoices", conditions, order="position DESC", limit=limit)


def timeline(invoice: str, *, after: int | None = None, limit: int = 50) -> Query[TimelineRow]:
    """Ask for a page of an invoice's events in order; ``after`` is the last row's position."""
    conditions = [equal("invoice", invoice), above("position", after)]
    return select(TimelineRow, "timeline", conditions, order="position", limit=limit)
