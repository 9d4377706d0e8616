"""Reads of accounts, their entries, and what the caller holds."""

from typing import Any, Final, TypedDict

import msgspec

from domain.account.state import account_stream
from interfaces.inbound.http.asof import AsOf, past, position_of
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import (
    Limit,
    NoParameters,
    ReadRoute,
    TextCursor,
    one_of,
    page_of,
)
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_visible, may_see, scope
from projections.accounts import queries as accounts
from projections.holders import queries as holders
from projections.select import ROWS_MAX

ACCOUNT: Final = Shape(accounts.AccountRow, "Account")
ENTRY: Final = Shape(accounts.EntryRow, "Entry")
HOLDER: Final = Shape(holders.HolderRow, "Holder")


class AsOfQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which moment; the present without one."""

    as_of: AsOf | None = None


class AccountPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which accounts."""

    owner: Name | None = None
    purpose: Name | None = None
    asset: Name | None = None
    as_of: AsOf | None = None
    after: TextCursor | None = None
    limit: Limit = 50


class EntryPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which movements."""

    as_of: AsOf | None = None


class HolderPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which holders, by name."""

    as_of: AsOf | None = None
    after: TextCursor | None = None
    limit: Limit = 50


class _Page(TypedDict):
    after: str | None
    limit: int


Portfolio = msgspec.defstruct(
    "Portfolio",
    [
        ("subject", str),
        ("accounts", list[ACCOUNT.type]),  # type: ignore[name-defined]
        ("holdings", list[HOLDER.type]),  # type: ignore[name-defined]
    ],
    frozen=True,
    kw_only=True,
    namespace={"__doc__": "What the caller's subject has: accounts, and tokens on chain."},
)


async def _accounts(call: Call, page: AccountPage) -> msgspec.Struct:
    owner = scope(call.principal) or page.owner
    if page.owner is not None and not may_see(call.principal, (page.owner,)):
        owner = ""  # somebody else's accounts: an empty list, as if there were none
    wanted = accounts.AccountFilter(owner=owner, purpose=page.purpose, asset=page.asset)
    position = await _moment(call, page.as_of)
    size: _Page = {"after": page.after, "limit": page.limit + 1}
    query = accounts.accounts(wanted, **size)
    if position is not None:
        query = accounts.accounts_at(wanted, position, **size)
    found = await page_of(call, query, ACCOUNT, limit=page.limit, after=lambda row: row.stream)
    return past(position, found)


async def _moment(call: Call, as_of: str | None, *, view: str = "accounts") -> int | None:
    return await position_of(call.services, as_of, field="as_of", views=(view,))


async def _visible_account(call: Call, position: int | None) -> accounts.AccountRow:
    names = call.names
    stream = account_stream(names["owner"], names["purpose"], names["asset"])
    demand_visible(call.principal, (names["owner"],), kind="account", identity=stream)
    query = accounts.account(stream)
    if position is not None:
        query = accounts.account_at(stream, position)
    return await one_of(call, query, kind="account", identity=stream)


async def _account(call: Call, moment: AsOfQuery) -> msgspec.Struct:
    position = await _moment(call, moment.as_of)
    return past(position, ACCOUNT.of(await _visible_account(call, position)))


async def _entries(call: Call, page: EntryPage) -> msgspec.Struct:
    position = await _moment(call, page.as_of)
    row = await _visible_account(call, position)
    query = accounts.entries(row.stream, as_of=position, after=page.after, limit=page.limit + 1)
    found = await page_of(call, query, ENTRY, limit=page.limit, after=lambda entry: entry.position)
    return past(position, found)


async def _portfolio(call: Call, _: NoParameters) -> msgspec.Struct:
    subject = call.principal.subject
    own = accounts.AccountFilter(owner=subject)
    kept = await call.services.reader.fetch(accounts.accounts(own, limit=ROWS_MAX))
    held = await call.services.reader.fetch(holders.holdings(subject, limit=ROWS_MAX))
    return Portfolio(
        subject=subject,
        accounts=[ACCOUNT.of(row) for row in kept],
        holdings=[HOLDER.of(row) for row in held],
    )


async def _holders(call: Call, page: HolderPage) -> msgspec.Struct:
    token, own = call.names["token"], scope(call.principal)
    position = await _moment(call, page.as_of, view="holders")
    size: _Page = {"after": page.after, "limit": page.limit + 1}
    query = holders.holders(token, holder=own, **size)
    if position is not None:
        query = holders.holders_at(token, position, holder=own, **size)
    found = await page_of(call, query, HOLDER, limit=page.limit, after=lambda row: row.holder)
    return past(position, found)


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/accounts",
        operation="ListAccounts",
        summary="List the caller's accounts by name",
        query="accounts",
        run=_accounts,
        answer=ACCOUNT.type,
        paged=True,
        parameters=AccountPage,
    ),
    ReadRoute(
        path="/accounts/{owner:str}/{purpose:str}/{asset:str}",
        operation="GetAccount",
        summary="Read an account",
        query="accounts",
        run=_account,
        answer=ACCOUNT.type,
        parameters=AsOfQuery,
    ),
    ReadRoute(
        path="/accounts/{owner:str}/{purpose:str}/{asset:str}/entries",
        operation="ListEntries",
        summary="List an account's movements, the newest first",
        query="accounts",
        run=_entries,
        answer=ENTRY.type,
        paged=True,
        parameters=EntryPage,
    ),
    ReadRoute(
        path="/portfolio",
        operation="GetPortfolio",
        summary="Read what the caller's subject has",
        query="portfolio",
        run=_portfolio,
        answer=Portfolio,
    ),
    ReadRoute(
        path="/tokens/{token:str}/holders",
        operation="ListHolders",
        summary="List who holds units of a token; others than the back office see themselves",
        query="holders",
        run=_holders,
        answer=HOLDER.type,
        paged=True,
        parameters=HolderPage,
    ),
)
