"""Questions about tokens and what admins had done to them."""

import msgspec

from domain.compliance.rulebook import Rulebook
from domain.token.events import Line
from projections.query import Query
from projections.select import above, below, equal, select


class TokenRow(msgspec.Struct, frozen=True):
    """A token as of its last event; ``units`` is what it stands for, ``supply`` what there is.

    ``position`` is the cursor.
    """

    token: str
    state: str
    invoice: str
    name: str
    symbol: str
    decimals: int
    units: int
    currency: str
    supply: int
    paused: bool
    frozen_wallets: int
    rulebook: Rulebook | None
    address: str | None
    identity_registry: str | None
    compliance: str | None
    planned_at: str
    updated_at: str
    position: int
    last_position: int


class OperationRow(msgspec.Struct, frozen=True):
    """An operation: PENDING while a write is open, then DONE, or FAILED when one was refused.

    ``code`` and ``refusal`` are of the write that the chain refused; ``operation`` is the cursor.
    """

    token: str
    operation: int
    kind: str
    state: str
    reason: str
    lines: list[Line]
    open_writes: list[str]
    transactions: list[str]
    code: str | None
    refusal: str | None
    requested_at: str
    updated_at: str
    position: int
    last_position: int


class TokenFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tokens."""

    state: str | None = None
    invoice: str | None = None
    paused: bool | None = None


def token(name: str) -> Query[TokenRow]:
    """Ask for one token."""
    return select(TokenRow, "tokens", [equal("token", name)], order="token")


def tokens(wanted: TokenFilter, *, after: int | None = None, limit: int = 50) -> Query[TokenRow]:
    """Ask for a page of tokens, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("state", wanted.state),
        equal("invoice", wanted.invoice),
        equal("paused", wanted.paused),
        below("position", after),
    ]
    return select(TokenRow, "tokens", conditions, order="position DESC", limit=limit)


def operations(
    token: str, *, state: str | None = None, after: int | None = None, limit: int = 50
) -> Query[OperationRow]:
    """Ask for a page of a token's operations in order; ``after`` is the last row's number."""
    conditions = [equal("token", token), equal("state", state), above("operation", after)]
    return select(OperationRow, "token_operations", conditions, order="operation", limit=limit)


def operation(token: str, number: int) -> Query[OperationRow]:
    """Ask for one operation of a token."""
    conditions = [equal("token", token), equal("operation", number)]
    return select(OperationRow, "token_operations", conditions, order="operation")
