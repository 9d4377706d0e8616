"""Questions about accounts, now and as of any position."""

from typing import Final

import msgspec

from domain.account.state import OUTSIDE
from projections.query import Query
from projections.select import (
    ROWS_MAX,
    Condition,
    above,
    always,
    at_most,
    below,
    equal,
    given,
    select,
)


class AccountRow(msgspec.Struct, frozen=True):
    """An account; amounts in units of ``10**-book_decimals``, ``stream`` is its cursor."""

    stream: str
    owner: str
    purpose: str
    asset: str
    book_decimals: int
    balance: int
    held: int
    last_position: int


class EntryRow(msgspec.Struct, frozen=True):
    """A movement with balance and held after it; ``position`` is its cursor."""

    position: int
    stream: str
    owner: str
    purpose: str
    asset: str
    type: str
    transfer: str
    hold: str | None
    amount: int
    balance: int
    held: int
    at: str


class HoldRow(msgspec.Struct, frozen=True):
    """An open hold and what remains in it."""

    stream: str
    hold: str
    owner: str
    asset: str
    remaining: int
    held_at: str
    position: int


class HoldingRow(msgspec.Struct, frozen=True):
    """Whole units of an asset that a holder has, held ones included."""

    holder: str
    units: int


class UnbalancedRow(msgspec.Struct, frozen=True):
    """A transfer whose two sides differ, units gone and units come: a broken book."""

    transfer: str
    asset: str
    gone: int
    come: int


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts."""

    owner: str | None = None
    purpose: str | None = None
    asset: str | None = None


def account(stream: str) -> Query[AccountRow]:
    """Ask for one account by its stream ``account:<owner>/<purpose>/<asset>``."""
    return select(AccountRow, "accounts", [equal("stream", stream)], order="stream")


_PAST_ACCOUNTS: Final = """\
(SELECT stream, a.owner, a.purpose, a.asset, a.book_decimals,
        coalesce(e.balance, 0) AS balance, coalesce(e.held, 0) AS held,
        coalesce(e.position, a.position) AS last_position
 FROM accounts AS a LEFT JOIN LATERAL (
     SELECT balance, held, position FROM entries
     WHERE entries.stream = a.stream AND position <= %(position)s
     ORDER BY position DESC LIMIT 1
 ) AS e ON true
 WHERE a.position <= %(position)s) AS past"""


def account_at(stream: str, position: int) -> Query[AccountRow]:
    """Ask for one account as of a position."""
    query = select(AccountRow, _PAST_ACCOUNTS, [equal("stream", stream)], order="stream")
    return given(query, position=position)


def accounts_at(
    wanted: AccountFilter, position: int, *, after: str | None = None, limit: int = 50
) -> Query[AccountRow]:
    """Ask for a page of accounts as of a position, by stream."""
    conditions = _conditions(wanted, after)
    query = select(AccountRow, _PAST_ACCOUNTS, conditions, order="stream", limit=limit)
    return given(query, position=position)


def accounts(
    wanted: AccountFilter, *, after: str | None = None, limit: int = 50
) -> Query[AccountRow]:
    """Ask for a page of accounts by stream; ``after`` is the last row's stream."""
    conditions = _conditions(wanted, after)
    return select(AccountRow, "accounts", conditions, order="stream", limit=limit)


def _conditions(wanted: AccountFilter, after: str | None) -> list[Condition]:
    return [
        equal("owner", wanted.owner),
        equal("purpose", wanted.purpose),
        equal("asset", wanted.asset),
        above("stream", after),
    ]


def units_held(owner: str, *, after: str | None = None, limit: int = 50) -> Query[AccountRow]:
    """Ask for a page of the accounts on which an owner has tokens, by stream."""
    conditions = [
        equal("owner", owner),
        always("purpose = 'units' AND balance <> 0"),
        above("stream", after),
    ]
    return select(AccountRow, "accounts", conditions, order="stream", limit=limit)


def open_accounts(owner: str, *, limit: int = 50) -> Query[AccountRow]:
    """Ask for accounts on which somebody has, owes or keeps something set aside, by stream."""
    conditions = [equal("owner", owner), always("balance <> 0 OR held <> 0")]
    return select(AccountRow, "accounts", conditions, order="stream", limit=limit)


def entries(
    stream: str, *, as_of: int | None = None, after: int | None = None, limit: int = 50
) -> Query[EntryRow]:
    """Ask for a page of an account's movements, the newest first; ``after`` is a position.

    ``as_of`` leaves out what happened behind a position.
    """
    conditions = [equal("stream", stream), at_most("position", as_of), below("position", after)]
    return select(EntryRow, "entries", conditions, order="position DESC", limit=limit)


def entry_at(stream: str, position: int) -> Query[EntryRow]:
    """Ask for an account's last movement up to a position: its balance as of then."""
    conditions = [equal("stream", stream), at_most("position", position)]
    return select(EntryRow, "entries", conditions, order="position DESC")


def holds(
    *,
    owner: str | None = None,
    stream: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[HoldRow]:
    """Ask for a page of open holds, the newest first; ``after`` is the last row's position."""
    conditions = [equal("owner", owner), equal("stream", stream), below("position", after)]
    return select(HoldRow, "holds", conditions, order="position DESC, stream", limit=limit)


_HOLDERS_AT: Final = """\
(SELECT DISTINCT ON (stream) owner AS holder, balance AS units
 FROM entries
 WHERE asset = %(asset)s AND purpose = 'units' AND owner <> %(outside)s
   AND position <= %(position)s
 ORDER BY stream, position DESC) AS latest"""


def holders_at(
    asset: str, position: int, *, after: str | None = None, limit: int = ROWS_MAX
) -> Query[HoldingRow]:
    """Ask who held units of an asset as of a position, by holder, a page at a time.

    ``after`` is the last row's holder; the record of a distribution needs all pages.
    """
    conditions = [always("units > 0"), above("holder", after)]
    query = select(HoldingRow, _HOLDERS_AT, conditions, order="holder", limit=limit)
    return given(query, asset=asset, outside=OUTSIDE, position=position)


_UNBALANCED: Final = """\
(SELECT transfer, asset,
        coalesce(sum(amount) FILTER (WHERE type <> 'account.credited'), 0)::bigint AS gone,
        coalesce(sum(amount) FILTER (WHERE type = 'account.credited'), 0)::bigint AS come
 FROM entries
 WHERE type IN ('account.credited', 'account.debited', 'account.posted')
 GROUP BY transfer, asset) AS transfers"""


def unbalanced(*, limit: int = 50) -> Query[UnbalancedRow]:
    """Ask for transfers whose debits and posts differ from their credits: there are none."""
    return select(
        UnbalancedRow, _UNBALANCED, [always("gone <> come")], order="transfer, asset", limit=limit
    )
