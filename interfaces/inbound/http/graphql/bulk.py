"""Many things in one query: what keeps an answer from asking once for each of them."""

from collections.abc import Sequence
from typing import Final

from projections.accounts.queries import AccountRow
from projections.invoices.queries import InvoiceRow
from projections.query import Query
from projections.select import Condition, above, always, equal, select
from projections.trades.queries import TradeRow

NAMES_MAX: Final = 200
"""Names of one query at most."""


def invoices_named(numbers: Sequence[str]) -> Query[InvoiceRow]:
    """Ask for these invoices."""
    named = Condition("number = ANY(%(numbers)s)", "numbers", list(numbers))
    return select(InvoiceRow, "invoices", [named], order="number", limit=NAMES_MAX)


def invoices_of_tokens(tokens: Sequence[str]) -> Query[InvoiceRow]:
    """Ask for the invoices that these tokens stand for."""
    named = Condition("token = ANY(%(tokens)s)", "tokens", list(tokens))
    return select(InvoiceRow, "invoices", [named], order="token", limit=NAMES_MAX)


def trades_named(trades: Sequence[str]) -> Query[TradeRow]:
    """Ask for these trades."""
    named = Condition("trade = ANY(%(trades)s)", "trades", list(trades))
    return select(TradeRow, "trades", [named], order="trade", limit=NAMES_MAX)


def units_held(owner: str, *, after: str | None = None, limit: int = 50) -> Query[AccountRow]:
    """Ask for a page of the accounts on which an owner has tokens, by stream."""
    conditions = [
        equal("owner", owner),
        always("purpose = 'units' AND balance <> 0"),
        above("stream", after),
    ]
    return select(AccountRow, "accounts", conditions, order="stream", limit=limit)
