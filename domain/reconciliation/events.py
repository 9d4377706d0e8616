"""What happened to the reconciliation of a token; the stream is ``reconciliation:<token>``."""

from domain.kernel.event import Event
from domain.reconciliation.compare import Break


class ReconciliationRequested(Event, frozen=True, kw_only=True):
    """Somebody wants books and chain of the token compared now."""

    TYPE = "reconciliation.requested"
    reason: str


class ReconciliationStated(Event, frozen=True, kw_only=True):
    """Books as of ``position`` and chain at ``block`` were compared, and the result signed.

    ``statement`` is the SHA-256 of the signed text, ``values`` that of all that was compared,
    so that two statements with equal ``values`` say the same of different moments. ``breaks``
    are the first hundred of ``break_count``.
    """

    TYPE = "reconciliation.stated"
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


EVENTS = (ReconciliationRequested, ReconciliationStated)
