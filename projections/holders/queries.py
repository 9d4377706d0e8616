"""Questions about holders as the chain has them, now and as of any position."""

from typing import Final

import msgspec

from projections.query import Query
from projections.select import above, always, equal, given, select


class HolderRow(msgspec.Struct, frozen=True):
    """A holder of a token; ``registered`` is the transaction that entered it on chain.

    ``frozen_units`` of its units may not move; with ``frozen`` its wallet does nothing at all.

    Within one token ``holder`` is the cursor, over a holder's tokens ``token`` is.
    """

    token: str
    holder: str
    units: int
    frozen_units: int
    frozen: bool
    wallet: str | None
    identity: str | None
    registered: str | None
    last_position: int


_UNITS: Final = always("units > 0")


_PAST: Final = """\
(SELECT h.token, h.holder, r.units, r.frozen_units, r.frozen, r.wallet, r.identity,
        r.registered, r.position AS last_position
 FROM holders AS h JOIN LATERAL (
     SELECT * FROM register
     WHERE register.token = h.token AND register.holder = h.holder AND position <= %(position)s
     ORDER BY position DESC LIMIT 1
 ) AS r ON true) AS past"""


def holders(
    token: str, *, holder: str | None = None, after: str | None = None, limit: int = 50
) -> Query[HolderRow]:
    """Ask for a page of those who hold units of a token now, by holder; or for one of them."""
    conditions = [equal("token", token), equal("holder", holder), _UNITS, above("holder", after)]
    return select(HolderRow, "holders", conditions, order="holder", limit=limit)


def holders_at(
    token: str,
    position: int,
    *,
    holder: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Query[HolderRow]:
    """Ask for a page of those who held units of a token as of a position, by holder."""
    conditions = [equal("token", token), equal("holder", holder), _UNITS, above("holder", after)]
    query = select(HolderRow, _PAST, conditions, order="holder", limit=limit)
    return given(query, position=position)


def registered(token: str, *, after: str | None = None, limit: int = 50) -> Query[HolderRow]:
    """Ask for a page of a token's whole register, those without units included, by holder."""
    conditions = [equal("token", token), above("holder", after)]
    return select(HolderRow, "holders", conditions, order="holder", limit=limit)


def holdings(holder: str, *, after: str | None = None, limit: int = 50) -> Query[HolderRow]:
    """Ask for a page of the tokens that somebody holds now, by token."""
    conditions = [equal("holder", holder), _UNITS, above("token", after)]
    return select(HolderRow, "holders", conditions, order="token", limit=limit)
