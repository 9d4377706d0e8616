"""Wishes about the reconciliation of a token."""

from domain.kernel.command import Command
from domain.reconciliation.compare import Break


class RequestReconciliation(Command, frozen=True, kw_only=True):
    """Have books and chain of a token compared now."""

    TYPE = "reconciliation.request"
    token: str
    reason: str = ""


class StateReconciliation(Command, frozen=True, kw_only=True):
    """Record a signed statement."""

    TYPE = "reconciliation.state"
    token: str
    statement: str
    values: str
    contract: str
    chain_id: int
    block: int
    block_hash: str
    position: int
    wallets: int
    in_transit: int
    break_count: int
    breaks: tuple[Break, ...] = ()
