"""Questions about holders as the chain has them now."""

from typing import Final

import msgspec

from projections.query import Query
from projections.select import above, always, equal, select


class HolderRow(msgspec.Struct, frozen=True):
    """A holder of a token; ``registered`` is the transaction that entered it on chain.

    Within one token ``holder`` is the cursor, over a holder's tokens ``token`` is.
    """

    token: str
    holder: str
    units: int
    wallet: str | None
    identity: str | None
    registered: str | None
    last_position: int


_UNITS: Final = always("units > 0")


def holders(token: str, *, after: str | None = None, limit: int = 50) -> Query[HolderRow]:
    """Ask for a page of those who hold units of a token now, by holder."""
    conditions = [equal("token", token), _UNITS, above("holder", after)]
    return select(HolderRow, "holders", conditions, order="holder", limit=limit)


def registered(token: str, *, after: str | None = None, limit: int = 50) -> Query[HolderRow]:
    """Ask for a page of a token's whole register, those without units included, by holder."""
    conditions = [equal("token", token), above("holder", after)]
    return select(HolderRow, "holders", conditions, order="holder", limit=limit)


def holdings(holder: str, *, after: str | None = None, limit: int = 50) -> Query[HolderRow]:
    """Ask for a page of the tokens that somebody holds now, by token."""
    conditions = [equal("holder", holder), _UNITS, above("token", after)]
    return select(HolderRow, "holders", conditions, order="token", limit=limit)
