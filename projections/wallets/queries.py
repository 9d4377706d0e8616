"""Questions about wallets."""

import msgspec

from domain.wallet.events import WalletChallenged
from projections.query import Query
from projections.select import above, equal, select


class WalletRow(msgspec.Struct, frozen=True):
    """A wallet that was proven; ``wallet``, its address in lower case, is the cursor."""

    subject: str
    wallet: str
    address: str
    bound: bool
    holds_tokens: bool
    method: str
    proven_at: str
    lapses_at: str
    unbound_at: str | None
    position: int


class ChallengeRow(msgspec.Struct, frozen=True):
    """What a subject is asked to sign for an address."""

    subject: str
    wallet: str
    challenge: WalletChallenged


def wallets(subject: str, *, after: str | None = None, limit: int = 50) -> Query[WalletRow]:
    """Ask for a page of a subject's wallets."""
    conditions = [equal("subject", subject), above("wallet", after)]
    return select(WalletRow, "wallets", conditions, order="wallet", limit=limit)


def challenge(subject: str, wallet: str) -> Query[ChallengeRow]:
    """Ask for the newest message that a subject is to sign for an address in lower case."""
    conditions = [equal("subject", subject), equal("wallet", wallet)]
    return select(ChallengeRow, "wallet_challenges", conditions, order="wallet")
